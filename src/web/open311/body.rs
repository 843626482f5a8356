//! Reads the body of a call: an urlencoded form, or a multipart one with photos; nothing else, and never more than
//! the limits.

use std::future::Future;
use std::pin::Pin;

use actix_multipart::form::{Limits, MultipartCollect, MultipartForm, State};
use actix_multipart::{Field, MultipartError};
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Payload};
use actix_web::{FromRequest, HttpRequest};

use super::fault::{Answered, Fault};
use super::fields::{Fields, shown};
use crate::limits::{PHOTO_BYTES, PHOTOS};
use crate::web::guard::FORM_BODY_BYTES;

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// The fields and files of a form.
pub(super) async fn read(request: &HttpRequest, payload: Payload) -> Answered<Fields> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let (kind, rest) = kind.split_once(';').unwrap_or((kind, ""));
    let charset = rest
        .split(';')
        .find_map(|p| p.trim().to_ascii_lowercase().strip_prefix("charset=").map(str::to_owned));
    if charset.is_some_and(|c| !matches!(c.trim_matches('"'), "utf-8" | "utf8" | "us-ascii")) {
        return Err(Fault::field("Content-Type", "the charset is UTF-8"));
    }
    match kind.trim().to_ascii_lowercase().as_str() {
        FORM => form(payload).await,
        MULTIPART => parts(request, payload).await,
        _ => Err(Fault::field("Content-Type", &format!("send {FORM} or {MULTIPART}"))),
    }
}

async fn form(payload: Payload) -> Answered<Fields> {
    match payload.to_bytes_limited(FORM_BODY_BYTES).await {
        Ok(Ok(body)) => Fields::parse(&body),
        Ok(Err(_)) => Err(Fault::bad("the form did not arrive whole")),
        Err(_) => Err(Fault::too_large(format!("the form has more than {FORM_BODY_BYTES} bytes"))),
    }
}

async fn parts(request: &HttpRequest, payload: Payload) -> Answered<Fields> {
    let mut payload = payload.into_inner();
    match MultipartForm::<Parts>::from_request(request, &mut payload).await {
        Ok(form) => form.into_inner().into_fields(),
        Err(_) => {
            Err(Fault::bad("the form did not arrive whole: the parts of a multipart form could not be read"))
        }
    }
}

/// The parts in their order, until one is refused; what follows it is read and forgotten.
#[derive(Default)]
struct Parts {
    fields: Fields,
    words: usize,
    fault: Option<Fault>,
}

impl Parts {
    fn into_fields(self) -> Answered<Fields> {
        self.fault.map_or(Ok(self.fields), Err)
    }

    /// Most bytes this part may have; 0 when nothing more is taken.
    fn most(&self, is_file: bool) -> usize {
        match (&self.fault, is_file) {
            (Some(_), _) => 0,
            (None, true) => PHOTO_BYTES,
            (None, false) => FORM_BODY_BYTES.saturating_sub(self.words),
        }
    }

    fn put(&mut self, name: String, is_file: bool, bytes: Option<Bytes>) -> Answered<()> {
        let Some(bytes) = bytes else {
            let most = self.most(is_file);
            return Err(Fault::too_large(format!("{}: has more than {most} bytes", shown(&name))));
        };
        if is_file {
            if self.fields.files.len() >= PHOTOS {
                return Err(Fault::field(&shown(&name), &format!("more than {PHOTOS} photos")));
            }
            if !bytes.is_empty() {
                self.fields.files.push((name, bytes));
            }
            return Ok(());
        }
        self.words += bytes.len();
        let value =
            String::from_utf8(bytes.to_vec()).map_err(|_| Fault::field(&shown(&name), "is not UTF-8"))?;
        self.fields.push(name, value)
    }
}

const PARTS: &str = "parts";

impl MultipartCollect for Parts {
    fn limit(_: &str) -> Option<usize> {
        None
    }

    fn handle_field<'t>(
        _: &'t HttpRequest,
        mut field: Field,
        _: &'t mut Limits,
        state: &'t mut State,
    ) -> Pin<Box<dyn Future<Output = Result<(), MultipartError>> + 't>> {
        Box::pin(async move {
            let name = field.name().unwrap_or_default().to_owned();
            let is_file = field.content_disposition().is_some_and(|d| d.get_filename().is_some());
            let kept = state.entry(PARTS.to_owned()).or_insert_with(|| Box::<Parts>::default());
            let Some(parts) = kept.downcast_mut::<Parts>() else { return Ok(()) };
            let bytes = match field.bytes(parts.most(is_file)).await {
                Ok(Ok(bytes)) => Some(bytes),
                Ok(Err(broken)) => return Err(broken),
                Err(_) => None,
            };
            if parts.fault.is_none() {
                parts.fault = parts.put(name, is_file, bytes).err();
            }
            Ok(())
        })
    }

    fn from_state(mut state: State) -> Result<Self, MultipartError> {
        let parts = state.remove(PARTS).and_then(|kept| kept.downcast::<Parts>().ok());
        Ok(parts.map(|parts| *parts).unwrap_or_default())
    }
}
