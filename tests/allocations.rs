//! Reading asks the machine for memory a fixed number of times, however many pieces a post is cut into.

#![allow(clippy::print_stdout, reason = "what a failed run needs to know")]
#![allow(clippy::unwrap_used, reason = "test code: a failed expectation is a failed test")]

use std::alloc::System;

use onit::settings::Lang;
use onit::triage::{Context, Model, SERVICES, linear, read};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static COUNTED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Allocations and reallocations of one piece of work.
fn asked(work: impl FnOnce()) -> usize {
    let region = Region::new(COUNTED);
    work();
    let change = region.change();
    change.allocations + change.reallocations
}

/// A report of so many words, of which each is new: nothing repeats, so every piece counts.
fn report(words: usize) -> String {
    let strange = |n: usize| -> String {
        let letter = |k: usize| char::from(b'a' + (n.wrapping_mul(2_654_435_761) >> (5 * k)) as u8 % 26);
        (0..7).map(letter).collect()
    };
    let rest: Vec<String> = (0..words).map(strange).collect();
    format!("Street light out at Broad and Market {}", rest.join(" "))
}

/// One test, so that nothing else allocates meanwhile.
#[test]
fn no_allocation_for_a_piece() {
    let codes: Vec<String> = SERVICES.iter().map(|s| (*s).to_owned()).collect();
    let model = Model::built_in(&codes).unwrap();
    let context = Context::alone(Lang::En);
    let (short, long) = (report(20), report(5_000));
    // The first reading fills what the regular expressions keep for themselves.
    drop(read(&model, &long, &context));

    let [few, many] = [&short, &long].map(|text| asked(|| _ = std::hint::black_box(linear(&model, text))));
    println!("linear model: {few} allocations for 20 words, {many} for 5,000");
    assert!(few <= 8 && many <= 8, "the linear model allocates {few} times for 20 words, {many} for 5,000");

    let [few, many] = [&short, &long].map(|text| asked(|| drop(read(&model, text, &context))));
    println!("whole reading: {few} allocations for 20 words, {many} for 5,000");
    // 5,000 words are 40,000 pieces; lists of what was found may double now and then.
    assert!(few <= 60 && many <= 60 + 40, "a reading allocates {few} times for 20 words, {many} for 5,000");
}
