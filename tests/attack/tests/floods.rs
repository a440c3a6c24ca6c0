//! One person floods a room whose node sits behind a slow link: the node keeps its connection to NATS,
//! the room stays usable, and the flooder is out.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // Tests fail by panicking.

use anyhow::{Context, Result, ensure};
use conclave_attack::board::BLOCKED;
use conclave_attack::meeting::{Member, enter, room};
use conclave_attack::overseer::{self, Overseer};
use conclave_attack::raw::Raw;
use conclave_attack::{Board, Gain};
use conclave_protocol::roles::Account;
use conclave_protocol::session::path;
use conclave_tests::metrics;
use conclave_tests::relay::{Ends, Link, start};
use conclave_tests::system::{System, signal};
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// The node's link to NATS: 100 Mbit/s and 10 ms one way.
const LINK: Link = Link {
    delay: Duration::from_millis(10),
    loss: 0.0,
    bytes_per_second: Some(12_500_000),
    seed: 1,
};
/// Connections on which the flooder speaks at once.
const VOICES: usize = 4;
/// Bytes after which a flood has begun: no person writes as much.
const UNDER_WAY: usize = 256_000;
/// How long anybody else may wait for an answer of the room's owner.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the flooder may stay, the slow link included.
const OUT_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_over_a_slow_link() -> Result<()> {
    let system = System::start("attack-flood")?;
    behind_a_slow_link(&system).await?;
    let c = &system.connection;
    let mut board = Board::new("floods over a slow link");
    let kinds = [
        ("small messages", "media", 16),
        ("the largest messages", "chat", 16_000),
        // What no owner reads reaches its node all the same.
        ("a subject of one more token", "a.b", 16),
    ];
    for (number, (name, kind, size)) in kinds.into_iter().enumerate() {
        let seed = u8::try_from(number)? * 10;
        let name_of_room = format!("flood-{number}");
        room(c, &name_of_room, json!({}), json!({})).await?;
        let ada = enter(c, &name_of_room, seed + 1, true).await?;
        let mut mallory = enter(c, &name_of_room, seed + 2, false).await?;
        let before = node_connection(&system).await?;
        let mut ear = ada.bus().await?;

        let flood = Flood::start(&mallory, kind, size).await?;
        // The room: a question of somebody else while the flood runs.
        flood.is_under_way().await?;
        let usable = answers(&ada, &mut ear).await?;
        println!("{name}: amid the flood the room answers after {usable:?}");
        let usable = usable.is_some_and(|after| after < ANSWERS_WITHIN);
        board.note(format!("{name}: the room is not usable meanwhile"), Gain::write_if(!usable));
        let (out, sent) = flood.end().await?;
        println!("{name}: out after {out:?}, {} MB sent", sent / 1_000_000);
        board.note(format!("{name}: the flooder stays"), Gain::write_if(out > OUT_WITHIN));
        // And once the flooder is out. What it sent is still under way: the link takes as long for it as it
        // takes, and the question waits behind it.
        let usable = answers(&ada, &mut ear).await?;
        println!("{name}: the room answers after {usable:?}");
        let lost = usable.is_none();
        board.note(format!("{name}: the room is not usable after it"), Gain::write_if(lost));
        let after = node_connection(&system).await?;
        board.note(
            format!("{name}: the node loses its connection"),
            Gain::write_if(after != before),
        );
        let again =
            Raw::connect(&c.nats_ws_url, &mallory.joined.bus.jwt, Some(&mallory.person.bus))
                .await?;
        board.note(format!("{name}: the flooder connects again"), Gain::read_if(again.is_ok()));
        for route in [path::RENEW, path::REJOIN] {
            let answer = mallory.session(route).await?;
            board.answered(
                format!("{name}: the flooder comes back by {route}"),
                &answer,
                &[BLOCKED],
            );
        }
        // Others notice nothing: a new room on the same node.
        let other = format!("other-{number}");
        room(c, &other, json!({}), json!({})).await?;
        let bob = enter(c, &other, seed + 3, false).await;
        board.note(format!("{name}: another room cannot be entered"), Gain::write_if(bob.is_err()));
    }
    let floods = metrics::counter(&c.metrics_url, "conclave_floods_total").await?;
    ensure!(floods == kinds.len() as u64, "{floods} floods were counted");
    board.close(24);
    Ok(())
}

/// Somebody who publishes on several connections as fast as NATS takes it, until it is thrown out.
struct Flood {
    begun: Instant,
    sent: Arc<AtomicUsize>,
    voices: Vec<JoinHandle<Duration>>,
}

impl Flood {
    async fn start(flooder: &Member, kind: &str, size: usize) -> Result<Self> {
        let subject = format!("{}.{kind}", flooder.from());
        let payload = vec![b'x'; size];
        let many: Vec<u8> = (0..(64_000 / (size + 100)).max(1))
            .flat_map(|_| {
                [format!("PUB {subject} {size}\r\n").as_bytes(), &payload, b"\r\n"].concat()
            })
            .collect();
        let mut connections = Vec::new();
        for _ in 0..VOICES {
            connections.push(flooder.bus().await?);
        }
        let (begun, sent) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
        let voice = |mut raw: Raw| {
            let (many, sent) = (many.clone(), Arc::clone(&sent));
            tokio::spawn(async move {
                while begun.elapsed() < PATIENCE && raw.send(&many).await.is_ok() {
                    sent.fetch_add(many.len(), Ordering::Relaxed);
                }
                begun.elapsed()
            })
        };
        let voices = connections.into_iter().map(voice).collect();
        Ok(Self { begun, sent, voices })
    }

    /// Waits until it has begun on every connection.
    async fn is_under_way(&self) -> Result<()> {
        while self.sent.load(Ordering::Relaxed) < UNDER_WAY {
            ensure!(self.begun.elapsed() < PATIENCE, "the flood does not begin");
            tokio::task::yield_now().await;
        }
        let running = self.voices.iter().any(|voice| !voice.is_finished());
        ensure!(running, "the flood is over before anybody could ask");
        Ok(())
    }

    /// When the last connection was ended, and how many bytes were sent.
    async fn end(self) -> Result<(Duration, usize)> {
        let mut last = Duration::ZERO;
        for voice in self.voices {
            last = last.max(voice.await?);
        }
        Ok((last, self.sent.load(Ordering::Relaxed)))
    }
}

/// How long the owner takes to answer somebody; `None` where it does not.
async fn answers(asker: &Member, voice: &mut Raw) -> Result<Option<Duration>> {
    let asked = Instant::now();
    let answer = asker.worked_off(voice).await;
    Ok(answer.is_ok().then(|| asked.elapsed()))
}

/// Has the node reach account ROOMS through a link that is slow, and starts it again.
async fn behind_a_slow_link(system: &System) -> Result<()> {
    let nats: SocketAddr = overseer::nats_url(system)?.trim_start_matches("nats://").parse()?;
    let free = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    start(LINK, &[Ends { listen: free, target: nats }], &[]).await?;
    let mut config = system.config("node.json")?;
    config["rooms"]["url"] = format!("nats://{free}").into();
    std::fs::write(system.state.join("node.json"), config.to_string())?;
    let old = node_connection(system).await?;
    signal(system.pid("node").context("no node")?, "KILL");
    let until = Instant::now() + PATIENCE;
    loop {
        let counted = metrics::counter(&system.connection.metrics_url, "conclave_rooms").await;
        if counted.is_ok() && node_connection(system).await.is_ok_and(|now| now != old) {
            return Ok(());
        }
        ensure!(Instant::now() < until, "the node does not come back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// NATS's number of the node's connection beside participants.
async fn node_connection(system: &System) -> Result<u64> {
    let mut overseer = Overseer::of(system, Account::System).await?;
    let account = overseer::keys(system)?.rooms.public();
    let ask = json!({ "auth": true, "acc": account });
    let answer = overseer.ask("$SYS.REQ.SERVER.PING.CONNZ", &ask).await?;
    let connections = answer["data"]["connections"].as_array().context("no connections")?;
    let of_node = |connection: &&Value| connection["name"] == json!("n1");
    let node = connections.iter().find(of_node).context("the node is not there")?;
    node["cid"].as_u64().context("no number")
}
