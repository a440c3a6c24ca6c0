//! Media through the real node: real UDP, real bus, and what goes wrong with both.

use anyhow::{Context, Result};
use conclave_protocol::event::{LeftReason, RoomEvent};
use conclave_test_client::Shape;
use conclave_tests::caller::{Caller, all_meet, eventually, media_address};
use conclave_tests::metrics::{counter, reaches};
use conclave_tests::system::{System, signal};
use std::time::{Duration, Instant};

/// Packets that show that media flow: more than a second of each.
const PLENTY: usize = 60;
const PATIENCE: Duration = Duration::from_secs(15);

async fn callers<const N: usize>(system: &System, room: &str) -> Result<Vec<Caller>> {
    let mut callers = Vec::new();
    for index in 0..N as u8 {
        callers.push(Caller::join(&system.connection, room, index, Shape::default()).await?);
    }
    Ok(callers)
}

/// What arrives at a public port: noise, and the beginnings of each protocol that is spoken there.
fn garbage(index: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..40 + index * 7 % 1_300).map(|i| (i * index) as u8).collect();
    let start: &[u8] = match index % 6 {
        0 => &[0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42],
        1 => &[22, 254, 253, 0, 0],
        2 => &[0x80, 111, 0, 1],
        3 => &[0x80, 200, 0, 1],
        4 => &[0xff; 8],
        _ => b"GET / HTTP/1.1\r\n",
    };
    bytes[..start.len()].copy_from_slice(start);
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn three_callers_meet_and_garbage_is_dropped_and_counted() -> Result<()> {
    const BATCH: usize = 50;
    let system = System::start("media")?;
    let callers = callers::<3>(&system, "media").await?;
    let everybody: Vec<&Caller> = callers.iter().collect();
    all_meet(&everybody, PLENTY, PATIENCE).await?;
    for caller in &callers {
        assert_eq!(caller.heard(caller.index, true) + caller.heard(caller.index, false), 0);
    }

    let (url, name) = (&system.connection.metrics_url, "conclave_datagrams_dropped_total");
    let before = counter(url, name).await?;
    let port = media_address(&system.config("node.json")?)?;
    let stranger = tokio::net::UdpSocket::bind("127.0.0.1:0").await?;
    for batch in 1..=4 {
        for index in 0..BATCH {
            stranger.send_to(&garbage(batch * BATCH + index), port).await?;
        }
        // Waits for each batch, so that none is lost in the kernel's buffer.
        reaches(url, name, before + (batch * BATCH) as u64, PATIENCE).await?;
    }
    stranger.send_to(&[], port).await?;
    stranger.send_to(&vec![0x80; 60_000], port).await?;
    all_meet(&everybody, PLENTY, PATIENCE).await.context("the call goes on")?;
    assert_eq!(counter(url, "conclave_participants").await?, 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_vanishes_without_a_word_is_removed_and_the_others_are_told() -> Result<()> {
    let system = System::start("vanish")?;
    let mut callers = callers::<2>(&system, "vanish").await?;
    callers[0].connect_bus().await?;
    all_meet(&callers.iter().collect::<Vec<_>>(), PLENTY, PATIENCE).await?;
    let gone = callers.pop().context("two")?.joined.pid.clone();
    let since = Instant::now();
    let bus = callers[0].bus.as_mut().context("on the bus")?;
    let reason = bus
        .event(PATIENCE, |event| match event {
            RoomEvent::Left { pid, reason } if pid == gone => Some(reason),
            _ => None,
        })
        .await?;
    let took = since.elapsed();
    println!("told {took:?} after it vanished");
    assert_eq!(reason, LeftReason::Lost);
    assert!(took < Duration::from_secs(13), "{took:?}");
    let empty = || bus.sources().iter().all(|source| source.pid != gone);
    eventually(PATIENCE, "its slots are empty", empty).await
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_rejoin_on_a_node_that_was_killed_and_came_back() -> Result<()> {
    let system = System::start("killed")?;
    let mut callers = callers::<2>(&system, "killed").await?;
    all_meet(&callers.iter().collect::<Vec<_>>(), PLENTY, PATIENCE).await?;
    let before = callers[0].joined.clone();

    signal(system.pid("node").context("a node")?, "KILL");
    let since = Instant::now();
    for caller in &mut callers {
        // As the page does: again and again, until somebody owns the room.
        while let Err(refused) = caller.rejoin().await {
            assert!(since.elapsed() < PATIENCE, "{refused:#}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    let back = since.elapsed();
    all_meet(&callers.iter().collect::<Vec<_>>(), 1, PATIENCE).await?;
    println!("rejoined after {back:?}, media after {:?}", since.elapsed());
    let after = &callers[1].joined;
    assert_eq!((&after.sid, &after.node), (&before.sid, &before.node), "the same room");
    assert_eq!(after.snapshot.epoch, before.snapshot.epoch + 1, "another owner");
    assert_eq!(after.snapshot.people.len(), 2);
    all_meet(&callers.iter().collect::<Vec<_>>(), PLENTY, PATIENCE).await
}
