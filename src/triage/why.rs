//! Why a post was read as it was: every field that was inferred, its words, and which rules or weights made it.
//!
//! Kept beside the reading when the post is read, so that the answer stays the same after the reader has learned.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lexicon::{Cue, Hit, Mark};
use super::service::{loudest, merge};
use super::text::Words;
use super::urgency;
use super::weights::{KIND_COLUMN, KINDS};
use super::{Context, Kind, Model, PersonalKind, Reading};
use crate::settings::Lang;
use crate::span::Span;

/// The rules of this program: phrases, lists and patterns that no city changes.
const RULES: &str = concat!("rules ", env!("CARGO_PKG_VERSION"));

/// What was inferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// What the post is.
    Kind,
    /// What a concern is about.
    Service,
    /// How soon somebody must look.
    Urgency,
    /// The language.
    Language,
    /// Words that must not be shown.
    PersonalData,
}

/// One field, its words, and who says so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// What was inferred.
    pub field: Field,
    /// What it was inferred to be, as outputs write it ("street_light").
    pub value: String,
    /// How sure, 0 to 1, where that is measured.
    pub p: Option<f64>,
    /// The words that carried it; none where it rests on the whole text, or on nothing in it.
    pub spans: Vec<Span>,
    /// Which rules or weights: "rules 0.1.0", "reading-1a2b3c", or where it came from if not from the words.
    pub by: String,
    /// Which concern of the post, counted from 0; for services only.
    pub concern: Option<usize>,
}

/// Explains a reading of this text by this model. Pure.
#[must_use]
pub fn explain(model: &Model, text: &str, context: &Context<'_>, reading: &Reading) -> Vec<Why> {
    let words = Words::of(text);
    let hits = model.find(&words);
    let mut whys = vec![kind(model, &words, &hits, reading)];
    for (nth, concern) in reading.concerns.iter().enumerate() {
        whys.extend(concern.services.first().map(|guess| Why {
            field: Field::Service,
            value: guess.code.clone(),
            p: Some(guess.p),
            spans: guess.evidence.clone(),
            by: reading.version.clone(),
            concern: Some(nth),
        }));
    }
    let alarms = urgency::look(&words, &hits).alarms;
    let ruled = alarms.iter().any(|alarm| alarm.level == reading.urgency);
    whys.push(Why {
        field: Field::Urgency,
        value: reading.urgency.as_str().to_owned(),
        p: None,
        spans: reading.urgency_evidence.clone(),
        by: if ruled { RULES.to_owned() } else { reading.version.clone() },
        concern: None,
    });
    whys.push(language(model, &words, context, reading));
    let mut personal: BTreeMap<PersonalKind, Vec<Span>> = BTreeMap::new();
    for found in &reading.personal_data {
        personal.entry(found.kind).or_default().push(Span { start: found.start, end: found.end });
    }
    whys.extend(personal.into_iter().map(|(kind, spans)| Why {
        field: Field::PersonalData,
        value: serde_json::to_value(kind).ok().and_then(|v| Some(v.as_str()?.to_owned())).unwrap_or_default(),
        p: None,
        spans,
        by: RULES.to_owned(),
        concern: None,
    }));
    whys
}

/// The phrases that open or make such a post; else the words its weights lean on, else what speaks for the service.
fn kind(model: &Model, words: &Words, hits: &[Hit], reading: &Reading) -> Why {
    let (cues, in_thread): (&[Cue], bool) = match reading.kind {
        Kind::Report => {
            (&[Cue::Negative, Cue::Request, Cue::Act, Cue::EmergencyPerson, Cue::EmergencyHazard], false)
        }
        Kind::Question => (&[Cue::Question], false),
        Kind::Thanks => (&[Cue::Thanks], false),
        Kind::Other => (&[Cue::News, Cue::Advert, Cue::Chatter], false),
        Kind::Answer => (&[Cue::Place], true),
        Kind::Status => (&[Cue::Status], true),
        Kind::StillBroken => (&[Cue::StillBroken], true),
        Kind::Fixed => (&[Cue::Fixed], true),
    };
    let said = hits.iter().filter(|hit| matches!(hit.mark, Mark::Cue(cue) if cues.contains(&cue)));
    let mut spans: Vec<Span> = said.map(|hit| words.span(hit.first, hit.last)).collect();
    // A report is the measure of the others and has no column.
    let column = [Kind::Question, Kind::Thanks, Kind::Other].iter().position(|kind| *kind == reading.kind);
    if let Some(column) = column.filter(|c| spans.is_empty() && *c + 1 < KINDS) {
        let [loud] = loudest(model, words, &(0..words.list.len()), [KIND_COLUMN + column]);
        spans = loud;
    }
    if spans.is_empty() && reading.kind == Kind::Report {
        spans = reading.services.first().map(|guess| guess.evidence.clone()).unwrap_or_default();
    }
    Why {
        field: Field::Kind,
        value: reading.kind.as_str().to_owned(),
        p: Some(reading.kind_p),
        spans: merge(spans),
        by: if in_thread { RULES.to_owned() } else { reading.version.clone() },
        concern: None,
    }
}

fn language(model: &Model, words: &Words, context: &Context<'_>, reading: &Reading) -> Why {
    let short = super::language::is_short(words);
    let tag = context.tagged_language.and_then(|tag| tag.parse::<Lang>().ok());
    let by = match (short, tag) {
        (true, Some(tag)) if tag == reading.language => "the tag of the network".to_owned(),
        (true, _) => "too short to tell: the language of the city".to_owned(),
        (false, _) => reading.version.clone(),
    };
    let spans = if short { Vec::new() } else { model.languages.small_words(reading.language, words) };
    Why {
        field: Field::Language,
        value: reading.language.as_str().to_owned(),
        p: None,
        spans: merge(spans),
        by,
        concern: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::read;

    #[test]
    fn every_field_names_its_words_and_who_says_so() {
        let codes: Vec<String> = super::super::SERVICES.iter().map(|s| (*s).to_owned()).collect();
        let model = Model::built_in(&codes).unwrap();
        let why = |text: &str, tag: Option<&str>| {
            let context = Context { tagged_language: tag, ..Context::alone(Lang::En) };
            let reading = read(&model, text, &context);
            let whys = explain(&model, text, &context, &reading);
            let check = |why: &Why| {
                for span in &why.spans {
                    assert!(!span.slice(text).is_empty(), "{why:?} in {text}");
                }
                assert!(!why.by.is_empty(), "{why:?}");
            };
            whys.iter().for_each(check);
            whys
        };
        let text = "There is a smell of gas in the hall of my house, call me on 973-555-0142";
        let whys = why(text, None);
        let said = |field: Field| whys.iter().find(|w| w.field == field).unwrap();
        let words =
            |field: Field| said(field).spans.iter().map(|s| s.slice(text)).collect::<Vec<_>>().join(" | ");
        assert_eq!(
            (said(Field::Urgency).value.as_str(), said(Field::Urgency).by.as_str()),
            ("emergency", RULES)
        );
        assert!(words(Field::Urgency).contains("gas"), "{}", words(Field::Urgency));
        assert_eq!(
            (said(Field::PersonalData).value.as_str(), words(Field::PersonalData)),
            ("phone", "973-555-0142".into())
        );
        assert_eq!(said(Field::Service).by, model.version());
        assert!(words(Field::Language).starts_with("There | is"), "{}", words(Field::Language));
        assert_eq!(said(Field::Kind).value, "report");

        let thanks = why("Thank you so much for fixing the swing!", None);
        assert!(!thanks[0].spans.is_empty() && thanks[0].value == "thanks", "{thanks:?}");
        let short = why("buraco", Some("pt-BR"));
        assert!(short.iter().any(|w| w.field == Field::Language && w.by == "the tag of the network"));
        why("", None);
        why("🚧🚧 \u{301}", None);
    }
}
