//! A stolen node's credential and the records of rooms: what it read once, with an edge's genuine grant, and
//! writes again later. Whoever is led by such a record would be led to the thief.

#![allow(clippy::unwrap_used, clippy::panic)] // Tests fail by panicking.

use anyhow::{Context, Result, ensure};
use conclave_attack::board::{NOT_ACTIVE, UNAVAILABLE};
use conclave_attack::intruder::Intruder;
use conclave_attack::meeting::{self, enter, room};
use conclave_attack::stolen::{put, thief};
use conclave_attack::wait::until;
use conclave_attack::{Board, Gain};
use conclave_protocol::bucket::{NODES, ROOMS};
use conclave_protocol::kv;
use conclave_protocol::node::RoomRecord;
use conclave_protocol::roles::BusRole;
use conclave_protocol::session::path;
use conclave_test_client::Shape;
use conclave_tests::caller::Caller;
use conclave_tests::person::{Answer, OFFER, Person, call};
use conclave_tests::system::{Connection, System};
use serde_json::json;
use std::time::Duration;

/// How long an owner may take to put its own record back.
const REFRESHED: Duration = Duration::from_secs(30);
/// Rooms among which one is led to the thief while it may be.
const ROOMS_TRIED: usize = 10;
/// Times that each attack is tried: edges draw nodes.
const TRIES: u8 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_was_kept_leads_nobody() -> Result<()> {
    let system = System::start("attack-kept")?;
    let c = &system.connection;
    let mut board = Board::new("a record that was kept");
    let mut thief = Thief::of(&system).await?;

    // It reads the record by its own right before anybody has come, and when n1 owns the room.
    let sid = room(c, "a", json!({}), json!({})).await?;
    let unowned = thief.record(&sid).await?;
    ensure!(unowned.of.node.is_none() && unowned.of.epoch == 0, "owned already");
    let host = Caller::join(c, "a", 0, Shape::default()).await?;
    ensure!(host.joined.node.as_str() == "n1", "another node runs");
    let owned = thief.record(&sid).await?;
    ensure!(owned.of.node.as_ref() == Some(&host.joined.node), "owned by nobody");
    let late = meeting::token(c, "a", "late", false).await?;
    let later = meeting::token(c, "a", "later", false).await?;

    // In the registry it is there, and idle: rooms that nobody owns yet come to it, so that it would hear.
    let idle = json!({ "region": "x", "load": 0.0, "participants": 0, "rooms": 0,
        "draining": false, "version": "0" });
    let idle = idle.to_string();
    put(&system, BusRole::NodeCtrl, NODES, "n2", &[], idle.as_bytes()).await?;
    thief.is_chosen(c).await.context("the thief would not be chosen at all")?;

    // While the room goes on.
    for turn in 0..TRIES {
        unowned.write(&system).await?;
        let guest = Person::new(c, 30 + turn);
        let token = meeting::token(c, "a", &format!("guest-{turn}"), false).await?;
        let joins = guest.post(path::JOIN, &guest.join_body(&token, OFFER)).await?;
        let attack = format!("while the room goes on, try {turn}");
        thief.judge(&format!("{attack}: a join"), &joins, &mut board).await?;
        let returns = host.ask_back().await?;
        thief.judge(&format!("{attack}: a return"), &returns, &mut board).await?;
        let renews = host.renew().await?;
        thief.judge(&format!("{attack}: a renewal"), &renews, &mut board).await?;
    }
    // The owner puts its own back, and people come to where the room is.
    let come = async || enter(c, "a", 40, false).await;
    let guest = until(REFRESHED, "somebody comes in", come, |_| true).await?;
    let elsewhere = guest.joined.sid != host.joined.sid || guest.joined.node != host.joined.node;
    board.note("newcomers after that are elsewhere", Gain::read_if(elsewhere));
    let renewed = host.renew().await?;
    board.note("who was in the room is out", Gain::write_if(renewed.status != 200));

    // When the room is over.
    let ended = call(c, "/auth/room/endRoom", &json!({ "room_id": "a" })).await?;
    ensure!(ended.status == 200, "end: {ended:?}");
    let look = async || Ok(thief.record(&sid).await.is_err());
    until(REFRESHED, "the end of the record", look, |gone| *gone).await?;
    for (name, record, seed, token) in
        [("unowned", &unowned, 50, &late), ("owned", &owned, 60, &later)]
    {
        for turn in 0..TRIES {
            record.write(&system).await?;
            // A device that redeemed its token may try again: each try asks the same.
            let guest = Person::new(c, seed);
            let joins = guest.post(path::JOIN, &guest.join_body(token, OFFER)).await?;
            let attack = format!("{name}, once the room is over, try {turn}");
            thief.judge(&format!("{attack}: leads to the thief"), &joins, &mut board).await?;
            board.answered(format!("{attack}: the room goes on"), &joins, &[NOT_ACTIVE]);
            let returns = host.ask_back().await?;
            thief.judge(&format!("{attack}: a return"), &returns, &mut board).await?;
            board.answered(format!("{attack}: a return goes on"), &returns, &[NOT_ACTIVE]);
        }
    }
    board.close(46);
    Ok(())
}

/// A record as it stood in the bucket.
struct Kept {
    key: String,
    bytes: Vec<u8>,
    of: RoomRecord,
}

impl Kept {
    /// Writes it again, over whatever is there.
    async fn write(&self, system: &System) -> Result<()> {
        put(system, BusRole::NodeCtrl, ROOMS, &self.key, &[], &self.bytes).await
    }
}

/// Somebody with node n2's credential, who answers nothing.
struct Thief {
    intruder: Intruder,
    requests: u64,
}

impl Thief {
    async fn of(system: &System) -> Result<Self> {
        let mut intruder = thief(system, BusRole::NodeCtrl).await?;
        let requests = intruder.raw.subscribe("node.n2.req", None).await?;
        ensure!(intruder.raw.sync().await?, "thrown out");
        Ok(Self { intruder, requests })
    }

    /// The record of a room's life, as it may read all of them.
    async fn record(&mut self, sid: &str) -> Result<Kept> {
        let mut next = 1;
        loop {
            let ask = json!({ "seq": next, "next_by_subj": ROOMS.subject(">") }).to_string();
            let subject = format!("$JS.API.STREAM.MSG.GET.{}", ROOMS.stream());
            let answer = self.intruder.raw.ask("_INBOX.node.n2", &subject, &[], ask.as_bytes());
            let answer = answer.await?.context("NATS does not answer")?;
            let message = &answer.json()["message"];
            next = message["seq"].as_u64().context("no such record")? + 1;
            let key = message["subject"].as_str().and_then(|s| s.strip_prefix(&ROOMS.subject("")));
            let value = kv::read_entry(&answer.bytes)?.value;
            let (Some(key), Some(bytes)) = (key, value) else { continue };
            if let Ok(of) = serde_json::from_slice::<RoomRecord>(&bytes)
                && of.sid.as_str() == sid
            {
                return Ok(Kept { key: key.to_owned(), bytes, of });
            }
        }
    }

    /// Whether an edge has sent it anything since the last look.
    async fn was_asked(&mut self) -> Result<bool> {
        ensure!(self.intruder.raw.sync().await?, "thrown out");
        Ok(self.intruder.raw.take().iter().any(|message| message.sid == self.requests))
    }

    /// A room of which there was no owner yet was led to it.
    async fn is_chosen(&mut self, c: &Connection) -> Result<()> {
        for number in 0..ROOMS_TRIED {
            let id = format!("free-{number}");
            room(c, &id, json!({}), json!({})).await?;
            let _it_answers_nothing = enter(c, &id, 20, false).await;
            if self.was_asked().await? {
                return Ok(());
            }
        }
        anyhow::bail!("none of {ROOMS_TRIED}")
    }

    /// What it gained by a request that somebody made: it hears of it, or the person is led to it.
    async fn judge(&mut self, attack: &str, answer: &Answer, board: &mut Board) -> Result<()> {
        let led = answer.json["node"] == "n2";
        let asked = self.was_asked().await?;
        board.note(attack, Gain { reads: u32::from(asked), writes: u32::from(led) });
        // The room is where it was, or the edge says that it cannot tell.
        let known = [200, 202, UNAVAILABLE.0, NOT_ACTIVE.0].contains(&answer.status);
        ensure!(known, "{attack}: {answer:?}");
        Ok(())
    }
}
