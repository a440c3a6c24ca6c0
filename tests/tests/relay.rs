//! What goes from one person to another over the data channel, through a running system.

use anyhow::Result;
use conclave_test_client::Shape;
use conclave_tests::caller::{Caller, all_meet, eventually};
use conclave_tests::metrics::counter;
use conclave_tests::system::System;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(15);
/// Packets that show that media flow.
const PLENTY: usize = 60;
/// Kinds of messages.
const ASK: u8 = 0;
const DATA: u8 = 1;
/// Chunks of a file, and how large they are.
const CHUNKS: usize = 200;
const CHUNK: usize = 16_384;
/// Chunks that may be under way: more than the node keeps would be dropped.
const AHEAD: usize = 32;

/// Sends as soon as the channel is open.
async fn send(from: &Caller, to: &Caller, kind: u8, body: &[u8]) -> Result<()> {
    let (now, to) = (Instant::now, to.joined.pid.as_str());
    eventually(PATIENCE, "a message is taken", || {
        from.client().relay(now(), to, kind, body).is_ok_and(|sent| sent)
    })
    .await
}

fn got(to: &Caller, from: &Caller, kind: u8) -> Vec<Vec<u8>> {
    let (client, from) = (to.client(), from.joined.pid.as_str());
    let theirs = client.relayed.iter().filter(|m| m.from == from && m.kind == kind);
    theirs.map(|message| message.body.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_from_one_to_another_while_both_are_seen() -> Result<()> {
    let system = System::start("relay")?;
    let mut callers = Vec::new();
    for index in 0..3 {
        callers.push(Caller::join(&system.connection, "relay", index, Shape::default()).await?);
    }
    let [a, b, c] = &mut callers[..] else { unreachable!("three callers") };
    all_meet(&[a, b, c], PLENTY, PATIENCE).await?;

    let begun = Instant::now();
    for number in 0..CHUNKS {
        send(b, a, ASK, &number.to_be_bytes()).await?;
        eventually(PATIENCE, "the ask", || got(a, b, ASK).len() > number).await?;
        let mut chunk = number.to_be_bytes().to_vec();
        chunk.resize(CHUNK, number as u8);
        send(a, b, DATA, &chunk).await?;
        let come = || got(b, a, DATA).len() + AHEAD > number;
        eventually(PATIENCE, "the chunks before", come).await?;
    }
    eventually(PATIENCE, "the file", || got(b, a, DATA).len() == CHUNKS).await?;
    println!("{} kB in {:?}", CHUNKS * CHUNK / 1_000, begun.elapsed());
    for (number, chunk) in got(b, a, DATA).iter().enumerate() {
        assert_eq!((chunk.len(), &chunk[..8]), (CHUNK, &number.to_be_bytes()[..]));
    }
    assert_eq!(c.client().relayed, []);
    all_meet(&[a, b, c], PLENTY, PATIENCE).await?;

    // A new connection of the same person is reached, and reaches others.
    b.rejoin().await?;
    all_meet(&[a, b, c], PLENTY, PATIENCE).await?;
    send(b, a, ASK, b"I am back").await?;
    eventually(PATIENCE, "who is back", || {
        got(a, b, ASK).last().is_some_and(|ask| ask == b"I am back")
    })
    .await?;
    send(a, b, DATA, b"welcome").await?;
    eventually(PATIENCE, "the answer", || got(b, a, DATA) == [b"welcome"]).await?;

    let url = &system.connection.metrics_url;
    assert_eq!(counter(url, "conclave_relay_refused_total").await?, 0);
    assert!(counter(url, "conclave_relay_messages_total").await? >= 2 * CHUNKS as u64);
    Ok(())
}
