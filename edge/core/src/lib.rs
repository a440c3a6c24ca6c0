//! Every handler of the edge, once, over a [`platform::Platform`] that gives it time, randomness,
//! keys and the bus. No runtime, no clock, no sockets; compiles natively and to
//! `wasm32-unknown-unknown`.
//!
//! An adapter turns its HTTP request into an [`http::Request`], calls [`handle`], and writes the
//! [`http::Response`]. It carries a [`platform::BusOp`] as the [`wire::Message`] that the
//! operation itself writes, and hands the answers back to it, so that no adapter knows NATS's
//! formats.

mod admission;
mod analytics;
mod auth;
pub mod body;
mod credentials;
pub mod errors;
pub mod files;
pub mod http;
mod invite;
mod join;
pub mod keys;
#[cfg(feature = "leak")]
mod leak;
mod ledger;
mod link;
mod marks;
mod nodes;
pub mod placement;
pub mod platform;
pub mod policy;
mod room_settings;
mod rooms;
mod router;
mod services;
mod sessions;
pub mod settings;
mod start;
mod tickets;
pub mod wire;

pub use router::{HEALTH, handle, owns};
