//! The way to NATS where a network lies between: TLS from the first byte, or by wss, to the right server
//! only.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use conclave_contract::edges::Options;
use conclave_contract::http::Answer;
use conclave_contract::line::Line;
use conclave_contract::node::node;
use conclave_contract::person::{create, join, token};
use conclave_contract::{Edge, Kind, Nats};
use conclave_test_nats::certificates::NAME;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// An edge that is told the certificate's name, and whom to trust.
async fn edge(kind: Kind, nats: &Nats, name: &str, authority: Option<String>) -> Edge {
    let mut variables = vec![("NATS_TLS_NAME", name.to_owned())];
    if let (Kind::Spin, Some(authority)) = (kind, &authority) {
        variables.push(("NATS_TLS_CA", authority.clone()));
    }
    Edge::with(kind, nats, Options { variables, authority, ..Options::of(nats) }).await
}

async fn admits(nats: &Nats, edge: &Edge) {
    let _n1 = node(nats, "n1", 3600).await;
    create(edge.address, "board").await.succeeded();
    let token = token(edge.address, "board").await.succeeded()["token"].clone();
    join(edge.address, 1, &token).await.succeeded();
}

/// The edge says that it cannot now, and the log why.
async fn refuses(edge: &Edge, why: &str) {
    let asked = Instant::now();
    let answer: Answer = create(edge.address, "board").await;
    answer.refused(503, "INTERNAL_SERVER_ERROR");
    assert!(asked.elapsed() < Duration::from_secs(4));
    let until = Instant::now() + Duration::from_secs(5);
    while !edge.log().contains(why) {
        assert!(Instant::now() < until, "the operator is not told: {}", edge.log());
        sleep(Duration::from_millis(20)).await;
    }
}

async fn the_name_counts_and_not_the_address(kind: Kind) {
    let nats = Nats::start_encrypted().await;
    admits(&nats, &edge(kind, &nats, NAME, nats.authority()).await).await;
}

async fn another_servers_certificate_is_refused(kind: Kind, why: &str) {
    let nats = Nats::start_encrypted().await;
    refuses(&edge(kind, &nats, "another.example", nats.authority()).await, why).await;
}

async fn who_has_no_known_authority_is_refused(kind: Kind, why: &str) {
    let (nats, other) = (Nats::start_encrypted().await, Nats::start_encrypted().await);
    refuses(&edge(kind, &nats, NAME, other.authority()).await, why).await;
    refuses(&edge(kind, &nats, NAME, None).await, why).await;
}

/// Who is told to speak plainly gets no word from a server that wants TLS, and says none.
async fn nothing_is_said_plainly(kind: Kind) {
    let nats = Nats::start_encrypted().await;
    let line = Line::to(nats.address()).await;
    let variables =
        vec![("NATS_TRANSPORT", "plain".to_owned()), ("NATS_ADDR", line.address.to_string())];
    let edge = Edge::with(kind, &nats, Options { variables, ..Options::of(&nats) }).await;
    create(edge.address, "board").await.refused(503, "INTERNAL_SERVER_ERROR");
    assert!(line.connections() > 0, "it was asked");
    assert_eq!(line.written(), 0, "something was said before TLS");
}

#[tokio::test]
async fn a_worker_joins_by_the_certificates_name() {
    the_name_counts_and_not_the_address(Kind::Worker).await;
}

#[tokio::test]
async fn a_component_joins_by_the_certificates_name() {
    the_name_counts_and_not_the_address(Kind::Spin).await;
}

#[tokio::test]
async fn a_worker_refuses_another_servers_certificate() {
    another_servers_certificate_is_refused(Kind::Worker, "is its certificate").await;
}

#[tokio::test]
async fn a_component_refuses_another_servers_certificate() {
    another_servers_certificate_is_refused(Kind::Spin, "does not name this server").await;
}

#[tokio::test]
async fn a_worker_refuses_a_certificate_of_nobody() {
    who_has_no_known_authority_is_refused(Kind::Worker, "is its certificate").await;
}

#[tokio::test]
async fn a_component_refuses_a_certificate_of_nobody() {
    who_has_no_known_authority_is_refused(Kind::Spin, "no authority that is trusted").await;
}

#[tokio::test]
async fn a_worker_says_nothing_plainly() {
    nothing_is_said_plainly(Kind::Worker).await;
}

#[tokio::test]
async fn a_component_says_nothing_plainly() {
    nothing_is_said_plainly(Kind::Spin).await;
}

#[tokio::test]
async fn a_worker_joins_by_wss() {
    let nats = Nats::start_encrypted().await;
    let variables =
        vec![("NATS_TRANSPORT", "wss".to_owned()), ("NATS_ADDR", nats.wss_address().to_string())];
    let authority = nats.authority();
    let options = Options { variables, authority, ..Options::of(&nats) };
    let edge = Edge::with(Kind::Worker, &nats, options).await;
    admits(&nats, &edge).await;
}
