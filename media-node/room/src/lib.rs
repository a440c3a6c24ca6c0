//! The room's owner without I/O: roster, sequenced events, resync, who may come in, what each may
//! do, and what follows where somebody may not.
//!
//! A [`Room`] takes joins, participants' messages and what the media say, each with the time, and
//! appends [`Command`]s for its driver to carry out: messages on the bus, orders to the SFU, bans.
//! It reads no clock and touches no socket, so that every rule is tested as data in, data out.

mod admission;
mod announcing;
mod audit;
mod bus_keys;
mod chat;
mod command;
mod course;
mod door;
mod entry;
mod files;
mod hearing;
mod journal;
mod kept;
mod leaving;
mod mailbox;
mod member;
mod moderating;
mod now;
mod recent;
mod renewal;
mod roles;
mod room;
mod rules;
mod services;
mod signs;
mod waiting;

pub use admission::Verdict;
pub use command::{Command, MediaCommand, Relay};
pub use entry::Admission;
pub use kept::Kept;
pub use now::Now;
pub use room::Room;
