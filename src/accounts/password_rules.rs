//! Which new passwords are taken: long ones that are not on everybody's list. Nothing about symbols.
//!
//! Length does the work (15 characters or more). What a length rule lets through is a well-known word made
//! long: "password12345678", "qwertyqwertyqwerty", the city's name and the year. A password is refused when
//! it is made of at most two such words, digits and keyboard runs, whatever the letters were dressed up as.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, Result};

/// Fewest characters of a new password.
pub(super) const LEAST_CHARACTERS: usize = 15;
/// Most characters of a password.
pub(super) const PASSWORD_CHARACTERS: usize = 256;
/// Fewest different characters.
const LEAST_DIFFERENT: usize = 5;
/// Beyond this length no list is asked: nobody's well-known password is that long.
const LISTED_CHARACTERS: usize = 64;
/// Well-known words a password may consist of and still be refused.
const FEW_WORDS: u32 = 2;

/// Well-known words, and whole phrases of 15 characters and more written without blanks.
const WELL_KNOWN: &str = include_str!("well_known.txt");
/// What fingers do when they are told to type something long.
const RUNS: [&str; 12] = [
    "abcdefghijklmnopqrstuvwxyz",
    "zyxwvutsrqponmlkjihgfedcba",
    "qwertyuiop",
    "poiuytrewq",
    "asdfghjkl",
    "lkjhgfdsa",
    "zxcvbnm",
    "mnbvcxz",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
];

/// Is this good enough for somebody who works for the city?
/// `personal` are words a stranger would try first: the person's name, sign-in name and the city's name.
///
/// # Errors
/// `Error::Invalid` with the reason and a way out; the password itself is never in it.
pub fn check_new_password(password: &str, personal: &[&str]) -> Result<()> {
    let letters: Vec<char> = password.nfkc().take(PASSWORD_CHARACTERS + 1).collect();
    if letters.len() < LEAST_CHARACTERS {
        return Err(Error::Invalid(format!(
            "the password needs at least {LEAST_CHARACTERS} characters: four words that do not belong together are easy to keep in mind"
        )));
    }
    if letters.len() > PASSWORD_CHARACTERS {
        return Err(Error::Invalid(format!("the password is longer than {PASSWORD_CHARACTERS} characters")));
    }
    if letters.iter().any(|c| c.is_control()) {
        return Err(Error::Invalid("the password holds a control character (a tab or a line break?)".into()));
    }
    let is_own_name =
        personal.iter().any(|name| name.trim().to_lowercase() == password.trim().to_lowercase());
    let too_few = letters.iter().collect::<BTreeSet<_>>().len() < LEAST_DIFFERENT;
    if too_few || is_own_name || is_well_known(&letters, personal) {
        return Err(Error::Invalid(
            "the password is one that strangers try first (well-known words, names, digits or keys in a row): choose four words that do not belong together"
                .into(),
        ));
    }
    Ok(())
}

fn is_well_known(letters: &[char], personal: &[&str]) -> bool {
    let text: Vec<char> = letters.iter().flat_map(|c| c.to_lowercase()).collect();
    if text.iter().filter(|c| c.is_alphanumeric()).count() > LISTED_CHARACTERS {
        return false;
    }
    let mut words: BTreeSet<Vec<char>> = WELL_KNOWN.split_whitespace().map(|w| w.chars().collect()).collect();
    for name in personal {
        let name = name.nfkc().collect::<String>().to_lowercase();
        let parts = name.split(|c: char| !c.is_alphanumeric()).filter(|part| part.chars().count() >= 3);
        words.extend(parts.map(|part| part.chars().collect::<Vec<_>>()));
    }
    // As typed, and without blanks and signs, because the list's phrases are written in one word.
    let bare: Vec<char> = text.iter().copied().filter(|c| c.is_alphanumeric()).collect();
    [text, bare].iter().any(|text| words_needed(text, &words).is_some_and(|needed| needed <= FEW_WORDS))
}

/// Takes off the usual dressing: p@$$w0rd reads as password.
fn same_letter(typed: char, letter: char) -> bool {
    typed == letter
        || matches!(
            (typed, letter),
            ('0', 'o')
                | ('1' | '!', 'i' | 'l')
                | ('3', 'e')
                | ('4' | '@', 'a')
                | ('5' | '$', 's')
                | ('7', 't')
        )
}

/// The fewest well-known words that, with digits, signs and runs between them, make up the whole text;
/// `None` when something in it is neither. The same word again straight after itself is not counted again.
fn words_needed(text: &[char], words: &BTreeSet<Vec<char>>) -> Option<u32> {
    // For each position: the cheapest way there, by the word that ended last.
    let mut ways: Vec<BTreeMap<&[char], u32>> = vec![BTreeMap::new(); text.len() + 1];
    ways[0].insert(&[], 0);
    for at in 0..text.len() {
        let rest = &text[at..];
        let run = run_from(rest);
        let fits = |word: &[char]| {
            word.len() <= rest.len()
                && word.iter().zip(rest).all(|(letter, typed)| same_letter(*typed, *letter))
        };
        let here: Vec<&Vec<char>> = words.iter().filter(|word| fits(word)).collect();
        for (last, cost) in ways[at].clone() {
            ways[at + 1..=at + run].iter_mut().for_each(|way| keep_cheaper(way, last, cost));
            for word in &here {
                let again = u32::from(last != word.as_slice());
                keep_cheaper(&mut ways[at + word.len()], word, cost + again);
            }
        }
    }
    ways.last()?.values().min().copied()
}

fn keep_cheaper<'w>(ways: &mut BTreeMap<&'w [char], u32>, last: &'w [char], cost: u32) {
    let best = ways.entry(last).or_insert(cost);
    *best = cost.min(*best);
}

/// How many characters from here are digits or signs, one letter over and over, or keyboard neighbors.
fn run_from(text: &[char]) -> usize {
    let digits = text.iter().take_while(|c| c.is_numeric() || !c.is_alphanumeric()).count();
    let same = text.iter().take_while(|c| Some(*c) == text.first()).count();
    let in_row = RUNS
        .iter()
        .map(|row| {
            let row: Vec<char> = row.chars().collect();
            let from = text.first().and_then(|c| row.iter().position(|r| r == c));
            from.map_or(0, |f| row[f..].iter().zip(text).take_while(|(a, b)| a == b).count())
        })
        .max()
        .unwrap_or(0);
    // Two letters in a row happen in every word; three are a habit.
    [digits, if same >= 3 { same } else { 0 }, if in_row >= 3 { in_row } else { 0 }]
        .into_iter()
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn taken_and_refused() {
        let personal = ["Ana Lopez", "ana.lopez@riverton.example", "City of Riverton"];
        let check = |password: &str, expect: &str| {
            let got =
                check_new_password(password, &personal).map_or_else(|e| e.to_string(), |()| "taken".into());
            assert!(got.contains(expect), "{password}: {got}");
            assert!(!got.contains(password) || password.is_empty());
        };
        check("purple tractor on the quay", "taken");
        check("kettle-9-orchard-vibrato", "taken");
        check("ünïcode päßwörter gehen auch", "taken");
        check("木の上に赤い靴と青い傘がありました", "taken");
        check(&"wörter ohne ende ".repeat(15), "taken");
        check("summer dragon monkey football", "taken"); // four words, although each is known
        check("short", "at least 15");
        check("", "at least 15");
        check(&"a".repeat(257), "longer than 256");
        check("tab\tin the middle of it", "control");
        check("aaaaaaaaaaaaaaaaaaaa", "strangers");
        check("abababababababababab", "strangers");
        check("password12345678", "strangers");
        check("P@ssw0rd-P@ssw0rd", "strangers");
        check("qwertyuiopasdfghjkl", "strangers");
        check("1qaz2wsx3edc4rfv5tgb", "strangers");
        check("1234567890123456789", "strangers");
        check("Summer2026!Summer2026!", "strangers");
        check("riverton-riverton-2026", "strangers");
        check("analopez-19850612!", "strangers");
        check("correct horse battery staple", "strangers");
        check("letmeinletmeinletmein", "strangers");
        check("WelcomeWelcome123", "strangers");
    }

    proptest! {
        #[test]
        fn any_text_gives_an_answer_quickly(password in "\\PC{0,300}", name in "\\PC{0,40}") {
            let _any = check_new_password(&password, &[&name]);
        }

        #[test]
        fn dressing_up_one_word_never_helps(tail in "[0-9]{8,20}", bang in "[!-]{0,4}") {
            for word in ["password", "Passw0rd", "p@$$word", "Dragon", "letmein"] {
                let password = format!("{word}{bang}{tail}");
                prop_assert!(check_new_password(&password, &[]).is_err());
            }
        }
    }
}
