//! An encrypted room against people who do not keep to its rules, and against an edge that lies about it.

#![allow(clippy::unwrap_used, clippy::panic)] // Tests fail by panicking.

use anyhow::{Context, Result, ensure};
use conclave_attack::board::NOT_ALLOWED;
use conclave_attack::meeting::{self, Member, enter, knock, room};
use conclave_attack::overseer::Overseer;
use conclave_attack::raw::Raw;
use conclave_attack::stolen::{keys, put, thief};
use conclave_attack::{Board, Gain};
use conclave_protocol::ban::Marks;
use conclave_protocol::bucket::ROOMS;
use conclave_protocol::encryption::Encryption;
use conclave_protocol::event::{Publishing, Snapshot, from};
use conclave_protocol::grant::GrantKey;
use conclave_protocol::ids::{DisplayName, Mark, Pid, RoomKey, UserId};
use conclave_protocol::limits::{MAX_HELLO_CHARS, MAX_SEALED_CHAT_CHARS};
use conclave_protocol::moderation::{Service, kind};
use conclave_protocol::node::{JoinAtNode, Joiner, NodeReply, NodeRequest, Refusal, RoomRecord};
use conclave_protocol::roles::{Account, BusRole, RoomRole};
use conclave_protocol::seal::SealKey;
use conclave_protocol::session::path;
use conclave_tests::person::{OFFER, Person, call};
use conclave_tests::system::{Connection, System};
use serde_json::{Value, json};

/// An encrypted room.
async fn secret(c: &Connection, id: &str, waiting_room: bool) -> Result<String> {
    let features = json!({
        "end_to_end_encryption_features": { "is_enabled": true },
        "waiting_room_features": { "is_active": waiting_room },
    });
    room(c, id, features, json!({})).await
}

/// Whether a roster says of somebody what only it may say.
fn says(roster: &Snapshot, who: &Pid) -> bool {
    let person = roster.people.iter().find(|person| person.pid == *who);
    person.is_none_or(|person| person.hello.is_some() || person.recording)
}

/// Announcing, recording and asking for services for somebody else, before the door and unseen; and what is
/// too long or of the wrong kind.
#[tokio::test(flavor = "multi_thread")]
async fn people_who_do_not_keep_to_the_rules() -> Result<()> {
    let system = System::start("attack-encrypted")?;
    let c = &system.connection;
    let mut board = Board::new("an encrypted room's people");
    secret(c, "a", false).await?;
    let host = enter(c, "a", 1, true).await?;
    let guest = enter(c, "a", 2, false).await?;
    let (mut ear, mut voice) = (ears(&host).await?, ears(&guest).await?);

    // For somebody else, on its subject and by naming it on the own.
    let hosts = &host.joined.pid;
    for (kind, body) in [
        (from::HELLO, json!({ "hello": "AAAA", "pid": hosts, "from": hosts })),
        (from::RECORDING, json!({ "on": true, "pid": hosts, "from": hosts })),
    ] {
        for (way, speaker) in [("on its subject", &host), ("by naming it", &guest)] {
            let subject = format!("{}.{kind}", speaker.from());
            voice.publish(&subject, body.to_string().as_bytes()).await?;
            let roster = guest.worked_off(&mut voice).await?;
            let attack = format!("{kind} for somebody else {way}");
            board.note(attack, Gain::write_if(says(&roster, hosts)));
        }
    }
    let own = guest.worked_off(&mut voice).await?;
    ensure!(says(&own, &guest.joined.pid), "what it said in its own name did not arrive either");

    // Too long, of the wrong alphabet, and of the wrong kind.
    let long = |most: usize| "A".repeat(most + 4);
    for (name, kind, body) in [
        ("an oversize hello", from::HELLO, json!({ "hello": long(MAX_HELLO_CHARS) })),
        ("an oversize message", from::CHAT, json!({ "sealed": long(MAX_SEALED_CHAT_CHARS) })),
        ("a hello that is a page", from::HELLO, json!({ "hello": "<b>probe</b>" })),
        ("a message in the clear", from::CHAT, json!({ "text": "probe" })),
        ("one beside a sealed one", from::CHAT, json!({ "text": "probe", "sealed": "BBBB" })),
        ("one to one person", from::CHAT, json!({ "text": "probe", "to": hosts })),
    ] {
        let mut heard = said(&guest, &mut voice, &mut ear, kind, &body).await?;
        heard.retain(|text| !text.contains("declined"));
        let relayed = heard.iter().any(|text| {
            ["probe", "AAAAA", "BBBB", "\"chat\""].iter().any(|word| text.contains(word))
        });
        board.note(name, Gain::write_if(relayed));
    }
    let good = json!({ "sealed": "A".repeat(MAX_SEALED_CHAT_CHARS) });
    let heard = said(&guest, &mut voice, &mut ear, from::CHAT, &good).await?;
    ensure!(heard.iter().any(|text| text.contains("AAAAA")), "nothing at all is relayed");

    // A service: by the moderators' voice, which NATS keeps from it, and by the edge.
    let before = guest.worked_off(&mut voice).await?;
    for speaker in [&host, &guest] {
        let subject = format!("{}.{}", speaker.moderator(), kind::SERVICE);
        voice.publish(&subject, br#"{"service":"recording","on":true}"#).await?;
        let after = guest.worked_off(&mut voice).await?;
        board.note("a service by a participant", Gain::write_if(after.seq != before.seq));
    }
    room(c, "open", json!({}), json!({})).await?;
    let outsider = enter(c, "open", 3, false).await?;
    for (name, member) in [("in the room", &guest), ("in an open room", &outsider)] {
        for service in Service::ALL {
            let session = &member.joined.session;
            let body = json!({ "session": session, "service": service, "on": true });
            let answer = member.person.post(path::SERVICE, &body).await?;
            board.answered(format!("{} {name}", service.name()), &answer, &[NOT_ALLOWED]);
        }
    }

    // Unseen, and before the door.
    let user = json!({ "name": "Watcher", "user_id": "w", "is_hidden": true });
    let ask = json!({ "room_id": "a", "user_info": user });
    let token = call(c, "/auth/room/getJoinToken", &ask).await?;
    let watcher = Person::new(c, 7);
    let joined = watcher.join(token.json["token"].as_str().context("no token")?).await?;
    let hidden = Member { person: watcher, joined };
    let mut unseen = hidden.bus().await?;
    secret(c, "door", true).await?;
    let doorkeeper = enter(c, "door", 1, true).await?;
    let mut door = ears(&doorkeeper).await?;
    let (person, waiting) = knock(c, "door", 4).await?;
    let mut outside = Raw::connect(&c.nats_ws_url, &waiting.bus.jwt, Some(&person.bus))
        .await?
        .map_err(anyhow::Error::msg)?;
    let at_door = format!("room.{}.{}.from.{}", waiting.sid, waiting.node, waiting.pid);
    for (kind, body) in
        [(from::HELLO, json!({ "hello": "CCCC" })), (from::RECORDING, json!({ "on": true }))]
    {
        let body = body.to_string();
        unseen.publish(&format!("{}.{kind}", hidden.from()), body.as_bytes()).await?;
        hidden.worked_off(&mut unseen).await?;
        let told = news(&mut ear).await?;
        let gained =
            told.iter().any(|text| text.contains("CCCC") || text.contains("recording\":t"));
        board.note(format!("{kind} by somebody unseen"), Gain::write_if(gained));
        outside.publish(&format!("{at_door}.{kind}"), body.as_bytes()).await?;
        ensure!(outside.sync().await?, "thrown out");
        doorkeeper.worked_off(&mut door).await?;
        let told = news(&mut door).await?;
        let gained =
            told.iter().any(|text| text.contains("CCCC") || text.contains("recording\":t"));
        board.note(format!("{kind} from before the door"), Gain::write_if(gained));
    }
    board.close(28);
    Ok(())
}

/// An edge's stolen credential, with which anybody asks nodes what no edge would, and writes records: the
/// node goes by what the room was made with.
#[tokio::test(flavor = "multi_thread")]
async fn an_edge_that_lies_about_the_room() -> Result<()> {
    let system = System::start("attack-lying-edge")?;
    let c = &system.connection;
    let mut board = Board::new("an edge that lies about an encrypted room");
    secret(c, "a", false).await?;
    let mut host = enter(c, "a", 1, true).await?;
    let late = meeting::token(c, "a", "late", false).await?;
    let (sid, pid) = (host.joined.sid.clone(), host.joined.pid.clone());
    let mut ctrl = Overseer::of(&system, Account::Ctrl).await?;
    let mut edge = thief(&system, BusRole::Edge).await?.raw;

    // The record says "off", with a signature of nobody's.
    let (key, record) = record(&mut ctrl, &sid.clone().into()).await?;
    let mut forged = record.clone();
    forged.settings.encryption = Encryption::Off;
    let room = RoomKey::parse(&key)?;
    let nobody = GrantKey::from_seed([9; 32]);
    forged.grant = Some(forged.grant_by(&room, &nobody));
    let value = serde_json::to_vec(&forged)?;
    put(&system, BusRole::Edge, ROOMS, &key, &[], &value).await?;
    let guest = Person::new(c, 2);
    let answer = guest.post(path::JOIN, &guest.join_body(&late, OFFER)).await?;
    let open = answer.json["encryption"]["mode"] == "off";
    board.note("a newcomer is told that the room is open", Gain::read_if(open));

    // It joins with such a record: the owner takes no notice of it.
    let joiner = Joiner {
        pid: Pid::from_hash(&[5; 32]),
        user: UserId::parse("u")?,
        name: DisplayName::parse("A")?,
        role: RoomRole::Moderator,
        bus_key: "U".into(),
        returning: false,
        hidden: false,
        marks: marks(),
    };
    let intruder = joiner.pid.clone();
    let join = NodeRequest::Join(Box::new(JoinAtNode {
        grant: forged.owned_by(&host.joined.node).grant_by(&room, &nobody),
        room,
        record: forged,
        revision: 1,
        state_key: SealKey::derive(&[1; 32], &[b"x"]),
        joiner,
        offer: OFFER.into(),
        media: Publishing::default(),
    }));
    let NodeReply::Joined(seat) = ask(&mut edge, &join).await? else {
        anyhow::bail!("an edge can have anybody join");
    };
    let opened = !seat.snapshot.encryption.is_on();
    board.note("a join opens the room", Gain::write_if(opened));

    // Past the edge, for whoever is named: a moderator, one that it made itself, and nobody.
    for (name, who) in
        [("the host", &pid), ("its own", &intruder), ("nobody", &Pid::from_hash(&[6; 32]))]
    {
        for service in Service::ALL {
            let request =
                NodeRequest::Service { sid: sid.clone(), pid: who.clone(), service, on: true };
            let reply = ask(&mut edge, &request).await?;
            let refused = reply == NodeReply::Refused { reason: Refusal::Encrypted };
            let attack = format!("{} past the edge for {name}", service.name());
            board.note(attack, Gain::write_if(!refused));
        }
    }
    let back = host.session(path::REJOIN).await?;
    let open = back.json["encryption"]["mode"] == "off";
    board.note("who comes back is told that the room is open", Gain::read_if(open));
    board.close(21);
    Ok(())
}

/// Asks the node as an edge does.
async fn ask(edge: &mut Raw, request: &NodeRequest) -> Result<NodeReply> {
    let payload = serde_json::to_vec(request)?;
    let answer = edge.ask("_INBOX.edge.lie", "node.n1.req", &[], &payload).await?;
    Ok(serde_json::from_value(answer.context("the node does not answer")?.json())?)
}

/// A room's record, with its key.
async fn record(ctrl: &mut Overseer, sid: &String) -> Result<(String, RoomRecord)> {
    for key in keys(ctrl, ROOMS).await? {
        let value = ctrl.entry(ROOMS, &key).await?.value.unwrap_or_default();
        if let Ok(record) = serde_json::from_slice::<RoomRecord>(&value)
            && record.sid.as_str() == sid
        {
            return Ok((key, record));
        }
    }
    anyhow::bail!("no record of the room")
}

fn marks() -> Marks {
    let mark = |byte| Mark::from_hash(&[byte; 32]);
    Marks { session: mark(1), user: mark(2), device: mark(3), invite: None, until: u64::MAX }
}

/// What the owner has told `ear` once it has worked off what `speaker` said.
async fn said(
    speaker: &Member,
    voice: &mut Raw,
    ear: &mut Raw,
    kind: &str,
    body: &Value,
) -> Result<Vec<String>> {
    drop(news(ear).await?);
    let subject = format!("{}.{kind}", speaker.from());
    voice.publish(&subject, body.to_string().as_bytes()).await?;
    speaker.worked_off(voice).await?;
    news(ear).await
}

/// What has come since the last look.
async fn news(ear: &mut Raw) -> Result<Vec<String>> {
    ensure!(ear.sync().await?, "thrown out");
    Ok(ear.take().iter().map(|m| String::from_utf8_lossy(&m.bytes).into_owned()).collect())
}

/// Connects, and listens as a page does.
async fn ears(member: &Member) -> Result<Raw> {
    let mut raw = member.bus().await?;
    let room = format!("room.{}.{}", member.joined.sid, member.joined.node);
    raw.subscribe(&format!("{room}.all.>"), None).await?;
    raw.subscribe(&format!("{room}.to.{}.>", member.joined.pid), None).await?;
    ensure!(raw.sync().await?, "thrown out");
    Ok(raw)
}
