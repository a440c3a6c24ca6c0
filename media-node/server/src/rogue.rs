//! For the rogue node of tests: what its shards do to their people. Compiled in only with the feature
//! `rogue`, and inert until a program calls [`install`].

use conclave_sfu::Sfu;
pub use conclave_sfu::rogue::{Betrayal, Media};
pub use conclave_sfu::{PeerId, RoomHandle, SourceKind};
use std::sync::OnceLock;

type Make = Box<dyn Fn() -> Box<dyn Betrayal> + Send + Sync>;

static INSTALLED: OnceLock<Make> = OnceLock::new();

/// Every shard that is started from now on betrays its people by what `make` makes; the first call
/// counts.
pub fn install(make: impl Fn() -> Box<dyn Betrayal> + Send + Sync + 'static) {
    let _first = INSTALLED.set(Box::new(make));
}

/// The same SFU, and rogue where that is wanted.
pub(crate) fn betrayed(mut sfu: Sfu) -> Sfu {
    if let Some(make) = INSTALLED.get() {
        sfu.betray(make());
    }
    sfu
}
