//! What edges can do through a gate: real nats-servers on the configurations that `up` writes.

#![allow(clippy::unwrap_used, clippy::panic)] // Tests fail by panicking.

mod support;

use async_nats::{HeaderMap, RequestErrorKind};
use conclave_bus::{Expect, KvError};
use conclave_edge_core::platform::{BusError, BusOp};
use conclave_protocol::bucket::{NODES, READY, ROOMS, TICKETS};
use conclave_protocol::nats_jwt::Tags;
use conclave_protocol::roles::BusRole;
use conclave_protocol::subjects::EDGE_INBOX;
use futures_util::StreamExt;
use std::time::Duration;
use support::gate::{Gated, kv};
use support::wasm_edge::wasm_edge;
use support::{Connected, PATIENCE};
use tokio::time::timeout;

#[tokio::test]
async fn an_edge_does_its_work_through_it() {
    let gated = Gated::start().await;
    let edge = gated.edge().await;
    let through = kv(&edge);
    let revision =
        through.put(ROOMS, "aa.r", b"1".into(), Expect::Revision(0), None).await.unwrap();
    let again = through.put(ROOMS, "aa.r", b"2".into(), Expect::Revision(0), None).await;
    assert_eq!(again, Err(KvError::Conflict));
    through.put(ROOMS, "aa.r", b"2".into(), Expect::Revision(revision), None).await.unwrap();
    let direct = gated
        .bus
        .connect_service(BusRole::Edge, &Tags::None, &format!("{EDGE_INBOX}.direct"))
        .await;
    for edge in [&through, &kv(&direct)] {
        assert_eq!(edge.read(ROOMS, "aa.r").await.unwrap().value.unwrap(), b"2");
        assert_eq!(edge.read(ROOMS, "none").await.unwrap().value, None);
    }

    let second = Some(Duration::from_secs(1));
    through.put(TICKETS, "t", b"1".into(), Expect::Revision(0), second).await.unwrap();
    assert!(through.read(TICKETS, "t").await.unwrap().value.is_some());
    let expired = async { while through.read(TICKETS, "t").await.unwrap().value.is_some() {} };
    timeout(PATIENCE, expired).await.unwrap();

    for n in [1, 2, 3] {
        let put = kv(&gated.media_node(n).await);
        put.put(NODES, &format!("n{n}"), vec![n], Expect::Any, None).await.unwrap();
    }
    assert_eq!(nodes(&edge).await, [[1], [2], [3]]);
}

/// All nodes' records by one question, up to the answer that says that these were all.
async fn nodes(edge: &Connected) -> Vec<Vec<u8>> {
    let inbox = format!("{EDGE_INBOX}.many");
    let mut answers = edge.client.subscribe(inbox.clone()).await.unwrap();
    let ask = r#"{"multi_last":["$KV.nodes.>"]}"#;
    edge.client.publish_with_reply("$JS.API.DIRECT.GET.KV_nodes", inbox, ask.into()).await.unwrap();
    let mut found = Vec::new();
    loop {
        let answer = timeout(PATIENCE, answers.next()).await.unwrap().unwrap();
        match answer.status.map(|status| status.as_u16()) {
            None => found.push(answer.payload.to_vec()),
            Some(204) => return found,
            Some(status) => panic!("{status}"),
        }
    }
}

#[tokio::test]
async fn a_node_answers_through_it_and_an_absent_one_is_said_to_be() {
    let gated = Gated::start().await;
    let (edge, node) = (gated.edge().await, gated.media_node(1).await);
    let mut asked = node.client.subscribe("node.n1.req").await.unwrap();
    node.client.flush().await.unwrap();
    let absent = edge.client.request("node.n9.req", "x".into()).await.unwrap_err();
    assert_eq!(absent.kind(), RequestErrorKind::NoResponders);
    let large = vec![7; 100 * 1024];
    let answers = async {
        let request = asked.next().await.unwrap();
        assert_eq!(request.headers.unwrap().get("A").unwrap().as_str(), "b");
        node.client.publish(request.reply.unwrap(), request.payload).await.unwrap();
    };
    let ask = async {
        // Until the gate has heard that there is such a node.
        loop {
            let headers = HeaderMap::from_iter([("A".parse().unwrap(), "b".parse().unwrap())]);
            let payload = large.clone().into();
            match edge.client.request_with_headers("node.n1.req", headers, payload).await {
                Ok(answer) => return answer,
                Err(error) => assert_eq!(error.kind(), RequestErrorKind::NoResponders),
            }
        }
    };
    let ((), answer) = timeout(PATIENCE, async { tokio::join!(answers, ask) }).await.unwrap();
    assert_eq!(answer.payload, large);
}

#[tokio::test]
async fn an_edge_has_no_other_rights_at_it() {
    let gated = Gated::start().await;
    let edge = gated.edge().await;
    for subject in [
        ">",
        "*",
        "node.>",
        "node.n1.req",
        "$KV.>",
        "_INBOX.>",
        "_INBOX.node.>",
        "$SYS.>",
        "$JS.>",
        "_R_.>",
        "_GR_.>",
        "$LDS.>",
        "room.>",
    ] {
        edge.may_not_subscribe(subject).await;
    }
    for subject in [
        "$KV.nodes.n1",
        "$KV.bans.x",
        "$KV.rs.n1.x",
        "$JS.API.INFO",
        "$JS.API.STREAM.CREATE.X",
        "$JS.API.STREAM.DELETE.KV_rooms",
        "$JS.API.STREAM.PURGE.KV_rooms",
        "$JS.API.STREAM.MSG.GET.KV_rs",
        "$JS.API.STREAM.MSG.DELETE.KV_tickets",
        "$JS.API.CONSUMER.CREATE.KV_rooms",
        "$JS.ACK.OUTBOX.courier.1.1.1.1.1",
        "$SYS.REQ.CLAIMS.UPDATE",
        "$SYS.REQ.USER.INFO",
        "_R_.x",
        "_INBOX.edge.x",
        "_INBOX.node.n1.x",
        "outbox.x",
        "room.x.n1.all.y",
    ] {
        edge.may_not_publish(subject).await;
    }
    // And it does have its own.
    kv(&edge).put(ROOMS, "aa.r", Vec::new(), Expect::Any, None).await.unwrap();
}

/// Edges that run as WebAssembly send their credential and all that they ask in one write.
#[tokio::test]
async fn a_wasm_edge_is_answered_in_its_first_flight() {
    let gated = Gated::start().await;
    let node = gated.media_node(1).await;
    kv(&node).put(NODES, "n1", b"{}".into(), Expect::Any, None).await.unwrap();
    let user = gated.bus.service(BusRole::Edge, &Tags::None);
    for turn in 0..20 {
        let edge = wasm_edge(gated.gate().local(), gated.bus.dir.path(), &user);
        let key = format!("aa.{turn}");
        let flight = vec![
            BusOp::Put { bucket: ROOMS, key, value: b"1".into(), expected: 0, ttl: Some(60) },
            BusOp::Get { bucket: ROOMS, key: READY.into() },
            BusOp::Nodes,
            BusOp::Request { subject: "node.n9.req".into(), payload: b"x".into() },
        ];
        let answers = edge.flight(flight).await;
        let [put, get, nodes, absent] = answers.as_slice() else { panic!("{answers:?}") };
        assert!(put.is_ok() && get.is_ok() && nodes.is_ok(), "{answers:?}");
        assert_eq!(*absent, Err(BusError::Unavailable), "no such node");
        edge.close().await;
    }
}
