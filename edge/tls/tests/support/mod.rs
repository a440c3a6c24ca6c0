//! What the tests share.

pub mod memory;
pub mod nats;
pub mod pki;
