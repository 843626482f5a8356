//! What templates can call: `asset`, `numbers`, the three for what was wrong with a field (`wrong`, `invalid`, `err`), and the
//! only two that write markup handed to them, `svg` and `highlight`.

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderErrorReason,
    html_escape,
};
use serde_json::Value;

/// Makes the helpers known; `version` goes into the addresses of assets.
pub(super) fn register(registry: &mut Handlebars<'static>, version: &str) {
    registry.register_helper("asset", Box::new(AssetAddress(version.to_owned())));
    registry.register_helper("svg", Box::new(svg));
    registry.register_helper("highlight", Box::new(highlight));
    registry.register_helper("numbers", Box::new(numbers));
    registry.register_helper("wrong", Box::new(AtField(|_, _| " wrong".to_owned())));
    registry.register_helper(
        "invalid",
        Box::new(AtField(|id, _| {
            format!(" aria-invalid=\"true\" aria-describedby=\"{}-err\"", html_escape(id))
        })),
    );
    registry.register_helper(
        "err",
        Box::new(AtField(|id, message| {
            format!("<p class=\"err\" id=\"{}-err\">{}</p>", html_escape(id), html_escape(message))
        })),
    );
}

/// `{{asset "icons.svg"}}`: names stand in our own templates only.
struct AssetAddress(String);

impl HelperDef for AssetAddress {
    fn call<'reg: 'rc, 'rc>(
        &self,
        h: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let name = h.param(0).and_then(|p| p.value().as_str()).unwrap_or_default();
        Ok(write!(out, "/assets/{}?v={}", html_escape(name), self.0)?)
    }
}

/// `{{err errors "until"}}`: what stands at the field `until` when the list of `view::FieldError` has something on it.
struct AtField(fn(&str, &str) -> String);

impl HelperDef for AtField {
    fn call<'reg: 'rc, 'rc>(
        &self,
        h: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let errors = h.param(0).and_then(|p| p.value().as_array());
        let id = h.param(1).and_then(|p| p.value().as_str());
        let (Some(errors), Some(id)) = (errors, id) else {
            return Err(
                RenderErrorReason::Other("wants a list of errors and the id of a field".into()).into()
            );
        };
        let word =
            |error: &Value, key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        match errors.iter().find(|error| word(error, "field") == id) {
            Some(error) => Ok(out.write(&(self.0)(id, &word(error, "message")))?),
            None => Ok(()),
        }
    }
}

/// Writes a drawing as it is; anything that is not plainly a drawing is an error, never printed.
fn svg(h: &Helper, _: &Handlebars, _: &Context, _: &mut RenderContext, out: &mut dyn Output) -> HelperResult {
    let Some(drawing) = h.param(0).and_then(|p| p.value().as_str()) else { return Ok(()) };
    let sound = drawing.starts_with("<svg")
        && !["<script", "<foreignObject", "javascript:"].iter().any(|bad| drawing.contains(bad));
    if !sound {
        return Err(
            RenderErrorReason::Other("svg: the view handed over something that is no map".into()).into()
        );
    }
    Ok(out.write(drawing)?)
}

/// Writes the pieces of a post (`view::Piece`), each escaped, the marked ones wrapped; ticket numbers never break.
fn highlight(
    h: &Helper,
    _: &Handlebars,
    _: &Context,
    _: &mut RenderContext,
    out: &mut dyn Output,
) -> HelperResult {
    let Some(pieces) = h.param(0).and_then(|p| p.value().as_array()) else {
        return Err(RenderErrorReason::Other("highlight: wants a list of pieces".into()).into());
    };
    for piece in pieces {
        let text = html_escape(piece.get("text").and_then(Value::as_str).unwrap_or_default());
        let (before, after) = match piece.get("mark").and_then(Value::as_str) {
            Some("what") => ("<mark class=\"what\">", "</mark>"),
            Some("urgent") => ("<mark class=\"urgent\">", "</mark>"),
            Some("place") => ("<mark class=\"place\">", "</mark>"),
            Some("hidden") => ("<span class=\"gone\">", "</span>"),
            _ => ("", ""),
        };
        out.write(before)?;
        write_with_whole_numbers(&text, out)?;
        out.write(after)?;
    }
    Ok(())
}

/// `{{numbers text}}`: as `{{text}}`, with ticket numbers that never break.
fn numbers(
    h: &Helper,
    _: &Handlebars,
    _: &Context,
    _: &mut RenderContext,
    out: &mut dyn Output,
) -> HelperResult {
    let Some(text) = h.param(0).and_then(|p| p.value().as_str()) else {
        return Err(RenderErrorReason::Other("numbers: wants a text".into()).into());
    };
    Ok(write_with_whole_numbers(&html_escape(text), out)?)
}

/// Keeps "26-004217" on one line; the text is escaped already.
fn write_with_whole_numbers(text: &str, out: &mut dyn Output) -> std::io::Result<()> {
    let mut rest = text;
    while let Some(hyphen) = rest.find('-') {
        let (before, after) = rest.split_at(hyphen);
        let year = before.len() - before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let serial = after[1..].len() - after[1..].trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (start, end) = (hyphen - year, hyphen + 1 + serial);
        if year == 2 && serial >= 6 {
            out.write(&rest[..start])?;
            write!(out, "<span class=\"no\">{}</span>", &rest[start..end])?;
        } else {
            out.write(&rest[..end])?;
        }
        rest = &rest[end..];
    }
    out.write(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn helpers_do_not_let_markup_in() {
        let mut r = Handlebars::new();
        r.set_strict_mode(true);
        register(&mut r, "v");
        r.register_template_string("h", "{{highlight words}}").expect("template");
        let words = json!({"words": [{"text": "<i>&", "mark": "what"}, {"text": "\"x", "mark": "hidden"}]});
        let got = r.render("h", &words).expect("render");
        assert_eq!(got, "<mark class=\"what\">&lt;i&gt;&amp;</mark><span class=\"gone\">&quot;x</span>");
        let number = json!({"words": [{"text": "Follow it: 26-004217, not 555-1234-", "mark": "none"}]});
        let got = r.render("h", &number).expect("render");
        assert_eq!(got, "Follow it: <span class=\"no\">26-004217</span>, not 555-1234-");
        r.register_template_string("n", "{{numbers n}}").expect("template");
        let got = r.render("n", &json!({"n": "<26-004217>"})).expect("render");
        assert_eq!(got, "&lt;<span class=\"no\">26-004217</span>&gt;");
        r.register_template_string("e", "{{wrong e \"a\"}}{{invalid e \"a\"}}{{err e \"a\"}}{{err e \"b\"}}")
            .expect("template");
        let errors = json!({"e": [{"field": "a", "message": "<b>"}]});
        let got = r.render("e", &errors).expect("render");
        assert_eq!(
            got,
            " wrong aria-invalid=\"true\" aria-describedby=\"a-err\"<p class=\"err\" id=\"a-err\">&lt;b&gt;</p>"
        );
        assert_eq!(r.render("e", &json!({"e": []})).expect("render"), "");
        r.register_template_string("s", "{{svg map}}").expect("template");
        assert_eq!(r.render("s", &json!({"map": null})).expect("none"), "");
        assert!(r.render("s", &json!({"map": "<b>no"})).is_err());
        assert!(r.render("s", &json!({"map": "<svg><script>1"})).is_err());
    }
}
