//! One person floods a room whose node sits behind a slow link: the node keeps its connection to NATS,
//! the room stays usable, and the flooder is out.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // Tests fail by panicking.

use anyhow::{Context, Result, ensure};
use conclave_attack::meeting::{enter, room};
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
use std::time::{Duration, Instant};

/// The node's link to NATS: 100 Mbit/s and 10 ms one way.
const LINK: Link = Link {
    delay: Duration::from_millis(10),
    loss: 0.0,
    bytes_per_second: Some(12_500_000),
    seed: 1,
};
/// Connections on which the flooder speaks at once.
const VOICES: usize = 4;
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the flooder may stay, the slow link included.
const OUT_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_over_a_slow_link() -> Result<()> {
    let system = System::start("attack-flood")?;
    behind_a_slow_link(&system).await?;
    let c = &system.connection;
    let mut board = Board::new("floods over a slow link");
    for (number, (name, kind, size)) in
        [("small messages", "media", 16), ("the largest messages", "chat", 16_000)]
            .into_iter()
            .enumerate()
    {
        let seed = u8::try_from(number)? * 10;
        let name_of_room = format!("flood-{number}");
        room(c, &name_of_room, json!({}), json!({})).await?;
        let ada = enter(c, &name_of_room, seed + 1, true).await?;
        let mut mallory = enter(c, &name_of_room, seed + 2, false).await?;
        let before = node_connection(&system).await?;
        let mut ear = on_the_bus(c.nats_ws_url.as_str(), &ada.joined.bus.jwt, &ada.person).await?;
        let own = format!("room.{}.{}.to.{}.>", ada.joined.sid, ada.joined.node, ada.joined.pid);
        let heard = ear.subscribe(&own, None).await?;
        ensure!(ear.sync().await?, "thrown out");

        let begun = Instant::now();
        let subject = format!(
            "room.{}.{}.from.{}.{kind}",
            mallory.joined.sid, mallory.joined.node, mallory.joined.pid
        );
        let payload = vec![b'x'; size];
        let mut floods = Vec::new();
        for _ in 0..VOICES {
            let mut raw =
                on_the_bus(c.nats_ws_url.as_str(), &mallory.joined.bus.jwt, &mallory.person)
                    .await?;
            let many: Vec<u8> = (0..(64_000 / (size + 100)).max(1))
                .flat_map(|_| {
                    [format!("PUB {subject} {size}\r\n").as_bytes(), &payload, b"\r\n"].concat()
                })
                .collect();
            floods.push(tokio::spawn(async move {
                let mut sent = 0_usize;
                while begun.elapsed() < PATIENCE && raw.send(&many).await.is_ok() {
                    sent += many.len();
                }
                (sent, begun.elapsed())
            }));
        }
        let mut ends = Vec::new();
        for flood in floods {
            ends.push(flood.await?);
        }
        let out = ends.iter().map(|(_, at)| *at).max().unwrap_or_default();
        let sent: usize = ends.iter().map(|(sent, _)| sent).sum();
        println!("{name}: out after {out:?}, {} MB sent", sent / 1_000_000);
        board.note(format!("{name}: the flooder stays"), Gain::write_if(out > OUT_WITHIN));
        // The room: a question of somebody else, from when the flooder is out.
        let asked = Instant::now();
        let ask =
            format!("room.{}.{}.from.{}.resync", ada.joined.sid, ada.joined.node, ada.joined.pid);
        ear.publish(&ask, br#"{"epoch":0,"seq":0}"#).await?;
        let answer = loop {
            match ear.next_of(heard, PATIENCE).await? {
                Some(message) if message.subject.ends_with(".snapshot") => break true,
                Some(_) => {}
                None => break false,
            }
        };
        println!("{name}: the room answers after {:?}", asked.elapsed());
        board.note(format!("{name}: the room is not usable"), Gain::write_if(!answer));
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
            board.note(
                format!("{name}: the flooder comes back by {route}"),
                Gain::read_if(answer.status < 300),
            );
        }
        // Others notice nothing: a new room on the same node.
        let other = format!("other-{number}");
        room(c, &other, json!({}), json!({})).await?;
        let bob = enter(c, &other, seed + 3, false).await;
        board.note(format!("{name}: another room cannot be entered"), Gain::write_if(bob.is_err()));
    }
    let floods = metrics::counter(&c.metrics_url, "conclave_floods_total").await?;
    ensure!(floods == 2, "{floods} floods were counted");
    board.close(14);
    Ok(())
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

async fn on_the_bus(url: &str, jwt: &str, person: &conclave_tests::person::Person) -> Result<Raw> {
    Raw::connect(url, jwt, Some(&person.bus)).await?.map_err(anyhow::Error::msg)
}
