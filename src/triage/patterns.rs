//! The shapes of personal data, as regular expressions over the letters of four languages.

use regex::Regex;

use super::PersonalKind;
use crate::error::{Error, Result};

/// Compiled once with the model; run only where a cheap look at the bytes says it can pay.
#[derive(Debug)]
pub(super) struct Patterns {
    pub email: Regex,
    pub card: Regex,
    pub numbers: Vec<(PersonalKind, Regex)>,
    pub haiti: Regex,
    pub plate: Regex,
    pub bare_plate: Regex,
    pub names: Vec<Regex>,
    pub homes: Vec<Regex>,
    pub neighbor: Regex,
    pub link: Regex,
}

/// A name begins with a capital: "O'Brien", "José", "de la Cruz".
const NAME: &str = r"\p{Lu}[\p{L}'’-]+(?:\s+(?:de|da|do|dos|la|van|von|al)){0,2}";
const STREET: &str = r"(?:St|Street|Ave|Avenue|Rd|Road|Ln|Lane|Dr|Drive|Ct|Court|Pl|Place|Blvd|Ter|Terrace|Way|Pkwy|Cir|Sq)\b\.?";

impl Patterns {
    pub fn compile() -> Result<Self> {
        let one = |pattern: &str| {
            let plain = latin(pattern);
            Regex::new(&plain)
                .map_err(|e| Error::Invalid(format!("personal-data pattern \"{pattern}\": {e}")))
        };
        let all = |patterns: &[String]| patterns.iter().map(|p| one(p)).collect::<Result<Vec<Regex>>>();
        let numbers = [
            (PersonalKind::Ssn, r"\d{3}[.]\d{3}[.]\d{3}-\d{2}"),
            (PersonalKind::Ssn, r"\d{3}[- ]\d{2}[- ]\d{4}"),
            (PersonalKind::Phone, r"(?:\+|00)\d{1,3}[\s.()-]{0,2}(?:\(?\d{1,4}\)?[\s.–-]{0,2}){2,5}\d"),
            (
                PersonalKind::Phone,
                r"(?:1[\s.-]?)?(?:\(\d{3}\)[\s.-]{0,3}|\d{3}[\s./–-]{1,3})\d{3}[\s./–-]{0,3}(?:\d{4}|\d{2}[\s.-]\d{2})",
            ),
            (PersonalKind::Phone, r"(?:\(\d{2}\)|\d{2})\s?9?\s?\d{4}[-\s]\d{4}"),
            (PersonalKind::Phone, r"1?[2-9]\d{2}[2-9]\d{6}"),
            (PersonalKind::Phone, r"\d{3}[-. ]\d{7}|\d{3}[-. ]\d{4}"),
            (PersonalKind::Phone, r"9\s?\d{4}[-\s]\d{4}"),
            (PersonalKind::Phone, r"509[\s-]?\d{2}[\s-]?\d{2}[\s-]?\d{2}[\s-]?\d{2}"),
        ];
        let numbers = numbers.into_iter().map(|(kind, p)| Ok((kind, one(p)?))).collect::<Result<Vec<_>>>()?;
        let [names, homes, neighbor] = people();
        Ok(Self {
            email: one(r"[\p{L}\p{N}._%+'’-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}")?,
            card: one(r"\d(?:[ -]?\d){12,18}")?,
            numbers,
            haiti: one(r"[2-5]\d{3}[\s-]\d{4}")?,
            plate: one(r"^(?:[A-Z]{2}[ -])?[A-Z0-9]{1,7}(?:[ -][A-Z0-9]{1,6})?$")?,
            bare_plate: one(r"[A-Z]{3}[- ]?\d{4}|\d[A-Z]{3}\d{3}|[A-Z]{3}\d[A-Z]\d{2}")?,
            names: all(&names)?,
            homes: all(&homes)?,
            neighbor: one(&neighbor[0])?,
            link: one(r"(?i)(?:https?://|www\.)\S+")?,
        })
    }
}

/// Letters, digits and spaces of the four languages only: the classes of all of Unicode would take most of the
/// time the program needs to start.
fn latin(pattern: &str) -> String {
    pattern
        .replace(r"\p{Lu}", "[A-ZÀ-ÖØ-Þ]")
        .replace(r"\p{L}", "[A-Za-zÀ-ÖØ-öø-ÿ]")
        .replace(r"\p{N}", "[0-9]")
        .replace(r"\d", "[0-9]")
        .replace(r"\s", "[ \t\r\n\u{a0}]")
        .replace(r"\S", "[^ \t\r\n]")
        .replace(r"\w", "[0-9A-Za-z]")
}

/// Patterns for names, homes and neighbors.
fn people() -> [Vec<String>; 3] {
    let intro = r"(?i:\bmy name is|\bmy name's|\bname is|\bme llamo|\bmi nombre es|\bmeu nome é|\bmeu nome e|\bme chamo|\bmwen rele|\bnon mwen se|\bm rele)";
    let i_am = r"(?:\b[Tt]his is|\bI am|\bI'm|\bI’m|\b[Ss]oy|\b[Ss]ou)";
    let live = r"(?i:\bi live at|\bwe live at|\bi live in|\bliving at|\bmy address is|\bhome address:?|\bmy address:|\bmy home is|\bvivo en|\bvivimos en|\bmi dirección es|\bmi direccion es|\bmoro na|\bmoro no|\bmoro em|\bmeu endereço é|\bmwen rete nan|\bmwen abite|\bmwen rete|\badrès mwen se)";
    let unit = r"(?:,?\s*(?i:apt|apartment|unit|apto|#)\.?\s*\w{1,5})?";
    let house = format!(r"\d{{1,5}}[A-Za-z]?\s+(?:de la |de )?(?:[\p{{L}}\d.'’]+\s+){{0,3}}{STREET}{unit}");
    let foreign = r"(?:(?i:rua|av\.?|avenida|calle|ri|travessa)\s+(?:[\p{L}.]+\s+){0,4}?[\p{L}.]+,?\s+\d{1,5}|\d{1,5}\s+(?:de la |de )?(?i:calle|rua|ri)\s+\p{L}+)";
    let who = r"(?i:neighbou?rs?|guy next door|lady next door|family next door|(?:guy|lady|man|woman|people|family) across the street|vecin[oa]s?|vizinh[oa]s?|vwazen|vwazin)";
    let own = r"(?i:\bmy|\bour|\bthe|\bmi|\bnuestr[oa]|\bmeu|\bminha|\bnoss[oa])";
    [
        vec![
            format!(r"{intro}\s+{NAME}(?:\s+{NAME}){{0,3}}"),
            format!(r"{i_am}\s+{NAME}\s+{NAME}(?:\s+{NAME})?"),
        ],
        vec![
            format!(
                r"{live}\s+(?:(?:la|el|the)\s+)?(?:{house}|{foreign}|\d{{1,5}}\s+(?:[\p{{Lu}}\d][\p{{L}}\d.]*\s?){{1,3}}{unit})"
            ),
            format!(
                r"\b(?:(?:Mr|Mrs|Ms|Miss|Dr|Sr|Sra|Mme)\b\.?|(?i:la señora|el señor|don|doña|dona|seu|madan|mesye))\s+{NAME}(?:\s+{NAME})?,?(?:\s+(?:at|of|in|en|na|no|nan|from))?\s+{house}"
            ),
            format!(r"\b{NAME}\s+{NAME},?(?:\s+(?:at|of))?\s+{house}"),
        ],
        vec![format!(
            r"(?:{own}\s+)?\b{who}(?:\s+(?:mwen|m|an|nou|lan))*,?\s+(?i:across the street\s+)?(?i:at|in|on|from|del|de la|do|da|de|en|na|no|nan)?\s*(?i:number|número|numero|no\.?|apt\.?|apartment|unit|#|nimewo)?\s*(?:\d{{1,5}}\w?(?:\s+{STREET}|\s+(?:de la |de )?(?:\p{{L}}[\p{{L}}.]*\s+){{0,2}}(?:{STREET}|(?i:calle)\s+\p{{L}}+))?)"
        )],
    ]
}
