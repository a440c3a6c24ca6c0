//! What a node's memory costs: idle, and each participant of one room with media.

use crate::bench::{Bar, median};
use crate::caller::{Caller, all_meet};
use crate::metrics::resident_kb;
use crate::system::System;
use anyhow::{Context, Result};
use conclave_test_client::Shape;
use std::time::Duration;

/// The room.
const PEOPLE: u8 = 10;
/// Time that memory is given to grow, with nobody and with everybody there.
const SETTLE: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(30);
/// Packets of everybody that everybody has before the settling.
const PACKETS: usize = 30;
const IDLE_BAR_KB: u64 = 30_000;
const PERSON_BAR_KB: u64 = 400;

/// One node's life, in kilobytes of resident memory.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// With nobody there.
    pub idle: u64,
    /// With one room of [`PEOPLE`], three-layer cameras and microphones on.
    pub full: u64,
    /// What each person of it costs, all first-time costs included.
    pub person: u64,
}

/// Measures a fresh system.
///
/// # Errors
/// Where it does not start or people do not meet.
pub async fn run(number: usize) -> Result<Run> {
    let system = System::start(&format!("bench-memory-{number}"))?;
    let node = system.pid("node").context("a node")?;
    tokio::time::sleep(SETTLE).await;
    let idle = resident_kb(node)?;
    let mut callers = Vec::new();
    for index in 0..PEOPLE {
        callers.push(Caller::join(&system.connection, "ten", index, Shape::simulcast()).await?);
    }
    all_meet(&callers.iter().collect::<Vec<_>>(), PACKETS, PATIENCE).await?;
    tokio::time::sleep(SETTLE).await;
    let full = resident_kb(node)?;
    // Nobody fell silent meanwhile.
    all_meet(&callers.iter().collect::<Vec<_>>(), PACKETS, PATIENCE).await?;
    Ok(Run { idle, full, person: full.saturating_sub(idle) / u64::from(PEOPLE) })
}

/// The medians and what they must be.
#[must_use]
pub fn bars(runs: &[Run]) -> Vec<Bar> {
    let middle = |of: fn(&Run) -> u64| median(&runs.iter().map(of).collect::<Vec<_>>());
    let bar = |what, value: Option<u64>, bar| Bar::at_most(what, value.unwrap_or(u64::MAX), bar);
    vec![
        bar("node idle, kB resident", middle(|run| run.idle), IDLE_BAR_KB),
        bar("each of ten people, kB more", middle(|run| run.person), PERSON_BAR_KB),
    ]
}
