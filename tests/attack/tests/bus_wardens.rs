//! What wardens and edges rely on in bucket `rooms`, where edges and nodes may write: the warden's lease and
//! the word that the bucket is complete. Writing over them must stop neither removals nor answers.

#![allow(clippy::unwrap_used, clippy::panic)] // Tests fail by panicking.

use anyhow::{Context, Result, ensure};
use conclave_attack::intruder::Intruder;
use conclave_attack::meeting::{self, Member, enter, room};
use conclave_attack::overseer::Overseer;
use conclave_attack::raw::Raw;
use conclave_attack::stolen::{fire, put, shown, thief, weapons};
use conclave_attack::wait::until;
use conclave_attack::{Board, Gain};
use conclave_protocol::bucket::{LEASE, NODES, READY, ROOMS};
use conclave_protocol::kv::Entry;
use conclave_protocol::moderation::{Remove, kind};
use conclave_protocol::roles::{Account, BusRole};
use conclave_test_client::Shape;
use conclave_tests::caller::Caller;
use conclave_tests::person::{Person, call};
use conclave_tests::system::{Connection, System};
use serde_json::json;
use std::time::{Duration, Instant};

/// How soon somebody who is removed must be off the bus.
const KICK: Duration = Duration::from_secs(1);
/// How soon what does not exist must be said again not to exist.
const ANSWERED: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(10);
/// Longer than a lease lives that is not renewed.
const LEASE_LIFE: Duration = Duration::from_secs(7);
/// Between two writes of somebody who does not cease: a thousand times faster than a warden renews.
const WITHOUT_PAUSE: Duration = Duration::from_millis(1);

/// Writes of a value, of markers that say "deleted", and of a value that goes by itself.
const WRITES: [&[(&str, &str)]; 4] =
    [&[], &[("KV-Operation", "DEL")], &[("KV-Operation", "PURGE")], &[("Nats-TTL", "1s")]];
const WRITERS: [BusRole; 2] = [BusRole::Edge, BusRole::NodeCtrl];

#[tokio::test(flavor = "multi_thread")]
async fn removals_go_on_whoever_writes_the_lease() -> Result<()> {
    let keep = ["--keep-history", "1", "--webhook-url", "http://127.0.0.1:1/"];
    let system = System::start_with("attack-lease", &keep)?;
    let c = &system.connection;
    let mut board = Board::new("the wardens' lease");
    let mut meeting = Meeting::of(c).await?;
    let guest = meeting.guest(c).await?;
    ensure!(meeting.removes(guest).await?, "removal takes too long to begin with");
    for role in WRITERS {
        for headers in WRITES {
            let guest = meeting.guest(c).await?;
            put(&system, role, ROOMS, LEASE, headers, b"another").await?;
            let attack = format!("{} writes the lease{}", role.name(), shown(headers));
            board.note(attack, Gain::read_if(!meeting.removes(guest).await?));
        }
        let attack = format!("{} wrote the lease, once it would have run out", role.name());
        board.note(attack, Gain::read_if(!meeting.removes_later(c).await?));
    }
    for role in [BusRole::Edge, BusRole::NodeCtrl, BusRole::Courier] {
        let mut thief = thief(&system, role).await?;
        let mut ctrl = Overseer::of(&system, Account::Ctrl).await?;
        for &weapon in weapons(role) {
            let guest = meeting.guest(c).await?;
            fire(&mut thief, &mut ctrl, weapon, &[ROOMS.subject(LEASE)]).await?;
            let attack = format!("{} has NATS answer {} into the lease", role.name(), weapon.0);
            board.note(attack, Gain::read_if(!meeting.removes(guest).await?));
        }
        let attack = format!("{} had NATS answer, once it would have run out", role.name());
        board.note(attack, Gain::read_if(!meeting.removes_later(c).await?));
    }
    // Without pause, for longer than a lease lives.
    for role in WRITERS {
        let mut ctrl = Overseer::of(&system, Account::Ctrl).await?;
        let guest = meeting.guest(c).await?;
        let before = ctrl.entry(ROOMS, LEASE).await?.revision;
        let writes = tokio::spawn(write_on(thief(&system, role).await?));
        // Not a wait for anything: the attack takes its time.
        tokio::time::sleep(LEASE_LIFE).await;
        ensure!(!writes.is_finished(), "{role:?} does not write on");
        let during = meeting.removes(guest).await?;
        writes.abort();
        let written = ctrl.entry(ROOMS, LEASE).await?.revision - before;
        ensure!(written > 1000, "{role:?} wrote only {written} times");
        let attack = format!("{} writes the lease without pause", role.name());
        board.note(attack, Gain::read_if(!during));
        let guest = meeting.guest(c).await?;
        let attack = format!("{} wrote the lease without pause", role.name());
        board.note(attack, Gain::read_if(!meeting.removes(guest).await?));
    }
    board.close(40);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_is_said_not_to_exist() -> Result<()> {
    let keep = ["--keep-history", "1", "--webhook-url", "http://127.0.0.1:1/"];
    let system = System::start_with("attack-ready", &keep)?;
    let c = &system.connection;
    let mut board = Board::new("the word that all rooms are there");
    // A genuine token of a room that is over.
    room(c, "gone", json!({}), json!({})).await?;
    let token = meeting::token(c, "gone", "ada", false).await?;
    let ended = call(c, "/auth/room/endRoom", &json!({ "room_id": "gone" })).await?;
    ensure!(ended.status == 200, "end: {ended:?}");
    let ada = Person::new(c, 1);
    let answered = async || {
        let body = ada.join_body(&token, conclave_tests::person::OFFER);
        let ask =
            async || Ok(ada.post(conclave_protocol::session::path::JOIN, &body).await?.status);
        anyhow::Ok(until(ANSWERED, "404", ask, |status| *status == 404).await.is_ok())
    };
    ensure!(answered().await?, "not answered to begin with");
    for role in WRITERS {
        for headers in WRITES {
            put(&system, role, ROOMS, READY, headers, b"x").await?;
            if headers.iter().any(|(name, _)| *name == "Nats-TTL") {
                let mut ctrl = Overseer::of(&system, Account::Ctrl).await?;
                let look = async || ctrl.entry(ROOMS, READY).await;
                let gone = |entry: &Entry| entry.value.as_deref() != Some(b"x");
                until(PATIENCE, "the end of what goes by itself", look, gone).await?;
            }
            let attack = format!("{} writes the word{}", role.name(), shown(headers));
            board.note(attack, Gain::write_if(!answered().await?));
        }
    }
    for role in [BusRole::Edge, BusRole::NodeCtrl, BusRole::Courier] {
        let mut thief = thief(&system, role).await?;
        let mut ctrl = Overseer::of(&system, Account::Ctrl).await?;
        for (number, &weapon) in weapons(role).iter().enumerate() {
            let replies = [ROOMS.subject(READY), NODES.subject("n1")];
            fire(&mut thief, &mut ctrl, weapon, &replies).await?;
            ctrl.decided(ROOMS).await?;
            ctrl.decided(NODES).await?;
            let attack = format!("{} has NATS answer {} over it", role.name(), weapon.0);
            board.note(attack, Gain::write_if(!answered().await?));
            // Over the node's entry in the registry too: rooms find it again.
            let id = format!("{}-{number}", role.name());
            room(c, &id, json!({}), json!({})).await?;
            let come = async || enter(c, &id, 2, false).await;
            let came = until(ANSWERED, "somebody comes in", come, |_| true).await;
            let attack = format!("{} has NATS answer {} over the node", role.name(), weapon.0);
            board.note(attack, Gain::write_if(came.is_err()));
        }
    }
    board.close(54);
    Ok(())
}

/// Writes a foreign value into the lease, again and again.
async fn write_on(mut thief: Intruder) -> Result<()> {
    loop {
        thief.raw.publish(&ROOMS.subject(LEASE), b"another").await?;
        ensure!(thief.raw.sync().await?, "thrown out");
        tokio::time::sleep(WITHOUT_PAUSE).await;
    }
}

/// A room whose moderator takes people out. The moderator has real media: without, nobody stays for as long
/// as this takes.
struct Meeting {
    host: Caller,
    guests: u8,
}

impl Meeting {
    async fn of(c: &Connection) -> Result<Self> {
        let mut host = Caller::join(c, "a", 0, Shape::default()).await?;
        host.connect_bus().await?;
        Ok(Self { host, guests: 1 })
    }

    /// Somebody new, on the bus.
    async fn guest(&mut self, c: &Connection) -> Result<(Member, Raw)> {
        self.guests += 1;
        let guest = enter(c, "a", self.guests, false).await.context("nobody can come in")?;
        let ear = guest.bus().await?;
        Ok((guest, ear))
    }

    /// The same when a warden that could not renew its lease has lost it: it works on for some seconds.
    async fn removes_later(&mut self, c: &Connection) -> Result<bool> {
        let guest = self.guest(c).await?;
        // Not a wait for anything: a lease runs out.
        tokio::time::sleep(LEASE_LIFE).await;
        self.removes(guest).await
    }

    /// Takes somebody out: whether NATS ended its connection in time, and lets it make no other.
    async fn removes(&self, (guest, mut ear): (Member, Raw)) -> Result<bool> {
        let bus = self.host.bus.as_ref().context("no bus")?;
        let said = Instant::now();
        bus.moderate(kind::REMOVE, &Remove { pid: guest.joined.pid.clone(), ban: false }).await?;
        let off = ear.is_ended(2 * KICK).await? && said.elapsed() <= KICK;
        Ok(off && guest.bus().await.is_err())
    }
}
