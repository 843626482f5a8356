//! A post's words as staff read them: the words that led to the reading underlined, private data hidden. Pure.

use crate::insights::board::{ConcernRow, PostRow};
use crate::places::{AreaName, Place};
use crate::settings::Lang;
use crate::span::Span;
use crate::triage::{PersonalKind, Reading};
use crate::web::view::{Mark, Piece, all_pieces, pieces};

/// Letters of a post that a row of the queue shows.
const ROW_LETTERS: usize = 220;

/// What stands in for private words.
pub(in crate::web) fn hidden_word(kind: PersonalKind) -> &'static str {
    match kind {
        PersonalKind::Phone => "phone hidden",
        PersonalKind::Email => "e-mail hidden",
        PersonalKind::Plate => "plate hidden",
        PersonalKind::Ssn => "id number hidden",
        PersonalKind::Card => "card hidden",
        PersonalKind::Address => "home address hidden",
        PersonalKind::Neighbor => "neighbor hidden",
        PersonalKind::Name => "name hidden",
    }
}

/// The newest reading of a post; `None` when it was never read or by a version we no longer know.
pub(in crate::web) fn reading(body: Option<&String>) -> Option<Reading> {
    serde_json::from_str(body?).ok()
}

/// The place of a concern.
pub(in crate::web) fn place(row: &ConcernRow) -> Option<Place> {
    row.place.as_deref().and_then(|json| serde_json::from_str(json).ok())
}

/// Other places that fit, best first.
pub(in crate::web) fn alternatives(row: &ConcernRow) -> Vec<Place> {
    serde_json::from_str(&row.alternatives).unwrap_or_default()
}

/// Every area a ticket has to do with, layer by layer: "Ward 3, at the edge of Ward 4; Riverside". The city itself
/// goes without saying.
pub(in crate::web) fn areas(all: &[AreaName]) -> String {
    let mut layers: Vec<(&str, Vec<String>)> = Vec::new();
    for area in all.iter().filter(|area| area.layer != "city") {
        let name = if area.edge { format!("at the edge of {}", area.name) } else { area.name.clone() };
        match layers.iter_mut().find(|(layer, _)| *layer == area.layer) {
            Some((_, names)) => names.push(name),
            None => layers.push((&area.layer, vec![name])),
        }
    }
    let layers: Vec<String> = layers.into_iter().map(|(_, names)| names.join(", ")).collect();
    layers.join("; ")
}

/// The whole post in pieces; without a reading nothing is marked.
pub(in crate::web) fn marked(
    post: &PostRow,
    reading: Option<&Reading>,
    concern: Option<&ConcernRow>,
) -> Vec<Piece> {
    let Some(reading) = reading else { return pieces(&post.text, &[], &[], &[]) };
    let nth = concern.and_then(|c| usize::try_from(c.n).ok()).unwrap_or(0);
    let guesses = reading.concerns.get(nth).map_or(&reading.services, |c| &c.services);
    let what: Vec<Span> = guesses.first().map(|g| g.evidence.clone()).unwrap_or_default();
    let place: Vec<Span> = concern.and_then(|c| place_span(post, c)).into_iter().collect();
    all_pieces(&post.text, &what, &reading.urgency_evidence, &place, &hidden(Some(reading)))
}

/// The whole post with private data hidden and nothing underlined.
pub(in crate::web) fn plain(post: &PostRow, reading: Option<&Reading>) -> Vec<Piece> {
    pieces(&post.text, &[], &[], &hidden(reading))
}

fn hidden(reading: Option<&Reading>) -> Vec<(Span, String)> {
    let found = reading.map(|r| r.personal_data.as_slice()).unwrap_or_default();
    found.iter().map(|p| (Span { start: p.start, end: p.end }, hidden_word(p.kind).to_owned())).collect()
}

/// The words of this post that named the place. A place from a form, an answer or a colleague names other words:
/// the span then fits no word of its label, and nothing is underlined.
fn place_span(post: &PostRow, concern: &ConcernRow) -> Option<Span> {
    let place = place(concern)?;
    let span = place.span?;
    let said = span.slice(&post.text).to_lowercase();
    let label = place.label.to_lowercase();
    let names = |words: &str| -> Vec<String> {
        words
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| w.len() > 2 || w.parse::<u32>().is_ok())
            .map(str::to_owned)
            .collect()
    };
    let known = names(&label);
    names(&said).iter().any(|word| known.contains(word)).then_some(span)
}

/// The pieces cut to the length of a row, at a word where there is one.
pub(in crate::web) fn cut(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut room = ROW_LETTERS;
    let mut kept = Vec::new();
    for piece in pieces {
        let long = piece.text.chars().count();
        if long <= room {
            room -= long;
            kept.push(piece);
            continue;
        }
        let head: String = piece.text.chars().take(room).collect();
        let head = head.rsplit_once(char::is_whitespace).map_or(head.as_str(), |(before, _)| before);
        // A label is shown whole or not at all.
        let text = if piece.mark == Mark::Hidden { "…".to_owned() } else { format!("{head}…") };
        kept.push(Piece { text, mark: if piece.mark == Mark::Hidden { Mark::None } else { piece.mark } });
        break;
    }
    kept
}

/// What somebody sees who may not read private messages.
pub(in crate::web) fn sealed() -> Vec<Piece> {
    vec![Piece { text: "private message hidden".to_owned(), mark: Mark::Hidden }]
}

/// Language of the words for the page; empty when it is the page's own.
pub(in crate::web) fn lang(reading: Option<&Reading>) -> String {
    reading.map(|r| r.language).filter(|l| *l != Lang::En).map(|l| l.as_str().to_owned()).unwrap_or_default()
}

/// "Spanish"; empty for English.
pub(in crate::web) fn language_name(reading: Option<&Reading>) -> &'static str {
    match reading.map(|r| r.language) {
        Some(Lang::Es) => "Spanish",
        Some(Lang::Pt) => "Portuguese",
        Some(Lang::Ht) => "Haitian Creole",
        Some(Lang::En) | None => "",
    }
}

/// The page of a post on its network; empty where there is none that is safe to open.
pub(in crate::web) fn page_of(uri: &str) -> String {
    crate::intake::page_of(uri).filter(|u| u.starts_with("https://")).unwrap_or_default()
}

/// Networks as they write themselves.
pub(in crate::web) fn network(channel: &str) -> &str {
    match channel {
        "mastodon" => "Mastodon",
        "web_form" => "Web form",
        "replay" => "File",
        "bluesky" => "Bluesky",
        "x" => "X",
        "facebook" => "Facebook",
        "telegram" => "Telegram",
        "email" => "E-mail",
        "sms" => "Text message",
        "phone" => "Phone",
        "open311" => "Open311",
        other => other,
    }
}

/// ".96"; empty for what nobody guessed.
pub(in crate::web) fn sure(p: f64) -> String {
    if !(0.0..0.995).contains(&p) {
        return String::new();
    }
    format!("{p:.2}").trim_start_matches('0').to_owned()
}

/// The author as staff see them.
pub(in crate::web) fn author(name: &str, handle: &str) -> String {
    let shown = if name.trim().is_empty() { handle } else { name };
    if shown.trim().is_empty() { "Somebody".to_owned() } else { shown.trim().to_owned() }
}

/// "@CityOfRiverton" for "CityOfRiverton@social.example".
pub(in crate::web) fn short_handle(handle: &str) -> String {
    let local = handle.trim_start_matches('@').split('@').next().unwrap_or_default();
    format!("@{local}")
}

/// "± 12 m", "± 1.4 km"; empty when nothing is known.
pub(in crate::web) fn doubt(radius_m: Option<f64>) -> String {
    match radius_m {
        Some(m) if m >= 1_000.0 => format!("± {:.1} km", m / 1_000.0),
        Some(m) if m >= 1.0 => format!("± {m:.0} m"),
        _ => String::new(),
    }
}

/// "1 person", "3 people".
pub(in crate::web) fn people(n: i64) -> String {
    if n == 1 { "1 person".to_owned() } else { format!("{n} people") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_and_radii() {
        assert_eq!(
            (sure(0.956), sure(1.0), sure(0.0), sure(f64::NAN)),
            (".96".into(), String::new(), ".00".into(), String::new())
        );
        assert_eq!(
            (doubt(Some(12.4)), doubt(Some(1_400.0)), doubt(None)),
            ("± 12 m".into(), "± 1.4 km".into(), String::new())
        );
    }

    #[test]
    fn long_posts_are_cut_at_a_word() {
        let long = pieces(&"word ".repeat(100), &[], &[], &[]);
        let got = cut(long);
        let shown: String = got.iter().map(|p| p.text.as_str()).collect();
        assert!(shown.ends_with("word…") && shown.chars().count() <= ROW_LETTERS + 1, "{shown}");
        let hidden = vec![(Span { start: 0, end: 300 }, "phone hidden ".repeat(40))];
        assert_eq!(
            cut(pieces(&"9".repeat(300), &[], &[], &hidden)).first().map(|p| p.text.clone()),
            Some("…".into())
        );
    }
}
