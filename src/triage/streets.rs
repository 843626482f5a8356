//! A post without the names of its streets: "Green St" is no smoke and "Church St" no crowd.
//!
//! The weights of urgency learned from sentences, where a word speaks of what happens. A street's name speaks of
//! nothing, so an alarm that only the weights raise must stand without it.

use std::ops::Range;

use super::text::Words;

/// Words behind a street's name.
const BEHIND: [&str; 23] = [
    "st",
    "street",
    "ave",
    "av",
    "avenue",
    "rd",
    "road",
    "blvd",
    "boulevard",
    "dr",
    "drive",
    "ln",
    "lane",
    "ct",
    "court",
    "pl",
    "place",
    "ter",
    "terrace",
    "way",
    "sq",
    "square",
    "pkwy",
];
/// Words in front of a street's name.
const BEFORE: [&str; 11] =
    ["calle", "avenida", "carretera", "rua", "travessa", "praca", "plaza", "ri", "lari", "ave", "av"];
/// Words between those and the name.
const BETWEEN: [&str; 9] = ["de", "del", "da", "do", "das", "dos", "la", "las", "los"];

/// The words of a range without names of streets; `None` when there are none.
pub(super) fn without(words: &Words, range: &Range<usize>) -> Option<Words> {
    let inside = words.list.get(range.clone())?;
    let letters: Vec<&str> = inside.iter().map(|w| words.letters(w)).collect();
    let is_name = |at: usize| {
        let word = |back: usize| at.checked_sub(back).and_then(|n| letters.get(n)).copied().unwrap_or("");
        let between = BETWEEN.contains(&word(1));
        let lead = if between { word(2) } else { word(1) };
        let number = |w: &str| w.len() >= 2 && w.bytes().all(|b| b.is_ascii_digit());
        letters.get(at + 1).is_some_and(|next| BEHIND.contains(next))
            || BEFORE.contains(&lead)
            || between && number(word(2))
    };
    let kept: Vec<&str> = (0..letters.len()).filter(|at| !is_name(*at)).map(|at| letters[at]).collect();
    (kept.len() < letters.len()).then(|| Words::of(&kept.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_names_go() {
        let check = |text: &str, expect: Option<&str>| {
            let words = Words::of(text);
            let rest = without(&words, &(0..words.list.len()));
            let rest =
                rest.map(|r| r.list.iter().map(|w| r.letters(w).to_owned()).collect::<Vec<_>>().join(" "));
            assert_eq!(rest.as_deref(), expect, "{text}");
        };
        check("Street light out at Green St and Orchard St", Some("street light out at st and st"));
        check("Hay un bache frente al 214 de Green", Some("hay un bache frente al 214 de"));
        check("buraco na Rua das Flores", Some("buraco na rua"));
        check("Fire on Burning Rd", Some("fire on rd"));
        check("two kids are trapped", None);
        check("3 of the houses burn", None);
    }
}
