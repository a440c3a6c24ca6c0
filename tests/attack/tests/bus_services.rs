//! Stolen credentials of services: an edge's, a media node's, a courier's, a warden's. What each
//! gains on the bus beyond its own work.

#![allow(clippy::unwrap_used, clippy::panic)] // Tests fail by panicking.

use anyhow::{Context, Result, ensure};
use conclave_attack::meeting::{self, Member, enter, room};
use conclave_attack::overseer::{Overseer, contains};
use conclave_attack::stolen::{self, fire, keys, put, rights, shown, thief, weapons};
use conclave_attack::wait::until;
use conclave_attack::{Board, Gain};
use conclave_protocol::ban::mark_key;
use conclave_protocol::bucket::{BANS, Bucket, NODES, ROOMS, RS, TICKETS};
use conclave_protocol::ids::{Mark, Sid};
use conclave_protocol::kv::Entry;
use conclave_protocol::moderation::{SetRules, kind};
use conclave_protocol::node::RoomRecord;
use conclave_protocol::roles::{Account, BusRole};
use conclave_protocol::session::path;
use conclave_protocol::settings::{Locks, Rules};
use conclave_test_client::Shape;
use conclave_tests::caller::Caller;
use conclave_tests::metrics;
use conclave_tests::person::{OFFER, Person};
use conclave_tests::system::{System, signal};
use serde_json::{Value, json};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(10);

/// What an operator can have besides: buckets for courses and for webhooks, their queue and its consumer.
/// Nobody listens where the webhooks go.
const ALL_PARTS: &[&str] = &["--keep-history", "1", "--webhook-url", "http://127.0.0.1:1/"];

const SERVICES: [BusRole; 6] = [
    BusRole::Edge,
    BusRole::NodeCtrl,
    BusRole::NodeRooms,
    BusRole::Courier,
    BusRole::Warden,
    BusRole::Revoker,
];

/// Speaking on these does no harm, so that the overseer can show that it would hear it.
const HARMLESS: &[&str] = &[
    "node.n1.req",
    "node.n2.req",
    "node.n3.req",
    "$KV.rooms.probe",
    "$KV.rooms.ready.probe",
    "$KV.rooms.ready",
    "$KV.rooms.warden",
    "$KV.tickets.probe",
    "$KV.bans.on.probe",
    "$KV.nodes.n2",
    "$KV.nodes.n3",
    "$KV.rs.n1.probe",
    "$KV.rs.n2.probe",
    "$KV.history.probe.x",
    "$KV.outkeys.probe",
    "$KV.idem.probe",
    "outbox.probe.x",
    "_INBOX.probe",
    "_INBOX.edge.probe",
    "_INBOX.node.n1.probe",
    "_INBOX.node.n2.probe",
    "_INBOX.warden.probe",
    "_INBOX.courier.probe",
    "_INBOX.revoker.probe",
    "$JS.API.INFO",
    "$JS.API.STREAM.NAMES",
    "$JS.API.STREAM.LIST",
    "$JS.API.STREAM.INFO.KV_rooms",
    "$JS.API.STREAM.MSG.GET.KV_rooms",
    "$JS.API.STREAM.MSG.GET.KV_tickets",
    "$JS.API.STREAM.MSG.GET.KV_bans",
    "$JS.API.STREAM.MSG.GET.KV_rs",
    "$JS.API.STREAM.MSG.GET.KV_nodes",
    "$JS.API.STREAM.MSG.GET.KV_outkeys",
    "$JS.API.STREAM.MSG.GET.OUTBOX",
    "$JS.API.DIRECT.GET.KV_nodes",
    "$JS.API.DIRECT.GET.KV_rooms",
    "$JS.API.DIRECT.GET.KV_rooms.$KV.rooms.x",
    "$JS.API.DIRECT.GET.KV_rooms.$KV.rooms.warden",
    "$JS.API.DIRECT.GET.KV_bans",
    "$JS.API.DIRECT.GET.KV_tickets",
    "$JS.API.DIRECT.GET.KV_history",
    "$JS.API.DIRECT.GET.KV_outkeys",
    "$JS.API.DIRECT.GET.KV_rooms.$KV.rooms.ready",
    "$JS.API.STREAM.CREATE.none",
    "$JS.API.STREAM.UPDATE.none",
    "$JS.API.STREAM.DELETE.none",
    "$JS.API.STREAM.PURGE.none",
    "$JS.API.STREAM.SNAPSHOT.none",
    "$JS.API.STREAM.MSG.DELETE.none",
    "$JS.API.STREAM.PEER.REMOVE.none",
    "$JS.API.STREAM.LEADER.STEPDOWN.none",
    "$JS.API.CONSUMER.CREATE.none.x",
    "$JS.API.CONSUMER.DURABLE.CREATE.none.x",
    "$JS.API.CONSUMER.LIST.none",
    "$JS.API.CONSUMER.DELETE.none.x",
    "$JS.API.CONSUMER.MSG.NEXT.none.x",
    "$JS.API.META.LEADER.STEPDOWN",
    "$JS.API.ACCOUNT.PURGE.none",
    "$JS.API.CONSUMER.CREATE.OUTBOX.courier",
    "$JS.API.CONSUMER.INFO.OUTBOX.courier",
    "$JS.API.CONSUMER.MSG.NEXT.OUTBOX.courier",
    "$JS.ACK.none.x.1.1.1.1.0",
    "$JS.ACK.OUTBOX.courier.1.1.1.1.0",
    "$JS.FC.probe",
    "room.x.n1.all.event",
    "room.x.n2.all.event",
    "room.x.n2.to.y.mail",
    "room.x.n2.from.y.chat",
    "room.x.n2.mod.y.end",
    "room.x.n1.to.y.mail",
    "room.x.n1.from.y.chat",
    "room.x.n1.mod.y.end",
    "$SYS.REQ.SERVER.PING",
    "$SYS.REQ.SERVER.PING.CONNZ",
    "$SYS.REQ.ACCOUNT.x.CONNZ",
    "$SYS.REQ.ACCOUNT.x.CLAIMS.LOOKUP",
    "$SYS.REQ.CLAIMS.UPDATE",
    "$SYS.REQ.CLAIMS.PACK",
    "$SYS.REQ.CLAIMS.LIST",
    "$SYS.REQ.SERVER.x.KICK",
    "$SYS.REQ.USER.INFO",
    "$SYS.ACCOUNT.x.CONNECT",
    "probe",
];

/// What would do harm if it were carried: the suite looks at what is left.
const HARMFUL: &[&str] = &[
    "$JS.API.STREAM.DELETE.KV_rooms",
    "$JS.API.STREAM.DELETE.KV_tickets",
    "$JS.API.STREAM.DELETE.KV_bans",
    "$JS.API.STREAM.PURGE.KV_rooms",
    "$JS.API.STREAM.PURGE.KV_tickets",
    "$JS.API.STREAM.PURGE.KV_bans",
    "$JS.API.STREAM.PURGE.KV_rs",
    "$JS.API.STREAM.MSG.DELETE.KV_tickets",
    "$JS.API.STREAM.MSG.DELETE.KV_bans",
    "$JS.API.STREAM.RESTORE.KV_rooms",
    "$JS.API.CONSUMER.CREATE.KV_rooms.x",
    "$JS.API.CONSUMER.CREATE.KV_rs.x",
    "$JS.API.CONSUMER.CREATE.OUTBOX.x",
    "$JS.API.ACCOUNT.PURGE.x",
    "$SYS.REQ.CLAIMS.DELETE",
    "$SYS.REQ.ACCOUNT.x.CLAIMS.UPDATE",
];

/// What could be listened to so as to hear others.
const FILTERS: &[&str] = &[
    ">",
    "*",
    "*.>",
    "*.*",
    "$KV.>",
    "$KV.*.>",
    "$KV.rooms.>",
    "$KV.rs.>",
    "$KV.tickets.>",
    "$KV.bans.>",
    "$KV.bans.on.>",
    "$KV.outkeys.>",
    "$KV.nodes.>",
    "outbox.>",
    "node.>",
    "node.*.req",
    "node.n1.req",
    "node.n3.req",
    "_INBOX.>",
    "_INBOX.*.>",
    "_INBOX.edge.>",
    "_INBOX.node.>",
    "_INBOX.node.n1.>",
    "_INBOX.node.n2.>",
    "_INBOX.warden.>",
    "_INBOX.courier.>",
    "_INBOX.revoker.>",
    "$JS.>",
    "$JS.API.>",
    "$JS.ACK.>",
    "$JS.EVENT.>",
    "$SYS.>",
    "$SYS.ACCOUNT.>",
    "$SYS.REQ.>",
    "$SYS.SERVER.>",
    "room.>",
    "room.*.>",
    "room.*.*.all.>",
    "room.*.*.from.>",
    "room.*.n1.all.>",
    "room.*.n1.from.>",
    "room.*.n1.mod.>",
    "room.*.n1.to.>",
    "room.*.n2.all.>",
    "room.*.n2.to.>",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_service_against_every_family_of_subjects() -> Result<()> {
    let system = System::start_with("attack-services", ALL_PARTS)?;
    let mut board = Board::new("services on the bus");
    let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    for role in SERVICES {
        let mut overseer = Overseer::of(&system, role.account()).await?;
        let mut intruder = thief(&system, role).await?;
        intruder.speak(&mut overseer, &texts(HARMLESS), &[], &mut board).await?;
        let few: Vec<String> = texts(HARMLESS).into_iter().step_by(5).collect();
        // Into a bucket that is not its own to write.
        let into =
            if role == BusRole::NodeCtrl { "$KV.tickets.trace" } else { "$KV.bans.on.trace" };
        let trace = [("Nats-Trace-Dest", into)];
        intruder.speak(&mut overseer, &few, &trace, &mut board).await?;
        intruder.shout(&mut overseer, &texts(HARMFUL), &mut board).await?;
        let (filters, all) = (texts(FILTERS), texts(HARMLESS));
        intruder.listen(&mut overseer, &filters, None, &all, &mut board).await?;
        intruder.listen(&mut overseer, &filters, Some("q"), &all, &mut board).await?;
    }
    let mut overseer = Overseer::of(&system, Account::Ctrl).await?;
    for bucket in [ROOMS, TICKETS, BANS, NODES, RS] {
        overseer.count(bucket).await.with_context(|| format!("{} is gone", bucket.name))?;
    }
    for (bucket, key) in [(BANS, "on.trace"), (TICKETS, "trace")] {
        let traced = overseer.entry(bucket, key).await?.value.is_some();
        board.note(format!("a trace written into {}", bucket.name), Gain::write_if(traced));
    }
    board.close(1187);
    Ok(())
}

/// JetStream answers to any reply subject: into a room, or into another's bucket.
#[tokio::test(flavor = "multi_thread")]
async fn answers_of_jetstream_as_a_weapon() -> Result<()> {
    let system = System::start_with("attack-replies", ALL_PARTS)?;
    let c = &system.connection;
    room(c, "a", json!({}), json!({})).await?;
    let host = enter(c, "a", 1, true).await?;
    let guest = enter(c, "a", 2, false).await?;
    let mut rooms = Overseer::of(&system, Account::Rooms).await?;
    let mut ctrl = Overseer::of(&system, Account::Ctrl).await?;
    let mut board = Board::new("JetStream's answers");
    let banned = mark_key(&Mark::from_hash(&[7; 32]));
    // A ban that stands, as the room's node writes it.
    put(&system, BusRole::NodeCtrl, BANS, &banned, &[], b"").await?;
    let ban = ctrl.entry(BANS, &banned).await?;
    let ticket = any_key(&mut ctrl, TICKETS).await?;
    let redeemed = ctrl.entry(TICKETS, &ticket).await?;
    ensure!(ban.value.is_some() && redeemed.value.is_some(), "nothing to attack");
    let Member { joined, .. } = &guest;
    let prefix = format!("room.{}.{}", joined.sid, joined.node);
    let into_the_room = [
        format!("{prefix}.all.event"),
        format!("{prefix}.to.{}.mail", joined.pid),
        format!("{prefix}.from.{}.leave", joined.pid),
        format!("{prefix}.mod.{}.end", host.joined.pid),
    ];
    let over_an_entry = [BANS.subject(&banned), TICKETS.subject(&ticket)];
    for role in [BusRole::Edge, BusRole::NodeCtrl, BusRole::Courier] {
        let mut thief = thief(&system, role).await?;
        for &weapon in weapons(role) {
            let name = role.name();
            drop(rooms.carried().await?);
            fire(&mut thief, &mut ctrl, weapon, &into_the_room).await?;
            let spoken = rooms.carried().await?.iter().any(|m| {
                // The owner's own beats go on.
                m.subject.starts_with(&prefix) && !m.subject.ends_with(".beat")
            });
            let attack = format!("{name} has NATS answer {} into a room", weapon.0);
            board.note(attack, Gain::write_if(spoken));
            fire(&mut thief, &mut ctrl, weapon, &over_an_entry).await?;
            for (bucket, key, before) in [(BANS, &banned, &ban), (TICKETS, &ticket, &redeemed)] {
                ctrl.decided(bucket).await?;
                let changed = ctrl.entry(bucket, key).await? != *before;
                let attack =
                    format!("{name} has NATS answer {} over an entry of {}", weapon.0, bucket.name);
                board.note(attack, Gain::write_if(changed));
            }
        }
    }
    let still = enter(c, "a", 3, false).await?;
    board.note("the room is changed", Gain::write_if(still.joined.snapshot.people.len() != 3));
    board.close(70);
    Ok(())
}

/// What was written once stays written: tickets are not given back, bans not lifted, buckets not
/// wiped.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_once() -> Result<()> {
    let system = System::start("attack-once")?;
    let c = &system.connection;
    room(c, "a", json!({}), json!({})).await?;
    let token = meeting::token(c, "a", "ada", false).await?;
    Person::new(c, 1).join(&token).await?;
    let mut ctrl = Overseer::of(&system, Account::Ctrl).await?;
    let banned = mark_key(&Mark::from_hash(&[7; 32]));
    put(&system, BusRole::NodeCtrl, BANS, &banned, &[], b"").await?;
    let mut board = Board::new("written once");
    let tickets = keys(&mut ctrl, TICKETS).await?;
    ensure!(!tickets.is_empty(), "no ticket");
    let writes: [&[(&str, &str)]; 8] = [
        &[],
        &[("KV-Operation", "DEL")],
        &[("KV-Operation", "PURGE")],
        &[("KV-Operation", "PURGE"), ("Nats-Rollup", "sub")],
        &[("Nats-Rollup", "sub")],
        &[("Nats-Rollup", "all")],
        &[("Nats-TTL", "1s")],
        &[("Nats-Expected-Last-Subject-Sequence", "0"), ("Nats-TTL", "1s")],
    ];
    for (role, bucket, list) in [
        (BusRole::Edge, TICKETS, tickets.as_slice()),
        (BusRole::NodeCtrl, BANS, std::slice::from_ref(&banned)),
    ] {
        for key in list {
            let before = ctrl.entry(bucket, key).await?;
            for headers in writes {
                put(&system, role, bucket, key, headers, b"x").await?;
                let after = ctrl.entry(bucket, key).await?;
                let attack =
                    format!("{} writes over {}{}", role.name(), bucket.name, shown(headers));
                board.note(attack, Gain::write_if(after != before));
            }
        }
        // One key of its own, to roll all others up with it.
        let before = ctrl.count(bucket).await?;
        for headers in [[("Nats-Rollup", "all")], [("Nats-Rollup", "sub")]] {
            put(&system, role, bucket, "rollup", &headers, b"x").await?;
            let wiped = ctrl.count(bucket).await? < before;
            board.note(
                format!("{} wipes {}{}", role.name(), bucket.name, shown(&headers)),
                Gain::write_if(wiped),
            );
        }
    }
    for (role, bucket) in
        [(BusRole::Edge, ROOMS), (BusRole::NodeCtrl, ROOMS), (BusRole::NodeCtrl, RS)]
    {
        let before = ctrl.count(bucket).await?;
        let key = if bucket == RS { "n2.rollup" } else { "rollup" };
        put(&system, role, bucket, key, &[("Nats-Rollup", "all")], b"x").await?;
        let wiped = ctrl.count(bucket).await? < before;
        board.note(
            format!("{} wipes {} by a rollup", role.name(), bucket.name),
            Gain::write_if(wiped),
        );
    }
    // And the token is spent still.
    let thief = Person::new(c, 9);
    let again = thief.post(path::JOIN, &thief.join_body(&token, OFFER)).await?;
    board.note("the spent token, by another device", Gain::read_if(again.status < 300));
    board.close(32);
    Ok(())
}

/// A stolen node's credential and another node's room: its record, its state, its people.
#[tokio::test(flavor = "multi_thread")]
async fn another_nodes_room() -> Result<()> {
    let system = System::start("attack-node")?;
    let c = &system.connection;
    room(c, "a", json!({}), json!({})).await?;
    let mut host = Caller::join(c, "a", 0, Shape::default()).await?;
    host.connect_bus().await?;
    let host_bus = host.bus.as_ref().context("no bus")?;
    let mut board = Board::new("another node's room");
    let mut ctrl = Overseer::of(&system, Account::Ctrl).await?;
    let node = stolen::node();
    let mut thief = thief(&system, BusRole::NodeCtrl).await?;
    let requests = thief.raw.subscribe("node.n2.req", None).await?;
    ensure!(thief.raw.sync().await?, "thrown out");
    // It says in the registry that it is there, and idle.
    let idle = json!({ "region": "x", "load": 0.0, "participants": 0, "rooms": 0, "draining": false, "version": "0" });
    put(&system, BusRole::NodeCtrl, NODES, "n2", &[], idle.to_string().as_bytes()).await?;

    // What the owner leaves to the next is sealed.
    let rules = Rules { locks: Locks { chat: true, ..Locks::default() }, waiting_room: false };
    host_bus.moderate(kind::RULES, &SetRules { rules }).await?;
    let state = format!("{}.{}", host.joined.node, host.joined.sid);
    let left = until(
        PATIENCE,
        "state",
        async || ctrl.entry(RS, &state).await,
        |entry| entry.value.is_some(),
    )
    .await?;
    let left = left.value.unwrap_or_default();
    let readable = serde_json::from_slice::<Value>(&left).is_ok()
        || contains(&left, host.joined.pid.as_str())
        || contains(&left, "locks");
    board.note("reads what an owner leaves", Gain::read_if(readable));

    // A record that names the thief as owner.
    let keys = keys(&mut ctrl, ROOMS).await?;
    let mut found = None;
    for key in keys {
        let entry = ctrl.entry(ROOMS, &key).await?;
        let record = entry
            .value
            .as_deref()
            .and_then(|value| serde_json::from_slice::<RoomRecord>(value).ok());
        if let Some(record) = record.filter(|record| record.sid == host.joined.sid) {
            found = Some((key, record));
        }
    }
    let (key, genuine) = found.context("the room has no record")?;
    let forgeries: [(&str, RoomRecord); 4] = [
        ("named owner, old grant", RoomRecord { node: Some(node.clone()), ..genuine.clone() }),
        (
            "next epoch, old grant",
            RoomRecord { node: Some(node.clone()), epoch: genuine.epoch + 1, ..genuine.clone() },
        ),
        ("next epoch, no grant", genuine.owned_by(&node)),
        ("another life", RoomRecord { sid: Sid::from_random([9; 16]), ..genuine.owned_by(&node) }),
    ];
    for (name, forged) in forgeries {
        let value = serde_json::to_vec(&forged)?;
        let revision = ctrl.entry(ROOMS, &key).await?.revision.to_string();
        let headers = [("Nats-Expected-Last-Subject-Sequence", revision.as_str())];
        put(&system, BusRole::NodeCtrl, ROOMS, &key, &headers, &value).await?;
        ensure!(
            ctrl.entry(ROOMS, &key).await?.value.as_deref() == Some(value.as_slice()),
            "not written"
        );
        let guest = Person::new(c, 20);
        let answer = guest
            .post(
                path::JOIN,
                &guest.join_body(&meeting::token_or_none(c, "a", "guest").await?, OFFER),
            )
            .await?;
        let led = answer.json["node"] == json!("n2");
        board.note(format!("{name}: people are led to the thief"), Gain::read_if(led));
        let offered = thief.raw.sync().await? && thief.raw.take().iter().any(|m| m.sid == requests);
        board.note(format!("{name}: the edge sends the thief an offer"), Gain::read_if(offered));
    }
    // The owner puts its own back, and its people never noticed.
    let back = |entry: &Entry| entry.value == serde_json::to_vec(&genuine).ok();
    until(
        Duration::from_secs(30),
        "the owner's record",
        async || ctrl.entry(ROOMS, &key).await,
        back,
    )
    .await?;
    let renewed = host.renew().await?;
    board.note("the owner's people lose the room", Gain::write_if(renewed.status != 200));
    let guest = enter(c, "a", 21, false).await?;
    board.note(
        "newcomers after that are elsewhere",
        Gain::read_if(guest.joined.node != host.joined.node),
    );

    // It writes over what the owner leaves, by an answer of JetStream's, and the owner dies.
    let ask = json!({ "last_by_subj": "$KV.rooms.ready" }).to_string();
    let reply = RS.subject(&state);
    let overwritten = |entry: &Entry| entry.value.as_deref() != Some(left.as_slice());
    thief
        .raw
        .publish_with("$JS.API.STREAM.MSG.GET.KV_rooms", Some(&reply), &[], ask.as_bytes())
        .await?;
    until(PATIENCE, "the answer in the bucket", async || ctrl.entry(RS, &state).await, overwritten)
        .await?;
    signal(system.pid("node").context("no node")?, "KILL");
    let returns = until(
        Duration::from_secs(30),
        "the host's return",
        async || host.ask_back().await,
        |answer| matches!(answer.status, 200 | 202),
    )
    .await?;
    ensure!(
        metrics::counter(&c.metrics_url, "conclave_states_foreign_total").await? == 1,
        "it was taken for genuine"
    );
    board.note(
        "written over: whoever returns is let in unasked",
        Gain::write_if(returns.status == 200),
    );
    let again = enter(c, "a", 1, true).await?;
    let open = again.joined.snapshot.rules != Rules::closed();
    board.note("written over: the next owner forgets the locks", Gain::write_if(open));
    board.close(13);
    Ok(())
}

async fn any_key(overseer: &mut Overseer, bucket: Bucket) -> Result<String> {
    keys(overseer, bucket).await?.into_iter().next().context("an empty bucket")
}

#[test]
fn probes_cover_every_right() {
    use conclave_attack::intruder::matches;
    for role in SERVICES {
        for right in rights(role).publish {
            assert!(HARMLESS.iter().any(|subject| matches(&right, subject)), "{role:?} {right}");
        }
    }
}
