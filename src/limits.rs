//! Limits on everything that comes from outside, in one table, with the unit in the name.

/// Longest text of one post, in bytes; what is longer is refused with a reason.
pub const POST_BYTES: usize = 64 * 1024;
/// Longest line of a replay file, in bytes.
pub const LINE_BYTES: usize = 1024 * 1024;
/// Photos of one post or form.
pub const PHOTOS: usize = 8;
/// One photo as uploaded, in bytes.
pub const PHOTO_BYTES: usize = 8 * 1024 * 1024;
/// Posts written in one transaction.
pub const GROUP_POSTS: usize = 64;
/// Longest time a group of posts may hold the write lock, in milliseconds.
pub const GROUP_MS: u64 = 20;
/// How long a group of lines waits for more of them, in milliseconds: one commit then serves all that come meanwhile.
pub const GATHER_MS: u64 = 30;
/// Concerns read out of one post.
pub const CONCERNS: usize = 5;
/// Posts of one thread that are looked at.
pub const THREAD_POSTS: usize = 500;
/// Longest e-mail address, in characters.
pub const EMAIL_CHARS: usize = 254;
/// Longest words a person types into a form field, in characters.
pub const FIELD_CHARS: usize = 5_000;
/// Jobs one worker takes at a time.
pub const JOBS_AT_ONCE: i64 = 16;
/// Crashes of the same job before it is put aside and an alarm is raised.
pub const JOB_CRASHES: i64 = 3;
/// Lost races of the same job before a person looks.
pub const JOB_RACES: i64 = 40;
/// Tries of the same job while something outside does not answer: about half a day.
pub const JOB_OUTAGES: i64 = 12;
/// Bytes of one row of a stored gazetteer or model.
pub const WORLD_ROW_BYTES: usize = 1024 * 1024;
/// Longest key of a program as it is sent, in bytes; what is longer is no key of ours.
pub const KEY_BYTES: usize = 128;
/// Times a key may be used within one hour of the clock, unless it says otherwise.
pub const KEY_USES_PER_HOUR: i64 = 1_000;
/// Most that may be written on a key, an hour.
pub const KEY_USES_PER_HOUR_MOST: i64 = 1_000_000;
/// How long "where is it?" waits for the photos of a post, which may say it, in seconds.
pub const PHOTO_KNOWS_S: i64 = 10;
/// One file of closed tickets that the reader learns from, in bytes.
pub const TICKETS_FILE_BYTES: u64 = 512 * 1024 * 1024;
/// Rows of one Open311 answer.
pub const OPEN311_ROWS: i64 = 1_000;
/// Days an Open311 question may span.
pub const OPEN311_SPAN_DAYS: i64 = 90;
/// Fields of one Open311 form or question.
pub const OPEN311_FIELDS: usize = 200;
/// Longest description of an Open311 request, in characters.
pub const OPEN311_DESCRIPTION_CHARS: usize = 4_000;
/// Longest other field of an Open311 request, in characters.
pub const OPEN311_FIELD_CHARS: usize = 1_000;
