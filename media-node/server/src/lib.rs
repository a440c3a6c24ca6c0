//! The media node: sockets and shards around `conclave-sfu`, the bus around `conclave-room`.
//!
//! ```text
//! edge ── node.<id>.req ──▶ ┌ owner (one task) ┐ ── orders ─▶ shard threads (one UDP port each)
//! browser ─ room.*.from ──▶ │ rooms · journal  │ ◀─ events ── str0m
//!         ─ room.*.mod ───▶ │                  │ ── errands ─▶ bans, history, outbox
//!                           └──────────────────┘ ── records, states, heartbeat ─▶ rooms, rs, nodes
//! ```

mod audit;
mod claim;
mod clock;
mod config;
mod errands;
mod gate;
mod joining;
mod load;
mod metrics;
mod node;
mod owned;
mod owner;
mod publisher;
mod rate;
mod records;
mod registry;
mod requests;
#[cfg(feature = "rogue")]
pub mod rogue;
mod shard;
mod state;
mod udp;

pub use config::Config;
pub use node::{NodeError, run};
