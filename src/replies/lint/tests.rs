//! What the linter must find, and what it must leave alone.

use super::*;
use crate::settings::Settings;

fn voice() -> Voice {
    Settings::built_in(std::iter::empty()).unwrap().policy.voice
}

fn stops(text: &str, around: Around<'_>) -> Vec<String> {
    let all = remarks(&voice(), text, around);
    all.into_iter().filter(|r| r.weight == Weight::Stop).map(|r| r.why).collect()
}

#[test]
fn what_the_city_never_says_is_found_whatever_its_case() {
    let dated = Around { has_due: true, ..Around::default() };
    let check = |text: &str, expect: usize| assert_eq!(stops(text, dated).len(), expect, "{text}");
    check("On it. Streets will fill the hole by Friday.", 0);
    check("PLEASE be  advised that we got it.", 1);
    check("It is in our backlog, see the SLA.", 2);
    check("A slab of concrete", 0);
}

#[test]
fn a_promise_needs_a_date_behind_it() {
    let check = |text: &str, has_due: bool, expect: usize| {
        assert_eq!(stops(text, Around { has_due, ..Around::default() }).len(), expect, "{text}");
    };
    check("We will fix it tomorrow.", true, 0);
    check("We will fix it tomorrow.", false, 2);
    check("We’ll look at it.", false, 1);
    check("Lo vamos a arreglar.", false, 1);
    check("Thanks for telling us. Where is it?", false, 0);
}

#[test]
fn spans_are_characters_of_the_text() {
    let text = "¡Señor! Please be advised: ya está.";
    let remark = remarks(&voice(), text, Around { has_due: true, ..Around::default() }).remove(0);
    assert_eq!(remark.at.slice(text), "Please be advised");
}

#[test]
fn shouting_and_hard_words_are_only_said() {
    let dated = Around { has_due: true, ..Around::default() };
    let all = remarks(&voice(), "DEFINITELY done!!", dated);
    assert_eq!(all.len(), 2, "{all:?}");
    assert!(all.iter().all(|r| r.weight == Weight::Better));
    let stiff = "The municipality acknowledges infrastructure deterioration necessitating administrative \
                 evaluation and subsequent prioritization of remediation activities.";
    assert!(remarks(&voice(), stiff, dated).iter().any(|r| r.why.contains("grade")));
}

#[test]
fn a_network_has_limits_of_the_citys_own() {
    let mut voice = voice();
    voice.networks =
        vec![crate::settings::NetworkVoice { channel: "sms".into(), max_chars: 80, links: false }];
    let around = Around { channel: "sms", has_due: true, ..Around::default() };
    assert_eq!(remarks(&voice, "See https://riverton.example", around).len(), 1);
    assert_eq!(
        remarks(&voice, &"a b ".repeat(30), around).iter().filter(|r| r.weight == Weight::Stop).count(),
        1
    );
    assert!(
        remarks(&voice, "See https://riverton.example", Around { channel: "email", ..around }).is_empty()
    );
}

#[test]
fn nearly_the_same_words() {
    let check = |a: &str, b: &str, expect: bool| assert_eq!(nearly_the_same(a, b), expect, "{a} / {b}");
    check("On it. Streets has it. 26-000001", "On it! Streets has it. 26-000002", true);
    check("On it. Streets has it.", "Fixed. Streets finished the work.", false);
    check("", "", false);
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_and_every_span_slices_back(text in "\\PC{0,200}") {
        for remark in remarks(&voice(), &text, Around::default()) {
            proptest::prop_assert!(remark.at.start <= remark.at.end && remark.at.end <= text.chars().count());
        }
    }
}
