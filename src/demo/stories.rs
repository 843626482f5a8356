//! The invented people of the demo and the posts a newcomer can try with one click.
//!
//! Only words live here: who posts (`NEIGHBORS`), what the example links fill in (`EXAMPLES`) and what
//! stands in the square before anybody has typed (`OPENING`). Street names are those of `config/example-city/`.

/// A person of the invented town who can post in the square.
#[derive(Debug, Clone, Copy)]
pub struct Neighbor {
    /// Name as shown: a first name and an initial.
    pub name: &'static str,
    /// Account name in the square: letters, digits and `_`.
    pub handle: &'static str,
    /// Language the account posts in, two letters.
    pub language: &'static str,
}

/// A post that a link `/?example=KEY` puts into the box.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The word in the address.
    pub key: &'static str,
    /// The words of the link.
    pub label: &'static str,
    /// Who posts it: a `Neighbor::handle`.
    pub handle: &'static str,
    /// The text put into the box.
    pub text: &'static str,
}

/// A post that stands in the square when the demo opens.
#[derive(Debug, Clone, Copy)]
pub struct Opening {
    /// Who wrote it: a `Neighbor::handle`.
    pub handle: &'static str,
    /// How long before the start of the demo it was written, in minutes.
    pub minutes_ago: u32,
    /// What it says, without the mention of the city (the square adds it).
    pub text: &'static str,
}

/// Everybody in the "Post as" list, the usual one first.
pub const NEIGHBORS: &[Neighbor] = &[
    Neighbor { name: "Joy L.", handle: "JoyL", language: "en" },
    Neighbor { name: "Luz P.", handle: "LuzP", language: "es" },
    Neighbor { name: "Ruth K.", handle: "RuthK", language: "en" },
    Neighbor { name: "Sam O.", handle: "SamO", language: "en" },
    Neighbor { name: "Ana C.", handle: "AnaC", language: "pt" },
    Neighbor { name: "Marie J.", handle: "MarieJ", language: "ht" },
];

/// The links under the box, in the order shown.
pub const EXAMPLES: &[Example] = &[
    Example {
        key: "light",
        label: "a dark street light",
        handle: "JoyL",
        text: "Street light out at Broad & Market",
    },
    Example {
        key: "spanish",
        label: "a post in Spanish",
        handle: "LuzP",
        text: "Agua saliendo de la calle en Orchard y Green, ya está congelando",
    },
    Example {
        key: "no-place",
        label: "no place named",
        handle: "RuthK",
        text: "Huge pothole, my tire is gone!!",
    },
    Example {
        key: "thanks",
        label: "just a thank-you",
        handle: "SamO",
        text: "Thank you to the crew that plowed our street before sunrise today.",
    },
    Example {
        key: "danger",
        label: "danger to life",
        handle: "AnaC",
        text: "Power line down and sparking across the sidewalk at Broad & Kinney, kids are walking past it",
    },
];

/// What the square already holds when the demo opens, oldest first.
pub const OPENING: &[Opening] = &[
    Opening {
        handle: "SamO",
        minutes_ago: 58,
        text: "Overflowing trash can at Market St and Prince St, been like that since Friday",
    },
    Opening { handle: "RuthK", minutes_ago: 55, text: "Huge pothole, my tire is gone!!" },
    Opening { handle: "JoyL", minutes_ago: 52, text: "Street light out at Broad & Market, pole 1147" },
    Opening { handle: "AnaC", minutes_ago: 47, text: "Bueiro entupido na esquina de Mill Rd e Elm St" },
    Opening { handle: "MarieJ", minutes_ago: 44, text: "Gen yon gwo twou nan Church St ak Green St" },
    Opening { handle: "SamO", minutes_ago: 41, text: "the street lamp at Broad and Market is dark again" },
    Opening {
        handle: "LuzP",
        minutes_ago: 31,
        text: "Agua saliendo de la calle en Orchard y Green, ya está congelando",
    },
    Opening { handle: "RuthK", minutes_ago: 26, text: "Graffiti all over the library wall again" },
    Opening {
        handle: "JoyL",
        minutes_ago: 19,
        text: "Thank you to the crew that fixed the swing in the park so fast",
    },
    Opening { handle: "AnaC", minutes_ago: 12, text: "Big branch down across the sidewalk at 88 Church St" },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_and_opening_is_written_by_a_known_neighbor() {
        let known = |handle: &str| NEIGHBORS.iter().any(|neighbor| neighbor.handle == handle);
        assert!(EXAMPLES.iter().all(|example| known(example.handle)));
        assert!(OPENING.iter().all(|opening| known(opening.handle)));
    }
}
