//! What every staff and mayor's page begins with: who asks, whether they may, the frame with its bar, what was done.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::done;
use super::times;
use crate::accounts::{Action, User};
use crate::db::DbConnection;
use crate::error::{Error, Result};
use crate::insights::board::{self, Filter};
use crate::insights::mayor;
use crate::replies;
use crate::settings::{Lang, Settings};
use crate::web::answer::{Answer, Asker, answer};
use crate::web::shell;
use crate::web::site::Site;
use crate::web::view::{Link, Shell, StaffBar};
use crate::world::World;

/// Somebody signed in at a page of the city's own, with everything the page needs.
pub(in crate::web) struct Desk<'a> {
    /// The server.
    pub site: &'a Site,
    /// The request.
    pub asker: &'a Asker,
    /// Who asks.
    pub me: &'a User,
    /// The city as it is now.
    pub world: Arc<World>,
    /// Now.
    pub now: DateTime<Utc>,
}

/// Runs `work` for somebody whose role allows `action`; nobody else gets further than this line.
pub(in crate::web) async fn at_desk<F>(
    site: Data<Site>,
    request: &HttpRequest,
    action: Action,
    work: F,
) -> HttpResponse
where
    F: FnOnce(&Desk<'_>) -> Result<Answer> + Send + 'static,
{
    let asker = match Asker::with_form(request, &site) {
        Ok(asker) => asker,
        Err(error) => return answer(site, Asker::of(request), move |_, _| Err(error)).await,
    };
    answer(site, asker, move |site, asker| {
        let me = asker.person.as_ref().ok_or_else(|| Error::Forbidden("sign in first".into()))?;
        me.require(action)?;
        work(&Desk { site, asker, me: &me.user, world: site.world(), now: site.now() })
    })
    .await
}

impl Desk<'_> {
    /// Settings of the city.
    pub fn settings(&self) -> &Settings {
        &self.world.settings
    }

    /// The city's zone.
    pub fn zone(&self) -> Tz {
        self.world.settings.city.time_zone
    }

    /// May this person do that?
    pub fn may(&self, action: Action) -> bool {
        self.me.role.may(action)
    }

    /// Words of a service in the language of the pages.
    pub fn service(&self, code: &str) -> String {
        let known = self.world.settings.catalogue.get(code);
        known.map_or_else(|| code.to_owned(), |s| s.names.get(Lang::En).clone())
    }

    /// Words of a department.
    pub fn department(&self, code: &str) -> String {
        let known = self.world.settings.departments.get(code);
        known.map_or_else(|| code.to_owned(), |d| d.names.get(Lang::En).clone())
    }

    /// What this person sees when nothing narrows the board down.
    pub fn everything(&self) -> Filter {
        Filter { no_sealed: !self.may(Action::SeeSealed), ..Filter::default() }
    }

    /// The frame with the bar of the staff pages; says what was just done when the address says so.
    ///
    /// # Errors
    /// `Database` only.
    pub fn shell(&self, conn: &mut DbConnection, (title, nav): (&str, &str)) -> Result<Shell> {
        let mut shell = shell::shell(self.site, &self.world, self.asker, (title, nav));
        shell.path = without(&shell.path, "done");
        shell.staff = Some(self.bar(conn)?);
        if let Some(words) = self.asker.value("done").and_then(|code| done::words(&code)) {
            shell.notices.push(shell::notice("done", words.0, words.1));
        }
        Ok(shell)
    }

    fn bar(&self, conn: &mut DbConnection) -> Result<StaffBar> {
        let counts = board::counts(conn, &self.everything(), self.now)?;
        let (waiting, held) = mayor::counts(conn)?;
        let switch = replies::switch(conn, "sending")?.filter(|(value, _, _)| value == "stopped");
        let sees_replies = self.may(Action::SeeReplies);
        let stopped_words = switch.as_ref().map_or_else(String::new, |(_, by, at)| {
            let waits = if held == 1 { "1 reply waits".to_owned() } else { format!("{held} replies wait") };
            format!("Stopped by {by}, {}. {waits}.", times::short(at.0, self.now, self.zone()))
        });
        Ok(StaffBar {
            sending_on: switch.is_none(),
            stopped_words,
            may_stop: self.may(if switch.is_none() { Action::StopReplies } else { Action::ResumeReplies }),
            board_count: badge(counts.all()),
            review_count: badge(counts.look),
            mayor_count: if sees_replies { badge(waiting) } else { String::new() },
            may_approve: sees_replies,
            alarm: self.alarm(conn)?,
        })
    }

    fn alarm(&self, conn: &mut DbConnection) -> Result<Option<Link>> {
        let Some((ticket, page, all)) = board::alarm(conn)? else { return Ok(None) };
        let paged = times::short(page.created_at.0, self.now, self.zone());
        let more = if all > 1 { format!(" And {} more.", all - 1) } else { String::new() };
        let label = format!("{}, paged {paged}. Nobody has it yet.{more}", self.service(&ticket.service));
        Ok(Some(Link { href: format!("/staff/tickets/{}", ticket.number), label }))
    }
}

fn badge(n: i64) -> String {
    match n {
        ..=0 => String::new(),
        1..=9_999 => n.to_string(),
        _ => "9999+".to_owned(),
    }
}

/// An address without one of its values: what was done is told once, not again after a later form.
fn without(address: &str, name: &str) -> String {
    let Some((path, query)) = address.split_once('?') else { return address.to_owned() };
    let kept: Vec<&str> = query.split('&').filter(|pair| pair.split('=').next() != Some(name)).collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_forgets_what_was_done() {
        let check = |address: &str, expect: &str| assert_eq!(without(address, "done"), expect);
        check("/staff?done=closed", "/staff");
        check("/staff?group=look&done=closed&page=2", "/staff?group=look&page=2");
        check("/staff", "/staff");
    }
}
