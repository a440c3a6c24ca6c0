//! A small client of NATS for the edges that run as wasm, where async-nats does not compile.
//!
//! Three layers, each of use without the next: [`codec`] turns bytes into the server's operations
//! and the client's into bytes; [`session`] is one connection's state, which carries a flight of
//! [`conclave_edge_core::platform::BusOp`]; [`client`] moves a session's bytes over a transport
//! that the adapter gives, within a deadline. No sockets, no runtime, no clock and no randomness
//! of its own; compiles natively and to `wasm32-unknown-unknown`.
//!
//! Source of the format: NATS's "Client Protocol" and ADR-4 (headers), tried on nats-server 2.15.1.

pub mod client;
pub mod codec;
pub mod deployment;
mod redact;
pub mod session;
