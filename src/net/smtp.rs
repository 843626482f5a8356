//! Mail out: one mailer, three ways. A relay over SMTP, files in a folder (demo, tests), or nowhere.
//!
//! Blocking, with time-outs; retrying belongs to the job that calls it.

use std::path::PathBuf;
use std::time::Duration;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{FileTransport, Message, SmtpTransport, Transport};
use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, Result};

/// Longest wait for one step of the talk with the relay.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Most bytes of one header value: enough for a long subject, too short for a trick.
const MAX_HEADER_BYTES: usize = 900;

/// One mail to one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mail {
    /// Address, with or without a name: `Ana <ana@home.example>`.
    pub to: String,
    /// Subject, one line.
    pub subject: String,
    /// Plain text, always there.
    pub text: String,
    /// The same as a page.
    pub html: Option<String>,
    /// Further headers: `List-Unsubscribe`, `In-Reply-To`, `Auto-Submitted`.
    pub headers: Vec<(String, String)>,
}

/// Sends mails.
pub struct Mailer {
    from: Option<Mailbox>,
    way: Way,
}

enum Way {
    Smtp(Box<SmtpTransport>),
    Folder(FileTransport),
    Nowhere,
}

impl Mailer {
    /// Through a relay. `url` is `smtps://user:password@relay.example:465`, or `smtp://…?tls=required` for
    /// STARTTLS, or plain `smtp://localhost:25` for a relay on the same machine.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an address that cannot be read; the secret is not repeated in it.
    pub fn smtp(url: &SecretString, from: &str) -> Result<Self> {
        let transport = SmtpTransport::from_url(url.expose_secret())
            .map_err(|_| {
                Error::Invalid(
                    "ONIT_SMTP_URL: cannot be read; write smtps://user:password@host:465 or \
                     smtp://user:password@host:587?tls=required"
                        .into(),
                )
            })?
            .timeout(Some(TIMEOUT))
            .build();
        Ok(Self { from: Some(mailbox("mail.from", from)?), way: Way::Smtp(Box::new(transport)) })
    }

    /// Every mail becomes one `.eml` file in `folder`, which must exist.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a sender that cannot be read.
    pub fn drop_dir(folder: impl Into<PathBuf>, from: &str) -> Result<Self> {
        Ok(Self {
            from: Some(mailbox("mail.from", from)?),
            way: Way::Folder(FileTransport::new(folder.into())),
        })
    }

    /// No mail leaves; sending says so.
    #[must_use]
    pub const fn none() -> Self {
        Self { from: None, way: Way::Nowhere }
    }

    /// True when mails can leave.
    #[must_use]
    pub fn can_send(&self) -> bool {
        !matches!(self.way, Way::Nowhere)
    }

    /// Sends one mail and waits for the relay's word.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an address or header that cannot be sent, [`Error::Refused`] when the relay's
    /// answer is final, [`Error::Unavailable`] when trying later may help.
    pub fn send(&self, mail: &Mail) -> Result<()> {
        let message = self.message(mail)?;
        match &self.way {
            Way::Smtp(relay) => relay.send(&message).map(|_| ()).map_err(|e| {
                let why = format!("mail to {}: {e}", mail.to);
                if e.is_permanent() { Error::Refused(why) } else { Error::Unavailable(why) }
            }),
            Way::Folder(folder) => folder
                .send(&message)
                .map(|_| ())
                .map_err(|e| Error::Unavailable(format!("mail.drop_dir: cannot write a mail: {e}"))),
            // Without a sender the message above was already refused.
            Way::Nowhere => Ok(()),
        }
    }

    fn message(&self, mail: &Mail) -> Result<Message> {
        let nowhere = || Error::Unavailable("no mail is set up: set ONIT_SMTP_URL or mail.drop_dir".into());
        let from = self.from.clone().ok_or_else(nowhere)?;
        // Our own id: the usual one would tell the name of this machine.
        let id = format!("<{:032x}@{}>", rand::random::<u128>(), from.email.domain());
        let mut builder = Message::builder()
            .from(from)
            .to(mailbox("to", &mail.to)?)
            .subject(one_line("subject", &mail.subject)?)
            .message_id(Some(id))
            .date_now();
        for (name, value) in &mail.headers {
            let wrong = || Error::Invalid(format!("mail header {name:?}: not a header name"));
            let header = HeaderName::new_from_ascii(name.clone()).map_err(|_| wrong())?;
            builder = builder.raw_header(HeaderValue::new(header, one_line(name, value)?));
        }
        let text = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(mail.text.clone());
        let built = match &mail.html {
            None => builder.singlepart(text),
            Some(html) => builder.multipart(
                MultiPart::alternative()
                    .singlepart(text)
                    .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(html.clone())),
            ),
        };
        built.map_err(|e| Error::Invalid(format!("mail to {}: {e}", mail.to)))
    }
}

fn mailbox(what: &str, address: &str) -> Result<Mailbox> {
    one_line(what, address)?.parse().map_err(|_| {
        Error::Invalid(format!("{what}: {address:?} is not a mail address; write name@host.example"))
    })
}

/// A header is one line: a line break would start a header of the writer's choosing.
fn one_line(what: &str, value: &str) -> Result<String> {
    if value.contains(|c: char| c.is_control()) || value.len() > MAX_HEADER_BYTES {
        return Err(Error::Invalid(format!(
            "mail {what}: must be one line of at most {MAX_HEADER_BYTES} bytes"
        )));
    }
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail {
            to: "Ana <ana@home.example>".into(),
            subject: "Straße 🚧 is fixed".into(),
            text: "Thank you.\nCity of Riverton".into(),
            html: Some("<p>Thank you.</p>".into()),
            headers: vec![("List-Unsubscribe".into(), "<https://onit.example/f/x>".into())],
        }
    }

    #[test]
    fn a_mail_becomes_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let mailer = Mailer::drop_dir(folder.path(), "City of Riverton <onit@riverton.example>").unwrap();
        mailer.send(&mail()).unwrap();
        let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
        let text = std::fs::read_to_string(file.path()).unwrap();
        assert!(text.contains("To: Ana <ana@home.example>"), "{text}");
        assert!(text.contains("List-Unsubscribe: <https://onit.example/f/x>"), "{text}");
        assert!(text.contains("text/html") && text.contains("@riverton.example>"), "{text}");
    }

    #[test]
    fn tricks_in_headers_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mailer = Mailer::drop_dir(folder.path(), "onit@riverton.example").unwrap();
        let check = |change: &dyn Fn(&mut Mail)| {
            let mut mail = mail();
            change(&mut mail);
            assert!(matches!(mailer.send(&mail), Err(Error::Invalid(_))), "{mail:?}");
        };
        check(&|m| m.to = "ana@home.example\r\nBcc: all@home.example".into());
        check(&|m| m.subject = "x\nBcc: all@home.example".into());
        check(&|m| m.headers = vec![("X-A".into(), "b\r\n\r\nbody".into())]);
        check(&|m| m.headers = vec![("X A:".into(), "b".into())]);
        check(&|m| m.to = "not an address".into());
        check(&|m| m.to = String::new());
        check(&|m| m.subject = "x".repeat(10_000));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_secret_is_not_repeated_and_nowhere_says_so() {
        let url = SecretString::from("smtx://user:hunter2@relay");
        let Err(Error::Invalid(why)) = Mailer::smtp(&url, "a@b.example") else { panic!("taken") };
        assert!(!why.contains("hunter2"));
        assert!(!Mailer::none().can_send());
        assert!(matches!(Mailer::none().send(&mail()), Err(Error::Unavailable(_))));
    }

    #[test]
    fn a_dead_relay_is_unavailable() {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mailer = Mailer::smtp(&format!("smtp://127.0.0.1:{port}").into(), "a@b.example").unwrap();
        assert!(matches!(mailer.send(&mail()), Err(Error::Unavailable(_))));
    }
}
