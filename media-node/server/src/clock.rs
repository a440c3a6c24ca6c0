//! The clocks, read in one place.

use conclave_room::Now;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Both clocks at this moment.
pub(crate) fn now() -> Now {
    Now { mono: Instant::now(), unix: unix() }
}

/// Seconds since 1970.
pub(crate) fn unix() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
