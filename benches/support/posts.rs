//! A day of posts in the example city, the same for every run: what people write, where, how often twice.
//!
//! About half report something at a place that can be found, every fourth of those something that was reported
//! before; the rest name no place, thank, ask, advertise, or answer in a thread.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use onit::channels::replay;
use onit::intake::Envelope;

/// Numbers that look random and are the same in every run (an LCG with the constants of Knuth's MMIX).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }
}

/// `{at}` is a corner or an address, `{pole}` a light with its number.
const AT_A_PLACE: &[&str] = &[
    "Street light out at {at}",
    "The street light {pole} has been dark since Tuesday, please send somebody",
    "Huge pothole at {at}, my tire blew out",
    "deep pothole in front of {at} again",
    "Trash was not picked up at {at} today",
    "Somebody dumped a mattress and old tires at {at}",
    "Graffiti all over the wall at {at}",
    "Traffic light stuck on red at {at}, cars are backing up",
    "Fallen tree branch blocks the sidewalk at {at}",
    "Water is bubbling up through the street at {at}",
    "Abandoned car with no plates at {at}, sitting there since June",
    "The storm drain at {at} is clogged with leaves and the street floods",
    "Stop sign knocked over at {at}",
    "Sidewalk heaved up by roots at {at}, my mother tripped",
    "Nobody plowed {at}, the whole block is ice",
    "Rats running out of the dumpster at {at} every night",
    "Hay un bache enorme en {at}",
    "El semáforo no funciona en {at}",
    "Tem um buraco enorme na rua em {at}",
    "Streetlight flickers at {at} and the trash can next to it is overflowing",
];

const WITHOUT_A_PLACE: &[&str] = &[
    "Huge pothole, my tire is gone!!",
    "street light out on our block for a week now",
    "They skipped our recycling AGAIN",
    "trash all over the lot behind the school",
    "Se fue la luz de la calle otra vez",
];

const NO_REPORT: &[&str] = &[
    "Thank you to the crew that plowed our street before sunrise today.",
    "What time does the transfer station close on Saturday?",
    "Join us Saturday for the food truck festival downtown!",
    "Great game last night, go Otters",
    "The mayor should look at the school budget again",
    "Happy birthday to our great city",
    "Is there street sweeping on Monday?",
];

const IN_A_THREAD: &[&str] =
    &["any update on this?", "Still broken!", "Thanks, that was fast", "when will this be fixed"];

/// Corners, addresses and poles of `config/example-city`.
struct City {
    corners: Vec<String>,
    blocks: Vec<(String, i64, i64)>,
    poles: Vec<String>,
}

impl City {
    fn read() -> Self {
        let of = |text: &str, take: &mut dyn FnMut(&serde_json::Value)| {
            let layer: serde_json::Value = serde_json::from_str(text).unwrap();
            layer["features"].as_array().unwrap().iter().for_each(|f| take(&f["properties"]));
        };
        let mut city = Self { corners: Vec::new(), blocks: Vec::new(), poles: Vec::new() };
        of(include_str!("../../config/example-city/nodes.geojson"), &mut |p| {
            city.corners.extend(p["name"].as_str().filter(|n| n.contains(" & ")).map(str::to_owned));
        });
        of(include_str!("../../config/example-city/streets.geojson"), &mut |p| {
            let (from, to) = (p["left_from"].as_i64(), p["left_to"].as_i64());
            if let (Some(name), Some(from), Some(to)) = (p["name"].as_str(), from, to) {
                city.blocks.push((name.to_owned(), from, to.max(from + 2)));
            }
        });
        of(include_str!("../../config/example-city/street_lights.geojson"), &mut |p| {
            city.poles.extend(p["pole"].as_str().map(str::to_owned));
        });
        city
    }

    fn place(&self, dice: &mut Dice) -> String {
        if dice.roll(2) == 0 {
            return self.corners[dice.roll(self.corners.len())].clone();
        }
        let (street, from, to) = &self.blocks[dice.roll(self.blocks.len())];
        let house = from + 2 * i64::try_from(dice.roll(40)).unwrap_or(0) % (to - from);
        format!("{house} {street}")
    }
}

/// `n` posts as lines of `onit receive`.
pub fn lines(n: usize) -> Vec<String> {
    let city = City::read();
    let mut dice = Dice(20_261_122);
    let mut reports: Vec<(usize, String)> = Vec::new();
    (0..n)
        .map(|i| {
            let mut to = None;
            let text = match dice.roll(100) {
                0..16 if reports.len() > 10 => {
                    // Written again in other words by a neighbor: joins the same ticket.
                    let (_, text) = &reports[dice.roll(reports.len())];
                    format!("{text}, please fix")
                }
                0..66 => {
                    let place = city.place(&mut dice);
                    let pole = format!("pole {}", city.poles[dice.roll(city.poles.len())]);
                    let text = dice.pick(AT_A_PLACE).replace("{at}", &place).replace("{pole}", &pole);
                    reports.push((i, text.clone()));
                    text
                }
                66..78 => dice.pick(WITHOUT_A_PLACE).to_owned(),
                78..95 => dice.pick(NO_REPORT).to_owned(),
                _ => {
                    to = (!reports.is_empty()).then(|| format!("replay:replay:{}", reports[dice.roll(reports.len())].0));
                    dice.pick(IN_A_THREAD).to_owned()
                }
            };
            let author = dice.roll(n);
            let mut line = serde_json::json!({
                "id": i.to_string(), "text": text, "created_at": "2026-01-27T06:12:00Z", "visibility": "public",
                "author": {"id": format!("a{author}"), "handle": format!("a{author}@town.example"), "name": format!("Neighbor {author}")},
            });
            if let Some(to) = to {
                line["in_reply_to"] = to.into();
            }
            let mut text = String::new();
            let _ = write!(text, "{line}");
            text
        })
        .collect()
}

/// The same as the channel hands them over.
pub fn envelopes(n: usize, now: DateTime<Utc>) -> Vec<Envelope> {
    let numbered = lines(n).into_iter().zip(1..);
    numbered.map(|(line, number)| replay::parse_line(line.as_bytes(), number, now).unwrap()).collect()
}
