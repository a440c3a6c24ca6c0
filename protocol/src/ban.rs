//! Who may not come back: what stands in bucket `bans`.
//!
//! A *mark* stands for one thing that a person holds in one room (its session, its user id, its
//! device, its invite), as a keyed hash that edges alone can compute. An edge looks the marks of
//! whoever comes up; a room's owner writes them. A *bus ban* names a connection's public nkey; the
//! warden turns it into a revocation in NATS.

use crate::ids::Mark;
use serde::{Deserialize, Serialize};

/// Prefix of a mark's key.
const MARKED: &str = "on.";
/// Prefix of a bus ban's key.
const BUS: &str = "bus.";

/// The key of a mark. Its value is empty: it is there or not.
#[must_use]
pub fn mark_key(mark: &Mark) -> String {
    format!("{MARKED}{mark}")
}

/// The key of a bus ban; `bus_key` is a user's public nkey (`U…`). `at` is part of the key because
/// a bucket of bans is written once: the same connection's key may be refused again later.
#[must_use]
pub fn bus_key(bus_key: &str, at: u64) -> String {
    format!("{BUS}{bus_key}.{at}")
}

/// Reads the key of a bus ban: the nkey, and the second up to which its credentials are refused.
#[must_use]
pub fn parse_bus_key(key: &str) -> Option<(&str, u64)> {
    let (user, at) = key.strip_prefix(BUS)?.split_once('.')?;
    let valid = crate::nkey::is_public(user, crate::nkey::KeyKind::User);
    Some((user, at.parse().ok()?)).filter(|_| valid)
}

/// Every bus ban, as a filter of keys.
pub const ALL_BUS: &str = "bus.>";

/// The value of a bus ban.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusBan {
    /// Removed, demoted or flooding: at once. Else somebody who left: with the next batch.
    pub urgent: bool,
}

/// What one person holds in one room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// Its place in this life of the room: join token and session.
    pub session: Mark,
    /// The application's name for it.
    pub user: Mark,
    /// Its device key.
    pub device: Mark,
    /// The invite that it came by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<Mark>,
    /// When the last of these credentials ends, in seconds since 1970.
    pub until: u64,
}

impl Marks {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Mark> {
        [&self.session, &self.user, &self.device].into_iter().chain(&self.invite)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nkey::{KeyKind, NatsKey};

    #[test]
    fn keys_are_read_as_they_are_written() {
        let user = NatsKey::from_random(KeyKind::User, [1; 32]).public();
        assert_eq!(parse_bus_key(&bus_key(&user, 7)), Some((user.as_str(), 7)));
        for bad in ["bus.U.7", "on.ab", "bus.", &format!("bus.{user}"), &format!("bus.{user}.x")] {
            assert_eq!(parse_bus_key(bad), None, "{bad}");
        }
        let mark = Mark::from_hash(&[0xab; 32]);
        assert!(mark_key(&mark).starts_with("on.abab"));
    }
}
