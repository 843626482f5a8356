//! How hard a text is to read, as a school grade. Published formulas, one a language; none fits a single line of text
//! exactly, so the grade is a hint and never stops a reply.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::settings::Lang;

/// What the formulas count.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) sentences: usize,
    pub(super) words: usize,
    pub(super) syllables: usize,
}

/// Counts sentences, words and syllables; links, handles and numbers are not read aloud and do not count.
pub(super) fn count(text: &str) -> Counted {
    let mut counted = Counted::default();
    let mut open = false;
    for piece in text.split_whitespace() {
        if piece.contains("://") || piece.starts_with('@') {
            continue;
        }
        for word in piece.unicode_words().filter(|w| w.chars().any(char::is_alphabetic)) {
            counted.words += 1;
            counted.syllables += syllables(word);
            open = true;
        }
        if open && piece.ends_with(['.', '!', '?', ':', ';', '…']) {
            counted.sentences += 1;
            open = false;
        }
    }
    counted.sentences += usize::from(open);
    counted
}

/// Groups of vowels, without an e at the end that is not heard (counted so in all languages: the grade is a hint).
fn syllables(word: &str) -> usize {
    let mut groups = 0;
    let mut before = false;
    for letter in word.to_lowercase().chars() {
        let vowel = "aeiouyáéíóúàèìòùâêîôûãõäëïöü".contains(letter);
        groups += usize::from(vowel && !before);
        before = vowel;
    }
    (groups - usize::from(groups > 1 && ends_silent(word))).max(1)
}

/// "hole", "pipe", but not "table": the e at the end of a longer English word is not heard.
fn ends_silent(word: &str) -> bool {
    let mut back = word.chars().rev();
    let (last, before, third) = (back.next(), back.next(), back.next());
    let consonant = |c: Option<char>| c.is_some_and(|c| !"aeiouy".contains(c));
    last == Some('e') && consonant(before) && !(before == Some('l') && consonant(third))
}

/// The grade of a text in its language.
///
/// English: Kincaid et al. 1975. Spanish: Crawford 1984. Portuguese: Moreno et al. 2022 (Flesch–Kincaid refitted).
/// Haitian Creole has no published formula: only the length of its sentences counts (18 words: grade 7).
pub(super) fn of(counted: &Counted, language: Lang) -> f64 {
    let (sentences, words, syllables) =
        (number(counted.sentences.max(1)), number(counted.words.max(1)), number(counted.syllables));
    let (in_sentence, in_word) = (words / sentences, syllables / words);
    match language {
        Lang::En => 0.39 * in_sentence + 11.8 * in_word - 15.59,
        Lang::Es => -0.205 * (100.0 * sentences / words) + 0.049 * (100.0 * in_word) - 3.407,
        Lang::Pt => 0.36 * in_sentence + 10.4 * in_word - 18.0,
        Lang::Ht => 7.0 * in_sentence / 18.0,
    }
}

fn number(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_as_by_hand() {
        let check = |text: &str, expect: (usize, usize, usize)| {
            let c = count(text);
            assert_eq!((c.sentences, c.words, c.syllables), expect, "{text}");
        };
        check("On it. Streets will fill the hole by Friday.", (2, 9, 10));
        check("@ana@town.test On it. https://riverton.example/t/26-000001", (1, 2, 2));
        check("Listo. El bache ya no está.", (2, 6, 8));
        check("", (0, 0, 0));
    }

    #[test]
    fn plain_is_low_and_officialese_is_high() {
        let grade = |text: &str, lang| of(&count(text), lang);
        let plain = "We filled the hole on Elm Street today. Is it still not right? Just say so here.";
        let stiff = "Your correspondence regarding infrastructure deterioration has been forwarded to the \
                     appropriate administrative division for evaluation and prioritization.";
        assert!(grade(plain, Lang::En) < 4.0, "{}", grade(plain, Lang::En));
        assert!(grade(stiff, Lang::En) > 15.0, "{}", grade(stiff, Lang::En));
        let llano = "Ya tapamos el bache. ¿Sigue mal? Dilo aquí y volvemos.";
        let tieso = "Su comunicación relativa al deterioro de la infraestructura ha sido remitida a la división \
                     administrativa correspondiente para su evaluación y priorización.";
        assert!(grade(llano, Lang::Es) < grade(tieso, Lang::Es));
    }
}
