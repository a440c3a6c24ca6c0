//! How soon somebody whom a moderator removes is off the media and off the bus.

use crate::bench::Bar;
use crate::caller::{Caller, eventually};
use crate::system::System;
use anyhow::{Context, Result};
use conclave_protocol::moderation::{Remove, kind};
use conclave_test_client::Shape;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);
/// Packets that must have come before somebody counts as seen.
const SEEN: usize = 20;
/// Without a packet for so long, nothing comes any more.
const SILENCE: Duration = Duration::from_millis(1500);
/// So soon after one packet comes the next of somebody who speaks: a microphone sends one every 20 ms.
const FLOWING: Duration = Duration::from_millis(25);
const BAR: Duration = Duration::from_secs(1);

/// What became of one removed person, counted from the moderator's word.
#[derive(Debug, Clone, Copy)]
pub struct Kick {
    /// The last packet of its picture or sound at another person.
    pub last_packet: Duration,
    /// The end of its connection to the bus.
    pub off_bus: Duration,
}

/// Has a moderator ban one person after the other, each as soon as it is seen.
///
/// # Errors
/// Where the system does not start, or somebody is never seen or never removed.
pub async fn run(kicks: usize) -> Result<Vec<Kick>> {
    let system = System::start("bench-kick")?;
    let c = &system.connection;
    let mut host = Caller::join(c, "kick", 0, Shape::viewer(9)).await?;
    host.connect_bus().await?;
    let mut measured = Vec::with_capacity(kicks);
    for number in 0..kicks {
        let index = u8::try_from(number % 200)? + 1;
        let mut guest = Caller::join(c, "kick", index, Shape::default()).await?;
        guest.connect_bus().await?;
        drop(host.take_got());
        let seen = || host.heard(index, true) >= SEEN && host.heard(index, false) >= SEEN;
        eventually(PATIENCE, "the guest is seen", seen).await?;
        measured.push(kick(&host, &guest).await?);
    }
    Ok(measured)
}

async fn kick(host: &Caller, guest: &Caller) -> Result<Kick> {
    let (host_bus, guest_bus) =
        (host.bus.as_ref().context("no bus")?, guest.bus.as_ref().context("no bus")?);
    let last = || host.last_from(guest.index);
    // Silence proves nothing of somebody who was silent before.
    let flows = || last().is_some_and(|last| last.elapsed() < FLOWING);
    eventually(PATIENCE, "the guest's packets flow", flows).await?;
    let remove = Remove { pid: guest.joined.pid.clone(), ban: true };
    let said = Instant::now();
    host_bus.moderate(kind::REMOVE, &remove).await?;
    eventually(PATIENCE, "the guest is off the bus", || !guest_bus.is_connected()).await?;
    let off_bus = said.elapsed();
    let silent = || last().is_some_and(|last| last.elapsed() > SILENCE);
    eventually(PATIENCE, "the guest is silent", silent).await?;
    let last_packet = last().map_or(Duration::ZERO, |last| last.saturating_duration_since(said));
    Ok(Kick { last_packet, off_bus })
}

/// What must be true of them.
#[must_use]
pub fn bars(kicks: &[Kick]) -> Vec<Bar> {
    let p99 = |of: fn(&Kick) -> Duration| {
        let mut values: Vec<_> = kicks.iter().map(of).collect();
        values.sort_unstable();
        let index = (values.len() * 99).div_ceil(100).saturating_sub(1);
        values.get(index).copied().unwrap_or(Duration::MAX)
    };
    vec![
        Bar::at_most("kick to the last packet, p99", p99(|kick| kick.last_packet), BAR),
        Bar::at_most("kick to the end of the bus connection, p99", p99(|kick| kick.off_bus), BAR),
    ]
}
