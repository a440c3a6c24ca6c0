//! Invariant 5: ten seconds after a room ends no readable trace of it is anywhere.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // Tests fail by panicking.

use anyhow::{Context, Result};
use conclave_attack::canary::{Canary, Finding, Scanner, everywhere};
use conclave_attack::meeting::{enter, room};
use conclave_attack::overseer::Overseer;
use conclave_protocol::bucket;
use conclave_protocol::event::{RoomEvent, from};
use conclave_protocol::moderation::kind;
use conclave_protocol::outbox;
use conclave_protocol::roles::Account;
use conclave_protocol::session::{JoinedRoom, path};
use conclave_tests::person::{OFFER, Person, call, post};
use conclave_tests::receiver::Receiver;
use conclave_tests::room_bus::RoomBus;
use conclave_tests::system::{System, binary};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// What a room's end may take to be without trace.
const TRACELESS: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(10);
/// The mark in the application's names for people.
const USER: &str = "user id";
/// Between two looks.
const LOOK: Duration = Duration::from_millis(500);

/// With all that an operator can have kept and told, and all that services say for debugging: a room that
/// does not want analytics leaves nothing all the same.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_room_is_found_after_its_end() -> Result<()> {
    let mut receiver = Receiver::start(0).await?;
    let system = start("canary", &receiver, &[])?;
    let canaries = meet_and_end(&system).await?;
    let ended = Instant::now();
    stays_clean(&system, &canaries, ended, |_| false).await?;
    // Nor is anything of it where courses are kept and webhooks wait: neither now nor at any time before.
    for stream in [bucket::HISTORY.stream(), outbox::KEYS.stream(), outbox::STREAM.to_owned()] {
        assert_eq!(written(&system, &stream).await?, 0, "something was written into {stream}");
    }
    assert!(receiver.next(Duration::ZERO).await.is_err(), "the application was told something");

    // A room that wants it shows that the way was open.
    let c = &system.connection;
    let features = json!({ "enable_analytics": true });
    room(c, "wants-it", features, json!({})).await?;
    let host = enter(c, "wants-it", 1, true).await?;
    let mut voice = host.bus().await?;
    voice.publish(&format!("{}.{}", host.moderator(), kind::END), b"{}").await?;
    receiver.next(PATIENCE).await.context("no webhook of a room that wants one")?;
    for stream in [bucket::HISTORY.stream(), outbox::KEYS.stream(), outbox::STREAM.to_owned()] {
        assert!(written(&system, &stream).await? > 0, "nothing was written into {stream}");
    }
    Ok(())
}

/// With an audit log besides. It says who did what when, so that the application's names for people stand
/// in it and stay there, for that is what it is for; they stand nowhere else, and nothing else stands in it.
#[tokio::test(flavor = "multi_thread")]
async fn an_audit_log_says_who_and_nothing_else() -> Result<()> {
    let receiver = Receiver::start(0).await?;
    let system = start("canary-audit", &receiver, &["--audit"])?;
    let canaries = meet_and_end(&system).await?;
    let ended = Instant::now();
    let log = system.state.join("audit.jsonl").display().to_string();
    let is_who = |f: &Finding| f.canary == USER && f.place == log && f.form == "text";
    stays_clean(&system, &canaries, ended, is_who).await?;
    let (found, _) = look(&system, &Scanner::new(&canaries)?).await?;
    assert!(found.iter().any(is_who), "the audit log was not looked at, or is empty: {found:#?}");
    Ok(())
}

/// A system whose operator keeps courses of rooms and has their applications told.
fn start(name: &str, receiver: &Receiver, more: &[&str]) -> Result<System> {
    let hook = format!("http://{}/", receiver.address);
    let keep = ["--keep-history", "1", "--webhook-url", hook.as_str()];
    let arguments = [keep.as_slice(), more].concat();
    System::start_program(&binary()?, name, &arguments, &[("CONCLAVE_LOG", "debug")])
}

/// Looks until [`TRACELESS`] after the end, and once more then: what was gone must not come back.
async fn stays_clean(
    system: &System,
    canaries: &[Canary],
    ended: Instant,
    allowed: impl Fn(&Finding) -> bool,
) -> Result<()> {
    let scanner = Scanner::new(canaries)?;
    let mut clean = None;
    loop {
        let at = ended.elapsed();
        let (mut found, places) = look(system, &scanner).await?;
        found.retain(|finding| !allowed(finding));
        if found.is_empty() {
            clean.get_or_insert(at);
        } else {
            assert!(clean.is_none(), "traces of the room came back after {at:?}: {found:#?}");
            assert!(at < TRACELESS, "traces of the room: {found:#?}");
        }
        if at >= TRACELESS {
            println!("{places} places without a trace since {clean:?} after the end");
            return Ok(());
        }
        tokio::time::sleep(LOOK.min(TRACELESS.saturating_sub(ended.elapsed()))).await;
    }
}

/// How many messages were ever written into a stream.
async fn written(system: &System, stream: &str) -> Result<u64> {
    let mut overseer = Overseer::of(system, Account::Ctrl).await?;
    let info = overseer.ask(&format!("$JS.API.STREAM.INFO.{stream}"), &Value::Null).await?;
    info["state"]["last_seq"].as_u64().with_context(|| format!("no stream {stream}: {info}"))
}

/// The same on a build that leaks on purpose, in a log and in a bucket: the search finds both.
#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_leaks_is_caught() -> Result<()> {
    let leaky = binary()?.with_file_name("conclave-leaky");
    anyhow::ensure!(
        leaky.is_file(),
        "build it first: cargo build -p conclave --features leak --bin conclave-leaky"
    );
    let system = System::start_program(&leaky, "canary-leaky", &[], &[])?;
    let canaries = meet_and_end(&system).await?;
    tokio::time::sleep(TRACELESS).await;
    let (found, _) = look(&system, &Scanner::new(&canaries)?).await?;
    let leak = |canary: &str, place: &str| {
        found.iter().any(|f: &Finding| f.canary == canary && f.place.contains(place))
    };
    assert!(leak("display name", "logs/"), "a name in a log was not found: {found:#?}");
    assert!(leak("room title", "KV_tickets"), "a title in a bucket was not found: {found:#?}");
    Ok(())
}

async fn look(system: &System, scanner: &Scanner) -> Result<(Vec<Finding>, usize)> {
    let places = everywhere(system).await?;
    let found = places.iter().flat_map(|place| scanner.scan(&place.name, &place.bytes)).collect();
    Ok((found, places.len()))
}

/// A meeting of two, with a mark in everything that they and their application say; the host ends it.
async fn meet_and_end(system: &System) -> Result<Vec<Canary>> {
    let c = &system.connection;
    let mut canaries = Vec::new();
    let mut plant = |name: &str| -> Result<String> {
        let canary = Canary::fresh(name)?;
        let text = canary.text.clone();
        canaries.push(canary);
        Ok(text)
    };
    let room = plant("room name")?;
    let create = json!({ "room_id": room, "metadata": {
        "room_title": plant("room title")?,
        "welcome_message": plant("welcome message")?,
        "webhook_url": format!("https://example.org/{}", plant("webhook address")?),
        "extra_data": plant("extra data")?,
        "room_features": { "chat_features": { "is_allow": true } },
    }});
    let created = call(c, "/auth/room/create", &create).await?;
    anyhow::ensure!(created.status == 200, "create: {created:?}");
    // There is no route yet on which an application's events come in. Whatever is posted to a path that is
    // none leaves no trace either: this becomes the route's row when there is one.
    let webhook = json!({ "event": "booking.created", "note": plant("webhook body")? });
    let agent = plant("user agent")?;
    let headers = [("user-agent", agent.as_str())];
    let hooks = format!("{}/hooks/test", c.url.trim_end_matches('/'));
    drop(post(hooks, &headers, webhook.to_string().into_bytes()).await?);

    let mut people = Vec::new();
    for (seed, admin) in [(1, true), (2, false)] {
        let user = json!({ "name": plant("display name")?, "user_id": plant(USER)?,
            "is_admin": admin, "user_metadata": { "extra_data": plant("user data")? } });
        let ask = json!({ "room_id": room, "user_info": user });
        let token = call(c, "/auth/room/getJoinToken", &ask).await?;
        let token = token.json["token"].as_str().context("no token")?.to_owned();
        let person = Person::new(c, seed);
        let body = person.join_body(&token, OFFER).to_string().into_bytes();
        let proof = person.proof(path::JOIN, &body);
        let headers =
            [(conclave_protocol::proof::HEADER, proof.as_str()), ("user-agent", agent.as_str())];
        let url = format!("{}{}", c.url.trim_end_matches('/'), path::JOIN);
        let joined: JoinedRoom = post(url, &headers, body).await?.read()?;
        let bus = RoomBus::start(person.connect(&joined.bus).await?, &joined).await?;
        people.push((token, joined, bus));
    }
    let texts = [plant("chat")?, plant("private chat")?];
    for (token, joined, _) in &people {
        for (name, secret) in [
            ("join token", token),
            ("session token", &joined.session),
            ("bus credential", &joined.bus.jwt),
        ] {
            let signature = secret.rsplit('.').next().context("a token has three parts")?;
            canaries.push(Canary::of(name, signature));
        }
    }
    let [(_, host, host_bus), (_, guest, guest_bus)] = people.as_mut_slice() else {
        anyhow::bail!("two people");
    };
    let write = |text: &str, to: Option<&str>| -> Value { json!({ "text": text, "to": to }) };
    guest_bus.say(from::CHAT, &write(&texts[0], None)).await?;
    guest_bus.say(from::CHAT, &write(&texts[1], Some(host.pid.as_str()))).await?;
    let written =
        |event| matches!(event, RoomEvent::Chat { ref pid, .. } if *pid == guest.pid).then_some(());
    host_bus.event(PATIENCE, written).await.context("the chat did not arrive")?;
    // A trace of a meeting that nobody could have seen proves nothing.
    let (_, places) = look(system, &Scanner::new(&canaries)?).await?;
    anyhow::ensure!(places > 20, "only {places} places were looked at");
    host_bus.moderate(kind::END, &json!({})).await?;
    let over = |event| matches!(event, RoomEvent::Ended { .. }).then_some(());
    guest_bus.event(PATIENCE, over).await.context("the room did not end")?;
    Ok(canaries)
}
