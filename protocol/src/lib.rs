//! The vocabulary that every part of Conclave shares: identifiers, room settings, tokens, roles and
//! their NATS permissions, subjects, and the messages of signaling and of a room's events.
//!
//! This crate does no I/O, reads no clock and draws no randomness: time and random bytes are
//! arguments. It compiles natively and to `wasm32-unknown-unknown`.

pub mod api;
pub mod audit;
pub mod ban;
pub mod bucket;
pub mod chat;
pub mod encoding;
pub mod encryption;
pub mod event;
pub mod gate;
pub mod grant;
pub mod history;
pub mod ids;
pub mod jwt;
pub mod kv;
pub mod limits;
pub mod moderation;
pub mod nats_jwt;
pub mod nkey;
pub mod node;
pub mod outbox;
pub mod proof;
mod redact;
pub mod roles;
pub mod seal;
pub mod service;
pub mod session;
pub mod settings;
pub mod subjects;
pub mod token;
