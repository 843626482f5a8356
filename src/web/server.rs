//! Starts and stops the web server: its own threads, the guard around everything, all routes in one list.

use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, HttpServer};

use super::answer::{Asker, answer};
use super::assets::Packed;
use super::site::{Demo, Site};
use super::{account, assets, guard, health, mayor, media, open311, resident, sessions, staff, work};
use crate::app::App;
use crate::error::{Error, Result};

/// Threads that take requests.
const WORKERS: usize = 2;
/// Threads of each worker that may wait for the database: together they stay below the pool's size.
const WAITING_THREADS: usize = 4;
/// How long the server may take to say that it listens.
const START_WAIT: Duration = Duration::from_secs(10);
/// How long open requests may finish when the server stops, in seconds.
const STOP_WAIT_S: u64 = 5;

/// A running web server; stops when dropped.
pub struct Running {
    /// Where it listens; the real port also when 0 was asked for.
    pub addr: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("addr", &self.addr).finish_non_exhaustive()
    }
}

impl Running {
    /// Lets open requests finish, then frees the port.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The call itself sends the command; the future only tells when it is done, as does the thread.
        drop(self.handle.stop(true));
        if let Some(thread) = self.thread.take() {
            // A panic over there has been reported by its own thread.
            let _ = thread.join();
        }
    }
}

/// Serves the city's pages at `listen` ("127.0.0.1:8080", port 0 takes any) until the answer is stopped.
///
/// # Errors
/// `Unavailable` when the address is taken or the templates or the database are not usable.
pub fn serve(app: App, listen: &str) -> Result<Running> {
    start(Site::new(app, None)?, listen)
}

/// As [`serve`], with the line on top of every page and the sign-ins that only the demo shows.
///
/// # Errors
/// As [`serve`].
pub fn serve_demo(app: App, listen: &str, demo: Demo) -> Result<Running> {
    start(Site::new(app, Some(demo))?, listen)
}

fn start(site: Site, listen: &str) -> Result<Running> {
    if let Some(warning) = super::session::cookie_warning(&site.world().settings.server.base_url) {
        tracing::warn!("{warning}");
    }
    let taken = |e: std::io::Error| {
        Error::Unavailable(format!(
            "cannot listen on {listen}: {e}; set `listen` in onit.toml to another port"
        ))
    };
    let listener = TcpListener::bind(listen).map_err(taken)?;
    let addr = listener.local_addr().map_err(taken)?;
    let (tell, told) = mpsc::channel();
    let site = Data::new(site);
    let thread = std::thread::Builder::new()
        .name("web".to_owned())
        .spawn(move || run(listener, &site, &tell))
        .map_err(taken)?;
    let started = told.recv_timeout(START_WAIT);
    let handle = started
        .map_err(|_| Error::Unavailable("the web server did not start within 10 s".into()))?
        .map_err(taken)?;
    Ok(Running { addr, handle, thread: Some(thread) })
}

fn run(listener: TcpListener, site: &Data<Site>, tell: &mpsc::Sender<std::io::Result<ServerHandle>>) {
    let packed = Data::new(Packed::default());
    let site = Data::clone(site);
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            actix_web::App::new()
                .app_data(Data::clone(&site))
                .app_data(Data::clone(&site.guard))
                .app_data(Data::clone(&packed))
                .configure(guard::body_limits)
                .configure(routes)
                .default_service(web::route().to(nothing_here))
                .wrap(Compress::default())
                // Outermost: what it refuses never reaches a page, what it adds stands on every answer.
                .wrap(from_fn(guard::watch))
        });
        let server = server
            .workers(WORKERS)
            .worker_max_blocking_threads(WAITING_THREADS)
            .disable_signals()
            .shutdown_timeout(STOP_WAIT_S);
        let server = match server.listen(listener) {
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

/// Every address there is. What is not listed is not there; what stands in a gated scope needs a session.
fn routes(config: &mut ServiceConfig) {
    // Looked through in this order: what is asked for most stands first.
    config
        .configure(resident::routes)
        .configure(assets::routes)
        .configure(media::routes)
        .configure(open311::routes)
        .configure(health::routes)
        .configure(account::routes)
        .configure(work::routes)
        .service(
            web::scope("/staff")
                .configure(staff::routes)
                .default_service(web::route().to(nothing_here))
                .wrap(from_fn(sessions::gate)),
        )
        .service(
            web::scope("/mayor")
                .configure(mayor::routes)
                .default_service(web::route().to(nothing_here))
                .wrap(from_fn(sessions::gate)),
        );
}

async fn nothing_here(site: Data<Site>, request: HttpRequest) -> HttpResponse {
    answer(site, Asker::of(&request), |_, _| Err(Error::NotFound("no such page".into()))).await
}
