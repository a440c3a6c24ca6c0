//! A selective forwarding unit without sockets, clock, threads or an async
//! runtime: time and datagrams go in, datagrams and events come out.
//!
//! ```text
//! join / leave / set_* ─┐                        ┌─▶ Output::Transmit
//! handle_datagram ──────┼─▶  Sfu (one shard) ────┤
//! handle_timeout ───────┘                        └─▶ Output::Event
//! ```
//!
//! One [`Sfu`] serves one UDP port. Everything a participant needs is fixed by
//! its single offer: its senders (microphone, camera, screen) and a number of
//! receive *slots*. Sources are mapped onto slots without any further SDP; each
//! slot is one unbroken RTP stream, whoever is in it, and [`Event::Slots`] says
//! who that is. Payloads are never looked into beyond the bytes that end-to-end
//! encryption leaves clear (the VP8 payload descriptor, RFC 7741 section 4.2,
//! and the first ten bytes of a key frame, RFC 6386 section 9.1).
//!
//! An offer may have a data channel besides, over which participants of one room
//! reach each other one by one: see [`Sfu::set_relay`].
//!
//! # Run loop
//!
//! 1. Give it what happened: one method of [`Sfu`] a datagram or command. Many
//!    datagrams may be given in a row.
//! 2. Call [`Sfu::poll_output`] until it returns `None`, executing each output.
//! 3. Sleep until [`Sfu::poll_timeout`] or the next datagram; then call
//!    [`Sfu::handle_timeout`] or [`Sfu::handle_datagram`], and go to 2.
//!
//! The instants given must not go backwards.

mod allocate;
mod answer;
mod audio;
mod bucket;
mod config;
mod demux;
mod dtls;
mod error;
mod forward;
mod lane;
mod offer;
mod outbox;
mod peer;
mod relay;
#[cfg(feature = "rogue")]
pub mod rogue;
mod room;
mod schedule;
mod sfu;
mod slot;
mod source;
mod speakers;
mod stats;
mod streams;
mod types;
mod video;
mod vp8;

pub use allocate::{Allocation, Demand, LayerOffer, allocate};
pub use config::SfuConfig;
pub use error::{Fault, JoinError};
pub use relay::{RelayName, Relaying};
pub use sfu::Sfu;
pub use stats::{PeerStats, RelayStats, SfuStats};
pub use types::{
    DropReason, Event, GoneReason, Joined, MediaKind, Output, PeerId, Publishing, Received,
    RoomHandle, SlotEntry, SlotMap, SourceKind, Want,
};
