//! The warden against a real nats-server: what buckets it makes, and that they come back.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // Tests fail by panicking.

mod support;

use conclave::warden::{self, Config};
use conclave_protocol::bucket::{self, READY, READY_AFTER_SECONDS};
use conclave_protocol::nats_jwt::Tags;
use conclave_protocol::roles::BusRole;
use conclave_protocol::subjects::{EDGE_INBOX, WARDEN_INBOX, node_inbox};
use std::time::{Duration, Instant};
use support::{Bus, Connected, PATIENCE, node};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

struct Warden {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), warden::WardenError>>,
}

impl Warden {
    async fn start(bus: &Bus) -> Self {
        let config = Config { nats: bus.service(BusRole::Warden, &Tags::None), replicas: 1 };
        let (ready, is_ready) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async {
            let _ = stopped.await;
        };
        let task = tokio::spawn(warden::run(config, || ready.send(()).unwrap(), shutdown));
        timeout(PATIENCE, is_ready).await.unwrap().unwrap();
        Self { stop, task }
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        timeout(PATIENCE, self.task).await.unwrap().unwrap().unwrap();
    }
}

async fn edge(bus: &Bus) -> Connected {
    bus.connect_service(BusRole::Edge, &Tags::None, EDGE_INBOX).await
}

#[tokio::test]
async fn buckets_are_as_the_design_wants_them() {
    let bus = Bus::start().await;
    let warden = Warden::start(&bus).await;
    let looker = bus.connect_service(BusRole::Warden, &Tags::None, WARDEN_INBOX).await;
    for bucket in bucket::ALL {
        let info = looker.ask(&format!("$JS.API.STREAM.INFO.{}", bucket.stream()), "").await;
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
    // Again, on buckets that exist.
    Warden::start(&bus).await.stop().await;
}

async fn is_ready(edge: &Connected) -> bool {
    let read = format!(r#"{{"last_by_subj":"$KV.rooms.{READY}"}}"#);
    edge.ask("$JS.API.STREAM.MSG.GET.KV_rooms", &read).await.get("message").is_some()
}

#[tokio::test]
async fn rooms_are_complete_at_first_and_only_after_their_owners_had_time_after_a_crash() {
    let mut bus = Bus::start().await;
    let warden = Warden::start(&bus).await;
    assert!(is_ready(&edge(&bus).await).await, "from the start");
    warden.stop().await;
    let warden = Warden::start(&bus).await;
    assert!(is_ready(&edge(&bus).await).await, "on buckets that exist");

    bus.kill().await;
    bus.run().await;
    let edge = edge(&bus).await;
    let read = r#"{"last_by_subj":"$KV.rooms.x"}"#;
    let begun = Instant::now();
    while edge.ask("$JS.API.STREAM.MSG.GET.KV_rooms", read).await["error"]["err_code"] != 10037 {
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
    let bus = Bus::start().await;
    let warden = Warden::start(&bus).await;
    let edge = edge(&bus).await;

    // A ticket is redeemed once.
    assert!(edge.put("$KV.tickets.t", &[("Nats-TTL", "60s")]).await.get("error").is_none());
    assert!(edge.put("$KV.tickets.t", &[]).await.get("error").is_some());

    // A room is claimed once, and moved by whoever knows its revision.
    let first = [("Nats-Expected-Last-Subject-Sequence", "0")];
    let claimed = edge.put("$KV.rooms.aa.r", &first).await;
    let revision = claimed["seq"].as_u64().unwrap().to_string();
    assert_eq!(edge.put("$KV.rooms.aa.r", &first).await["error"]["err_code"], 10071);
    let known = [("Nats-Expected-Last-Subject-Sequence", revision.as_str())];
    assert!(edge.put("$KV.rooms.aa.r", &known).await.get("error").is_none());

    // Nobody wipes a bucket.
    assert!(edge.put("$KV.rooms.aa.x", &[("Nats-Rollup", "all")]).await.get("error").is_some());
    let read = r#"{"last_by_subj":"$KV.rooms.aa.r"}"#;
    let read = edge.ask("$JS.API.STREAM.MSG.GET.KV_rooms", read).await;
    assert!(read.get("message").is_some(), "{read}");

    // A dead node is forgotten.
    let name = node(1);
    let ctrl = bus.connect_service(BusRole::NodeCtrl, &Tags::Node(&name), &node_inbox(&name)).await;
    assert!(ctrl.put("$KV.nodes.n1", &[("Nats-TTL", "1s")]).await.get("error").is_none());
    let begun = Instant::now();
    loop {
        let request = r#"{"last_by_subj":"$KV.nodes.n1"}"#;
        let answer =
            edge.client.request("$JS.API.DIRECT.GET.KV_nodes", request.into()).await.unwrap();
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
    let mut bus = Bus::start().await;
    let warden = Warden::start(&bus).await;
    let ticket = "$KV.tickets.t";
    assert!(edge(&bus).await.put(ticket, &[]).await.get("error").is_none());

    bus.kill().await;
    sleep(Duration::from_millis(500)).await;
    bus.run().await;
    let begun = Instant::now();
    let looker = bus.connect_service(BusRole::Warden, &Tags::None, WARDEN_INBOX).await;
    for bucket in bucket::ALL {
        let subject = format!("$JS.API.STREAM.INFO.{}", bucket.stream());
        while looker.ask(&subject, "").await.get("config").is_none() {
            assert!(begun.elapsed() < PATIENCE, "{} is not back", bucket.name);
            sleep(Duration::from_millis(20)).await;
        }
    }
    println!("buckets were back after {:?}", begun.elapsed());
    let again = edge(&bus).await.put(ticket, &[]).await;
    assert!(again.get("error").is_some(), "a redeemed ticket was forgotten: {again}");
    warden.stop().await;
}
