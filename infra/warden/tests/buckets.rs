//! The warden against a real nats-server: what buckets it makes, and that they come back.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // Tests fail by panicking.

mod support;

use async_nats::Client;
use conclave_protocol::bucket::{self, READY, READY_AFTER_SECONDS};
use conclave_protocol::nats_jwt::Tags;
use conclave_protocol::roles::BusRole;
use conclave_protocol::subjects::{EDGE_INBOX, WARDEN_INBOX};
use serde_json::Value;
use std::time::{Duration, Instant};
use support::{Nats, PATIENCE, Warden, ask};
use tokio::time::sleep;

async fn edge(nats: &Nats) -> Client {
    nats.service(BusRole::Edge, &Tags::None, EDGE_INBOX).await
}

async fn looker(nats: &Nats) -> Client {
    nats.service(BusRole::Warden, &Tags::None, WARDEN_INBOX).await
}

async fn put(client: &Client, subject: &str, headers: &[(&str, &str)]) -> Value {
    support::put(client, subject, headers, "v").await
}

/// What a bucket's stream is, once JetStream answers and has it.
async fn info(looker: &Client, stream: &str) -> Value {
    let subject = format!("$JS.API.STREAM.INFO.{stream}");
    let begun = Instant::now();
    loop {
        if let Ok(answer) = looker.request(subject.clone(), "".into()).await {
            let answer: Value = serde_json::from_slice(&answer.payload).unwrap();
            if answer.get("config").is_some() {
                return answer;
            }
        }
        assert!(begun.elapsed() < PATIENCE, "{stream} is not there");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn buckets_are_as_the_design_wants_them() {
    let nats = Nats::start();
    let _up = edge(&nats).await;
    let warden = Warden::start(nats.warden("a")).await;
    let looker = looker(&nats).await;
    for bucket in bucket::ALL {
        let info = info(&looker, &bucket.stream()).await;
        let config = &info["config"];
        assert_eq!(config["subjects"], serde_json::json!([bucket.subject(">")]), "{info}");
        assert_eq!(config["max_msgs_per_subject"], 1);
        assert_eq!(config["discard"], "new");
        assert_eq!(config["max_bytes"], -1);
        assert_eq!(config["allow_msg_ttl"], true);
        assert_eq!(config["allow_direct"], true);
        assert_eq!(config["deny_delete"], true);
        assert_eq!(config["num_replicas"], 1);
        assert_eq!(config["allow_rollup_hdrs"], false);
        let once = config["discard_new_per_subject"].as_bool().unwrap_or(false);
        assert_eq!(once, bucket.write_once);
    }
    warden.stop().await;
    // Past rooms are kept where the operator says so, and for so long.
    let gone = ask(&looker, "$JS.API.STREAM.INFO.KV_history", "").await;
    assert_eq!(gone["error"]["err_code"], 10059, "{gone}");
    let mut keeps = nats.warden("a");
    keeps.history_seconds = Some(86_400);
    Warden::start(keeps).await.stop().await;
    let history = info(&looker, "KV_history").await;
    assert_eq!(history["config"]["max_age"], 86_400_000_000_000_u64, "{history}");
    assert_eq!(history["config"]["allow_rollup_hdrs"], false);
    // Again, on buckets that exist.
    Warden::start(nats.warden("a")).await.stop().await;
}

async fn is_ready(edge: &Client) -> bool {
    let read = format!(r#"{{"last_by_subj":"$KV.rooms.{READY}"}}"#);
    ask(edge, "$JS.API.STREAM.MSG.GET.KV_rooms", &read).await.get("message").is_some()
}

#[tokio::test]
async fn rooms_are_complete_at_first_and_only_after_their_owners_had_time_after_a_crash() {
    let mut nats = Nats::start();
    let _up = edge(&nats).await;
    let warden = Warden::start(nats.warden("a")).await;
    assert!(is_ready(&edge(&nats).await).await, "from the start");
    warden.stop().await;
    let warden = Warden::start(nats.warden("a")).await;
    assert!(is_ready(&edge(&nats).await).await, "on buckets that exist");

    nats.kill();
    nats.run();
    let edge = edge(&nats).await;
    let read = r#"{"last_by_subj":"$KV.rooms.x"}"#;
    let begun = Instant::now();
    let absent = async || {
        let answer = edge.request("$JS.API.STREAM.MSG.GET.KV_rooms", read.into()).await.ok()?;
        let answer: Value = serde_json::from_slice(&answer.payload).unwrap();
        (answer["error"]["err_code"] == 10037).then_some(())
    };
    while absent().await.is_none() {
        assert!(begun.elapsed() < PATIENCE, "the bucket is not back");
        sleep(Duration::from_millis(20)).await;
    }
    let back = Instant::now();
    while !is_ready(&edge).await {
        assert!(back.elapsed() < 2 * PATIENCE, "it never says so");
        sleep(Duration::from_millis(50)).await;
    }
    let time = back.elapsed();
    assert!(
        time > Duration::from_secs(READY_AFTER_SECONDS) - Duration::from_millis(500),
        "{time:?}"
    );
    warden.stop().await;
}

#[tokio::test]
async fn rules_of_the_buckets_hold() {
    let nats = Nats::start();
    let _up = edge(&nats).await;
    let warden = Warden::start(nats.warden("a")).await;
    let edge = edge(&nats).await;

    // A ticket is redeemed once.
    assert!(put(&edge, "$KV.tickets.t", &[("Nats-TTL", "60s")]).await.get("error").is_none());
    assert!(put(&edge, "$KV.tickets.t", &[]).await.get("error").is_some());

    // A room is claimed once, and moved by whoever knows its revision.
    let first = [("Nats-Expected-Last-Subject-Sequence", "0")];
    let claimed = put(&edge, "$KV.rooms.aa.r", &first).await;
    let revision = claimed["seq"].as_u64().unwrap().to_string();
    assert_eq!(put(&edge, "$KV.rooms.aa.r", &first).await["error"]["err_code"], 10071);
    let known = [("Nats-Expected-Last-Subject-Sequence", revision.as_str())];
    assert!(put(&edge, "$KV.rooms.aa.r", &known).await.get("error").is_none());

    // Nobody wipes a bucket.
    assert!(put(&edge, "$KV.rooms.aa.x", &[("Nats-Rollup", "all")]).await.get("error").is_some());
    let read = r#"{"last_by_subj":"$KV.rooms.aa.r"}"#;
    let read = ask(&edge, "$JS.API.STREAM.MSG.GET.KV_rooms", read).await;
    assert!(read.get("message").is_some(), "{read}");

    // A dead node is forgotten.
    let ctrl = nats.node().await;
    assert!(put(&ctrl, "$KV.nodes.n1", &[("Nats-TTL", "1s")]).await.get("error").is_none());
    let begun = Instant::now();
    loop {
        let request = r#"{"last_by_subj":"$KV.nodes.n1"}"#;
        let answer = edge.request("$JS.API.DIRECT.GET.KV_nodes", request.into()).await.unwrap();
        let headers = answer.headers.unwrap_or_default();
        if headers.get("Nats-Marker-Reason").is_some() || answer.status.is_some() {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "the node is still there");
        sleep(Duration::from_millis(100)).await;
    }
    assert!(begun.elapsed() > Duration::from_millis(500));
    warden.stop().await;
}

#[tokio::test]
async fn after_a_crash_of_nats_the_buckets_are_back_and_tickets_are_still_redeemed() {
    let mut nats = Nats::start();
    let _up = edge(&nats).await;
    let warden = Warden::start(nats.warden("a")).await;
    let ticket = "$KV.tickets.t";
    assert!(put(&edge(&nats).await, ticket, &[]).await.get("error").is_none());

    nats.kill();
    sleep(Duration::from_millis(500)).await;
    nats.run();
    let begun = Instant::now();
    let looker = looker(&nats).await;
    for bucket in bucket::ALL {
        info(&looker, &bucket.stream()).await;
    }
    println!("buckets were back after {:?}", begun.elapsed());
    let again = put(&edge(&nats).await, ticket, &[]).await;
    assert!(again.get("error").is_some(), "a redeemed ticket was forgotten: {again}");
    warden.stop().await;
}
