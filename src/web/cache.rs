//! What a server keeps in memory for a while: finished pages, drawn maps, counted figures, photos of open forms.
//!
//! Everything is bounded by bytes or entries and by time, so nobody can fill the memory with questions.
//! Pages are kept by their path for `page_cache_seconds`, only for visitors without a session: a page from here
//! costs no database and no rendering, and it carries no form token (see `guard::csrf` on why `/t/` needs none).
//! Behind it, a ticket's page is kept for up to a minute as long as one look at the database says that nothing about
//! the ticket has changed (`Stamp`): that page is never older than its ticket, and is not rendered again.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use actix_web::web::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use moka::sync::Cache;

use crate::error::{Error, Result};
use crate::insights::public::{Figures, Stamp, TicketRow};
use crate::media::{self, CleanPhoto};

const PAGE_BYTES: u64 = 64 * 1024 * 1024;
const MAP_BYTES: u64 = 64 * 1024 * 1024;
const PHOTO_BYTES: u64 = 64 * 1024 * 1024;
/// Addresses whose reports and clicks are counted.
const MOST_ADDRESSES: u64 = 100_000;
const FIGURE_SECONDS: u64 = 60;
/// Squares of the city whose open tickets are kept.
const MOST_SQUARES: u64 = 4_096;
/// A compressed page is made once and read once or a few times: speed before size.
const PAGE_COMPRESSION: u32 = 2;
/// How long a page counts as unchanged at most: "5 h left" and the neighbors on its map grow old without a stamp.
const UNCHANGED_SECONDS: u64 = 60;
/// Photos in work and waiting for it.
const PHOTOS_WAITING: u32 = 3;

/// A finished page, plain and compressed.
#[derive(Debug)]
pub(super) struct CachedPage {
    plain: Bytes,
    gzip: OnceLock<Option<Bytes>>,
}

impl CachedPage {
    pub(super) fn new(plain: Bytes) -> Self {
        Self { plain, gzip: OnceLock::new() }
    }

    /// The bytes to send, and whether they are compressed. Compressed once, by whoever asks first.
    pub(super) fn bytes(&self, gzip: bool) -> (Bytes, bool) {
        let packed = if gzip { self.gzip.get_or_init(|| gzipped(&self.plain)).clone() } else { None };
        packed.map_or_else(|| (self.plain.clone(), false), |bytes| (bytes, true))
    }
}

/// Compresses; `None` when it does not get smaller (or memory is short).
pub(super) fn gzipped(plain: &[u8]) -> Option<Bytes> {
    use std::io::Write as _;
    let mut packer = GzEncoder::new(Vec::with_capacity(plain.len() / 3), Compression::new(PAGE_COMPRESSION));
    packer.write_all(plain).ok()?;
    let packed = packer.finish().ok()?;
    (packed.len() < plain.len()).then(|| Bytes::from(packed))
}

/// Finished public pages by path.
#[derive(Debug)]
pub(super) struct PageCache(Option<Cache<String, Arc<CachedPage>>>);

impl PageCache {
    pub(super) fn new(seconds: u32) -> Self {
        let weigh = |path: &String, page: &Arc<CachedPage>| {
            u32::try_from(page.plain.len() * 2 + path.len()).unwrap_or(u32::MAX)
        };
        Self((seconds > 0).then(|| {
            Cache::builder()
                .weigher(weigh)
                .max_capacity(PAGE_BYTES)
                .time_to_live(Duration::from_secs(u64::from(seconds)))
                .build()
        }))
    }

    pub(super) fn get(&self, path: &str) -> Option<Arc<CachedPage>> {
        self.0.as_ref()?.get(path)
    }

    pub(super) fn put(&self, path: String, page: &Arc<CachedPage>) {
        if let Some(pages) = &self.0 {
            pages.insert(path, Arc::clone(page));
        }
    }

    pub(super) fn forget(&self, path: &str) {
        if let Some(pages) = &self.0 {
            pages.invalidate(path);
        }
    }
}

/// The other things kept.
#[derive(Debug)]
pub(super) struct Kept {
    /// Drawn maps by what is on them.
    pub(super) maps: Cache<String, Arc<str>>,
    /// The city for maps in the browser, by the gazetteer's version.
    city: Cache<i64, Arc<CachedPage>>,
    unchanged: Cache<String, (Stamp, Arc<CachedPage>)>,
    /// Photos of forms that were shown again, by a random token.
    pub(super) photos: Cache<String, Arc<CleanPhoto>>,
    cleaning: Mutex<()>,
    waiting: AtomicU32,
    figures: Cache<(), Arc<Figures>>,
    /// Open tickets around a small square of the city.
    around: Cache<(i64, i64), Arc<Vec<TicketRow>>>,
    counts: Cache<(IpAddr, &'static str), Arc<AtomicU32>>,
    once: Cache<(IpAddr, String), ()>,
}

impl Default for Kept {
    fn default() -> Self {
        let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let hour = Duration::from_secs(3600);
        Self {
            unchanged: Cache::builder()
                .weigher(move |path: &String, (_, page): &(Stamp, Arc<CachedPage>)| {
                    size(path.len() + 2 * page.plain.len())
                })
                .max_capacity(PAGE_BYTES)
                .time_to_live(Duration::from_secs(UNCHANGED_SECONDS))
                .build(),
            maps: Cache::builder()
                .weigher(move |key: &String, svg: &Arc<str>| size(key.len() + svg.len()))
                .max_capacity(MAP_BYTES)
                .time_to_live(hour)
                .build(),
            // While a new gazetteer comes into use, two versions are asked for.
            city: Cache::builder().max_capacity(2).build(),
            photos: Cache::builder()
                .weigher(move |_, photo: &Arc<CleanPhoto>| size(photo.jpeg.len() + photo.thumb.len()))
                .max_capacity(PHOTO_BYTES)
                .time_to_live(hour / 2)
                .build(),
            cleaning: Mutex::new(()),
            waiting: AtomicU32::new(0),
            around: Cache::builder()
                .max_capacity(MOST_SQUARES)
                .time_to_live(Duration::from_secs(UNCHANGED_SECONDS))
                .build(),
            figures: Cache::builder()
                .max_capacity(1)
                .time_to_live(Duration::from_secs(FIGURE_SECONDS))
                .build(),
            counts: Cache::builder().max_capacity(MOST_ADDRESSES).time_to_live(hour).build(),
            once: Cache::builder().max_capacity(MOST_ADDRESSES).time_to_live(hour).build(),
        }
    }
}

impl Kept {
    /// A ticket's page as it was made when the ticket had this stamp.
    pub(super) fn unchanged(&self, number: &str, stamp: Stamp) -> Option<Arc<CachedPage>> {
        self.unchanged.get(number).filter(|(known, _)| *known == stamp).map(|(_, page)| page)
    }

    /// Keeps a ticket's page beside its stamp.
    pub(super) fn keep(&self, number: &str, stamp: Stamp, page: Arc<CachedPage>) {
        self.unchanged.insert(number.to_owned(), (stamp, page));
    }

    /// The city for maps in the browser, made once a version.
    pub(super) fn city(&self, version: i64, make: impl FnOnce() -> String) -> Arc<CachedPage> {
        self.city.get_with(version, || Arc::new(CachedPage::new(make().into())))
    }

    /// The figures, counted again when they are older than a minute.
    pub(super) fn figures(&self, count: impl FnOnce() -> Result<Figures>) -> Result<Arc<Figures>> {
        if let Some(known) = self.figures.get(&()) {
            return Ok(known);
        }
        let fresh = Arc::new(count()?);
        self.figures.insert((), Arc::clone(&fresh));
        Ok(fresh)
    }

    /// The open tickets around a square, read again when they are older than a minute: a map of the neighborhood is
    /// never newer than its page.
    pub(super) fn around(
        &self,
        square: (i64, i64),
        read: impl FnOnce() -> Result<Vec<TicketRow>>,
    ) -> Result<Arc<Vec<TicketRow>>> {
        if let Some(known) = self.around.get(&square) {
            return Ok(known);
        }
        let fresh = Arc::new(read()?);
        self.around.insert(square, Arc::clone(&fresh));
        Ok(fresh)
    }

    /// Counts one more of this kind from this address; false when it is more than `most` in an hour.
    pub(super) fn within(&self, address: IpAddr, kind: &'static str, most: u32) -> bool {
        let count = self.counts.get_with((address, kind), Arc::default);
        count.fetch_add(1, Ordering::Relaxed) < most
    }

    /// Takes one back that came to nothing after all.
    pub(super) fn uncount(&self, address: IpAddr, kind: &'static str) {
        if let Some(count) = self.counts.get(&(address, kind)) {
            let lower = |n: u32| Some(n.saturating_sub(1));
            // Always `Ok`: the closure never says no.
            let _ = count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, lower);
        }
    }

    /// True the first time within an hour that this address does this.
    pub(super) fn first_time(&self, address: IpAddr, what: String) -> bool {
        self.once.entry((address, what)).or_insert(()).is_fresh()
    }

    /// It did not work out: they may do it again.
    pub(super) fn not_done(&self, address: IpAddr, what: String) {
        self.once.invalidate(&(address, what));
    }

    /// Cleans a photo, one at a time: it may take 300 MB while it lasts. Only a few wait for their turn, so that
    /// pages always find a free thread.
    pub(super) fn clean(&self, bytes: &[u8]) -> Result<CleanPhoto> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let cleaned = if before < PHOTOS_WAITING {
            let _turn = self.cleaning.lock().unwrap_or_else(PoisonError::into_inner);
            media::clean(bytes)
        } else {
            Err(Error::Invalid("many photos arrive right now: send it again in a minute".into()))
        };
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        cleaned
    }
}
