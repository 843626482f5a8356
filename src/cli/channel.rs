//! `onit channel add|check|list|off`: the city's accounts on networks.

use clap::Subcommand;

use super::{Common, print, tell, to_line};
use crate::app::{App, NewBluesky};
use crate::channels::accounts;
use crate::channels::{Finding, Level};
use crate::error::{Error, Result};

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Args)]
struct Add {
    /// mastodon (also snac, GoToSocial, Pleroma and others that speak its API), or bluesky.
    kind: String,
    /// A name of your choice: "city".
    #[arg(long)]
    name: String,
    /// The account's own server: https://social.example, https://bsky.social.
    #[arg(long)]
    url: String,
    /// Where the access token (mastodon) or the app password (bluesky) is: env:NAME or file:PATH. Never the secret
    /// itself.
    #[arg(long, value_name = "WHERE")]
    token: String,
    /// The account's handle, where the token does not tell it (bluesky): city.bsky.social.
    #[arg(long)]
    handle: Option<String>,
    /// Replies that wait for a person before the account answers by itself; the policy's number by default.
    #[arg(long)]
    trial_replies: Option<u32>,
    /// Also bring in the mentions that stand there already.
    #[arg(long)]
    from_the_start: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Connects an account, or connects it again with a new token. Reading starts now: old posts are not brought in.
    Add(Add),
    /// Tests every account and says what is missing and how to mend it.
    Check,
    /// Every account and how it is.
    List,
    /// Stops reading and answering as an account; its posts and tickets stay.
    Off {
        /// Its name.
        name: String,
    },
}

/// Runs the command; `false` when an account has a problem.
pub(super) fn run(common: &Common, options: &Options) -> Result<bool> {
    let app = common.app()?;
    match &options.what {
        What::Add(new) => add(&app, new),
        What::Check => check(common, &app),
        What::List => list(common, &app),
        What::Off { name } => {
            app.db.write(|conn| {
                let row = accounts::all(conn)?.into_iter().find(|a| a.name == *name);
                let row = row.ok_or_else(|| Error::NotFound(format!("there is no account {name:?}")))?;
                accounts::set_state(conn, row.id, "off", "switched off")
            })?;
            tell(&format!("{name} is off"));
            Ok(true)
        }
    }
}

fn add(app: &App, new: &Add) -> Result<bool> {
    let trial_replies = new.trial_replies.unwrap_or(app.world.now().settings.policy.trial_replies);
    let (who, findings) = match new.kind.as_str() {
        "mastodon" => {
            let (setup, findings) =
                app.connect_mastodon(&new.name, &new.url, &new.token, trial_replies, new.from_the_start)?;
            (format!("@{} ({})", setup.handle, setup.server_version), findings)
        }
        "bluesky" => {
            let handle = new.handle.as_deref().ok_or_else(|| {
                Error::Invalid("bluesky: say which account with --handle city.bsky.social".into())
            })?;
            let account = NewBluesky {
                name: &new.name,
                url: &new.url,
                handle,
                password: &new.token,
                trial_replies,
                from_the_start: new.from_the_start,
            };
            let (setup, findings) = app.connect_bluesky(&account)?;
            (format!("@{} ({})", setup.handle, setup.did), findings)
        }
        kind => {
            return Err(Error::Invalid(format!(
                "there is no channel {kind:?} in this version: use mastodon or bluesky"
            )));
        }
    };
    let name = &new.name;
    tell(&format!("{name}: reads and answers as {who}"));
    for finding in findings {
        tell(&told(name, &finding));
    }
    if trial_replies > 0 {
        tell(&format!("{name}: the first {trial_replies} replies wait for a person"));
    }
    Ok(true)
}

fn check(common: &Common, app: &App) -> Result<bool> {
    let mut good = true;
    for row in accounts::all(&mut *app.db.read()?)? {
        let findings = match app.channel(&row).and_then(|c| c.check()) {
            Ok(findings) => findings,
            Err(failure) => {
                good = false;
                let fix =
                    "look at the address and the token, then run `onit channel add` for it again".to_owned();
                vec![Finding {
                    level: Level::Problem,
                    what: "connection".into(),
                    found: failure.to_string(),
                    fix,
                }]
            }
        };
        for finding in findings {
            good &= finding.level != Level::Problem;
            if common.json {
                print(&to_line(&serde_json::json!({"account": row.name, "finding": finding}))?)?;
            } else {
                print(&told(&row.name, &finding))?;
            }
        }
    }
    Ok(good)
}

fn told(name: &str, finding: &Finding) -> String {
    let level = match finding.level {
        Level::Good => "good",
        Level::Warning => "warning",
        Level::Problem => "problem",
    };
    let fix = if finding.fix.is_empty() { String::new() } else { format!(" -> {}", finding.fix) };
    format!("{name}: {level}: {}: {}{fix}", finding.what, finding.found)
}

fn list(common: &Common, app: &App) -> Result<bool> {
    for row in accounts::all(&mut *app.db.read()?)? {
        print(&if common.json {
            to_line(&serde_json::json!({
                "name": row.name, "kind": row.kind, "handle": row.handle, "url": row.base_url, "state": row.state,
                "why": row.why, "replies_sent": row.replies_sent,
                "trial_left": (row.trial_replies - row.replies_sent).max(0),
            }))?
        } else {
            format!("{}\t{}\t@{}\t{}\t{}", row.name, row.kind, row.handle, row.state, row.why)
        })?;
    }
    Ok(true)
}
