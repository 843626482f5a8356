//! Our own posts: what stands on the account, and the reply whose sending ended unknown.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::Mastodon;
use super::read::{filled, page_of, segment};
use super::wire::{Source, Status, Thread};
use crate::channels::{Outgoing, OwnPost, ParentState, ReadFailure, Sent, text};
use crate::intake::envelope::Visibility;
use crate::intake::manners;

/// Most pages of our own posts looked through for one reply.
const MAX_PAGES: usize = 5;
/// How far the two clocks may differ when a reply is looked for.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(2);

/// What makes a post the one that is looked for.
struct Wanted {
    parents: Vec<String>,
    since: DateTime<Utc>,
    plain: String,
}

impl Mastodon {
    fn own_page(&self, query: &[(&str, &str)]) -> Result<Vec<Status>, ReadFailure> {
        let path = format!("api/v1/accounts/{}/statuses", segment(&self.setup.account_id));
        let mut all = vec![("exclude_reblogs", "true")];
        all.extend_from_slice(query);
        let mut page: Vec<Status> = self.api().get_as(&path, &all)?;
        page.retain(|status| !status.id.is_empty() && self.is_us(&status.account));
        Ok(page)
    }

    /// The newest of our own posts; empty when there is none.
    pub(super) fn newest_own(&self) -> Result<String, ReadFailure> {
        Ok(self.own_page(&[("limit", "1")])?.first().map(|s| s.id.clone()).unwrap_or_default())
    }

    /// Our own posts behind `last`, oldest first; empty `last`: all of the newest page.
    pub(super) fn own_after(&self, last: &str) -> Result<Vec<OwnPost>, ReadFailure> {
        let mut page = if last.is_empty() {
            self.own_page(&[("limit", "40")])?
        } else {
            self.own_page(&[("limit", "40"), ("min_id", last)])?
        };
        // A server that ignores the place hands out what was seen before.
        if let Some(at) = page.iter().position(|status| status.id == last) {
            page.truncate(at);
        }
        Ok(page.iter().rev().map(own_post).collect())
    }

    pub(super) fn find_own(&self, out: &Outgoing) -> Result<Option<Sent>, ReadFailure> {
        let mut parents = vec![out.parent.local_id.clone()];
        if let ParentState::There { local_id, .. } = self.look_at(&out.parent)? {
            parents.push(local_id);
        }
        let since = out.first_attempt_at - CLOCKS_DIFFER;
        let wanted = Wanted { parents, since, plain: manners::plain(&out.text) };
        let mut thread_read = false;
        // The current id last: with it the thread is whole on every server.
        for parent in wanted.parents.iter().rev() {
            let path = format!("api/v1/statuses/{}/context", segment(parent));
            match self.api().get_as::<Thread>(&path, &[]) {
                Ok(thread) => match self.pick(&wanted, &thread.descendants)? {
                    Some(status) => return Ok(Some(sent(status, since))),
                    None => {
                        thread_read = true;
                        break;
                    }
                },
                Err(ReadFailure::Gone(_)) => (),
                Err(other) => return Err(other),
            }
        }
        match self.find_listed(&wanted) {
            // A server without such a list: the thread's word has to do, if there was one.
            Err(ReadFailure::Gone(_)) if thread_read => Ok(None),
            Err(ReadFailure::Gone(why)) => Err(ReadFailure::Later { why, retry_after: None }),
            other => other,
        }
    }

    /// A thread can be cut short or gone; the list of our own posts is the second witness.
    fn find_listed(&self, wanted: &Wanted) -> Result<Option<Sent>, ReadFailure> {
        let mut oldest = String::new();
        let mut seen = HashSet::new();
        for _ in 0..MAX_PAGES {
            let page = if oldest.is_empty() {
                self.own_page(&[("limit", "40")])?
            } else {
                self.own_page(&[("limit", "40"), ("max_id", &oldest)])?
            };
            if let Some(status) = self.pick(wanted, &page)? {
                return Ok(Some(sent(status, wanted.since)));
            }
            let fresh = page.iter().filter(|s| seen.insert(s.id.clone())).count();
            let Some(last) = page.last() else { return Ok(None) };
            if fresh == 0 || last.created_at.is_some_and(|at| at < wanted.since) {
                return Ok(None);
            }
            oldest.clone_from(&last.id);
        }
        Err(ReadFailure::Later {
            why: format!("more than {MAX_PAGES} pages of our own posts since the first attempt"),
            retry_after: None,
        })
    }

    /// Ours, in this thread, in this time, with these words. Where the words on the page differ (servers
    /// dress them up), the words as posted decide: taking a reply that stands there for lost would double it.
    fn pick<'s>(&self, wanted: &Wanted, among: &'s [Status]) -> Result<Option<&'s Status>, ReadFailure> {
        let fits = |status: &&Status| {
            self.is_us(&status.account)
                && wanted.parents.contains(&status.in_reply_to_id)
                && status.created_at.is_some_and(|at| at >= wanted.since)
        };
        for status in among.iter().filter(fits) {
            if own_post(status).says(&wanted.plain) || self.was_posted_as(status, &wanted.plain)? {
                return Ok(Some(status));
            }
        }
        Ok(None)
    }

    fn was_posted_as(&self, status: &Status, plain: &str) -> Result<bool, ReadFailure> {
        if !status.text.is_empty() {
            return Ok(false);
        }
        let path = format!("api/v1/statuses/{}/source", segment(&status.id));
        match self.api().get_as::<Source>(&path, &[]) {
            Ok(source) => Ok(manners::plain(&source.text) == plain),
            // Not every server keeps them: then the page's words were the last say.
            Err(ReadFailure::Gone(_) | ReadFailure::Refused(_) | ReadFailure::Unauthorised(_)) => Ok(false),
            Err(other) => Err(other),
        }
    }
}

pub(super) fn own_post(status: &Status) -> OwnPost {
    let words = text::from_html(&status.content);
    OwnPost {
        id: status.id.clone(),
        uri: if status.uri.is_empty() { status.url.clone() } else { status.uri.clone() },
        url: page_of(status),
        in_reply_to: filled(&status.in_reply_to_id),
        plain: manners::plain(&words),
        source_plain: filled(&status.text).map(|t| manners::plain(&t)),
        text: words,
        visibility: Visibility::from_word(&status.visibility),
        created_at: status.created_at.unwrap_or(DateTime::UNIX_EPOCH),
    }
}

pub(super) fn sent(status: &Status, otherwise: DateTime<Utc>) -> Sent {
    Sent {
        id: status.id.clone(),
        uri: if status.uri.is_empty() { status.url.clone() } else { status.uri.clone() },
        url: page_of(status),
        created_at: status.created_at.unwrap_or(otherwise),
        stands_alone: status.in_reply_to_id.is_empty(),
    }
}
