//! What NATS itself refuses, role by role, on the configuration that `up` writes. Each refusal has a
//! permitted neighbour, so that a connection that can do nothing at all passes no test.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // Tests fail by panicking.

mod support;

use conclave::random;
use conclave_protocol::nats_jwt::Tags;
use conclave_protocol::roles::BusRole;
use conclave_protocol::subjects::{EDGE_INBOX, node_inbox};
use futures_util::StreamExt;
use std::time::Duration;
use support::{Bus, connect, node, pid, sid};
use tokio::time::timeout;

/// Subjects that nobody in a room may publish on.
const SYSTEM: [&str; 9] = [
    "$JS.API.INFO",
    "$JS.API.STREAM.MSG.GET.KV_rooms",
    "$JS.API.DIRECT.GET.KV_nodes",
    "$KV.rooms.x",
    "$KV.tickets.x",
    "$SYS.REQ.SERVER.PING",
    "$SYS.REQ.CLAIMS.UPDATE",
    "_INBOX.edge.x",
    "node.n1.req",
];

#[tokio::test]
async fn a_participant_speaks_for_itself_in_its_room_only() {
    let bus = Bus::start().await;
    let owner = bus.connect_service(BusRole::NodeRooms, &Tags::Node(&node(1)), "_INBOX").await;
    let person = bus.connect_person(BusRole::Participant, 1, 1, 1).await;
    let (a, b, me, other) = (sid(1), sid(2), pid(1), pid(2));

    person.reaches(&owner, "room.*.n1.from.>", &format!("room.{a}.n1.from.{me}.media")).await;
    for subject in [
        format!("room.{a}.n1.from.{other}.media"),
        format!("room.{b}.n1.from.{me}.media"),
        format!("room.{a}.n2.from.{me}.media"),
        format!("room.{a}.n1.mod.{me}.kick"),
        format!("room.{a}.n1.all.roster"),
        format!("room.{a}.n1.to.{other}.x"),
        format!("room.{a}.n1.to.{me}.x"),
        format!("room.{a}.n1.from.{me}"),
        "anything".into(),
    ] {
        person.may_not_publish(&subject).await;
    }
    for subject in SYSTEM {
        person.may_not_publish(subject).await;
    }
}

#[tokio::test]
async fn a_participant_hears_its_room_and_its_own_messages_only() {
    let bus = Bus::start().await;
    let owner = bus.connect_service(BusRole::NodeRooms, &Tags::Node(&node(1)), "_INBOX").await;
    let person = bus.connect_person(BusRole::Participant, 1, 1, 1).await;
    let (a, b, me, other) = (sid(1), sid(2), pid(1), pid(2));

    let to_all = format!("room.{a}.n1.all.>");
    owner.reaches(&person, &to_all, &format!("room.{a}.n1.all.roster")).await;
    let to_me = format!("room.{a}.n1.to.{me}.>");
    owner.reaches(&person, &to_me, &format!("room.{a}.n1.to.{me}.gap")).await;
    for subject in [
        ">".into(),
        "*".into(),
        "room.>".into(),
        "room.*.n1.all.>".into(),
        format!("room.{b}.n1.all.>"),
        format!("room.{a}.n2.all.>"),
        format!("room.{a}.n1.to.>"),
        format!("room.{a}.n1.to.{other}.>"),
        format!("room.{a}.n1.from.>"),
        format!("room.{a}.n1.from.{me}.>"),
        format!("room.{a}.n1.mod.>"),
        "_INBOX.>".into(),
        "_INBOX.x".into(),
        "$JS.>".into(),
        "$KV.>".into(),
        "$SYS.>".into(),
    ] {
        person.may_not_subscribe(&subject).await;
    }
    // A queue group would take another person's share of the events.
    person.may_not_queue(&to_all).await;
    person.may_not_queue(&to_me).await;
}

#[tokio::test]
async fn a_moderator_moderates_under_its_own_name() {
    let bus = Bus::start().await;
    let owner = bus.connect_service(BusRole::NodeRooms, &Tags::Node(&node(1)), "_INBOX").await;
    let person = bus.connect_person(BusRole::Moderator, 1, 1, 1).await;
    let (a, me, other) = (sid(1), pid(1), pid(2));
    person.reaches(&owner, "room.*.n1.mod.>", &format!("room.{a}.n1.mod.{me}.kick")).await;
    person.reaches(&owner, "room.*.n1.from.>", &format!("room.{a}.n1.from.{me}.media")).await;
    person.may_not_publish(&format!("room.{a}.n1.mod.{other}.kick")).await;
    person.may_not_publish(&format!("room.{a}.n1.from.{other}.media")).await;
    person.may_not_publish(&format!("room.{}.n1.mod.{me}.kick", sid(2))).await;
    person.may_not_publish(&format!("room.{a}.n1.all.roster")).await;
    person.may_not_subscribe(&format!("room.{a}.n1.to.{other}.>")).await;
    person.may_not_subscribe(&format!("room.{a}.n1.mod.>")).await;
    for subject in SYSTEM {
        person.may_not_publish(subject).await;
    }
}

#[tokio::test]
async fn whoever_waits_hears_nothing_of_the_room() {
    let bus = Bus::start().await;
    let owner = bus.connect_service(BusRole::NodeRooms, &Tags::Node(&node(1)), "_INBOX").await;
    let person = bus.connect_person(BusRole::Waiting, 1, 1, 1).await;
    let (a, me) = (sid(1), pid(1));
    person.reaches(&owner, "room.*.n1.from.>", &format!("room.{a}.n1.from.{me}.waiting")).await;
    let to_me = format!("room.{a}.n1.to.{me}.>");
    owner.reaches(&person, &to_me, &format!("room.{a}.n1.to.{me}.admitted")).await;
    person.may_not_publish(&format!("room.{a}.n1.from.{me}.media")).await;
    person.may_not_subscribe(&format!("room.{a}.n1.all.>")).await;
}

#[tokio::test]
async fn people_come_by_websocket_in_their_time() {
    let bus = Bus::start().await;
    let (jwt, key) = bus.person(BusRole::Participant, 1, 1, 1, random::now() + 600);
    assert!(connect(&bus.url(), &jwt, key.clone(), "_INBOX").await.is_err());
    assert!(connect(&bus.addresses.nats_ws_url, &jwt, key, "_INBOX").await.is_ok());

    let (jwt, key) = bus.person(BusRole::Participant, 1, 1, 1, random::now() - 1);
    assert!(connect(&bus.addresses.nats_ws_url, &jwt, key, "_INBOX").await.is_err());

    let (jwt, _) = bus.person(BusRole::Participant, 1, 1, 1, random::now() + 600);
    let (_, other) = bus.person(BusRole::Participant, 1, 1, 1, random::now() + 600);
    assert!(connect(&bus.addresses.nats_ws_url, &jwt, other, "_INBOX").await.is_err());
}

#[tokio::test]
async fn a_credential_of_another_deployment_is_nothing_here() {
    let (here, there) = (Bus::start().await, Bus::start().await);
    let (jwt, key) = there.person(BusRole::Participant, 1, 1, 1, random::now() + 600);
    assert!(connect(&here.addresses.nats_ws_url, &jwt, key, "_INBOX").await.is_err());
}

#[tokio::test]
async fn a_node_is_held_to_its_own_name() {
    let bus = Bus::start().await;
    let (one, two) = (node(1), node(2));
    let a = sid(1);
    let rooms = bus.connect_service(BusRole::NodeRooms, &Tags::Node(&one), "_INBOX").await;
    rooms.may_not_publish(&format!("room.{a}.n2.all.roster")).await;
    rooms.may_not_publish(&format!("room.{a}.n2.to.{}.x", pid(1))).await;
    rooms.may_not_publish(&format!("room.{a}.n1.from.{}.x", pid(1))).await;
    rooms.may_not_subscribe("room.*.n2.from.>").await;
    rooms.may_not_subscribe("room.*.*.from.>").await;
    rooms.may_not_subscribe(">").await;
    for subject in SYSTEM {
        rooms.may_not_publish(subject).await;
    }

    let ctrl = bus.connect_service(BusRole::NodeCtrl, &Tags::Node(&one), &node_inbox(&one)).await;
    let edge = bus.connect_service(BusRole::Edge, &Tags::None, EDGE_INBOX).await;
    edge.reaches(&ctrl, "node.n1.req", "node.n1.req").await;
    ctrl.may_not_publish("$KV.nodes.n2").await;
    ctrl.may_not_publish("$KV.tickets.x").await;
    ctrl.may_not_publish("node.n2.req").await;
    ctrl.may_not_publish(&format!("{}.x", node_inbox(&two))).await;
    ctrl.may_not_publish("$JS.API.STREAM.PURGE.KV_rooms").await;
    ctrl.may_not_publish("$JS.API.STREAM.DELETE.KV_rooms").await;
    ctrl.may_not_subscribe("node.n2.req").await;
    ctrl.may_not_subscribe("node.*.req").await;
    ctrl.may_not_subscribe(&format!("{}.>", node_inbox(&two))).await;
    ctrl.may_not_subscribe("_INBOX.edge.>").await;
    ctrl.may_not_subscribe("$KV.>").await;
}

#[tokio::test]
async fn an_edge_makes_no_streams_and_hears_nobody() {
    let bus = Bus::start().await;
    let edge = bus.connect_service(BusRole::Edge, &Tags::None, EDGE_INBOX).await;
    for subject in [">", "*", "node.>", "node.n1.req", "$KV.>", "_INBOX.>", "room.>", "$SYS.>"] {
        edge.may_not_subscribe(subject).await;
    }
    for subject in [
        "$KV.nodes.n1",
        "$JS.API.INFO",
        "$JS.API.STREAM.CREATE.X",
        "$JS.API.STREAM.UPDATE.KV_rooms",
        "$JS.API.STREAM.DELETE.KV_rooms",
        "$JS.API.STREAM.PURGE.KV_rooms",
        "$JS.API.STREAM.MSG.DELETE.KV_tickets",
        "$JS.API.CONSUMER.CREATE.KV_rooms",
        "$SYS.REQ.CLAIMS.UPDATE",
        "room.x.n1.all.y",
        "_INBOX.edge.x",
        "_INBOX.warden.x",
    ] {
        edge.may_not_publish(subject).await;
    }
}

/// JetStream answers to any reply subject, whoever asks: hence two accounts.
#[tokio::test]
async fn jetstreams_answers_reach_no_room() {
    let bus = Bus::start().await;
    let owner = bus.connect_service(BusRole::NodeRooms, &Tags::Node(&node(1)), "_INBOX").await;
    let edge = bus.connect_service(BusRole::Edge, &Tags::None, EDGE_INBOX).await;
    // JetStream does answer this request, if only with an error.
    let answer = edge.ask("$JS.API.STREAM.MSG.GET.KV_rooms", "{}").await;
    assert!(answer.get("error").is_some(), "{answer}");
    let mut heard = owner.client.subscribe("room.*.n1.from.>").await.unwrap();
    owner.client.flush().await.unwrap();
    let reply = format!("room.{}.n1.from.{}.x", sid(1), pid(1));
    edge.client
        .publish_with_reply("$JS.API.STREAM.MSG.GET.KV_rooms", reply, "{}".into())
        .await
        .unwrap();
    edge.client.flush().await.unwrap();
    assert!(timeout(Duration::from_millis(500), heard.next()).await.is_err());
}

#[tokio::test]
async fn the_warden_reads_no_room_and_writes_two_keys() {
    let bus = Bus::start().await;
    let warden = bus.connect_service(BusRole::Warden, &Tags::None, "_INBOX.warden").await;
    let answer = warden.ask("$JS.API.STREAM.INFO.KV_none", "").await;
    assert_eq!(answer["error"]["err_code"], 10059, "{answer}");
    for subject in [
        "$KV.rooms.x",
        "$KV.rooms.ready.x",
        "$KV.tickets.ready",
        "$JS.API.STREAM.MSG.GET.KV_rooms",
        "$JS.API.DIRECT.GET.KV_rooms",
        "$JS.API.DIRECT.GET.KV_rooms.$KV.rooms.x",
        "$JS.API.STREAM.DELETE.KV_rooms",
        "$JS.API.STREAM.PURGE.KV_rooms",
        "$JS.API.CONSUMER.CREATE.KV_rooms.x",
    ] {
        warden.may_not_publish(subject).await;
    }
    warden.may_not_subscribe("_INBOX.edge.>").await;
    warden.may_not_subscribe("$KV.>").await;
}
