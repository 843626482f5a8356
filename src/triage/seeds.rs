//! The sentences the team wrote itself (`config/seeds/`), compiled in: `onit train` starts from them.

use super::Kind;
use super::model::service_index;
use crate::settings::{Lang, Urgency};

/// One written sentence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seed {
    pub lang: Lang,
    pub text: &'static str,
    /// `None` for posts that report nothing.
    pub service: Option<u8>,
    pub kind: Kind,
    /// How urgent; `None` where nobody judged it.
    pub urgency: Option<Urgency>,
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../config/seeds/", $name, ".txt")))),*]
    };
}

/// File name without ending (a service code, `kind_…` or `urgency_…`) and content.
const FILES: [(&str, &str); 34] = files![
    "street_light",
    "traffic_signal",
    "pothole_road_damage",
    "snow_ice",
    "missed_trash",
    "illegal_dumping_litter",
    "graffiti",
    "tree",
    "overgrowth_weeds",
    "sidewalk",
    "water_leak",
    "sewer_drainage_flooding",
    "abandoned_vehicle",
    "parking",
    "street_sign_marking",
    "noise",
    "animal",
    "rodents_pests",
    "park_maintenance",
    "building_code_blight",
    "homeless_encampment",
    "traffic_safety_speeding",
    "power_line_utility",
    "air_odor_pollution",
    "bike_scooter",
    "public_transit",
    "public_health",
    "other",
    "kind_question",
    "kind_thanks",
    "kind_other",
    "urgency_emergency",
    "urgency_urgent",
    "urgency_normal",
];

/// All sentences, file by file.
pub(super) fn all() -> impl Iterator<Item = Seed> {
    FILES.iter().flat_map(|(name, text)| {
        let kind = match *name {
            "kind_question" => Kind::Question,
            "kind_thanks" => Kind::Thanks,
            "kind_other" => Kind::Other,
            _ => Kind::Report,
        };
        let urgency = match *name {
            "urgency_emergency" => Some(Urgency::Emergency),
            "urgency_urgent" => Some(Urgency::Urgent),
            "urgency_normal" => Some(Urgency::Normal),
            _ => None,
        };
        let service = service_index(name);
        text.lines().filter(|l| !l.starts_with('#')).filter_map(move |line| {
            let (lang, text) = line.split_once('|')?;
            Some(Seed { lang: lang.parse().ok()?, text, service, kind, urgency })
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_line_is_a_seed_and_every_service_has_thirty() {
        let lines: usize = FILES.iter().map(|(_, t)| t.lines().filter(|l| !l.starts_with('#')).count()).sum();
        assert_eq!(all().count(), lines);
        for (name, text) in FILES {
            let count = text.lines().count();
            assert!(count > 30, "{name} has {count} lines");
            for lang in ["en|", "es|", "pt|", "ht|"] {
                assert!(text.lines().any(|l| l.starts_with(lang)), "{name} has no line in {lang}");
            }
        }
    }

    fn runs_of_six(text: &str) -> Vec<String> {
        let lower = text.to_lowercase();
        let words: Vec<&str> =
            lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        words.windows(6).map(|w| w.join(" ")).collect()
    }

    #[test]
    fn no_seed_shares_six_words_with_the_data_sets() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/text");
        let Ok(files) = std::fs::read_dir(&folder) else {
            println!("SKIPPED: no development data in {}", folder.display());
            return;
        };
        shares_no_run_of_six(files);
    }

    /// What is measured with must not be learned from.
    #[test]
    fn no_seed_shares_six_words_with_our_own_test_sets() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
        shares_no_run_of_six(std::fs::read_dir(folder).unwrap());
    }

    fn shares_no_run_of_six(files: std::fs::ReadDir) {
        let ours: HashSet<String> = all().flat_map(|s| runs_of_six(s.text)).collect();
        let tables = files.map(|f| f.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "jsonl"));
        for file in tables {
            for line in std::fs::read_to_string(file).unwrap().lines() {
                let row: serde_json::Value = serde_json::from_str(line).unwrap();
                for text in [&row["text"], &row["title"]] {
                    for run in runs_of_six(text.as_str().unwrap_or("")) {
                        assert!(!ours.contains(&run), "a seed shares \"{run}\" with {}", row["id"]);
                    }
                }
            }
        }
    }
}
