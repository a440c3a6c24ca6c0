//! Who is refused though the credential is genuine: removed people, revoked invites, forged owners,
//! who waits before the door, who does not moderate.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
mod support;

use conclave_edge_core::platform::BusError;
use conclave_protocol::ban::{mark_key, over_key, owner_key};
use conclave_protocol::bucket::BANS;
use conclave_protocol::encoding::from_base64url;
use conclave_protocol::ids::{Mark, Sid};
use conclave_protocol::node::{Dating, Joiner, NodeReply, NodeRequest, Standing};
use conclave_protocol::roles::RoomRole;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;
use support::{ANY_DATE, Device, Fake, bus_key, refused, stands, takes_in};

type Seen = Rc<RefCell<Vec<NodeRequest>>>;

/// An edge whose node answers by `answer` and remembers what it was asked.
fn edge_with(answer: impl Fn(NodeRequest) -> NodeReply + 'static) -> (Fake, Seen) {
    let edge = Fake::new();
    assert_eq!(edge.create("board").0, 200);
    let seen = Seen::default();
    let log = Rc::clone(&seen);
    *edge.answers.borrow_mut() = Box::new(move |_, request| {
        log.borrow_mut().push(request.clone());
        Ok(answer(request))
    });
    (edge, seen)
}

fn edge() -> (Fake, Seen) {
    edge_with(takes_in)
}

fn joiner(seen: &Seen) -> Joiner {
    let seen = seen.borrow();
    let joins = seen.iter().rev().find_map(|request| match request {
        NodeRequest::Join(join) => Some(join.joiner.clone()),
        _ => None,
    });
    joins.unwrap()
}

fn mark(edge: &Fake, mark: &Mark) {
    edge.put(&BANS.subject(&mark_key(mark)), Some(Vec::new()), None);
}

fn body(joined: &Value) -> Value {
    json!({ "session": joined["session"], "bus_key": bus_key(), "offer": "v=0" })
}

fn claims(jwt: &Value) -> Value {
    let middle = jwt.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&from_base64url(middle).unwrap()).unwrap()
}

#[test]
fn whoever_holds_anything_that_is_marked_stays_out_by_every_way() {
    for which in ["session", "user", "device"] {
        let (edge, seen) = edge();
        let (token, device) = (edge.token("board", false), Device::new(1));
        let (_, joined) = device.join(&edge, &token);
        edge.claim("n1");
        let marks = joiner(&seen).marks;
        mark(
            &edge,
            match which {
                "session" => &marks.session,
                "user" => &marks.user,
                _ => &marks.device,
            },
        );
        seen.borrow_mut().clear();
        refused(&device.join(&edge, &token), 403, "USER_BLOCKED");
        for path in ["/v1/rejoin", "/v1/renew", "/v1/link"] {
            refused(&device.post(&edge, path, &body(&joined)), 403, "USER_BLOCKED");
        }
        assert!(seen.borrow().is_empty(), "no node was asked");
        // With a fresh token: the same person, elsewhere; somebody else on the same device.
        let fresh = edge.token("board", false);
        let elsewhere = Device::new(2).join(&edge, &fresh).0;
        assert_eq!(elsewhere, if which == "user" { 403 } else { 200 }, "{which}");
    }
}

#[test]
fn marks_differ_by_room() {
    let (edge, seen) = edge();
    let device = Device::new(1);
    device.join(&edge, &edge.token("board", false));
    let here = joiner(&seen).marks;
    edge.create("other");
    device.join(&edge, &edge.token("other", false));
    let there = joiner(&seen).marks;
    assert_ne!(here.user, there.user);
    assert_ne!(here.device, there.device);
}

#[test]
fn where_marks_cannot_be_read_nobody_comes_in() {
    let (edge, seen) = edge();
    let token = edge.token("board", false);
    edge.failure.set(Some(BusError::Timeout));
    refused(&Device::new(1).join(&edge, &token), 503, "INTERNAL_SERVER_ERROR");
    assert!(seen.borrow().is_empty());
}

#[test]
fn a_revoked_invite_looks_like_one_that_leads_nowhere() {
    let (edge, seen) = edge();
    let started = edge.post("/v1/start", &json!({})).1;
    let invite = json!({ "invite": started["invite"] });
    let (_, invited) = edge.post("/v1/invite", &invite);
    let device = Device::new(1);
    let join =
        json!({ "token": invited["token"], "bus_key": bus_key(), "offer": "v=0", "name": "A" });
    assert_eq!(device.post(&edge, "/v1/join", &join).0, 200);
    mark(&edge, &joiner(&seen).marks.invite.unwrap());
    let revoked = edge.post("/v1/invite", &invite);
    refused(&revoked, 404, "ROOM_NOT_ACTIVE");
    refused(&Device::new(2).post(&edge, "/v1/join", &join), 403, "INVALID_TOKEN_OR_SIGNATURE");
    // The token that was exchanged for it goes with it.
    refused(&device.post(&edge, "/v1/join", &join), 403, "USER_BLOCKED");
    let (other, _) = self::edge();
    let absent = other.post("/v1/invite", &invite);
    assert_eq!(absent, revoked, "absent and revoked look the same");
}

#[test]
fn a_record_that_no_edge_granted_serves_nobody() {
    let forgeries: [fn(&mut Value); 4] = [
        |record| record["node"] = json!("thief"),
        |record| record["sid"] = json!("a".repeat(26)),
        |record| record["settings"]["rules"]["waiting_room"] = json!(true),
        |record| {
            record["node"] = Value::Null;
            record["epoch"] = json!(0);
        },
    ];
    for forge in forgeries {
        let (edge, seen) = edge();
        let (device, token) = (Device::new(1), edge.token("board", true));
        let (_, joined) = device.join(&edge, &token);
        edge.claim("n1");
        seen.borrow_mut().clear();
        edge.forge_room(forge);
        refused(&device.join(&edge, &token), 503, "INTERNAL_SERVER_ERROR");
        for path in ["/v1/rejoin", "/v1/renew", "/v1/link"] {
            refused(&device.post(&edge, path, &body(&joined)), 503, "INTERNAL_SERVER_ERROR");
        }
        assert_eq!(device.post(&edge, "/v1/leave", &body(&joined)).0, 200, "whatever is so");
        refused(&edge.create("board"), 503, "INTERNAL_SERVER_ERROR");
        let person = json!({ "name": "A", "user_id": "u" });
        let ask = json!({ "room_id": "board", "user_info": person });
        refused(&edge.api("/auth/room/getJoinToken", &ask), 503, "INTERNAL_SERVER_ERROR");
        assert!(seen.borrow().is_empty(), "the thief was told nothing");
    }
}

#[test]
fn who_waits_gets_a_credential_that_hears_nothing_of_the_room() {
    let (edge, _) = edge_with(|request| match request {
        NodeRequest::Join(_) => NodeReply::Waiting { dating: ANY_DATE },
        NodeRequest::Renew { .. } | NodeRequest::Standing { .. } => {
            NodeReply::Member(Standing { waiting: true, ..stands(RoomRole::Moderator) })
        }
        _ => NodeReply::Done,
    });
    let device = Device::new(1);
    let (status, waits) = device.join(&edge, &edge.token("board", false));
    assert_eq!(status, 202, "{waits}");
    for inside in ["answer", "snapshot", "slots", "features", "media"] {
        assert!(waits.get(inside).is_none(), "{inside}");
    }
    edge.claim("n1");
    let (status, renewed) = device.post(&edge, "/v1/renew", &body(&waits));
    assert_eq!(status, 200, "{renewed}");
    let issuer = |answer: &Value| claims(&answer["bus"]["jwt"])["iss"].clone();
    assert_eq!(issuer(&waits), issuer(&renewed), "still before the door");
    *edge.answers.borrow_mut() = Box::new(|_, request| Ok(takes_in(request)));
    let (_, inside) = device.post(&edge, "/v1/rejoin", &body(&waits));
    assert_ne!(issuer(&waits), issuer(&inside));
    assert_eq!(inside["pid"], waits["pid"]);
    refused(
        &{
            *edge.answers.borrow_mut() = Box::new(|_, _| {
                Ok(NodeReply::Member(Standing { waiting: true, ..stands(RoomRole::Moderator) }))
            });
            device.post(&edge, "/v1/link", &body(&waits))
        },
        403,
        "PERMISSION_DENIED",
    );
}

#[test]
fn a_credential_is_issued_later_than_what_was_revoked() {
    let later = support::NOW + 3;
    let (edge, _) = edge_with(move |request| match request {
        NodeRequest::Renew { .. } => NodeReply::Member(Standing {
            dating: Dating { after: later, until: later + 10 },
            ..stands(RoomRole::Participant)
        }),
        request => takes_in(request),
    });
    let device = Device::new(1);
    let (_, joined) = device.join(&edge, &edge.token("board", false));
    edge.claim("n1");
    let (_, renewed) = device.post(&edge, "/v1/renew", &body(&joined));
    let claims = claims(&renewed["bus"]["jwt"]);
    assert_eq!(claims["iat"], later + 1);
    assert_eq!(claims["exp"], support::NOW + 600, "and lives no longer for it");
}

#[test]
fn only_moderators_get_links_and_revoke_them() {
    let (edge, seen) = edge();
    let device = Device::new(1);
    let (_, joined) = device.join(&edge, &edge.token("board", true));
    edge.claim("n1");
    let (status, linked) = device.post(&edge, "/v1/link", &body(&joined));
    assert_eq!(status, 200, "{linked}");
    let invite = json!({ "invite": linked["invite"] });
    assert_eq!(edge.post("/v1/invite", &invite).0, 200);
    let mut revoking = body(&joined);
    revoking["revoke"] = linked["invite"].clone();
    assert_eq!(device.post(&edge, "/v1/link", &revoking).0, 200);
    let last = seen.borrow().last().cloned().unwrap();
    let NodeRequest::RevokeInvite { mark: invite_mark, .. } = last else { panic!("{last:?}") };
    mark(&edge, &invite_mark);
    refused(&edge.post("/v1/invite", &invite), 404, "ROOM_NOT_ACTIVE");
    // An invite to another room, and what is none.
    revoking["revoke"] = edge.post("/v1/start", &json!({})).1["invite"].clone();
    refused(&device.post(&edge, "/v1/link", &revoking), 400, "INVALID_PARAMETERS");
    revoking["revoke"] = joined["session"].clone();
    refused(&device.post(&edge, "/v1/link", &revoking), 401, "INVALID_TOKEN_OR_SIGNATURE");
    *edge.answers.borrow_mut() =
        Box::new(|_, _| Ok(NodeReply::Member(stands(RoomRole::Participant))));
    let participant = device.post(&edge, "/v1/link", &body(&joined));
    refused(&participant, 403, "PERMISSION_DENIED");
}

#[test]
fn who_is_hidden_does_not_moderate() {
    let (edge, seen) = edge();
    let person = json!({ "name": "A", "user_id": "u", "is_admin": true, "is_hidden": true });
    let ask = json!({ "room_id": "board", "user_info": person });
    let (_, answer) = edge.api("/auth/room/getJoinToken", &ask);
    Device::new(1).join(&edge, answer["token"].as_str().unwrap());
    let joiner = joiner(&seen);
    assert!(joiner.hidden);
    assert_eq!(joiner.role, RoomRole::Participant);
}

#[test]
fn an_older_record_that_somebody_kept_leads_nobody_to_its_node() {
    let (edge, seen) = edge();
    let (token, device) = (edge.token("board", true), Device::new(1));
    let (_, joined) = device.join(&edge, &token);
    let sid = Sid::parse(joined["sid"].as_str().unwrap()).unwrap();
    // As its first owner, which edges granted; then the second took over.
    edge.claim("n1");
    edge.put(&BANS.subject(&owner_key(&sid, 1)), Some(b"n1".to_vec()), None);
    let ways = |edge: &Fake| {
        let mut answers = vec![device.join(edge, &token)];
        for path in ["/v1/rejoin", "/v1/renew", "/v1/link"] {
            answers.push(device.post(edge, path, &body(&joined)));
        }
        answers
    };
    assert!(ways(&edge).iter().all(|(status, _)| *status == 200), "the latest owner");
    edge.put(&BANS.subject(&owner_key(&sid, 2)), Some(b"n2".to_vec()), None);
    seen.borrow_mut().clear();
    for answer in ways(&edge) {
        refused(&answer, 503, "INTERNAL_SERVER_ERROR");
    }
    assert!(seen.borrow().is_empty(), "a node was asked");
    edge.put(&BANS.subject(&over_key(&sid)), Some(Vec::new()), None);
    for answer in ways(&edge) {
        refused(&answer, 404, "ROOM_NOT_ACTIVE");
    }
}

#[test]
fn a_link_goes_with_the_moderator_who_made_it() {
    let (edge, seen) = edge();
    let (token, device) = (edge.token("board", true), Device::new(1));
    let (_, joined) = device.join(&edge, &token);
    edge.claim("n1");
    let (status, link) = device.post(&edge, "/v1/link", &body(&joined));
    assert_eq!(status, 200, "{link}");
    let exchange = || edge.post("/v1/invite", &json!({ "invite": link["invite"] }));
    let (status, spare) = exchange();
    assert_eq!(status, 200, "{spare}");
    let marks = joiner(&seen).marks;
    mark(&edge, &marks.device);
    refused(&exchange(), 404, "ROOM_NOT_ACTIVE");
    let stranger = Device::new(2);
    let join =
        json!({ "token": spare["token"], "bus_key": bus_key(), "offer": "v=0", "name": "E" });
    refused(&stranger.post(&edge, "/v1/join", &join), 403, "USER_BLOCKED");
}

#[test]
fn a_farewell_counts_once() {
    let (edge, _) = edge();
    let (token, device) = (edge.token("board", false), Device::new(1));
    let (_, joined) = device.join(&edge, &token);
    edge.claim("n1");
    let farewell = device.sign("/v1/leave", &body(&joined), support::NOW);
    assert_eq!(edge.send(&farewell).status, 200);
    assert_eq!(edge.send(&farewell).status, 409);
}

#[test]
fn a_dead_record_that_was_put_back_keeps_no_new_life_out() {
    let (edge, _) = edge();
    let (_, first) = edge.create("board");
    let sid = first["room_info"]["sid"].as_str().unwrap().to_owned();
    edge.put(&BANS.subject(&over_key(&Sid::parse(&sid).unwrap())), Some(Vec::new()), None);
    let person = json!({ "name": "A", "user_id": "u" });
    let ask = json!({ "room_id": "board", "user_info": person });
    refused(&edge.api("/auth/room/getJoinToken", &ask), 404, "ROOM_NOT_ACTIVE");
    let (status, second) = edge.create("board");
    assert_eq!(status, 200, "{second}");
    assert_ne!(second["room_info"]["sid"], json!(sid));
    assert_eq!(edge.api("/auth/room/getJoinToken", &ask).0, 200);
}
