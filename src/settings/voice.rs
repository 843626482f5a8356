//! `[voice]` of `policy.toml`: how the city speaks. Words and numbers only; `replies::lint` holds a text against them.

use serde::Serialize;

use super::lang::Lang;
use super::reader::Table;

/// How the city speaks in public.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Voice {
    /// Who the city is when it speaks, in a sentence or two; stands above the composer.
    pub personality: String,
    /// Hardest text we write, as a school grade (7: a child of twelve reads it).
    pub reading_grade: u32,
    /// What the city never says.
    pub never: Vec<Saying>,
    /// What can be said better.
    pub rather: Vec<Saying>,
    /// Words of the house that mean nothing outside; never public.
    pub internal: Vec<String>,
    /// Words that promise; a text with one of them needs a date we keep.
    pub promises: Vec<String>,
    /// What to say and what not, side by side.
    pub examples: Vec<Example>,
    /// How a reply is signed.
    pub signatures: Signatures,
    /// What a network's replies may hold, tighter than the network itself.
    pub networks: Vec<NetworkVoice>,
}

/// Words, and what to say in their place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Saying {
    /// The words, in any case.
    pub words: String,
    /// What to say in their place; empty when nothing is.
    pub say: String,
    /// Why, in a sentence.
    pub why: String,
}

/// One way to say something, and the way we say it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Example {
    /// The language of both.
    pub language: Lang,
    /// How it should not sound.
    pub not: String,
    /// How it sounds.
    pub but: String,
}

/// What stands under a reply, by who speaks. Empty: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Signatures {
    /// Under words in the mayor's own name.
    pub mayor: String,
    /// Under words of the desk.
    pub desk: String,
    /// Under words that pass on what a crew did.
    pub crew: String,
}

/// The city's own limits on one network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NetworkVoice {
    /// The channel's code (`mastodon`, `bluesky`, …).
    pub channel: String,
    /// Longest reply there, in characters.
    pub max_chars: u32,
    /// Replies there may hold links.
    pub links: bool,
}

impl Voice {
    /// The city's own limits on a network; none when the network's are enough.
    #[must_use]
    pub fn on(&self, channel: &str) -> Option<&NetworkVoice> {
        self.networks.iter().find(|n| n.channel == channel)
    }
}

/// Reads the table. A file without it speaks as it likes, up to grade 7.
pub(super) fn read(t: &Table<'_>) -> Voice {
    let signatures = t.table("signatures");
    let voice = Voice {
        personality: t.text_or_none("personality").unwrap_or_default(),
        reading_grade: t.whole("reading_grade", 7, 3..=14),
        never: read_sayings(t, "never"),
        rather: read_sayings(t, "rather"),
        internal: t.words("internal").into_iter().map(|w| w.text).collect(),
        promises: t.words("promises").into_iter().map(|w| w.text).collect(),
        examples: read_examples(t),
        signatures: Signatures {
            mayor: signatures.text_or_none("mayor").unwrap_or_default(),
            desk: signatures.text_or_none("desk").unwrap_or_default(),
            crew: signatures.text_or_none("crew").unwrap_or_default(),
        },
        networks: read_networks(t),
    };
    signatures.done();
    t.done();
    voice
}

fn read_sayings(t: &Table<'_>, key: &'static str) -> Vec<Saying> {
    let mut sayings: Vec<Saying> = Vec::new();
    for one in t.tables(key) {
        let saying = Saying {
            words: one.text("words", "please be advised"),
            say: one.text_or_none("say").unwrap_or_default(),
            why: one.text_or_none("why").unwrap_or_default(),
        };
        if key == "rather" && saying.say.is_empty() {
            one.problem("say", "say what to write in their place: `say = \"neighbors\"`");
        }
        if sayings.iter().any(|s| s.words.eq_ignore_ascii_case(&saying.words)) {
            one.problem("words", format!("`{}` stands here twice; keep one", saying.words));
        }
        one.done();
        sayings.push(saying);
    }
    sayings
}

fn read_examples(t: &Table<'_>) -> Vec<Example> {
    let mut examples = Vec::new();
    for one in t.tables("example") {
        examples.push(Example {
            language: one.parsed("language", str::parse).unwrap_or_default(),
            not: one.text("not", "Your request has been received and will be processed."),
            but: one.text("but", "On it. Streets will fill the hole by Friday."),
        });
        one.done();
    }
    examples
}

/// The networks OnIt knows to answer on; a slip in a name must not silently mean no rule.
const NETWORKS: [(&str, &str); 5] = [
    ("mastodon", "mastodon"),
    ("bluesky", "bluesky"),
    ("email", "email"),
    ("sms", "sms"),
    ("webhook", "webhook"),
];

fn read_networks(t: &Table<'_>) -> Vec<NetworkVoice> {
    let mut networks: Vec<NetworkVoice> = Vec::new();
    for one in t.tables("network") {
        let channel = one.choice_needed("channel", &NETWORKS, "mastodon");
        if networks.iter().any(|n| n.channel == channel) {
            one.problem("channel", format!("`{channel}` stands here twice; keep one"));
        }
        networks.push(NetworkVoice {
            channel: channel.to_owned(),
            max_chars: one.whole("max_chars", 500, 80..=5_000),
            links: one.truth("links", true),
        });
        one.done();
    }
    networks
}
