//! What a rogue node did, so that a test can prove that it took place.

use crate::mode::Mode;
use serde::Serialize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Counts since the start. All shards share them.
#[derive(Debug)]
pub struct Counters {
    mode: Mode,
    active: AtomicBool,
    /// Packets of sources that came.
    pub packets: AtomicU64,
    /// Messages of data channels that came.
    pub messages: AtomicU64,
    /// Bytes that were written into the capture.
    pub captured: AtomicU64,
    /// Packets that were changed, and in mode swap those that passed for another's.
    pub changed: AtomicU64,
    /// Packets that were made up: replayed or injected.
    pub forged: AtomicU64,
    /// Frames that something was done to, counted at their first or only packet.
    pub frames: AtomicU64,
    /// Packets that should have been changed and could not be: too short, or of no known form.
    pub missed: AtomicU64,
}

/// The line.
#[derive(Serialize)]
struct Line {
    mode: String,
    active: bool,
    packets: u64,
    messages: u64,
    captured: u64,
    changed: u64,
    forged: u64,
    frames: u64,
    missed: u64,
}

impl Counters {
    /// All zero, and not active.
    pub fn new(mode: Mode) -> Self {
        Self {
            mode,
            active: AtomicBool::new(false),
            packets: AtomicU64::new(0),
            messages: AtomicU64::new(0),
            captured: AtomicU64::new(0),
            changed: AtomicU64::new(0),
            forged: AtomicU64::new(0),
            frames: AtomicU64::new(0),
            missed: AtomicU64::new(0),
        }
    }

    /// Whether the betrayal is on.
    pub fn active(&self) -> bool {
        self.active.load(Ordering::Relaxed)
    }

    /// Switches it on or off.
    pub fn set_active(&self, active: bool) {
        self.active.store(active, Ordering::Relaxed);
    }

    /// Everything as one line of JSON.
    pub fn line(&self) -> String {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let line = Line {
            mode: format!("{:?}", self.mode).to_lowercase(),
            active: self.active(),
            packets: read(&self.packets),
            messages: read(&self.messages),
            captured: read(&self.captured),
            changed: read(&self.changed),
            forged: read(&self.forged),
            frames: read(&self.frames),
            missed: read(&self.missed),
        };
        serde_json::to_string(&line).unwrap_or_default()
    }

    /// Puts the line into a file, in one step, so that a reader never finds half of it.
    pub fn write(&self, file: Option<&Path>) {
        let Some(file) = file else { return };
        let fresh = file.with_extension("fresh");
        let written = std::fs::write(&fresh, self.line() + "\n");
        // A test that misses the file says so.
        let _ = written.and_then(|()| std::fs::rename(&fresh, file));
    }
}

/// Adds one.
pub fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
