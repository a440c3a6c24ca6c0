//! What people and applications ask of an edge, on a real nats-server with the rights of its role.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use conclave_contract::edges::Options;
use conclave_contract::http::{get, post, raw};
use conclave_contract::node::{node, owner};
use conclave_contract::person::{api, body_of, create, join, prove, token};
use conclave_contract::{Edge, Kind, Nats, on_every_edge};
use conclave_protocol::ids::{NodeId, RoomId, RoomKey};
use conclave_protocol::roles::BusRole;
use serde_json::json;
use std::time::{Duration, Instant};

on_every_edge!(
    a_person_joins_returns_renews_and_leaves,
    a_room_that_was_deleted_can_be_made_again,
    a_node_that_fell_silent_gets_nobody,
    a_node_that_hangs_holds_nobody_for_long,
    bad_http_gets_json_and_harms_nobody,
    the_web_application_is_served_with_its_policy,
    a_body_that_does_not_come_is_given_up,
    an_encrypted_room_is_said_to_be_so_and_has_no_services,
);

async fn a_person_joins_returns_renews_and_leaves(kind: Kind) {
    let nats = Nats::start().await;
    let edge = Edge::start(kind, &nats).await;
    let at = edge.address;
    let _n1 = node(&nats, "n1", 3600).await;
    token(at, "board").await.refused(404, "ROOM_NOT_ACTIVE");
    let created = create(at, "board").await;
    assert_eq!(created.status, 200, "{}", created.body);
    assert_eq!(create(at, "board").await.json()["room_info"], created.json()["room_info"]);
    let token = token(at, "board").await.json()["token"].clone();
    let joined = join(at, 1, &token).await;
    assert_eq!(joined.status, 200, "{}", joined.body);
    let joined = joined.json();
    assert_eq!((&joined["node"], &joined["name"]), (&json!("n1"), &json!("Ada")));
    let again = join(at, 1, &token).await.json();
    assert_eq!(again["pid"], joined["pid"]);
    join(at, 2, &token).await.refused(403, "INVALID_TOKEN_OR_SIGNATURE");
    let body = body_of(&joined);
    let back = prove(at, 1, "/v1/rejoin", &body).await;
    assert_eq!(back.status, 200, "{}", back.body);
    prove(at, 1, "/v1/renew", &body).await.refused(404, "ROOM_NOT_ACTIVE");
    assert_eq!(prove(at, 1, "/v1/leave", &body).await.status, 200);
}

async fn a_room_that_was_deleted_can_be_made_again(kind: Kind) {
    let nats = Nats::start().await;
    let edge = Edge::start(kind, &nats).await;
    let first = create(edge.address, "board").await.json();
    let id = NodeId::parse("n1").unwrap();
    let client = nats.connect(BusRole::NodeCtrl, Some(&id)).await;
    // The node's role may write anywhere below; the key is found by the edge's own hash.
    let key = RoomKey::of(&[2; 32], "app", &RoomId::parse("board").unwrap());
    let mut headers = async_nats::HeaderMap::new();
    headers.insert("KV-Operation", "DEL");
    let subject = format!("$KV.rooms.{key}");
    client.request_with_headers(subject, headers, "".into()).await.unwrap();
    token(edge.address, "board").await.refused(404, "ROOM_NOT_ACTIVE");
    let second = create(edge.address, "board").await;
    assert_eq!(second.status, 200, "{}", second.body);
    assert_ne!(second.json()["room_info"]["sid"], first["room_info"]["sid"]);
}

async fn a_node_that_fell_silent_gets_nobody(kind: Kind) {
    let nats = Nats::start().await;
    let edge = Edge::start(kind, &nats).await;
    create(edge.address, "board").await;
    let _n1 = node(&nats, "n1", 1).await;
    let ticket = token(edge.address, "board").await.json()["token"].clone();
    assert_eq!(join(edge.address, 1, &ticket).await.status, 200);
    let until = Instant::now() + Duration::from_secs(10);
    let answer = loop {
        let answer = join(edge.address, 1, &ticket).await;
        if answer.status != 200 || Instant::now() > until {
            break answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    answer.refused(503, "INTERNAL_SERVER_ERROR");
    assert_eq!(answer.header("retry-after"), Some("1"));
}

async fn a_node_that_hangs_holds_nobody_for_long(kind: Kind) {
    let nats = Nats::start().await;
    let edge = Edge::start(kind, &nats).await;
    create(edge.address, "board").await;
    let client = node(&nats, "n1", 3600).await;
    drop(client.drain().await);
    let asker = nats.connect(BusRole::Edge, None).await;
    while asker.request("node.n1.req", "".into()).await.is_ok() {}
    let ticket = token(edge.address, "board").await.json()["token"].clone();
    let asked = Instant::now();
    join(edge.address, 1, &ticket).await.refused(503, "INTERNAL_SERVER_ERROR");
    assert!(asked.elapsed() < Duration::from_secs(1), "nobody listens: known at once");
    let id = NodeId::parse("n1").unwrap();
    let mute = nats.connect(BusRole::NodeCtrl, Some(&id)).await;
    let _requests = mute.subscribe("node.n1.req").await.unwrap();
    mute.flush().await.unwrap();
    let asked = Instant::now();
    join(edge.address, 1, &ticket).await.refused(503, "INTERNAL_SERVER_ERROR");
    assert!(asked.elapsed() < Duration::from_secs(4), "{:?}", asked.elapsed());
}

async fn bad_http_gets_json_and_harms_nobody(kind: Kind) {
    let nats = Nats::start().await;
    let edge = Edge::start(kind, &nats).await;
    let at = edge.address;
    for path in ["/", "/room", "/assets/x.js", "/v1/none", "/auth/x", "/%00", "//"] {
        get(at, path).await.refused(404, "NOT_FOUND");
    }
    get(at, "/v1/join").await.refused(405, "NOT_FOUND");
    post(at, "/v1/invite", "{", &[]).await.refused(400, "INVALID_PARAMETERS");
    let evil = [("Origin", "https://evil.example")];
    post(at, "/v1/start", "{}", &evil).await.refused(403, "PERMISSION_DENIED");
    let same = format!("http://{at}");
    let ours = post(at, "/v1/start", "{}", &[("Origin", &same)]).await;
    assert_eq!(ours.status, 200, "{}", ours.body);
    for size in [64 * 1024 + 1, 600 * 1024] {
        let large = " ".repeat(size);
        post(at, "/v1/start", &large, &[]).await.refused(413, "INVALID_PARAMETERS");
        let chunked = format!(
            "POST /v1/start HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
             Transfer-Encoding: chunked\r\n\r\n{size:x}\r\n{large}\r\n0\r\n\r\n"
        );
        raw(at, chunked.as_bytes()).await.refused(413, "INVALID_PARAMETERS");
    }
    assert_eq!(raw(at, b"\x16\x03\x01 no HTTP at all\r\n\r\n").await.status, 400);
    let body = json!({ "room_id": "a b", "user_info": { "name": "A", "user_id": "u" } });
    api(at, "/auth/room/getJoinToken", &body).await.refused(400, "INVALID_PARAMETERS");
    assert_eq!(get(at, "/healthz").await.status, 200);
}

async fn the_web_application_is_served_with_its_policy(kind: Kind) {
    let nats = Nats::start().await;
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.txt"), "secret").unwrap();
    let root = outside.path().join("web");
    std::fs::create_dir_all(root.join("assets")).unwrap();
    std::fs::write(root.join("index.html"), "<!doctype html>page").unwrap();
    std::fs::write(root.join(".hidden"), "hidden").unwrap();
    std::fs::write(root.join("assets/index-1a2b.js"), "export {}").unwrap();
    std::fs::write(root.join("assets/a.wasm"), "x").unwrap();
    let edge = Edge::with(kind, &nats, Options { web: Some(root), ..Options::of(&nats) }).await;
    let at = edge.address;
    for path in ["/", "/room", "/room?x=1", "/index.html"] {
        let page = get(at, path).await;
        assert_eq!((page.status, page.body.as_str()), (200, "<!doctype html>page"), "{path}");
        assert!(page.head.contains("content-type: text/html"));
        assert!(page.head.contains("cache-control: no-cache"));
        assert!(page.head.contains("connect-src 'self' ws://127.0.0.1:9;"), "{}", page.head);
        assert!(page.head.contains("frame-ancestors 'none'"));
        for header in [
            "referrer-policy: no-referrer",
            "x-content-type-options: nosniff",
            "cross-origin-opener-policy: same-origin",
            "cross-origin-embedder-policy: require-corp",
            "permissions-policy: camera=(self), microphone=(self), display-capture=(self)",
        ] {
            assert!(page.head.contains(header), "{header}");
        }
    }
    let script = get(at, "/assets/index-1a2b.js").await;
    assert!(script.head.contains("content-type: text/javascript"), "{}", script.head);
    assert!(script.head.contains("immutable"));
    let wasm = get(at, "/assets/a.wasm").await;
    assert!(wasm.head.contains("content-type: application/wasm"));
    for path in [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "/.hidden",
        "/%2ehidden",
        "/assets/",
        "/assets",
        "/none.js",
    ] {
        let answer = get(at, path).await;
        assert_eq!(answer.status, 404, "{path} {}", answer.body);
    }
    assert_eq!(get(at, "/v1/config").await.json(), json!({ "start_page": true }));
}

async fn a_body_that_does_not_come_is_given_up(kind: Kind) {
    let nats = Nats::start().await;
    let edge = Edge::start(kind, &nats).await;
    let head =
        "POST /v1/start HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 9\r\n\r\n{";
    let asked = Instant::now();
    raw(edge.address, head.as_bytes()).await.refused(408, "INVALID_PARAMETERS");
    assert!(asked.elapsed() < Duration::from_secs(12));
}

async fn an_encrypted_room_is_said_to_be_so_and_has_no_services(kind: Kind) {
    let nats = Nats::start().await;
    let edge = Edge::start(kind, &nats).await;
    let at = edge.address;
    let _n1 = owner(&nats, "n1").await;
    let make = async |room: &str, encrypted: bool, more: serde_json::Value| {
        let mut features = more;
        features["end_to_end_encryption_features"] = json!({ "is_enabled": encrypted });
        let metadata = json!({ "room_title": "T", "room_features": features });
        api(at, "/auth/room/create", &json!({ "room_id": room, "metadata": metadata })).await
    };
    for (room, encrypted) in [("secret", true), ("open", false)] {
        make(room, encrypted, json!({})).await.succeeded();
        make(room, !encrypted, json!({})).await.refused(409, "CONFLICT");
        let token = token(at, room).await.succeeded()["token"].clone();
        let joined = join(at, 1, &token).await.succeeded();
        let mode = if encrypted { "e2ee" } else { "off" };
        assert_eq!(joined["encryption"]["mode"], mode, "{joined}");
        assert_eq!(joined["snapshot"]["encryption"], joined["encryption"]);
        let ask = json!({ "session": joined["session"], "service": "recording", "on": true });
        let answer = prove(at, 1, "/v1/service", &ask).await;
        if encrypted {
            answer.refused(403, "PERMISSION_DENIED");
            assert!(answer.body.contains("end-to-end encrypted"), "{}", answer.body);
        } else {
            answer.refused(404, "NOT_FOUND");
            assert!(answer.body.contains("does not exist in this version"), "{}", answer.body);
        }
    }
    let cloud = json!({ "recording_features": { "is_allow_cloud": true } });
    make("read", true, cloud).await.refused(403, "PERMISSION_DENIED");
    token(at, "read").await.refused(404, "ROOM_NOT_ACTIVE");
}
