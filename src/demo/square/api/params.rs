//! Parameters of a call the way Rails reads them: address, form, JSON and multipart all become one list.

use std::future::Future;
use std::pin::Pin;

use actix_multipart::form::bytes::Bytes as FileBytes;
use actix_multipart::form::{FieldReader, Limits, MultipartCollect, MultipartForm, State};
use actix_multipart::{Field, MultipartError};
use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use serde_json::Value;

use super::Refusal;

const MAX_FIELDS: usize = 100;

/// A file that came in a form.
#[derive(Debug, Clone)]
pub(in super::super) struct Upload {
    pub(in super::super) field: String,
    pub(in super::super) bytes: Bytes,
}

/// All parameters of one call, in order; a later one wins.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Params {
    pairs: Vec<(String, String)>,
    files: Vec<Upload>,
}

impl Params {
    /// One value.
    pub(in super::super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of a list, sent as `name[]`.
    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        let wanted = format!("{name}[]");
        self.pairs.iter().filter(|(key, _)| *key == wanted).map(|(_, value)| value.as_str()).collect()
    }

    /// A yes or no as Rails reads it; missing is no.
    pub(super) fn yes(&self, name: &str) -> bool {
        let no = ["", "0", "f", "F", "false", "FALSE", "off", "OFF"];
        self.get(name).is_some_and(|value| !no.contains(&value))
    }

    /// Items wanted on a page, within what Mastodon allows.
    pub(super) fn limit(&self, usual: usize, most: usize) -> usize {
        self.get("limit").and_then(|value| value.parse().ok()).unwrap_or(usual).clamp(1, most)
    }

    /// The uploaded file of this field, if it holds anything.
    pub(in super::super) fn file(&self, field: &str) -> Option<&Bytes> {
        let found = self.files.iter().find(|file| file.field == field);
        found.map(|file| &file.bytes).filter(|bytes| !bytes.is_empty())
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = &(String, String)> {
        self.pairs.iter()
    }

    fn add_encoded(&mut self, encoded: &[u8]) {
        let pairs = url::form_urlencoded::parse(encoded).take(MAX_FIELDS);
        self.pairs.extend(pairs.map(|(key, value)| (key.into_owned(), value.into_owned())));
    }

    fn add_json(&mut self, body: &Value) {
        let Value::Object(fields) = body else { return };
        for (key, value) in fields.iter().take(MAX_FIELDS) {
            match value {
                Value::Array(items) => {
                    let items = items.iter().take(MAX_FIELDS);
                    self.pairs.extend(items.map(|item| (format!("{key}[]"), scalar(item))));
                }
                Value::Null | Value::Object(_) => {}
                _ => self.pairs.push((key.clone(), scalar(value))),
            }
        }
    }
}

fn scalar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl FromRequest for Params {
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refusal>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let mut params = Self::default();
        params.add_encoded(request.query_string().as_bytes());
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_ascii_lowercase();
        if content_type.starts_with("multipart/form-data") {
            let form = MultipartForm::<Parts>::from_request(request, payload);
            return Box::pin(async move {
                let MultipartForm(parts) = form.await.map_err(|_| too_much())?;
                params.pairs.extend(parts.pairs);
                params.files = parts.files;
                Ok(params)
            });
        }
        let body = Bytes::from_request(request, payload);
        Box::pin(async move {
            let body = body.await.map_err(|_| too_much())?;
            if content_type.starts_with("application/json") && !body.is_empty() {
                let parsed = serde_json::from_slice(&body);
                params.add_json(&parsed.map_err(|_| {
                    Refusal::new(StatusCode::BAD_REQUEST, "Error occurred while parsing request parameters")
                })?);
            } else if content_type.starts_with("application/x-www-form-urlencoded") {
                params.add_encoded(&body);
            }
            Ok(params)
        })
    }
}

fn too_much() -> Refusal {
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is broken or too large")
}

/// A multipart form with any fields.
struct Parts {
    pairs: Vec<(String, String)>,
    files: Vec<Upload>,
}

impl MultipartCollect for Parts {
    fn limit(_: &str) -> Option<usize> {
        None
    }

    fn handle_field<'t>(
        request: &'t HttpRequest,
        field: Field,
        limits: &'t mut Limits,
        state: &'t mut State,
    ) -> Pin<Box<dyn Future<Output = Result<(), MultipartError>> + 't>> {
        Box::pin(async move {
            let name = field.name().unwrap_or_default().to_owned();
            // The state is a map by name; lists repeat a name, so the position keeps them apart.
            let place = format!("{:04}", state.len());
            let is_file = field.content_disposition().and_then(|d| d.get_filename()).is_some();
            let read = FileBytes::read_field(request, field, limits).await?;
            if state.len() < MAX_FIELDS {
                state.insert(place, Box::new((name, is_file, read.data)));
            }
            Ok(())
        })
    }

    fn from_state(state: State) -> Result<Self, MultipartError> {
        let mut fields: Vec<_> = state.0.into_iter().collect();
        fields.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut parts = Self { pairs: Vec::new(), files: Vec::new() };
        for (_, field) in fields {
            let Ok(field) = field.downcast::<(String, bool, Bytes)>() else { continue };
            let (name, is_file, data) = *field;
            if is_file {
                parts.files.push(Upload { field: name, bytes: data });
            } else {
                parts.pairs.push((name, String::from_utf8_lossy(&data).into_owned()));
            }
        }
        Ok(parts)
    }
}
