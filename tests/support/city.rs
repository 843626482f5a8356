//! A city to tell stories about: the real program on a real database, the town square as its network, and a
//! clock that is moved by hand. When the city ends, nothing may be left over: no jobs, no unsent replies, no alarms.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use chrono::{DateTime, Duration, TimeZone, Utc};
use diesel::RunQueryDsl;
use onit::app::App;
use onit::channels::Cursor;
use onit::channels::accounts::{self as accounts, NewAccount};
use onit::channels::mastodon::{Mastodon, Setup};
use onit::clock::Clock;
use onit::db::{connect, migrate};
use onit::demo::square::{Posting, Running, Square, Status};
use onit::demo::{self, square};
use onit::places::{self, Gazetteer, Hints, Place};
use onit::replies::{self, Reply, State};
use onit::settings::Settings;
use onit::tickets::{self, Ticket};
use onit::{intake, jobs, worker};
use secrecy::SecretString;

use super::databases::{TestDatabase, migrated_databases};

/// Tuesday, 27 January 2026, 10 am in Riverton: a working day.
pub fn morning() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 27, 15, 0, 0).single().expect("a moment")
}

/// One city on one database.
pub struct TestCity {
    pub app: App,
    pub clock: Clock,
    pub square: Square,
    pub account_id: i64,
    database: TestDatabase,
    server: Option<Running>,
    folder: tempfile::TempDir,
    left_over: Mutex<bool>,
    beside: Mutex<Option<TcpListener>>,
}

/// Runs a story on each database; the name of the database stands in every message.
pub fn on_each_database(story: impl Fn(&TestCity)) {
    on_each_database_with(|_| {}, story);
}

/// As [`on_each_database`], with settings changed first.
pub fn on_each_database_with(change: impl Fn(&mut Settings), story: impl Fn(&TestCity)) {
    for database in migrated_databases("city", |url| {
        let mut conn = connect(&url.parse().expect("a database URL")).expect("a connection");
        migrate::run(&mut conn).expect("the schema");
    }) {
        let kind = database.kind;
        let city = TestCity::start(database, &change);
        eprintln!("— on {kind}");
        story(&city);
        city.end();
    }
}

/// The example city, compiled once a machine and version of its files.
fn gazetteer() -> Vec<u8> {
    static ONCE: OnceLock<Vec<u8>> = OnceLock::new();
    ONCE.get_or_init(|| demo::compiled_city().expect("the example city")).clone()
}

impl TestCity {
    fn start(database: TestDatabase, change: &impl Fn(&mut Settings)) -> Self {
        onit::net::install_crypto();
        let clock = Clock::by_hand(morning());
        let folder = tempfile::tempdir().expect("a folder");
        let square_clock = clock.clone();
        let square =
            Square::new(square::Setup::default(), Arc::new(move || square_clock.now())).expect("a square");
        let server = square.start(0).expect("a port for the square");
        let mut settings = Settings::built_in(std::iter::empty()).expect("the built-in settings");
        settings.server.base_url = url::Url::parse("http://riverton.test").expect("an address");
        settings.server.media_dir = folder.path().join("media");
        settings.mail.drop_dir = Some(folder.path().join("mail"));
        settings.policy.trial_replies = 0;
        std::fs::create_dir_all(folder.path().join("mail")).expect("a folder for mails");
        change(&mut settings);
        let host = format!("127.0.0.1:{}", server.port());
        let beside = TcpListener::bind("127.0.0.1:0").expect("a port");
        let other = beside.local_addr().expect("its address").to_string();
        let location = database.url.parse().expect("a database URL");
        let app = App::build_with(settings, &location, clock.clone(), vec![host.clone(), other])
            .expect("the program");
        let places = Gazetteer::from_bytes(&gazetteer()).expect("the gazetteer");
        app.world.swap(app.world.now().with_places(places, 0));
        let mut city = Self {
            app,
            clock,
            square,
            account_id: 0,
            database,
            server: Some(server),
            folder,
            left_over: Mutex::new(false),
            beside: Mutex::new(Some(beside)),
        };
        city.account_id = city.connect(&format!("http://{host}"));
        city
    }

    fn connect(&self, url: &str) -> i64 {
        let token = self.folder.path().join("token");
        std::fs::write(&token, self.square.city_token()).expect("the token");
        let secret = SecretString::from(self.square.city_token());
        let base = url::Url::parse(url).expect("an address");
        let setup = Setup::read(&self.app.client, &base, &secret).expect("the square answers");
        let channel = Mastodon::new(Arc::clone(&self.app.client), setup.clone(), secret);
        let trial = i64::from(self.app.world.now().settings.policy.trial_replies);
        let row = self
            .app
            .db
            .write(|conn| {
                let new = NewAccount {
                    name: "square",
                    kind: "mastodon",
                    base_url: url,
                    network_id: &setup.account_uri,
                    handle: &setup.handle,
                    secret: &format!("file:{}", token.display()),
                    max_chars: i64::try_from(setup.max_length).unwrap_or(500),
                    url_chars: i64::try_from(setup.url_length).unwrap_or(23),
                    position: &Cursor::default(),
                    trial_replies: trial,
                };
                accounts::add(conn, &new, self.clock.now())
            })
            .expect("the account");
        self.app.use_channel(row.id, Arc::new(channel));
        row.id
    }

    // --- What people do ---

    /// A resident mentions the city.
    pub fn resident_posts(&self, who: &str, text: &str) -> Status {
        self.square.tell_city(who, text, Posting::default()).expect("a post")
    }

    /// A resident answers in a thread, to the city's newest reply there or to the post itself.
    pub fn resident_answers(&self, who: &str, post: &Status, text: &str) -> Status {
        let to = self
            .square
            .replies_to(&post.id)
            .into_iter()
            .rfind(|s| s.by_city)
            .map_or(post.id.clone(), |s| s.id);
        let posting = Posting { reply_to: Some(to), ..Posting::default() };
        self.square.tell_city(who, text, posting).expect("an answer")
    }

    /// Only the author and the city can read it.
    pub fn resident_writes_privately(&self, who: &str, text: &str) -> Status {
        let posting = Posting { visibility: square::Visibility::Direct, ..Posting::default() };
        self.square.tell_city(who, text, posting).expect("a private post")
    }

    /// Time passes.
    pub fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// The machine does everything there is to do; a few seconds pass so that the square is read again.
    pub fn works(&self) {
        for _ in 0..3 {
            self.clock.advance(Duration::seconds(6));
            worker::drain(&self.app).expect("the workers");
        }
    }

    // --- What can be seen ---

    /// What the city said in the thread of a post, oldest first, as everybody reads it.
    pub fn city_said(&self, post: &Status) -> Vec<String> {
        self.square.thread(&post.id).into_iter().filter(|s| s.by_city).map(|s| s.text).collect()
    }

    /// The post as the product keeps it.
    pub fn kept(&self, post: &Status) -> intake::Post {
        let mut conn = self.app.db.read().expect("a connection");
        intake::post_named(&mut conn, "mastodon", &post.uri).expect("a look").expect("the post is kept")
    }

    /// The tickets a post is in.
    pub fn tickets_of(&self, post: &Status) -> Vec<Ticket> {
        let kept = self.kept(post);
        let mut conn = self.app.db.read().expect("a connection");
        let joins = tickets::joins_of_post(&mut conn, kept.id).expect("joins");
        joins.iter().map(|j| tickets::by_id(&mut conn, j.ticket_id).expect("a ticket")).collect()
    }

    /// The one ticket a post is in.
    pub fn ticket_of(&self, post: &Status) -> Ticket {
        let mut all = self.tickets_of(post);
        assert_eq!(all.len(), 1, "one ticket for {:?}", post.text);
        all.remove(0)
    }

    /// The ticket as it is now.
    pub fn again(&self, ticket: &Ticket) -> Ticket {
        tickets::by_id(&mut self.app.db.read().expect("a connection"), ticket.id).expect("a ticket")
    }

    /// The place that some words name.
    pub fn place(&self, words: &str) -> Place {
        let hints = Hints { answer: true, ..Hints::default() };
        places::locate(&self.app.world.now().places, words, &hints).best.expect("a place of the city")
    }

    /// Notes between colleagues, oldest first.
    pub fn notes_of(&self, ticket: &Ticket) -> Vec<String> {
        let rows = tickets::notes_of(&mut self.app.db.read().expect("a connection"), ticket.id);
        rows.expect("notes").into_iter().map(|note| note.words).collect()
    }

    /// Places that the first concern of a post may be at beside its own, by name.
    pub fn alternatives_of(&self, post: &Status) -> Vec<String> {
        let kept = self.kept(post);
        let rows = tickets::concerns_of(&mut self.app.db.read().expect("a connection"), kept.id);
        let fits: Vec<Place> =
            serde_json::from_str(&rows.expect("concerns")[0].alternatives).expect("a list of places");
        fits.into_iter().map(|place| place.label).collect()
    }

    /// Replies to a post, whatever their state.
    pub fn replies_to(&self, post: &Status) -> Vec<Reply> {
        let kept = self.kept(post);
        replies::of_post(&mut self.app.db.read().expect("a connection"), kept.id).expect("replies")
    }

    /// Mails that were written as files.
    pub fn mails(&self) -> Vec<String> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.folder.path().join("mail"))
            .expect("the mail folder")
            .filter_map(|e| Some(e.ok()?.path()))
            .filter(|p| p.extension().is_some_and(|e| e == "eml"))
            .collect();
        files.sort();
        files.iter().map(|f| std::fs::read_to_string(f).expect("a mail")).collect()
    }

    /// The database's URL, for a second process.
    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    /// `host:port` of the square.
    pub fn square_host(&self) -> String {
        let port = self.server.as_ref().map_or(0, Running::port);
        format!("127.0.0.1:{port}")
    }

    /// A port that the program may call, for a second network.
    pub fn port_beside(&self) -> TcpListener {
        self.beside.lock().expect("not poisoned").take().expect("one second network")
    }

    /// The city's folder, for secrets.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Every open ticket is closed without words to anybody, so that the next posts open new ones.
    pub fn close_all(&self) {
        let conn = &mut *self.app.db.read().expect("a connection");
        diesel::sql_query("UPDATE tickets SET status = 'closed'").execute(conn).expect("closed");
        diesel::sql_query("UPDATE questions SET state = 'closed'").execute(conn).expect("closed");
    }

    /// This story ends with something left over, on purpose.
    pub fn may_leave_over(&self) {
        *self.left_over.lock().expect("not poisoned") = true;
    }

    fn end(mut self) {
        let mut conn = self.app.db.read().expect("a connection");
        if !*self.left_over.lock().expect("not poisoned") {
            for state in ["due", "quarantine"] {
                assert_eq!(jobs::count(&mut conn, state).expect("a count"), 0, "jobs left over: {state}");
            }
            let states = [State::Queued, State::Sending, State::Unknown, State::Failed];
            let left = replies::in_states(&mut conn, &states, 10).expect("the outbox");
            assert!(left.is_empty(), "replies left over: {left:#?}");
        }
        drop(conn);
        if let Some(server) = self.server.take() {
            server.stop();
        }
    }
}
