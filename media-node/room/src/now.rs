//! The time, as an argument.

use std::time::Instant;

/// Both clocks at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// For timeouts: never goes back.
    pub mono: Instant,
    /// Seconds since 1970: for credentials, records, and what outlives this node.
    pub unix: u64,
}
