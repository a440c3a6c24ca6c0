//! What integration tests and benches share: a running system, people without a browser, callers
//! with real media, and a link that is slow and loses packets.

pub mod bench;
pub mod caller;
pub mod metrics;
pub mod person;
pub mod receiver;
pub mod relay;
pub mod room_bus;
pub mod system;
