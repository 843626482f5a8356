//! Measures a server against the rules O1 to O29 of `docs/OPEN311.md`, with evidence. Read-only unless told otherwise.

mod read;
mod write;

use serde::Serialize;
use serde_json::Value;

use super::{Node, Reply, Server};
use crate::error::Result;

/// How a rule came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The server keeps it.
    Pass,
    /// The server breaks it.
    Fail,
    /// It could not be seen: no such data, not offered, or only by writing.
    Skip,
}

impl Verdict {
    /// The word in the report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

/// One rule and what was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// "O1".
    pub rule: String,
    /// What it asks for.
    pub about: &'static str,
    /// How it came out.
    pub verdict: Verdict,
    /// What was seen, one sentence.
    pub evidence: String,
}

/// What each rule asks for, in a few words.
const RULES: [&str; 29] = [
    "XML by suffix, unknown suffix 404",
    "content types and UTF-8",
    "moments have a zone and no fractions",
    "no namespace, no foreign elements",
    "JSON without a wrapper, lists as arrays",
    "an empty parameter is an absent one",
    "https where people write",
    "identifiers are strings in JSON",
    "discovery has all its fields",
    "discovery passes the strict validator",
    "services have all their fields",
    "keywords of FixMyStreet are words we know",
    "definitions of services with metadata",
    "automated questions say how",
    "a request is filed with service and place",
    "optional fields are taken",
    "the answer has an id or a token, not both",
    "what is missing is refused and named",
    "the same name files once",
    "filters: ids, status, times",
    "at most 1,000 rows",
    "requests have all their fields",
    "one request is a list of one, unknown is 404",
    "nothing private is told",
    "updates are told",
    "news are taken",
    "statuses are known words",
    "FixMyStreet's forms are taken",
    "requests can be fetched by FixMyStreet",
];

/// What is to be filed when writing is allowed.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Which service; the first one offered when left out.
    pub service: Option<String>,
    /// An address in that city.
    pub address: Option<String>,
    /// Degrees.
    pub spot: Option<(f64, f64)>,
}

/// Everything that was asked of the server once and is looked at by several rules.
#[derive(Debug)]
struct Seen {
    discovery_xml: Reply,
    discovery_json: Reply,
    services_xml: Reply,
    services_json: Reply,
    requests_xml: Reply,
    requests_json: Reply,
}

impl Seen {
    fn services(&self) -> Vec<Node> {
        self.services_xml.xml().map(|doc| doc.children).unwrap_or_default()
    }

    fn requests(&self) -> Vec<Node> {
        self.requests_xml.xml().map(|doc| doc.children).unwrap_or_default()
    }

    /// The server offers JSON at all.
    fn has_json(&self) -> bool {
        self.services_json.status == 200
    }

    /// Its rows, wrapped or not: a deviation must not hide the others.
    fn json_rows(reply: &Reply, wrapper: &str) -> Vec<Value> {
        let Ok(read) = reply.json() else { return Vec::new() };
        let list = read.as_array().or_else(|| read.get(wrapper)?.as_array());
        list.cloned().unwrap_or_default()
    }
}

/// The report being written.
#[derive(Debug, Default)]
struct Report(Vec<Finding>);

/// Pass with this evidence, or fail with that.
type Outcome = std::result::Result<String, String>;

impl Report {
    fn add(&mut self, n: usize, verdict: Verdict, evidence: String) {
        let about = RULES.get(n.wrapping_sub(1)).copied().unwrap_or_default();
        let evidence: String = evidence.chars().filter(|c| !c.is_control()).take(400).collect();
        self.0.push(Finding { rule: format!("O{n}"), about, verdict, evidence });
    }

    fn judge(&mut self, n: usize, outcome: Outcome) {
        match outcome {
            Ok(evidence) => self.add(n, Verdict::Pass, evidence),
            Err(evidence) => self.add(n, Verdict::Fail, evidence),
        }
    }

    fn skip(&mut self, n: usize, why: &str) {
        self.add(n, Verdict::Skip, why.to_owned());
    }
}

/// Asks the server everything there is to ask and judges it; with a sample it also files a request under the name
/// beside it, which must be another one each time.
///
/// # Errors
/// `Unavailable` when the server does not answer at all, `Invalid` when its address is not allowed.
pub fn check(server: &Server<'_>, sample: Option<(&Sample, &str)>) -> Result<Vec<Finding>> {
    let rows = [("page_size", "50")];
    let seen = Seen {
        discovery_xml: discovery(server, "xml")?,
        discovery_json: discovery(server, "json")?,
        services_xml: server.get("services.xml", &[])?,
        services_json: server.get("services.json", &[])?,
        requests_xml: server.get("requests.xml", &rows)?,
        requests_json: server.get("requests.json", &rows)?,
    };
    let mut report = Report::default();
    read::judge(server, &seen, &mut report)?;
    match sample {
        Some(sample) => write::judge(server, &seen, sample, &mut report)?,
        None => {
            write::WRITTEN.into_iter().for_each(|n| report.skip(n, "seen only by writing: --write"));
        }
    }
    let mut findings = report.0;
    findings.sort_by_key(|f| f.rule.trim_start_matches('O').parse::<usize>().unwrap_or(0));
    Ok(findings)
}

/// Beside the endpoint or above it: the standard leaves it open.
fn discovery(server: &Server<'_>, format: &str) -> Result<Reply> {
    let mut last = None;
    for above in ["", "../", "../../"] {
        let reply = server.get(&format!("{above}discovery.{format}"), &[])?;
        if reply.status == 200 {
            return Ok(reply);
        }
        last.get_or_insert(reply);
    }
    last.ok_or_else(|| crate::error::Error::Unavailable("there is no discovery".into()))
}
