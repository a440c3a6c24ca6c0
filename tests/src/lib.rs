//! What integration tests and benches share: a running system, people without a browser, and a
//! link that is slow and loses packets.

pub mod person;
pub mod relay;
pub mod system;
