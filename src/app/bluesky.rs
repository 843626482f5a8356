//! Connecting a Bluesky account, and opening it again from what is stored.

use std::sync::Arc;

use url::Url;

use super::{App, secret};
use crate::channels::accounts::{self, AccountRow, NewAccount};
use crate::channels::bluesky::{self, Bluesky, Setup, Shelf};
use crate::channels::{Channel, Cursor, Finding, ReadFailure};
use crate::error::{Error, Result};

/// What a person says to connect an account.
#[derive(Clone, Copy, Debug)]
pub struct NewBluesky<'a> {
    /// A name of their choice.
    pub name: &'a str,
    /// The account's server: `https://bsky.social`.
    pub url: &'a str,
    /// The account's handle there.
    pub handle: &'a str,
    /// Where the app password is: `env:NAME`, `file:PATH`.
    pub password: &'a str,
    /// Replies that wait for a person first.
    pub trial_replies: u32,
    /// Also bring in the mentions that stand there already.
    pub from_the_start: bool,
}

impl App {
    /// Connects a Bluesky account, or connects it again: signs in once, keeps the session, notes which mentions stand
    /// there already, tests it.
    ///
    /// # Errors
    /// `Invalid` for an address or password that cannot be, `Forbidden` when the server refuses the password.
    pub fn connect_bluesky(&self, new: &NewBluesky<'_>) -> Result<(Setup, Vec<Finding>)> {
        let base = address(new.url)?;
        let handle = new.handle.trim().trim_start_matches('@');
        let password = secret(new.password)?;
        let client = Arc::clone(&self.client);
        let (channel, session) = Bluesky::sign_in(client, &base, handle, password)?;
        let setup = channel.setup().clone();
        let known = accounts::all(&mut *self.db.read()?)?.into_iter().any(|row| row.name == new.name);
        // Read before anything is kept: nobody reads the account until what stood there is noted.
        let seen = if known || new.from_the_start { Vec::new() } else { channel.standing()? };
        let position = if new.from_the_start { Cursor::default() } else { channel.now()? };
        let findings = channel.check()?;
        let now = self.clock.now();
        let manners = channel.manners();
        let id = self.db.write(|conn| {
            let account = NewAccount {
                name: new.name,
                kind: bluesky::KIND,
                base_url: new.url,
                network_id: &setup.did,
                handle: &setup.handle,
                secret: new.password,
                max_chars: i64::try_from(manners.max_length).unwrap_or(300),
                url_chars: 0,
                position: &position,
                trial_replies: i64::from(new.trial_replies),
            };
            let row = accounts::add(conn, &account, now)?;
            bluesky::keep_beginning(conn, row.id, &session, &seen, now)?;
            Ok(row.id)
        })?;
        self.forget_channel(id);
        Ok((setup, findings))
    }

    pub(super) fn open_bluesky(
        &self,
        row: &AccountRow,
    ) -> std::result::Result<Arc<dyn Channel>, ReadFailure> {
        let password = secret(&row.secret).map_err(|e| ReadFailure::Unauthorised(e.to_string()))?;
        let base_url = address(&row.base_url).map_err(|e| ReadFailure::Refused(e.to_string()))?;
        let setup = Setup { base_url, did: row.network_id.clone(), handle: row.handle.clone() };
        let shelf = Shelf { db: self.db.clone(), clock: self.clock.clone(), account_id: row.id };
        Ok(Arc::new(Bluesky::new(Arc::clone(&self.client), setup, password, shelf)))
    }
}

fn address(url: &str) -> Result<Url> {
    Url::parse(url).map_err(|e| Error::Invalid(format!("--url {url}: {e}; write https://bsky.social")))
}
