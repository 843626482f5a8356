//! Puts what never changes into a template before it is parsed: addresses of assets, and the two smallest parts.
//!
//! A page shows some sixty icons and times; calling a partial for each costs more than all the words around them.

/// Parts that are put in place of their calls: name, and the body with `{}` for what it was given.
const SMALL: [(&str, &str); 2] = [
    (
        "{{> parts/icon ",
        "<svg class=\"i\" aria-hidden=\"true\"><use href=\"{{asset \"icons.svg\"}}#{}\"/></svg>",
    ),
    ("{{> parts/when ", "<time datetime=\"{.iso}\">{.words}</time>"),
];

/// The template with its small parts and asset addresses written out.
pub(super) fn flat(source: &str, asset_version: &str) -> String {
    let mut text = source.to_owned();
    for (call, body) in SMALL {
        text = replaced(&text, call, |given| with(body, given));
    }
    replaced(&text, "{{asset \"", |name| match name.strip_suffix('"') {
        Some(name) => format!("/assets/{name}?v={asset_version}"),
        None => format!("{{{{asset \"{name}}}}}"),
    })
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
        assert_eq!(flat(source, "7"), expect, "{source}");
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
