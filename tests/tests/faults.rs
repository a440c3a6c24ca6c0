//! What must not hurt anybody: a broken offer, a late farewell, a flood, a NATS that crashes.

use anyhow::{Context, Result, ensure};
use conclave_protocol::session::{JoinedRoom, path};
use conclave_tests::person::{OFFER, Person, call, listen, token};
use conclave_tests::system::{System, signal};
use futures_util::StreamExt;
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, timeout};

#[tokio::test(flavor = "multi_thread")]
async fn a_return_with_a_broken_offer_leaves_the_connection_that_works() -> Result<()> {
    let system = System::start("broken")?;
    let c = &system.connection;
    let ada = Person::new(c, 1);
    let joined = ada.join(&token(c, "broken", "ada", false).await?).await?;
    let bus = ada.connect(&joined.bus).await?;
    let (mut all, _own) = listen(&bus, &joined).await?;
    let body =
        json!({ "session": joined.session, "bus_key": ada.bus.public(), "offer": "v=0\r\n" });
    ensure!(ada.post(path::REJOIN, &body).await?.is_refusal());
    let renew = json!({ "session": joined.session, "bus_key": ada.bus.public() });
    ensure!(ada.post(path::RENEW, &renew).await?.status == 200, "still in the room");
    while let Ok(Some(message)) = timeout(Duration::from_millis(300), all.next()).await {
        ensure!(!message.subject.ends_with(".event"), "nobody left");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_farewell_of_a_page_that_reloads_does_not_end_its_return() -> Result<()> {
    let system = System::start("reload")?;
    let c = &system.connection;
    let mut ada = Person::new(c, 1);
    let joined = ada.join(&token(c, "reload", "ada", false).await?).await?;
    let mut older = ada.bus.public();
    for turn in 0..10 {
        let farewell = json!({ "session": joined.session, "bus_key": older });
        ada.renew_bus_key();
        let newer = ada.bus.public();
        let back = json!({ "session": joined.session, "bus_key": newer, "offer": OFFER });
        let (page, next) = (ada.again(), ada.again());
        let (back, left) =
            tokio::join!(next.post(path::REJOIN, &back), page.post(path::LEAVE, &farewell));
        ensure!(left?.status == 200);
        let back: JoinedRoom = back?.read().context("the return")?;
        ensure!(back.snapshot.people.len() == 1);
        let renew = json!({ "session": joined.session, "bus_key": newer });
        let renewed = ada.post(path::RENEW, &renew).await?;
        ensure!(renewed.status == 200, "turn {turn}: {renewed:?}");
        older = newer;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_floods_is_not_heard_and_other_rooms_do_not_notice() -> Result<()> {
    let system = System::start("flood")?;
    let c = &system.connection;
    let (mallory, ada) = (Person::new(c, 1), Person::new(c, 2));
    let flooder = mallory.join(&token(c, "one", "mallory", false).await?).await?;
    let victim = ada.join(&token(c, "other", "ada", false).await?).await?;
    let bus = ada.connect(&victim.bus).await?;
    let (_all, mut own) = listen(&bus, &victim).await?;
    // All connections first: who is already flooding is revoked, and could not open another.
    let mut buses = Vec::new();
    for _ in 0..4 {
        buses.push(mallory.connect(&flooder.bus).await?);
    }
    let mut floods = Vec::new();
    for bus in buses {
        let subject = format!("room.{}.{}.from.{}.media", flooder.sid, flooder.node, flooder.pid);
        floods.push(tokio::spawn(async move {
            loop {
                let sent = bus.publish(subject.clone(), r#"{"camera":true}"#.into()).await;
                if sent.is_err() {
                    return;
                }
                tokio::task::yield_now().await;
            }
        }));
    }
    let ask = format!("room.{}.{}.from.{}.resync", victim.sid, victim.node, victim.pid);
    for turn in 0..10 {
        bus.publish(ask.clone(), r#"{"epoch":0,"seq":0}"#.into()).await?;
        let answer = timeout(Duration::from_secs(2), async {
            while let Some(message) = own.next().await {
                if message.subject.ends_with(".snapshot") {
                    return true;
                }
            }
            false
        });
        ensure!(answer.await.unwrap_or(false), "question {turn} was not answered");
    }
    floods.iter().for_each(tokio::task::JoinHandle::abort);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nats_that_crashes_ends_no_meeting() -> Result<()> {
    let system = System::start("crash")?;
    let c = &system.connection;
    let ada = Person::new(c, 1);
    let joined = ada.join(&token(c, "crash", "ada", true).await?).await?;
    let create =
        json!({ "room_id": "crash", "metadata": { "room_title": "crash", "room_features": {} } });
    signal(system.pid("nats").context("no pid of NATS")?, "KILL");
    let begun = Instant::now();
    let mut back = false;
    // While NATS comes back: never "over", never another life of the room.
    while begun.elapsed() < Duration::from_secs(8) {
        let renew = json!({ "session": joined.session, "bus_key": ada.bus.public() });
        if let Ok(answer) = ada.post(path::RENEW, &renew).await {
            ensure!(answer.status == 200 || answer.status >= 500, "renew: {answer:?}");
            back = answer.status == 200;
        }
        if let Ok(answer) = call(c, "/auth/room/create", &create).await
            && answer.status == 200
        {
            ensure!(answer.json["room_info"]["sid"] == json!(joined.sid), "another life");
        }
    }
    ensure!(back, "the room is found again");
    Ok(())
}
