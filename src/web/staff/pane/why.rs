//! Why OnIt read the opening post as it did: each decision, the words that carried it, and which version said so.

use super::super::desk::Desk;
use super::super::words;
use super::Opening;
use crate::settings::Lang;
use crate::span::Span;
use crate::tickets::Ticket;
use crate::triage::{Field, Why};
use crate::web::view::Mark;
use crate::web::view::pane::{WhyLine, WhyWord};

/// Words shown for one decision.
const MOST_WORDS: usize = 8;

/// Every decision about the opening post, in the order in which they are made; empty for posts read before this was
/// kept.
pub(super) fn of(desk: &Desk<'_>, ticket: &Ticket, opening: &Opening) -> Vec<WhyLine> {
    let nth = opening.concern.as_ref().and_then(|c| usize::try_from(c.n).ok());
    let mine = |why: &&Why| why.concern.is_none() || why.concern == nth;
    let mut lines: Vec<WhyLine> =
        opening.whys.iter().filter(mine).map(|why| line(desk, opening, why)).collect();
    if lines.is_empty() {
        return lines;
    }
    lines.extend(place(opening));
    lines.push(WhyLine {
        what: "Department".into(),
        value: desk.department(&ticket.department),
        by: ticket.rule.clone(),
        ..WhyLine::default()
    });
    lines
}

fn line(desk: &Desk<'_>, opening: &Opening, why: &Why) -> WhyLine {
    let (what, mark) = match why.field {
        Field::Kind => ("Kind", Mark::What),
        Field::Service => ("What", Mark::What),
        Field::Urgency => ("Urgency", Mark::Urgent),
        Field::Language => ("Language", Mark::None),
        Field::PersonalData => ("Hidden", Mark::Hidden),
    };
    let mut value = match why.field {
        Field::Service => desk.service(&why.value),
        Field::Language => match why.value.parse::<Lang>() {
            Ok(Lang::Es) => "Spanish".to_owned(),
            Ok(Lang::Pt) => "Portuguese".to_owned(),
            Ok(Lang::Ht) => "Haitian Creole".to_owned(),
            _ => "English".to_owned(),
        },
        Field::PersonalData => why.spans.len().to_string(),
        Field::Kind | Field::Urgency => capital(&why.value.replace('_', " ")),
    };
    if let Some(p) = why.p {
        value = format!("{value}, {:.0} %", (p * 100.0).clamp(0.0, 100.0));
    }
    WhyLine { what: what.into(), value, words: shown(opening, &why.spans, mark), by: why.by.clone() }
}

fn place(opening: &Opening) -> Option<WhyLine> {
    let concern = opening.concern.as_ref()?;
    let found = words::place(concern)?;
    let version: Option<i64> = serde_json::from_str::<serde_json::Value>(concern.place.as_deref()?)
        .ok()
        .and_then(|place| place.get("gazetteer")?.as_i64());
    let spans: Vec<Span> = found.span.filter(|_| version.is_some()).into_iter().collect();
    let by = version
        .map_or_else(|| "set by a person".to_owned(), |version| format!("map data, version {version}"));
    Some(WhyLine { what: "Where".into(), value: found.label, words: shown(opening, &spans, Mark::Place), by })
}

/// The words themselves, except those that are private: of these only what they are.
fn shown(opening: &Opening, spans: &[Span], mark: Mark) -> Vec<WhyWord> {
    let personal = opening.reading.as_ref().map(|r| r.personal_data.as_slice()).unwrap_or_default();
    let words = spans.iter().filter_map(|span| {
        let private = personal.iter().find(|p| span.overlaps(&Span { start: p.start, end: p.end }));
        let (text, mark) = match private {
            Some(private) => (words::hidden_word(private.kind).to_owned(), Mark::Hidden),
            None => (span.slice(&opening.text).to_owned(), mark),
        };
        (!text.trim().is_empty()).then_some(WhyWord { pieces: vec![crate::web::view::Piece { text, mark }] })
    });
    words.take(MOST_WORDS).collect()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
