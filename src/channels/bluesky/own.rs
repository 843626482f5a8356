//! Our own posts, read from our own server: what stands on the account, and the reply whose sending ended unknown.

use chrono::DateTime;

use super::read::Place;
use super::record::{self, parts};
use super::wire::{OwnRecord, OwnRecords};
use super::{Bluesky, POST};
use crate::channels::{Fetched, Outgoing, OwnPost, ReadFailure, Sent};
use crate::intake::envelope::{self, Visibility};
use crate::intake::manners;

/// Own posts looked at in one round.
const PAGE: &str = "50";

impl Bluesky {
    fn own_page(&self) -> Result<Vec<OwnRecord>, ReadFailure> {
        let query = [("repo", self.setup.did.as_str()), ("collection", POST), ("limit", PAGE)];
        let page: OwnRecords = self.get_as("com.atproto.repo.listRecords", &query)?;
        Ok(page.records)
    }

    pub(super) fn own_keys(&self) -> Result<Vec<String>, ReadFailure> {
        Ok(keys(&self.own_page()?))
    }

    /// Those of the newest own posts that did not stand there the round before.
    pub(super) fn own_since(&self, place: &mut Place, fetched: &mut Fetched) -> Result<(), ReadFailure> {
        let page = self.own_page()?;
        if let Some(before) = &place.own {
            let is_new = |record: &&OwnRecord| {
                parts(&record.uri).is_some_and(|(_, key)| !before.iter().any(|known| known == key))
            };
            fetched.own = page.iter().rev().filter(is_new).map(own_post).collect();
        }
        // What stood there before the first round is nobody's alarm.
        place.own = Some(keys(&page));
        Ok(())
    }

    /// A record of ours by its key; `None` when there is none.
    pub(super) fn own_record(&self, key: &str) -> Result<Option<OwnRecord>, ReadFailure> {
        let query = [("repo", self.setup.did.as_str()), ("collection", POST), ("rkey", key)];
        match self.get_as::<OwnRecord>("com.atproto.repo.getRecord", &query) {
            Ok(record) if !record.uri.is_empty() => Ok(Some(record)),
            Ok(_) => {
                Err(ReadFailure::Later { why: "a record without its address".into(), retry_after: None })
            }
            Err(ReadFailure::Gone(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    pub(super) fn own(&self, id: &str) -> Result<Option<OwnPost>, ReadFailure> {
        let Some((_, key)) = parts(id) else {
            return Err(ReadFailure::Refused(format!("{id:?} is no post of ours")));
        };
        Ok(self.own_record(key)?.as_ref().map(own_post))
    }

    /// Our server is asked for the very record the reply was to be: there or not, nothing else can be.
    pub(super) fn find_own(&self, out: &Outgoing) -> Result<Option<Sent>, ReadFailure> {
        let found = self.own_record(&out.idempotency_key)?;
        Ok(found.map(|record| own_post(&record)).filter(|own| own.says(&manners::plain(&out.text))).map(sent))
    }
}

/// The page may be all new to a server whose older posts were taken back; more than a page is never kept.
fn keys(page: &[OwnRecord]) -> Vec<String> {
    page.iter().filter_map(|record| parts(&record.uri)).map(|(_, key)| key.to_owned()).collect()
}

pub(super) fn own_post(own: &OwnRecord) -> OwnPost {
    let words = record::plain_text(&own.value);
    OwnPost {
        id: own.uri.clone(),
        uri: own.uri.clone(),
        url: envelope::page_of(&own.uri),
        in_reply_to: own.value.reply.as_ref().map(|r| r.parent.uri.clone()).filter(|u| !u.is_empty()),
        plain: manners::plain(&own.value.text),
        source_plain: None,
        text: words,
        visibility: Visibility::Public,
        created_at: own.value.created_at.unwrap_or(DateTime::UNIX_EPOCH),
    }
}

pub(super) fn sent(own: OwnPost) -> Sent {
    Sent {
        id: own.id,
        uri: own.uri,
        url: own.url,
        created_at: own.created_at,
        stands_alone: own.in_reply_to.is_none(),
    }
}
