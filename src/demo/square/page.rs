//! The square's templates: a registry of its own, strict, compiled into the binary.
//!
//! Text from outside is escaped by handlebars. The one exception is the `map` helper, which lets through a
//! drawing made by this program and nothing that could act.

use handlebars::{Context, Handlebars, Helper, HelperResult, Output, RenderContext};
use serde::Serialize;

use crate::error::{Error, Result};

const TEMPLATES: [(&str, &str); 5] = [
    ("page", include_str!("../../../templates/demo/page.hbs")),
    ("live", include_str!("../../../templates/demo/live.hbs")),
    ("steps", include_str!("../../../templates/demo/steps.hbs")),
    ("threads", include_str!("../../../templates/demo/threads.hbs")),
    ("post", include_str!("../../../templates/demo/post.hbs")),
];

/// Files served below `/assets/`, with their type: the product's look and the little the square adds.
pub(super) const ASSETS: [(&str, &str, &str); 6] = [
    ("onit.css", "text/css; charset=utf-8", include_str!("../../../templates/assets/onit.css")),
    ("icons.svg", "image/svg+xml", include_str!("../../../templates/assets/icons.svg")),
    ("seal.svg", "image/svg+xml", include_str!("../../../templates/assets/seal.svg")),
    ("square.css", "text/css; charset=utf-8", include_str!("../../../templates/demo/square.css")),
    ("square.js", "text/javascript; charset=utf-8", include_str!("../../../templates/demo/square.js")),
    ("neighbor.svg", "image/svg+xml", include_str!("../../../templates/demo/neighbor.svg")),
];

/// Largest map let through, in bytes.
const MAX_MAP_BYTES: usize = 400_000;

/// The compiled templates.
pub(super) struct Pages(Handlebars<'static>);

impl Pages {
    pub(super) fn new() -> Result<Self> {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_helper("map", Box::new(map));
        for (name, text) in TEMPLATES {
            let broken =
                |e: handlebars::TemplateError| Error::Invalid(format!("templates/demo/{name}.hbs: {e}"));
            registry.register_template_string(name, text).map_err(broken)?;
        }
        Ok(Self(registry))
    }

    pub(super) fn render(&self, name: &str, view: &impl Serialize) -> Result<String> {
        self.0.render(name, view).map_err(|e| Error::Invalid(format!("templates/demo/{name}.hbs: {e}")))
    }
}

/// `{{map svg}}`: writes the drawing as it is, or nothing when it is not a plain drawing.
fn map(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let svg = helper.param(0).and_then(|value| value.value().as_str()).unwrap_or_default();
    if is_plain_drawing(svg) {
        out.write(svg)?;
    }
    Ok(())
}

/// One `<svg>` element without script, style, foreign content or handlers. The page's security policy forbids
/// all of them anyway; this keeps a mistake elsewhere from reaching the page at all.
fn is_plain_drawing(svg: &str) -> bool {
    let svg = svg.trim();
    let lower = svg.to_ascii_lowercase();
    let bad =
        ["<script", "<style", "<foreignobject", "<iframe", "<image", "<!", "<?", "javascript:", "data:"];
    let has_handler = lower.match_indices(" on").any(|(at, _)| {
        let word = lower[at + 3..].trim_start_matches(|c: char| c.is_ascii_alphabetic());
        word.trim_start().starts_with('=')
    });
    svg.len() <= MAX_MAP_BYTES
        && lower.starts_with("<svg")
        && lower.ends_with("</svg>")
        && lower.matches("<svg").count() == 1
        && !bad.iter().any(|word| lower.contains(word))
        && !has_handler
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_drawings_pass() {
        let check = |svg: &str, expect: bool| assert_eq!(is_plain_drawing(svg), expect, "{svg}");
        check(
            "<svg viewBox=\"0 0 1 1\"><path class=\"road\" d=\"M0 0\"/><text>On Broad St</text></svg>",
            true,
        );
        check("<svg><script>x</script></svg>", false);
        check("<svg onload=\"x\"></svg>", false);
        check("<svg onload =\"x\"></svg>", false);
        check("<svg></svg><p>after</p>", false);
        check("<svg><a href=\"javascript:x\"/></svg>", false);
        check("<p>words</p>", false);
    }
}
