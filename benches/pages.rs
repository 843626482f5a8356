//! What a ticket page costs the server in CPU time, beside the least a server can do for the same bytes.
//!
//! `cargo bench --bench pages` prints the figures. All servers run in this process; one browser asks each in turn over
//! loopback, and what counts is the CPU time of all other threads for one request, sockets included: the time that
//! passes would mostly measure how fast two threads wake each other. Compared are the whole product (guard, routes,
//! compression) and a bare actix server with two handlers: one that returns the page's bytes from memory, and one that
//! does `web::block`, reads one row by its primary key, and returns the same bytes.

#![expect(clippy::unwrap_used, reason = "a bench stops at the first surprise")]
#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

mod support;
#[path = "support/wire.rs"]
mod wire;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use actix_web::web::{self, Bytes, Data};
use actix_web::{HttpResponse, HttpServer};
use onit::app::App;
use onit::db::{Db, Location};
use onit::journey::group;
use onit::tickets;
use support::{option, posts, spread};
use wire::Browser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As the product's own server.
const WORKERS: usize = 2;
const WAITING_THREADS: usize = 4;

fn main() {
    let (rounds, requests) = (option("--rounds", 40), option("--requests", 250));
    let folder = tempfile::tempdir().unwrap();
    let here = Location::Sqlite(folder.path().join("onit.db"));
    let fresh = city(&here, folder.path(), 0);
    let (id, number) = fill(&fresh, option("--posts", 2_000));
    let path = format!("/t/{number}");
    let kept = city(&here, folder.path(), 600);
    let db = fresh.db.clone();
    let (fresh, kept) =
        (onit::web::serve(fresh, "127.0.0.1:0").unwrap(), onit::web::serve(kept, "127.0.0.1:0").unwrap());
    let bytes = Browser::new(fresh.addr, "").get(&path);
    println!("{path}: {} bytes; {rounds} rounds of {requests} requests each", bytes.len());
    let bare = bare(db, id, Bytes::from(bytes));

    let gzip = "accept-encoding: gzip\r\n";
    // A question of one's own is answered with a page of one's own: nothing kept is used.
    let own = format!("{path}?said=nothing");
    let mut asked = [
        (Browser::new(bare, ""), "/row"),
        (Browser::new(fresh.addr, ""), own.as_str()),
        (Browser::new(fresh.addr, ""), path.as_str()),
        (Browser::new(bare, ""), "/static"),
        (Browser::new(kept.addr, ""), path.as_str()),
        (Browser::new(fresh.addr, gzip), own.as_str()),
        (Browser::new(fresh.addr, gzip), path.as_str()),
        (Browser::new(kept.addr, gzip), path.as_str()),
    ];
    let mut cost: [Vec<f64>; 8] = Default::default();
    // The first round fills caches and is not counted.
    let only = option("--only", asked.len());
    for round in 0..=rounds {
        for (n, ((browser, path), cost)) in asked.iter_mut().zip(&mut cost).enumerate() {
            // For a profile of one of them.
            if only < 8 && only != n {
                continue;
            }
            let each = cpu_ms(browser, path, requests);
            if round > 0 {
                cost.push(each);
            }
        }
    }
    if only == asked.len() {
        tell(&cost);
    }
}

fn tell(cost: &[Vec<f64>; 8]) {
    let [row, own, unchanged, fixed, kept, own_gzip, unchanged_gzip, kept_gzip] = cost;
    let ratio = |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a / b).collect() };
    println!("| figure | middle (lowest to highest) | goal |\n|---|---|---|");
    println!(
        "| page cache off, ticket unchanged / one row read | {} | at most 3 |",
        spread(&ratio(unchanged, row), 2)
    );
    println!("| page made from nothing / one row read | {} | |", spread(&ratio(own, row), 2));
    println!("| page from the cache / fixed bytes | {} | at most 1.5 |", spread(&ratio(kept, fixed), 2));
    println!("| page made from nothing, ms of CPU | {} | at most 0.3 |", spread(own, 4));
    println!("| page cache off, ticket unchanged, ms | {} | at most 0.3 |", spread(unchanged, 4));
    println!("| one row read, ms | {} | |", spread(row, 4));
    println!("| page from the cache, ms | {} | |", spread(kept, 4));
    println!("| fixed bytes, ms | {} | |", spread(fixed, 4));
    println!("| compressed: made from nothing, ms | {} | |", spread(own_gzip, 4));
    println!("| compressed: ticket unchanged, ms | {} | |", spread(unchanged_gzip, 4));
    println!("| compressed: from the cache, ms | {} | |", spread(kept_gzip, 4));
}

fn city(location: &Location, folder: &Path, page_cache_seconds: u32) -> App {
    support::city(location, folder, |settings| {
        settings.server.page_cache_seconds = page_cache_seconds;
        settings.server.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    })
}

/// Some months of posts; row id and number of the public ticket that most people joined.
fn fill(app: &App, n: usize) -> (i64, String) {
    let envelopes = posts::envelopes(n, app.clock.now());
    group::receive_all(&app.db, &app.world.now(), &envelopes, || app.clock.now()).unwrap();
    let conn = &mut *app.db.read().unwrap();
    let ids = tickets::ids_after(conn, 0, 10_000).unwrap();
    let all = ids.iter().map(|id| tickets::by_id(conn, *id).unwrap());
    let ticket = all.filter(tickets::Ticket::is_public).max_by_key(|t| t.people).unwrap();
    (ticket.id, ticket.number)
}

/// Milliseconds of CPU that all other threads use for one request.
fn cpu_ms(browser: &mut Browser, path: &str, requests: usize) -> f64 {
    // What a thread still does after its answer went out belongs to that answer.
    let rest = || std::thread::sleep(Duration::from_millis(2));
    browser.connect();
    browser.get(path);
    rest();
    let before = support::other_threads_cpu_ns();
    for _ in 0..requests {
        browser.get(path);
    }
    rest();
    // Idle threads of a pool end after some seconds: each is compared with itself.
    let used = support::other_threads_cpu_ns()
        .into_iter()
        .map(|(thread, ns)| ns - before.get(&thread).unwrap_or(&0.0));
    used.sum::<f64>() / 1e6 / f64::from(u32::try_from(requests).unwrap())
}

/// The least that a server can do for these bytes.
fn bare(db: Db, id: i64, bytes: Bytes) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let (db, bytes) = (Data::new(db), Data::new(bytes));
            let server = HttpServer::new(move || {
                actix_web::App::new()
                    .app_data(Data::clone(&db))
                    .app_data(Data::clone(&bytes))
                    .app_data(Data::new(id))
                    .route("/static", web::get().to(fixed))
                    .route("/row", web::get().to(row))
            });
            server
                .workers(WORKERS)
                .worker_max_blocking_threads(WAITING_THREADS)
                .listen(listener)
                .unwrap()
                .run()
                .await
        })
    });
    addr
}

async fn fixed(bytes: Data<Bytes>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(Bytes::clone(&bytes))
}

async fn row(db: Data<Db>, id: Data<i64>, bytes: Data<Bytes>) -> HttpResponse {
    let found = web::block(move || tickets::by_id(&mut *db.read()?, **id)).await.unwrap().unwrap();
    assert!(found.is_public());
    fixed(bytes).await
}
