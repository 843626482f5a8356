//! Starts and stops the square's server: its own thread, 127.0.0.1 only, the headers of a product.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_multipart::form::MultipartFormConfig;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServerHandle, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::{Next, NormalizePath, from_fn};
use actix_web::web::{Data, PayloadConfig, ServiceConfig};
use actix_web::{App, HttpServer};

use super::api::{self, MAX_BODY_BYTES, Refusal};
use super::memory::MAX_PHOTO_BYTES;
use super::{Square, visit};
use crate::error::{Error, Result};

/// How long the thread may take to say that it listens.
const START_WAIT: Duration = Duration::from_secs(10);

/// A running square; stops when dropped. The posts stay in the `Square`.
pub struct Running {
    base_url: String,
    port: u16,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops the server at once and waits until its port is free.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The command is sent by the call itself; the future only tells when it is done, as does the thread.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            // A panic over there has been reported by its own thread.
            let _ = thread.join();
        }
    }
}

/// Binds, starts the thread, waits until it listens.
pub(super) fn start(square: &Square, port: u16) -> Result<Running> {
    let taken = |e: std::io::Error| {
        Error::Unavailable(format!("town square: port {port} on this computer cannot be used: {e}"))
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(taken)?;
    let port = listener.local_addr().map_err(taken)?.port();
    let base_url = format!("http://127.0.0.1:{port}");
    square.set_base_url(base_url.clone());
    let (tell, told) = mpsc::channel();
    let shared = square.clone();
    let thread = std::thread::Builder::new()
        .name("town square".to_owned())
        .spawn(move || run(listener, shared, &tell))
        .map_err(taken)?;
    let started = told.recv_timeout(START_WAIT);
    let handle = started
        .map_err(|_| Error::Unavailable("town square: the server did not start".to_owned()))?
        .map_err(taken)?;
    Ok(Running { base_url, port, handle, thread: Some(thread) })
}

fn run(listener: TcpListener, square: Square, tell: &mpsc::Sender<std::io::Result<ServerHandle>>) {
    actix_web::rt::System::new().block_on(async move {
        let data = Data::new(square);
        let server = HttpServer::new(move || {
            // Rails does not mind a slash at the end, and some clients send one.
            let slashes = NormalizePath::trim();
            App::new().app_data(data.clone()).wrap(slashes).wrap(from_fn(guard)).configure(routes)
        });
        let bound = server.workers(1).disable_signals().shutdown_timeout(1).listen(listener);
        let server = match bound {
            Ok(server) => server.run(),
            Err(problem) => {
                // Nobody waits any more only if the starter gave up; then there is nobody to tell.
                let _ = tell.send(Err(problem));
                return;
            }
        };
        let _ = tell.send(Ok(server.handle()));
        let _ = server.await;
    });
}

/// All routes and the limits on bodies.
pub(super) fn routes(config: &mut ServiceConfig) {
    let room_for_fields = MAX_PHOTO_BYTES + MAX_BODY_BYTES;
    let multipart = MultipartFormConfig::default().total_limit(room_for_fields).memory_limit(room_for_fields);
    config
        .app_data(PayloadConfig::new(MAX_BODY_BYTES))
        .app_data(multipart)
        .configure(api::routes)
        .configure(visit::routes);
}

/// Around every call: only this computer's own names (a foreign page cannot reach in by DNS tricks), no writing
/// from another site's page, and the headers that keep a browser careful.
async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let headers = request.headers();
    let refused = if !is_this_computer(headers) {
        Some(Refusal::new(StatusCode::MISDIRECTED_REQUEST, "The town square answers to 127.0.0.1 only"))
    } else if !request.method().is_safe() && is_foreign(headers) {
        Some(Refusal::new(StatusCode::FORBIDDEN, "Posts are taken from the town square's own page only"))
    } else {
        None
    };
    let mut answer = match refused {
        Some(refusal) => {
            let (request, _) = request.into_parts();
            ServiceResponse::new(request, refusal.answer())
        }
        None => next.call(request).await?.map_into_boxed_body(),
    };
    harden(answer.headers_mut());
    Ok(answer)
}

fn is_this_computer(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "127.0.0.1" | "localhost")
}

/// True when a browser says that the call comes from another site's page; programs send neither header.
fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let site = text(HeaderName::from_static("sec-fetch-site"));
    let origin = text(header::ORIGIN);
    let host = text(header::HOST).unwrap_or_default();
    let other_origin = origin.is_some_and(|origin| origin != format!("http://{host}"));
    other_origin || site.is_some_and(|site| !matches!(site, "same-origin" | "none"))
}

const HEADERS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
];

fn harden(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
