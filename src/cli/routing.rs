//! `onit routing check|try|explain`: rules that never get a turn, what other rules would have done, why a ticket
//! went where it is.

use std::path::PathBuf;

use chrono::Duration;
use clap::Subcommand;
use serde_json::json;

use super::{Common, print, tell, to_line};
use crate::app::App;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::places::Gazetteer;
use crate::routing::check::{self, Finding};
use crate::routing::{self, Changed, Replay};
use crate::settings::{Lang, RoutingRules, Settings};
use crate::tickets;

/// Most tickets a try looks at; a year of a large city.
const TRY_TICKETS: usize = 500_000;
/// Examples that a try names.
const EXAMPLES: usize = 10;

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Finds rules that are shadowed by earlier ones, unreachable in this city, or contradict themselves.
    Check {
        /// Look at this file instead of the one in force.
        #[arg(long, value_name = "FILE")]
        rules: Option<PathBuf>,
    },
    /// Sends the requests of the last days through the rules again and prints what would change; changes nothing.
    Try {
        /// How many days back.
        #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(i64).range(1..=3660))]
        days: i64,
        /// Try this file instead of the one in force.
        #[arg(long, value_name = "FILE")]
        rules: Option<PathBuf>,
    },
    /// Says which rule sent a request where it is, and what the rules of today would do.
    Explain {
        /// Its number.
        number: String,
    },
}

/// Runs the command; `false` when `check` found a fault.
pub(super) fn run(common: &Common, options: &Options) -> Result<bool> {
    match &options.what {
        What::Check { rules } => check_rules(common, rules.as_ref()),
        What::Try { days, rules } => try_rules(common, *days, rules.as_ref()),
        What::Explain { number } => explain(common, number),
    }
}

fn chosen(settings: &Settings, file: Option<&PathBuf>) -> Result<RoutingRules> {
    file.map_or_else(|| Ok(settings.routing.clone()), |file| settings.other_routing(file))
}

fn check_rules(common: &Common, file: Option<&PathBuf>) -> Result<bool> {
    // Without a database the rules are checked all the same; then nobody knows which wards there are.
    let (settings, places) = match common.app() {
        Ok(app) => {
            let world = app.world.now();
            ((*world.settings).clone(), std::sync::Arc::clone(&world.places))
        }
        Err(Error::Unavailable(why)) => {
            tell(&format!("the database cannot be asked for areas and owners ({why})"));
            (common.settings()?, std::sync::Arc::new(Gazetteer::empty()))
        }
        Err(other) => return Err(other),
    };
    let rules = chosen(&settings, file)?;
    let found = check::check(&settings, &rules, &places);
    for finding in &found {
        print(&if common.json { to_line(finding)? } else { sentence(finding) })?;
    }
    let faults = found.iter().filter(|f| f.fault.is_fault()).count();
    if !common.json {
        let n = rules.list().len();
        let map = if places.is_empty() { ", areas and owners were not compared (no map data)" } else { "" };
        tell(&match faults {
            0 => format!("{n} rules: every one gets its turn{map}"),
            1 => format!("{n} rules: 1 must be mended{map}"),
            faults => format!("{n} rules: {faults} must be mended{map}"),
        });
    }
    Ok(faults == 0)
}

fn sentence(finding: &Finding) -> String {
    let example = match finding.example.as_str() {
        "" => String::new(),
        example => format!("\n  example: {example}"),
    };
    format!(
        "{}: rule `{}` {}: {}{example}",
        finding.place,
        finding.rule,
        finding.fault.as_str(),
        finding.words
    )
}

fn try_rules(common: &Common, days: i64, file: Option<&PathBuf>) -> Result<bool> {
    let app = common.app()?;
    let world = app.world.now();
    let rules = chosen(&world.settings, file)?;
    let since = Ts(app.clock.now() - Duration::days(days));
    let past = routing::opened_since(&mut *app.db.read()?, since, TRY_TICKETS)?;
    let tried = routing::replay(&world.settings, &rules, &world.places, &past);
    if common.json {
        print(&to_line(&tried)?)?;
    } else {
        told(&world.settings, &tried, days)?;
    }
    Ok(true)
}

fn told(settings: &Settings, tried: &Replay, days: i64) -> Result<()> {
    print(&format!(
        "{} requests of the last {days} days, {} would change",
        tried.tickets,
        tried.changed.len()
    ))?;
    print("department                        went  would go")?;
    for (code, (was, would)) in &tried.departments {
        print(&format!("{:<32} {was:>5}  {would:>8}", department(settings, code)))?;
    }
    print("rule                                    would take")?;
    for (rule, n) in &tried.rules {
        print(&format!("{rule:<40} {n:>9}"))?;
    }
    print(&format!("{:<40} {:>9}", "(no rule: the service's department)", tried.by_service))?;
    let by_hand = tried.changed.iter().filter(|c| c.as_staff_did).count();
    if by_hand > 0 {
        print(&format!("{by_hand} of the changed ones were sent there by hand since"))?;
    }
    for one in tried.changed.iter().take(EXAMPLES) {
        print(&format!("  {}", example(settings, one)))?;
    }
    if tried.changed.len() > EXAMPLES {
        print(&format!("  … and {} more (--json names all)", tried.changed.len() - EXAMPLES))?;
    }
    if tried.skipped > 0 {
        tell(&format!("{} requests of services that are gone were left out", tried.skipped));
    }
    Ok(())
}

fn example(settings: &Settings, one: &Changed) -> String {
    let service =
        settings.catalogue.get(&one.service).map_or(one.service.as_str(), |s| s.names.get(Lang::En));
    let by = |rule: &str| if rule.is_empty() { "no rule".to_owned() } else { format!("`{rule}`") };
    let place = if one.place.is_empty() { "place not known" } else { &one.place };
    format!(
        "{} {service}, {place}: {} ({}) -> {} ({})",
        one.number,
        department(settings, &one.from),
        by(&one.old_rule),
        department(settings, &one.to),
        by(&one.new_rule)
    )
}

fn department(settings: &Settings, code: &str) -> String {
    settings.departments.get(code).map_or_else(|| code.to_owned(), |d| d.names.get(Lang::En).clone())
}

fn explain(common: &Common, number: &str) -> Result<bool> {
    let app: App = common.app()?;
    let world = app.world.now();
    let settings = &world.settings;
    let (ticket, kept, past) = {
        let mut conn = app.db.read()?;
        let ticket = tickets::by_number(&mut conn, number)?;
        let kept = routing::latest(&mut conn, ticket.id)?;
        (ticket.clone(), kept, routing::past_of(&mut conn, ticket.id)?)
    };
    let today = routing::replay(settings, &settings.routing, &world.places, &past);
    let (then, hash) = kept.map_or_else(Default::default, |k| (k.rule, k.config_hash));
    let now: Vec<&str> = today.rules.iter().filter(|(_, n)| *n > 0).map(|(rule, _)| rule.as_str()).collect();
    let line = json!({
        "number": ticket.number,
        "department": ticket.department,
        "why": ticket.rule,
        "rule": then,
        "config_hash": hash,
        "rule_today": now.first().copied().unwrap_or_default(),
        "department_today": today.departments.iter().find(|(_, (_, would))| *would > 0).map(|(code, _)| code),
    });
    if common.json {
        print(&to_line(&line)?)?;
        return Ok(true);
    }
    print(&format!(
        "{} is with {}. {}.",
        ticket.number,
        department(settings, &ticket.department),
        ticket.rule
    ))?;
    print(&format!("settings then: {}", if hash.is_empty() { "not kept" } else { &hash }))?;
    print(&match now.first() {
        Some(rule) => format!("today rule `{rule}` would take it"),
        None => "today no rule would take it: the service's own department".to_owned(),
    })?;
    Ok(true)
}
