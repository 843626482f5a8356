//! A city that is on Bluesky too, beside its town square.

use chrono::Duration;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use onit::app::NewBluesky;
use onit::channels::{Level, accounts};
use onit::replies::{self, Reply, State};
use onit::{intake, tickets};

use super::city::TestCity;
use super::sky::{Skeet, Sky};

/// A city that is on Bluesky too.
pub struct Town<'a> {
    pub city: &'a TestCity,
    pub sky: Sky,
    pub account_id: i64,
}

impl<'a> Town<'a> {
    /// The network, with what `before` put there; then the city's account is connected.
    pub fn with(city: &'a TestCity, before: impl FnOnce(&Sky)) -> Self {
        let sky = Sky::start(city.port_beside(), city.clock.clone());
        sky.join("city");
        before(&sky);
        let mut town = Self { city, sky, account_id: 0 };
        town.account_id = town.connect();
        town
    }

    /// Connects the account, or connects it again with a new password.
    pub fn connect(&self) -> i64 {
        let password = self.city.folder().join("app-password");
        std::fs::write(&password, self.sky.app_password("city")).expect("the password");
        let (setup, findings) = self
            .city
            .app
            .connect_bluesky(&NewBluesky {
                name: "sky",
                url: &self.sky.url(),
                handle: "@city.test",
                password: &format!("file:{}", password.display()),
                trial_replies: 0,
                from_the_start: false,
            })
            .expect("connected");
        assert_eq!((setup.did.as_str(), setup.handle.as_str()), ("did:plc:city", "city.test"));
        assert!(findings.iter().all(|f| f.level != Level::Problem), "{findings:#?}");
        self.row().id
    }

    /// The account as it is kept.
    pub fn row(&self) -> accounts::AccountRow {
        let rows = accounts::all(&mut self.city.app.db.read().expect("a connection")).expect("accounts");
        rows.into_iter().find(|row| row.name == "sky").expect("the account")
    }

    /// The post as the product keeps it.
    pub fn kept(&self, post: &Skeet) -> Option<intake::Post> {
        let mut conn = self.city.app.db.read().expect("a connection");
        intake::post_named(&mut conn, "bluesky", &post.uri).expect("a look")
    }

    /// The tickets a post is in.
    pub fn tickets_of(&self, post: &Skeet) -> Vec<tickets::Ticket> {
        let kept = self.kept(post).expect("the post is kept");
        let mut conn = self.city.app.db.read().expect("a connection");
        let joins = tickets::joins_of_post(&mut conn, kept.id).expect("joins");
        joins.iter().map(|j| tickets::by_id(&mut conn, j.ticket_id).expect("a ticket")).collect()
    }

    /// Replies to a post, whatever their state.
    pub fn replies_to(&self, post: &Skeet) -> Vec<Reply> {
        let kept = self.kept(post).expect("the post is kept");
        replies::of_post(&mut self.city.app.db.read().expect("a connection"), kept.id).expect("replies")
    }

    /// Long enough for every pause, look and second look.
    pub fn settles(&self) {
        for _ in 0..6 {
            self.city.pass(Duration::seconds(35));
            self.city.works();
        }
    }

    /// The author sees one answer, and we know that it stands there.
    pub fn answered_once(&self, post: &Skeet, corner: &str) {
        let said = self.sky.city_said(post);
        assert_eq!(said.len(), 1, "{corner}: {said:#?}, {:#?}", self.replies_to(post));
        assert_eq!(self.replies_to(post)[0].state, State::Delivered, "{corner}");
    }

    /// Stops or starts all sending.
    pub fn set_sending(&self, on: bool) {
        let now = self.city.clock.now();
        self.city.app.db.write(|conn| replies::set_sending(conn, on, "Dana Ruiz", now)).expect("the switch");
    }

    /// Mails about events whose names begin so.
    pub fn mailed(&self, event: &str) -> i64 {
        self.count(&format!("SELECT count(*) AS n FROM mails WHERE event_key LIKE '{event}%'"))
    }

    /// People on duty who have an address.
    pub fn on_duty(&self) -> i64 {
        let world = self.city.app.world.now();
        let reached = world.settings.policy.duty.iter().filter(|p| p.email.is_some()).count();
        assert!(reached > 0, "nobody would be told");
        i64::try_from(reached).expect("small")
    }

    /// A number out of the database.
    pub fn count(&self, sql: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            n: i64,
        }
        let mut conn = self.city.app.db.read().expect("a connection");
        diesel::sql_query(sql).get_result::<Count>(&mut *conn).expect("a count").n
    }
}
