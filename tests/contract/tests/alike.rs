//! Three runtimes, one answer: the same requests, in the same order, to an edge in each; what comes
//! back is compared byte for byte but for dates, ids and how it is carried.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use conclave_contract::edges::{Options, SECRET, settings};
use conclave_contract::http::{Answer, post, request};
use conclave_contract::node::owner;
use conclave_contract::person::{api, body_of, bus_key, create, join, now, proof_at, prove, token};
use conclave_contract::scrub::scrub;
use conclave_contract::{Edge, Kind, Nats};
use conclave_protocol::encoding::{body_signature, hex};
use conclave_protocol::proof;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;

/// What an edge said to each of the requests.
struct Transcript {
    address: SocketAddr,
    lines: Vec<(String, String)>,
}

impl Transcript {
    fn note(&mut self, what: impl Into<String>, answer: Answer) -> Answer {
        // The address is in none of the answers but by mistake.
        let text = scrub(&answer).replace(&self.address.to_string(), "<address>");
        self.lines.push((what.into(), text));
        answer
    }

    async fn ask(&mut self, method: &str, path: &str, body: &str, headers: &[(&str, &str)]) {
        let answer = request(self.address, method, path, body, headers).await;
        let size = body.len();
        self.note(format!("{method} {path} with {size} bytes and {headers:?}"), answer);
    }

    async fn api(&mut self, path: &str, body: &Value) -> Value {
        let answer = api(self.address, path, body).await;
        self.note(format!("{path} {body}"), answer).json()
    }

    async fn prove(&mut self, seed: u8, path: &str, body: &Value) -> Value {
        let answer = prove(self.address, seed, path, body).await;
        self.note(format!("device {seed} {path}"), answer).json()
    }
}

#[tokio::test]
async fn three_runtimes_answer_alike() {
    let web = tempfile::tempdir().unwrap();
    std::fs::create_dir(web.path().join("assets")).unwrap();
    for (name, content) in [
        ("index.html", "<!doctype html>page"),
        ("icon.svg", "<svg/>"),
        ("assets/index-1a2b.js", "export {}"),
        ("assets/index-1a2b.css", "a {}"),
        (".hidden", "hidden"),
    ] {
        std::fs::write(web.path().join(name), content).unwrap();
    }
    let mut all = Vec::new();
    for kind in Kind::ALL {
        all.push((kind, transcript(kind, web.path()).await));
    }
    let (_, first) = &all[0];
    assert!(first.len() > 100, "{}", first.len());
    let mut differences = String::new();
    for (kind, other) in &all[1..] {
        assert_eq!(first.len(), other.len());
        for ((what, native), (_, answer)) in first.iter().zip(other) {
            if native != answer {
                differences += &format!("\n=== {what}\n{native}\n--- {kind:?}\n{answer}\n");
            }
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

async fn transcript(kind: Kind, web: &Path) -> Vec<(String, String)> {
    let nats = Nats::start().await;
    let _n1 = owner(&nats, "n1").await;
    let options =
        Options { web: Some(web.to_owned()), settings: settings(&nats), ..Options::of(&nats) };
    let edge = Edge::with(kind, &nats, options).await;
    let mut t = Transcript { address: edge.address, lines: Vec::new() };
    files_and_routes(&mut t).await;
    bodies(&mut t).await;
    applications(&mut t).await;
    people(&mut t).await;
    services(&mut t).await;
    proofs(&mut t).await;
    start_page(&mut t).await;
    t.lines
}

const ROUTES: [&str; 18] = [
    "/healthz",
    "/v1/config",
    "/.well-known/jwks.json",
    "/v1/start",
    "/v1/invite",
    "/v1/join",
    "/v1/rejoin",
    "/v1/renew",
    "/v1/leave",
    "/v1/link",
    "/v1/service",
    "/auth/room/create",
    "/auth/room/getJoinToken",
    "/auth/room/endRoom",
    "/auth/analytics/fetch",
    "/auth/analytics/getDownloadToken",
    "/download/analytics/x.y.z",
    "/v1/none",
];

const SERVICES: [&str; 6] =
    ["recording", "broadcast", "transcription", "assistant", "sip", "ingest"];

async fn files_and_routes(t: &mut Transcript) {
    for path in ROUTES {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            t.ask(method, path, "", &[]).await;
        }
    }
    for path in [
        "/",
        "/?x=1",
        "/room",
        "/room?access_token=x",
        "/index.html",
        "/icon.svg",
        "/assets/index-1a2b.js",
        "/assets/index-1a2b.css",
        "/assets/none.js",
        "/assets",
        "/assets/",
        "/.hidden",
        "/%2ehidden",
        "/none",
        "/v1",
        "/v1/",
        "/auth",
        "/auth/x",
        "/V1/config",
        "//",
        "/healthz/",
        "/healthz?deep=1",
    ] {
        t.ask("GET", path, "", &[]).await;
    }
    for method in ["HEAD", "POST", "PUT"] {
        t.ask(method, "/", "", &[]).await;
        t.ask(method, "/icon.svg", "", &[]).await;
    }
}

async fn bodies(t: &mut Transcript) {
    let deep = "[".repeat(2000);
    let large = " ".repeat(64 * 1024);
    let larger = " ".repeat(64 * 1024 + 1);
    for body in ["", "{", "[]", "null", "\"x\"", "{}", "{\"invite\":7}", "{\"a\":", "\u{0}"] {
        t.ask("POST", "/v1/invite", body, &[]).await;
    }
    for body in [&deep, &large, &larger, &" ".repeat(600 * 1024)] {
        t.ask("POST", "/v1/start", body, &[]).await;
        t.ask("POST", "/auth/room/create", body, &[]).await;
    }
    let here = format!("http://{}", t.address);
    for (name, value) in [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-origin"),
    ] {
        t.ask("POST", "/v1/invite", "{}", &[(name, value)]).await;
    }
    let answer = post(t.address, "/v1/invite", "{}", &[("Origin", &here)]).await;
    t.note("a page of ours", answer);
}

async fn applications(t: &mut Transcript) {
    let address = t.address;
    let answer = token(address, "board").await;
    t.note("a token for no room", answer);
    for body in [
        json!({}),
        json!({ "room_id": "a b" }),
        json!({ "room_id": "" }),
        json!({ "room_id": "x".repeat(65) }),
        json!({ "room_id": "board", "metadata": 7 }),
        json!({ "room_id": "board", "metadata": { "room_title": "x".repeat(201) } }),
        json!({ "room_id": "board", "metadata": { "room_title": "T", "room_features": {} } }),
        json!({ "room_id": "board", "metadata": { "room_title": "T", "room_features": {} } }),
        json!({ "roomId": "casing", "metadata": { "roomTitle": "T", "roomFeatures": {} } }),
        json!({ "room_id": "e2ee", "metadata": { "room_title": "T", "room_features": {
            "end_to_end_encryption_features": { "is_enabled": true } } } }),
        json!({ "room_id": "e2ee", "metadata": { "room_title": "T", "room_features": {} } }),
        json!({ "room_id": "board", "metadata": { "room_title": "T", "room_features": {
            "end_to_end_encryption_features": { "is_enabled": true } } } }),
    ] {
        t.api("/auth/room/create", &body).await;
    }
    for feature in [
        json!({ "recording_features": { "is_allow_cloud": true } }),
        json!({ "recordingFeatures": { "enableAutoCloudRecording": true } }),
        json!({ "allow_rtmp": true }),
        json!({ "ingress_features": { "is_allow": true } }),
        json!({ "insights_features": { "is_allow": true } }),
        json!({ "sip_dial_in_features": { "is_allow": true } }),
    ] {
        let mut features = feature;
        features["end_to_end_encryption_features"] = json!({ "is_enabled": true });
        let metadata = json!({ "room_title": "T", "room_features": features });
        let body = json!({ "room_id": "read", "metadata": metadata });
        t.api("/auth/room/create", &body).await;
    }
    for body in [
        json!({}),
        json!({ "room_id": "board" }),
        json!({ "room_id": "board", "user_info": {} }),
        json!({ "room_id": "board", "user_info": { "name": "", "user_id": "u" } }),
        json!({ "room_id": "board", "user_info": { "name": "A", "user_id": "u/1" } }),
        json!({ "room_id": "none", "user_info": { "name": "A", "user_id": "u" } }),
        json!({ "room_id": "board", "user_info": { "name": "A", "user_id": "u" } }),
    ] {
        t.api("/auth/room/getJoinToken", &body).await;
    }
    t.api("/auth/room/endRoom", &json!({ "room_id": "none" })).await;
    t.api("/auth/room/endRoom", &json!({ "room_id": "casing" })).await;
    t.api("/auth/analytics/fetch", &json!({})).await;
    t.api("/auth/analytics/getDownloadToken", &json!({ "file_id": "x" })).await;
    let body = "{\"room_id\":\"board\"}";
    let right = hex(&body_signature(SECRET.as_bytes(), body.as_bytes()));
    let wrong = hex(&body_signature(b"another secret", body.as_bytes()));
    let upper = right.to_uppercase();
    for headers in [
        vec![],
        vec![("API-KEY", "app")],
        vec![("HASH-SIGNATURE", right.as_str())],
        vec![("API-KEY", "none"), ("HASH-SIGNATURE", &right)],
        vec![("API-KEY", "app"), ("HASH-SIGNATURE", &wrong)],
        vec![("API-KEY", "app"), ("HASH-SIGNATURE", "")],
        vec![("API-KEY", "app"), ("HASH-SIGNATURE", "zz")],
        vec![("API-KEY", "app"), ("HASH-SIGNATURE", &upper)],
        vec![("API-KEY", "app"), ("API-KEY", "app"), ("HASH-SIGNATURE", &right)],
        vec![("API-KEY", "start"), ("HASH-SIGNATURE", &right)],
    ] {
        t.ask("POST", "/auth/room/endRoom", body, &headers).await;
    }
}

async fn people(t: &mut Transcript) {
    let address = t.address;
    create(address, "people").await.succeeded();
    let first = token(address, "people").await.succeeded()["token"].clone();
    let answer = join(address, 1, &first).await;
    let joined = t.note("a join", answer).json();
    let again = join(address, 1, &first).await;
    t.note("the same again", again);
    let other = join(address, 2, &first).await;
    t.note("another device", other);
    let body = body_of(&joined);
    for path in ["/v1/rejoin", "/v1/renew", "/v1/link", "/v1/service", "/v1/leave"] {
        t.prove(1, path, &body).await;
        t.prove(2, path, &body).await;
        t.prove(1, path, &json!({ "session": first, "bus_key": bus_key(1), "offer": "v=0" })).await;
        t.prove(1, path, &json!({ "session": "x", "bus_key": bus_key(1), "offer": "v=0" })).await;
        let mut bad = body.clone();
        bad["bus_key"] = json!("UABC");
        t.prove(1, path, &bad).await;
        bad = body.clone();
        bad["offer"] = json!("x".repeat(33 * 1024));
        t.prove(1, path, &bad).await;
    }
    let cut = first.as_str().unwrap().rsplit_once('.').unwrap().0.to_owned();
    for token in [json!(""), json!("a.b.c"), json!(cut), json!(7), joined["session"].clone()] {
        let body = json!({ "token": token, "bus_key": bus_key(3), "offer": "v=0" });
        t.prove(3, "/v1/join", &body).await;
    }
}

async fn services(t: &mut Transcript) {
    for room in ["e2ee", "people"] {
        let first = token(t.address, room).await.succeeded()["token"].clone();
        let answer = join(t.address, 6, &first).await;
        let joined = t.note(format!("a join of {room}"), answer).json();
        for service in SERVICES {
            let body = json!({ "session": joined["session"], "service": service, "on": true });
            t.prove(6, "/v1/service", &body).await;
        }
        for (service, on) in [(json!("x"), json!(true)), (json!("recording"), json!("on"))] {
            let body = json!({ "session": joined["session"], "service": service, "on": on });
            t.prove(6, "/v1/service", &body).await;
        }
    }
}

async fn proofs(t: &mut Transcript) {
    let address = t.address;
    let token = token(address, "people").await.succeeded()["token"].clone();
    let body = json!({ "token": token, "bus_key": bus_key(4), "offer": "v=0" }).to_string();
    let good = proof_at(now(), 4, "/v1/join", &body);
    let stale = proof_at(now() - 3600, 4, "/v1/join", &body);
    let early = proof_at(now() + 3600, 4, "/v1/join", &body);
    let elsewhere = proof_at(now(), 4, "/v1/leave", &body);
    let of_another = proof_at(now(), 4, "/v1/join", "{}");
    for value in ["", "v1", "v2.a.b.c.d", "v1.a.1.b.c", &stale, &early, &elsewhere, &of_another] {
        let answer = post(address, "/v1/join", &body, &[(proof::HEADER, value)]).await;
        t.note("a proof that proves nothing", answer);
    }
    for what in ["a good proof", "the same proof"] {
        let answer = post(address, "/v1/join", &body, &[(proof::HEADER, &good)]).await;
        t.note(what, answer);
    }
}

async fn start_page(t: &mut Transcript) {
    let answer = post(t.address, "/v1/start", "{}", &[]).await;
    let started = t.note("a start room", answer).json();
    let invite = json!({ "invite": started["invite"] }).to_string();
    let answer = post(t.address, "/v1/invite", &invite, &[]).await;
    let invited = t.note("its invite", answer).json();
    let body = json!({ "token": invited["token"], "bus_key": bus_key(5), "offer": "v=0" });
    t.prove(5, "/v1/join", &body).await;
    let mut named = body;
    named["name"] = json!("Ada");
    t.prove(5, "/v1/join", &named).await;
    for body in ["{\"encrypted\":false}", "{\"encrypted\":7}"] {
        let answer = post(t.address, "/v1/start", body, &[]).await;
        t.note(format!("a start room of {body}"), answer);
    }
    for _ in 0..3 {
        let answer = post(t.address, "/v1/start", "{\"title\":\"Ours\"}", &[]).await;
        t.note("another start room", answer);
    }
}
