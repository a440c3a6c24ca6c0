//! What a gate's stolen credential gains at NATS, spoken by hand at its listener for gates.

#![allow(clippy::unwrap_used, clippy::panic)] // Tests fail by panicking.

mod support;

use conclave_protocol::roles::{Account, BusRole};
use futures_util::StreamExt;
use support::credentials::{credential, unbounded};
use support::gate::Gated;
use support::leaf::Leaf;
use support::{Bus, Connected, PATIENCE, connect};
use tokio::time::timeout;

/// What NATS carries in account CTRL, in order.
struct Overseer {
    connected: Connected,
    all: async_nats::Subscriber,
}

impl Overseer {
    async fn of(bus: &Bus) -> Self {
        let (jwt, key) = unbounded(bus, Account::Ctrl);
        let connected = connect(&bus.url(), &jwt, key, "_INBOX.overseer").await.unwrap();
        let all = connected.client.subscribe(">").await.unwrap();
        let mut overseer = Self { connected, all };
        overseer.carried("begin").await;
        overseer
    }

    /// Subjects carried since the last look with `mark` as payload: who spoke has waited
    /// until NATS had worked that off.
    async fn carried(&mut self, mark: &str) -> Vec<String> {
        let end = format!("_INBOX.overseer.end.{mark}");
        self.connected.client.publish(end.clone(), "".into()).await.unwrap();
        let mut carried = Vec::new();
        loop {
            let message = timeout(PATIENCE, self.all.next()).await.unwrap().unwrap();
            if message.subject.as_str() == end {
                return carried;
            }
            if message.payload == mark.as_bytes() {
                carried.push(message.subject.to_string());
            }
        }
    }
}

/// What NATS lets a leaf connection say whatever its rights are: acknowledgements of JetStream's
/// messages, and answers of services in other accounts. Nobody waits for the latter, and the former lose
/// a webhook. Hence the listener for gates is on loopback.
const EXEMPT: [&str; 2] = ["$JS.ACK.OUTBOX.courier.1.1.1.1.1", "_R_.x"];

#[tokio::test]
async fn a_stolen_gate_credential_speaks_as_edges_do() {
    let gated = Gated::start().await;
    let mut overseer = Overseer::of(&gated.bus).await;
    let (jwt, key) = credential(&gated.bus, BusRole::Gate, Account::Ctrl);
    let may = ["$KV.rooms.probe", "$KV.tickets.probe", "node.n1.req"];
    for subject in may.into_iter().chain(EXEMPT) {
        let mut thief = Leaf::open(gated.gate().leaf, &jwt, &key).await.unwrap();
        thief.publish(subject, "_INBOX.edge.thief", subject).await;
        assert!(thief.sync().await, "{subject}: {:?}", thief.errors);
        assert_eq!(overseer.carried(subject).await, [subject]);
    }
    for subject in [
        "$KV.bans.probe",
        "$KV.nodes.n1",
        "$KV.rs.n1.probe",
        "$KV.history.probe.x",
        "$KV.outkeys.probe",
        "$JS.API.INFO",
        "$JS.API.STREAM.MSG.GET.KV_rs",
        "$JS.API.STREAM.MSG.GET.KV_nodes",
        "$JS.API.DIRECT.GET.KV_tickets",
        "$JS.API.STREAM.CREATE.none",
        "$JS.API.CONSUMER.CREATE.KV_rooms.x",
        "$JS.API.STREAM.DELETE.KV_rooms",
        "$JS.API.STREAM.PURGE.KV_bans",
        "$SYS.REQ.CLAIMS.UPDATE",
        "$SYS.REQ.USER.INFO",
        "_GR_.aaaaaa.bbbbbbbb.$KV.bans.probe",
        "$GR.a.b.$KV.bans.probe",
        "$LDS.x",
        "_INBOX.node.n1.x",
        "_INBOX.edge.x",
        "_INBOX.warden.x",
        "outbox.probe.x",
        "room.x.n1.all.event",
    ] {
        let mut thief = Leaf::open(gated.gate().leaf, &jwt, &key).await.unwrap();
        thief.publish(subject, "_INBOX.edge.thief", subject).await;
        assert!(!thief.sync().await, "{subject}");
        let error = format!("Permissions Violation for Publish to \"{subject}\"");
        assert_eq!(thief.errors, [error]);
        assert_eq!(overseer.carried(subject).await, [""; 0], "{subject}");
    }
}

#[tokio::test]
async fn a_stolen_gate_credential_hears_answers_to_edges_and_nothing_else() {
    let gated = Gated::start().await;
    let bus = &gated.bus;
    let (jwt, key) = credential(bus, BusRole::Gate, Account::Ctrl);
    let mut overseer = Overseer::of(bus).await;
    let said = [
        "_INBOX.edge.else.1",
        "_INBOX.node.n1.x",
        "_INBOX.warden.x",
        "$KV.bans.bus.probe",
        "$KV.rooms.probe",
        "$KV.rs.n1.probe",
        "$JS.ACK.OUTBOX.courier.1.1.1.1.1",
        "_R_.x",
        "node.n1.req",
        "node.n9.req",
        "outbox.probe.x",
    ];
    for (filter, hears) in [
        ("_INBOX.edge.>", true),
        (">", true),
        ("> q 1", true),
        ("_INBOX.>", true),
        ("_INBOX.node.n1.>", false),
        ("$KV.>", false),
        ("$KV.bans.>", false),
        ("$JS.>", false),
        ("$SYS.>", false),
        ("_R_.>", false),
        ("_GR_.>", false),
        ("node.>", false),
        ("node.n1.req", false),
        ("room.>", false),
    ] {
        let mut thief = Leaf::open(gated.gate().leaf, &jwt, &key).await.unwrap();
        thief.subscribe(filter).await;
        // NATS ends the connection over a filter that is wholly beyond its rights.
        if !thief.sync().await {
            assert!(!hears, "{filter}: {:?}", thief.errors);
            continue;
        }
        for subject in said {
            overseer.connected.client.publish(subject, "secret".into()).await.unwrap();
        }
        assert_eq!(overseer.carried("secret").await, said);
        assert!(thief.sync().await, "{filter}");
        let expected: &[&str] = if hears { &["_INBOX.edge.else.1"] } else { &[] };
        assert_eq!(thief.heard, expected, "{filter}");
    }
}
