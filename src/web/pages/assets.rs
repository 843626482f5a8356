//! Style sheet, icons and script: read once, sent as they are kept here.

use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Bytes of the digest that name a version of the assets; six are plenty to tell two builds apart.
const VERSION_BYTES: usize = 6;

#[derive(RustEmbed)]
#[folder = "templates/assets/"]
struct Assets;

/// A file under `/assets/`, ready to send.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Its bytes; style sheets without comments and spare white space.
    pub bytes: Vec<u8>,
    /// Its type: "text/css".
    pub mime: String,
}

/// All assets by name.
pub(super) fn all() -> BTreeMap<String, Asset> {
    Assets::iter().filter_map(|name| Some((name.to_string(), prepared(&name)?))).collect()
}

/// Changes whenever one of them does.
pub(super) fn version_of(assets: &BTreeMap<String, Asset>) -> String {
    let mut digest = Sha256::new();
    for (name, asset) in assets {
        digest.update(name.as_bytes());
        digest.update(&asset.bytes);
    }
    digest.finalize().iter().take(VERSION_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

fn prepared(name: &str) -> Option<Asset> {
    let file = Assets::get(name)?;
    let mime = file.metadata.mimetype().to_owned();
    let bytes = match std::str::from_utf8(&file.data) {
        Ok(sheet) if name.ends_with(".css") => slim(sheet).into_bytes(),
        _ => file.data.into_owned(),
    };
    Some(Asset { bytes, mime })
}

/// A style sheet without comments and without white space where none is needed. Knows our own sheets only:
/// no string in them holds a comment, and a colon with a space after it stands in declarations only.
fn slim(sheet: &str) -> String {
    let mut short = String::with_capacity(sheet.len());
    let parts = sheet.split("/*").enumerate();
    let rules = parts.map(
        |(nth, part)| if nth == 0 { part } else { part.split_once("*/").map_or("", |(_, after)| after) },
    );
    for word in rules.flat_map(str::split_whitespace) {
        if word.starts_with(['{', '}']) || short.ends_with(['{', '}', ';', ':', ',']) || short.is_empty() {
            short.push_str(word);
        } else {
            short.push(' ');
            short.push_str(word);
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    #[test]
    fn style_sheets_lose_only_what_nobody_misses() {
        let got = slim(
            "/* a */\n.a > .b, c:hover {\n  margin: calc(1px + 2px) 0;\n  color: red }\n/* b */ @media print { a { b: c } }",
        );
        assert_eq!(got, ".a > .b,c:hover{margin:calc(1px + 2px) 0;color:red}@media print{a{b:c}}");
    }

    #[test]
    fn the_whole_look_stays_under_8_kb() {
        let assets = all();
        let sheet = assets.get("onit.css").expect("onit.css");
        assert!(sheet.mime.contains("css"));
        let mut zipped = GzEncoder::new(Vec::new(), Compression::best());
        zipped.write_all(&sheet.bytes).expect("zip");
        let size = zipped.finish().expect("zip").len();
        assert!(size < 8 * 1024, "onit.css has {size} bytes zipped");
    }
}
