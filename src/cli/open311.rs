//! `onit open311 check URL`: any server against the rules, with evidence. `onit import open311 URL` stands here too.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use clap::Subcommand;
use indicatif::ProgressBar;

use super::{Common, print, tell, to_line};
use crate::accounts;
use crate::app::{App, secret};
use crate::channels::open311::check::{self, Finding, Sample, Verdict};
use crate::channels::open311::fetch::{self, Fetched};
use crate::channels::open311::{Server, way_out};
use crate::error::Result;
use crate::intake::Envelope;
use crate::journey::group;
use crate::limits::{GROUP_POSTS, OPEN311_SPAN_DAYS};
use crate::settings::Catalogue;

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Measures a server against the rules O1 to O29 of docs/OPEN311.md; read-only unless --write.
    Check(CheckOptions),
}

/// Which server, and how we present ourselves there.
#[derive(Debug, clap::Args)]
pub(crate) struct Endpoint {
    /// Its endpoint, like https://city.example/open311/v2.
    url: String,
    /// The key for it: env:NAME or file:PATH, never written down itself.
    #[arg(long, value_name = "REFERENCE")]
    key: Option<String>,
    /// Where one server serves several cities.
    #[arg(long, value_name = "ID")]
    jurisdiction: Option<String>,
}

#[derive(Debug, clap::Args)]
struct CheckOptions {
    #[command(flatten)]
    endpoint: Endpoint,
    /// Also file a request, marked as a check, and tell news of it. Needs --key and a place.
    #[arg(long, requires = "key")]
    write: bool,
    /// Service to file it under; the first one offered when left out.
    #[arg(long, value_name = "CODE", requires = "write")]
    service: Option<String>,
    /// Where to file it: an address in that city.
    #[arg(long, value_name = "WORDS", requires = "write")]
    address: Option<String>,
    /// Where to file it, in degrees north.
    #[arg(long, value_name = "DEGREES", requires = "long", allow_negative_numbers = true)]
    lat: Option<f64>,
    /// Where to file it, in degrees east.
    #[arg(long, value_name = "DEGREES", requires = "lat", allow_negative_numbers = true)]
    long: Option<f64>,
}

/// Runs the command; `false` when the server breaks a rule.
pub(super) fn run(common: &Common, options: &Options) -> Result<bool> {
    let What::Check(options) = &options.what;
    let allowed = std::env::var("ONIT_ALLOW_PRIVATE").unwrap_or_default();
    let client = way_out(&allowed)?;
    let endpoint = &options.endpoint;
    let key = endpoint.key.as_deref().map(secret).transpose()?;
    let server = Server::new(&client, &endpoint.url, key, endpoint.jurisdiction.as_deref())?;
    let sample = Sample {
        service: options.service.clone(),
        address: options.address.clone(),
        spot: options.lat.zip(options.long),
    };
    let name = format!("onit-check-{}", accounts::base64url(&accounts::random::<9>()?));
    let findings = check::check(&server, options.write.then_some((&sample, name.as_str())))?;
    let count = |verdict: Verdict| findings.iter().filter(|f| f.verdict == verdict).count();
    let (passed, failed, skipped) = (count(Verdict::Pass), count(Verdict::Fail), count(Verdict::Skip));
    if common.json {
        print(&to_line(&serde_json::json!({
            "url": endpoint.url, "passed": passed, "failed": failed, "skipped": skipped, "rules": findings,
        }))?)?;
    } else {
        findings.iter().try_for_each(|finding| print(&line_of(finding)))?;
        tell(&format!("{passed} passed, {failed} failed, {skipped} not seen"));
    }
    Ok(failed == 0)
}

fn line_of(finding: &Finding) -> String {
    format!("{}\t{}\t{}\t{}", finding.rule, finding.verdict.as_str(), finding.about, finding.evidence)
}

/// `onit import open311 URL`.
#[derive(Debug, clap::Args)]
pub(crate) struct ImportOptions {
    #[command(flatten)]
    endpoint: Endpoint,
    /// From this day on, like 2026-01-01 (in UTC); the last 90 days when left out.
    #[arg(long, value_name = "DAY")]
    since: Option<NaiveDate>,
    /// Their service is our service: CODE=CODE; may be given several times.
    #[arg(long = "service", value_name = "THEIRS=OURS", value_parser = pair)]
    services: Vec<(String, String)>,
    /// Read and report, and keep nothing.
    #[arg(long)]
    dry_run: bool,
}

fn pair(text: &str) -> std::result::Result<(String, String), String> {
    let (theirs, ours) = text.split_once('=').ok_or("write THEIRS=OURS")?;
    Ok((theirs.trim().to_owned(), ours.trim().to_owned()))
}

/// What became of the requests of another server.
#[derive(Debug, Default, serde::Serialize)]
struct Tally {
    read: usize,
    outcomes: BTreeMap<String, usize>,
    skipped: BTreeMap<String, usize>,
}

/// Fetches requests into the journey; `false` when one of them failed.
pub(super) fn import(common: &Common, options: &ImportOptions) -> Result<bool> {
    let app = common.app()?;
    let now = app.clock.now();
    let endpoint = &options.endpoint;
    let key = endpoint.key.as_deref().map(secret).transpose()?;
    let server = Server::new(&app.client, &endpoint.url, key, endpoint.jurisdiction.as_deref())?;
    let world = app.world.now();
    let since = options.since.and_then(|day| day.and_hms_opt(0, 0, 0)).map(|at| at.and_utc());
    let since: DateTime<Utc> = since.unwrap_or(now - Duration::days(OPEN311_SPAN_DAYS));
    let service_of = |code: &str, name: &str| ours(&world.settings.catalogue, &options.services, code, name);
    let bar = ProgressBar::new_spinner();
    let (mut tally, mut group) = (Tally::default(), Vec::new());
    let fetched = fetch::requests(&server, (since, now), &service_of, &mut |fetched| {
        tally.read += 1;
        bar.set_message(format!("{} requests read", tally.read));
        bar.tick();
        match fetched {
            Fetched::Skipped(id, why) => {
                if !common.json {
                    tell(&format!("left: {id}: {why}"));
                }
                *tally.skipped.entry(why).or_default() += 1;
            }
            Fetched::Post(envelope) if options.dry_run => {
                let service = envelope.stated.and_then(|s| s.service).unwrap_or_default();
                *tally.outcomes.entry(format!("would be {service}")).or_default() += 1;
            }
            Fetched::Post(envelope) => {
                group.push(*envelope);
                if group.len() >= GROUP_POSTS {
                    receive(&app, &std::mem::take(&mut group), &mut tally)?;
                }
            }
        }
        Ok(())
    });
    // What was read before the server broke off is kept, and known when it is fetched again.
    receive(&app, &group, &mut tally)?;
    bar.finish_and_clear();
    print(&if common.json {
        to_line(&tally)?
    } else {
        let words = |map: &BTreeMap<String, usize>| {
            map.iter().map(|(what, n)| format!("{n} {what}")).collect::<Vec<_>>().join(", ")
        };
        format!("{} read; {}; left: {}", tally.read, words(&tally.outcomes), words(&tally.skipped))
    })?;
    fetched?;
    Ok(!tally.outcomes.contains_key("error"))
}

fn receive(app: &App, envelopes: &[Envelope], tally: &mut Tally) -> Result<()> {
    if envelopes.is_empty() {
        return Ok(());
    }
    let world = app.world.now();
    for (received, envelope) in
        group::receive_all(&app.db, &world, envelopes, || app.clock.now())?.into_iter().zip(envelopes)
    {
        let outcome = match received {
            Ok(received) => received.outcome,
            Err(error) => {
                tell(&format!("{}: {error}", envelope.id));
                "error".to_owned()
            }
        };
        *tally.outcomes.entry(outcome).or_default() += 1;
    }
    Ok(())
}

/// Our service for one of theirs: as told on the command line, the same code, or the same name in any language.
fn ours(catalogue: &Catalogue, told: &[(String, String)], code: &str, name: &str) -> Option<String> {
    let told =
        told.iter().find(|(theirs, _)| theirs == code || theirs == name).map(|(_, ours)| ours.as_str());
    if let Some(service) = told {
        return catalogue.current(service).map(|s| s.code.clone());
    }
    let by_name = || {
        let same = |s: &&crate::settings::Service| {
            crate::settings::Lang::ALL
                .into_iter()
                .any(|lang| s.names.get(lang).eq_ignore_ascii_case(name.trim()))
        };
        catalogue.offered().find(same)
    };
    catalogue.current(code).or_else(by_name).map(|s| s.code.clone())
}
