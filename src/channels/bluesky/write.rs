//! Writing: one reply, one take-back; each is one request and never repeated here.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::api::{is_good, name_of, no_for_sending, told};
use super::own::{own_post, sent};
use super::record::{self, Spot, Thread, parts};
use super::{Bluesky, POST};
use crate::channels::lax::word;
use crate::channels::{MayWrite, Outgoing, ReadFailure, SendFailure, Sent};
use crate::intake::envelope;
use crate::intake::manners;

/// Most handles that are looked up for one reply; the guard allows hardly any.
const MAX_NAMES: usize = 5;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Written {
    #[serde(deserialize_with = "word")]
    uri: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Resolved {
    #[serde(deserialize_with = "word")]
    did: String,
}

impl Bluesky {
    pub(super) fn post(&self, out: &Outgoing, may_write: &MayWrite) -> Result<Sent, SendFailure> {
        let thread = self.acceptable(out)?;
        let names = self.names_in(&out.text)?;
        let record = record::reply(out, &thread, &|handle| names.get(handle).cloned());
        // With this key the same words make no second post, and other words are refused.
        let body = json!({
            "repo": self.setup.did, "collection": POST, "rkey": out.idempotency_key, "record": record,
            "swapRecord": Value::Null,
        });
        let answer = self.write("com.atproto.repo.putRecord", &body, may_write)?;
        if is_good(&answer) {
            let written: Written = serde_json::from_slice(&answer.body).unwrap_or_default();
            if parts(&written.uri).is_none() {
                return Err(SendFailure::Unknown(format!("{}, but no post in the answer", told(&answer))));
            }
            return Ok(Sent {
                url: envelope::page_of(&written.uri),
                id: written.uri.clone(),
                uri: written.uri,
                created_at: out.first_attempt_at,
                stands_alone: false,
            });
        }
        if name_of(&answer) == "InvalidSwap" {
            return self.stands_already(out);
        }
        Err(no_for_sending(&answer))
    }

    /// Something stands under this reply's own key: the reply from an earlier attempt, or what a person made of it.
    fn stands_already(&self, out: &Outgoing) -> Result<Sent, SendFailure> {
        match self.own_record(&out.idempotency_key) {
            Ok(Some(record)) => {
                let own = own_post(&record);
                if own.says(&manners::plain(&out.text)) {
                    return Ok(sent(own));
                }
                Err(SendFailure::Refused("this reply stands there already, in other words".into()))
            }
            Ok(None) => Err(SendFailure::Unknown("the server spoke of a record it does not have".into())),
            Err(e) => Err(SendFailure::Unknown(e.to_string())),
        }
    }

    pub(super) fn take_back(&self, id: &str, may_write: &MayWrite) -> Result<(), SendFailure> {
        let Some((_, key)) = parts(id) else {
            return Err(SendFailure::Refused(format!("{id:?} is no post of ours")));
        };
        let body = json!({"repo": self.setup.did, "collection": POST, "rkey": key});
        // Gone already is a success here too.
        let answer = self.write("com.atproto.repo.deleteRecord", &body, may_write)?;
        if is_good(&answer) { Ok(()) } else { Err(no_for_sending(&answer)) }
    }

    /// Refused here rather than cut by somebody: the bytes approved are the bytes posted.
    fn acceptable(&self, out: &Outgoing) -> Result<Thread, SendFailure> {
        let refused = |why: String| Err(SendFailure::Refused(why));
        if out.text.trim().is_empty() {
            return refused("the reply is empty".into());
        }
        if out.text.contains('\0') {
            return refused("the reply holds a NUL character".into());
        }
        if !out.visibility.is_open() {
            return refused("everything on Bluesky is public: a private answer cannot be given there".into());
        }
        if !self.manners.fits(&out.text, None) {
            let (length, bytes) = (self.manners.length(&out.text, None), out.text.len());
            return refused(format!("the reply has {length} signs in {bytes} bytes; 300 in 3000 fit"));
        }
        match Thread::from_local_id(&out.parent.local_id) {
            Some(thread) => Ok(thread),
            None => refused("the reply answers no post".into()),
        }
    }

    /// The ids behind the handles a reply names; without its id a name tells nobody.
    fn names_in(&self, words: &str) -> Result<HashMap<String, String>, SendFailure> {
        let mut names = HashMap::new();
        let spots = record::spots(words).into_iter().filter_map(|spot| match spot {
            Spot::Name { start, end } => words.get(start..end),
            Spot::Link { .. } => None,
        });
        for name in spots.take(MAX_NAMES) {
            let handle = name.trim_start_matches('@');
            match self.get_as::<Resolved>("com.atproto.identity.resolveHandle", &[("handle", handle)]) {
                Ok(found) if found.did.starts_with("did:") => {
                    names.insert(handle.to_owned(), found.did);
                }
                Ok(_) | Err(ReadFailure::Gone(_) | ReadFailure::Refused(_)) => {}
                Err(ReadFailure::Unauthorised(why)) => return Err(SendFailure::Unauthorised(why)),
                Err(ReadFailure::Later { why, retry_after }) => {
                    return Err(SendFailure::NotSent { why, retry_after });
                }
            }
        }
        Ok(names)
    }
}
