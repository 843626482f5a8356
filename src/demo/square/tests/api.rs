//! Conformance: what the product's channel relies on.

use super::super::{Posting, Setup, StrangerPolicy, Visibility};
use super::{Town, png};

fn ids(list: &serde_json::Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[test]
fn the_instance_tells_its_limits() {
    let town = Town::new();
    let v1 = town.city("/api/v1/instance").json();
    let v2 = town.city("/api/v2/instance/").json();
    assert_eq!(v1["configuration"]["statuses"]["max_characters"], 422);
    assert_eq!(v2["configuration"]["statuses"], v1["configuration"]["statuses"]);
    assert_eq!(v2["api_versions"]["mastodon"], 6);
    assert_eq!(town.city("/api/v1/streaming/user").status, 404);
    assert_eq!(town.city("/api/v1/streaming/user/notification").status, 404);
}

#[test]
fn an_app_gets_a_token_for_the_city_by_the_code_flow_with_pkce() {
    let town = Town::new();
    let back = "http://127.0.0.1:9/back";
    let form = [("client_name", "OnIt"), ("redirect_uris", back), ("scopes", "read write:statuses")];
    let app = town.send("POST", "/api/v1/apps", &form, &[]).unwrap().json();
    let (id, secret) = (app["client_id"].as_str().unwrap(), app["client_secret"].as_str().unwrap());
    let challenge = super::super::access::challenge_of("a-long-verifier");
    let asked = format!(
        "/oauth/authorize?response_type=code&client_id={id}&redirect_uri={back}&scope=read&state=s1&code_challenge={challenge}&code_challenge_method=S256"
    );
    let code_of = |answer: super::Answer| {
        assert_eq!(answer.status, 302);
        let target = url::Url::parse(answer.header("location")).unwrap();
        assert_eq!(target.query_pairs().find(|(name, _)| name == "state").unwrap().1, "s1");
        target.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned()
    };
    let token = |code: &str, verifier: &str| {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", id),
            ("client_secret", secret),
            ("redirect_uri", back),
            ("code", code),
            ("code_verifier", verifier),
        ];
        town.send("POST", "/oauth/token", &form, &[]).unwrap()
    };
    let code = code_of(town.city(&asked));
    token(&code, "wrong").refused(400, "invalid_grant");
    let code = code_of(town.city(&asked));
    let given = token(&code, "a-long-verifier").json();
    token(&code, "a-long-verifier").refused(400, "invalid_grant");
    let secret = given["access_token"].as_str().unwrap();
    assert_eq!(town.get("/api/v1/accounts/verify_credentials", secret).json()["acct"], "CityOfRiverton");
    let headers = [("Authorization", format!("Bearer {secret}"))];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let refused = town.ask("POST", "/api/v1/statuses?status=x", &headers, b"").unwrap();
    refused.refused(403, "This action is outside the authorized scopes");
    town.get("/api/v1/accounts/verify_credentials", "nobody").refused(401, "The access token is invalid");
}

#[test]
fn mentions_page_forward_from_min_id_without_a_gap() {
    let town = Town::new();
    for number in 0..5 {
        town.square.tell_city("Joy L.", &format!("lamp {number}"), Posting::default()).unwrap();
    }
    town.square.post_as("Joy L.", "nobody is named here", Posting::default()).unwrap();
    let page = |query: &str| town.city(&format!("/api/v1/notifications?types[]=mention&limit=2&{query}"));
    assert_eq!(ids(&page("min_id=0").json()), ["2", "1"]);
    assert_eq!(ids(&page("min_id=2").json()), ["4", "3"]);
    assert_eq!(ids(&page("min_id=4").json()), ["5"]);
    let end = page("min_id=5");
    assert_eq!((ids(&end.json()).len(), end.header("link")), (0, ""));
    // since_id gives the newest page and skips, as the real one does.
    assert_eq!(ids(&page("since_id=1").json()), ["5", "4"]);
    assert_eq!(ids(&page("max_id=3").json()), ["2", "1"]);
    let link = page("min_id=0").header("link").to_owned();
    assert!(link.contains("max_id=1>; rel=\"next\"") && link.contains("min_id=2>; rel=\"prev\""), "{link}");
    assert!(link.contains("types%5B%5D=mention"), "{link}");
    assert_eq!(ids(&town.city("/api/v1/notifications?types[]=poll").json()).len(), 0);
}

#[test]
fn strangers_are_hidden_by_the_policy_unless_asked_for() {
    let town = Town::new();
    town.square.set_stranger_policy(StrangerPolicy::Filter);
    town.square.tell_city("Joy L.", "lamp", Posting::default()).unwrap();
    assert_eq!(ids(&town.city("/api/v1/notifications").json()).len(), 0);
    assert_eq!(ids(&town.city("/api/v1/notifications?include_filtered=true").json()), ["1"]);
    let policy = town.city("/api/v2/notifications/policy").json();
    assert_eq!(policy["for_new_accounts"], "filter");
    assert_eq!(policy["summary"]["pending_notifications_count"], 1);
    assert_eq!(ids(&town.city("/api/v1/notifications/requests").json()).len(), 1);
}

#[test]
fn a_reply_stands_in_the_thread_once_per_key() {
    let town = Town::new();
    let asked =
        town.square.tell_city("Joy L.", "Street light out at Broad & Market", Posting::default()).unwrap();
    let form = [("status", "@JoyL On it."), ("in_reply_to_id", &asked.id), ("visibility", "unlisted")];
    let key = [("Idempotency-Key", "ticket-1")];
    let first = town.send("POST", "/api/v1/statuses", &form, &key).unwrap().json();
    let again = town.send("POST", "/api/v1/statuses", &form, &key).unwrap().json();
    assert_eq!(first["id"], again["id"]);
    town.wait_seconds(3_601);
    let later = town.send("POST", "/api/v1/statuses", &form, &key).unwrap().json();
    assert_ne!(first["id"], later["id"]);
    assert_eq!(town.square.replies_to(&asked.uri).len(), 2);
    assert_eq!(town.square.thread(&asked.uri).iter().filter(|status| status.by_city).count(), 2);
    let context = town.city(&format!("/api/v1/statuses/{}/context", asked.id)).json();
    assert_eq!(ids(&context["descendants"]), [first["id"].as_str().unwrap(), later["id"].as_str().unwrap()]);
    assert_eq!(first["in_reply_to_id"], asked.id.as_str());
    assert_eq!(first["visibility"], "unlisted");
    assert_eq!(first["mentions"][0]["acct"], "JoyL");
    assert_eq!(first["created_at"], "2026-01-27T06:12:00.000Z");
    // The neighbor sees it, too.
    let joy = town.square.token_of("JoyL").unwrap();
    assert_eq!(ids(&town.get("/api/v1/notifications?types[]=mention", &joy).json()).len(), 2);
    let counters = town.square.counters();
    assert_eq!((counters.posts_accepted, counters.posts_repeated), (2, 1));
    assert_eq!(counters.calls["POST /api/v1/statuses"], 3);
    assert_eq!(counters.last_user_agent.as_deref(), Some("onit-test"));
}

#[test]
fn json_is_read_like_a_form() {
    let town = Town::new();
    let bearer = format!("Bearer {}", town.square.city_token());
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let body =
        br#"{"status":"hello #Ice","spoiler_text":"ice","sensitive":true,"media_ids":[],"language":"es"}"#;
    let made = town.ask("POST", "/api/v1/statuses", &headers, body).unwrap().json();
    assert_eq!((&made["spoiler_text"], &made["language"]), (&"ice".into(), &"es".into()));
    assert_eq!(made["tags"][0]["name"], "ice");
    assert_eq!(town.ask("POST", "/api/v1/statuses", &headers, b"{\"status\":").unwrap().status, 400);
    assert_eq!(town.ask("POST", "/api/v1/statuses", &headers, &[b'x'; 70_000]).unwrap().status, 413);
}

#[test]
fn what_cannot_be_posted_is_refused_in_mastodons_words() {
    let town = Town::new();
    let long = "x".repeat(423);
    town.post(&[("status", &long)]).refused(422, "Validation failed: Text character limit of 422 exceeded");
    town.post(&[("status", " ")]).refused(422, "Validation failed: Text can't be blank");
    let gone = "The post you are trying to reply to does not appear to exist.";
    town.post(&[("status", "x"), ("in_reply_to_id", "12")]).refused(404, gone);
    town.post(&[("status", "x"), ("in_reply_to_id", "abc")]).refused(404, gone);
    town.post(&[("status", "x"), ("visibility", "loud")])
        .refused(422, "Validation failed: Visibility is not included in the list");
    town.post(&[("status", "x"), ("media_ids[]", "7")])
        .refused(422, "Media 7 not found or already attached to another post");
    let exactly = format!("@JoyL@127.0.0.1 {} https://example.test/{long}", "x".repeat(392));
    assert_eq!(town.post(&[("status", &exactly)]).status, 200);
    assert_eq!(town.square.posts_by_city().len(), 1);
}

#[test]
fn private_posts_are_there_only_for_those_named() {
    let town = Town::new();
    let posting = Posting { visibility: Visibility::Direct, ..Posting::default() };
    let secret = town.square.tell_city("Joy L.", "my number is 555", posting).unwrap();
    let path = format!("/api/v1/statuses/{}", secret.id);
    let ruth = town.square.token_of("RuthK").unwrap();
    town.get(&path, &ruth).refused(404, "Record not found");
    assert_eq!(town.ask("GET", &path, &[], b"").unwrap().status, 404);
    assert_eq!(town.city(&path).json()["visibility"], "direct");
    let several = format!("/api/v1/statuses?id[]={}", secret.id);
    assert_eq!(ids(&town.get(&several, &ruth).json()).len(), 0);
    assert_eq!(ids(&town.city(&several).json()).len(), 1);
}

#[test]
fn edits_keep_the_id_and_deletions_take_the_notification_along() {
    let town = Town::new();
    let asked = town.square.tell_city("Joy L.", "lamp out", Posting::default()).unwrap();
    let reply = town.post(&[("status", "@JoyL On it"), ("in_reply_to_id", &asked.id)]).json();
    let path = format!("/api/v1/statuses/{}", reply["id"].as_str().unwrap());
    town.wait_seconds(5);
    let edited = town.send("PUT", &path, &[("status", "@JoyL On it, today")], &[]).unwrap().json();
    assert_eq!(
        (&edited["id"], edited["edited_at"].as_str()),
        (&reply["id"], Some("2026-01-27T06:12:05.000Z"))
    );
    town.square.edit(&asked.uri, "@CityOfRiverton lamp out at Broad & Market").unwrap();
    let read = town.city(&format!("/api/v1/statuses/{}", asked.id)).json();
    assert!(read["edited_at"].is_string() && read["uri"] == asked.uri.as_str());
    town.square.delete(&asked.id).unwrap();
    assert_eq!(ids(&town.city("/api/v1/notifications").json()).len(), 0);
    assert!(town.city(&path).json()["in_reply_to_id"].is_null());
    assert_eq!(town.send("DELETE", &path, &[], &[]).unwrap().json()["text"], "@JoyL On it, today");
    town.city(&path).refused(404, "Record not found");
}

#[test]
fn photos_are_kept_checked_and_given_back() {
    let town = Town::new();
    let photo = png();
    let kept = town.upload("/api/v2/media", &[("description", "the lamp")], ("file", &photo)).json();
    assert_eq!((&kept["description"], &kept["meta"]["original"]["width"]), (&"the lamp".into(), &2.into()));
    let id = kept["id"].as_str().unwrap();
    let made = town.post(&[("status", ""), ("media_ids[]", id)]).json();
    assert_eq!(made["media_attachments"][0]["id"], id);
    let path = kept["url"].as_str().unwrap().trim_start_matches(town.server.base_url()).to_owned();
    let given = town.city(&path);
    assert_eq!((given.status, given.header("content-type")), (200, "image/png"));
    assert_eq!(given.header("x-content-type-options"), "nosniff");
    let refused = town.upload("/api/v1/media", &[], ("file", b"<svg onload=alert(1)>"));
    refused.refused(422, "Validation failed: File content type is invalid");
    let big = vec![0_u8; 9 * 1024 * 1024];
    assert_eq!(town.upload("/api/v2/media", &[], ("file", &big)).status, 413);
}

#[test]
fn the_accounts_own_posts_are_listed_newest_first() {
    let town = Town::new();
    let asked = town.square.tell_city("Joy L.", "lamp", Posting::default()).unwrap();
    town.post(&[("status", "@JoyL On it"), ("in_reply_to_id", &asked.id)]);
    town.post(&[("status", "Plows are out")]);
    let me = town.city("/api/v1/accounts/verify_credentials").json();
    let path = format!("/api/v1/accounts/{}/statuses", me["id"].as_str().unwrap());
    let all = town.city(&path).json();
    assert_eq!(all.as_array().unwrap().len(), 2);
    assert!(all[0]["content"].as_str().unwrap().contains("Plows"));
    assert_eq!(town.city(&format!("{path}?exclude_replies=1")).json().as_array().unwrap().len(), 1);
    assert!(town.city(&format!("{path}?limit=1")).header("link").contains("rel=\"next\""));
}

#[test]
fn memory_is_bounded_and_the_oldest_goes_first() {
    let town = Town::with(Setup { max_posts: 3, ..Setup::default() });
    let first = town.square.tell_city("Joy L.", "one", Posting::default()).unwrap();
    for text in ["two", "three", "four"] {
        town.square.tell_city("Somebody New", text, Posting::default()).unwrap();
    }
    assert!(town.square.status(&first.id).is_err());
    assert_eq!(ids(&town.city("/api/v1/notifications").json()).len(), 3);
    assert!(town.square.post_as("Joy L.", &"x".repeat(5_001), Posting::default()).is_err());
}
