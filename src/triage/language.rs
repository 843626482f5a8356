//! Which of the four languages a post is in.
//!
//! The language detector of the house knows English, Spanish and Portuguese but not Haitian Creole, so Creole
//! is found by its own small words together with three-letter pieces learned from the written sentences.
//! Under 20 letters no detector is right often enough: the post's own tag counts, then the city's language.

use std::borrow::Cow;

use super::Context;
use super::seeds;
use super::text::{Words, mix};
use crate::settings::Lang;
use crate::span::Span;

/// Letters below which the tag is trusted.
const SHORT_LETTERS: usize = 20;
/// Letters above which the general detector is trusted against our own pieces.
const LONG_LETTERS: usize = 60;
const BUCKETS: usize = 1 << 12;
/// Steps of one unit of the logarithms.
const STEPS: f32 = 16.0;
const ORDER: [Lang; 4] = [Lang::En, Lang::Es, Lang::Pt, Lang::Ht];
/// Bytes of the table of pieces.
pub(super) const TABLE_BYTES: usize = BUCKETS * ORDER.len();

/// Small words of Haitian Creole that the other three do not have.
const CREOLE: [&str; 75] = [
    "nan", "yo", "gen", "mwen", "nou", "ki", "pou", "ap", "tanpri", "anpil", "lari", "yon", "moun", "toujou",
    "depi", "devan", "kote", "dlo", "kouran", "fatra", "limye", "twou", "pyebwa", "twotwa", "poko", "kounye",
    "konsa", "kisa", "kile", "eske", "mesi", "lakay", "sou", "ak", "pran", "tonbe", "kase", "etenn",
    "bezwen", "kay", "ranje", "chak", "machin", "timoun", "pa", "epi", "anba", "pesonn", "kwen", "gwo",
    "vwazen", "jiska", "poukisa", "kijan", "deye", "rete", "anko", "lannwit", "fatra", "vye", "pot",
    "legliz", "lekol", "kite", "soti", "boule", "fo", "jodi", "tounen", "bo", "swa", "tande", "kile", "gade",
    "menm",
];

/// Small words that only one of the others has: enough of them make the costly detector needless.
const ENGLISH: [&str; 34] = [
    "the", "is", "on", "and", "of", "in", "it", "to", "this", "that", "has", "have", "there", "are", "was",
    "with", "at", "for", "been", "my", "our", "please", "not", "from", "street", "you", "be", "they", "all",
    "but", "its", "out", "i", "when",
];
/// So many words of the list, and this share of all words, settle it.
const SETTLED_WORDS: usize = 4;
const SETTLED_ONE_IN: usize = 4;
/// The same where the pieces say English too.
const AGREED_WORDS: usize = 2;
const AGREED_ONE_IN: usize = 8;

/// Three-letter pieces of the four languages.
#[derive(Debug)]
pub(super) struct Languages {
    /// For each bucket and language how seldom its pieces are: the logarithm, turned round, in steps of 1/16.
    table: Cow<'static, [u8]>,
    small: SmallWords,
}

impl Languages {
    /// With a table that [`learned`] made.
    pub fn new(table: Cow<'static, [u8]>) -> Self {
        Self { table, small: SmallWords::new() }
    }

    /// The language of a post.
    pub fn detect(&self, text: &str, words: &Words, context: &Context) -> Lang {
        let tag = context.tagged_language.and_then(tagged);
        let letters = letters(words);
        if letters < SHORT_LETTERS {
            return tag.unwrap_or(context.default_language);
        }
        let [small, english] = self.small.count(words);
        if english >= SETTLED_WORDS && english * SETTLED_ONE_IN >= words.list.len() && english > 2 * small {
            return Lang::En;
        }
        let own = self.best(words);
        if own == Lang::Ht && small * 10 >= words.list.len() {
            return Lang::Ht;
        }
        if own == Lang::En
            && english >= AGREED_WORDS
            && english * AGREED_ONE_IN >= words.list.len()
            && small == 0
        {
            return Lang::En;
        }
        let general = match whichlang::detect_language(text) {
            whichlang::Lang::Eng => Some(Lang::En),
            whichlang::Lang::Spa => Some(Lang::Es),
            whichlang::Lang::Por => Some(Lang::Pt),
            _ => None,
        };
        match general {
            Some(lang) if letters >= LONG_LETTERS || own == Lang::Ht => lang,
            Some(_) => own,
            None => tag.unwrap_or(context.default_language),
        }
    }

    /// The small words that speak for a language; none are listed for Spanish and Portuguese.
    pub fn small_words(&self, lang: Lang, words: &Words) -> Vec<Span> {
        let list = match lang {
            Lang::Ht => 0,
            Lang::En => 1,
            Lang::Es | Lang::Pt => return Vec::new(),
        };
        let listed = |stem: u64| self.small.places[self.small.place(stem)].1[list] > 0;
        let of = words.list.iter().enumerate().filter(|(_, word)| listed(word.stem));
        of.map(|(at, _)| words.span(at, at)).collect()
    }

    fn best(&self, words: &Words) -> Lang {
        let mut sums = [0_u32; ORDER.len()];
        pieces(words, |bucket| {
            let row = self.table.get(bucket * ORDER.len()..).and_then(|t| t.first_chunk::<{ ORDER.len() }>());
            for (s, seldom) in sums.iter_mut().zip(row.unwrap_or(&[0; ORDER.len()])) {
                *s += u32::from(*seldom);
            }
        });
        let best = (0..ORDER.len()).min_by_key(|i| sums[*i]);
        best.map_or(Lang::En, |i| ORDER[i])
    }
}

/// Too few letters to tell a language by: the tag or the city decides.
pub(super) fn is_short(words: &Words) -> bool {
    letters(words) < SHORT_LETTERS
}

fn letters(words: &Words) -> usize {
    words.list.iter().map(|w| (w.to - w.from) as usize).sum()
}

/// Counts the pieces of the written sentences: the table of [`Languages`].
pub(super) fn learned() -> Vec<u8> {
    let mut counts = vec![[0.5_f32; ORDER.len()]; BUCKETS];
    let mut totals = [0.5 * BUCKETS as f32; ORDER.len()];
    for seed in seeds::all() {
        let at = ORDER.iter().position(|l| *l == seed.lang).unwrap_or(0);
        pieces(&Words::of(seed.text), |bucket| {
            counts[bucket][at] += 1.0;
            totals[at] += 1.0;
        });
    }
    let seldom = |n: f32, total: f32| ((total / n).ln() * STEPS).round().clamp(0.0, 255.0) as u8;
    counts.iter().flat_map(|row| row.iter().zip(totals).map(move |(n, total)| seldom(*n, total))).collect()
}

/// The small words by their hashes: four times as many places as words, so that most looks end at once.
#[derive(Debug)]
struct SmallWords {
    /// Hash of the word, and whether it is Creole, and English; the hash 0 marks an empty place.
    places: [(u64, [u8; 2]); SMALL_PLACES],
}

const SMALL_PLACES: usize = 512;

impl SmallWords {
    fn new() -> Self {
        let mut made = Self { places: [(0, [0; 2]); SMALL_PLACES] };
        let creole = CREOLE.iter().map(|w| (w, 0));
        for (word, which) in creole.chain(ENGLISH.iter().map(|w| (w, 1))) {
            let stem = super::text::stem(word);
            let at = made.place(stem);
            made.places[at].0 = stem;
            made.places[at].1[which] = 1;
        }
        made
    }

    fn place(&self, stem: u64) -> usize {
        let mut at = (stem >> 40) as usize % SMALL_PLACES;
        while self.places[at].0 != stem && self.places[at].0 != 0 {
            at = (at + 1) % SMALL_PLACES;
        }
        at
    }

    /// How many words of a post are Creole, and English.
    fn count(&self, words: &Words) -> [usize; 2] {
        let mut counts = [0; 2];
        for word in &words.list {
            let (_, which) = self.places[self.place(word.stem)];
            counts[0] += usize::from(which[0]);
            counts[1] += usize::from(which[1]);
        }
        counts
    }
}

/// "pt-BR" is Portuguese; a language we do not answer in is no tag.
fn tagged(tag: &str) -> Option<Lang> {
    let main = tag.split(['-', '_']).next().unwrap_or("").to_ascii_lowercase();
    main.parse().ok()
}

fn pieces(words: &Words, mut each: impl FnMut(usize)) {
    for word in &words.list {
        let mut window = u64::from(b'_');
        for (i, byte) in words.letters(word).bytes().chain(std::iter::once(b'_')).enumerate() {
            window = ((window << 8) | u64::from(byte)) & 0x00ff_ffff;
            if i >= 1 {
                each((mix(window, 7) >> 52) as usize);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, tag: Option<&str>, expect: Lang) {
        let languages = Languages::new(Cow::Owned(learned()));
        let context = Context { tagged_language: tag, ..Context::alone(Lang::En) };
        assert_eq!(languages.detect(text, &Words::of(text), &context), expect, "{text}");
    }

    #[test]
    fn four_languages_and_the_rest() {
        check("There is a huge pothole in front of the library, please fix it", None, Lang::En);
        check("Hay un bache enorme frente a la biblioteca, arréglenlo por favor", None, Lang::Es);
        check("Tem um buraco enorme em frente à biblioteca, consertem por favor", None, Lang::Pt);
        check("Gen yon gwo twou devan bibliyotèk la, tanpri vin ranje li", None, Lang::Ht);
        check("Il y a un grand trou dans la rue devant la bibliothèque de la ville", None, Lang::En);
        check("buraco", Some("pt-BR"), Lang::Pt);
        check("buraco", Some("fr"), Lang::En);
        check("", None, Lang::En);
    }
}
