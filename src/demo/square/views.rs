//! What the templates show: plain records made from memory and from the journey.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::html::{Token, tokens, without_leading_mentions};
use super::memory::{CITY, Memory, Post};
use super::steps::{PieceView, StepsView, steps};
use super::{Square, Visibility, stories};

/// Threads on one page.
const THREADS_A_PAGE: usize = 25;
/// Posts shown of one thread; the first and the newest.
const POSTS_A_THREAD: usize = 40;
/// Longest address shown in a post, in characters.
const ADDRESS_CHARS: usize = 40;

/// The whole page.
#[derive(Debug, Serialize)]
pub(super) struct PageView {
    pub(super) town: String,
    pub(super) title: String,
    pub(super) strip: Vec<LinkView>,
    pub(super) everyone_url: String,
    pub(super) is_everyone: bool,
    pub(super) mine_url: String,
    pub(super) posted: bool,
    pub(super) problem: Option<String>,
    pub(super) text: String,
    /// Set when an answer in a thread was refused and is shown again in the box.
    pub(super) reply_to: Option<String>,
    pub(super) neighbors: Vec<NeighborView>,
    pub(super) examples: Vec<LinkView>,
    pub(super) refresh: bool,
    pub(super) live: LiveView,
}

/// What the script asks for again every second.
#[derive(Debug, Serialize)]
pub(super) struct LiveView {
    pub(super) live_url: String,
    pub(super) steps: StepsView,
    pub(super) threads: Vec<ThreadView>,
    pub(super) heading: String,
    pub(super) older_url: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct LinkView {
    pub(super) label: String,
    pub(super) url: String,
    /// Text between this link and the next.
    pub(super) after: &'static str,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct NeighborView {
    pub(super) handle: String,
    pub(super) name: String,
    pub(super) selected: bool,
}

/// A thread: its posts and the form that answers in it.
#[derive(Debug, Serialize)]
pub(super) struct ThreadView {
    id: String,
    posts: Vec<PostView>,
    reply_to: String,
    neighbors: Vec<NeighborView>,
    first_name: String,
}

#[derive(Debug, Serialize)]
struct PostView {
    id: String,
    name: String,
    initials: String,
    by_city: bool,
    is_reply: bool,
    time: String,
    ago: String,
    edited: bool,
    private: Option<&'static str>,
    spoiler: Option<String>,
    language: String,
    pieces: Vec<PieceView>,
    photos: Vec<PhotoView>,
    journey_url: Option<String>,
    answer_coming: bool,
}

#[derive(Debug, Serialize)]
struct PhotoView {
    url: String,
    alt: String,
    width_px: u32,
    height_px: u32,
}

/// What the address asks for.
#[derive(Debug, Default, Clone)]
pub(super) struct Wanted {
    /// The post whose journey is shown; the newest when none is named.
    pub(super) post: Option<u64>,
    /// Only threads this person wrote in.
    pub(super) person: Option<usize>,
    /// Only threads that begin before this post.
    pub(super) before: Option<u64>,
}

impl Wanted {
    /// The address of a page or fragment that asks for the same.
    pub(super) fn address(&self, path: &str, square: &Square) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if let Some(post) = self.post {
            query.append_pair("post", &post.to_string());
        }
        if let Some(person) = self.person {
            query.append_pair("mine", &square.memory().people[person].handle);
        }
        if let Some(before) = self.before {
            query.append_pair("before", &before.to_string());
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

/// Everybody who may post, with one selected.
pub(super) fn neighbors(memory: &Memory, selected: Option<usize>) -> Vec<NeighborView> {
    let known = stories::NEIGHBORS.iter().filter_map(|neighbor| memory.find_person(neighbor.handle));
    let mut people: Vec<usize> = known.collect();
    // Somebody who came by name (a test, a second demo) can answer in the own thread too.
    people.extend(selected.filter(|person| *person != CITY && !people.contains(person)));
    let first = selected.filter(|person| people.contains(person)).or_else(|| people.first().copied());
    let view = |person: &usize| NeighborView {
        handle: memory.people[*person].handle.clone(),
        name: memory.people[*person].name.clone(),
        selected: Some(*person) == first,
    };
    people.iter().map(view).collect()
}

/// The part of the page that changes by itself.
pub(super) fn live(square: &Square, wanted: &Wanted) -> LiveView {
    let chosen = wanted.post.or_else(|| newest_question(&square.memory(), wanted.person));
    let uri = chosen.and_then(|id| square.status(&id.to_string()).ok()).map(|status| status.uri);
    let journey = uri.and_then(|uri| square.journeys()?.journey(&uri));
    let now = square.now();
    let memory = square.memory();
    let steps = steps(&memory, chosen, wanted.post.is_some(), journey, now);
    let open = |post: &&Post| {
        post.reply_to.is_none()
            && post.author != CITY
            && memory.may_see(post, wanted.person)
            && wanted.before.is_none_or(|before| post.id < before)
            && wanted.person.is_none_or(|person| takes_part(&memory, post, person))
    };
    let mut roots: Vec<&Post> = memory.posts.values().rev().filter(open).take(THREADS_A_PAGE + 1).collect();
    let more = roots.len() > THREADS_A_PAGE;
    roots.truncate(THREADS_A_PAGE);
    let older = roots.last().filter(|_| more).map(|root| root.id);
    let running = chosen.filter(|_| steps.running);
    let threads = roots.iter().map(|root| thread(&memory, root, wanted.person, running, now)).collect();
    let heading = wanted.person.map_or_else(
        || "Newest first".to_owned(),
        |person| format!("Posts of {}, newest first", memory.people[person].name),
    );
    drop(memory);
    LiveView {
        live_url: wanted.address("/live", square),
        steps,
        threads,
        heading,
        older_url: older.map(|before| Wanted { before: Some(before), ..wanted.clone() }.address("/", square)),
    }
}

fn takes_part(memory: &Memory, root: &Post, person: usize) -> bool {
    root.author == person || memory.below(root.id).iter().any(|post| post.author == person)
}

fn newest_question(memory: &Memory, viewer: Option<usize>) -> Option<u64> {
    let asks = |post: &&Post| post.author != CITY && post.reply_to.is_none() && memory.may_see(post, viewer);
    memory.posts.values().rev().find(asks).map(|post| post.id)
}

fn thread(
    memory: &Memory,
    root: &Post,
    viewer: Option<usize>,
    running: Option<u64>,
    now: DateTime<Utc>,
) -> ThreadView {
    let mut posts: Vec<&Post> = vec![root];
    let mut below = memory.below(root.id);
    below.retain(|post| memory.may_see(post, viewer));
    below.sort_by_key(|post| post.id);
    posts.extend(below.iter().rev().take(POSTS_A_THREAD).rev());
    // An answer goes under what the city said last, so that it stands in the same conversation.
    let reply_to = posts.iter().rev().find(|post| post.author == CITY).map_or(root.id, |post| post.id);
    ThreadView {
        id: root.id.to_string(),
        reply_to: reply_to.to_string(),
        neighbors: neighbors(memory, Some(root.author)),
        first_name: memory.people[root.author].name.clone(),
        posts: posts.iter().map(|post| post_view(memory, post, running, now)).collect(),
    }
}

fn post_view(memory: &Memory, post: &Post, running: Option<u64>, now: DateTime<Utc>) -> PostView {
    let person = &memory.people[post.author];
    let by_city = post.author == CITY;
    let photos = post.photos.iter().filter_map(|id| memory.photos.get(id)).map(|photo| PhotoView {
        url: photo.path(),
        alt: photo.description.clone().unwrap_or_else(|| format!("Photo by {}", person.name)),
        width_px: photo.width_px,
        height_px: photo.height_px,
    });
    PostView {
        id: post.id.to_string(),
        name: person.name.clone(),
        initials: person.name.split_whitespace().filter_map(|word| word.chars().next()).take(2).collect(),
        by_city,
        is_reply: post.reply_to.is_some() && !by_city,
        time: post.created_at.to_rfc3339(),
        ago: ago(now, post.created_at),
        edited: post.edited_at.is_some(),
        private: private_word(post.visibility),
        spoiler: Some(post.spoiler.clone()).filter(|spoiler| !spoiler.is_empty()),
        language: post.language.clone(),
        pieces: pieces(without_leading_mentions(&post.text)),
        photos: photos.collect(),
        journey_url: (!by_city).then(|| format!("/?post={}", post.id)),
        answer_coming: running == Some(post.id),
    }
}

fn private_word(visibility: Visibility) -> Option<&'static str> {
    match visibility {
        Visibility::Public | Visibility::Unlisted => None,
        Visibility::Private => Some("Followers only"),
        Visibility::Direct => Some("Only the people named"),
    }
}

/// The text with its addresses as links.
fn pieces(text: &str) -> Vec<PieceView> {
    let words = |text: String| PieceView { text, mark: "", url: None, whole: false };
    let one = |token: Token<'_>| match token {
        Token::Link(link) => PieceView { url: Some(link.to_owned()), ..words(shown_address(link)) },
        Token::Words(text) => words(text.to_owned()),
        Token::Mention { whole, .. } => words(whole.to_owned()),
        Token::Tag(tag) => words(format!("#{tag}")),
    };
    tokens(text).into_iter().map(one).collect()
}

/// An address as people read it: without its scheme, cut when long.
fn shown_address(link: &str) -> String {
    let bare = link.split_once("://").map_or(link, |(_, rest)| rest);
    let shown: String = bare.chars().take(ADDRESS_CHARS).collect();
    if shown.len() < bare.len() { format!("{shown}\u{2026}") } else { shown }
}

/// How long ago, in the words of the page.
fn ago(now: DateTime<Utc>, then: DateTime<Utc>) -> String {
    match (now - then).num_minutes() {
        ..1 => "just now".to_owned(),
        minutes @ 1..60 => format!("{minutes} min ago"),
        minutes @ 60..1_440 => format!("{} h ago", minutes / 60),
        minutes => format!("{} d ago", minutes / 1_440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn ages_are_told_in_words() {
        let now = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(400);
        let check =
            |minutes: i64, expect: &str| assert_eq!(ago(now, now - TimeDelta::minutes(minutes)), expect);
        check(0, "just now");
        check(-5, "just now");
        check(27, "27 min ago");
        check(61, "1 h ago");
        check(2_900, "2 d ago");
    }
}
