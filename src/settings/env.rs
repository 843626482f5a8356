//! What the environment adds to the files: `ONIT__SERVER__BASE_URL` for one key of `onit.toml`, and the secrets.
//!
//! Only `onit.toml` can be overlaid. Services, policy and wording are rules of the city: they stand in files that
//! everyone can read and whose hash every process compares, so a variable must not bend them on one machine.
//! Secrets are the other way round: they come from here (or from a file named here) and from nowhere else.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use secrecy::SecretString;

use super::problems::{Problems, suggestion};

/// Start of every variable that overlays a key.
const PREFIX: &str = "ONIT__";
/// Longest secret we take, in bytes; more is the wrong file.
const SECRET_MAX_BYTES: u64 = 4096;

/// Variables that carry a secret; each also exists with `_FILE` behind it.
pub(super) const SMTP_URL: &str = "ONIT_SMTP_URL";
pub(super) const DUTY_WEBHOOK_KEY: &str = "ONIT_DUTY_WEBHOOK_KEY";
const SECRETS: [&str; 2] = [SMTP_URL, DUTY_WEBHOOK_KEY];

/// The variables that concern us, taken apart.
#[derive(Default)]
pub(super) struct Environment {
    /// "server.base_url" -> (name of the variable, its value).
    overlay: BTreeMap<String, (String, String)>,
    secrets: BTreeMap<&'static str, SecretString>,
    /// Every key that a variable may set, learned while the files are read.
    known: RefCell<BTreeSet<String>>,
}

impl Environment {
    /// Picks our variables out of all; reads the secret files.
    pub(super) fn gather(vars: impl Iterator<Item = (String, String)>, problems: &Problems) -> Self {
        let mut found = Self::default();
        let mut plain = BTreeMap::new();
        for (name, value) in vars {
            if let Some(path) = name.strip_prefix(PREFIX) {
                found.overlay.insert(path.to_lowercase().replace("__", "."), (name, value));
            } else if let Some(secret) = SECRETS
                .into_iter()
                .find(|s| name.strip_prefix(s).is_some_and(|rest| rest.is_empty() || rest == "_FILE"))
            {
                plain.insert((secret, name != secret), value);
            }
        }
        for secret in SECRETS {
            let (direct, file) = (plain.remove(&(secret, false)), plain.remove(&(secret, true)));
            if let Some(value) = secret_value(secret, direct, file, problems) {
                found.secrets.insert(secret, SecretString::from(value));
            }
        }
        found
    }

    pub(super) fn secret(&self, name: &str) -> Option<SecretString> {
        self.secrets.get(name).cloned()
    }

    /// The variable that sets this key ("server.base_url"): its name and value.
    pub(super) fn lookup(&self, path: &str) -> Option<(&str, &str)> {
        self.known.borrow_mut().insert(path.to_owned());
        self.setter(path)
    }

    /// The same, without making the key known.
    pub(super) fn setter(&self, path: &str) -> Option<(&str, &str)> {
        self.overlay.get(path).map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Complains about variables that set nothing. Call when everything has been read.
    pub(super) fn note_unknown(&self, problems: &Problems) {
        let known = self.known.borrow();
        let names: Vec<String> = known.iter().map(|path| variable(path)).collect();
        for (path, (name, _)) in &self.overlay {
            if known.contains(path) {
                continue;
            }
            let message = if looks_secret(path) {
                secret_advice()
            } else if ["policy.", "service", "department", "wording."].iter().any(|p| path.starts_with(p)) {
                "services, departments, policy and wording cannot be set by a variable; change the file in the config \
                 folder, so that every process works by the same rules"
                    .to_owned()
            } else {
                format!(
                    "no key of onit.toml has this name{}",
                    suggestion(name, names.iter().map(String::as_str))
                )
            };
            problems.note(name, None, message);
        }
    }
}

/// "server.base_url" -> "`ONIT__SERVER__BASE_URL`".
fn variable(path: &str) -> String {
    format!("{PREFIX}{}", path.to_uppercase().replace('.', "__"))
}

fn secret_value(
    name: &'static str,
    direct: Option<String>,
    file: Option<String>,
    problems: &Problems,
) -> Option<String> {
    match (direct.filter(|v| !v.is_empty()), file.filter(|v| !v.is_empty())) {
        (None, None) => None,
        (Some(value), None) => Some(value),
        (Some(_), Some(_)) => {
            problems.note(name, None, format!("is set, and {name}_FILE too; keep one of the two"));
            None
        }
        (None, Some(path)) => match read_secret(Path::new(&path)) {
            Ok(value) => Some(value),
            Err(why) => {
                problems.note(&format!("{name}_FILE"), None, format!("the file {path} {why}"));
                None
            }
        },
    }
}

fn read_secret(path: &Path) -> Result<String, String> {
    let size = fs::metadata(path).map_err(|e| format!("cannot be read: {e}"))?.len();
    if size > SECRET_MAX_BYTES {
        return Err(format!(
            "has {size} bytes; a secret has at most {SECRET_MAX_BYTES}, this is another file"
        ));
    }
    let text = fs::read_to_string(path).map_err(|e| format!("cannot be read: {e}"))?;
    let text = text.trim();
    if text.is_empty() {
        Err("is empty; put the secret on its first line".into())
    } else {
        Ok(text.to_owned())
    }
}

/// Does a key look as if somebody wanted to keep a secret under it?
pub(super) fn looks_secret(key: &str) -> bool {
    let key = key.to_lowercase();
    ["password", "passwd", "secret", "token", "api_key", "apikey", "private_key", "credential", "smtp_url"]
        .iter()
        .any(|word| key.contains(word))
}

/// Where a secret belongs.
pub(super) fn secret_advice() -> String {
    format!(
        "secrets never stand in config files; set {SMTP_URL} or {DUTY_WEBHOOK_KEY} in the environment, or name a file \
         with {SMTP_URL}_FILE or {DUTY_WEBHOOK_KEY}_FILE; accounts of networks are added with `onit channel add`"
    )
}
