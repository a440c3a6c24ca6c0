//! Many at once, and a NATS that crashes: what the edge keeps to when it matters.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use base64::{Engine, engine::general_purpose::STANDARD};
use conclave_contract::edges::{Options, settings};
use conclave_contract::http::{get, post};
use conclave_contract::node::node;
use conclave_contract::person::{create, join, token};
use conclave_contract::{Edge, Kind, Nats, on_every_edge};
use conclave_protocol::ids::{NodeId, RoomId, RoomKey};
use conclave_protocol::roles::BusRole;
use futures_util::future::join_all;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

on_every_edge!(
    the_cap_on_start_rooms_holds_under_a_rush,
    forty_who_start_at_once_all_get_a_room,
    a_room_outlives_a_crash_of_nats_for_whoever_asks,
    people_who_send_slowly_take_nobodys_place,
    of_many_devices_at_once_a_token_admits_one,
    without_nats_the_edge_says_so_at_once_and_recovers,
);

async fn the_cap_on_start_rooms_holds_under_a_rush(kind: Kind) {
    let nats = Nats::start().await;
    let edge = Edge::start(kind, &nats).await;
    let rush = || join_all((0..12).map(|_| post(edge.address, "/v1/start", "{}", &[])));
    let mut made = Vec::new();
    for _ in 0..3 {
        made.extend(rush().await.into_iter().filter(|answer| answer.status == 200));
    }
    assert_eq!(made.len(), 3);
    let full = post(edge.address, "/v1/start", "{}", &[]).await;
    full.refused(429, "CONFLICT");
    let body = json!({ "invite": made[0].json()["invite"] }).to_string();
    let invited = post(edge.address, "/v1/invite", &body, &[]).await;
    assert_eq!(invited.status, 200, "{}", invited.body);
}

async fn forty_who_start_at_once_all_get_a_room(kind: Kind) {
    let nats = Nats::start().await;
    let mut settings = settings(&nats);
    settings.start_page.as_mut().unwrap().max_rooms = 64;
    let options = || Options { settings: settings.clone(), ..Options::of(&nats) };
    let edges =
        [Edge::with(kind, &nats, options()).await, Edge::with(kind, &nats, options()).await];
    let rush = (0..40).map(|n| post(edges[n % 2].address, "/v1/start", "{}", &[]));
    let answers = join_all(rush).await;
    let failed: Vec<_> = answers.iter().filter(|a| a.status != 200).map(|a| &a.body).collect();
    assert!(failed.is_empty(), "{failed:?}");
}

async fn a_room_outlives_a_crash_of_nats_for_whoever_asks(kind: Kind) {
    let mut nats = Nats::start().await;
    let edge = Edge::start(kind, &nats).await;
    let at = edge.address;
    let first = create(at, "board").await.json()["room_info"]["sid"].clone();
    let id = NodeId::parse("n1").unwrap();
    let key = RoomKey::of(&[2; 32], "app", &RoomId::parse("board").unwrap());
    let owner = nats.connect(BusRole::NodeCtrl, Some(&id)).await;
    let read = json!({ "last_by_subj": format!("$KV.rooms.{key}") }).to_string();
    let found = owner.request("$JS.API.STREAM.MSG.GET.KV_rooms", read.into()).await.unwrap();
    let found: serde_json::Value = serde_json::from_slice(&found.payload).unwrap();
    let record = found["message"]["data"].as_str().unwrap();
    let record = STANDARD.decode(record).unwrap();

    nats.stop();
    tokio::time::sleep(Duration::from_millis(200)).await;
    nats.resume_empty().await;
    let begun = Instant::now();
    let mut restored = false;
    let (mut refusals, mut successes) = (0, 0);
    while begun.elapsed() < Duration::from_millis(2500) {
        for answer in [create(at, "board").await, token(at, "board").await] {
            match answer.status {
                200 => successes += 1,
                503 => refusals += 1,
                _ => panic!("{} {}", answer.status, answer.body),
            }
            if let Some(info) = answer.json().get("room_info") {
                assert_eq!(info["sid"], first, "another life took its place");
            }
        }
        // The owner takes a second, as one that is busy or far away.
        if !restored && refusals > 0 && begun.elapsed() > Duration::from_secs(1) {
            let subject = format!("$KV.rooms.{key}");
            owner.request(subject, record.clone().into()).await.unwrap();
            restored = true;
        }
    }
    assert!(restored && refusals > 0 && successes > 0, "{refusals} {successes}");
    token(at, "none").await.refused(503, "INTERNAL_SERVER_ERROR");
    nats.ready().await;
    token(at, "none").await.refused(404, "ROOM_NOT_ACTIVE");
    assert_eq!(create(at, "none").await.status, 200);
}

async fn people_who_send_slowly_take_nobodys_place(kind: Kind) {
    let nats = Nats::start().await;
    let edge = Edge::start(kind, &nats).await;
    let head = b"POST /v1/start HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{";
    let slow = join_all((0..1100).map(|_| async {
        let mut stream = TcpStream::connect(edge.address).await.unwrap();
        stream.write_all(head).await.unwrap();
        stream
    }))
    .await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(get(edge.address, "/healthz").await.status, 200);
    assert_eq!(create(edge.address, "board").await.status, 200);
    drop(slow);
}

async fn of_many_devices_at_once_a_token_admits_one(kind: Kind) {
    let nats = Nats::start().await;
    let edge = Edge::start(kind, &nats).await;
    let _n1 = node(&nats, "n1", 3600).await;
    create(edge.address, "board").await;
    let token = token(edge.address, "board").await.json()["token"].clone();
    let answers = join_all((1..=60).map(|seed| join(edge.address, seed, &token))).await;
    let admitted = answers.iter().filter(|answer| answer.status == 200).count();
    let refused = answers.iter().filter(|answer| answer.status == 403).count();
    assert_eq!((admitted, refused), (1, 59));
}

async fn without_nats_the_edge_says_so_at_once_and_recovers(kind: Kind) {
    let mut nats = Nats::start().await;
    let edge = Edge::start(kind, &nats).await;
    assert_eq!(create(edge.address, "board").await.status, 200);
    nats.stop();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let asked = Instant::now();
    create(edge.address, "board").await.refused(503, "INTERNAL_SERVER_ERROR");
    assert!(asked.elapsed() < Duration::from_millis(500), "{:?}", asked.elapsed());
    assert_eq!(get(edge.address, "/healthz").await.status, 200);
    nats.resume().await;
    let until = Instant::now() + Duration::from_secs(10);
    while create(edge.address, "board").await.status != 200 {
        assert!(Instant::now() < until, "the edge did not reconnect");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
