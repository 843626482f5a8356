//! Turns a view and a template into a page or a mail.
//!
//! Templates and assets are part of the binary in release and read from the folder in debug builds.
//! Everything a template prints is escaped. Two helpers write markup themselves: `{{svg map}}` (a drawing of
//! our own map drawer) and `{{highlight pieces}}` (escapes each piece, then wraps it); no template uses a triple stash.
//! `{{asset "onit.css"}}` gives an address that changes whenever an asset does.
//! Strict mode: a name that the view does not have is an error, found by the tests, not an empty spot.

mod assets;
mod flat;
mod helpers;

pub use assets::Asset;

use crate::error::{Error, Result};
use handlebars::{DirectorySourceOptions, Handlebars, html_escape, no_escape};
use rust_embed::RustEmbed;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(RustEmbed)]
#[folder = "templates/"]
#[include = "*.hbs"]
// The town square of the demo has templates and a registry of its own.
#[exclude = "demo/*"]
struct Templates;

/// A mail ready to send, both forms.
#[derive(Debug)]
pub struct MailText {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML.
    pub html: String,
}

/// All templates, parsed.
pub struct Pages {
    html: Handlebars<'static>,
    plain: Handlebars<'static>,
    assets: BTreeMap<String, Asset>,
    asset_version: String,
}

impl Pages {
    /// The templates of this build.
    ///
    /// # Errors
    /// `Unavailable` names the template and the line that cannot be parsed.
    pub fn load() -> Result<Self> {
        let mut pages = Self::empty();
        let mut all = BTreeMap::new();
        for path in Templates::iter() {
            let Some(file) = Templates::get(&path) else { continue };
            let source =
                std::str::from_utf8(&file.data).map_err(|e| broken(&path, &format!("not UTF-8: {e}")))?;
            all.insert(path.trim_end_matches(".hbs").to_owned(), source.to_owned());
        }
        for (name, source) in &all {
            let registry = if name.ends_with(".txt") { &mut pages.plain } else { &mut pages.html };
            let source = flat::flat(source, &pages.asset_version, &all);
            registry.register_template_string(name, &source).map_err(|e| broken(name, &e.to_string()))?;
        }
        Ok(pages)
    }

    /// Templates read anew for every page, for work on them.
    ///
    /// # Errors
    /// `Unavailable` when the folder cannot be read or a template cannot be parsed.
    pub fn watching(folder: &Path) -> Result<Self> {
        let mut pages = Self::empty();
        for registry in [&mut pages.html, &mut pages.plain] {
            registry.set_dev_mode(true);
            registry
                .register_templates_directory(folder, DirectorySourceOptions::default())
                .map_err(|e| broken(&folder.display().to_string(), &e.to_string()))?;
        }
        Ok(pages)
    }

    /// One page: `name` is the path under `templates/` without its ending ("resident/home").
    ///
    /// # Errors
    /// `Unavailable` when there is no such template or the view lacks something it prints.
    pub fn render(&self, name: &str, view: &impl Serialize) -> Result<String> {
        self.html.render(name, view).map_err(|e| broken(name, &e.to_string()))
    }

    /// One mail of `templates/mail/{name}/`; line breaks in the subject become spaces.
    ///
    /// # Errors
    /// As `render`.
    pub fn mail(&self, name: &str, view: &impl Serialize) -> Result<MailText> {
        let plain = |part: &str| {
            let name = format!("mail/{name}/{part}.txt");
            self.plain.render(&name, view).map_err(|e| broken(&name, &e.to_string()))
        };
        let subject = plain("subject")?.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(MailText {
            subject,
            text: plain("body")?,
            html: self.render(&format!("mail/{name}/body.html"), view)?,
        })
    }

    /// Changes whenever an asset does; for `?v=` in addresses.
    #[must_use]
    pub fn asset_version(&self) -> &str {
        &self.asset_version
    }

    /// The asset at `/assets/{name}`, as it was when the templates were loaded.
    #[must_use]
    pub fn asset(&self, name: &str) -> Option<&Asset> {
        self.assets.get(name)
    }

    fn empty() -> Self {
        let assets = assets::all();
        let asset_version = assets::version_of(&assets);
        let [html, plain] =
            [escaped as fn(&str) -> String, no_escape].map(|escape| registry(escape, &asset_version));
        Self { html, plain, assets, asset_version }
    }
}

fn registry(escape: fn(&str) -> String, version: &str) -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    // A partial on an indented line would indent what stands inside a <textarea>.
    registry.set_prevent_indent(true);
    registry.register_escape_fn(escape);
    helpers::register(&mut registry, version);
    registry
}

/// As the library escapes, without walking through every letter where there is nothing to escape: most of a page.
fn escaped(text: &str) -> String {
    let special = |byte: u8| matches!(byte, b'<' | b'>' | b'"' | b'&' | b'\'' | b'`' | b'=');
    if text.bytes().any(special) { html_escape(text) } else { text.to_owned() }
}

fn broken(name: &str, why: &str) -> Error {
    Error::Unavailable(format!("template {name}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::view::samples::{mayor, public, staff, ticket, work};

    /// Name, template and view of every page with a sample.
    macro_rules! pages {
        ($pages:expr, $($name:literal => $template:literal $view:expr),+ $(,)?) => {
            [$(($name, $pages.render($template, &$view).expect($name))),+]
        };
    }

    /// Every page once.
    fn all(pages: &Pages) -> Vec<(&'static str, String)> {
        Vec::from(pages!(pages,
            "home" => "resident/home" public::home(),
            "home-empty" => "resident/home" public::home_empty(),
            "ticket-fixed" => "resident/ticket" ticket::ticket_fixed(),
            "ticket-open" => "resident/ticket" ticket::ticket_open(),
            "report" => "resident/report" public::report(),
            "report-wrong" => "resident/report" public::report_wrong(),
            "report-known" => "resident/report" public::report_known(),
            "search" => "resident/search" public::search(),
            "search-empty" => "resident/search" public::search_empty(),
            "map" => "resident/map" public::live_map(),
            "follow" => "resident/follow" public::follow(),
            "message" => "resident/message" public::message(),
            "sign-in" => "account/sign_in" public::sign_in(),
            "late" => "account/late" public::late(),
            "sign-out" => "account/sign_out" public::sign_out(),
            "board" => "staff/board" staff::board(),
            "board-empty" => "staff/board" staff::board_empty(),
            "staff-ticket" => "staff/ticket" staff::ticket(),
            "staff-danger" => "staff/ticket" staff::ticket_danger(),
            "review" => "staff/review" staff::review(),
            "set-aside" => "staff/set_aside" staff::set_aside(),
            "orders" => "staff/orders" work::orders(),
            "orders-empty" => "staff/orders" work::orders_empty(),
            "sheet" => "staff/sheet" work::sheet(),
            "crew" => "crew/day" work::crew(),
            "crew-empty" => "crew/day" work::crew_empty(),
            "mayor" => "mayor/office" mayor::office(),
            "mayor-empty" => "mayor/office" mayor::office_empty(),
        ))
    }

    #[test]
    fn every_page_renders_and_keeps_the_policy() {
        let pages = Pages::load().expect("templates");
        let keep = std::env::var_os("ONIT_PAGES_OUT").map(std::path::PathBuf::from);
        for (name, html) in all(&pages) {
            // ONIT_PAGES_OUT=folder leaves the pages there, to look at them in a browser.
            if let Some(folder) = &keep {
                std::fs::write(folder.join(name).with_extension("html"), &html).expect("write");
            }
            assert!(html.starts_with("<!doctype html>"), "{name}");
            for bad in ["style=", "<script>", "<style", "onclick", "{{", "http://"] {
                assert!(!html.replace("http://www.w3.org/2000/svg", "").contains(bad), "{name} has {bad}");
            }
            let posts = html.matches("method=\"post\"").count();
            assert_eq!(
                posts,
                html.matches("name=\"csrf\" value=\"csrf-token\"").count(),
                "{name}: every form carries the token"
            );
        }
    }

    #[test]
    fn escaping_is_the_library_s() {
        let all: String = (0..=0x2ff).filter_map(char::from_u32).collect();
        for text in ["", "Broad St", "a=b", "<i>&\"'`", "é = 𝄞", all.as_str()] {
            assert_eq!(escaped(text), html_escape(text), "{text}");
        }
        for letter in all.chars() {
            assert_eq!(escaped(&letter.to_string()), html_escape(&letter.to_string()), "{letter:?}");
        }
    }

    #[test]
    fn no_template_prints_unescaped() {
        for path in Templates::iter() {
            let file = Templates::get(&path).expect("listed");
            let source = String::from_utf8_lossy(&file.data).into_owned();
            assert!(!source.contains("{{{") && !source.contains("{{&"), "{path}");
        }
    }

    #[test]
    fn mails_have_one_line_subjects_and_escape_only_html() {
        let pages = Pages::load().expect("templates");
        let page = pages.mail("duty_page", &public::duty_page()).expect("duty_page");
        assert_eq!(page.subject, "DANGER TO LIFE: Smell of gas, Ferry Landing Bcc: x ()");
        assert!(page.text.contains("<b>on</b>") && page.html.contains("&lt;b&gt;on"));
        let follow = pages.mail("follow_confirm", &public::follow_confirm()).expect("follow_confirm");
        assert!(follow.text.contains("https://r.example/follow/a?b=c"));
        pages.mail("follow_update", &public::follow_update()).expect("follow_update");
        pages.mail("department_work", &public::department_work()).expect("department_work");
    }
}
