//! A person's credential on the bus, in every role, against every family of subjects; and what a
//! person can do to NATS itself.

#![allow(clippy::unwrap_used, clippy::panic)] // Tests fail by panicking.

use anyhow::{Context, Result, ensure};
use conclave::random;
use conclave_attack::board::{BLOCKED, NOT_MEMBER};
use conclave_attack::intruder::{Intruder, Rights, credential, url};
use conclave_attack::meeting::{enter, knock, room};
use conclave_attack::overseer::{self, Overseer};
use conclave_attack::raw::Raw;
use conclave_attack::wait::until;
use conclave_attack::{Board, Gain};
use conclave_protocol::ids::{NodeId, Pid, Sid};
use conclave_protocol::moderation::{Remove, SetRole, kind};
use conclave_protocol::nats_jwt::Tags;
use conclave_protocol::nkey::NatsKey;
use conclave_protocol::roles::{Account, BusRole, RoomRole};
use conclave_protocol::session::path;
use conclave_tests::person::{Person, call};
use conclave_tests::room_bus::RoomBus;
use conclave_tests::system::System;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How soon somebody who is removed must be off the bus.
const KICK: Duration = Duration::from_secs(1);
/// How soon whoever has left by its own will: revocations that nobody waits for go together.
const LEAVING: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(10);

/// Everything that could be spoken on: in the own room, in others, and elsewhere.
fn subjects(sid: &Sid, node: &str, pid: &Pid, other: &Pid, elsewhere: &Sid) -> Vec<String> {
    let mut subjects = Vec::new();
    for (sid, node) in [(sid, node), (elsewhere, node), (sid, "n2"), (elsewhere, "n2")] {
        let room = format!("room.{sid}.{node}");
        for kind in ["event", "beat", "hint", "x.y"] {
            subjects.push(format!("{room}.all.{kind}"));
        }
        for person in [pid, other] {
            for kind in ["mail", "removed", "admitted", "backstage"] {
                subjects.push(format!("{room}.to.{person}.{kind}"));
            }
            for kind in ["chat", "media", "resync", "waiting", "leave", "a.b"] {
                subjects.push(format!("{room}.from.{person}.{kind}"));
            }
            for kind in ["remove", "end", "role", "rules", "admit"] {
                subjects.push(format!("{room}.mod.{person}.{kind}"));
            }
        }
        subjects.push(format!("{room}.from"));
        subjects.push(format!("{room}.other.{pid}.x"));
    }
    let infrastructure = [
        "node.n1.req",
        "_INBOX.x",
        "_INBOX.edge.x",
        "_INBOX.node.n1.x",
        "_INBOX.warden.x",
        "_R_.x",
        "$KV.rooms.x",
        "$KV.tickets.x",
        "$KV.bans.on.x",
        "$KV.nodes.n1",
        "$KV.rs.n1.x",
        "$KV.outkeys.x",
        "outbox.x.y",
        "$JS.API.INFO",
        "$JS.API.STREAM.NAMES",
        "$JS.API.STREAM.CREATE.X",
        "$JS.API.STREAM.UPDATE.KV_rooms",
        "$JS.API.STREAM.PURGE.KV_rooms",
        "$JS.API.STREAM.DELETE.KV_rooms",
        "$JS.API.STREAM.MSG.GET.KV_rooms",
        "$JS.API.STREAM.MSG.DELETE.KV_tickets",
        "$JS.API.DIRECT.GET.KV_nodes",
        "$JS.API.CONSUMER.CREATE.KV_rooms.x",
        "$JS.ACK.OUTBOX.courier.1.1.1.1.0",
        "$JS.FC.x",
        "$SYS.REQ.SERVER.PING",
        "$SYS.REQ.SERVER.PING.CONNZ",
        "$SYS.REQ.CLAIMS.UPDATE",
        "$SYS.REQ.USER.INFO",
        "$SYS.ACCOUNT.x.CONNECT",
        "$SYS.x",
        "x",
    ];
    subjects.extend(infrastructure.map(str::to_owned));
    subjects
}

/// What could be subscribed to so as to hear more than one's own.
fn wildcards(sid: &Sid, node: &str, pid: &Pid, other: &Pid, elsewhere: &Sid) -> Vec<String> {
    let room = format!("room.{sid}.{node}");
    let mut filters: Vec<String> = [
        ">",
        "*",
        "*.>",
        "*.*.>",
        "room.>",
        "room.*.>",
        "room.*.*.>",
        "_INBOX.>",
        "_INBOX.*",
        "_INBOX.edge.>",
        "_INBOX.node.>",
        "_R_.>",
        "node.>",
        "node.*.req",
        "outbox.>",
        "$JS.>",
        "$JS.API.>",
        "$KV.>",
        "$KV.*.>",
        "$SYS.>",
        "$SYS.ACCOUNT.>",
        "$SYS.REQ.>",
        "$*.>",
        "*.*.*.all.>",
    ]
    .map(str::to_owned)
    .to_vec();
    filters.extend([
        format!("room.{sid}.>"),
        format!("room.{sid}.*.all.>"),
        format!("room.*.{node}.all.>"),
        format!("room.{elsewhere}.{node}.all.>"),
        format!("room.{sid}.n2.all.>"),
        format!("{room}.>"),
        format!("{room}.*.>"),
        format!("{room}.*.{pid}.>"),
        format!("{room}.to.>"),
        format!("{room}.to.*.>"),
        format!("{room}.to.{other}.>"),
        format!("{room}.from.>"),
        format!("{room}.from.{pid}.>"),
        format!("{room}.from.{other}.>"),
        format!("{room}.mod.>"),
        format!("{room}.mod.{pid}.>"),
        format!("room.*.*.to.{pid}.>"),
    ]);
    filters
}

/// What a role may do in its room, as DESIGN lists it.
fn rights(role: BusRole, sid: &Sid, node: &str, pid: &Pid) -> Rights {
    let room = format!("room.{sid}.{node}");
    let (from, to) = (format!("{room}.from.{pid}"), format!("{room}.to.{pid}.>"));
    match role {
        BusRole::Waiting => Rights { publish: vec![format!("{from}.waiting")], hear: vec![to] },
        BusRole::Moderator => Rights {
            publish: vec![format!("{from}.>"), format!("{room}.mod.{pid}.>")],
            hear: vec![format!("{room}.all.>"), to],
        },
        _ => Rights { publish: vec![format!("{from}.>")], hear: vec![format!("{room}.all.>"), to] },
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_of_people_against_every_family_of_subjects() -> Result<()> {
    let system = System::start("attack-people")?;
    let mut overseer = Overseer::of(&system, Account::Rooms).await?;
    let mut board = Board::new("people on the bus");
    // A room that no owner has: what is said in it is carried and changes nothing.
    let (sid, elsewhere) = (Sid::from_random([1; 16]), Sid::from_random([2; 16]));
    let (pid, other) = (Pid::from_hash(&[3; 32]), Pid::from_hash(&[4; 32]));
    let node = NodeId::parse("n1")?;
    let subjects = subjects(&sid, "n1", &pid, &other, &elsewhere);
    let wildcards = wildcards(&sid, "n1", &pid, &other, &elsewhere);
    let tags = Tags::Person { room: &sid, node: &node, pid: &pid };
    for role in [BusRole::Participant, BusRole::Moderator, BusRole::Waiting] {
        let rights = rights(role, &sid, "n1", &pid);
        let mut intruder = Intruder::of(&system, role, &tags, rights.clone()).await?;
        intruder.speak(&mut overseer, &subjects, &[], &mut board).await?;
        for header in [("Nats-Rollup", "all"), ("Nats-Trace-Dest", "room.x.n1.all.event")] {
            let few: Vec<String> = subjects.iter().step_by(7).cloned().collect();
            intruder.speak(&mut overseer, &few, &[header], &mut board).await?;
        }
        let all: Vec<String> =
            subjects.iter().chain(&wildcards).chain(&rights.hear).cloned().collect();
        intruder.listen(&mut overseer, &all, None, &subjects, &mut board).await?;
        // Queue groups: one's own subjects above all, where one would take another's share.
        let queued: Vec<String> = rights.hear.iter().chain(&wildcards).cloned().collect();
        intruder.listen(&mut overseer, &queued, Some("q"), &subjects, &mut board).await?;
        ensure!(intruder.raw.sync().await?, "thrown out");
    }
    board.close(1443);
    Ok(())
}

/// `Nats-Trace-Dest` has NATS itself publish where the header says.
#[tokio::test(flavor = "multi_thread")]
async fn headers_that_make_nats_speak() -> Result<()> {
    let system = System::start("attack-trace")?;
    let c = &system.connection;
    room(c, "a", json!({}), json!({})).await?;
    let member = enter(c, "a", 1, false).await?;
    let mut overseer = Overseer::of(&system, Account::Rooms).await?;
    let mut board = Board::new("headers");
    let (mut raw, from) = (member.bus().await?, member.from());
    let own_room = format!("room.{}.{}", member.joined.sid, member.joined.node);
    let other = Pid::from_hash(&[9; 32]);
    // Subjects on which nothing is said but what is said for this person.
    let beyond = [
        format!("{own_room}.all.trace"),
        format!("{own_room}.to.{other}.mail"),
        format!("{own_room}.to.{}.mail", member.joined.pid),
        format!("{own_room}.from.{other}.chat"),
        format!("{own_room}.mod.{}.end", member.joined.pid),
        format!("room.{}.n1.all.event", Sid::from_random([2; 16])),
    ];
    for more in [
        ("Probe", "1"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("Nats-Trace-Only", "true"),
        ("Nats-Trace-Hop", "1"),
        ("Accept-Encoding", "gzip"),
    ] {
        drop(overseer.carried().await?);
        for to in &beyond {
            let headers = [more, ("Nats-Trace-Dest", to.as_str())];
            raw.publish_with(&format!("{from}.chat"), None, &headers, b"{}").await?;
        }
        // A trace to where this person may speak comes: NATS traces in this account, and in order, so that
        // those before it would have come by now.
        let own = format!("{from}.trace");
        let headers = [more, ("Nats-Trace-Dest", own.as_str())];
        raw.publish_with(&format!("{from}.chat"), None, &headers, b"{}").await?;
        ensure!(raw.sync().await?, "thrown out");
        let traced = overseer.carried_until(PATIENCE, |m| m.subject == own).await;
        let traced = traced.with_context(|| format!("no trace at all with {}", more.0))?;
        for to in &beyond {
            let spoken = traced.iter().any(|m| m.subject == *to);
            board.note(format!("a trace with {} to {to}", more.0), Gain::write_if(spoken));
        }
    }
    // The owner answers nobody's reply subject.
    let reply = format!(
        "room.{}.{}.to.{}.mail",
        member.joined.sid,
        member.joined.node,
        Pid::from_hash(&[9; 32])
    );
    let resync = br#"{"epoch":0,"seq":0}"#;
    raw.publish_with(&format!("{from}.resync"), Some(&reply), &[], resync).await?;
    let own =
        format!("room.{}.{}.to.{}.>", member.joined.sid, member.joined.node, member.joined.pid);
    let sid = raw.subscribe(&own, None).await?;
    raw.publish_with(&format!("{from}.resync"), Some(&reply), &[], resync).await?;
    ensure!(raw.next_of(sid, PATIENCE).await?.is_some(), "the owner does not answer at all");
    let carried = overseer.carried().await?;
    board.note(
        "another's subject as reply",
        Gain::write_if(carried.iter().any(|m| m.subject == reply)),
    );
    board.close(31);
    Ok(())
}

/// Credentials: by the wrong door, without their seed, changed, after their end.
#[tokio::test(flavor = "multi_thread")]
async fn stolen_and_altered_credentials() -> Result<()> {
    let system = System::start("attack-credentials")?;
    let c = &system.connection;
    room(c, "a", json!({}), json!({})).await?;
    let mut ada = enter(c, "a", 1, false).await?;
    let mut board = Board::new("credentials");
    let jwt = ada.joined.bus.jwt.clone();
    let (ws, tcp) = (c.nats_ws_url.clone(), overseer::nats_url(&system)?);
    let own = ada.person.bus.clone();
    let thief = overseer::fresh_user()?;
    let attempt =
        async |name: &str, url: &str, jwt: &str, key: Option<&NatsKey>, board: &mut Board| {
            let in_ = Raw::connect(url, jwt, key).await?.is_ok();
            board.note(name, Gain::read_if(in_));
            anyhow::Ok(())
        };
    attempt("by TCP", &tcp, &jwt, Some(&own), &mut board).await?;
    attempt("without the seed", &ws, &jwt, None, &mut board).await?;
    attempt("with the thief's key", &ws, &jwt, Some(&thief), &mut board).await?;
    attempt("no credential", &ws, "", None, &mut board).await?;
    attempt("no credential, by TCP", &tcp, "", None, &mut board).await?;
    for (name, from, to) in [
        ("another person's name", ada.joined.pid.to_string(), Pid::from_hash(&[9; 32]).to_string()),
        ("every room", format!("room:{}", ada.joined.sid), "room:*".to_owned()),
        (
            "more tags",
            format!("room:{}", ada.joined.sid),
            format!("room:{}\",\"room:*", ada.joined.sid),
        ),
        ("a longer life", "\"exp\":".to_owned(), "\"exp\":9".to_owned()),
        ("another account", "issuer_account".to_owned(), "issuer_accounts".to_owned()),
        (
            "rights of its own",
            "\"tags\"".to_owned(),
            "\"pub\":{\"allow\":[\">\"]},\"tags\"".to_owned(),
        ),
    ] {
        let altered = altered(&jwt, &from, &to)?;
        attempt(&format!("altered: {name}"), &ws, &altered, Some(&own), &mut board).await?;
        let signed = signed_by(&altered, &thief)?;
        attempt(
            &format!("altered and signed by the thief: {name}"),
            &ws,
            &signed,
            Some(&own),
            &mut board,
        )
        .await?;
    }
    // What an edge issued, it issued for exactly one person: valid tags, one of a kind.
    for user in ["*", ">", "a.b", "room:*", "x\",\"room:*", "a b"] {
        let ask = json!({ "name": user, "user_id": user, "is_admin": true });
        let ask = json!({ "room_id": "a", "user_info": ask });
        let answer = call(c, "/auth/room/getJoinToken", &ask).await?;
        // A name that the API does not take mints nothing.
        let Some(token) = answer.json["token"].as_str() else { continue };
        let joined = Person::new(c, 7).join(token).await?;
        let valid = has_valid_tags(&joined.bus.jwt)?;
        board.note(format!("tags minted for a person called {user}"), Gain::write_if(!valid));
    }
    ensure!(has_valid_tags(&jwt)?, "the tags of a genuine credential");
    // Expiry: a connection is ended, and none is made.
    let tags = Tags::Person { room: &ada.joined.sid, node: &ada.joined.node, pid: &ada.joined.pid };
    let end = random::now() + 2;
    let (short, key) = credential(&system, BusRole::Participant, &tags, Some(end))?;
    let url = url(&system, BusRole::Participant)?;
    let mut raw = Raw::connect(&url, &short, Some(&key)).await?.map_err(anyhow::Error::msg)?;
    ensure!(raw.is_ended(PATIENCE).await?, "an expired connection stands");
    ensure!(random::now() <= end + 2, "it stood for too long");
    // NATS counts the last second in.
    until(PATIENCE, "the end of its last second", async || Ok(random::now()), |now| *now > end)
        .await?;
    attempt("after its end", &url, &short, Some(&key), &mut board).await?;
    // Whoever has left hears nothing more with what it had, neither on the connection that it kept nor on
    // a new one.
    let mut kept = ada.bus().await?;
    ensure!(ada.session(path::LEAVE).await?.status == 200, "leave");
    let off = kept.is_ended(LEAVING).await?;
    board.note("after leaving, on the connection", Gain::read_if(!off));
    let again = Raw::connect(&ws, &jwt, Some(&own)).await?;
    board.note("after leaving, on a new connection", Gain::read_if(again.is_ok()));
    board.close(26);
    Ok(())
}

/// Removed, banned, demoted: the credential is worth nothing from then on.
#[tokio::test(flavor = "multi_thread")]
async fn after_removal_and_demotion() -> Result<()> {
    let system = System::start("attack-removed")?;
    let c = &system.connection;
    room(c, "a", json!({}), json!({})).await?;
    let host = enter(c, "a", 1, true).await?;
    let host_bus =
        RoomBus::start(host.person.connect(&host.joined.bus).await?, &host.joined).await?;
    let mut board = Board::new("removed and demoted");
    for (seed, ban) in [(2, false), (3, true)] {
        let name = if ban { "banned" } else { "removed" };
        let mut guest = enter(c, "a", seed, false).await?;
        let (mut raw, from) = (guest.bus().await?, guest.from());
        let said = Instant::now();
        host_bus.moderate(kind::REMOVE, &Remove { pid: guest.joined.pid.clone(), ban }).await?;
        let off = raw.is_ended(PATIENCE).await?;
        board.note(
            format!("{name}: on the bus after a second"),
            Gain::read_if(!off || said.elapsed() > KICK),
        );
        let gone =
            raw.publish(&format!("{from}.chat"), b"{}").await.is_err() || !raw.sync().await?;
        board.note(format!("{name}: speaks on the old connection"), Gain::write_if(!gone));
        let again =
            Raw::connect(&c.nats_ws_url, &guest.joined.bus.jwt, Some(&guest.person.bus)).await?;
        board.note(format!("{name}: connects again"), Gain::read_if(again.is_ok()));
        for route in [path::RENEW, path::REJOIN, path::LINK] {
            // By the mark that the owner wrote, or by the owner itself before it is written.
            let answer = guest.session(route).await?;
            board.answered(format!("{name}: {route}"), &answer, &[BLOCKED, NOT_MEMBER]);
        }
    }
    // A moderator who is demoted.
    let guest = enter(c, "a", 4, true).await?;
    let mut raw = guest.bus().await?;
    let moderator = guest.moderator();
    let mut overseer = Overseer::of(&system, Account::Rooms).await?;
    raw.publish(&format!("{moderator}.silence"), b"{}").await?;
    ensure!(
        raw.sync().await? && overseer.saw("{}").await? == Gain::WRITE,
        "no moderator to begin with"
    );
    let role = SetRole { pid: guest.joined.pid.clone(), role: RoomRole::Participant };
    let said = Instant::now();
    host_bus.moderate(kind::ROLE, &role).await?;
    let off = raw.is_ended(PATIENCE).await?;
    board.note(
        "demoted: on the bus as moderator after a second",
        Gain::write_if(!off || said.elapsed() > KICK),
    );
    let again =
        Raw::connect(&c.nats_ws_url, &guest.joined.bus.jwt, Some(&guest.person.bus)).await?;
    board.note("demoted: connects again as moderator", Gain::write_if(again.is_ok()));
    let mut guest = guest;
    let renewed = guest.session(path::RENEW).await?;
    ensure!(renewed.status == 200, "a demoted moderator takes part still: {renewed:?}");
    let jwt = renewed.json["bus"]["jwt"].as_str().context("no credential")?;
    let mut raw = Raw::connect(&c.nats_ws_url, jwt, Some(&guest.person.bus))
        .await?
        .map_err(anyhow::Error::msg)?;
    drop(overseer.carried().await?);
    raw.publish(&format!("{moderator}.end"), b"{}").await?;
    ensure!(raw.sync().await?, "thrown out");
    board.note("demoted: moderates with a renewed credential", overseer.saw("{}").await?);
    board.note(
        "demoted: the role in the renewal",
        Gain::write_if(renewed.json["role"] != json!("participant")),
    );
    board.close(16);
    Ok(())
}

/// Too large, too many subscriptions, too many connections' worth of noise: only the own connection
/// suffers.
#[tokio::test(flavor = "multi_thread")]
async fn excess() -> Result<()> {
    let system = System::start("attack-excess")?;
    let c = &system.connection;
    room(c, "a", json!({}), json!({})).await?;
    let member = enter(c, "a", 1, false).await?;
    let mut overseer = Overseer::of(&system, Account::Rooms).await?;
    let mut board = Board::new("excess");
    let (mut raw, from) = (member.bus().await?, member.from());
    let large = vec![b'x'; 16 * 1024 + 1];
    drop(overseer.carried().await?);
    let _taken_or_not = raw.publish(&format!("{from}.chat"), &large).await;
    let _ended = raw.sync().await?;
    board.note("a payload of more than 16 kB", overseer.saw("xxxx").await?);
    let (mut raw, from) = (member.bus().await?, member.from());
    let all = format!("room.{}.{}.all.>", member.joined.sid, member.joined.node);
    for _ in 0..50 {
        raw.subscribe(&all, None).await?;
    }
    let stands = raw.sync().await?;
    let subject = all.replace('>', "hint");
    overseer.say(&subject, "probe").await?;
    let heard = if stands && raw.sync().await? { raw.take().len() } else { 0 };
    board.note("fifty subscriptions", Gain::read_if(heard > 4));
    // The node takes no notice of malformed and endless things, and stays.
    let mut raw = member.bus().await?;
    for bytes in
        [b"\0".as_slice(), b"{", b"[[[[[[[[[[[[", b"{\"text\":\"\xff\"}", &large[..16 * 1024]]
    {
        for kind in ["chat", "media", "view", "resync", "hand", "reaction", "nonsense", "waiting"] {
            raw.publish(&format!("{from}.{kind}"), bytes).await?;
        }
    }
    ensure!(raw.sync().await?, "thrown out for nonsense");
    let bob = enter(c, "a", 2, false).await?;
    board.note("nonsense stops the node", Gain::write_if(bob.joined.snapshot.people.len() != 2));
    board.close(3);
    Ok(())
}

/// A waiting person's whole reach.
#[tokio::test(flavor = "multi_thread")]
async fn before_the_door() -> Result<()> {
    let system = System::start("attack-door")?;
    let c = &system.connection;
    let features = json!({ "waiting_room_features": { "is_active": true } });
    room(c, "a", features, json!({})).await?;
    let host = enter(c, "a", 1, true).await?;
    let host_bus =
        RoomBus::start(host.person.connect(&host.joined.bus).await?, &host.joined).await?;
    let (mut person, waiting) = knock(c, "a", 2).await?;
    let mut board = Board::new("before the door");
    let key = person.bus.clone();
    let mut raw = Raw::connect(&c.nats_ws_url, &waiting.bus.jwt, Some(&key))
        .await?
        .map_err(anyhow::Error::msg)?;
    let room = format!("room.{}.{}", waiting.sid, waiting.node);
    for filter in [
        format!("{room}.all.>"),
        format!("{room}.>"),
        format!("{room}.to.{}.>", host.joined.pid),
        ">".into(),
    ] {
        raw.subscribe(&filter, None).await?;
    }
    ensure!(raw.sync().await?, "thrown out");
    host_bus.say("chat", &json!({ "text": "a secret of the room" })).await?;
    let mut overseer = Overseer::of(&system, Account::Rooms).await?;
    overseer.say(&format!("{room}.all.hint"), "probe").await?;
    ensure!(raw.sync().await?, "thrown out");
    board.note("hears the room", Gain::read_if(!raw.take().is_empty()));
    drop(overseer.carried().await?);
    for kind in ["chat", "media", "view", "resync", "hand", "reaction", "leave"] {
        raw.publish(&format!("{room}.from.{}.{kind}", waiting.pid), br#"{"text":"probe-door"}"#)
            .await?;
        ensure!(raw.sync().await?, "thrown out");
        board.note(format!("says {kind}"), overseer.saw("probe-door").await?);
    }
    for kind in ["admit", "end", "rules", "remove"] {
        raw.publish(&format!("{room}.mod.{}.{kind}", waiting.pid), br#"{"probe-door":1}"#).await?;
        ensure!(raw.sync().await?, "thrown out");
        board.note(format!("moderates by {kind}"), overseer.saw("probe-door").await?);
    }
    // Coming back, renewing and asking for a link get it no further.
    let body = json!({ "session": waiting.session, "bus_key": person.bus.public(), "offer": conclave_tests::person::OFFER });
    let back = person.post(path::REJOIN, &body).await?;
    board.note("rejoins instead of waiting", Gain::read_if(back.status == 200));
    let renewed = person.post(path::RENEW, &body).await?;
    let jwt = renewed.json["bus"]["jwt"].as_str().context("who waits may renew")?;
    person.renew_bus_key();
    let mut again =
        Raw::connect(&c.nats_ws_url, jwt, Some(&key)).await?.map_err(anyhow::Error::msg)?;
    again.subscribe(&format!("{room}.all.>"), None).await?;
    ensure!(again.sync().await?, "thrown out");
    overseer.say(&format!("{room}.all.hint"), "probe").await?;
    ensure!(again.sync().await?, "thrown out");
    board.note("hears the room after a renewal", Gain::read_if(!again.take().is_empty()));
    let link = person.post(path::LINK, &body).await?;
    board.note("asks for a link", Gain::read_if(link.status < 300));
    let media: Value = serde_json::to_value(&waiting)?;
    board.note("gets an SDP answer", Gain::read_if(media.get("answer").is_some()));
    board.note("gets the roster", Gain::read_if(media.get("snapshot").is_some()));
    board.close(17);
    Ok(())
}

/// Room, node and participant, one of each, of characters that mean nothing to NATS.
fn has_valid_tags(jwt: &str) -> Result<bool> {
    let tags: Vec<String> = serde_json::from_value(claims(jwt)?["nats"]["tags"].clone())?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c);
    let one = |kind: &str| {
        let of: Vec<_> = tags.iter().filter_map(|tag| tag.strip_prefix(kind)).collect();
        of.len() == 1 && (1..=64).contains(&of[0].len()) && of[0].chars().all(plain)
    };
    Ok(tags.len() == 3 && ["room:", "node:", "pid:"].into_iter().all(one))
}

fn claims(jwt: &str) -> Result<Value> {
    let bytes = jwt.split('.').nth(1).and_then(conclave_protocol::encoding::from_base64url);
    Ok(serde_json::from_slice(&bytes.context("not a JWT")?)?)
}

/// The same JWT with another text in its claims, and the old signature.
fn altered(jwt: &str, from: &str, to: &str) -> Result<String> {
    let text = claims(jwt)?.to_string();
    ensure!(text.contains(from), "nothing to alter");
    let claims = conclave_protocol::encoding::base64url(text.replacen(from, to, 1).as_bytes());
    let parts: Vec<&str> = jwt.split('.').collect();
    Ok(format!("{}.{claims}.{}", parts[0], parts[2]))
}

fn signed_by(jwt: &str, key: &NatsKey) -> Result<String> {
    let (message, _) = jwt.rsplit_once('.').context("not a JWT")?;
    let signature = conclave_protocol::encoding::base64url(&key.sign(message.as_bytes()));
    Ok(format!("{message}.{signature}"))
}
