//! Joining, coming back, renewing and leaving.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
mod support;

use conclave_edge_core::platform::{BusError, BusOp};
use conclave_protocol::encoding::from_base64url;
use conclave_protocol::ids::NodeId;
use conclave_protocol::node::{NodeReply, NodeRequest, Refusal};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;
use support::{Device, Fake, bus_key, node, read, refused, takes_in};

fn edge_with_room() -> Fake {
    let edge = Fake::new();
    assert_eq!(edge.create("board").0, 200);
    edge
}

fn claims(jwt: &Value) -> Value {
    let middle = jwt.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&from_base64url(middle).unwrap()).unwrap()
}

#[test]
fn a_join_is_two_flights() {
    let edge = edge_with_room();
    let token = edge.token("board", true);
    let (status, joined) = Device::new(1).join(&edge, &token);
    assert_eq!(status, 200, "{joined}");
    let flights = edge.flights.borrow();
    assert_eq!(flights.len(), 2);
    assert_eq!(
        flights[0].len(),
        11,
        "ticket, proof, room, readiness, nodes, three marks and three of owners"
    );
    assert!(matches!(flights[1][..], [BusOp::Request { .. }]));
    assert_eq!(joined["node"], "n1");
    assert_eq!(joined["role"], "moderator");
    assert_eq!(joined["name"], "Ada");
    assert_eq!(joined["title"], "Title");
    assert_eq!(joined["features"]["cameras"], true);
    let bus = claims(&joined["bus"]["jwt"]);
    assert_eq!(bus["sub"], bus_key());
    assert_eq!(bus["exp"].as_u64(), Some(edge.now.get() + 600));
    let tags = [
        format!("room:{}", joined["sid"].as_str().unwrap()),
        "node:n1".to_owned(),
        format!("pid:{}", joined["pid"].as_str().unwrap()),
    ];
    assert_eq!(bus["nats"]["tags"], json!(tags));
}

#[test]
fn the_role_chooses_the_signing_key() {
    let edge = edge_with_room();
    let issuer = |admin, seed| {
        let (_, joined) = Device::new(seed).join(&edge, &edge.token("board", admin));
        claims(&joined["bus"]["jwt"])["iss"].clone()
    };
    assert_ne!(issuer(true, 1), issuer(false, 2));
}

#[test]
fn a_token_admits_one_device_and_that_device_again() {
    let edge = edge_with_room();
    let token = edge.token("board", false);
    let (first, other) = (Device::new(1), Device::new(2));
    let (_, joined) = first.join(&edge, &token);
    refused(&other.join(&edge, &token), 403, "INVALID_TOKEN_OR_SIGNATURE");
    let (status, again) = first.join(&edge, &token);
    assert_eq!(status, 200, "{again}");
    assert_eq!(again["pid"], joined["pid"]);
    assert_eq!(edge.flights.borrow().len(), 3, "the ticket is read back");
    edge.now.set(edge.now.get() + 600);
    refused(&first.join(&edge, &token), 401, "INVALID_TOKEN_OR_SIGNATURE");
}

#[test]
fn a_proof_serves_once() {
    let edge = edge_with_room();
    let token = edge.token("board", false);
    let body = json!({ "token": token, "bus_key": bus_key(), "offer": "v=0" });
    let request = Device::new(1).sign("/v1/join", &body, edge.now.get());
    assert_eq!(edge.send(&request).status, 200);
    refused(&read(&edge.send(&request)), 409, "INVALID_TOKEN_OR_SIGNATURE");
    let old = Device::new(1).sign("/v1/join", &body, edge.now.get() - 61);
    refused(&read(&edge.send(&old)), 401, "INVALID_TOKEN_OR_SIGNATURE");
}

#[test]
fn tokens_of_another_kind_room_or_life_are_refused() {
    let edge = edge_with_room();
    let device = Device::new(1);
    let token = edge.token("board", false);
    let (_, joined) = device.join(&edge, &token);
    refused(
        &device.join(&edge, joined["session"].as_str().unwrap()),
        401,
        "INVALID_TOKEN_OR_SIGNATURE",
    );
    refused(&device.join(&edge, "a.b.c"), 401, "INVALID_TOKEN_OR_SIGNATURE");
    let mut other = support::settings();
    other.deployment = "elsewhere".into();
    let elsewhere = Fake::with(&other);
    refused(&device.join(&elsewhere, &token), 401, "INVALID_TOKEN_OR_SIGNATURE");
    edge.now.set(edge.now.get() + 590);
    let late = edge.token("board", false);
    edge.now.set(edge.now.get() + 1790);
    refused(&device.join(&edge, &late), 401, "INVALID_TOKEN_OR_SIGNATURE");
    let token = {
        edge.create("board");
        edge.token("board", false)
    };
    edge.edit_room(|record| record["sid"] = json!("a".repeat(26)));
    refused(&device.join(&edge, &token), 404, "ROOM_NOT_ACTIVE");
}

#[test]
fn what_the_browser_sends_is_checked_before_the_bus_is_asked() {
    let edge = edge_with_room();
    let token = edge.token("board", false);
    let device = Device::new(1);
    let invalid = [
        json!({ "token": token, "bus_key": "UABC", "offer": "v=0" }),
        json!({ "token": token, "bus_key": bus_key(), "offer": "" }),
        json!({ "token": token, "bus_key": bus_key(), "offer": "v".repeat(32 * 1024 + 1) }),
        json!({ "token": token, "bus_key": bus_key(), "offer": "v=0", "name": " " }),
    ];
    for body in invalid {
        refused(&device.post(&edge, "/v1/join", &body), 400, "INVALID_PARAMETERS");
        assert!(edge.flights.borrow().is_empty());
    }
    refused(&edge.post("/v1/join", &json!({})), 401, "INVALID_TOKEN_OR_SIGNATURE");
    let missing = device.post(&edge, "/v1/join", &json!({ "token": token }));
    refused(&missing, 400, "MISSING_REQUIRED_PARAMETER");
}

#[test]
fn every_refusal_of_a_node_has_its_status() {
    for (reason, status, word) in [
        (Refusal::RoomFull, 409, "CONFLICT"),
        (Refusal::RoomEnded, 404, "ROOM_NOT_ACTIVE"),
        (Refusal::NotMember, 404, "USER_NOT_ACTIVE"),
        (Refusal::Removed, 403, "USER_BLOCKED"),
        (Refusal::NotModerator, 403, "PERMISSION_DENIED"),
        (Refusal::TooOften, 429, "PERMISSION_DENIED"),
        (Refusal::BadOffer, 400, "INVALID_PARAMETERS"),
        (Refusal::NodeFull, 503, "INTERNAL_SERVER_ERROR"),
        (Refusal::Unavailable, 503, "INTERNAL_SERVER_ERROR"),
    ] {
        let edge = edge_with_room();
        let token = edge.token("board", false);
        *edge.answers.borrow_mut() = Box::new(move |_, _| Ok(NodeReply::Refused { reason }));
        refused(&Device::new(1).join(&edge, &token), status, word);
    }
}

#[test]
fn without_nodes_or_bus_the_browser_is_told_to_come_again() {
    let edge = edge_with_room();
    let token = edge.token("board", false);
    edge.nodes.borrow_mut().clear();
    refused(&Device::new(1).join(&edge, &token), 503, "INTERNAL_SERVER_ERROR");
    edge.nodes.borrow_mut().push(node("n1", 0.0));
    *edge.answers.borrow_mut() = Box::new(|_, _| Err(BusError::Timeout));
    refused(&Device::new(1).join(&edge, &token), 503, "INTERNAL_SERVER_ERROR");
    *edge.answers.borrow_mut() = Box::new(|_, request| Ok(takes_in(request)));
    assert_eq!(Device::new(1).join(&edge, &token).0, 200, "and the same device may");
}

#[test]
fn the_owner_is_asked_even_where_others_are_idle() {
    let edge = edge_with_room();
    let token = edge.token("board", false);
    *edge.nodes.borrow_mut() = vec![node("n1", 0.0), node("n2", 0.9)];
    edge.claim("n2");
    assert_eq!(Device::new(1).join(&edge, &token).1["node"], "n2");
    edge.nodes.borrow_mut().pop();
    let token = edge.token("board", false);
    assert_eq!(Device::new(1).join(&edge, &token).1["node"], "n2", "the registry may be younger");
    assert_eq!(edge.flights.borrow().len(), 2);
    for gone in [BusError::Unavailable, BusError::Timeout] {
        *edge.answers.borrow_mut() =
            Box::new(
                move |id, request| {
                    if id.as_str() == "n2" { Err(gone) } else { Ok(takes_in(request)) }
                },
            );
        let token = edge.token("board", false);
        assert_eq!(Device::new(1).join(&edge, &token).1["node"], "n1", "n2 is gone");
        assert_eq!(edge.flights.borrow().len(), 3);
    }
}

#[test]
fn an_owner_that_answers_keeps_its_room_whatever_it_answers_and_whoever_is_registered() {
    let edge = edge_with_room();
    edge.claim("n2");
    let reason = Refusal::RoomFull;
    *edge.answers.borrow_mut() = Box::new(move |_, _| Ok(NodeReply::Refused { reason }));
    let token = edge.token("board", false);
    refused(&Device::new(1).join(&edge, &token), 409, "CONFLICT");
    assert_eq!(edge.flights.borrow().len(), 2);
    edge.nodes.borrow_mut().clear();
    *edge.answers.borrow_mut() = Box::new(|_, request| Ok(takes_in(request)));
    assert_eq!(Device::new(1).join(&edge, &token).1["node"], "n2", "though the registry is empty");
}

#[test]
fn the_loser_of_a_claim_is_sent_to_the_winner_in_a_third_flight() {
    let edge = edge_with_room();
    let token = edge.token("board", false);
    let winner = NodeId::parse("n2").unwrap();
    *edge.answers.borrow_mut() = Box::new(move |id, request| {
        let NodeRequest::Join(join) = &request else { panic!() };
        if *id == winner {
            assert_eq!(join.record.node, Some(winner.clone()));
            return Ok(takes_in(request));
        }
        Ok(NodeReply::OwnedBy { node: winner.clone() })
    });
    let (status, joined) = Device::new(1).join(&edge, &token);
    assert_eq!(status, 200, "{joined}");
    assert_eq!(joined["node"], "n2");
    assert_eq!(edge.flights.borrow().len(), 3);
}

#[test]
fn nodes_that_name_each_other_do_not_keep_the_edge_busy() {
    let edge = edge_with_room();
    let token = edge.token("board", false);
    edge.claim("n1");
    *edge.answers.borrow_mut() = Box::new(|id, _| {
        let other = if id.as_str() == "n1" { "n2" } else { "n1" };
        Ok(NodeReply::OwnedBy { node: NodeId::parse(other).unwrap() })
    });
    refused(&Device::new(1).join(&edge, &token), 503, "INTERNAL_SERVER_ERROR");
    assert_eq!(edge.flights.borrow().len(), 4);
}

#[test]
fn a_session_returns_renews_and_leaves_with_its_device_only() {
    let edge = edge_with_room();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&seen);
    *edge.answers.borrow_mut() = Box::new(move |_, request| {
        log.borrow_mut().push(request.clone());
        Ok(takes_in(request))
    });
    let (device, thief) = (Device::new(1), Device::new(2));
    let (_, joined) = device.join(&edge, &edge.token("board", true));
    edge.claim("n1");
    let session = joined["session"].as_str().unwrap();
    let body = json!({ "session": session, "bus_key": bus_key(), "offer": "v=0" });
    for path in ["/v1/rejoin", "/v1/renew", "/v1/leave"] {
        refused(&thief.post(&edge, path, &body), 403, "INVALID_TOKEN_OR_SIGNATURE");
    }
    let (status, back) = device.post(&edge, "/v1/rejoin", &body);
    assert_eq!(status, 200, "{back}");
    assert_eq!(edge.flights.borrow().len(), 2);
    assert_eq!((&back["pid"], &back["name"]), (&joined["pid"], &joined["name"]));
    let (status, renewed) = device.post(&edge, "/v1/renew", &body);
    assert_eq!(status, 200, "{renewed}");
    assert_eq!(edge.flights.borrow().len(), 2);
    assert_eq!(renewed["role"], "moderator", "the owner says so");
    assert_eq!(claims(&renewed["bus"]["jwt"])["iss"], claims(&joined["bus"]["jwt"])["iss"]);
    assert!(renewed["session"].is_string());
    let (status, left) = device.post(&edge, "/v1/leave", &body);
    assert_eq!((status, &left["status"]), (200, &json!(true)));
    let seen = seen.borrow();
    assert!(matches!(&seen[1], NodeRequest::Join(join) if join.joiner.returning));
    assert!(matches!(&seen[3], NodeRequest::Leave { .. }));
    edge.failure.set(Some(BusError::Timeout));
    assert_eq!(device.post(&edge, "/v1/leave", &body).0, 200, "whatever the bus says");
    refused(&device.post(&edge, "/v1/renew", &body), 503, "INTERNAL_SERVER_ERROR");
}

#[test]
fn a_session_ends_with_its_rooms_life() {
    let edge = edge_with_room();
    let device = Device::new(1);
    let (_, joined) = device.join(&edge, &edge.token("board", true));
    let session = joined["session"].as_str().unwrap();
    let body = json!({ "session": session, "bus_key": bus_key(), "offer": "v=0" });
    refused(&device.post(&edge, "/v1/renew", &body), 404, "ROOM_NOT_ACTIVE");
    edge.edit_room(|record| record["sid"] = json!("b".repeat(26)));
    edge.claim("n1");
    for path in ["/v1/rejoin", "/v1/renew"] {
        refused(&device.post(&edge, path, &body), 404, "ROOM_NOT_ACTIVE");
    }
    edge.now.set(edge.now.get() + 24 * 3600);
    refused(&device.post(&edge, "/v1/rejoin", &body), 401, "INVALID_TOKEN_OR_SIGNATURE");
}

#[test]
fn cameras_of_moderators_only_are_told_to_the_client() {
    let edge = edge_with_room();
    edge.edit_room(|record| record["settings"]["moderator_only_webcams"] = json!(true));
    let (_, joined) = Device::new(1).join(&edge, &edge.token("board", false));
    assert_eq!(joined["features"]["moderator_only_cameras"], true);
}
