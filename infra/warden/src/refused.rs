//! Which users NATS is to refuse: as many as fit into an account's JWT, and none for longer than
//! their credentials could live.

use conclave_protocol::limits::{BUS_JWT_SECONDS, CLOCK_SKEW_SECONDS};
use conclave_protocol::nats_jwt::Revocations;
use std::collections::{BTreeMap, BTreeSet};

/// Entries at a time. One takes 93 bytes of JSON and 124 of the JWT, which has to stay below NATS's
/// largest payload of 1 MB together with the account's templates.
pub(crate) const MOST: usize = 6000;
/// Seconds after which nothing that was refused is valid any more; two minutes are for clocks that
/// differ.
const KEPT_SECONDS: u64 = BUS_JWT_SECONDS + 120;
/// How far ahead of ours the second of a ban may lie: a room's owner refuses also what an edge may
/// have dated a little later, and its clock may be ahead. A later time would refuse credentials that
/// are yet to be issued.
const AHEAD_SECONDS: u64 = 3 * CLOCK_SKEW_SECONDS;

/// Users and the second up to which their credentials are refused. `Debug` shows how many.
#[derive(Default)]
pub(crate) struct Refused {
    users: BTreeMap<String, Entry>,
    /// What goes first where there are too many: not urgent, then oldest.
    order: BTreeSet<(Entry, String)>,
    dropped: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    urgent: bool,
    at: u64,
}

impl Refused {
    /// Refuses what `user` got at `at` or before. False where that was so already, or does not
    /// matter any more.
    pub(crate) fn add(&mut self, user: &str, at: u64, urgent: bool, now: u64) -> bool {
        let at = at.min(now.saturating_add(AHEAD_SECONDS));
        if has_passed(at, now) {
            return false;
        }
        let old = self.users.get(user).copied();
        if old.is_some_and(|old| old.at >= at) {
            return false;
        }
        let urgent = urgent || old.is_some_and(|old| old.urgent);
        self.take(user);
        let entry = Entry { urgent, at };
        self.users.insert(user.to_owned(), entry);
        self.order.insert((entry, user.to_owned()));
        if self.users.len() > MOST {
            self.prune(now);
        }
        while self.users.len() > MOST {
            if let Some((_, user)) = self.order.pop_first() {
                self.users.remove(&user);
                self.dropped += 1;
            }
        }
        true
    }

    /// Forgets what has expired by itself.
    pub(crate) fn prune(&mut self, now: u64) {
        let old: Vec<String> = self
            .users
            .iter()
            .filter(|(_, entry)| has_passed(entry.at, now))
            .map(|(user, _)| user.clone())
            .collect();
        for user in old {
            self.take(&user);
        }
    }

    /// As the account's JWT says it.
    pub(crate) fn list(&self) -> Revocations {
        self.users.iter().map(|(user, entry)| (user.clone(), entry.at)).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.users.len()
    }

    /// How many were dropped for want of room since this was last asked.
    pub(crate) fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }

    fn take(&mut self, user: &str) {
        if let Some(entry) = self.users.remove(user) {
            self.order.remove(&(entry, user.to_owned()));
        }
    }
}

impl std::fmt::Debug for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Refused({})", self.users.len())
    }
}

fn has_passed(at: u64, now: u64) -> bool {
    at.saturating_add(KEPT_SECONDS) <= now
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_000_000;

    #[test]
    fn the_latest_second_counts_and_expires() {
        let mut refused = Refused::default();
        assert!(refused.add("U", NOW, false, NOW));
        assert!(!refused.add("U", NOW, true, NOW), "the same again");
        assert!(!refused.add("U", NOW - 1, true, NOW), "less than before");
        assert!(refused.add("U", NOW + 1, true, NOW + 1));
        assert_eq!(refused.list(), Revocations::from([("U".into(), NOW + 1)]));
        refused.prune(NOW + KEPT_SECONDS);
        assert_eq!(refused.len(), 1);
        refused.prune(NOW + 1 + KEPT_SECONDS);
        assert_eq!((refused.len(), refused.order.len()), (0, 0));
        assert!(!refused.add("U", NOW, true, NOW + KEPT_SECONDS), "long over");
    }

    #[test]
    fn nobody_is_refused_for_ever() {
        let mut refused = Refused::default();
        assert!(refused.add("U", u64::MAX, true, NOW));
        assert_eq!(refused.list()["U"], NOW + AHEAD_SECONDS);
    }

    #[test]
    fn where_there_are_too_many_whoever_left_longest_ago_goes_first() {
        let mut refused = Refused::default();
        let name = |n: u64| format!("U{n:05}");
        // The first half left, the second was removed; the oldest of all was removed too.
        assert!(refused.add("Ufirst", NOW - 10, true, NOW));
        for n in 0..MOST as u64 {
            assert!(refused.add(&name(n), NOW + n / 1000, n >= 3000, NOW + 10));
        }
        assert_eq!((refused.len(), refused.take_dropped()), (MOST, 1));
        assert!(!refused.list().contains_key(&name(0)) && refused.list().contains_key("Ufirst"));
        for n in 0..MOST as u64 {
            refused.add(&format!("V{n}"), NOW + 10, true, NOW + 10);
        }
        assert_eq!((refused.len(), refused.take_dropped()), (MOST, MOST as u64));
        assert!(refused.list().contains_key("V5999"));
        assert_eq!(refused.order.len(), MOST);
    }

    #[test]
    fn as_many_as_there_may_be_fit_into_a_message() {
        use conclave_protocol::nats_jwt::{AccountClaims, AccountLimits};
        use conclave_protocol::nkey::{KeyKind, NatsKey};
        use conclave_protocol::roles::BusRole;
        let key = |kind, n: u32| {
            let mut bytes = [0; 32];
            bytes[..4].copy_from_slice(&n.to_be_bytes());
            NatsKey::from_random(kind, bytes)
        };
        let mut refused = Refused::default();
        // Users of 56 characters each, as long as nkeys are.
        for n in 0..=MOST {
            refused.add(&format!("U{n:055}"), NOW, true, NOW);
        }
        let account = key(KeyKind::Account, 1).public();
        let roles: Vec<_> = BusRole::ALL.map(|role| (role, account.clone())).to_vec();
        let limits = AccountLimits { memory: 0, disk: 0, connections: -1 };
        let claims = AccountClaims {
            revocations: refused.list(),
            ..AccountClaims::new("ROOMS", &account, limits, &roles)
        };
        let jwt = claims.sign(&key(KeyKind::Operator, 1), NOW);
        assert!(jwt.len() < 1_000_000, "{}", jwt.len());
    }
}
