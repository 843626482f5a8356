//! The catalogue: every kind of ticket the city takes, and its rules. Reading the file is in `services_file.rs`.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::lang::ByLang;

/// How soon somebody must look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Urgency {
    /// In the order of the queue.
    #[default]
    Normal,
    /// Before the rest.
    Urgent,
    /// Danger to life: a person is paged, nothing is answered but the fixed text.
    Emergency,
}

impl Urgency {
    /// The word in files and outputs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Urgent => "urgent",
            Self::Emergency => "emergency",
        }
    }
}

/// How far the machine may go alone with a post about this service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gate {
    /// Opens, sends and answers by itself when all other conditions hold.
    Auto,
    /// Opens and drafts the answer; a person sends it.
    Suggest,
    /// A person reads it before anything happens.
    Person,
    /// May ask where it is, and nothing else.
    Ask,
}

impl Gate {
    /// The word in files and outputs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Suggest => "suggest",
            Self::Person => "person",
            Self::Ask => "ask",
        }
    }
}

/// A thing of the catalogue.
#[derive(Clone, Debug, Serialize)]
pub struct Service {
    /// Short fixed name in files, outputs and Open311: "street_light".
    pub code: String,
    /// What residents read: "Street light out".
    pub names: ByLang<String>,
    /// One plain line for the form.
    pub hint: ByLang<String>,
    /// Which picture it has on maps and lists, and its Open311 group.
    pub icon_group: String,
    /// Code of the department that does it.
    pub department: String,
    /// Where urgency starts; words in a post may raise it.
    pub urgency: Urgency,
    /// Time until it must be done.
    pub due: Due,
    /// What counts as proof, any one of these; empty: every kind.
    pub proof: Vec<Proof>,
    /// How far the machine may go alone; where the city wrote nothing, until figures say. Ask `World::gate_of`.
    pub gate: Gate,
    /// Least probability of this service (0 to 1) at which the gate opens; as `gate`.
    pub gate_p: f64,
    /// The city wrote `gate` itself: it outranks what was measured.
    pub gate_written: bool,
    /// The same for `gate_p`.
    pub gate_p_written: bool,
    /// Share of right guesses (0 to 1) from which it may be answered alone; `None`: that of `[learning]`.
    pub precision: Option<f64>,
    /// What kind of place a crew can be sent to.
    pub place: PlaceNeed,
    /// When a second post is about the same thing.
    pub join: JoinRule,
    /// Concerns homes or people: public pages round the place.
    pub private_place: bool,
    /// Kind of city asset it is about: "street_light", "hydrant", "traffic_signal", "tree", "barrel".
    pub asset_kind: Option<String>,
    /// Questions an Open311 client or the form may ask.
    pub open311: Vec<Attribute>,
    /// Number of the service for Open311 clients that read numbers only.
    pub open311_code: u32,
    /// No longer offered; old tickets keep it.
    pub retired: bool,
    /// The service that took over; then it is retired as well.
    pub replaced_by: Option<String>,
}

/// Time until a promise must be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// Hours on the clock, nights and holidays counted.
    Hours(u32),
    /// The end of the n-th working day after the day it came in.
    WorkingDays(u32),
}

/// What shows that something was fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// A photo taken after opening by staff, crew or contractor.
    Photo,
    /// A finished work order with crew and time.
    WorkOrder,
    /// An author of the ticket says that it is fixed.
    Author,
}

/// Which places are good enough to send a crew to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlaceNeed {
    /// Kinds of place: address intersection block street square park landmark asset geotag.
    pub kinds: Vec<String>,
    /// Largest radius of doubt, in meters.
    pub radius_m: f64,
}

/// When a second post joins an open ticket.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JoinRule {
    /// Largest distance between both places, in meters.
    pub radius_m: f64,
    /// Only tickets opened in the last so many days.
    pub days: u32,
    /// What must be the same besides the service.
    pub same: Same,
    /// Score from which it joins by itself; `None`: as `joining.toml` says.
    pub join_p: Option<f64>,
    /// Score from which a person is asked; `None`: as `joining.toml` says.
    pub suggest_p: Option<f64>,
}

/// What two posts must share to be about one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Same {
    /// The same asset (pole, hydrant); without a known asset, the distance.
    Asset,
    /// The same stretch of street between two corners.
    Segment,
    /// The same address, corner, park or landmark.
    Place,
    /// Only the distance counts.
    Near,
}

/// A question about a request, as Open311 knows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attribute {
    /// Number for clients that read numbers only; one in the whole catalogue.
    pub code: u32,
    /// Readable name beside it: "pole_number".
    pub key: String,
    /// The question.
    pub names: ByLang<String>,
    /// What kind of answer fits.
    pub datatype: Datatype,
    /// Must be answered.
    pub required: bool,
    /// The answers of a list.
    pub values: Vec<AttributeValue>,
}

/// Open311's types of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Datatype {
    /// One line.
    String,
    /// A number.
    Number,
    /// A date with a time.
    Datetime,
    /// Several lines.
    Text,
    /// One of a list.
    SingleValueList,
    /// Several of a list.
    MultiValueList,
}

impl Datatype {
    /// Open311's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Datetime => "datetime",
            Self::Text => "text",
            Self::SingleValueList => "singlevaluelist",
            Self::MultiValueList => "multivaluelist",
        }
    }
}

/// One answer of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AttributeValue {
    /// What is stored and sent.
    pub key: String,
    /// What people read.
    pub names: ByLang<String>,
}

/// All services, in the order of the file. Retired ones stay in: old tickets name them.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Catalogue {
    list: Vec<Service>,
    #[serde(skip)]
    by_code: HashMap<String, usize>,
}

impl Catalogue {
    pub(super) fn new(list: Vec<Service>) -> Self {
        let by_code = list.iter().enumerate().map(|(i, s)| (s.code.clone(), i)).collect();
        Self { list, by_code }
    }

    /// The service of this code, retired or not.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Service> {
        self.list.get(self.index_of(code)?)
    }

    /// All services, in the order of the file, the retired too.
    pub fn iter(&self) -> impl Iterator<Item = &Service> {
        self.list.iter()
    }

    /// The codes of all services, in the order of the file.
    #[must_use]
    pub fn codes(&self) -> Vec<String> {
        self.list.iter().map(|s| s.code.clone()).collect()
    }

    /// The services that are offered.
    pub fn offered(&self) -> impl Iterator<Item = &Service> {
        self.list.iter().filter(|s| !s.retired)
    }

    /// Where it stands in the file, counted from 0.
    #[must_use]
    pub fn index_of(&self, code: &str) -> Option<usize> {
        self.by_code.get(code).copied()
    }

    /// The offered service for this code: itself, or the one that took over.
    #[must_use]
    pub fn current(&self, code: &str) -> Option<&Service> {
        let service = self.get(code)?;
        match &service.replaced_by {
            Some(next) => self.get(next),
            None => Some(service).filter(|s| !s.retired),
        }
    }
}
