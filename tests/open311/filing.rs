//! Filing: what is needed, what comes back, own numbers, photos, names that file once (O15 to O19, tokens).

use onit::accounts::keys::Scope;
use onit::settings::Settings;
use onit::{intake, media, tickets};

use crate::client::{CORNER, Client, DARK, new_key, number_in, refusal};
use crate::support::city::{on_each_database, on_each_database_with};
use crate::support::{http, root};

/// The city's own catalogue, in which the number on the pole must be answered.
fn pole_number_required(settings: &mut Settings) {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&root().join("config"), folder.path());
    let file = folder.path().join("services.toml");
    let text = std::fs::read_to_string(&file).expect("the catalogue");
    let changed = text.replacen("key = \"pole_number\"\n", "key = \"pole_number\"\nrequired = true\n", 1);
    assert_ne!(text, changed);
    std::fs::write(&file, changed).expect("written");
    let loaded = Settings::load(folder.path(), std::iter::empty()).expect("the settings");
    settings.catalogue = loaded.catalogue;
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target)
        } else {
            std::fs::copy(&path, &target).map(|_| ()).expect("a file")
        }
    }
}

#[test]
fn o15_o17_a_request_is_filed_and_has_its_number() {
    on_each_database(|city| {
        let client = Client::open(city);
        let fields = [
            ("service_code", "street_light"),
            ("address_string", CORNER),
            ("description", DARK),
            ("attribute[1011]", "1147"),
            ("attribute[light_state]", "flickers"),
            ("attribute[fixmystreet_id]", "99"),
            ("email", "Ana@Example.org"),
            ("first_name", "Ana"),
            ("last_name", "Lopez"),
            ("deviceid", "phone-1"),
            ("account_id", "a1"),
        ];
        let done = client.post("/v2/requests.xml", &fields);
        let read = crate::xml::parse(&done.text());
        assert_eq!((read.name.as_str(), read.children.len()), ("service_requests", 1));
        let receipt = &read.children[0];
        let number = receipt.get("service_request_id").to_owned();
        assert!(receipt.child("token").is_none(), "an id or a token, never both");
        assert!(receipt.get("service_notice").contains("Street Lighting has it, due"), "{receipt:?}");
        assert_eq!(receipt.get("account_id"), "a1");

        let ticket = client.ticket(&number);
        assert_eq!((ticket.service.as_str(), ticket.place_label.as_str()), ("street_light", CORNER));
        let conn = &mut *city.app.db.read().expect("a connection");
        let join = &tickets::joins_of(conn, ticket.id).expect("joins")[0];
        let post = intake::post(conn, join.post_id).expect("the post");
        assert_eq!((post.channel.as_str(), post.text.as_str()), ("open311", DARK));
        let stated = post.stated().expect("what was chosen");
        assert_eq!(stated.attributes["pole_number"], "1147");
        assert_eq!(stated.attributes["light_state"], "flickers");
        assert_eq!(stated.attributes["fixmystreet_id"], "99", "what others send beside is kept");
        assert!(!post.raw.contains(&client.key), "the key is kept nowhere");
    });
}

#[test]
fn o15_coordinates_are_the_place_that_was_chosen() {
    on_each_database(|city| {
        let client = Client::open(city);
        let corner = client.ticket(&client.file("street_light", CORNER, DARK));
        let (lat, lon) = corner.lat.zip(corner.lon).expect("a place");
        let done = client.post(
            "/v2/requests.json",
            &[
                ("service_code", "graffiti"),
                ("lat", &lat.to_string()),
                ("long", &lon.to_string()),
                ("description", "Not at Main St & Walnut St"),
            ],
        );
        let request = client.request(&number_in(&done));
        let near = |name: &str, at: f64| (request[name].as_f64().expect(name) - at).abs() < 0.001;
        assert!(near("lat", lat) && near("long", lon), "{request}");
    });
}

#[test]
fn o18_what_is_missing_is_named() {
    on_each_database_with(pole_number_required, |city| {
        let client = Client::open(city);
        let good =
            [("service_code", "street_light"), ("address_string", CORNER), ("attribute[1011]", "1147")];
        let without =
            |name: &str| -> Vec<(&str, &str)> { good.iter().copied().filter(|(n, _)| *n != name).collect() };
        let check = |fields: &[(&str, &str)], status: u16, words: &str| {
            for format in ["json", "xml"] {
                let said = refusal(&client.post(&format!("/v2/requests.{format}"), fields), status);
                assert!(said[0].contains(words), "{fields:?}: {said:?}");
            }
        };
        check(&without("attribute[1011]"), 400, "attribute[1011] (pole_number) required");
        check(&without("service_code"), 400, "service_code required");
        check(&without("address_string"), 400, "address_string");
        check(&[("service_code", "unicorns"), ("address_string", CORNER)], 404, "service_code");
        let said = refusal(&client.post_with("/v2/requests.json", &[], &good), 403);
        assert!(said[0].starts_with("api_key"), "{said:?}");
        let mut with = good.to_vec();
        with.push(("api_key", "made-up"));
        refusal(&client.post_with("/v2/requests.xml", &[], &with), 403);
        let sandbox = new_key(city, "sandbox", &[Scope::Sandbox], 10);
        with.pop();
        let header = format!("Bearer {sandbox}");
        refusal(&client.post_with("/v2/requests.xml", &[("Authorization", &header)], &with), 403);
        assert_eq!(client.json("/v2/requests.json").as_array().map(Vec::len), Some(0), "nothing was kept");
        number_in(&client.post("/v2/requests.json", &good));
    });
}

#[test]
fn a_key_is_good_so_many_times_an_hour() {
    on_each_database(|city| {
        let client = Client::open(city);
        let tight = new_key(city, "tight", &[Scope::Open311], 1);
        let file = |address: &str| {
            let fields = [("service_code", "street_light"), ("address_string", address)];
            client.post_with("/v2/requests.json", &[("X-Api-Key", &tight)], &fields)
        };
        number_in(&file(CORNER));
        let over = file("Main St & Walnut St");
        refusal(&over, 429);
        assert_eq!(over.header("retry-after"), Some("3601"));
        assert_eq!(client.json("/v2/requests.json").as_array().map(Vec::len), Some(1));
    });
}

#[test]
fn o19_a_name_of_the_clients_files_once() {
    on_each_database(|city| {
        let client = Client::open(city);
        let (url, key) = (client.url("/v2/requests.json"), client.key.clone());
        let file = |name: &str, description: &str| {
            let fields = [
                ("api_key", key.as_str()),
                ("service_code", "street_light"),
                ("address_string", CORNER),
                ("description", description),
            ];
            http::post_form(&url, &[("Idempotency-Key", name)], &fields).expect("an answer")
        };
        let first = number_in(&file("a-1", DARK));
        assert_eq!(number_in(&file("a-1", DARK)), first, "the same once more");
        let said = refusal(&file("a-1", "Something else"), 409);
        assert!(said[0].starts_with("Idempotency-Key"), "{said:?}");
        let at_once: Vec<String> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..4).map(|_| scope.spawn(|| number_in(&file("b-1", DARK)))).collect();
            all.into_iter().map(|t| t.join().expect("no panic")).collect()
        });
        assert!(at_once.iter().all(|n| *n == at_once[0] && *n != first), "{at_once:?}");
        assert_eq!(client.json("/v2/requests.json").as_array().map(Vec::len), Some(2));
    });
}

#[test]
fn what_joins_has_a_number_that_leads_on() {
    on_each_database(|city| {
        let client = Client::open(city);
        let post = city.resident_posts("ana", "Street light out at Broad St & Market St");
        city.works();
        let parent = city.ticket_of(&post);
        let done =
            client.post("/v2/requests.json", &[("service_code", "street_light"), ("address_string", CORNER)]);
        let number = number_in(&done);
        assert_ne!(number, parent.number);
        assert!(done.text().contains("knows this already"), "{}", done.text());
        assert_eq!(client.ticket(&number).id, parent.id, "both numbers open the survivor");
        assert_eq!(city.again(&parent).people, 2);
        let path = format!("/v2/requests/{number}.json?extensions=true");
        let read = client.json(&path);
        assert_eq!(read[0]["service_request_id"], number.as_str());
        assert_eq!(read[0]["extended_attributes"]["parent_service_request_id"], parent.number.as_str());
        assert_eq!(
            (&read[0]["extended_attributes"]["duplicate"], &read[0]["status"]),
            (&true.into(), &"open".into())
        );
        crate::updates::fix(city, &city.again(&parent));
        assert_eq!(client.json(&path)[0]["status"], "closed", "the survivor's state");
        assert_eq!(client.json("/v2/requests.json?status=closed").as_array().map(Vec::len), Some(2));
        city.works();
    });
}

#[test]
fn what_a_person_looks_at_first_has_its_number_too() {
    on_each_database(|city| {
        let client = Client::open(city);
        let done = client.post(
            "/v2/requests.json",
            &[
                ("service_code", "street_light"),
                ("address_string", "somewhere in town"),
                ("description", DARK),
            ],
        );
        let number = number_in(&done);
        assert!(done.text().contains("A person looks at it next"), "{}", done.text());
        let ticket = client.ticket(&number);
        assert_eq!(ticket.status, tickets::Status::Received);
        assert_eq!(client.request(&number)["status"], "open");
        let conn = &mut *city.app.db.read().expect("a connection");
        let join = &tickets::joins_of(conn, ticket.id).expect("joins")[0];
        assert_eq!(tickets::concern(conn, join.concern_id).expect("a concern").queue, "review");
    });
}

#[test]
fn danger_gets_a_token_and_no_public_number() {
    on_each_database(|city| {
        let client = Client::open(city);
        let done = client.post(
            "/v2/requests.json",
            &[
                ("service_code", "other"),
                ("address_string", "12 Elm St"),
                ("description", "Smell of gas in the whole house, we are dizzy"),
            ],
        );
        let receipt = done.json()[0].clone();
        assert!(receipt.get("service_request_id").is_none(), "{receipt}");
        assert!(receipt["service_notice"].as_str().is_some_and(|n| n.contains("911")), "{receipt}");
        let token = receipt["token"].as_str().expect("a token");
        let read = client.json(&format!("/v2/tokens/{token}.json"));
        assert!(read[0]["service_request_id"].is_null() && read[0]["token"] == token, "{read}");
        refusal(&client.get("/v2/tokens/made-up.xml"), 404);
        assert_eq!(client.json("/v2/requests.json").as_array().map(Vec::len), Some(0));
        city.works();
    });
}

#[test]
fn o16_photos_come_with_it() {
    on_each_database(|city| {
        let client = Client::open(city);
        let mut png = std::io::Cursor::new(Vec::new());
        image::DynamicImage::new_rgb8(640, 400).write_to(&mut png, image::ImageFormat::Png).expect("a photo");
        let fields = [("service_code", "street_light"), ("address_string", CORNER), ("description", DARK)];
        let done = client.upload("/v2/requests.json", &fields, &[("photo1", png.get_ref())]);
        let number = number_in(&done);
        let ticket = client.ticket(&number);
        let photos =
            media::of_ticket(&mut city.app.db.read().expect("a connection"), ticket.id).expect("photos");
        assert_eq!(photos.len(), 1);
        assert!(!photos[0].public && client.request(&number)["media_url"].is_null(), "a person looks first");
        let shown = media::PhotoRow { public: true, ..photos[0].clone() };
        let id = city.app.db.write(|conn| media::insert(conn, &shown)).expect("released");
        let url = format!("http://riverton.test/media/{id}.jpg");
        assert_eq!(client.request(&number)["media_url"], url.as_str());

        let said =
            refusal(&client.upload("/v2/requests.xml", &fields, &[("photo2", b"no photo at all")]), 400);
        assert!(said[0].starts_with("photo2"), "{said:?}");
        let addressed = client.post(
            "/v2/requests.json",
            &[
                ("service_code", "graffiti"),
                ("address_string", CORNER),
                ("media_url", "http://127.0.0.1:9/a.jpg"),
                ("media_url", "https://photos.example/b.jpg"),
            ],
        );
        let number = number_in(&addressed);
        let conn = &mut *city.app.db.read().expect("a connection");
        let ticket = tickets::by_number(conn, &number).expect("a ticket");
        let join = &tickets::joins_of(conn, ticket.id).expect("joins")[0];
        let post = intake::post(conn, join.post_id).expect("the post");
        assert!(post.media.contains("photos.example"), "{}", post.media);
        // The worker would look for the photos; neither address is one that it may or can call.
        city.may_leave_over();
    });
}
