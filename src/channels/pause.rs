//! How long a network asks to wait: `Retry-After`, or a reset in one of the forms networks use.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::lax::read_time;
use crate::net::http::Response;

/// Longest pause believed; a server asking for more is looked at again after this.
const MAX_PAUSE_S: u64 = 3600;
/// Pause after a 429 that names none.
const USUAL_PAUSE_S: u64 = 60;

/// The pause a 429 asks for: `Retry-After` first, then the reset header in either of its two forms.
pub(super) fn pause(response: &Response) -> Duration {
    retry_after(response)
        .or_else(|| reset(response))
        .unwrap_or(Duration::from_secs(USUAL_PAUSE_S))
        .clamp(Duration::from_secs(1), Duration::from_secs(MAX_PAUSE_S))
}

/// A pause before the next request when nearly all of the allowance is used.
pub(super) fn breather(response: &Response) -> Option<Duration> {
    let number = |name: &str| rate_header(response, name)?.parse::<u64>().ok();
    let (limit, left) = (number("limit")?, number("remaining")?);
    (left * 20 <= limit).then(|| pause(response))
}

/// Seconds or a date.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.header("retry-after")?.trim();
    let seconds = match value.parse::<i64>() {
        Ok(seconds) => seconds,
        Err(_) => (DateTime::parse_from_rfc2822(value).ok()?.to_utc() - server_time(response)?).num_seconds(),
    };
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(1).clamp(1, MAX_PAUSE_S)))
}

/// `X-RateLimit-Reset` (Mastodon) is an ISO time on most servers and an epoch on some, `RateLimit-Reset` (Bluesky)
/// an epoch; all count by the server's clock.
fn reset(response: &Response) -> Option<Duration> {
    let value = rate_header(response, "reset")?;
    let at = match value.parse::<f64>() {
        Ok(epoch) if epoch.is_finite() && epoch.abs() < 1e12 => {
            DateTime::from_timestamp_millis((epoch * 1e3) as i64)?
        }
        _ => read_time(value)?,
    };
    let seconds = (at - server_time(response)?).num_seconds();
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(1)))
}

fn rate_header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    let named = |prefix: &str| response.header(&format!("{prefix}{name}"));
    Some(named("x-ratelimit-").or_else(|| named("ratelimit-"))?.trim())
}

fn server_time(response: &Response) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc2822(response.header("date")?).ok()?.to_utc())
}
