//! For which connections a credential may live: what has to be refused on the bus when somebody
//! goes.

use crate::command::Command;
use conclave_protocol::ids::Pid;
use conclave_protocol::limits::{BUS_JWT_SECONDS, CLOCK_SKEW_SECONDS};
use conclave_protocol::node::{Dating, Refusal};
use std::collections::BTreeMap;

/// Connections that one person may have credentials for at a time.
const KEYS: usize = 16;
/// People whose connections are remembered at a time.
const PEOPLE: usize = 8192;
/// How many seconds after its registration here an edge may date a connection's credential: its
/// clock may be ahead, and the answer is on its way.
const AHEAD: u64 = 2 * CLOCK_SKEW_SECONDS;

/// Every connection for which a credential may live, by person; also of people who went.
#[derive(Default)]
pub(crate) struct BusKeys {
    people: BTreeMap<Pid, Keys>,
    /// Everybody's credentials count if they are dated after this second: what a former owner's people
    /// held is refused.
    floor: u64,
}

#[derive(Default)]
struct Keys {
    live: Vec<Key>,
    /// The second of the last revocation; 0 for none.
    revoked_at: u64,
}

struct Key {
    key: String,
    /// No credential of this connection is dated later.
    dated: u64,
    /// True where none lives that has not been revoked.
    revoked: bool,
}

impl Key {
    fn expires(&self) -> u64 {
        self.dated.saturating_add(BUS_JWT_SECONDS)
    }
}

impl BusKeys {
    /// Whether `pid` may have a credential for this connection.
    pub(crate) fn has_room(&self, pid: &Pid, key: &str) -> bool {
        match self.people.get(pid) {
            Some(keys) => keys.live.len() < KEYS || keys.live.iter().any(|known| known.key == key),
            None => self.people.len() < PEOPLE,
        }
    }

    /// A credential is about to be issued.
    ///
    /// # Errors
    /// [`Refusal::TooOften`], and nothing is changed.
    pub(crate) fn register(&mut self, unix: u64, pid: &Pid, key: &str) -> Result<(), Refusal> {
        if let Some(keys) = self.people.get_mut(pid) {
            keys.live.retain(|known| known.expires() > unix);
        }
        if !self.has_room(pid, key) {
            return Err(Refusal::TooOften);
        }
        let keys = self.people.entry(pid.clone()).or_default();
        let after = keys.revoked_at.max(self.floor);
        let dated = unix.saturating_add(AHEAD).max(after.saturating_add(1));
        match keys.live.iter_mut().find(|known| known.key == key) {
            Some(known) => (known.dated, known.revoked) = (dated, false),
            None => keys.live.push(Key { key: key.to_owned(), dated, revoked: false }),
        }
        Ok(())
    }

    /// How a credential is to be dated that was registered at `unix`.
    pub(crate) fn dating(&self, unix: u64, pid: &Pid) -> Dating {
        let after = self.people.get(pid).map_or(0, |keys| keys.revoked_at).max(self.floor);
        Dating { after, until: unix.saturating_add(AHEAD).max(after.saturating_add(1)) }
    }

    /// Whatever is issued from now on is dated later than `at`.
    pub(crate) fn refuse_until(&mut self, at: u64) {
        self.floor = self.floor.max(at);
    }

    /// Every connection for which a credential may live, with the second up to which it may be dated.
    pub(crate) fn live(&self, unix: u64) -> impl Iterator<Item = (&str, u64)> {
        let keys = self.people.values().flat_map(|keys| &keys.live);
        let lives = move |key: &&Key| !key.revoked && key.expires() > unix;
        keys.filter(lives).map(|key| (key.key.as_str(), key.dated))
    }

    /// Revokes all of a person's connections. An urgent revocation repeats those that wait for the
    /// next batch.
    pub(crate) fn revoke(&mut self, unix: u64, pid: &Pid, urgent: bool, out: &mut Vec<Command>) {
        if let Some(keys) = self.people.get_mut(pid) {
            let (revoked, at) = keys.revoke(unix, |key| urgent || !key.revoked);
            push(revoked, at, urgent, out);
        }
    }

    /// Revokes one connection, which another one of the same person replaced.
    pub(crate) fn revoke_one(&mut self, unix: u64, pid: &Pid, key: &str, out: &mut Vec<Command>) {
        if let Some(keys) = self.people.get_mut(pid) {
            let (revoked, at) = keys.revoke(unix, |known| known.key == key);
            push(revoked, at, false, out);
        }
    }

    /// Revokes everybody's connections.
    pub(crate) fn revoke_all(&mut self, unix: u64, out: &mut Vec<Command>) {
        let people = self.people.values_mut().map(|keys| keys.revoke(unix, |key| !key.revoked));
        let (keys, at): (Vec<_>, Vec<_>) = people.unzip();
        push(keys.concat(), at.into_iter().max().unwrap_or(unix), false, out);
    }

    /// Forgets connections whose credentials have expired.
    pub(crate) fn prune(&mut self, unix: u64) {
        self.people.retain(|_, keys| {
            keys.live.retain(|key| key.expires() > unix);
            !keys.live.is_empty()
        });
    }
}

impl Keys {
    fn revoke(&mut self, unix: u64, which: impl Fn(&Key) -> bool) -> (Vec<String>, u64) {
        let mut at = unix;
        let mut revoked = Vec::new();
        for key in self.live.iter_mut().filter(|key| key.expires() > unix && which(key)) {
            key.revoked = true;
            at = at.max(key.dated);
            revoked.push(key.key.clone());
        }
        if !revoked.is_empty() {
            self.revoked_at = self.revoked_at.max(at);
            // Whatever is issued from now on is dated later, also to connections that stay.
            for key in self.live.iter_mut().filter(|key| !key.revoked) {
                key.dated = key.dated.max(at.saturating_add(1));
            }
        }
        (revoked, at)
    }
}

fn push(keys: Vec<String>, at: u64, urgent: bool, out: &mut Vec<Command>) {
    if !keys.is_empty() {
        out.push(Command::RevokeBus { keys, at, urgent });
    }
}
