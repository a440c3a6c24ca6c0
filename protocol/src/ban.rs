//! Who may not come back: what stands in bucket `bans`.
//!
//! A *mark* stands for one thing that a person holds in one room (its session, its user id, its
//! device, its invite), as a keyed hash that edges alone can compute. An edge looks the marks of
//! whoever comes up; a room's owner writes them. A *bus ban* names a connection's public nkey; the
//! warden turns it into a revocation in NATS.

use crate::ids::{Mark, NodeId, Sid};
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

/// Prefix of the key that says who owned a room as its how-manieth owner.
const OWNER: &str = "own.";
/// In the place of an epoch: this life of the room is over.
const OVER: &str = "over";
/// How long such a key stands, in seconds; it is written anew while the room lives.
pub const OWNER_SECONDS: u64 = 7 * 24 * 3600;

/// The key under which a room's `epoch`-th owner says that it has claimed the room; its value is the
/// owner's name. Written once, it keeps an older record of the room, which somebody kept, from being
/// taken for the latest.
#[must_use]
pub fn owner_key(sid: &Sid, epoch: u64) -> String {
    format!("{OWNER}{sid}.{epoch}")
}

/// The key that says that this life of a room is over. Its value is empty.
#[must_use]
pub fn over_key(sid: &Sid) -> String {
    format!("{OWNER}{sid}.{OVER}")
}

/// What is known of a room's owners.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Owners {
    /// The latest: its epoch and, where its name reads, who.
    pub latest: Option<(u64, Option<NodeId>)>,
    /// True where this life of the room is over.
    pub over: bool,
}

impl Owners {
    /// Takes note of one key and its value; other keys say nothing.
    pub fn note(&mut self, key: &str, value: &[u8]) {
        let Some((_, what)) = key.strip_prefix(OWNER).and_then(|rest| rest.split_once('.')) else {
            return;
        };
        if what == OVER {
            self.over = true;
        } else if let Ok(epoch) = what.parse::<u64>()
            && self.latest.as_ref().is_none_or(|(known, _)| *known < epoch)
        {
            let node = std::str::from_utf8(value).ok().and_then(|name| NodeId::parse(name).ok());
            self.latest = Some((epoch, node));
        }
    }

    /// Whether a record of this epoch and owner can be the latest. One that nobody has claimed since
    /// is, and so is the next claim, of which nothing is said yet.
    #[must_use]
    pub fn allow(&self, epoch: u64, node: Option<&NodeId>) -> bool {
        match &self.latest {
            None => true,
            Some((latest, owner)) if *latest == epoch => owner.is_some() && owner.as_ref() == node,
            Some((latest, _)) => *latest < epoch,
        }
    }
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
        let sid = Sid::from_random([1; 16]);
        assert_ne!(owner_key(&sid, 1), over_key(&sid));
        let mark = Mark::from_hash(&[0xab; 32]);
        assert!(mark_key(&mark).starts_with("on.abab"));
    }

    #[test]
    fn an_older_record_is_told_from_the_latest() {
        let sid = Sid::from_random([1; 16]);
        let (n1, n2) = (NodeId::parse("n1").unwrap(), NodeId::parse("n2").unwrap());
        let mut owners = Owners::default();
        assert!(owners.allow(0, None) && owners.allow(1, Some(&n1)), "nothing is said yet");
        owners.note(&owner_key(&sid, 2), b"n1");
        owners.note(&owner_key(&sid, 1), b"n2");
        assert!(!owners.allow(0, None) && !owners.allow(1, Some(&n2)));
        assert!(owners.allow(2, Some(&n1)) && !owners.allow(2, Some(&n2)));
        assert!(owners.allow(3, Some(&n2)), "the next claim");
        owners.note(&owner_key(&sid, 4), b"N 4");
        assert!(!owners.allow(4, Some(&n1)) && !owners.allow(4, None), "a name that does not read");
        owners.note("own.x", b"");
        owners.note("bus.x.9", b"n1");
        assert!(!owners.over);
        owners.note(&over_key(&sid), b"");
        assert!(owners.over);
    }
}
