//! A browser made of str0m, without sockets, clock or threads: one offer with its senders and
//! slots, synthetic media that say where they come from, and a log of what arrived.
//!
//! Drive it as any sans-IO transport: [`Client::receive`] for each datagram,
//! [`Client::handle_timeout`] at [`Client::due`], and send what [`Client::take_sent`] returns.

mod client;
mod media;
pub mod playback;
mod senders;
mod shape;

pub use client::{Client, Datagram};
pub use media::{Encoder, FRAME, Got, Origin, Vp8};
pub use shape::{SIMULCAST, Shape};
