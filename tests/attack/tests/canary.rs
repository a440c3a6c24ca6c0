//! Invariant 5: ten seconds after a room ends no readable trace of it is anywhere.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // Tests fail by panicking.

use anyhow::{Context, Result};
use conclave_attack::canary::{Canary, Finding, Scanner, everywhere};
use conclave_protocol::event::{RoomEvent, from};
use conclave_protocol::moderation::kind;
use conclave_protocol::session::{JoinedRoom, path};
use conclave_tests::person::{OFFER, Person, call, post};
use conclave_tests::room_bus::RoomBus;
use conclave_tests::system::{System, binary};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// What a room's end may take to be without trace.
const TRACELESS: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_room_is_found_after_its_end() -> Result<()> {
    // With all that services say for debugging.
    let debug = [("CONCLAVE_LOG", "debug")];
    let system = System::start_program(&binary()?, "canary", &[], &debug)?;
    let canaries = meet_and_end(&system).await?;
    let ended = Instant::now();
    let scanner = Scanner::new(&canaries)?;
    loop {
        let (found, places) = look(&system, &scanner).await?;
        if found.is_empty() {
            println!("{places} places without a trace {:?} after the end", ended.elapsed());
            return Ok(());
        }
        assert!(ended.elapsed() < TRACELESS, "traces of the room: {found:#?}");
        tokio::time::sleep(LOOK).await;
    }
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
    let webhook = json!({ "event": "booking.created", "note": plant("webhook body")? });
    let agent = plant("user agent")?;
    let headers = [("user-agent", agent.as_str())];
    let hooks = format!("{}/hooks/test", c.url.trim_end_matches('/'));
    drop(post(hooks, &headers, webhook.to_string().into_bytes()).await?);

    let mut people = Vec::new();
    for (seed, admin) in [(1, true), (2, false)] {
        let user = json!({ "name": plant("display name")?, "user_id": plant("user id")?,
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
