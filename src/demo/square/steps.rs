//! The panel "What happens to your post": the journey as the templates show it.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::html::without_leading_mentions;
use super::journey::{Journey, Mark, Piece, Step, StepState};
use super::memory::Memory;
use super::views::LinkView;

/// A post this young that the city has not read yet is said to be on its way, in seconds.
const ON_ITS_WAY_SECONDS: i64 = 60;
/// Longest marked words kept on one line, in characters.
const WHOLE_CHARS: usize = 16;

/// The panel.
#[derive(Debug, Serialize)]
pub(super) struct StepsView {
    title: String,
    about: Option<String>,
    summary: String,
    waiting: Option<String>,
    steps: Vec<StepView>,
    pub(super) running: bool,
}

#[derive(Debug, Serialize)]
struct StepView {
    key: usize,
    state: &'static str,
    state_word: &'static str,
    title: String,
    took: Option<String>,
    words: Vec<PieceView>,
    map_svg: Option<String>,
    note: Option<String>,
    link: Option<LinkView>,
}

/// A run of text with its marking; also used for the words of a post.
#[derive(Debug, Serialize)]
pub(super) struct PieceView {
    pub(super) text: String,
    pub(super) mark: &'static str,
    pub(super) url: Option<String>,
    /// Short enough to stay on one line, as a ticket number must.
    pub(super) whole: bool,
}

/// The panel for the chosen post; `asked` when the reader named it.
pub(super) fn steps(
    memory: &Memory,
    chosen: Option<u64>,
    asked: bool,
    journey: Option<Journey>,
    now: DateTime<Utc>,
) -> StepsView {
    let post = chosen.and_then(|id| memory.posts.get(&id));
    let young = post.is_some_and(|post| (now - post.created_at).num_seconds() < ON_ITS_WAY_SECONDS);
    let running = journey.as_ref().map_or(young, Journey::is_running);
    let waiting = match (&journey, post, young) {
        (Some(_), ..) => None,
        (_, None, _) => Some("Post something, and each step shows here as it happens."),
        (_, Some(_), true) => Some("On its way to the city. The city looks for new posts every second."),
        (_, Some(_), false) => Some("The city has not read this post."),
    };
    let journey = journey.unwrap_or_else(unread);
    StepsView {
        title: if asked { "What happens to your post" } else { "What happens to a post" }.to_owned(),
        about: post.map(|post| shortened(without_leading_mentions(&post.text))),
        summary: journey.summary.clone(),
        waiting: waiting.map(str::to_owned),
        steps: journey.steps.into_iter().enumerate().map(step).collect(),
        running,
    }
}

/// The steps before anything is known.
fn unread() -> Journey {
    let titles = ["Read", "Placed", "Opened or joined", "Routed", "Answered"];
    let step = |title: &str| Step { title: title.to_owned(), ..Default::default() };
    Journey { steps: titles.into_iter().map(step).collect(), summary: String::new() }
}

fn step((key, step): (usize, Step)) -> StepView {
    let (state, state_word) = match step.state {
        StepState::Done => ("done", "done"),
        StepState::Running => ("running", "under way"),
        StepState::Todo => ("todo", "not yet"),
    };
    StepView {
        key,
        state,
        state_word,
        title: step.title,
        took: step.took,
        words: step.words.into_iter().map(piece).collect(),
        map_svg: step.map_svg,
        note: step.note,
        link: step.link.filter(|link| is_web(&link.url)).map(|link| LinkView {
            label: link.label,
            url: link.url,
            after: "",
        }),
    }
}

fn piece(piece: Piece) -> PieceView {
    let (mark, url) = match piece.mark {
        Mark::Plain => ("", None),
        Mark::Strong => ("strong", None),
        Mark::Service => ("service", None),
        Mark::Place => ("place", None),
        Mark::Private => ("private", None),
        Mark::Link(url) => ("", Some(url).filter(|url| is_web(url))),
    };
    PieceView { whole: piece.text.chars().count() <= WHOLE_CHARS, text: piece.text, mark, url }
}

fn is_web(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

fn shortened(text: &str) -> String {
    let words: String = text.chars().take(80).collect();
    if words.len() < text.len() { format!("{}\u{2026}", words.trim_end()) } else { words }
}
