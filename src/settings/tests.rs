//! What the settings accept. What they refuse is in `tests/refused*.rs`.

use secrecy::ExposeSecret;

use super::*;

mod content;
mod refused;
mod refused_more;
mod refused_routing;

/// The built-in files in a folder of their own, with one passage of one file changed.
fn folder(file: &str, from: &str, to: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("wording")).unwrap();
    for f in files::built_in() {
        let text = if f.name == file {
            assert!(f.text.contains(from), "{file} does not contain {from}");
            f.text.replacen(from, to, 1)
        } else {
            f.text
        };
        std::fs::write(dir.path().join(f.name), text).unwrap();
    }
    dir
}

fn untouched() -> tempfile::TempDir {
    folder("onit.toml", "", "")
}

/// Problems come back as text, with the folder called `config`.
fn load(dir: &Path, env: &[(&str, &str)]) -> std::result::Result<Settings, String> {
    let env = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    Settings::load(dir, env).map_err(|e| e.to_string().replace(&dir.display().to_string(), "config"))
}

#[test]
fn a_folder_and_the_built_in_city_are_the_same() {
    let dir = untouched();
    let (loaded, built_in) =
        (load(dir.path(), &[]).unwrap(), Settings::built_in(std::iter::empty()).unwrap());
    assert_eq!(loaded.hash, built_in.hash);
    assert_eq!(loaded.hash.len(), 64);
    assert_eq!(loaded.dir, dir.path());
    assert_eq!(built_in.dir, Path::new(""));
}

#[test]
fn the_hash_sees_files_and_nothing_else() {
    let hash = |file, from, to, env: &[(&str, &str)]| load(folder(file, from, to).path(), env).unwrap().hash;
    let plain = hash("onit.toml", "", "", &[]);
    assert_eq!(hash("onit.toml", "", "", &[("ONIT__SERVER__WORKERS", "9")]), plain);
    assert_ne!(hash("wording/ht.toml", "# Sa", "# sa", &[]), plain);
    assert_ne!(hash("policy.toml", "undo_seconds = 30", "undo_seconds = 31", &[]), plain);
}

#[test]
fn variables_replace_keys_of_onit_toml() {
    let vars = [
        ("ONIT__SERVER__BASE_URL", "https://city.example/requests/"),
        ("ONIT__SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
        ("ONIT__SERVER__WORKERS", "7"),
        ("ONIT__CITY__LANGUAGE", "ht"),
        ("ONIT__MAIL__FROM", ""),
        ("ONIT__MAIL__DROP_DIR", "/tmp/drop"),
        ("ONIT_SOMETHING_ELSE", "not ours to judge"),
        ("PATH", "/bin"),
    ];
    let settings = load(untouched().path(), &vars).unwrap();
    assert_eq!(settings.server.link("/t/26-004217"), "https://city.example/requests/t/26-004217");
    assert_eq!(settings.server.trusted_proxies.len(), 2);
    assert!(settings.server.trusted_proxies.iter().any(|n| n.contains("10.9.8.7".parse().unwrap())));
    assert_eq!(settings.server.workers, 7);
    assert_eq!(settings.city.language, Lang::Ht);
    assert_eq!(settings.mail.from, None);
    assert_eq!(settings.mail.drop_dir.as_deref(), Some(Path::new("/tmp/drop")));
}

#[test]
fn links_without_a_path() {
    let settings = Settings::built_in(std::iter::empty()).unwrap();
    assert_eq!(settings.server.link("t/26-004217"), "http://localhost:8080/t/26-004217");
}

#[test]
fn secrets_come_from_variables_or_files_and_stay_out_of_debug() {
    let dir = untouched();
    let file = dir.path().join("key");
    std::fs::write(&file, "hunter2-webhook\n").unwrap();
    let file = file.display().to_string();
    let vars = [
        ("ONIT_SMTP_URL", "smtps://311:hunter2@mail.example"),
        ("ONIT_DUTY_WEBHOOK_KEY_FILE", file.as_str()),
    ];
    let settings = load(dir.path(), &vars).unwrap();
    assert_eq!(settings.mail.smtp_url.as_ref().unwrap().expose_secret(), "smtps://311:hunter2@mail.example");
    assert_eq!(settings.secrets.duty_webhook_key.as_ref().unwrap().expose_secret(), "hunter2-webhook");
    assert!(!format!("{settings:?}").contains("hunter2"));
}

#[test]
fn a_replaced_service_is_retired_and_points_on() {
    let dir = folder(
        "services.toml",
        "open311_code = 102\n",
        "open311_code = 102\nreplaced_by = \"street_light\"\n",
    );
    // A rule that names it would be told: no new request has it.
    let told = load(dir.path(), &[]).err().unwrap();
    assert!(
        told.contains("`traffic_signal` is retired, no new request has it; `street_light` took over"),
        "{told}"
    );
    std::fs::write(dir.path().join("routing.toml"), "").unwrap();
    let catalogue = load(dir.path(), &[]).unwrap().catalogue;
    assert!(catalogue.get("traffic_signal").unwrap().retired);
    assert_eq!(catalogue.current("traffic_signal").unwrap().code, "street_light");
    assert_eq!(catalogue.offered().count(), 27);
    assert_eq!(catalogue.index_of("traffic_signal"), Some(1));
}

#[test]
fn left_out_policy_keys_are_the_careful_ones() {
    let dir = untouched();
    let policy = "[[duty]]\nname = \"Dana\"\nwebhook = \"https://pager.example/hook\"\n";
    std::fs::write(dir.path().join("policy.toml"), policy).unwrap();
    let policy = load(dir.path(), &[]).unwrap().policy;
    assert!(!policy.auto);
    assert_eq!(policy.residents_words, ResidentsWords::Link);
    assert_eq!((policy.bulk_over, policy.undo_seconds, policy.trial_replies), (25, 30, 50));
    assert_eq!(policy.working_days.len(), 5);
}

#[test]
fn quiet_hours_run_over_midnight() {
    let check = |from: &str, to: &str, at: &str, expect: bool| {
        let time = |s: &str| chrono::NaiveTime::parse_from_str(s, "%H:%M").unwrap();
        assert_eq!(
            QuietHours { from: time(from), to: time(to) }.contains(time(at)),
            expect,
            "{from}-{to} {at}"
        );
    };
    check("22:00", "07:00", "21:59", false);
    check("22:00", "07:00", "22:00", true);
    check("22:00", "07:00", "00:00", true);
    check("22:00", "07:00", "06:59", true);
    check("22:00", "07:00", "07:00", false);
    check("01:00", "05:00", "03:00", true);
    check("01:00", "05:00", "23:00", false);
}

#[test]
fn filling_a_phrase_never_looks_at_values() {
    let phrase = Phrase { text: "{city}: {number}.".into(), reviewed: None };
    assert_eq!(phrase.fill(&[("city", "{number}"), ("number", "26-1}")]).unwrap(), "{number}: 26-1}.");
    assert!(phrase.fill(&[("city", "Riverton")]).is_err());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]
    #[test]
    fn any_text_in_any_file_gives_settings_or_problems(text in "\\PC{0,200}|(\\[?\\[?[a-z]{1,8}\\]?\\]? ?=? ?[\"'\\[{0-9a-z,\n. -]{0,20}\n){0,12}") {
        let mut all = files::built_in();
        for i in 0..all.len() {
            let kept = std::mem::replace(&mut all[i].text, text.clone());
            let _ = Settings::assemble(&all, PathBuf::new(), std::iter::empty(), Problems::default());
            all[i].text = kept;
        }
    }
}
