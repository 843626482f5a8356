//! Puts what never changes into a template before it is parsed: its layout and parts, and addresses of assets.
//!
//! A partial costs more than all the words around it: for each call the library copies everything the page knows, and
//! inside one every name that is looked up is copied once more. A page written out whole copies nothing.

use std::collections::BTreeMap;

/// Parts inside parts that are written out; templates nest three deep.
const DEEPEST: usize = 8;
/// Parts that are written out although they are handed one value. Each shows nothing for nothing.
const HANDED: [&str; 7] = [
    "layout/head",
    "layout/top",
    "layout/notices",
    "layout/public_links",
    "parts/thread",
    "parts/chip",
    "parts/tickets",
];
/// Where a layout puts the page.
const PAGE: &str = "{{> @partial-block}}";

/// Parts that are put in place of their calls: name, and the body with `{}` for what it was given.
const SMALL: [(&str, &str); 2] = [
    (
        "{{> parts/icon ",
        "<svg class=\"i\" aria-hidden=\"true\"><use href=\"{{asset \"icons.svg\"}}#{}\"/></svg>",
    ),
    ("{{> parts/when ", "<time datetime=\"{.iso}\">{.words}</time>"),
];

/// The template with its layout, its parts and asset addresses written out; `all` are the templates by name.
pub(super) fn flat(source: &str, asset_version: &str, all: &BTreeMap<String, String>) -> String {
    let mut text = written_out(source, all, DEEPEST);
    for (call, body) in SMALL {
        text = replaced(&text, call, |given| with(body, given));
    }
    replaced(&text, "{{asset \"", |name| match name.strip_suffix('"') {
        Some(name) => format!("/assets/{name}?v={asset_version}"),
        None => format!("{{{{asset \"{name}}}}}"),
    })
}

/// A template with layouts around it and parts in it, all in one; what is not known stays a call.
fn written_out(source: &str, all: &BTreeMap<String, String>, deep: usize) -> String {
    if deep == 0 {
        return source.to_owned();
    }
    let framed = in_layouts(source, all);
    let mut out = String::with_capacity(framed.len());
    let mut rest = framed.as_str();
    while let Some((before, after)) = rest.split_once("{{> ") {
        let Some((call, behind)) = after.split_once("}}") else { break };
        let (name, given) = call.trim().split_once(' ').unwrap_or((call.trim(), ""));
        out.push_str(before);
        match all.get(name) {
            Some(part) if given.is_empty() => out.push_str(&written_out(part, all, deep - 1)),
            Some(part) if HANDED.contains(&name) => {
                let part = written_out(part, all, deep - 1);
                out.push_str(&format!("{{{{#with {given}}}}}{part}{{{{else}}}}{{{{/with}}}}"));
            }
            _ => out.push_str(&format!("{{{{> {call}}}}}")),
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// `{{#> layout/x}}page{{/layout/x}}` as the layout with the page in its place.
fn in_layouts(source: &str, all: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, after)) = rest.split_once("{{#> ") {
        let parts = after.split_once("}}").and_then(|(name, body)| {
            let (page, behind) = body.split_once(&format!("{{{{/{name}}}}}"))?;
            Some((all.get(name)?, page, behind))
        });
        let Some((layout, page, behind)) = parts else { break };
        out.push_str(before);
        out.push_str(&layout.replace(PAGE, page));
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// Every `call …}}` replaced by what `make` says of the words between.
fn replaced(text: &str, call: &str, make: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(call) {
        let Some((given, behind)) = after.split_once("}}") else { break };
        out.push_str(before);
        out.push_str(&make(given.trim()));
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// A body with a word between quotes put in as it is, and a path as something to print.
fn with(body: &str, given: &str) -> String {
    let whole = match given.strip_prefix('"').and_then(|g| g.strip_suffix('"')) {
        Some(word) => word.to_owned(),
        None => format!("{{{{{given}}}}}"),
    };
    body.replace("{.iso}", &format!("{{{{{given}.iso}}}}"))
        .replace("{.words}", &format!("{{{{{given}.words}}}}"))
        .replace("#{}", &format!("#{whole}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expect: &str) {
        let part = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let all = BTreeMap::from([
            part("layout/x", "<main>{{> @partial-block}}</main>{{> layout/head shell}}"),
            part("layout/head", "<b>{{title}}</b>"),
            part("parts/photo", "<img src=\"{{src}}\">"),
            part("parts/kv", "<dl>"),
        ]);
        assert_eq!(flat(source, "7", &all), expect, "{source}");
    }

    #[test]
    fn layouts_and_parts_are_written_out() {
        let head = "{{#with shell}}<b>{{title}}</b>{{else}}{{/with}}";
        check("{{#> layout/x}}a{{/layout/x}}", &format!("<main>a</main>{head}"));
        check(
            "{{#> layout/x}}{{#each p}}{{> parts/photo}}{{/each}}{{/layout/x}}",
            &format!("<main>{{{{#each p}}}}<img src=\"{{{{src}}}}\">{{{{/each}}}}</main>{head}"),
        );
        check("{{> parts/kv facts}}{{> parts/unknown}}", "{{> parts/kv facts}}{{> parts/unknown}}");
        check("{{#> layout/other}}a{{/layout/other}}", "{{#> layout/other}}a{{/layout/other}}");
    }

    #[test]
    fn small_parts_are_written_out() {
        check("<a href=\"{{asset \"onit.css\"}}\">", "<a href=\"/assets/onit.css?v=7\">");
        check(
            "{{> parts/icon \"x\"}}!",
            "<svg class=\"i\" aria-hidden=\"true\"><use href=\"/assets/icons.svg?v=7#x\"/></svg>!",
        );
        check(
            "{{> parts/icon chip.state}}",
            "<svg class=\"i\" aria-hidden=\"true\"><use href=\"/assets/icons.svg?v=7#{{chip.state}}\"/></svg>",
        );
        check("{{> parts/when at}}", "<time datetime=\"{{at.iso}}\">{{at.words}}</time>");
        check("{{> parts/thread said}} {{name}}", "{{> parts/thread said}} {{name}}");
    }

    #[test]
    fn the_bodies_are_those_of_the_parts() {
        let part = |name: &str| {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/parts").join(name);
            std::fs::read_to_string(path).expect(name)
        };
        assert_eq!(with(SMALL[0].1, "this"), part("icon.hbs").trim_end());
        assert_eq!(with(SMALL[1].1, "this").replace("this.", ""), part("when.hbs").trim_end());
    }
}
