//! `onit channel add|check|list|off`: the city's accounts on networks.

use clap::Subcommand;

use super::{Common, print, tell, to_line};
use crate::app::App;
use crate::channels::accounts;
use crate::channels::{Finding, Level};
use crate::error::{Error, Result};

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Connects an account, or connects it again with a new token. Reading starts now: old posts are not brought in.
    Add {
        /// mastodon (also snac, GoToSocial, Pleroma and others that speak its API).
        kind: String,
        /// A name of your choice: "city".
        #[arg(long)]
        name: String,
        /// The account's own server: https://social.example.
        #[arg(long)]
        url: String,
        /// Where the access token is: env:NAME or file:PATH. Never the token itself.
        #[arg(long, value_name = "WHERE")]
        token: String,
        /// Replies that wait for a person before the account answers by itself; the policy's number by default.
        #[arg(long)]
        trial_replies: Option<u32>,
        /// Also bring in the mentions that stand there already.
        #[arg(long)]
        from_the_start: bool,
    },
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
        What::Add { kind, name, url, token, trial_replies, from_the_start } => {
            if kind != "mastodon" {
                return Err(Error::Invalid(format!(
                    "there is no channel {kind:?} in this version: use mastodon"
                )));
            }
            let trial = trial_replies.unwrap_or(app.world.now().settings.policy.trial_replies);
            add_mastodon(&app, name, url, token, trial, *from_the_start)
        }
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

fn add_mastodon(
    app: &App,
    name: &str,
    url: &str,
    token: &str,
    trial_replies: u32,
    from_the_start: bool,
) -> Result<bool> {
    let (setup, findings) = app.connect_mastodon(name, url, token, trial_replies, from_the_start)?;
    tell(&format!("{name}: reads and answers as @{} ({})", setup.handle, setup.server_version));
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
