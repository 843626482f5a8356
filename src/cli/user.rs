//! `onit user add|list|off`: people who sign in.

use std::io::{BufRead, IsTerminal};

use clap::Subcommand;

use super::{Common, print, tell, to_line};
use crate::accounts::{self, Passwords, Role};
use crate::error::{Error, Result};

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Adds somebody, or gives them a new role and password. The password is read from standard input;
    /// with nothing there, one is made and shown once.
    Add {
        /// E-mail address they sign in with.
        login: String,
        /// The name colleagues read.
        #[arg(long)]
        name: String,
        /// staff, dispatcher, department_head, publisher, approver or admin.
        #[arg(long, value_parser = role)]
        role: Role,
        /// Department code, for department heads and crews.
        #[arg(long)]
        department: Option<String>,
    },
    /// Everybody who signs in.
    List,
    /// Closes somebody's way in and ends their sessions.
    Off {
        /// E-mail address they sign in with.
        login: String,
    },
}

/// A role by its name.
fn role(word: &str) -> std::result::Result<Role, String> {
    word.parse().map_err(|error: Error| error.to_string())
}

/// Runs the command.
pub(super) fn run(common: &Common, options: &Options) -> Result<bool> {
    let app = common.app()?;
    let now = app.clock.now();
    match &options.what {
        What::Add { login, name, role, department } => {
            let login = accounts::login_name(login)?;
            if let Some(code) = department
                && app.world.now().settings.departments.get(code).is_none()
            {
                return Err(Error::Invalid(format!(
                    "--department: there is no {code:?} in departments.toml"
                )));
            }
            let (password, made) = read_password()?;
            accounts::check_new_password(&password, &[&login, name])?;
            let hash = Passwords::new()?.hash(&password)?;
            let user = app.db.write(|conn| {
                let user = accounts::put_user(conn, &login, name, *role, department.as_deref(), &hash, now)?;
                accounts::note_audit(conn, "command line", "user added", &login, now)?;
                Ok(user)
            })?;
            tell(&format!("{} ({}) can sign in as {}", user.name, user.role, user.login));
            if made {
                print(&password)?;
            }
        }
        What::List => {
            for user in accounts::all_users(&mut *app.db.read()?)? {
                print(&if common.json {
                    to_line(
                        &serde_json::json!({"login": user.login, "name": user.name, "role": user.role, "state": user.state}),
                    )?
                } else {
                    format!("{}\t{}\t{}\t{}", user.login, user.name, user.role, user.state)
                })?;
            }
        }
        What::Off { login } => {
            app.db.write(|conn| {
                accounts::switch_off(conn, &accounts::login_name(login)?)?;
                accounts::note_audit(conn, "command line", "user switched off", login, now)
            })?;
            tell(&format!("{login} can no longer sign in"));
        }
    }
    Ok(true)
}

/// From standard input when something is piped in; else made.
fn read_password() -> Result<(String, bool)> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        let mut line = String::new();
        stdin.lock().read_line(&mut line)?;
        let typed = line.trim_end_matches(['\r', '\n']);
        if !typed.is_empty() {
            return Ok((typed.to_owned(), false));
        }
    }
    Ok((accounts::base64url(&accounts::random::<18>()?), true))
}
