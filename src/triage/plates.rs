//! Vehicle plates: one to three words of capitals and digits behind "plate", behind a state, or beside a car.

use super::hints::{FILLER, MEASURE, NUMERAL, PLATE, Post, STATE, STREET, THING, VEHICLE};

/// Words between "plate" and the plate.
const REACH: usize = 6;
/// Letters and digits of the longest plate.
const LONGEST: usize = 8;
/// Letters and digits of the shortest plate beside a car, where nothing but its shape speaks for it.
const SHORTEST_ALONE: usize = 6;
/// States as people write them before a plate.
const STATES: &str = "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA PR RI SC SD TN TX UT VT VA WA WV WI WY DC ON QC";
/// Letters with a number that make it a model, a road, a date or a flat.
const NO_PLATE: &str = "ES IS RX GX LX NX GS LS GLC GLE GLA GLB CLA CLS GLS SLK QX MDX RDX TLX CX MX XC HD CTS RAM VAN CAR BUS THE AND FOR ALL PS SR US RT HWY APT JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC MON TUE WED THU FRI SAT SUN COVID NO NUM UNIT EXIT ZIP AT ON OF TO IN NW NE SW SE NEW";
/// What stands behind a number that is a time, a measure or a count.
const COUNTED: &str = "AM PM TH ND RD ST MPH KMH KPH FT LBS LB CM KM KG PSI MIN HRS HR YRS HD GAL IN NW NE SW SE NB SB EB WB YO";

/// Finds the plates of a post, in bytes.
pub(super) fn find(post: &Post, digits: usize, take: &mut impl FnMut(usize, usize)) {
    let plates = Plates { post };
    for i in 0..post.len() {
        if post.has(i, PLATE) {
            plates.behind_label(i, take);
        } else if digits >= 1 && plates.is_state(i) && !post.has(i + 1, PLATE) {
            plates.behind_state(i, take);
        }
    }
    if digits >= 1 && post.any & (VEHICLE | PLATE) != 0 {
        plates.alone(take);
    }
}

struct Plates<'p, 't> {
    post: &'p Post<'t>,
}

/// What stands in one to three words.
#[derive(Default)]
struct Shape {
    letters: usize,
    digits: usize,
    /// Small letters.
    small: usize,
    /// Letters of the longest word that holds no digit.
    word: usize,
}

impl Plates<'_, '_> {
    fn is_state(&self, i: usize) -> bool {
        let raw = self.post.raw(i);
        self.post.has(i, STATE)
            || raw.len() == 2
                && raw.bytes().all(|b| b.is_ascii_uppercase())
                && STATES.as_bytes().chunks(3).any(|s| s.starts_with(raw.as_bytes()))
    }

    /// What words `i..i + n` are made of; none when they do not hang together as one plate does.
    fn shape(&self, i: usize, n: usize) -> Option<Shape> {
        let mut shape = Shape::default();
        for at in i..i + n {
            let raw = self.post.raw(at);
            if raw.is_empty() || !raw.bytes().all(|b| b.is_ascii_alphanumeric()) {
                return None;
            }
            if at > i
                && !matches!(
                    self.post.gap(at),
                    " " | "  " | "-" | " - " | "." | "·" | "•" | "–" | "\u{a0}" | " · " | "_" | "*"
                )
            {
                return None;
            }
            let digits = raw.bytes().filter(u8::is_ascii_digit).count();
            shape.digits += digits;
            shape.letters += raw.len() - digits;
            shape.small += raw.bytes().filter(u8::is_ascii_lowercase).count();
            if digits == 0 {
                shape.word = shape.word.max(raw.len());
            }
            if n > 3 && raw.len() > 1 {
                return None;
            }
        }
        // "B26-003871": what goes on behind a dash is longer than a plate.
        let next = self.post.gap(i + n);
        let goes_on = i + n < self.post.len() && matches!(next, "-" | "/" | ".") || next == "/";
        (shape.letters + shape.digits <= LONGEST && !goes_on).then_some(shape)
    }

    /// Words that no plate holds: "5TH AVE", "GLC 300", "10 PM".
    fn speaks_of_else(&self, i: usize, n: usize) -> bool {
        let post = self.post;
        (i..i + n).any(|at| {
            let raw = post.raw(at);
            let letters = raw.trim_matches(|c: char| c.is_ascii_digit());
            let listed = letters.len() >= 2 && NO_PLATE.split(' ').any(|w| w.eq_ignore_ascii_case(letters));
            let whole = letters.len() == raw.len();
            let counted = letters.len() >= 2
                && (whole && at > i || !whole && raw.ends_with(letters))
                && COUNTED.split(' ').any(|w| w.eq_ignore_ascii_case(letters));
            // "GLC300" is a model, "QX7 4RT" none.
            let model = listed && (whole || n == 1);
            let other =
                post.has(at, VEHICLE) || at > i && post.has(at, STREET | MEASURE) && !self.is_state(at);
            let label = whole && post.has(at, PLATE | THING);
            // "22265 E" is a house on the east side, "30S" an age.
            let side = at > i
                && n == 2
                && matches!(raw, "N" | "S" | "E" | "W")
                && post.raw(i).parse::<u32>().is_ok();
            let age = raw.len() == 3 && raw.ends_with("0S");
            let year = at == i && n > 1 && raw.len() == 4 && (raw.starts_with("19") || raw.starts_with("20"));
            side || age
                || model
                || counted
                || label
                || year && post.gap(i + 1) == " "
                || self.zip(at, i, n)
                || raw.len() > 1 && other
        })
    }

    /// "FL 32601" in a post that speaks of no plate.
    fn zip(&self, at: usize, i: usize, n: usize) -> bool {
        let digits = self.post.raw(i + 1);
        n == 2
            && at == i
            && self.is_state(i)
            && digits.len() == 5
            && digits.bytes().all(|b| b.is_ascii_digit())
            && self.post.any & PLATE == 0
    }

    /// A plate behind the word for it, and the plates listed after that one.
    fn behind_label(&self, i: usize, take: &mut impl FnMut(usize, usize)) {
        let post = self.post;
        for first in i + 1..=i + REACH {
            if first >= post.len() {
                return;
            }
            if self.cut_off(first) {
                return;
            }
            if let Some(n) = self.labelled(i, first) {
                self.take(first, n, take);
                self.listed(first + n, take);
                return;
            }
            if !(post.has(first, FILLER | PLATE | STATE)
                || self.is_state(first)
                || post.letters(first) == "1")
            {
                return;
            }
        }
    }

    /// The end of a sentence before a word, unless a colon or an abbreviation made it.
    fn cut_off(&self, i: usize) -> bool {
        let gap = self.post.gap(i);
        gap.contains(['!', '?', '\n', ';']) || gap.contains(". ") && self.post.raw(i - 1).len() > 3
    }

    /// Length in words of the plate at `first`, of which word `label` says that it is one.
    fn labelled(&self, label: usize, first: usize) -> Option<usize> {
        let post = self.post;
        if self.is_state(first) && self.bare(first + 1, 4).is_some() {
            return None;
        }
        let single = post.raw(first).len() == 1;
        for n in [8, 7, 6, 5, 4, 3, 2, 1] {
            if n > 3 && !single {
                continue;
            }
            let Some(shape) = self.shape(first, n) else { continue };
            let long = shape.letters + shape.digits;
            let small = n > 1 && shape.small > 0 && !self.small_plate(first, n, &shape);
            if shape.letters > 0
                && shape.digits > 0
                && (4..=LONGEST).contains(&long)
                && !small
                && !self.ordinal(first)
                && shape.word <= 4
            {
                return Some(n);
            }
            let counted = post.hints(first + n) & (MEASURE | VEHICLE) != 0;
            let thing = (label.saturating_sub(3)..label).any(|w| post.has(w, THING));
            let own = !matches!(
                post.letters(label),
                "tag" | "tags" | "license" | "licence" | "lic" | "reg" | "registration" | "registo"
            );
            let own = own || post.any & VEHICLE != 0;
            if shape.letters == 0 && n <= 2 && (5..=7).contains(&shape.digits) && own && !counted && !thing {
                return Some(n);
            }
            if shape.digits == 0 && self.vanity(label, first, n, &shape) {
                return Some(n);
            }
        }
        None
    }

    /// "abc 1234", "kl 77 pqr": small letters in several words, none of which says anything else.
    fn small_plate(&self, first: usize, n: usize, shape: &Shape) -> bool {
        let silent =
            (first..first + n).all(|w| !self.post.has(w, FILLER | THING | VEHICLE | MEASURE | STREET));
        let short = self.post.raw(first).len() <= 2 && shape.digits >= 2;
        silent && shape.word <= 3 && !self.is_state(first) && (n == 2 && shape.digits >= 3 || n <= 3 && short)
    }

    fn ordinal(&self, i: usize) -> bool {
        let raw = self.post.raw(i);
        let tail = raw.trim_start_matches(|c: char| c.is_ascii_digit());
        tail.len() < raw.len() && matches!(tail.to_ascii_lowercase().as_str(), "st" | "nd" | "rd" | "th")
    }

    /// A plate of letters only: in quotes, or in capitals behind "reads" or "vanity".
    fn vanity(&self, label: usize, first: usize, n: usize, shape: &Shape) -> bool {
        let post = self.post;
        let quotes = ['"', '“', '”', '«', '»', '\'', '‘', '’'];
        let quoted = post.gap(first).ends_with(quotes) && post.gap(first + n).starts_with(quotes);
        let between = label.saturating_sub(2)..first;
        let said = between.clone().any(|w| {
            matches!(
                post.letters(w),
                "reads"
                    | "read"
                    | "reading"
                    | "says"
                    | "say"
                    | "saying"
                    | "vanity"
                    | "custom"
                    | "dice"
                    | "diz"
                    | "is"
            )
        }) || post.gap(first).contains([':', '#']);
        let shouted = !post.raw(label).bytes().any(|b| b.is_ascii_lowercase());
        let only_fillers = (first..first + n).all(|w| post.hints(w) & !MEASURE == 0);
        let vanity = between.clone().any(|w| {
            matches!(
                post.letters(w),
                "vanity" | "custom" | "personalized" | "personalised" | "personalizada" | "personalizado"
            )
        });
        shape.letters >= 2
            && (quoted && (shape.small == 0 || vanity)
                || (said || vanity)
                    && !shouted
                    && n <= 1 + usize::from(vanity)
                    && shape.small == 0
                    && shape.letters >= 4
                    && only_fillers)
    }

    /// Plates after the first: "BL 51738 y C22-HXP".
    fn listed(&self, mut at: usize, take: &mut impl FnMut(usize, usize)) {
        for _ in 0..LONGEST {
            let joined = matches!(
                self.post.letters(at),
                "and" | "y" | "e" | "ak" | "or" | "o" | "ou" | "then" | "plus"
            );
            let first = at + usize::from(joined);
            if self.cut_off(first) && !joined {
                return;
            }
            let Some(n) = self.bare(first, 5) else { return };
            self.take(first, n, take);
            at = first + n;
        }
    }

    fn behind_state(&self, i: usize, take: &mut impl FnMut(usize, usize)) {
        if matches!(self.post.gap(i + 1), " " | "-" | ": " | " - " | "  " | " #" | "-#" | ", " | " (")
            && let Some(n) = self.bare(i + 1, 5)
        {
            take(self.post.at(i).0, self.post.at(i + n).1);
            self.listed(i + 1 + n, take);
        }
    }

    /// Length in words of what looks like a plate by itself.
    fn bare(&self, first: usize, shortest: usize) -> Option<usize> {
        let post = self.post;
        let single = post.raw(first).len() == 1;
        let numeral = (first..first + if single { 8 } else { 3 }).find(|w| post.has(*w, NUMERAL))?;
        for n in [8, 7, 6, 5, 3, 2, 1] {
            if n > 3 && !single || numeral >= first + n {
                continue;
            }
            let Some(shape) = self.shape(first, n) else { continue };
            let long = shape.letters + shape.digits;
            let both = shape.letters > 0
                && shape.digits > 0
                && (shape.small == 0 || shape.small == shape.letters && self.classic(first, n));
            let least = if n > 3 { 5 } else { shortest };
            if both && long >= least && shape.word <= 3 && !self.speaks_of_else(first, n) {
                return Some(n);
            }
        }
        None
    }

    /// The commonest shapes, which need no capitals: "abc1234", "v48-klp".
    fn classic(&self, first: usize, n: usize) -> bool {
        const SHAPES: [&[i8]; 6] = [&[3, -3], &[3, -4], &[-1, 3, -3], &[1, -2, 3], &[-3, 3], &[3, -1, 1, -2]];
        let post = self.post;
        if n > 2
            || n == 2 && post.gap(first + 1) != "-"
            || (first..first + n).any(|w| post.hints(w) & !NUMERAL != 0)
        {
            return false;
        }
        let mut runs = [0_i8; 5];
        let mut last = None;
        for b in (first..first + n).flat_map(|w| post.raw(w).bytes()) {
            let step = if b.is_ascii_digit() { -1 } else { 1 };
            let at = match last {
                Some((at, same)) if same == step => at,
                Some((at, _)) => at + 1,
                None => 0,
            };
            let Some(run) = runs.get_mut(at) else { return false };
            *run += step;
            last = Some((at, step));
        }
        let long = last.map_or(0, |(at, _): (usize, i8)| at + 1);
        runs.get(..long).is_some_and(|r| SHAPES.contains(&r))
    }

    /// Everything that looks like a plate in a post about vehicles, unless a word beside it names a thing.
    fn alone(&self, take: &mut impl FnMut(usize, usize)) {
        let post = self.post;
        let shortest = if post.any & PLATE != 0 { 5 } else { SHORTEST_ALONE };
        let mut at = 0;
        while at < post.len() {
            // Motorcycles have short plates.
            let bike = at > 0
                && matches!(
                    post.letters(at - 1),
                    "motorcycle" | "motorbike" | "moped" | "scooter" | "moto" | "motora" | "motosiklet"
                );
            let n = self.bare(at, if bike { 5 } else { shortest });
            let thing = || {
                let before =
                    (at.saturating_sub(2)..at).any(|w| post.has(w, THING) && !post.gap(at).contains(','));
                before || post.has(at - usize::from(at > 0), STREET) && at > 0 && !self.is_state(at - 1)
            };
            match n {
                Some(n) if !thing() => {
                    self.take(at, n, take);
                    at += n;
                }
                Some(n) => at += n,
                None => at += 1,
            }
        }
    }

    /// Takes a plate, with the state before it ("TX 9KL-2201").
    fn take(&self, first: usize, n: usize, take: &mut impl FnMut(usize, usize)) {
        let short = first > 0 && self.is_state(first - 1) && self.post.raw(first - 1).len() == 2;
        let from = if short && matches!(self.post.gap(first), " " | "-") { first - 1 } else { first };
        take(self.post.at(from).0, self.post.at(first + n - 1).1);
    }
}

#[cfg(test)]
mod tests {
    use super::super::personal::tests::check;

    #[test]
    fn behind_a_word() {
        check("plate number: abc1234", &["abc1234"]);
        check("plate kl 77 pqr", &["kl 77 pqr"]);
        check("tag #ABC 123 (GA)", &["ABC 123"]);
        check("las placas son BL 51738 y C22-HXP", &["BL 51738", "C22-HXP"]);
        check("plak machin nan se AA 12345", &["AA 12345"]);
        check("temp tag 3847291 on a car", &["3847291"]);
        check("vanity plate LUVMYDOG", &["LUVMYDOG"]);
        check(r#"plate reads "GO METS""#, &["GO METS"]);
        check("NY plate JKL 4821", &["JKL 4821"]);
    }

    #[test]
    fn beside_a_car_or_a_state() {
        check("red Nissan W 5 1 J D P in the bike lane", &["W 5 1 J D P"]);
        check("K77.PQR parked on the curb", &["K77.PQR"]);
        check("Dodge Charger CT AB12345 racing", &["CT AB12345"]);
        check("my car, v48-klp, was towed", &["v48-klp"]);
        check("motorcycle 4821K, no muffler", &["4821K"]);
        check("um Gol prata BRA-2E19", &["BRA-2E19"]);
    }
}
