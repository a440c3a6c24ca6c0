//! What an owner leaves to the next: what would be lost with its node though people come back.

use crate::recent::Recent;
use conclave_protocol::ids::{Mark, Pid};
use conclave_protocol::roles::RoomRole;
use conclave_protocol::settings::Rules;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Entries of each list. All of them at once come to less than two thirds of what one message on the bus may
/// hold.
const MOST: usize = 1536;

/// State of a room that outlives its owner. Holds neither names nor anything that was written.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Kept {
    pub(crate) rules: Rules,
    /// When the first person came in, in seconds since 1970.
    pub(crate) began: Option<u64>,
    /// Roles that were given by moderators, or that people came with.
    pub(crate) roles: Recent<Pid, RoomRole, MOST>,
    /// Who came hidden: a session token does not say so.
    pub(crate) hidden: Recent<Pid, (), MOST>,
    /// By which invite people came, and until when it holds: a session token does not say so either.
    pub(crate) invites: Recent<Pid, (Mark, u64), MOST>,
    /// Who need not wait before the door.
    pub(crate) admitted: Recent<Pid, (), MOST>,
    /// Marks of who was removed or banned, and of invites that were revoked.
    pub(crate) refused: Recent<Mark, (), MOST>,
    /// Marks of who was demoted: no token makes a moderator of whoever comes with one of them.
    pub(crate) demoted: Recent<Mark, (), MOST>,
    /// Raised hands, with their places in the order.
    pub(crate) hands: Recent<Pid, u64, MOST>,
    /// The last place that was given.
    pub(crate) last_hand: u64,
    /// Connections for which a credential may live, with the second up to which it may be dated: the next
    /// owner has them refused, for whoever comes back gets another.
    #[serde(default)]
    pub(crate) bus_keys: Recent<String, u64, MOST>,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full<K: Ord + Clone, V: Clone>(
        key: impl Fn(&[u8; 32]) -> K,
        value: impl Fn(&[u8; 32]) -> V,
    ) -> Recent<K, V, MOST> {
        let hash = |n: usize| {
            let mut hash = [0xff; 32];
            hash[..8].copy_from_slice(&n.to_be_bytes());
            hash
        };
        let pairs = (0..2 * MOST).map(hash).map(|hash| (key(&hash), value(&hash)));
        pairs.collect::<Vec<_>>().into()
    }

    #[test]
    fn the_fullest_fits_into_a_message_and_is_read_as_it_was_written() {
        let kept = Kept {
            rules: Rules::default(),
            began: Some(u64::MAX),
            roles: full(Pid::from_hash, |_| RoomRole::Participant),
            hidden: full(Pid::from_hash, |_| ()),
            invites: full(Pid::from_hash, |hash| (Mark::from_hash(hash), 9_999_999_999)),
            admitted: full(Pid::from_hash, |_| ()),
            refused: full(Mark::from_hash, |_| ()),
            demoted: full(Mark::from_hash, |_| ()),
            hands: full(Pid::from_hash, |_| 9_999_999_999),
            last_hand: u64::MAX,
            bus_keys: full(
                |hash| format!("U{:055}", u64::from_be_bytes(hash[..8].try_into().unwrap())),
                |_| 9_999_999_999,
            ),
        };
        let text = serde_json::to_vec(&kept).unwrap();
        assert!(text.len() < (1 << 20) * 2 / 3, "{}", text.len());
        assert!(serde_json::from_slice::<Kept>(&text).unwrap() == kept);
        assert_eq!(format!("{kept:?}"), "Kept(…)");
    }
}
