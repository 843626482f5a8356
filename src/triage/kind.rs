//! What a post is: report, question, thanks, other; in a known thread also answer, status, still broken, fixed.
//!
//! Conservative: with little to go on the share of "report" stays in the middle, so that a person looks.

use super::features::CUES;
use super::lexicon::{Cue, Hit, Mark};
use super::service::rounded;
use super::text::Words;
use super::weights::{KINDS, Scores};
use super::{Context, Kind, Model, Thread};

/// Trust in the learned columns beside the cues: written negatives are too few for more.
const LEARNED_SHARE: f32 = 0.1;
/// Words from which a post says enough to be sure about.
const ENOUGH_WORDS: f64 = 5.0;
/// Words up to which an answer to "where?" is taken at its word.
const ANSWER_WORDS: usize = 20;

/// Share of "report" of an emergency at least: somebody looks at it in any case.
const LEAST_OF_EMERGENCY: f64 = 0.5;

/// The kind of a post, how sure, and how likely a report.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Verdict {
    pub kind: Kind,
    pub kind_p: f64,
    pub report_p: f64,
}

/// Scores of report, question, thanks, other: a report names a service and something wrong, thanks and
/// questions open as such. On posts of another country these few cues order better than what the written
/// sentences teach, which therefore count little.
pub(super) fn scores(c: &[f32; CUES], learned: &[f32]) -> [f32; KINDS] {
    let mut sum = [
        c[0] + 0.5 * c[1] + 0.5 * c[2] + 0.3 * c[3] + 0.6 * c[9],
        0.8 * c[4] + c[11] + 0.7 * c[12],
        2.0 * c[5],
        0.6 + 0.7 * (c[6] + c[7] + c[8]) + 0.4 * c[13] + c[14],
    ];
    for (s, l) in sum.iter_mut().zip(learned) {
        *s += LEARNED_SHARE * l;
    }
    sum
}

/// How far the scores speak for a report: the logarithm of its odds against all the rest.
pub(super) fn report_odds(scores: &[f32]) -> f32 {
    let rest: f32 = scores.iter().skip(1).map(|s| s.exp()).sum();
    scores.first().copied().unwrap_or(0.0) - rest.max(1e-9).ln()
}

/// Share of "report" behind the scores, made honest.
pub(super) fn report_p(model: &Model, scores: &Scores) -> f32 {
    let [steep, shift] = model.weights.as_ref().map_or([1.0, 0.0], |w| w.report_line);
    1.0 / (1.0 + (-(steep * report_odds(&scores.kinds) + shift)).exp())
}

/// Decides what a post is.
pub(super) fn decide(
    model: &Model,
    words: &Words,
    hits: &[Hit],
    scores: &Scores,
    emergency: bool,
    context: &Context,
) -> Verdict {
    let mut p = scores.kinds;
    let honest = report_p(model, scores);
    super::regression::softmax(&mut p);
    let enough = (words.list.len() as f64 / ENOUGH_WORDS).min(1.0);
    let mut report_p = 0.5 + (f64::from(honest) - 0.5) * (0.3 + 0.7 * enough);
    if emergency {
        report_p = report_p.max(LEAST_OF_EMERGENCY);
    }
    let report_p = rounded(report_p.clamp(0.005, 0.995));
    let thread = context.thread.or(context.is_reply_to_us.then(Thread::default));
    if let Some(thread) = thread
        && let Some((kind, kind_p)) = in_thread(words, hits, thread, p, emergency)
    {
        let report_p = if kind == Kind::StillBroken { report_p.max(0.5) } else { report_p };
        return Verdict { kind, kind_p, report_p };
    }
    let others = [Kind::Question, Kind::Thanks, Kind::Other].into_iter().zip(&p[1..]);
    let rest = f64::from(p[1] + p[2] + p[3]).max(1e-9);
    let (kind, kind_p) = if emergency || report_p >= 0.5 {
        (Kind::Report, report_p)
    } else {
        let best =
            others.max_by(|a, b| a.1.total_cmp(b.1)).map_or((Kind::Other, 0.0), |(k, q)| (k, f64::from(*q)));
        (best.0, (1.0 - report_p) * best.1 / rest)
    };
    Verdict { kind, kind_p: rounded(kind_p), report_p }
}

/// What a post says in a thread of ours; `None` when it says something of its own.
fn in_thread(
    words: &Words,
    hits: &[Hit],
    thread: Thread,
    p: [f32; KINDS],
    emergency: bool,
) -> Option<(Kind, f64)> {
    if emergency {
        return None;
    }
    let has = |cue: Cue| hits.iter().any(|h| h.mark == Mark::Cue(cue));
    if has(Cue::StillBroken) {
        return Some((Kind::StillBroken, 0.9));
    }
    if has(Cue::Fixed) {
        // "fixed?" asks.
        return Some(if words.questions > 0 { (Kind::Status, 0.8) } else { (Kind::Fixed, 0.9) });
    }
    if has(Cue::Status) {
        return Some((Kind::Status, 0.9));
    }
    let wrong = has(Cue::Negative);
    if has(Cue::Thanks) && !wrong {
        return Some((Kind::Thanks, 0.9));
    }
    let place =
        has(Cue::Place) || words.list.iter().any(|w| words.letters(w).bytes().any(|b| b.is_ascii_digit()));
    if thread.asked && words.list.len() <= ANSWER_WORDS && words.questions == 0 && p[2] + p[3] < 0.9 {
        return Some((Kind::Answer, if place { 0.95 } else { 0.7 }));
    }
    if thread.asked && place {
        return Some((Kind::Answer, 0.7));
    }
    (thread.fixed && wrong).then_some((Kind::StillBroken, 0.7))
}
