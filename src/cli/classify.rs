//! `onit classify`: what a post is and why, without a database.

use serde::Serialize;

use super::lines::{ErrorLine, Input};
use super::{Common, print, to_line};
use crate::clock::Clock;
use crate::error::Result;
use crate::triage::{self, Context, Model, Reading};

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    #[serde(flatten)]
    reading: &'a Reading,
}

/// Runs the command; `false` when a line failed.
pub(super) fn run(common: &Common, input: &Input) -> Result<bool> {
    let settings = common.settings()?;
    let codes = settings.catalogue.codes();
    let model = Model::built_in(&codes)?;
    let clock = Clock::machine();
    let groups = input.start(move || clock.now())?;
    let mut all_good = true;
    loop {
        let items = groups.next()?;
        if items.is_empty() {
            return Ok(all_good);
        }
        for (_, item) in items {
            match item {
                Err(bad) => {
                    all_good = false;
                    print(&to_line(&ErrorLine::from(&bad))?)?;
                }
                Ok(post) => {
                    let context = Context {
                        tagged_language: post.lang.as_deref(),
                        ..Context::alone(settings.city.language)
                    };
                    let reading = triage::read(&model, &post.text, &context);
                    print(&to_line(&Line { id: &post.id, reading: &reading })?)?;
                }
            }
        }
    }
}
