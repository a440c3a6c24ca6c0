//! What becomes of a gate when NATS or it itself is gone, and of an edge's credential that is revoked.

#![allow(clippy::unwrap_used, clippy::panic)] // Tests fail by panicking.

mod support;

use conclave::{accounts, random};
use conclave_bus::Expect;
use conclave_protocol::bucket::ROOMS;
use conclave_protocol::nats_jwt::{self, AccountClaims, AccountLimits, Revocations, Tags};
use conclave_protocol::nkey::NatsKey;
use conclave_protocol::roles::BusRole;
use conclave_protocol::subjects::{EDGE_INBOX, REVOKER_INBOX};
use std::sync::atomic::Ordering;
use std::time::Duration;
use support::PATIENCE;
use support::credentials::user;
use support::gate::{Gated, kv};
use tokio::time::{sleep, timeout};

#[tokio::test]
async fn it_recovers_when_nats_was_gone() {
    let mut gated = Gated::start().await;
    let edge = gated.edge().await;
    gated.bus.kill().await;
    gated.not_served(&edge).await;
    // The gate itself lets edges in meanwhile, and tells them that nobody answers.
    gated.not_served(&gated.edge().await).await;
    gated.bus.run().await;
    gated.served(&edge).await;
}

#[tokio::test]
async fn nobody_else_notices_when_it_is_gone() {
    let mut gated = Gated::start().await;
    let node = gated.media_node(1).await;
    let edge = gated.bus.connect_service(BusRole::Edge, &Tags::None, EDGE_INBOX).await;
    gated.kill_gate().await;
    edge.reaches(&node, "node.n1.req", "node.n1.req").await;
    kv(&edge).put(ROOMS, "aa.r", Vec::new(), Expect::Any, None).await.unwrap();
    for connected in [&edge, &node] {
        assert_eq!(connected.client.statistics().connects.load(Ordering::Relaxed), 1);
    }
    gated.run_gate().await;
    gated.served(&gated.edge().await).await;
}

#[tokio::test]
async fn whom_nats_refuses_it_refuses_after_a_reload() {
    let gated = Gated::start().await;
    let keys = &gated.bus.keys;
    let mint = |key: &NatsKey, issued| {
        let scope = keys.scope(BusRole::Edge).unwrap().key();
        let ctrl = keys.ctrl.public();
        nats_jwt::user(scope, &ctrl, &key.public(), &Tags::None, issued, None)
    };
    let stolen = user();
    let now = random::now();
    let theirs = gated.connect(&mint(&stolen, now), stolen.clone()).await.unwrap();
    let ours = gated.edge().await;
    gated.served(&theirs).await;

    // As the account was when it was signed last, and now with somebody whom it refuses.
    let limits = AccountLimits { memory: 0, disk: 0, connections: -1 };
    let before = AccountClaims {
        revocations: Revocations::from([(stolen.public(), now)]),
        ..AccountClaims::new("CTRL", &keys.ctrl.public(), limits, &[])
    };
    let before = before.sign(keys.operator_signing.key(), now);
    let of_ctrl = |of: &str| (of == keys.ctrl.public()).then(|| before.clone());
    let [_, ctrl, _] = accounts::all(keys, of_ctrl, true, now).unwrap();
    let revoker = gated.bus.connect_service(BusRole::Revoker, &Tags::None, REVOKER_INBOX).await;
    let answer = revoker.ask("$SYS.REQ.CLAIMS.UPDATE", &ctrl.jwt).await;
    assert_eq!(answer["data"]["code"], 200, "{answer}");

    gated.reload_gate();
    let out = async {
        while gated.connect(&mint(&stolen, now), stolen.clone()).await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, out).await.unwrap_or_else(|_| panic!("{}", gated.log()));
    gated.not_served(&theirs).await;
    gated.served(&ours).await;
    assert!(gated.connect(&mint(&stolen, now + 1), stolen).await.is_ok(), "a later one counts");
}
