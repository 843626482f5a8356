//! A post's words cut into pieces, so that a page can underline what led to the reading and hide what is private.
//!
//! Hiding wins over every other mark, and hidden characters never reach the page: a piece carries the name
//! of what was hidden instead. Pure; spans that do not fit the text are cut to it.

use crate::span::Span;
use serde::Serialize;

/// Why a piece stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Plain words.
    None,
    /// Led to the service: solid underline.
    What,
    /// Led to the urgency: double underline.
    Urgent,
    /// Led to the place: dotted underline.
    Place,
    /// Private: the text is a label such as "phone hidden".
    Hidden,
}

/// Some words and their mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// Words to show; for `Hidden` what was hidden.
    pub text: String,
    /// How to show them.
    pub mark: Mark,
}

/// Cuts `text` at the given spans; `hidden` carries the label that stands in for the words.
/// Spans may overlap and come in any order: hidden beats place, place beats what.
#[must_use]
pub fn pieces(text: &str, what: &[Span], place: &[Span], hidden: &[(Span, String)]) -> Vec<Piece> {
    all_pieces(text, what, &[], place, hidden)
}

/// As [`pieces`], with the words that made it urgent, which beat what and place.
#[must_use]
pub fn all_pieces(
    text: &str,
    what: &[Span],
    urgent: &[Span],
    place: &[Span],
    hidden: &[(Span, String)],
) -> Vec<Piece> {
    let letters: Vec<char> = text.chars().collect();
    let mut marks = vec![(Mark::None, 0); letters.len()];
    paint(&mut marks, what, Mark::What);
    paint(&mut marks, place, Mark::Place);
    paint(&mut marks, urgent, Mark::Urgent);
    for (nth, (span, _)) in hidden.iter().enumerate() {
        if let Some(part) = within(&mut marks, *span) {
            part.fill((Mark::Hidden, nth));
        }
    }
    let mut cut = Vec::new();
    let mut from = 0;
    for run in marks.chunk_by(|a, b| a == b) {
        let Some(&(mark, nth)) = run.first() else { continue };
        let to = from + run.len();
        let text = match (mark, hidden.get(nth)) {
            (Mark::Hidden, Some((_, label))) => label.clone(),
            _ => letters.get(from..to).unwrap_or(&[]).iter().collect(),
        };
        cut.push(Piece { text, mark });
        from = to;
    }
    cut
}

fn paint(marks: &mut [(Mark, usize)], spans: &[Span], mark: Mark) {
    for span in spans {
        if let Some(part) = within(marks, *span) {
            part.fill((mark, 0));
        }
    }
}

fn within(marks: &mut [(Mark, usize)], span: Span) -> Option<&mut [(Mark, usize)]> {
    let end = span.end.min(marks.len());
    marks.get_mut(span.start.min(end)..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn span(start: usize, end: usize) -> Span {
        Span { start, end }
    }

    #[test]
    fn hiding_beats_place_beats_what() {
        let got = pieces(
            "Leak at Elm, call 555",
            &[span(0, 11)],
            &[span(8, 11)],
            &[(span(18, 99), "phone hidden".into())],
        );
        let told: Vec<(&str, Mark)> = got.iter().map(|p| (p.text.as_str(), p.mark)).collect();
        assert_eq!(
            told,
            [
                ("Leak at ", Mark::What),
                ("Elm", Mark::Place),
                (", call ", Mark::None),
                ("phone hidden", Mark::Hidden)
            ]
        );
    }

    proptest! {
        #[test]
        fn shown_words_are_the_text_without_the_hidden(text in "\\PC{0,40}", a in 0usize..50, b in 0usize..50, c in 0usize..50, d in 0usize..50) {
            let got = pieces(&text, &[span(a, b)], &[span(b, c)], &[(span(c, d), String::from("\u{1}"))]);
            let shown: String = got.iter().filter(|p| p.mark != Mark::Hidden).map(|p| p.text.as_str()).collect();
            let open: String = text.chars().enumerate().filter(|(i, _)| !(c..d).contains(i)).map(|(_, l)| l).collect();
            prop_assert_eq!(shown, open);
        }
    }
}
