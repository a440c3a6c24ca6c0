//! A browser made of str0m, without sockets, clock or threads: one offer with its senders and
//! slots and a data channel, synthetic media that say where they come from, and a log of what arrived.
//!
//! Drive it as any sans-IO transport: [`Client::receive`] for each datagram,
//! [`Client::handle_timeout`] at [`Client::due`], and send what [`Client::take_sent`] returns.

mod client;
mod media;
pub mod playback;
mod relay;
mod senders;
mod shape;

pub use client::{Client, Datagram};
pub use media::{Encoder, FRAME, Got, Origin, Vp8};
pub use relay::Relayed;
pub use shape::{SIMULCAST, Shape};
