//! A media node dies and comes back: what people had of the bus before is worth nothing to whoever has not
//! come back, and less to whoever is banned afterwards.

#![allow(clippy::unwrap_used, clippy::panic)] // Tests fail by panicking.

use anyhow::{Context, Result, ensure};
use conclave_attack::board::BLOCKED;
use conclave_attack::meeting::{Member, enter, room};
use conclave_attack::overseer::contains;
use conclave_attack::raw::Raw;
use conclave_attack::wait::until;
use conclave_attack::{Board, Gain};
use conclave_protocol::event::from;
use conclave_protocol::moderation::{Remove, SetRules, kind};
use conclave_protocol::nkey::NatsKey;
use conclave_protocol::session::path;
use conclave_protocol::settings::{Locks, Rules};
use conclave_tests::metrics;
use conclave_tests::system::{Connection, System, signal};
use serde_json::json;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);
/// How soon somebody who is banned must be off the bus.
const KICK: Duration = Duration::from_secs(1);
/// How soon the room's next owner must have those off the bus who have not come back: as soon as it has
/// the room.
const SOON: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn old_credentials_after_a_restart() -> Result<()> {
    let system = System::start("attack-restart")?;
    let c = &system.connection;
    room(c, "a", json!({}), json!({})).await?;
    let mut host = enter(c, "a", 1, true).await?;
    // One stays away, one comes back on another connection, one on a connection of the same key.
    let mut guests = Vec::new();
    for (seed, name) in [(2, "stays away"), (3, "another key"), (4, "the same key")] {
        let guest = enter(c, "a", seed, false).await?;
        let ear = listening(&guest).await?;
        guests.push((name, guest, ear));
    }
    let mut voice = host.bus().await?;
    say(&host, &mut voice, "before the restart").await?;
    for (name, _, ear) in &mut guests {
        ensure!(hears(ear, "before the restart").await?, "{name} hears nothing to begin with");
    }
    left_to_the_next(c, &host, &mut voice).await?;

    let mut board = Board::new("a node's restart");
    signal(system.pid("node").context("no node")?, "KILL");
    host.person.renew_bus_key();
    let back = until(
        PATIENCE,
        "the host's return",
        async || host.session(path::REJOIN).await,
        |answer| answer.status == 200,
    );
    host.joined = back.await?.read()?;
    let claimed = Instant::now();
    for (name, guest, ear) in &mut guests {
        let off = ear.is_ended(2 * SOON).await?;
        let late = !off || claimed.elapsed() > SOON;
        board.note(format!("{name}: on the bus after the restart"), Gain::read_if(late));
        let again = connects(c, &guest.joined.bus.jwt, &guest.person.bus).await?;
        board.note(format!("{name}: connects with what it had"), Gain::read_if(again));
    }
    let mut voice = host.bus().await?;
    say(&host, &mut voice, "after the restart").await?;
    for (name, _, ear) in &mut guests {
        let heard = hears(ear, "after the restart").await?;
        board.note(format!("{name}: hears the room"), Gain::read_if(heard));
    }

    // Back with a new credential, and then banned: nothing that they ever had connects.
    for (name, guest, _) in guests.iter_mut().skip(1) {
        let (old, old_key) = (guest.joined.bus.jwt.clone(), guest.person.bus.clone());
        if *name == "another key" {
            guest.person.renew_bus_key();
        }
        let back = guest.session(path::REJOIN).await?;
        guest.joined = back.read().with_context(|| format!("{name} does not come back"))?;
        let mut ear = listening(guest).await?;
        say(&host, &mut voice, name).await?;
        ensure!(hears(&mut ear, name).await?, "{name}: back, and hears nothing");
        let before = connects(c, &old, &old_key).await?;
        board.note(format!("{name}: connects with what it had, once back"), Gain::read_if(before));
        let remove = Remove { pid: guest.joined.pid.clone(), ban: true };
        let subject = format!("{}.{}", host.moderator(), kind::REMOVE);
        let said = Instant::now();
        voice.publish(&subject, &serde_json::to_vec(&remove)?).await?;
        ensure!(voice.sync().await?, "thrown out");
        let off = ear.is_ended(2 * SOON).await?;
        board.note(
            format!("{name}: banned, and on the bus after a second"),
            Gain::read_if(!off || said.elapsed() > KICK),
        );
        let after = connects(c, &old, &old_key).await?;
        board.note(format!("{name}: banned, connects with what it had"), Gain::read_if(after));
        let after = connects(c, &guest.joined.bus.jwt, &guest.person.bus).await?;
        board.note(format!("{name}: banned, connects with what it got"), Gain::read_if(after));
        let renewed = guest.session(path::RENEW).await?;
        board.answered(format!("{name}: banned, renews"), &renewed, &[BLOCKED]);
    }
    // Nobody is refused for others: whoever stayed away may still come, and hears.
    let (name, guest, _) = &mut guests[0];
    guest.person.renew_bus_key();
    guest.joined = guest.session(path::REJOIN).await?.read()?;
    let mut ear = listening(guest).await?;
    say(&host, &mut voice, name).await?;
    ensure!(hears(&mut ear, name).await?, "{name}: back at last, and hears nothing");
    board.close(19);
    Ok(())
}

/// Waits until the owner has written down everything that has happened until now. It writes about once a
/// second what has changed: the second write after this begins after the first, which may be under way.
async fn left_to_the_next(c: &Connection, host: &Member, voice: &mut Raw) -> Result<()> {
    for private_chat in [true, false] {
        let rules =
            Rules { locks: Locks { private_chat, ..Locks::default() }, waiting_room: false };
        let body = serde_json::to_vec(&SetRules { rules })?;
        let name = "conclave_states_written_total";
        let written = metrics::counter(&c.metrics_url, name).await?;
        voice.publish(&format!("{}.{}", host.moderator(), kind::RULES), &body).await?;
        metrics::reaches(&c.metrics_url, name, written + 1, PATIENCE).await?;
    }
    Ok(())
}

/// Says something to everyone; the owner has said it on when this returns.
async fn say(host: &Member, voice: &mut Raw, text: &str) -> Result<()> {
    let chat = json!({ "text": text }).to_string();
    voice.publish(&format!("{}.{}", host.from(), from::CHAT), chat.as_bytes()).await?;
    host.worked_off(voice).await.map(drop)
}

/// On the bus, and listening to everything that is said to all.
async fn listening(member: &Member) -> Result<Raw> {
    let mut raw = member.bus().await?;
    let all = format!("room.{}.{}.all.>", member.joined.sid, member.joined.node);
    raw.subscribe(&all, None).await?;
    ensure!(raw.sync().await?, "thrown out");
    Ok(raw)
}

/// Whether this was heard by now, on a connection that may have been ended since.
async fn hears(ear: &mut Raw, text: &str) -> Result<bool> {
    let _ended = ear.sync().await;
    Ok(ear.take().iter().any(|message| contains(&message.bytes, text)))
}

async fn connects(c: &Connection, jwt: &str, key: &NatsKey) -> Result<bool> {
    Ok(Raw::connect(&c.nats_ws_url, jwt, Some(key)).await?.is_ok())
}
