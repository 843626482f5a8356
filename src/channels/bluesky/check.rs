//! `onit channel check`: what is wrong with the account, and how to mend it. Nothing is written.

use serde_json::Value;

use super::{Bluesky, POST, session};
use crate::channels::{Finding, Level, ReadFailure};

impl Bluesky {
    pub(super) fn findings(&self) -> Result<Vec<Finding>, ReadFailure> {
        let us: Value = match self.get_as("com.atproto.server.getSession", &[]) {
            Err(ReadFailure::Unauthorised(why)) => {
                let fix = "connect the account again: onit channel add bluesky";
                return Ok(vec![finding(Level::Problem, "account", &why, fix)]);
            }
            other => other?,
        };
        let did = self.setup.did.as_str();
        let mut found = vec![self.account(&us), self.password()?, self.robot()?];
        let own = [("repo", did), ("collection", POST), ("limit", "1")];
        let mentions = [("priority", "false"), ("limit", "1")];
        found.push(self.reads("reading mentions", "app.bsky.notification.listNotifications", &mentions)?);
        found.push(self.reads("reading our own posts", "com.atproto.repo.listRecords", &own)?);
        found.push(finding(
            Level::Warning,
            "right to post",
            "not told by the network",
            "it shows with the first reply",
        ));
        found.push(finding(Level::Good, "text limit", "300 signs, 3000 bytes", ""));
        Ok(found)
    }

    fn account(&self, us: &Value) -> Finding {
        let word = |key: &str| us.get(key).and_then(Value::as_str).unwrap_or_default();
        let ours = &self.setup;
        if word("did") != ours.did {
            let found = format!("the password belongs to @{}, not to @{}", word("handle"), ours.handle);
            return finding(
                Level::Problem,
                "account",
                &found,
                "connect the right account: onit channel add bluesky",
            );
        }
        if us.get("active").and_then(Value::as_bool) == Some(false) {
            let found = format!("@{} is {}", ours.handle, word("status"));
            return finding(Level::Problem, "account", &found, "sign in at the network and see what it says");
        }
        if word("handle") != ours.handle {
            let found = format!("@{} is @{} now", ours.handle, word("handle"));
            return finding(
                Level::Warning,
                "account",
                &found,
                "run onit channel add again, so that pages show the new name",
            );
        }
        finding(Level::Good, "account", &format!("@{} ({})", ours.handle, ours.did), "")
    }

    /// An app password can be taken away alone and cannot change the account; the account's own password can do all.
    fn password(&self) -> Result<Finding, ReadFailure> {
        let what = "password";
        let session = self.sessions.current(&self.client, &self.setup)?;
        let make = "make an app password: Settings, Privacy and security, App passwords; then run onit channel add again";
        Ok(match session::scope(&session).as_deref() {
            Some("com.atproto.appPass") => finding(Level::Good, what, "an app password", ""),
            Some("com.atproto.appPassPrivileged") => {
                let found = "an app password that may also read direct messages; OnIt never does";
                finding(Level::Warning, what, found, make)
            }
            Some("com.atproto.access") => {
                finding(Level::Warning, what, "the account's own password, which can do everything", make)
            }
            _ => finding(Level::Warning, what, "the network does not tell what it may do", ""),
        })
    }

    fn robot(&self) -> Result<Finding, ReadFailure> {
        let query =
            [("repo", self.setup.did.as_str()), ("collection", "app.bsky.actor.profile"), ("rkey", "self")];
        let profile: Value = match self.get_as("com.atproto.repo.getRecord", &query) {
            Err(ReadFailure::Gone(_)) => Value::Null,
            other => other?,
        };
        let labels = profile.pointer("/value/labels/values").and_then(Value::as_array);
        let is_bot = |label: &Value| label.get("val").and_then(Value::as_str) == Some("bot");
        if labels.is_some_and(|labels| labels.iter().any(is_bot)) {
            return Ok(finding(Level::Good, "bot label", "set", ""));
        }
        let fix = "good manners: label the account as automated (self-label \"bot\" on its profile)";
        Ok(finding(Level::Warning, "bot label", "not set", fix))
    }

    fn reads(&self, what: &str, method: &str, query: &[(&str, &str)]) -> Result<Finding, ReadFailure> {
        match self.get(method, query) {
            Ok(_) => Ok(finding(Level::Good, what, "works", "")),
            Err(ReadFailure::Later { why, retry_after }) => Err(ReadFailure::Later { why, retry_after }),
            Err(e) => Ok(finding(
                Level::Problem,
                what,
                &e.to_string(),
                "connect the account again: onit channel add bluesky",
            )),
        }
    }
}

fn finding(level: Level, what: &str, found: &str, fix: &str) -> Finding {
    Finding { level, what: what.into(), found: found.into(), fix: fix.into() }
}
