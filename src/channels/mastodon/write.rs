//! Writing: one reply, one change, one take-back; each is one request and never repeated here.

use serde_json::{Value, json};

use super::Mastodon;
use super::api::{is_good, no_for_sending, told};
use super::own::sent;
use super::read::segment;
use super::wire::Status;
use crate::channels::{MayWrite, Outgoing, ReadFailure, SendFailure, Sent};
use crate::net::http::{Method, Response};

impl Mastodon {
    pub(super) fn post(&self, out: &Outgoing, may_write: &MayWrite) -> Result<Sent, SendFailure> {
        self.acceptable(out)?;
        let mut body = words(out);
        if let Some(map) = body.as_object_mut() {
            map.insert("in_reply_to_id".into(), json!(out.parent.local_id));
            map.insert("visibility".into(), json!(out.visibility));
        }
        let key = Some(out.idempotency_key.as_str());
        let answer = self.api().write(Method::Post, "api/v1/statuses", Some(&body), key, may_write)?;
        confirmed(&answer, out)
    }

    pub(super) fn change(&self, id: &str, out: &Outgoing, may_write: &MayWrite) -> Result<Sent, SendFailure> {
        self.acceptable(out)?;
        let path = format!("api/v1/statuses/{}", segment(id));
        let answer = self.api().write(Method::Put, &path, Some(&words(out)), None, may_write)?;
        confirmed(&answer, out)
    }

    pub(super) fn take_back(&self, id: &str, may_write: &MayWrite) -> Result<(), SendFailure> {
        let path = format!("api/v1/statuses/{}", segment(id));
        let answer = self.api().write(Method::Delete, &path, None, None, may_write)?;
        match answer.status {
            200..=299 => Ok(()),
            // Gone already, or a server that has no take-back at all (snac): only looking tells.
            404 | 405 | 410 | 501 => match self.status(id) {
                Ok(None) => Ok(()),
                Ok(Some(_)) => Err(SendFailure::Refused(
                    "this server cannot take a reply back through its API; delete it in the network's own app".into(),
                )),
                Err(ReadFailure::Unauthorised(why)) => Err(SendFailure::Unauthorised(why)),
                Err(e) => Err(SendFailure::Unknown(e.to_string())),
            },
            _ => Err(no_for_sending(&answer)),
        }
    }

    /// Refused here rather than cut by somebody: the bytes approved are the bytes posted.
    fn acceptable(&self, out: &Outgoing) -> Result<(), SendFailure> {
        let spoiler = out.spoiler_text.as_deref();
        if out.text.trim().is_empty() {
            return Err(SendFailure::Refused("the reply is empty".into()));
        }
        if out.text.contains('\0') {
            return Err(SendFailure::Refused("the reply holds a NUL character".into()));
        }
        if out.parent.local_id.is_empty() {
            return Err(SendFailure::Refused("the reply answers no post".into()));
        }
        if !self.manners.fits(&out.text, spoiler) {
            let length = self.manners.length(&out.text, spoiler);
            let most = self.manners.max_length;
            return Err(SendFailure::Refused(format!("the reply has {length} characters; {most} fit")));
        }
        Ok(())
    }
}

fn words(out: &Outgoing) -> Value {
    let mut body = json!({"status": out.text});
    if let Some(map) = body.as_object_mut() {
        if let Some(spoiler) = out.spoiler_text.as_deref().filter(|s| !s.is_empty()) {
            map.insert("spoiler_text".into(), json!(spoiler));
            map.insert("sensitive".into(), json!(true));
        }
        if let Some(language) = &out.language {
            map.insert("language".into(), json!(language));
        }
    }
    body
}

/// A success counts only with the id of the post in it: anything else may or may not stand there.
fn confirmed(answer: &Response, out: &Outgoing) -> Result<Sent, SendFailure> {
    if !is_good(answer) {
        return Err(no_for_sending(answer));
    }
    let status: Status = serde_json::from_slice(&answer.body).unwrap_or_default();
    let sent = sent(&status, out.first_attempt_at);
    if sent.id.is_empty() || sent.uri.is_empty() {
        return Err(SendFailure::Unknown(format!("{}, but no post in the answer", told(answer))));
    }
    Ok(sent)
}
