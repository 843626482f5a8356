//! `onit.toml`: the city, this server, and mail.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use chrono_tz::Tz;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use url::Url;

use super::env::{DUTY_WEBHOOK_KEY, Environment, SMTP_URL};
use super::lang::Lang;
use super::network::Network;
use super::problems::Problems;
use super::reader::Table;

/// Who we are.
#[derive(Clone, Debug, Serialize)]
pub struct City {
    /// Plain name: "Riverton".
    pub name: String,
    /// The zone in which days, due dates and quiet hours are counted.
    pub time_zone: Tz,
    /// Language when a post does not tell its own.
    pub language: Lang,
    /// The number for danger to life: "911".
    pub emergency_number: String,
    /// The number for everything else: "311".
    pub non_emergency: String,
    /// The name that signs replies: "City of Riverton".
    pub account_name: String,
    /// Credit on every map.
    pub attribution: String,
}

/// How this machine serves.
#[derive(Clone, Debug)]
pub struct Server {
    /// Address of the pages as residents see it; absolute, http or https, without query.
    pub base_url: Url,
    /// Address and port to listen on: "127.0.0.1:8080".
    pub listen: String,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. Empty: nobody's.
    pub trusted_proxies: Vec<Network>,
    /// Where photos are kept; relative to the folder OnIt is started in.
    pub media_dir: PathBuf,
    /// How long a public page may be served from memory. 0 turns the cache off.
    pub page_cache_seconds: u32,
    /// Threads that work on jobs.
    pub workers: usize,
}

impl Server {
    /// The public address of a page: `link("/t/26-004217")`. Keeps a path that `base_url` has.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}/{}", self.base_url.as_str().trim_end_matches('/'), path.trim_start_matches('/'))
    }
}

/// How mail leaves.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Sender of every mail: "City of Riverton <311@riverton.example>". None: no mail is sent.
    pub from: Option<String>,
    /// The mail server with its password; from `ONIT_SMTP_URL` or `ONIT_SMTP_URL_FILE` only.
    pub smtp_url: Option<SecretString>,
    /// Mails are written here as files instead of being sent (demo, tests).
    pub drop_dir: Option<PathBuf>,
}

/// Keys that never stand in a file of the config folder.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// Signs the webhooks that page the people on duty; from `ONIT_DUTY_WEBHOOK_KEY` or `…_FILE`.
    pub duty_webhook_key: Option<SecretString>,
}

/// The three tables of `onit.toml`. None only together with noted problems.
pub(super) fn read(root: &Table<'_>, env: &Environment, problems: &Problems) -> Option<(City, Server, Mail)> {
    let city = read_city(&root.table("city"));
    let server = read_server(&root.table("server"));
    let mail = read_mail(&root.table("mail"), env, problems);
    root.done();
    Some((city, server?, mail))
}

/// The keys that stand nowhere but in the environment.
pub(super) fn secrets(env: &Environment) -> Secrets {
    Secrets { duty_webhook_key: env.secret(DUTY_WEBHOOK_KEY) }
}

fn read_city(t: &Table<'_>) -> City {
    let name = t.text("name", "Riverton");
    let zone = t.parsed("time_zone", |text| {
        Tz::from_str(text).map_err(|_| {
            let near = super::problems::nearest(text, chrono_tz::TZ_VARIANTS.iter().map(|z| z.name()));
            let hint = near.map_or_else(
                || "use a name like America/New_York".into(),
                |z| format!("did you mean `{z}`?"),
            );
            format!("`{text}` is not a time zone; {hint}")
        })
    });
    t.missing("time_zone", "\"America/New_York\"");
    let city = City {
        time_zone: zone.unwrap_or(Tz::UTC),
        language: t.parsed("language", Lang::from_str).unwrap_or_default(),
        emergency_number: t.text("emergency_number", "911"),
        non_emergency: t.text("non_emergency", "311"),
        account_name: t.text_or_none("account_name").unwrap_or_else(|| format!("City of {name}")),
        attribution: t.text_or_none("attribution").unwrap_or_else(|| format!("Map: City of {name}")),
        name,
    };
    t.done();
    city
}

fn read_server(t: &Table<'_>) -> Option<Server> {
    let base_url = t.parsed("base_url", web_address);
    t.missing("base_url", "\"https://requests.riverton.example\"");
    let proxies = t.words("trusted_proxies").into_iter().filter_map(|word| {
        word.text
            .parse()
            .map_err(|e: crate::error::Error| t.problem_at(&word, format!("`trusted_proxies`: {e}")))
            .ok()
    });
    let trusted_proxies = proxies.collect();
    let listen = t.parsed("listen", |text| {
        text.parse::<SocketAddr>().map(|a| a.to_string()).map_err(|_| {
            format!("`{text}` is not an address with a port; use 127.0.0.1:8080, 0.0.0.0:8080 or [::]:8080")
        })
    });
    let media_dir = t.text_or_none("media_dir").map_or_else(|| "media".into(), PathBuf::from);
    let page_cache_seconds = t.whole("page_cache_seconds", 15, 0..=3600);
    let workers = t.whole("workers", 2, 1..=64) as usize;
    t.done();
    Some(Server {
        base_url: base_url?,
        listen: listen.unwrap_or_else(|| "127.0.0.1:8080".into()),
        trusted_proxies,
        media_dir,
        page_cache_seconds,
        workers,
    })
}

fn read_mail(t: &Table<'_>, env: &Environment, problems: &Problems) -> Mail {
    let smtp_url = env.secret(SMTP_URL);
    let fits =
        |u: &SecretString| ["smtp://", "smtps://"].iter().any(|scheme| u.expose_secret().starts_with(scheme));
    if !smtp_url.as_ref().is_none_or(fits) {
        // The value itself is never repeated: it holds the password.
        problems.note(SMTP_URL, None, "must start with smtps:// (or smtp:// with ?tls=required)");
    }
    let from =
        t.parsed("from", |text| if sender(text) { Ok(text.to_owned()) } else { Err(not_an_address(text)) });
    if smtp_url.is_some() && from.is_none() {
        t.problem(
            "from",
            "`from` is missing in `mail` although a mail server is set; add the sender's address",
        );
    }
    let mail = Mail { from, smtp_url, drop_dir: t.text_or_none("drop_dir").map(PathBuf::from) };
    t.done();
    mail
}

/// An absolute http(s) address without user, password, query or fragment.
pub(super) fn web_address(text: &str) -> Result<Url, String> {
    let example = "use one like https://requests.riverton.example";
    // Not repeated in the message: it may hold a password.
    let url = Url::parse(text).map_err(|e| format!("is not an absolute address ({e}); {example}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(format!("must start with http:// or https:// and name a host; {example}"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("must not hold a user or password; {example}"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!("must end before `?` and `#`; {example}"));
    }
    Ok(url)
}

/// A plain address, or a name with the address in angle brackets.
fn sender(text: &str) -> bool {
    match text.split_once('<') {
        None => is_mail_address(text),
        Some((name, rest)) => {
            !name.contains(['\r', '\n', '"']) && rest.strip_suffix('>').is_some_and(is_mail_address)
        }
    }
}

/// Good enough to catch slips; whether the mailbox exists only a mail can tell.
pub(super) fn is_mail_address(text: &str) -> bool {
    let bad = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '<' | '>' | '"' | '@');
    match text.rsplit_once('@') {
        Some((user, host)) => {
            !user.is_empty()
                && text.len() <= 254
                && host.contains('.')
                && !user.contains(bad)
                && !host.contains(bad)
        }
        None => false,
    }
}

pub(super) fn not_an_address(text: &str) -> String {
    format!("`{text}` is not an e-mail address; write one like 311@riverton.example")
}
