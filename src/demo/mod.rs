//! `onit demo`: a throw-away city with everything running, on this machine alone.
//!
//! The example city, a town square to post in, the real Mastodon channel between them, staff and mayor's office.
//! Everything lies in one temporary folder and is gone afterwards.

pub mod square;
pub mod stories;
mod view;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rust_embed::RustEmbed;

use crate::accounts::{self, Passwords, Role};
use crate::app::App;
use crate::clock::Clock;
use crate::db::Location;
use crate::error::{Error, Result};
use crate::places::Gazetteer;
use crate::places::import::{self, Columns};
use crate::places::stored as gazetteers;
use crate::settings::{ResidentsWords, Settings};
use crate::terminal;
use crate::web;
use crate::worker::Workers;
use square::{Posting, Square};

/// What the command takes.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Port of the city's pages; 0 takes any free one.
    #[arg(long, default_value_t = 8311)]
    port: u16,
    /// Port of the town square; 0 takes any free one.
    #[arg(long, default_value_t = 8312)]
    square_port: u16,
    /// Start with an empty square.
    #[arg(long)]
    empty: bool,
    /// Keep the data in this folder instead of a temporary one.
    #[arg(long, value_name = "DIR")]
    keep: Option<std::path::PathBuf>,
}

/// The layers of the invented city, inside the binary, so that the demo needs nothing beside it.
#[derive(RustEmbed)]
#[folder = "config/example-city"]
struct ExampleCity;

/// Somebody a newcomer can sign in as.
#[derive(Debug)]
pub struct SignIn {
    /// "Dana Ruiz, dispatcher".
    pub who: String,
    /// Sign-in name.
    pub login: String,
    /// Made anew for every demo.
    pub password: String,
}

impl SignIn {
    fn shown(&self) -> web::DemoPerson {
        web::DemoPerson { who: self.who.clone(), login: self.login.clone(), password: self.password.clone() }
    }
}

const PEOPLE: [(&str, &str, Role, &str); 3] = [
    ("Dana Ruiz", "dana@riverton.example", Role::Dispatcher, "staff board"),
    ("Nia Cole", "nia@riverton.example", Role::Approver, "mayor's office"),
    ("Sam Ito", "sam@riverton.example", Role::Admin, "everything"),
];

/// Runs the demo until it is stopped.
///
/// # Errors
/// `Unavailable` when a port is taken; the message says how to choose another.
pub fn run(options: Options) -> Result<bool> {
    let began = Instant::now();
    let temporary = tempfile::tempdir()?;
    let folder = options.keep.clone().unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(folder.join("mail"))?;
    let city = start(&folder, &options)?;
    tell_where(&city, began);
    let first = Instant::now();
    while first.elapsed() < Duration::from_secs(30) && !has_ticket(&city.app)? {
        std::thread::sleep(Duration::from_millis(50));
    }
    if !options.empty {
        terminal::tell(&format!(
            "\nThe first request stands on the page after {:.1} s. Stop with Ctrl-C.",
            began.elapsed().as_secs_f64()
        ));
    }
    terminal::wait_for_stop()?;
    city.stop();
    Ok(true)
}

/// The running throw-away city.
pub struct City {
    /// The program.
    pub app: App,
    /// The square.
    pub square: Square,
    /// Where the square is.
    pub square_url: String,
    /// Where the city's pages are.
    pub city_url: String,
    /// Who can sign in.
    pub sign_ins: Vec<SignIn>,
    pages: web::Running,
    workers: Workers,
    square_server: square::Running,
}

impl City {
    /// Ends everything in order.
    pub fn stop(self) {
        self.pages.stop();
        self.workers.stop();
        self.square_server.stop();
    }
}

/// Starts square, city and workers in `folder`.
///
/// # Errors
/// `Unavailable` when a port is taken.
pub fn start(folder: &Path, options: &Options) -> Result<City> {
    let clock = Clock::machine();
    // Two host names keep the cookies of the two sites apart; ports do not.
    let city_url = format!("http://127.0.0.1:{}", free_port(options.port)?);
    let square_port = free_port(options.square_port)?;
    let square_clock = clock.clone();
    let square = Square::new(
        square::Setup {
            links: vec![
                ("The city's page".into(), format!("{city_url}/")),
                ("Staff board".into(), format!("{city_url}/staff")),
                ("Mayor\u{2019}s office".into(), format!("{city_url}/mayor")),
            ],
            ..square::Setup::default()
        },
        Arc::new(move || square_clock.now()),
    )?;
    let square_server = square.start(square_port)?;
    let square_host = format!("127.0.0.1:{}", square_server.port());
    let square_url = format!("http://localhost:{}", square_server.port());
    let settings = settings(folder, &city_url)?;
    let database = Location::Sqlite(folder.join("onit.db"));
    let app = App::build_with(settings, &database, clock, vec![square_host.clone()])?;
    load_city(&app)?;
    let sign_ins = add_people(&app)?;
    connect_square(&app, folder, &square, &format!("http://{square_host}"))?;
    if !options.empty {
        open_square(&app, &square)?;
    }
    square.set_journeys(Arc::new(view::Journeys::new(app.clone())));
    let listen = city_url.trim_start_matches("http://").to_owned();
    let demo = web::Demo {
        links: vec![
            ("Town square".into(), format!("{square_url}/")),
            ("Staff board".into(), format!("{city_url}/staff")),
            ("Mayor\u{2019}s office".into(), format!("{city_url}/mayor")),
        ],
        people: sign_ins.iter().map(SignIn::shown).collect(),
    };
    let pages = web::serve_demo(app.clone(), &listen, demo)?;
    let workers = Workers::start(&app)?;
    Ok(City { app, square, square_url, city_url, sign_ins, pages, workers, square_server })
}

/// The port asked for, or any free one for 0.
fn free_port(port: u16) -> Result<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", port)).map_err(|e| {
        Error::Unavailable(format!("port {port} is taken ({e}): choose others with --port and --square-port"))
    })?;
    Ok(listener.local_addr()?.port())
}

/// The built-in settings, as a demo needs them: no trial, residents' words shown with private data hidden.
fn settings(folder: &Path, city_url: &str) -> Result<Settings> {
    let mut settings = Settings::built_in(std::iter::empty())?;
    settings.server.base_url =
        url::Url::parse(city_url).map_err(|e| Error::Invalid(format!("{city_url}: {e}")))?;
    settings.server.media_dir = folder.join("media");
    settings.server.page_cache_seconds = 1;
    settings.mail.drop_dir = Some(folder.join("mail"));
    settings.policy.trial_replies = 0;
    settings.policy.residents_words = ResidentsWords::Redacted;
    settings.policy.form.per_hour = 1_000;
    Ok(settings)
}

/// The invented city, compiled from the layers inside the binary.
///
/// # Errors
/// `Invalid` when a layer does not fit its column map.
pub fn compiled_city() -> Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    for name in ExampleCity::iter() {
        let file =
            ExampleCity::get(&name).ok_or_else(|| Error::NotFound(format!("{name} is not built in")))?;
        std::fs::write(folder.path().join(name.as_ref()), &file.data)?;
    }
    let text = std::fs::read_to_string(folder.path().join("columns.toml"))?;
    let columns = Columns::parse(&text)?;
    let (gazetteer, _) = import::compile_folder(folder.path(), &columns, &mut |_, _| {})?;
    gazetteer.to_bytes()
}

/// Puts the invented city into use.
fn load_city(app: &App) -> Result<()> {
    let bytes = compiled_city()?;
    let version = gazetteers::replace(&app.db, &bytes, "onit demo", app.clock.now())?;
    let world = app.world.now();
    app.world.swap(world.with_places(Gazetteer::from_bytes(&bytes)?, version));
    Ok(())
}

fn add_people(app: &App) -> Result<Vec<SignIn>> {
    let passwords = Passwords::new()?;
    let now = app.clock.now();
    PEOPLE
        .iter()
        .map(|(name, login, role, office)| {
            let password = accounts::base64url(&accounts::random::<12>()?);
            let hash = passwords.hash(&password)?;
            app.db
                .write(|conn| accounts::put_user(conn, login, name, *role, None, &hash, now).map(|_| ()))?;
            Ok(SignIn { who: format!("{name}, {office}"), login: (*login).to_owned(), password })
        })
        .collect()
}

/// The real channel, by the same way as `onit channel add`.
fn connect_square(app: &App, folder: &Path, square: &Square, url: &str) -> Result<()> {
    let token = folder.join("square-token");
    std::fs::write(&token, square.city_token())?;
    app.connect_mastodon("town square", url, &format!("file:{}", token.display()), 0, true).map(|_| ())
}

/// What stands in the square before anybody has typed.
fn open_square(app: &App, square: &Square) -> Result<()> {
    for opening in stories::OPENING {
        let name =
            stories::NEIGHBORS.iter().find(|n| n.handle == opening.handle).map_or(opening.handle, |n| n.name);
        let at = app.clock.now() - chrono::Duration::minutes(i64::from(opening.minutes_ago));
        square.tell_city(name, opening.text, Posting { at: Some(at), ..Posting::default() })?;
    }
    Ok(())
}

fn has_ticket(app: &App) -> Result<bool> {
    Ok(!crate::tickets::ids_after(&mut *app.db.read()?, 0, 1)?.is_empty())
}

fn tell_where(city: &City, began: Instant) {
    terminal::tell(&format!(
        "\nRiverton is running ({:.1} s). It is invented, and nothing leaves this computer.\n\n  \
         Town square    {}   post here like a neighbor\n  City\u{2019}s page    {}\n  Staff board    {}/staff\n  \
         Mayor\u{2019}s office {}/mayor\n\nSign in with:",
        began.elapsed().as_secs_f64(),
        city.square_url,
        city.city_url,
        city.city_url,
        city.city_url
    ));
    for s in &city.sign_ins {
        terminal::tell(&format!("  {:<28} {:<24} {}", s.who, s.login, s.password));
    }
}
