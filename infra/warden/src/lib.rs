//! The warden: makes the buckets, sees to it that they stay, and turns bans into revocations in NATS
//! itself. It has no listener. It alone holds a key that signs accounts.
//!
//! Several may run; one works, by a lease in bucket `rooms`, and the others know as much as it does.
//!
//! A memory stream is gone, not empty, after a restart of a lone NATS; it is made again within about
//! a second, and owners put their state back. The warden says when they have had the time to
//! ([`conclave_protocol::bucket::READY`]).

mod account;
mod bans;
mod buckets;
mod config;
mod error;
mod lease;
mod pace;
mod refused;
mod revoking;
mod run;
mod sentinel;
mod system;

pub use buckets::stream;
pub use config::{Config, RoomsAccount};
pub use error::WardenError;
pub use run::run;
