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
/// All of them, in the order in which the warden makes them.
pub const ALL: [Bucket; 3] = [NODES, ROOMS, TICKETS];

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
