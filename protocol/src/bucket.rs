//! The KV buckets of account CTRL. A few shared buckets, never one a room (an own stream a room
//! costs 52 kB and, replicated, 20 ms to make).

/// Where a bucket's values live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// Gone with the server.
    Memory,
    /// On disk, synchronised at each write.
    File,
}

/// One bucket as the warden makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Its name; the stream is `KV_<name>`, its subjects `$KV.<name>.>`.
    pub name: &'static str,
    /// Memory or file.
    pub storage: Storage,
    /// True where a key may be written once only (until it expires).
    pub write_once: bool,
}

/// Capacity of media nodes; each record lives three seconds and is put again every second.
pub const NODES: Bucket = Bucket { name: "nodes", storage: Storage::Memory, write_once: false };
/// Rooms, by keyed hash of API key and room id.
pub const ROOMS: Bucket = Bucket { name: "rooms", storage: Storage::Memory, write_once: false };
/// Redeemed tokens and used proofs.
pub const TICKETS: Bucket = Bucket { name: "tickets", storage: Storage::File, write_once: true };
/// What the next owner of a room needs to know: key `<node>.<sid>`, value sealed ([`crate::seal`])
/// with a key that comes with an edge's request. Lives as long as the room's record unless it is written
/// again.
pub const RS: Bucket = Bucket { name: "rs", storage: Storage::Memory, write_once: false };
/// Who may not come back, until their credentials have expired: see [`crate::ban`].
pub const BANS: Bucket = Bucket { name: "bans", storage: Storage::File, write_once: true };
/// Past rooms, only where the operator keeps them: key `<room key>.<sid>`, value
/// [`crate::history::Course`].
pub const HISTORY: Bucket = Bucket { name: "history", storage: Storage::File, write_once: true };
/// Those that every deployment has, in the order in which the warden makes them: a node that is heard
/// again in a fresh registry finds `rooms` there already.
pub const ALL: [Bucket; 5] = [ROOMS, RS, NODES, TICKETS, BANS];

/// The key in [`ROOMS`] under which one of several wardens says that it is at work.
pub const LEASE: &str = "warden";

/// The key in [`ROOMS`] that says: what is not here does not exist.
///
/// A lone NATS that crashed forgets its rooms. The warden makes the bucket again at once, and owners
/// put their records back a moment later; until then a room's absence says nothing. So the warden
/// writes this key when it makes the bucket for the first time, and [`READY_AFTER_SECONDS`] after it
/// had to make it again. Whoever finds a room absent looks for this key at the same time: where it is
/// absent too, the room may be alive, and nobody may be told otherwise or make it anew.
///
/// No room's key looks like it, nor like [`LEASE`].
pub const READY: &str = "ready";
/// Seconds that owners have to put their rooms back into a fresh bucket; they need about two.
pub const READY_AFTER_SECONDS: u64 = 4;

impl Bucket {
    /// The stream behind the bucket.
    #[must_use]
    pub fn stream(&self) -> String {
        format!("KV_{}", self.name)
    }

    /// The subject of a key.
    #[must_use]
    pub fn subject(&self, key: &str) -> String {
        format!("$KV.{}.{key}", self.name)
    }
}
