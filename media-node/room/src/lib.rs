//! The room's owner without I/O: roster, sequenced events, resync, and which media are allowed.
//!
//! A [`Room`] takes joins, participants' messages and what the media say, each with the time, and
//! appends [`Command`]s for its driver to carry out: messages on the bus and orders to the SFU. It
//! reads no clock and touches no socket, so that every rule is tested as data in, data out.

mod command;
mod journal;
mod member;
mod room;

pub use command::{Command, MediaCommand};
pub use room::{Admission, Room};
