//! What the square's page shows beside the threads: the steps one post takes through the city.
//!
//! The square knows nothing of tickets. Whoever runs it hands in a `JourneyView`, which reads the product's
//! database and answers with plain words, already in the order they happened.

/// Tells the journey of a post, for the page only. Called off the async threads, so it may read a database.
pub trait JourneyView: Send + Sync {
    /// The journey of the post with this `uri`; `None` when the city has not received it (yet).
    fn journey(&self, uri: &str) -> Option<Journey>;
}

/// One post's way through the city.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Journey {
    /// Read, Placed, Joined or Opened, Routed, Answered: in that order.
    pub steps: Vec<Step>,
    /// One short line under the panel's title, for example "0.4 s so far".
    pub summary: String,
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StepState {
    /// Finished.
    Done,
    /// Under way: the page keeps looking.
    Running,
    /// Not reached yet.
    #[default]
    Todo,
}

/// One step, in words for people.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Step {
    /// Where it stands.
    pub state: StepState,
    /// "Read", "Placed", "Joined", "Opened", "Routed", "Answered".
    pub title: String,
    /// How long it took or when it comes: "11 ms", "sends in 3 s".
    pub took: Option<String>,
    /// The sentence, cut where its marking changes.
    pub words: Vec<Piece>,
    /// A map made by this program (`places::map_svg`), never text from outside.
    pub map_svg: Option<String>,
    /// A second, quieter sentence: why it was allowed, what was checked.
    pub note: Option<String>,
    /// One thing to do about it.
    pub link: Option<StepLink>,
}

/// A link under a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepLink {
    /// Words of the link.
    pub label: String,
    /// Absolute `http` or `https` address; anything else is shown without a link.
    pub url: String,
}

/// A run of text with one marking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The words.
    pub text: String,
    /// How they are marked.
    pub mark: Mark,
}

/// How a run of text is marked; the same marks as on the staff board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// No marking.
    Plain,
    /// A result, in bold.
    Strong,
    /// Words of the post that told the service: solid underline.
    Service,
    /// Words of the post that told the place: dotted underline.
    Place,
    /// Stands for personal data that is hidden: a filled label.
    Private,
    /// A link; the address is absolute, `http` or `https`.
    Link(String),
}

impl Piece {
    /// Text without marking.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), mark: Mark::Plain }
    }

    /// A result in bold.
    #[must_use]
    pub fn strong(text: impl Into<String>) -> Self {
        Self { text: text.into(), mark: Mark::Strong }
    }

    /// Words of the post that told the service.
    #[must_use]
    pub fn service(text: impl Into<String>) -> Self {
        Self { text: text.into(), mark: Mark::Service }
    }

    /// Words of the post that told the place.
    #[must_use]
    pub fn place(text: impl Into<String>) -> Self {
        Self { text: text.into(), mark: Mark::Place }
    }

    /// A label that stands for hidden personal data, for example "phone hidden".
    #[must_use]
    pub fn private(text: impl Into<String>) -> Self {
        Self { text: text.into(), mark: Mark::Private }
    }

    /// A link inside the sentence.
    #[must_use]
    pub fn link(text: impl Into<String>, url: impl Into<String>) -> Self {
        Self { text: text.into(), mark: Mark::Link(url.into()) }
    }
}

impl Journey {
    /// True while a step is under way; the page keeps looking as long as this holds.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.steps.iter().any(|step| step.state == StepState::Running)
    }
}
