//! Takes sealed entries from the outbox, opens them, and posts them to the one address that the
//! operator configured, signed as Standard Webhooks has it. It alone holds that secret. It has no
//! listener.
//!
//! An entry that was not taken is tried again with growing pauses for three days; several couriers
//! share the work. Its key is destroyed as soon as it is delivered or given up.

mod config;
mod delivery;
mod queue;
mod signature;

pub use config::{Config, Secret, Target};
pub use queue::{CourierError, run};
pub use signature::signature;
