//! `onit channel check`: what is wrong with the account, and how to mend it. Nothing is written.

use serde_json::Value;

use super::wire::Account;
use super::{Mastodon, Setup};
use crate::channels::{Finding, Level, ReadFailure};

impl Mastodon {
    pub(super) fn findings(&self) -> Result<Vec<Finding>, ReadFailure> {
        let us: Account = match self.api().get_as("api/v1/accounts/verify_credentials", &[]) {
            Err(ReadFailure::Unauthorised(why)) => {
                let fix = "connect the account again: onit channel add";
                return Ok(vec![finding(Level::Problem, "account", &why, fix)]);
            }
            other => other?,
        };
        let mut found = vec![self.account(&us), robot(&us)];
        found.push(self.reads("reading mentions", "api/v1/notifications", "read:notifications")?);
        let own = format!("api/v1/accounts/{}/statuses", super::read::segment(&self.setup.account_id));
        found.push(self.reads("reading our own posts", &own, "read:statuses")?);
        found.push(self.scopes());
        found.extend(self.policy());
        found.push(self.limits());
        Ok(found)
    }

    fn account(&self, us: &Account) -> Finding {
        let ours = &self.setup;
        if us.id == ours.account_id {
            return finding(Level::Good, "account", &format!("@{}", ours.handle), "");
        }
        let found = format!("the token belongs to {:?}, not to @{}", us.acct, ours.handle);
        finding(Level::Problem, "account", &found, "connect the right account: onit channel add")
    }

    fn reads(&self, what: &str, path: &str, scope: &str) -> Result<Finding, ReadFailure> {
        match self.api().get(path, &[("limit", "1")]) {
            Ok(_) => Ok(finding(Level::Good, what, "works", "")),
            Err(ReadFailure::Later { why, retry_after }) => Err(ReadFailure::Later { why, retry_after }),
            Err(e) => {
                let fix = format!("connect the account again and grant {scope}");
                Ok(finding(Level::Problem, what, &e.to_string(), &fix))
            }
        }
    }

    /// Writing cannot be tried without posting, so the app's own word is all there is.
    fn scopes(&self) -> Finding {
        let what = "right to post";
        let app: Option<Value> = self.api().get_as("api/v1/apps/verify_credentials", &[]).ok();
        let scopes: Vec<&str> = app
            .as_ref()
            .and_then(|app| app.get("scopes")?.as_array())
            .map(|list| list.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        if scopes.is_empty() {
            return finding(
                Level::Warning,
                what,
                "this server does not tell",
                "it shows with the first reply",
            );
        }
        if scopes.iter().any(|s| matches!(*s, "write" | "write:statuses")) {
            return finding(Level::Good, what, &scopes.join(" "), "");
        }
        finding(Level::Problem, what, &scopes.join(" "), "connect the account again and grant write:statuses")
    }

    /// A policy other than "accept" hides strangers' mentions, and strangers are who writes to a city.
    fn policy(&self) -> Vec<Finding> {
        let what = "notification policy";
        let Ok(policy) = self.api().get_as::<Value>("api/v2/notifications/policy", &[]) else {
            return vec![finding(Level::Good, what, "this server has none", "")];
        };
        let rules = policy.as_object().into_iter().flatten();
        let mut found: Vec<Finding> = rules
            .filter(|(key, _)| key.starts_with("for_"))
            .filter_map(|(key, value)| match value.as_str()? {
                "accept" => None,
                "drop" => Some((Level::Problem, key, "drop: these mentions are lost")),
                _ => Some((Level::Warning, key, "filter: seen here, but hidden in the network's own app")),
            })
            .map(|(level, key, told)| {
                let fix = "set it to accept: Preferences, Notifications, \"Manage notifications from\"";
                finding(level, what, &format!("{key} = {told}"), fix)
            })
            .collect();
        if found.is_empty() {
            found.push(finding(Level::Good, what, "accepts everybody", ""));
        }
        found
    }

    fn limits(&self) -> Finding {
        let what = "text limit";
        let ours = &self.setup;
        let told =
            |s: &Setup| format!("{} characters, {} a link, {}", s.max_length, s.url_length, s.server_version);
        match Setup::read(&self.client, &ours.base_url, &self.token) {
            Ok(now) if (now.max_length, now.url_length) == (ours.max_length, ours.url_length) => {
                finding(Level::Good, what, &told(&now), "")
            }
            Ok(now) => finding(
                Level::Warning,
                what,
                &format!("changed to {}", told(&now)),
                "run onit channel add again",
            ),
            Err(e) => finding(Level::Warning, what, &e.to_string(), "try again later"),
        }
    }
}

fn robot(us: &Account) -> Finding {
    if us.bot {
        return finding(Level::Good, "bot flag", "set", "");
    }
    let fix = "good manners: Preferences, Profile, \"This is an automated account\"";
    finding(Level::Warning, "bot flag", "not set", fix)
}

fn finding(level: Level, what: &str, found: &str, fix: &str) -> Finding {
    Finding { level, what: what.into(), found: found.into(), fix: fix.into() }
}
