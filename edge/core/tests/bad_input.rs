//! Nothing that comes from outside makes an edge panic, and every refusal has the same shape.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
mod support;

use conclave_edge_core::keys::Keys;
use conclave_edge_core::owns;
use conclave_protocol::encoding::{body_signature, hex};
use conclave_protocol::proof::HEADER;
use proptest::prelude::*;
use serde_json::json;
use support::{API_KEY, API_SECRET, Device, Fake, read, refused, request, settings};

const POSTS: [&str; 10] = [
    "/auth/room/create",
    "/auth/room/getJoinToken",
    "/v1/start",
    "/v1/invite",
    "/v1/join",
    "/v1/rejoin",
    "/v1/renew",
    "/v1/leave",
    "/v1/link",
    "/v1/service",
];

#[test]
fn unknown_paths_wrong_methods_and_large_bodies() {
    let edge = Fake::new();
    for path in ["/", "/v1", "/v1/", "/v1/join/", "/auth/room", "/v2/join", ""] {
        refused(&read(&edge.send(&request(path, b"", &[]))), 404, "NOT_FOUND");
    }
    for path in POSTS {
        let mut asked = request(path, b"{}", &[]);
        asked.method = "GET".into();
        let response = edge.send(&asked);
        refused(&read(&response), 405, "NOT_FOUND");
        assert!(response.headers.contains(&("allow", "POST".into())));
        let large = request(path, &vec![b' '; 64 * 1024 + 1], &[]);
        refused(&read(&edge.send(&large)), 413, "INVALID_PARAMETERS");
    }
    refused(&read(&edge.send(&request("/healthz", b"", &[]))), 405, "NOT_FOUND");
    let mut health = request("/healthz", b"", &[]);
    health.method = "GET".into();
    assert_eq!(edge.send(&health).status, 200);
}

#[test]
fn a_body_is_an_object() {
    let edge = Fake::new();
    for body in ["[]", " [\"Tea\"]", "null", "\"x\"", "1", "", "\u{feff}{}"] {
        for path in POSTS.into_iter().filter(|path| path.starts_with("/v1")) {
            let answer = read(&edge.send(&request(path, body.as_bytes(), &[])));
            assert!(matches!(answer.0, 400 | 401), "{path} {body} {}", answer.1);
        }
        let answer = read(&edge.send(&request("/v1/start", body.as_bytes(), &[])));
        refused(&answer, 400, "INVALID_PARAMETERS");
        assert!(edge.flights.borrow().is_empty());
    }
    assert_eq!(edge.send(&request("/v1/start", b" \n\t{}", &[])).status, 200);
}

#[test]
fn posts_from_other_sites_are_refused() {
    let edge = Fake::new();
    let headers = [("host", "meet.example"), ("origin", "https://evil.example")];
    for path in POSTS.into_iter().filter(|path| path.starts_with("/v1")) {
        let response = edge.send(&request(path, b"{}", &headers));
        refused(&read(&response), 403, "PERMISSION_DENIED");
    }
}

#[test]
fn the_edges_paths_are_not_the_web_applications() {
    for path in ["/v1", "/v1/x", "/auth/room/create", "/healthz"] {
        assert!(owns(path));
    }
    for path in ["/", "/room", "/v1x", "/assets/v1/x", "/healthz/x"] {
        assert!(!owns(path));
    }
}

type Spoil = fn(&mut conclave_edge_core::settings::Settings);

#[test]
fn unusable_settings_are_named_and_not_repeated() {
    let cases: [(&str, Spoil); 8] = [
        ("deployment", |s| s.deployment.clear()),
        ("token_seed", |s| s.token_seed.push('A')),
        ("secret", |s| s.secret.clear()),
        ("rooms_account", |s| s.rooms_account = s.participant_seed.clone()),
        ("participant_seed", |s| s.participant_seed = s.rooms_account.clone()),
        ("nats_ws_urls", |s| s.nats_ws_urls = vec!["nats://hidden".into()]),
        ("join_token_seconds", |s| s.join_token_seconds = 601),
        ("start_page.api_key", |s| {
            s.start_page.as_mut().unwrap().api_key = API_KEY.into();
        }),
    ];
    for (name, spoil) in cases {
        let mut settings = settings();
        spoil(&mut settings);
        let error = Keys::parse(&settings).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name} must be")), "{error}");
        assert!(!error.contains("hidden"));
    }
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|v| json!(v)),
        any::<i64>().prop_map(|v| json!(v)),
        any::<f64>().prop_map(|v| json!(v)),
        ".{0,20}".prop_map(|v| json!(v)),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let field = prop_oneof![
            proptest::sample::select(FIELDS.to_vec()).prop_map(str::to_owned),
            ".{0,8}",
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|v| json!(v)),
            proptest::collection::btree_map(field, inner, 0..6).prop_map(|v| json!(v)),
        ]
    })
}

const FIELDS: [&str; 14] = [
    "room_id",
    "metadata",
    "room_features",
    "recording_features",
    "end_to_end_encryption_features",
    "user_info",
    "invite",
    "token",
    "bus_key",
    "offer",
    "session",
    "service",
    "on",
    "encrypted",
];

fn check(edge: &Fake, asked: &conclave_edge_core::http::Request) -> Result<(), TestCaseError> {
    let response = edge.send(asked);
    let answer: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
    if response.status != 200 {
        prop_assert_eq!(&answer["status"], false);
        prop_assert!((400..500).contains(&response.status), "{} {}", response.status, answer);
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_bytes_panic_on_any_route(
        path in prop_oneof![proptest::sample::select(POSTS.to_vec()).prop_map(str::to_owned), ".{0,40}"],
        body in proptest::collection::vec(any::<u8>(), 0..400),
        name in proptest::sample::select(conclave_edge_core::http::HEADERS.to_vec()),
        text in ".{0,80}",
    ) {
        let edge = Fake::new();
        check(&edge, &request(&path, &body, &[]))?;
        check(&edge, &request(&path, &body, &[(name, &text)]))?;
    }

    #[test]
    fn no_json_panics_behind_a_genuine_signature(
        path in proptest::sample::select(POSTS.to_vec()),
        body in value(),
    ) {
        let edge = Fake::new();
        check(&edge, &Device::new(1).sign(path, &body, edge.now.get()))?;
        let text = body.to_string();
        let signature = hex(&body_signature(API_SECRET.as_bytes(), text.as_bytes()));
        let headers = [("api-key", API_KEY), ("hash-signature", signature.as_str())];
        check(&edge, &request(path, text.as_bytes(), &headers))?;
    }

    #[test]
    fn no_proof_panics(value in "v1(\\.[A-Za-z0-9_-]{0,90}){4}") {
        let edge = Fake::new();
        check(&edge, &request("/v1/join", b"{}", &[(HEADER, &value)]))?;
    }
}
