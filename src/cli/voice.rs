//! `onit voice check`: does what we say sound like this city?

use std::io::Read as _;

use clap::Subcommand;

use super::{Common, print, tell, to_line};
use crate::error::{Error, Result};
use crate::limits;
use crate::replies::lint::{self, Around, Remark, Weight};
use crate::settings::{Lang, Settings, Wording};

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Every wording of the city, or one text; exit code 1 when something must not go out like that.
    Check {
        /// Texts to check in place of the wordings: a file, or `-` for standard input; one text a line.
        #[arg(value_name = "FILE")]
        file: Option<std::path::PathBuf>,
        /// Language of the texts: en, es, pt, ht. The city's own when left out.
        #[arg(long, value_name = "CODE", requires = "file")]
        lang: Option<Lang>,
        /// Channel the texts are for: mastodon, bluesky, email, sms, webhook. Its rules in policy.toml count.
        #[arg(long, value_name = "CODE", requires = "file", default_value = "")]
        channel: String,
    },
}

/// One text that was looked at.
struct Checked {
    name: String,
    text: String,
    remarks: Vec<Remark>,
}

/// Runs the command.
pub(super) fn run(common: &Common, options: &Options) -> Result<bool> {
    let settings = common.settings()?;
    let What::Check { file, lang, channel } = &options.what;
    let checked = match file {
        None => wordings(&settings),
        Some(path) => typed(&settings, path, lang.unwrap_or(settings.city.language), channel)?,
    };
    let of = |weight| checked.iter().flat_map(|c| &c.remarks).filter(|r| r.weight == weight).count();
    let (stops, better) = (of(Weight::Stop), of(Weight::Better));
    for one in &checked {
        say(common, one)?;
    }
    tell(&format!("{} texts: {stops} must change, {better} could be better", checked.len()));
    Ok(stops == 0)
}

/// Every phrase in every language, with sample values in its braces.
fn wordings(settings: &Settings) -> Vec<Checked> {
    let mut checked = Vec::new();
    for language in Lang::ALL {
        for key in Wording::keys() {
            let Some(phrase) = settings.wording.phrase(key, language) else { continue };
            let text = sample(&phrase.text);
            // Wordings are written for tickets whose date is known; the code gives `{due}` to no other.
            let around = Around { language, channel: "", has_due: true };
            let remarks = lint::remarks(&settings.policy.voice, &text, around);
            checked.push(Checked { name: format!("wording/{language}.toml [{key}]"), text, remarks });
        }
    }
    checked.extend(examples(settings));
    checked
}

/// The examples of how we speak must pass their own rules.
fn examples(settings: &Settings) -> impl Iterator<Item = Checked> {
    let voice = &settings.policy.voice;
    voice.examples.iter().map(move |example| {
        let around = Around { language: example.language, channel: "", has_due: true };
        Checked {
            name: "policy.toml [[voice.example]] but".into(),
            text: example.but.clone(),
            remarks: lint::remarks(voice, &example.but, around),
        }
    })
}

/// Values as they look in a reply; short ones, so that the words of the phrase decide.
fn sample(text: &str) -> String {
    let values = [
        ("{department}", "Streets"),
        ("{due}", "Friday"),
        ("{number}", "26-000001"),
        ("{link}", "https://city.example/t/26-000001"),
        ("{service}", "Pothole"),
        ("{place}", "Elm Street"),
        ("{candidates}", "Elm Street or Elm Court"),
        ("{emergency_number}", "911"),
        ("{owner}", "Parks"),
        ("{reason}", "fixed"),
        ("{status}", "On it"),
        ("{city}", "Riverton"),
    ];
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
}

fn typed(settings: &Settings, path: &std::path::Path, language: Lang, channel: &str) -> Result<Vec<Checked>> {
    let name = path.display().to_string();
    let read = |mut from: Box<dyn std::io::Read>| -> std::io::Result<String> {
        let mut text = String::new();
        let most = u64::try_from(limits::LINE_BYTES).unwrap_or(u64::MAX);
        let read = from.by_ref().take(most + 1).read_to_string(&mut text)?;
        if read > limits::LINE_BYTES {
            return Err(std::io::Error::other(format!(
                "more than {} bytes; check it in parts",
                limits::LINE_BYTES
            )));
        }
        Ok(text)
    };
    let text = match name.as_str() {
        "-" => read(Box::new(std::io::stdin().lock())),
        _ => std::fs::File::open(path).and_then(|file| read(Box::new(file))),
    };
    let text = text.map_err(|e| Error::Invalid(format!("{name}: {e}")))?;
    let around = Around { language, channel, has_due: false };
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    Ok(lines
        .map(|(n, line)| Checked {
            name: format!("{name}:{}", n + 1),
            text: line.trim().to_owned(),
            remarks: lint::remarks(&settings.policy.voice, line.trim(), around),
        })
        .collect())
}

fn say(common: &Common, one: &Checked) -> Result<()> {
    if common.json {
        let line = serde_json::json!({"name": one.name, "text": one.text, "remarks": one.remarks});
        return print(&to_line(&line)?);
    }
    for remark in &one.remarks {
        let word = if remark.weight == Weight::Stop { "must change" } else { "could be better" };
        print(&format!("{}: {word}: {}", one.name, remark.why))?;
    }
    Ok(())
}
