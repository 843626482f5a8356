//! The answer to "which one?": chooses among the candidates that were offered.
//!
//! People answer with a number ("2", "the second one"), a word that only one candidate has ("Ter"),
//! a fuller place ("214 Green Ter"), or what stands beside it ("the one by the church").

use super::answer::{APART_M, locate};
use super::gazetteer::Gazetteer;
use super::geometry::Point;
use super::lexicon::Word;
use super::text::{Shape, Tokens};
use super::words::{self, class};
use super::{Hints, Kind, Located, Place, Status};

/// A landmark this near to a candidate tells it from the others.
const BESIDE_M: f64 = 250.0;

/// Chooses one of `hints.among`; else whatever place the answer itself names; else asks again.
pub(super) fn choose(g: &Gazetteer, text: &str, hints: &Hints) -> Located {
    let tokens = Tokens::of(text);
    let words = g.index.lexicon.look_up(&tokens);
    let plain = Hints { among: &[], answer: true, ..*hints };
    let own = locate(g, text, &plain);
    let exact = |p: &Place| matches!(p.kind, Kind::Address | Kind::Intersection | Kind::Asset | Kind::Block);
    let says_more = own.best.as_ref().is_some_and(exact);
    let ways: [(&str, Option<usize>); 4] = [
        ("chosen by its number", by_order(&tokens, hints.among.len())),
        ("its words fit only this one", by_words(g, &tokens, &words, hints.among)),
        ("the place in the answer is this one", by_place(own.best.as_ref(), hints.among)),
        (
            "it is the one beside what the answer names",
            by_neighbor(g, &tokens, &words, hints.among).filter(|_| !says_more),
        ),
    ];
    for (reason, chosen) in ways {
        if let Some(place) = chosen.and_then(|at| hints.among.get(at)) {
            let best = Place { span: None, ..place.clone() };
            let rest = hints.among.iter().filter(|p| p.key != best.key).cloned().collect();
            return Located {
                status: Status::Found,
                best: Some(best),
                alternatives: rest,
                reason: reason.to_owned(),
                town: None,
            };
        }
    }
    if own.status == Status::Found || own.status == Status::Outside {
        return own;
    }
    let reason = "the answer fits none or several of the candidates".to_owned();
    Located { status: Status::Ambiguous, best: None, alternatives: hints.among.to_vec(), reason, town: None }
}

/// "2", "the second one", "la segunda": only if the answer says little else.
fn by_order(tokens: &Tokens, offered: usize) -> Option<usize> {
    let spoken =
        (0..tokens.list.len()).filter(|at| matches!(tokens.list[*at].shape, Shape::Word | Shape::Number(_)));
    let spoken: Vec<&str> = spoken.map(|at| tokens.norm(at)).collect();
    if spoken.is_empty() || spoken.len() > 5 {
        return None;
    }
    let small = "the one la el a o uno una option opcion opcao number numero no nimewo li yon it is its s please that";
    let mut chosen: Option<usize> = None;
    for word in &spoken {
        if *word == "last" || *word == "ultima" || *word == "ultimo" {
            chosen = Some(offered.checked_sub(1)?);
            continue;
        }
        let order = words::ORDERS.iter().position(|list| list.split(' ').any(|w| w == *word));
        match order {
            Some(at) if *word != "one" || spoken.len() == 1 => chosen = Some(at),
            _ if small.split(' ').any(|w| w == *word) => {}
            _ => return None,
        }
    }
    chosen.filter(|at| *at < offered)
}

/// Words of the answer that appear in exactly one candidate's label.
fn by_words(g: &Gazetteer, tokens: &Tokens, words: &[Word], among: &[Place]) -> Option<usize> {
    let labels: Vec<Vec<String>> = among
        .iter()
        .map(|place| {
            let label = Tokens::of(&place.label);
            (0..label.list.len()).map(|at| folded(g, label.norm(at))).filter(|w| !w.is_empty()).collect()
        })
        .collect();
    let mut votes = vec![0_usize; among.len()];
    for (at, known) in words.iter().enumerate() {
        let word = folded(g, tokens.norm(at));
        let empty = word.is_empty() || known.is(class::FILLER) && !known.is(class::NAME);
        let holders: Vec<usize> = (0..labels.len()).filter(|n| labels[*n].contains(&word)).collect();
        if !empty && holders.len() < labels.len() {
            for n in holders {
                votes[n] += 1;
            }
        }
    }
    unique_most(&votes)
}

/// The spelling all spellings of a word share; other words as they are.
fn folded(g: &Gazetteer, norm: &str) -> String {
    match g.index.lexicon.get(norm).id {
        0 => norm.to_owned(),
        id => format!("#{id}"),
    }
}

fn unique_most(votes: &[usize]) -> Option<usize> {
    let most = *votes.iter().max().filter(|most| **most > 0)?;
    let mut with_most = votes.iter().enumerate().filter(|(_, v)| **v == most);
    let (first, _) = with_most.next()?;
    with_most.next().is_none().then_some(first)
}

/// The answer names a place that is exactly one of the candidates.
fn by_place(own: Option<&Place>, among: &[Place]) -> Option<usize> {
    let own = own?;
    let at = Point { lat: own.lat, lon: own.lon };
    let near = |p: &Place| {
        own.street_key.is_some() && own.street_key == p.street_key
            || Point { lat: p.lat, lon: p.lon }.distance_m(at) <= APART_M
    };
    let mut fits = (0..among.len()).filter(|n| near(&among[*n]));
    let first = fits.next()?;
    fits.next().is_none().then_some(first)
}

/// "The one by the church": the candidate with a spot of that name close by, closer than the others have.
fn by_neighbor(g: &Gazetteer, tokens: &Tokens, words: &[Word], among: &[Place]) -> Option<usize> {
    let told: Vec<&str> = (0..tokens.list.len())
        .filter(|at| tokens.list[*at].shape == Shape::Word && tokens.norm(*at).len() >= 4)
        .filter(|at| !words[*at].is(class::FILLER | class::PLACE_AHEAD))
        .map(|at| tokens.norm(at))
        .collect();
    let nearest = |place: &Place| {
        let at = Point { lat: place.lat, lon: place.lon };
        let near = g.index.space.spots_in(super::space::around(at, BESIDE_M));
        let spots = near.into_iter().filter_map(|n| g.city.spots.get(n as usize));
        let named =
            spots.filter(|s| std::iter::once(&s.name).chain(&s.aliases).any(|name| shares(name, &told)));
        named.map(|s| s.at.distance_m(at)).filter(|m| *m <= BESIDE_M).min_by(f64::total_cmp)
    };
    let mut list: Vec<(f64, usize)> =
        among.iter().enumerate().filter_map(|(n, p)| nearest(p).map(|m| (m, n))).collect();
    list.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (best, at) = *list.first()?;
    list.get(1).is_none_or(|(second, _)| second - best > 60.0).then_some(at)
}

/// Has a name one of the words, or a word for the same kind of landmark in another language?
pub(super) fn shares(name: &str, told: &[&str]) -> bool {
    let name = Tokens::of(name);
    (0..name.list.len()).any(|at| {
        let norm = name.norm(at);
        told.iter().any(|word| {
            norm == *word || words::LANDMARK_KINDS.iter().any(|list| holds(list, word) && holds(list, norm))
        })
    })
}

fn holds(list: &str, word: &str) -> bool {
    list.split(' ').any(|w| w == word)
}
