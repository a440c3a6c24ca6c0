//! The join path against the real parts: nats-server, warden, edge and node as `conclave up`
//! starts them.

use anyhow::{Context, Result};
use conclave_protocol::encoding::from_base64url;
use conclave_protocol::event::{RoomEvent, Sequenced};
use conclave_protocol::session::{JoinedRoom, path};
use conclave_protocol::token::JoinClaims;
use conclave_tests::person::{OFFER, Person, call, listen, post, token};
use conclave_tests::system::System;
use futures_util::StreamExt;
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn two_people_meet_on_one_node_and_see_each_other_come_and_go() -> Result<()> {
    let system = System::start("meet")?;
    let c = &system.connection;
    let ada = Person::new(c, 1);
    let bob = Person::new(c, 2);
    let first = ada.join(&token(c, "meet", "ada", true).await?).await?;
    let bus = ada.connect(&first.bus).await?;
    let (mut all, _own) = listen(&bus, &first).await?;

    let second = bob.join(&token(c, "meet", "bob", false).await?).await?;
    assert_eq!((&first.sid, &first.node), (&second.sid, &second.node));
    assert_eq!(second.snapshot.people.len(), 2);
    assert!(second.answer.contains("a=candidate:"));
    let joined = next_event(&mut all).await?;
    assert!(matches!(joined.event, RoomEvent::Joined { person } if person.pid == second.pid));
    assert_eq!(joined.seq, second.snapshot.seq);

    let bob_bus = bob.connect(&second.bus).await?;
    let subject = format!("room.{}.{}.from.{}.leave", second.sid, second.node, second.pid);
    bob_bus.publish(subject, "{}".into()).await?;
    let left = next_event(&mut all).await?;
    assert!(matches!(left.event, RoomEvent::Left { pid, .. } if pid == second.pid));
    assert_eq!(left.seq, joined.seq + 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_admits_one_device_which_may_ask_again() -> Result<()> {
    let system = System::start("once")?;
    let c = &system.connection;
    let token = token(c, "once", "ada", false).await?;
    let ada = Person::new(c, 1);
    let first = ada.join(&token).await?;
    let again = ada.join(&token).await?;
    assert_eq!(first.pid, again.pid, "the same device is the same participant");
    let thief = Person::new(c, 2);
    let body = thief.join_body(&token, OFFER);
    let refused = thief.post(path::JOIN, &body).await?;
    assert!(refused.is_refusal(), "{refused:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_devices_that_race_with_one_token_exactly_one_gets_in() -> Result<()> {
    let system = System::start("race")?;
    let c = &system.connection;
    let token = token(c, "race", "ada", false).await?;
    let racers = (1..=20).map(|seed| {
        let (racer, token) = (Person::new(c, seed), token.clone());
        tokio::spawn(async move {
            let body = racer.join_body(&token, OFFER);
            racer.post(path::JOIN, &body).await.map(|answer| answer.status)
        })
    });
    let mut admitted = 0;
    for racer in racers.collect::<Vec<_>>() {
        admitted += u32::from(racer.await?? == 200);
    }
    assert_eq!(admitted, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_brings_its_own_device_back_and_no_other() -> Result<()> {
    let system = System::start("back")?;
    let c = &system.connection;
    let ada = Person::new(c, 1);
    let joined = ada.join(&token(c, "back", "ada", true).await?).await?;
    let body = json!({ "session": joined.session, "bus_key": ada.bus.public(), "offer": OFFER });
    let back: JoinedRoom = ada.post(path::REJOIN, &body).await?.read()?;
    assert_eq!((back.pid, back.role), (joined.pid, joined.role));
    assert_eq!(back.snapshot.people.len(), 1);
    let thief = Person::new(c, 2);
    assert!(thief.post(path::REJOIN, &body).await?.is_refusal());
    let renew = json!({ "session": joined.session, "bus_key": ada.bus.public() });
    assert_eq!(ada.post(path::RENEW, &renew).await?.status, 200);
    assert!(thief.post(path::RENEW, &renew).await?.is_refusal());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_room_says_so() -> Result<()> {
    let system = System::start("full")?;
    let c = &system.connection;
    let room = json!({ "room_id": "full", "max_participants": 1,
        "metadata": { "room_title": "Full", "room_features": {} } });
    assert_eq!(call(c, "/auth/room/create", &room).await?.status, 200);
    let ada = Person::new(c, 1);
    ada.join(&token(c, "full", "ada", false).await?).await?;
    let bob = Person::new(c, 2);
    let body = bob.join_body(&token(c, "full", "bob", false).await?, OFFER);
    let refused = bob.post(path::JOIN, &body).await?;
    assert!(refused.is_refusal(), "{refused:?}");
    assert!(refused.json["msg"].as_str().unwrap().contains("full"), "{refused:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_gets_a_refusal_and_harms_nothing() -> Result<()> {
    let system = System::start("bad")?;
    let c = &system.connection;
    let url = |route: &str| format!("{}{route}", c.url.trim_end_matches('/'));
    let ada = Person::new(c, 1);
    let good = token(c, "bad", "ada", false).await?;

    for body in [b"{".to_vec(), b"[]".to_vec(), vec![0xff; 100], vec![b' '; 70_000]] {
        for route in [path::JOIN, path::REJOIN, path::RENEW, path::LEAVE, path::INVITE] {
            let proof = ada.proof(route, &body);
            let answer = post(url(route), &[("conclave-proof", &proof)], body.clone()).await?;
            assert!(answer.is_refusal(), "{route}: {answer:?}");
        }
    }
    for offer in ["", "v=0\r\n", &OFFER[..OFFER.len() / 2], &"x".repeat(40_000)] {
        let body = ada.join_body(&good, offer);
        let answer = ada.post(path::JOIN, &body).await?;
        assert!(answer.is_refusal(), "{answer:?}");
    }
    let unsigned = post(url("/auth/room/create"), &[], b"{}".to_vec()).await?;
    assert!(unsigned.is_refusal() && unsigned.status == 401, "{unsigned:?}");
    let unknown = json!({ "room_id": "nowhere", "user_info": { "name": "A", "user_id": "a" } });
    assert!(call(c, "/auth/room/getJoinToken", &unknown).await?.is_refusal());
    let foreign = good.replace('.', "x.");
    let body = ada.join_body(&foreign, OFFER);
    assert!(ada.post(path::JOIN, &body).await?.is_refusal());
    let unproven = ada.join_body(&good, OFFER).to_string().into_bytes();
    assert!(post(url(path::JOIN), &[], unproven).await?.is_refusal());

    ada.join(&good).await.context("after all that, the token still admits")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_asks_for_encryption_is_made_with_it_and_stays_so() -> Result<()> {
    let system = System::start("e2ee")?;
    let c = &system.connection;
    let create = async |encrypted: bool| {
        let features = json!({ "end_to_end_encryption_features": { "is_enabled": encrypted } });
        let metadata = json!({ "room_title": "S", "room_features": features });
        let room = json!({ "room_id": "secret", "metadata": metadata });
        call(c, "/auth/room/create", &room).await
    };
    let made = create(true).await?;
    assert_eq!(made.status, 200, "{made:?}");
    let ask = json!({ "room_id": "secret", "user_info": { "name": "ada", "user_id": "ada" } });
    let token = call(c, "/auth/room/getJoinToken", &ask).await?;
    let token = token.json["token"].as_str().context("no token")?;
    let claims = token.split('.').nth(1).and_then(from_base64url).context("no claims")?;
    let claims: JoinClaims = serde_json::from_slice(&claims)?;
    assert!(claims.encryption.is_on());
    let ada = Person::new(c, 1);
    let joined = ada.join(token).await?;
    assert_eq!(joined.encryption, claims.encryption, "the same salt");
    assert_eq!(joined.snapshot.encryption, claims.encryption);
    let body = json!({ "session": joined.session, "bus_key": ada.bus.public(), "offer": OFFER });
    let back: JoinedRoom = ada.post(path::REJOIN, &body).await?.read()?;
    assert_eq!((back.encryption, back.snapshot.encryption), (claims.encryption, claims.encryption));
    let other = create(false).await?;
    assert_eq!((other.status, &other.json["status_code"]), (409, &json!("CONFLICT")), "{other:?}");
    let same = create(true).await?;
    assert_eq!(same.json["room_info"], made.json["room_info"]);
    Ok(())
}

async fn next_event(all: &mut async_nats::Subscriber) -> Result<Sequenced> {
    let wait = async {
        loop {
            let message = all.next().await.context("the bus ended")?;
            if message.subject.ends_with(".event") {
                return Ok(serde_json::from_slice(&message.payload)?);
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), wait).await.context("no event in time")?
}
