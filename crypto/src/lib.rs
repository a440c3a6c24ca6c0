//! The keys of end-to-end encrypted rooms, and what is sealed with them.
//!
//! Nothing here does I/O, reads a clock or draws randomness: all of it is passed in. A browser runs this
//! as WebAssembly in its encryption worker; `docs/E2EE.md` describes the construction, and
//! `tests/vectors` has what another implementation can check itself against.
//!
//! * [`Root`]: the secret of one life of a room, from a key or a passphrase.
//! * [`Sender`]: one sender instance: a page's worker from its start to its end. It has a key of its own
//!   for each [`Stream`], so that no key and counter ever meet twice.
//! * [`Keyring`]: what a receiver knows of the others: whose keys are current, and which frames it has
//!   seen.
//! * [`frame`]: which bytes of an encoded frame stay clear, and how the rest is laid out.
//! * [`Hello`]: by what a sender instance makes itself known.

pub mod frame;
mod hello;
mod keyring;
mod message;
mod root;
mod sender;
mod stream;
mod window;

pub use hello::{Hello, HelloError, MAX_HELLO, MAX_NAME};
pub use keyring::{Heard, Keyring, Opening, Refused, Source};
pub use message::{Label, MessageError};
pub use root::{PassphraseError, Root};
pub use sender::{Exhausted, Head, Instance, Sealer, Sender};
pub use stream::Stream;
