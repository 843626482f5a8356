//! Reads Rust source well enough to ask who names whom: comments, strings and test modules are
//! blanked out, the rest is cut into words, and paths that start at the crate's root are listed.
//! It knows no types and expands no macros; `tests/architecture.rs` asks it, nothing else does.

use std::path::Path;

/// One file of source, ready to be asked.
pub struct Source {
    /// Path from the package's root, with `/` on every system: `src/tickets/mod.rs`.
    pub path: String,
    /// How many lines the file has, tests and comments included.
    pub lines: usize,
    /// The text as it stands.
    pub text: String,
    /// The code alone: comments, strings and `#[cfg(test)]` items are spaces, lines stay where they are.
    pub code: String,
    /// Every string literal outside tests, with its line (1-based).
    pub strings: Vec<(usize, String)>,
    /// Modules that are files of their own and exist in tests only (`#[cfg(test)] mod samples;`).
    pub test_modules: Vec<String>,
}

/// Reads every `.rs` file below `src/`; what exists in tests only has no code and no strings.
pub fn house(root: &Path) -> Vec<Source> {
    let mut house: Vec<Source> =
        files(root, "src", &[".rs"]).iter().map(|(path, text)| Source::new(path, text)).collect();
    for start in house.iter().flat_map(Source::test_files).collect::<Vec<_>>() {
        let alone = format!("{start}.rs");
        let inside = format!("{start}/");
        for file in house.iter_mut().filter(|file| file.path == alone || file.path.starts_with(&inside)) {
            file.code.clear();
            file.strings.clear();
        }
    }
    house
}

impl Source {
    /// Prepares the text of one file.
    pub fn new(path: &str, text: &str) -> Self {
        let (code, strings) = without_comments_and_strings(text);
        let test_modules = test_modules(&code);
        let code = without_tests(&code);
        let kept: Vec<&str> = code.lines().collect();
        // A string inside a blanked test leaves a blank line behind; those in code leave their surroundings.
        let strings = strings
            .into_iter()
            .filter(|(line, _)| kept.get(line - 1).is_some_and(|l| !l.trim().is_empty()))
            .collect();
        Self {
            path: path.to_owned(),
            lines: text.lines().count(),
            text: text.to_owned(),
            code,
            strings,
            test_modules,
        }
    }

    /// The room of the house this file is in: `tickets` for `src/tickets/store.rs`, `clock` for `src/clock.rs`.
    pub fn room(&self) -> &str {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
    }

    /// Every path from the crate's root, `crate::db::{schema, types::Ts}` as `["db", "schema"]` and
    /// `["db", "types", "Ts"]`, each with its line. A chain of `super` that reaches the root counts too.
    pub fn crate_paths(&self) -> Vec<(usize, Vec<String>)> {
        let words = words(&self.code);
        let mut found = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let starts_a_path = at == 0 || words[at - 1].text != "::";
            let rest = if starts_a_path { after_root(&words, at, self.depth()) } else { None };
            at = match rest {
                Some(next) => collect(&words, next, &[], &mut found),
                None => at + 1,
            };
        }
        found
    }

    /// Lines (1-based) of the code on which `needle` stands as whole words.
    pub fn lines_with(&self, needle: &str) -> Vec<usize> {
        // A word goes on beyond the needle only where both sides of the border are letters.
        let torn =
            |left: Option<char>, right: Option<char>| left.is_some_and(is_name) && right.is_some_and(is_name);
        let stands_alone = |line: &str, start: usize| {
            let (before, after) = (&line[..start], &line[start + needle.len()..]);
            let torn_left = torn(before.chars().next_back(), needle.chars().next());
            !torn_left && !torn(needle.chars().next_back(), after.chars().next())
        };
        let holds = |line: &str| line.match_indices(needle).any(|(start, _)| stands_alone(line, start));
        self.code.lines().enumerate().filter(|(_, line)| holds(line)).map(|(i, _)| i + 1).collect()
    }

    /// Where the files of the test modules are, without their ending: `src/web/view/samples`.
    fn test_files(&self) -> Vec<String> {
        let folder = self.path.trim_end_matches(".rs");
        let folder = folder.strip_suffix("/mod").or_else(|| folder.strip_suffix("/lib")).unwrap_or(folder);
        self.test_modules.iter().map(|name| format!("{folder}/{name}")).collect()
    }

    /// How many `super` lead from this file's module to the crate's root.
    fn depth(&self) -> usize {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let inside = inside.strip_suffix(".rs").unwrap_or(inside);
        let inside = inside.strip_suffix("/mod").unwrap_or(inside);
        if matches!(inside, "lib" | "main") { 0 } else { inside.split('/').count() }
    }
}

/// Every file below `folder` with one of the endings, sorted, as (path from `root`, text).
pub fn files(root: &Path, folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![root.join(folder)];
    while let Some(dir) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&dir) else { continue };
        for path in entries.filter_map(|e| Some(e.ok()?.path())) {
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.to_string_lossy().replace('\\', "/");
            if let Ok(text) = std::fs::read_to_string(&path)
                && endings.iter().any(|ending| name.ends_with(ending))
            {
                let prefix = format!("{}/", root.to_string_lossy().replace('\\', "/"));
                found.push((name.trim_start_matches(prefix.as_str()).to_owned(), text));
            }
        }
    }
    found.sort();
    found
}

struct Word<'a> {
    text: &'a str,
    line: usize,
}

/// Names, `::` and single signs, in order.
fn words(code: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    for (index, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let len = if is_name(first) {
                rest.find(|c: char| !is_name(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            found.push(Word { text: &rest[..len], line: index + 1 });
            rest = rest[len..].trim_start();
        }
    }
    found
}

/// If a path from the crate's root starts at `at` (`crate::`, `onit::`, enough `super::`), where its first name is.
fn after_root(words: &[Word], at: usize, depth: usize) -> Option<usize> {
    let is = |i: usize, text: &str| words.get(i).is_some_and(|w| w.text == text);
    if (is(at, "crate") || is(at, "onit")) && is(at + 1, "::") {
        return Some(at + 2);
    }
    let mut next = at;
    while is(next, "super") && is(next + 1, "::") {
        next += 2;
    }
    (depth > 0 && (next - at) / 2 == depth).then_some(next)
}

/// Reads one path, or a `{…}` of several, that goes on at `at`; gives where it ends.
fn collect(words: &[Word], at: usize, before: &[String], found: &mut Vec<(usize, Vec<String>)>) -> usize {
    let Some(word) = words.get(at) else { return at };
    if word.text == "{" {
        let mut next = at + 1;
        while let Some(inner) = words.get(next) {
            match inner.text {
                "}" => return next + 1,
                "," => next += 1,
                _ => next = collect(words, next, before, found).max(next + 1),
            }
        }
        return next;
    }
    let is_name = word.text.starts_with(|c: char| c.is_alphabetic() || c == '_') || word.text == "*";
    if !is_name {
        found.push((word.line, before.to_vec()));
        return at;
    }
    let mut path = before.to_vec();
    path.push(word.text.to_owned());
    if words.get(at + 1).is_some_and(|w| w.text == "::") {
        return collect(words, at + 2, &path, found);
    }
    found.push((word.line, path));
    at + 1
}

/// Comments and the insides of strings become spaces; the strings are listed with their lines.
fn without_comments_and_strings(text: &str) -> (String, Vec<(usize, String)>) {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut strings = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let end = match piece(&chars, at) {
            Piece::Code => {
                code.push(chars[at]);
                at += 1;
                continue;
            }
            Piece::Text(end) => {
                strings.push((code.matches('\n').count() + 1, chars[at..end].iter().collect()));
                // Something stays behind, so that a line holding only a string is not blank.
                code.push('"');
                at += 1;
                end
            }
            Piece::Talk(end) => end,
        };
        code.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
        at = end;
    }
    (code, strings)
}

enum Piece {
    Code,
    /// A string or character literal up to this index.
    Text(usize),
    /// A comment up to this index.
    Talk(usize),
}

fn piece(chars: &[char], at: usize) -> Piece {
    let peek = |i: usize| chars.get(i).copied().unwrap_or('\0');
    match (chars[at], peek(at + 1)) {
        ('/', '/') => Piece::Talk(find(chars, at, |i| chars[i] == '\n')),
        ('/', '*') => Piece::Talk(end_of_block_comment(chars, at)),
        ('"', _) => Piece::Text(end_of_quoted(chars, at, '"')),
        // 'a' and '\n' are characters; 'a without an end is a lifetime.
        ('\'', '\\') => Piece::Text(end_of_quoted(chars, at, '\'')),
        ('\'', _) if peek(at + 2) == '\'' => Piece::Text(at + 3),
        ('r', '"' | '#') if at == 0 || !is_name(chars[at - 1]) || matches!(chars[at - 1], 'b' | 'c') => {
            raw_string(chars, at).map_or(Piece::Code, Piece::Text)
        }
        _ => Piece::Code,
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn find(chars: &[char], from: usize, ends: impl Fn(usize) -> bool) -> usize {
    (from..chars.len()).find(|i| ends(*i)).unwrap_or(chars.len())
}

fn end_of_quoted(chars: &[char], at: usize, quote: char) -> usize {
    let mut i = at + 1;
    while i < chars.len() && chars[i] != quote {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    (i + 1).min(chars.len())
}

fn end_of_block_comment(chars: &[char], at: usize) -> usize {
    let (mut depth, mut i) = (0, at);
    while i + 1 < chars.len() {
        match (chars[i], chars[i + 1]) {
            ('/', '*') => (depth, i) = (depth + 1, i + 2),
            ('*', '/') if depth == 1 => return i + 2,
            ('*', '/') => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
    }
    chars.len()
}

/// `r"…"`, `r#"…"#` and so on; `r#type` is a name, not a string.
fn raw_string(chars: &[char], at: usize) -> Option<usize> {
    let open = find(chars, at + 1, |i| chars[i] != '#');
    if chars.get(open) != Some(&'"') {
        return None;
    }
    let marks = open - at - 1;
    let closes = |i: usize| chars[i] == '"' && (1..=marks).all(|n| chars.get(i + n) == Some(&'#'));
    Some((find(chars, open + 1, closes) + marks + 1).min(chars.len()))
}

/// The names in `#[cfg(test)] mod NAME;`.
fn test_modules(code: &str) -> Vec<String> {
    let declared = |after: &str| {
        let item = after.split([';', '{']).next()?;
        let is_file = after.as_bytes().get(item.len()) == Some(&b';');
        item.split_once("mod ").filter(|_| is_file).map(|(_, name)| name.trim().to_owned())
    };
    code.split("#[cfg(test)]").skip(1).filter_map(declared).collect()
}

/// Blanks every item under `#[cfg(test)]`: rules are for the house, a test may stand where it likes.
fn without_tests(code: &str) -> String {
    let mut kept = code.to_owned();
    while let Some(start) = kept.find("#[cfg(test)]") {
        let rest = &kept[start..];
        let open = rest.find('{').unwrap_or(rest.len());
        let end = match rest.find(';') {
            Some(semicolon) if semicolon < open => semicolon + 1,
            _ => end_of_block(rest, open),
        };
        let blank: String = rest[..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        kept.replace_range(start..start + end, &blank);
    }
    kept
}

fn end_of_block(code: &str, open: usize) -> usize {
    let mut depth = 0;
    for (i, c) in code.char_indices().skip_while(|(i, _)| *i < open) {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return i + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}
