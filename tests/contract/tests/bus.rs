//! What an edge does when NATS is silent, speaks nonsense, hangs up or is gone: it says so in time, and
//! is well again with NATS.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use conclave_contract::edges::Options;
use conclave_contract::http::{Answer, get};
use conclave_contract::line::{Line, Mode};
use conclave_contract::node::node;
use conclave_contract::person::{body_of, create, join, prove, token};
use conclave_contract::{Edge, Kind, Nats, on_every_edge};
use std::time::{Duration, Instant};
use tokio::time::sleep;

on_every_edge!(
    silence_is_given_up_in_time,
    nonsense_is_no_answer,
    a_connection_that_ends_is_not_waited_for,
    answers_may_come_in_crumbs,
    an_edge_may_die_in_the_middle_of_a_meeting,
);

/// An edge's deadline for a flight, and what a busy machine adds.
const IN_TIME: Duration = Duration::from_millis(4500);

async fn over_a_line(kind: Kind) -> (Nats, Line, Edge) {
    let nats = Nats::start().await;
    let line = Line::to(nats.address()).await;
    let options = Options { nats: line.url(), ..Options::of(&nats) };
    let edge = Edge::with(kind, &nats, options).await;
    (nats, line, edge)
}

fn says_later(answer: &Answer) {
    answer.refused(503, "INTERNAL_SERVER_ERROR");
    assert_eq!(answer.header("retry-after"), Some("1"));
}

async fn is_well_again(edge: &Edge) {
    let until = Instant::now() + Duration::from_secs(15);
    while create(edge.address, "board").await.status != 200 {
        assert!(Instant::now() < until, "it stays unwell: {}", edge.log());
        sleep(Duration::from_millis(50)).await;
    }
}

async fn silence_is_given_up_in_time(kind: Kind) {
    let (_nats, line, edge) = over_a_line(kind).await;
    create(edge.address, "board").await.succeeded();
    line.set(Mode::Hold);
    let asked = Instant::now();
    let (answer, health) = tokio::join!(create(edge.address, "board"), async {
        let health = get(edge.address, "/healthz").await;
        (health.status, asked.elapsed())
    });
    says_later(&answer);
    assert!(asked.elapsed() < IN_TIME, "{:?}", asked.elapsed());
    assert!(health.0 == 200 && health.1 < Duration::from_secs(1), "{health:?}");
    line.set(Mode::Carry);
    is_well_again(&edge).await;
}

async fn nonsense_is_no_answer(kind: Kind) {
    let (_nats, line, edge) = over_a_line(kind).await;
    create(edge.address, "board").await.succeeded();
    let nonsense: [&'static [u8]; 6] = [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"MSG _INBOX.edge.x 1 18446744073709551616\r\n",
        b"HMSG _INBOX.edge.x 1 9 3\r\nNATS/1.0\r\n",
        b"INFO {\"nonce\":7}\r\n",
        b"\xff\xfe\x00\x00\r\n",
        b"-ERR 'Authorization Violation'\r\n",
    ];
    for text in nonsense {
        for mode in [Mode::Garble(text), Mode::GarbleAnswers(text)] {
            line.set(mode);
            let asked = Instant::now();
            says_later(&create(edge.address, "board").await);
            assert!(asked.elapsed() < IN_TIME, "{mode:?} {:?}", asked.elapsed());
        }
        line.set(Mode::Carry);
        is_well_again(&edge).await;
    }
}

async fn a_connection_that_ends_is_not_waited_for(kind: Kind) {
    let (_nats, line, edge) = over_a_line(kind).await;
    create(edge.address, "board").await.succeeded();
    line.set(Mode::CutAnswers);
    let asked = Instant::now();
    says_later(&create(edge.address, "board").await);
    assert!(asked.elapsed() < IN_TIME, "{:?}", asked.elapsed());
    line.set(Mode::Carry);
    is_well_again(&edge).await;
}

async fn answers_may_come_in_crumbs(kind: Kind) {
    let (nats, line, edge) = over_a_line(kind).await;
    let _n1 = node(&nats, "n1", 3600).await;
    line.set(Mode::Crumble);
    create(edge.address, "board").await.succeeded();
    let token = token(edge.address, "board").await.succeeded()["token"].clone();
    join(edge.address, 1, &token).await.succeeded();
}

async fn an_edge_may_die_in_the_middle_of_a_meeting(kind: Kind) {
    let nats = Nats::start().await;
    let _n1 = node(&nats, "n1", 3600).await;
    let mut first = Edge::start(kind, &nats).await;
    let second = Edge::start(kind, &nats).await;
    create(first.address, "board").await.succeeded();
    let token = token(first.address, "board").await.succeeded()["token"].clone();
    let joined = join(first.address, 1, &token).await.succeeded();
    first.kill();
    let back = prove(second.address, 1, "/v1/rejoin", &body_of(&joined)).await.succeeded();
    assert_eq!(back["pid"], joined["pid"]);
    assert_eq!(prove(second.address, 1, "/v1/leave", &body_of(&joined)).await.status, 200);
}

/// What a join costs on the bus where nothing is kept between requests.
async fn a_join_is_one_connection_and_two_flights(kind: Kind) {
    let (nats, line, edge) = over_a_line(kind).await;
    let _n1 = node(&nats, "n1", 3600).await;
    create(edge.address, "board").await.succeeded();
    let token = token(edge.address, "board").await.succeeded()["token"].clone();
    let (connections, written) = (line.connections(), line.written());
    join(edge.address, 1, &token).await.succeeded();
    assert_eq!(line.connections() - connections, 1);
    assert_eq!(line.written() - written, 2, "each flight is one write");
}

#[tokio::test]
async fn a_join_on_a_worker_is_one_connection_and_two_flights() {
    a_join_is_one_connection_and_two_flights(Kind::Worker).await;
}

#[tokio::test]
async fn a_join_on_spin_is_one_connection_and_two_flights() {
    a_join_is_one_connection_and_two_flights(Kind::Spin).await;
}
