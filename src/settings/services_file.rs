//! Reads `services.toml` into the catalogue and checks what one service says against the others.

use std::collections::{HashMap, HashSet};

use super::departments::{Departments, code};
use super::lang::Lang;
use super::problems::suggestion;
use super::reader::Table;
use super::services::{
    Attribute, AttributeValue, Catalogue, Datatype, Due, Gate, JoinRule, PlaceNeed, Proof, Same, Service,
    Urgency,
};

/// Kinds of place the gazetteer finds, from exact to vague.
const PLACE_KINDS: [(&str, &str); 9] = [
    ("address", "address"),
    ("intersection", "intersection"),
    ("block", "block"),
    ("street", "street"),
    ("square", "square"),
    ("park", "park"),
    ("landmark", "landmark"),
    ("asset", "asset"),
    ("geotag", "geotag"),
];
/// Kinds of city asset that layers can hold.
const ASSET_KINDS: [(&str, &str); 5] = [
    ("street_light", "street_light"),
    ("hydrant", "hydrant"),
    ("traffic_signal", "traffic_signal"),
    ("tree", "tree"),
    ("barrel", "barrel"),
];
const GATES: [(&str, Gate); 4] =
    [("auto", Gate::Auto), ("suggest", Gate::Suggest), ("person", Gate::Person), ("ask", Gate::Ask)];
pub(super) const URGENCIES: [(&str, Urgency); 3] =
    [("normal", Urgency::Normal), ("urgent", Urgency::Urgent), ("emergency", Urgency::Emergency)];
const PROOFS: [(&str, Proof); 3] =
    [("photo", Proof::Photo), ("work_order", Proof::WorkOrder), ("author", Proof::Author)];
const SAMES: [(&str, Same); 4] =
    [("asset", Same::Asset), ("segment", Same::Segment), ("place", Same::Place), ("near", Same::Near)];
const DATATYPES: [(&str, Datatype); 6] = [
    ("string", Datatype::String),
    ("number", Datatype::Number),
    ("datetime", Datatype::Datetime),
    ("text", Datatype::Text),
    ("singlevaluelist", Datatype::SingleValueList),
    ("multivaluelist", Datatype::MultiValueList),
];

/// Longest distance a rule may name, in meters: more is another part of town.
const RADIUS_MAX_M: f64 = 5000.0;

/// Reads all services. `departments` is None when that file could not be read; then codes are not compared.
pub(super) fn read(root: &Table<'_>, departments: Option<&Departments>) -> Catalogue {
    let tables = root.tables("service");
    if tables.is_empty() && root.keys().is_empty() {
        root.problem("service", "there is no service; add at least one `[[service]]`");
    }
    let services: Vec<Service> = tables.iter().map(|t| read_one(t, departments)).collect();
    check_codes(&tables, &services);
    check_replacements(&tables, &services);
    root.done();
    Catalogue::new(services)
}

fn read_one(t: &Table<'_>, departments: Option<&Departments>) -> Service {
    let replaced_by = t.text_or_none("replaced_by");
    let keys = t.keys();
    let written = |key: &str| keys.iter().any(|k| k == key);
    let service = Service {
        code: code(t, "code", "street_light"),
        names: t.by_lang("name"),
        hint: t.by_lang("hint"),
        icon_group: code(t, "icon_group", "lights"),
        department: read_department(t, departments),
        urgency: t.choice("urgency", &URGENCIES).unwrap_or_default(),
        due: read_due(t),
        proof: t.choices("proof", &PROOFS),
        gate: t.choice("gate", &GATES).unwrap_or(Gate::Suggest),
        gate_p: t.decimal("gate_p", 0.8, 0.0..=1.0),
        gate_written: written("gate"),
        gate_p_written: written("gate_p"),
        precision: Some(t.decimal("precision", 0.95, 0.5..=1.0)).filter(|_| written("precision")),
        place: read_place(&t.table("place")),
        join: read_join(&t.table("join")),
        private_place: t.truth("private_place", false),
        asset_kind: t.choice("asset_kind", &ASSET_KINDS).map(str::to_owned),
        open311: t.tables("open311").iter().map(read_attribute).collect(),
        open311_code: t.whole_needed("open311_code", 101, 1..=999_999),
        retired: t.truth("retired", false) || replaced_by.is_some(),
        replaced_by,
    };
    if service.join.same == Same::Asset && service.asset_kind.is_none() {
        t.problem(
            "join",
            "`same = \"asset\"` needs to know which kind; add for example `asset_kind = \"street_light\"`",
        );
    }
    t.done();
    service
}

fn read_department(t: &Table<'_>, departments: Option<&Departments>) -> String {
    let department = t.text("department", "street_lighting");
    let Some(known) = departments else { return department };
    if !department.is_empty() && known.get(&department).is_none() {
        let near =
            suggestion(&department, known.iter().map(|d| d.code.as_str()).collect::<Vec<_>>().into_iter());
        t.problem("department", format!("`{department}` is not in departments.toml{near}"));
    }
    department
}

/// "12 hours" or "4 working days"; must be there.
fn read_due(t: &Table<'_>) -> Due {
    let due = due_or_none(t);
    t.missing("due", "\"4 working days\"");
    due.unwrap_or(Due::WorkingDays(1))
}

/// "12 hours" or "4 working days", when the table says so.
pub(super) fn due_or_none(t: &Table<'_>) -> Option<Due> {
    due_at_key(t, "due")
}

/// The same under another key.
pub(super) fn due_at_key(t: &Table<'_>, key: &'static str) -> Option<Due> {
    t.parsed(key, |text| {
        let (number, unit) = text.split_once(' ').unwrap_or((text, ""));
        let due = match (number.parse::<u32>(), unit.trim()) {
            (Ok(n @ 1..=8760), "hour" | "hours") => Some(Due::Hours(n)),
            (Ok(n @ 1..=250), "working day" | "working days") => Some(Due::WorkingDays(n)),
            _ => None,
        };
        due.ok_or_else(|| {
            format!("`{text}` is not a time to do it; write \"12 hours\" (1 to 8760) or \"4 working days\" (1 to 250)")
        })
    })
}

fn read_place(t: &Table<'_>) -> PlaceNeed {
    let kinds: Vec<String> = t.choices("kinds", &PLACE_KINDS).into_iter().map(str::to_owned).collect();
    if kinds.is_empty() {
        t.problem(
            "kinds",
            "`place` names no kind; add for example `place = { kinds = [\"address\"], radius_m = 60 }`",
        );
    }
    let place = PlaceNeed { kinds, radius_m: t.decimal("radius_m", 60.0, 1.0..=RADIUS_MAX_M) };
    t.done();
    place
}

fn read_join(t: &Table<'_>) -> JoinRule {
    let rule = JoinRule {
        radius_m: t.decimal("radius_m", 25.0, 0.0..=RADIUS_MAX_M),
        days: t.whole("days", 30, 1..=365),
        same: t.choice("same", &SAMES).unwrap_or(Same::Near),
        join_p: share(t, "join_p"),
        suggest_p: share(t, "suggest_p"),
    };
    t.done();
    rule
}

fn share(t: &Table<'_>, key: &'static str) -> Option<f64> {
    Some(t.decimal(key, f64::NAN, 0.0..=1.0)).filter(|p| !p.is_nan())
}

fn read_attribute(t: &Table<'_>) -> Attribute {
    let attribute = Attribute {
        code: t.whole_needed("code", 1011, 1..=9_999_999),
        key: code(t, "key", "pole_number"),
        names: t.by_lang("name"),
        datatype: t.choice_needed("datatype", &DATATYPES, Datatype::String),
        required: t.truth("required", false),
        values: t.tables("values").iter().map(read_value).collect(),
    };
    let is_list = matches!(attribute.datatype, Datatype::SingleValueList | Datatype::MultiValueList);
    if is_list && attribute.values.len() < 2 {
        t.problem("values", "a list needs at least two `values` to choose from");
    }
    if !is_list && !attribute.values.is_empty() {
        t.problem("values", "`values` belong to a list; use `datatype = \"singlevaluelist\"`");
    }
    t.done();
    attribute
}

fn read_value(t: &Table<'_>) -> AttributeValue {
    let value = AttributeValue { key: code(t, "key", "one_light"), names: t.by_lang("name") };
    t.done();
    value
}

/// No code, number or name twice.
fn check_codes(tables: &[Table<'_>], services: &[Service]) {
    let mut codes = HashSet::new();
    let mut numbers: HashMap<u32, &str> = HashMap::new();
    let mut questions: HashMap<u32, &str> = HashMap::new();
    let mut names: HashMap<(Lang, &str), &str> = HashMap::new();
    for (t, s) in tables.iter().zip(services) {
        if !codes.insert(&s.code) && !s.code.is_empty() {
            t.problem("code", format!("service `{}` stands in the file twice; remove or rename one", s.code));
        }
        if let Some(other) = numbers.insert(s.open311_code, &s.code) {
            t.problem(
                "open311_code",
                format!("{} is already the number of `{other}`; choose another", s.open311_code),
            );
        }
        for a in &s.open311 {
            if let Some(other) = questions.insert(a.code, &s.code) {
                t.problem(
                    "open311",
                    format!("attribute code {} is already used by `{other}`; choose another", a.code),
                );
            }
        }
        for lang in Lang::ALL.into_iter().filter(|_| !s.retired) {
            let name = s.names.get(lang).as_str();
            if let Some(other) = names.insert((lang, name), &s.code).filter(|_| !name.is_empty()) {
                t.problem(
                    "name",
                    format!(
                        "`{other}` has the same {lang} name \"{name}\"; people could not tell them apart"
                    ),
                );
            }
        }
    }
}

/// A service can only be replaced by one that is offered.
fn check_replacements(tables: &[Table<'_>], services: &[Service]) {
    for (t, s) in tables.iter().zip(services) {
        let Some(next) = &s.replaced_by else { continue };
        match services.iter().find(|other| other.code == *next) {
            None => {
                let near = suggestion(next, services.iter().filter(|o| !o.retired).map(|o| o.code.as_str()));
                t.problem("replaced_by", format!("`{next}` is not a service{near}"));
            }
            Some(other) if other.retired => {
                t.problem(
                    "replaced_by",
                    format!("`{next}` is retired itself; name a service that is offered"),
                );
            }
            Some(_) => {}
        }
    }
}
