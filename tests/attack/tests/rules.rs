//! The room's rules against a client that ignores them: what is locked is not forwarded and not
//! relayed, whatever a page sends; and whoever was removed has no way back.

#![allow(clippy::unwrap_used, clippy::panic)] // Tests fail by panicking.

use anyhow::{Context, Result, ensure};
use conclave_attack::board::{BLOCKED, NOT_ACTIVE};
use conclave_attack::meeting::{self, Member, enter, knock, room};
use conclave_attack::raw::Raw;
use conclave_attack::{Board, Gain};
use conclave_protocol::event::{Publishing, SourceKind, Want, from};
use conclave_protocol::ids::Pid;
use conclave_protocol::moderation::{Remove, SetRules, Silence, kind};
use conclave_protocol::session::{JoinedRoom, path};
use conclave_protocol::settings::{Locks, Rules};
use conclave_test_client::Shape;
use conclave_tests::caller::{Caller, eventually};
use conclave_tests::person::{OFFER, Person, call, post};
use conclave_tests::system::{Connection, System};
use serde_json::{Value, json};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);
/// Packets by which somebody is certainly seen or heard.
const SEEN: usize = 20;
/// For so long is listened to somebody who is to be silent.
const LISTEN: Duration = Duration::from_millis(1500);
const ALL_ON: Publishing = Publishing { microphone: true, camera: true, screen: true };
/// Somebody with a microphone, a camera and a screen to share.
fn speaker() -> Shape {
    Shape { screen: true, ..Shape::default() }
}

/// Has `viewer` look at everything that `shown` films.
async fn watch(viewer: &Caller, shown: &Caller) -> Result<()> {
    let want = |kind| Want { pid: shown.joined.pid.clone(), kind, height: 360 };
    let bus = viewer.bus.as_ref().context("no bus")?;
    bus.view([SourceKind::Camera, SourceKind::Screen].map(want).to_vec()).await
}

/// Packets that arrived of somebody's sound, camera and screen.
fn heard(at: &Caller, from: &Caller) -> [usize; 3] {
    let client = at.client();
    let pictures = || client.got_from(usize::from(from.index), true);
    let screens = pictures().filter(|got| got.origin.is_screen()).count();
    let sound = client.got_from(usize::from(from.index), false).count();
    [sound, pictures().count() - screens, screens]
}

/// What somebody sends against a lock is not forwarded, while what is not locked is.
#[tokio::test(flavor = "multi_thread")]
async fn media_against_a_lock() -> Result<()> {
    let system = System::start("attack-media")?;
    let c = &system.connection;
    let mut board = Board::new("media against a lock");
    // Which of sound, camera and screen are open.
    for (name, features, locks, open) in [
        ("microphones locked", json!({}), json!({ "lock_microphone": true }), [false, true, true]),
        ("cameras locked", json!({}), json!({ "lock_webcam": true }), [true, false, true]),
        ("screens locked", json!({}), json!({ "lock_screen_sharing": true }), [true, true, false]),
        (
            "no cameras in this room",
            json!({ "allow_webcams": false }),
            json!({}),
            [true, false, true],
        ),
        (
            "no screens in this room",
            json!({ "allow_screen_share": false }),
            json!({}),
            [true, true, false],
        ),
        (
            "cameras of moderators only",
            json!({ "admin_only_webcams": true }),
            json!({}),
            [true, false, true],
        ),
        ("muted on start", json!({ "mute_on_start": true }), json!({}), [false, true, true]),
    ] {
        let id = name.replace(' ', "-");
        room(c, &id, features, locks).await?;
        let mut host = Caller::join(c, &id, 0, Shape::default()).await?;
        let mut guest = Caller::join(c, &id, 1, speaker()).await?;
        host.connect_bus().await?;
        guest.connect_bus().await?;
        watch(&host, &guest).await?;
        let bus = guest.bus.as_ref().context("no bus")?;
        // Also says so; where it is muted only at first, it just sends.
        if name != "muted on start" {
            bus.say(from::MEDIA, &ALL_ON).await?;
        }
        let arrives = || {
            let counts = heard(&host, &guest);
            counts.iter().zip(open).all(|(&count, open)| !open || count >= SEEN)
        };
        eventually(PATIENCE, "what is not locked arrives", arrives).await.context(name)?;
        let before = guest.client().media_sent;
        tokio::time::sleep(LISTEN).await;
        ensure!(guest.client().media_sent >= before + SEEN as u64, "{name}: it does not send");
        let leaked = heard(&host, &guest).into_iter().zip(open).any(|(n, open)| !open && n > 0);
        board.note(format!("{name}: a page that sends all the same"), Gain::read_if(leaked));
        // The other way round, so that silence is the lock's and not the client's.
        let locked = match name {
            "microphones locked" => 0,
            "screens locked" => 2,
            _ => continue,
        };
        let unlock = SetRules { rules: Rules::default() };
        host.bus.as_ref().context("no bus")?.moderate(kind::RULES, &unlock).await?;
        tokio::time::sleep(LISTEN).await;
        let unasked = heard(&host, &guest)[locked] > 0;
        board.note(format!("{name}, then not: comes unasked"), Gain::read_if(unasked));
        bus.say(from::MEDIA, &ALL_ON).await?;
        let arrives = || heard(&host, &guest)[locked] >= SEEN;
        eventually(PATIENCE, "what is not locked any more arrives", arrives).await.context(name)?;
    }
    board.close(9);
    Ok(())
}

/// Locked, silenced or removed while sending: silence within a second, whatever is sent.
#[tokio::test(flavor = "multi_thread")]
async fn media_of_somebody_who_was_speaking() -> Result<()> {
    let system = System::start("attack-speaking")?;
    let c = &system.connection;
    let mut board = Board::new("speaking on");
    for (number, name) in ["locked", "silenced", "removed", "banned"].into_iter().enumerate() {
        room(c, name, json!({}), json!({})).await?;
        let mut host = Caller::join(c, name, 0, Shape::default()).await?;
        let mut guest = Caller::join(c, name, 1, speaker()).await?;
        host.connect_bus().await?;
        guest.connect_bus().await?;
        watch(&host, &guest).await?;
        guest.view(&[(&host.joined.pid, 360)]).await?;
        let here = || {
            let hears = |n: &usize| *n >= SEEN;
            heard(&host, &guest).iter().all(hears) && heard(&guest, &host)[..2].iter().all(hears)
        };
        eventually(PATIENCE, "the two see and hear each other", here).await?;
        // A client that ends its connection when it is told to would prove nothing.
        guest.client().stubborn = true;
        let bus = host.bus.as_ref().context("no bus")?;
        let pid = guest.joined.pid.clone();
        let said = std::time::Instant::now();
        match number {
            0 => {
                let locks =
                    Locks { microphone: true, camera: true, screen: true, ..Locks::default() };
                let rules = Rules { locks, waiting_room: false };
                bus.moderate(kind::RULES, &SetRules { rules }).await?;
            }
            1 => {
                let silence =
                    Silence { pid: Some(pid), microphone: true, camera: true, screen: true };
                bus.moderate(kind::SILENCE, &silence).await?;
            }
            _ => bus.moderate(kind::REMOVE, &Remove { pid, ban: number == 3 }).await?,
        }
        let silent = || host.last_from(1).is_some_and(|last| last.elapsed() > LISTEN);
        eventually(PATIENCE, "the guest is silent", silent).await.context(name)?;
        let last =
            host.last_from(1).map_or(Duration::MAX, |last| last.saturating_duration_since(said));
        board.note(
            format!("{name}: heard after a second"),
            Gain::read_if(last > Duration::from_secs(1)),
        );
        // Its client goes on sending to the node, of which nothing comes through, and hears nothing.
        drop(host.take_got());
        drop(guest.take_got());
        let before = guest.client().media_sent;
        tokio::time::sleep(LISTEN).await;
        let sent = guest.client().media_sent - before;
        ensure!(sent >= SEEN as u64, "{name}: its client sent only {sent} packets");
        let through: usize = heard(&host, &guest).into_iter().sum();
        board.note(format!("{name}: packets that come through"), Gain::read_if(through > 0));
        let hears: usize = heard(&guest, &host).into_iter().sum();
        if number < 2 {
            ensure!(hears >= SEEN, "{name}: whoever is locked hears and sees the room: {hears}");
            continue;
        }
        board.note(format!("{name}: hears and sees the room"), Gain::read_if(hears > 0));
        let back = guest.ask_back().await?;
        board.answered(format!("{name}: comes back with its session"), &back, &[BLOCKED]);
    }
    board.close(12);
    Ok(())
}

/// Writing, reacting and raising hands against locks; writing in another's name; reading what is
/// private; being where nobody knows.
#[tokio::test(flavor = "multi_thread")]
async fn messages_against_a_lock() -> Result<()> {
    let system = System::start("attack-messages")?;
    let c = &system.connection;
    let mut board = Board::new("messages against a lock");
    for (name, features, locks, refused) in [
        ("chat locked", json!({}), json!({ "lock_chat": true }), &["chat", "private"][..]),
        (
            "writing locked",
            json!({}),
            json!({ "lock_chat_send_message": true }),
            &["chat", "private"][..],
        ),
        ("private chat locked", json!({}), json!({ "lock_private_chat": true }), &["private"][..]),
        (
            "no chat in this room",
            json!({ "chat_features": { "is_allow": false } }),
            json!({}),
            &["chat", "private"][..],
        ),
        ("reactions locked", json!({}), json!({ "lock_reactions": true }), &["reaction"][..]),
        ("no reactions", json!({ "allow_reactions": false }), json!({}), &["reaction"][..]),
        ("no hands", json!({ "allow_raise_hand": false }), json!({}), &["hand"][..]),
    ] {
        let id = name.replace(' ', "-");
        room(c, &id, features, locks).await?;
        let host = enter(c, &id, 1, true).await?;
        let guest = enter(c, &id, 2, false).await?;
        let (mut ear, mut voice) = (bus(&host).await?, bus(&guest).await?);
        for what in ["chat", "private", "reaction", "hand"] {
            let (kind, body) = match what {
                "chat" => ("chat", json!({ "text": "probe" })),
                "private" => ("chat", json!({ "text": "probe", "to": host.joined.pid })),
                "reaction" => ("reaction", json!({ "reaction": "heart" })),
                _ => ("hand", json!({ "raised": true })),
            };
            drop(ear.take());
            let subject = format!("{}.{kind}", guest.from());
            voice.publish(&subject, body.to_string().as_bytes()).await?;
            let heard = said(&guest, &mut voice, &mut ear).await?;
            let relayed = heard.iter().any(|text| match what {
                "chat" | "private" => text.contains("probe"),
                "reaction" => text.contains("\"reaction\":\"heart\""),
                _ => text.contains("\"type\":\"hand\""),
            });
            if refused.contains(&what) {
                board.note(format!("{name}: {what}"), Gain::write_if(relayed));
            } else {
                ensure!(relayed, "{name}: {what} is not relayed");
            }
        }
    }
    // In another's name, and what is between two.
    room(c, "names", json!({}), json!({})).await?;
    let host = enter(c, "names", 1, true).await?;
    let guest = enter(c, "names", 2, false).await?;
    let third = enter(c, "names", 3, false).await?;
    let (mut ear, mut thief) = (bus(&host).await?, bus(&third).await?);
    let mut voice = bus(&guest).await?;
    let chat = format!("{}.{}", guest.from(), from::CHAT);
    let body =
        json!({ "text": "probe", "pid": host.joined.pid, "from": host.joined.pid, "name": "Host" });
    voice.publish(&chat, body.to_string().as_bytes()).await?;
    let heard = said(&guest, &mut voice, &mut ear).await?;
    let told = heard.iter().find(|text| text.contains("probe")).context("not relayed")?;
    board.note(
        "writes in another's name",
        Gain::write_if(
            !told.contains(guest.joined.pid.as_str()) || told.contains(host.joined.pid.as_str()),
        ),
    );
    drop(thief.take());
    let body = json!({ "text": "for the host alone", "to": host.joined.pid });
    voice.publish(&chat, body.to_string().as_bytes()).await?;
    let heard = said(&guest, &mut voice, &mut ear).await?;
    ensure!(heard.iter().any(|text| text.contains("for the host alone")), "mail does not arrive");
    ensure!(thief.sync().await?, "thrown out");
    let leaked = thief
        .take()
        .iter()
        .any(|m| conclave_attack::overseer::contains(&m.bytes, "for the host alone"));
    board.note("reads what is between two", Gain::read_if(leaked));
    // Somebody hidden is nobody's to know but moderators', and says nothing.
    let user = json!({ "name": "Watcher", "user_id": "w", "is_hidden": true, "is_admin": true });
    let token =
        call(c, "/auth/room/getJoinToken", &json!({ "room_id": "names", "user_info": user }))
            .await?;
    let watcher = Person::new(c, 7);
    drop((ear.take(), thief.take()));
    let hidden = watcher.join(token.json["token"].as_str().context("no token")?).await?;
    board.note(
        "a hidden person moderates",
        Gain::write_if(hidden.role == conclave_protocol::roles::RoomRole::Moderator),
    );
    let seen = enter(c, "names", 8, false).await?;
    let roster = serde_json::to_string(&seen.joined.snapshot)?;
    board
        .note("a hidden person in the roster", Gain::read_if(roster.contains(hidden.pid.as_str())));
    let mut raw = Raw::connect(&c.nats_ws_url, &hidden.bus.jwt, Some(&watcher.bus))
        .await?
        .map_err(anyhow::Error::msg)?;
    let as_hidden = format!("room.{}.{}.from.{}", hidden.sid, hidden.node, hidden.pid);
    for (kind, body) in [
        ("chat", json!({ "text": "from nowhere" })),
        ("hand", json!({ "raised": true })),
        ("reaction", json!({ "reaction": "sad" })),
    ] {
        raw.publish(&format!("{as_hidden}.{kind}"), body.to_string().as_bytes()).await?;
    }
    ensure!(raw.sync().await?, "thrown out");
    // Moderators are told that it is there, and hear nothing of it either.
    let heard = said(&guest, &mut voice, &mut ear).await?;
    let said = ["from nowhere", "\"type\":\"hand\"", "\"reaction\":\"sad\""];
    let spoke = heard.iter().any(|text| said.iter().any(|said| text.contains(said)));
    board.note("a hidden person speaks", Gain::write_if(spoke));
    ensure!(thief.sync().await?, "thrown out");
    let told = thief
        .take()
        .iter()
        .any(|m| conclave_attack::overseer::contains(&m.bytes, hidden.pid.as_str()));
    board.note("participants are told of a hidden person", Gain::read_if(told));
    board.close(16);
    Ok(())
}

/// Banned: nothing that the person holds, and nothing that it can get, brings it back.
#[tokio::test(flavor = "multi_thread")]
async fn ways_back_after_a_ban() -> Result<()> {
    let system = System::start("attack-banned")?;
    let c = &system.connection;
    let mut board = Board::new("ways back after a ban");
    room(c, "a", json!({}), json!({})).await?;
    let host = enter(c, "a", 1, true).await?;
    let token = meeting::token(c, "a", "mallory", false).await?;
    let spare = meeting::token(c, "a", "mallory", false).await?;
    let another = meeting::token(c, "a", "mallory", false).await?;
    let mallory = Person::new(c, 2);
    let joined = mallory.join(&token).await?;
    let second = Person::new(c, 3);
    let tab = second.join(&meeting::token(c, "a", "mallory", false).await?).await?;
    ban(&host, &joined.pid).await?;
    let session =
        json!({ "session": joined.session, "bus_key": mallory.bus.public(), "offer": OFFER });
    refused_soon(&mallory, path::RENEW, &session)
        .await
        .context("the ban does not reach the edge")?;
    let attempt = async |name: &str, person: &Person, token: &str, board: &mut Board| {
        let mut body = person.join_body(token, OFFER);
        body["name"] = json!("Mallory");
        board.answered(name, &person.post(path::JOIN, &body).await?, &[BLOCKED]);
        anyhow::Ok(())
    };
    attempt("the same token again", &mallory, &token, &mut board).await?;
    attempt("a token from before, on the same device", &mallory, &spare, &mut board).await?;
    attempt("a token from before, on another device", &Person::new(c, 4), &another, &mut board)
        .await?;
    let fresh = meeting::token(c, "a", "mallory", true).await?;
    attempt(
        "a fresh token for the same user, as moderator",
        &Person::new(c, 5),
        &fresh,
        &mut board,
    )
    .await?;
    let other = meeting::token(c, "a", "innocent", false).await?;
    attempt("another user's token on the same device", &mallory, &other, &mut board).await?;
    for route in [path::REJOIN, path::RENEW, path::LINK] {
        let answer = mallory.post(route, &session).await?;
        board.answered(format!("{route} with its session"), &answer, &[BLOCKED]);
        let body =
            json!({ "session": tab.session, "bus_key": second.bus.public(), "offer": OFFER });
        let answer = second.post(route, &body).await?;
        let attack = format!("{route} with the session of its other device");
        board.answered(attack, &answer, &[BLOCKED]);
    }
    // In another room the person is as welcome as before.
    room(c, "b", json!({}), json!({})).await?;
    let elsewhere = meeting::token(c, "b", "mallory", false).await?;
    ensure!(mallory.join(&elsewhere).await.is_ok(), "banned from everywhere");

    // By a link: the invite goes with the person, and whoever shares it.
    let started = post(format!("{}/v1/start", url(c)), &[], b"{}".to_vec()).await?;
    let invite = |which: &str| started.json[which].as_str().map(str::to_owned).context("no invite");
    let (guests, hosts) = (invite("invite")?, invite("host_invite")?);
    let exchange = async |invite: &str| {
        let body = json!({ "invite": invite }).to_string().into_bytes();
        post(format!("{}{}", url(c), path::INVITE), &[], body).await
    };
    let come = async |seed: u8, invite: &str| {
        let exchanged = exchange(invite).await?;
        let token = exchanged.json["token"].as_str().context("the link does not work")?;
        let person = Person::new(c, seed);
        let mut body = person.join_body(token, OFFER);
        body["name"] = json!("Somebody");
        let answer = person.post(path::JOIN, &body).await?;
        anyhow::Ok((person, answer))
    };
    let (host, answer) = come(11, &hosts).await?;
    let host = meeting::Member { person: host, joined: answer.read()? };
    let spare = exchange(&guests).await?.json["token"].as_str().context("no token")?.to_owned();
    let (guest, answer) = come(12, &guests).await?;
    let session =
        json!({ "session": answer.json["session"], "bus_key": guest.bus.public(), "offer": OFFER });
    ban(&host, &answer.read::<JoinedRoom>()?.pid).await?;
    refused_soon(&guest, path::RENEW, &session).await.context("the ban does not reach the edge")?;
    let again = exchange(&guests).await?;
    board.answered("the link again", &again, &[NOT_ACTIVE]);
    attempt(
        "a token of the link from before the ban, on another device",
        &Person::new(c, 13),
        &spare,
        &mut board,
    )
    .await?;
    let link = json!({ "session": host.joined.session });
    let fresh = host.person.post(path::LINK, &link).await?;
    let fresh = fresh.json["invite"].as_str().context("no fresh link")?.to_owned();
    ensure!(come(14, &fresh).await?.1.status == 200, "the fresh link does not admit others");
    let (_, answer) = come(12, &fresh).await?;
    board.answered("a fresh link on the banned device", &answer, &[BLOCKED]);

    // By a link that a moderator made before it was banned: with another device, and without a user id.
    room(c, "d", json!({}), json!({})).await?;
    let mut host = enter(c, "d", 21, true).await?;
    let mut former = enter(c, "d", 22, true).await?;
    let link = async |member: &mut Member| {
        let linked = member.session(path::LINK).await?;
        linked.json["invite"].as_str().map(str::to_owned).with_context(|| format!("{linked:?}"))
    };
    let (hers, others) = (link(&mut former).await?, link(&mut host).await?);
    ensure!(come(23, &hers).await?.1.status == 200, "the link does not admit at all");
    let spare = exchange(&hers).await?.json["token"].as_str().context("no token")?.to_owned();
    ban(&host, &former.joined.pid).await?;
    let session = former.session_body();
    refused_soon(&former.person, path::RENEW, &session).await.context("the ban")?;
    let again = exchange(&hers).await?;
    board.answered("a link that it made before", &again, &[NOT_ACTIVE]);
    let name = "a token of a link that it made before, on another device";
    attempt(name, &Person::new(c, 24), &spare, &mut board).await?;
    ensure!(come(25, &others).await?.1.status == 200, "another moderator's link admits nobody");
    board.close(16);
    Ok(())
}

/// Full rooms and closed doors.
#[tokio::test(flavor = "multi_thread")]
async fn more_people_than_a_room_takes() -> Result<()> {
    let system = System::start("attack-full")?;
    let c = &system.connection;
    let mut board = Board::new("more people than a room takes");
    let create = json!({ "room_id": "full", "max_participants": 3,
        "metadata": { "room_title": "Full", "room_features": {} } });
    ensure!(call(c, "/auth/room/create", &create).await?.status == 200, "no room");
    let mut tokens = Vec::new();
    for seed in 1..=20 {
        tokens.push((seed, meeting::token(c, "full", &format!("u{seed}"), seed == 1).await?));
    }
    let tries = tokens.into_iter().map(|(seed, token)| {
        let person = Person::new(c, seed);
        tokio::spawn(async move {
            let body = person.join_body(&token, OFFER);
            person.post(path::JOIN, &body).await.map(|answer| answer.status)
        })
    });
    let mut inside = 0_u32;
    for attempt in tries.collect::<Vec<_>>() {
        inside += u32::from(attempt.await?? == 200);
    }
    ensure!(inside >= 3, "only {inside} got in");
    board.note(
        "twenty at once into a room of three",
        Gain { reads: inside.saturating_sub(3), writes: 0 },
    );
    // Waiting: real media of somebody before the door reach nobody, for there is no answer to them.
    room(c, "door", json!({ "waiting_room_features": { "is_active": true } }), json!({})).await?;
    let host = Caller::join(c, "door", 0, Shape::default()).await?;
    let (person, waiting) = knock(c, "door", 2).await?;
    for _ in 0..3 {
        let body =
            json!({ "session": waiting.session, "bus_key": person.bus.public(), "offer": OFFER });
        let back = person.post(path::REJOIN, &body).await?;
        board.note("comes in by asking again", Gain::read_if(back.status == 200));
    }
    let renewed = host.renew().await?;
    ensure!(renewed.status == 200, "the host is gone");
    board.close(4);
    Ok(())
}

/// What the owner has said to whom `ear` is of, and to all, until it had worked off what was said on `voice`.
async fn said(speaker: &Member, voice: &mut Raw, ear: &mut Raw) -> Result<Vec<String>> {
    speaker.worked_off(voice).await?;
    ensure!(ear.sync().await?, "thrown out");
    Ok(ear.take().iter().map(|m| String::from_utf8_lossy(&m.bytes).into_owned()).collect())
}

/// Connects, and listens as a page does.
async fn bus(member: &Member) -> Result<Raw> {
    let mut raw = member.bus().await?;
    let room = format!("room.{}.{}", member.joined.sid, member.joined.node);
    raw.subscribe(&format!("{room}.all.>"), None).await?;
    raw.subscribe(&format!("{room}.to.{}.>", member.joined.pid), None).await?;
    ensure!(raw.sync().await?, "thrown out");
    Ok(raw)
}

/// A moderator bans somebody.
async fn ban(host: &Member, pid: &Pid) -> Result<()> {
    let mut voice = host.bus().await?;
    let subject = format!("{}.{}", host.moderator(), kind::REMOVE);
    let remove = serde_json::to_vec(&Remove { pid: pid.clone(), ban: true })?;
    voice.publish(&subject, &remove).await?;
    ensure!(voice.sync().await?, "thrown out");
    Ok(())
}

async fn refused_soon(person: &Person, route: &str, body: &Value) -> Result<()> {
    let end = std::time::Instant::now() + Duration::from_secs(1);
    while person.post(route, body).await?.status < 300 {
        ensure!(std::time::Instant::now() < end, "not refused within a second");
    }
    Ok(())
}

fn url(c: &Connection) -> &str {
    c.url.trim_end_matches('/')
}
