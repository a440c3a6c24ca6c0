//! What a viewer sees when another source comes into its slot.

use crate::bench::{Bar, median};
use crate::caller::{Caller, all_meet, eventually};
use crate::relay::{Ends, Link, start};
use crate::system::System;
use anyhow::{Context, Result};
use conclave_test_client::{Got, Shape, playback};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// How long a source is looked at before the next switch.
const LOOK: Duration = Duration::from_millis(700);
const PATIENCE: Duration = Duration::from_secs(20);
/// Height of the viewer's tile: the middle one of three layers.
const TILE: u16 = 360;
/// A picture that stands still for longer is frozen.
const FREEZE: Duration = Duration::from_millis(500);
const GAP_BAR: Duration = Duration::from_millis(100);

/// What was seen through one link.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Share of datagrams lost in each direction.
    pub loss: f32,
    /// Time between the old source's last picture and the new one's first, of each switch.
    pub gaps: Vec<Duration>,
    /// From the wish to the new source's first picture.
    pub waits: Vec<Duration>,
    /// The longest time between two pictures, anywhere.
    pub worst: Duration,
    /// Times that the picture stood still for more than 500 ms.
    pub freezes: usize,
    /// Pictures that could not be shown, though pictures before and after came from their source.
    pub lost: u64,
    /// Pictures that were shown.
    pub pictures: usize,
}

/// Has a viewer with one slot look at two people in turn, `switches` times.
///
/// # Errors
/// Where the system does not start or a source never comes.
pub async fn run(switches: usize, delay: Duration, loss: f32) -> Result<Seen> {
    let (relay, media) = (free_port()?, free_port()?);
    let advertise = relay.to_string();
    let port = media.port().to_string();
    let arguments = ["--media-port", &port, "--advertise", &advertise];
    let system = System::start_with(&format!("bench-switch-{}", media.port()), &arguments)?;
    let link = Link { delay, loss, seed: 7, ..Link::default() };
    start(link, &[], &[Ends { listen: relay, target: media }]).await?;

    let c = &system.connection;
    let mut viewer = Caller::join(c, "switch", 0, Shape::viewer(1)).await?;
    let ada = Caller::join(c, "switch", 1, Shape::simulcast()).await?;
    let bob = Caller::join(c, "switch", 2, Shape::simulcast()).await?;
    viewer.connect_bus().await?;
    all_meet(&[&ada, &bob], 30, PATIENCE).await?;
    look(&viewer, &ada).await?;
    tokio::time::sleep(LOOK).await;
    let begun = Instant::now();
    let mut waits = Vec::with_capacity(switches);
    for turn in 0..switches {
        waits.push(look(&viewer, if turn % 2 == 0 { &bob } else { &ada }).await?);
        tokio::time::sleep(LOOK).await;
    }
    let mut got = viewer.take_got();
    got.retain(|got| got.origin.is_picture());
    Ok(judge(loss, &got, begun, waits))
}

/// Asks for `whom` alone, and waits until it is there; how long that took.
async fn look(viewer: &Caller, whom: &Caller) -> Result<Duration> {
    let asked = Instant::now();
    let known = viewer.heard(whom.index, true);
    viewer.view(&[(&whom.joined.pid, TILE)]).await?;
    let came = || viewer.heard(whom.index, true) > known;
    eventually(PATIENCE, "the wanted picture", came).await.context("no switch")?;
    Ok(asked.elapsed())
}

/// Of all that came, so that the decoder has its first key frame; judged from `begun` on.
fn judge(loss: f32, got: &[Got], begun: Instant, waits: Vec<Duration>) -> Seen {
    let mut pictures = playback::shown(&playback::in_order(got));
    pictures.retain(|shown| shown.at >= begun);
    let (mut gaps, mut worst, mut freezes, mut lost) = (Vec::new(), Duration::ZERO, 0, 0);
    for pair in pictures.windows(2) {
        let [before, after] = [pair[0], pair[1]];
        let gap = after.at.saturating_duration_since(before.at);
        worst = worst.max(gap);
        freezes += usize::from(gap > FREEZE);
        if before.origin.client != after.origin.client {
            gaps.push(gap);
        } else if before.origin.stream == after.origin.stream {
            let step = after.origin.frame.wrapping_sub(before.origin.frame);
            lost += u64::from(step.saturating_sub(1));
        }
    }
    Seen { loss, gaps, waits, worst, freezes, lost, pictures: pictures.len() }
}

/// What must be true of it.
#[must_use]
pub fn bars(seen: &Seen, switches: usize) -> Vec<Bar> {
    let name = |what: &str| format!("{:.0} % loss: {what}", seen.loss * 100.0);
    let mut bars = vec![Bar {
        what: name("switches seen"),
        value: seen.gaps.len().to_string(),
        bar: format!("at least {switches}"),
        met: seen.gaps.len() >= switches,
    }];
    if seen.loss > 0.0 {
        bars.push(Bar::at_most(name("longest gap"), seen.worst, FREEZE));
    } else {
        let gap = median(&seen.gaps).unwrap_or(Duration::MAX);
        bars.push(Bar::at_most(name("gap at a switch, median"), gap, GAP_BAR));
        bars.push(Bar::at_most(name("freezes"), seen.freezes, 0));
        bars.push(Bar::at_most(name("pictures lost"), seen.lost, 0));
    }
    bars
}

fn free_port() -> Result<SocketAddr> {
    Ok(UdpSocket::bind("127.0.0.1:0")?.local_addr()?)
}
