//! What a rogue node does.

use crate::capture::Tap;
use crate::counters::Counters;
use clap::ValueEnum;
use std::sync::Arc;

/// What it does to what its people send, as soon as it may ([`Counters::active`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Nothing; for what is captured, which is so in all modes.
    Capture,
    /// Cuts SFrame header and tag off each frame.
    Strip,
    /// Sends a source's first seconds again, in place of what it sends now.
    Replay,
    /// Lets two people pass for each other.
    Swap,
    /// Sends readable pictures and silence in place of what a source sends.
    Inject,
    /// Flips one bit in each packet.
    Bitflip,
}

/// What all shards are made with.
#[derive(Clone)]
pub struct Settings {
    /// What to do.
    pub mode: Mode,
    /// What was done.
    pub counters: Arc<Counters>,
    /// Where everything goes that comes.
    pub capture: Option<Arc<Tap>>,
}
