//! `onit key add|list|revoke`: keys of programs that write to this city.

use chrono::{DateTime, Days, NaiveDate, Utc};
use clap::Subcommand;

use super::{Common, print, tell, to_line};
use crate::accounts::keys::{self, ApiKey, NewKey, Scope};
use crate::accounts::note_audit;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::limits;

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Makes a key and prints it, once: only its digest is kept.
    Add {
        /// Short name for lists and the log, like riverton-app.
        name: String,
        /// Who answers for it.
        #[arg(long)]
        owner: String,
        /// How they are reached: an e-mail address or a telephone number.
        #[arg(long)]
        contact: String,
        /// What it is for: open311, sandbox, read, write, export or webhooks. May be given several times.
        #[arg(long = "scope", required = true, value_name = "SCOPE")]
        scopes: Vec<String>,
        /// The last day on which it counts, like 2027-06-30 (in UTC); left out, it has no end.
        #[arg(long, value_name = "DAY")]
        expires: Option<NaiveDate>,
        /// Uses in one hour.
        #[arg(long, default_value_t = limits::KEY_USES_PER_HOUR)]
        per_hour: i64,
    },
    /// Every key: name, state, what it is for, uses an hour, end, owner, contact.
    List,
    /// Takes a key back, at once and for good.
    Revoke {
        /// Its name, as `onit key list` shows it.
        name: String,
    },
}

/// Runs the command.
pub(super) fn run(common: &Common, options: &Options) -> Result<bool> {
    let app = common.app()?;
    let now = app.clock.now();
    match &options.what {
        What::Add { name, owner, contact, scopes, expires, per_hour } => {
            let scopes = scopes
                .iter()
                .map(|word| word.parse().map_err(|e: Error| e.at("--scope")))
                .collect::<Result<Vec<Scope>>>()?;
            let new = NewKey {
                name,
                owner_name: owner,
                owner_contact: contact,
                scopes: &scopes,
                per_hour: *per_hour,
                expires_at: expires.map(end_of).transpose()?,
            };
            let (key, text) = app.db.write(|conn| {
                let made = keys::add(conn, &new, now)?;
                note_audit(conn, "command line", "key added", &made.0.name, now)?;
                Ok(made)
            })?;
            tell(&format!("This is the key of {}. It is shown once; only its digest is kept.", key.name));
            print(&if common.json {
                to_line(&serde_json::json!({"name": key.name, "key": text.reveal()}))?
            } else {
                text.reveal().to_owned()
            })?;
        }
        What::List => {
            for key in keys::all(&mut *app.db.read()?)? {
                print(&line_of(&key, common.json, now)?)?;
            }
        }
        What::Revoke { name } => {
            app.db.write(|conn| {
                keys::revoke(conn, name, now)?;
                note_audit(conn, "command line", "key taken back", name, now)
            })?;
            tell(&format!("the key {name} opens nothing any more"));
        }
    }
    Ok(true)
}

/// The day is counted in full.
fn end_of(day: NaiveDate) -> Result<DateTime<Utc>> {
    let next = day.checked_add_days(Days::new(1)).and_then(|d| d.and_hms_opt(0, 0, 0));
    next.map(|at| at.and_utc()).ok_or_else(|| Error::Invalid(format!("--expires: {day} is too far away")))
}

fn line_of(key: &ApiKey, json: bool, now: DateTime<Utc>) -> Result<String> {
    let scopes: Vec<&str> = key.scopes().iter().map(|s| s.as_str()).collect();
    let (state, end) = (key.state(now).as_str(), key.expires_at.map(|at| at.to_string()));
    if json {
        return to_line(&serde_json::json!({
            "name": key.name, "state": state, "scopes": scopes, "per_hour": key.per_hour, "expires_at": end,
            "owner": key.owner_name, "contact": key.owner_contact, "created_at": key.created_at.to_string(),
            "revoked_at": key.revoked_at.map(|at: Ts| at.to_string()),
        }));
    }
    Ok(format!(
        "{}\t{state}\t{}\t{} an hour\t{}\t{}\t{}",
        key.name,
        scopes.join(","),
        key.per_hour,
        end.as_deref().unwrap_or("no end"),
        key.owner_name,
        key.owner_contact
    ))
}
