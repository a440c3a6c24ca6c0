//! A session against a server by hand.

use super::*;
use conclave_edge_core::platform::BusReply;
use conclave_protocol::bucket::{BANS, ROOMS};
use conclave_protocol::encoding::base64url;
use conclave_protocol::nkey::{KeyKind, NatsKey};

const INFO: &str =
    r#"INFO {"server_id":"N","nonce":"abc","headers":true,"max_payload":1000,"x":[]} "#;

fn session_over(encrypted: bool) -> Session {
    let key = NatsKey::from_random(KeyKind::User, [7; 32]);
    Session::new(Credential::new("a.b.c".into(), key), "_INBOX.edge", [1; 16], encrypted)
}

fn session() -> Session {
    session_over(false)
}

fn get(key: &str) -> BusOp {
    BusOp::Get { bucket: ROOMS, key: key.into() }
}

fn ask(payload: Vec<u8>) -> BusOp {
    BusOp::Request { subject: "node.n1.req".into(), payload }
}

/// What the session sends now, and the reply subjects in it.
fn sent(session: &mut Session) -> (String, Vec<String>) {
    let text = String::from_utf8(session.take_output()).unwrap();
    let publications =
        text.lines().filter(|line| line.starts_with("PUB") || line.starts_with("HPUB"));
    let replies = publications.map(|line| line.split(' ').nth(2).unwrap().to_owned()).collect();
    (text, replies)
}

fn says(session: &mut Session, line: &str) {
    session.receive(format!("{line}\r\n").as_bytes());
}

fn answers(session: &mut Session, reply: &str, payload: &str) {
    says(session, &format!("MSG {reply} 1 {}\r\n{payload}", payload.len()));
}

fn answers_with(session: &mut Session, reply: &str, section: &str, payload: &str) {
    let (length, total) = (section.len(), section.len() + payload.len());
    says(session, &format!("HMSG {reply} 1 {length} {total}\r\n{section}{payload}"));
}

/// A session that has been greeted with a flight in it, and the flight's reply subjects.
fn flown(operations: Vec<BusOp>) -> (Session, Vec<String>) {
    let mut session = session();
    session.begin(operations);
    says(&mut session, INFO);
    let (_, replies) = sent(&mut session);
    (session, replies)
}

const ENTRY: &str = r#"{"message":{"seq":5,"data":"AQ=="}}"#;

#[test]
fn nothing_is_sent_before_the_server_speaks_then_all_at_once() {
    let mut session = session();
    session.begin(vec![get("a"), ask(b"hi".to_vec())]);
    assert!(session.take_output().is_empty() && !session.is_done());
    session.receive(&INFO.as_bytes()[..20]);
    assert!(session.take_output().is_empty());
    session.receive(&INFO.as_bytes()[20..]);
    says(&mut session, "");
    let (text, replies) = sent(&mut session);
    let lines: Vec<_> = text.lines().collect();
    let key = NatsKey::from_random(KeyKind::User, [7; 32]);
    let signature = base64url(&key.sign(b"abc"));
    assert!(lines[0].starts_with("CONNECT {") && lines[0].contains(&signature));
    let inbox = lines[1].strip_prefix("SUB ").unwrap().strip_suffix(".* 1").unwrap();
    assert!(inbox.starts_with("_INBOX.edge.") && inbox.split('.').count() == 3);
    assert_eq!(replies.len(), 2);
    assert!(replies.iter().all(|reply| reply.starts_with(&format!("{inbox}."))));
    assert!(lines[2].starts_with("PUB $JS.API.STREAM.MSG.GET.KV_rooms "));
    assert!(lines[4].starts_with("PUB node.n1.req ") && lines[5] == "hi");
    assert!(!format!("{session:?}").contains("a.b.c"));

    // Out of order, and a second answer to the same subject.
    answers(&mut session, &replies[1], "yes");
    answers(&mut session, &replies[1], "no");
    assert!(!session.is_done());
    answers(&mut session, &replies[0], ENTRY);
    assert!(session.is_done());
    let results = session.finish();
    assert!(matches!(&results[0], Ok(BusReply::Entry(entry)) if entry.revision == 5));
    assert_eq!(results[1], Ok(BusReply::Answer(b"yes".to_vec())));
    assert_eq!(session.fault(), None);
}

#[test]
fn a_later_flight_is_one_write_and_hears_no_answer_of_an_earlier_one() {
    let (mut session, first) = flown(vec![ask(Vec::new())]);
    assert_eq!(session.finish(), [Err(BusError::Timeout)]);
    session.begin(vec![ask(Vec::new())]);
    let (text, second) = sent(&mut session);
    assert!(text.starts_with("PUB node.n1.req ") && second.len() == 1);
    assert_ne!(first, second);
    answers(&mut session, &first[0], "late");
    let inbox = second[0].rsplit_once('.').unwrap().0;
    answers(&mut session, &format!("{inbox}.x"), "guessed");
    answers(&mut session, &second[0].to_ascii_uppercase(), "shouted");
    assert!(!session.is_done());
    answers(&mut session, &second[0], "now");
    assert_eq!(session.finish(), [Ok(BusReply::Answer(b"now".to_vec()))]);
}

#[test]
fn several_answers_are_collected_until_the_last() {
    let (mut session, replies) = flown(vec![BusOp::Nodes]);
    let record =
        r#"{"region":"r","load":0.5,"participants":1,"rooms":1,"draining":false,"version":"1"}"#;
    for node in ["n1", "n2"] {
        let section = format!("NATS/1.0\r\nNats-Subject: $KV.nodes.{node}\r\n\r\n");
        answers_with(&mut session, &replies[0], &section, record);
    }
    // What one writer breaks is one record.
    answers_with(&mut session, &replies[0], "NATS/1.0\r\nbroken\r\n\r\n", record);
    assert!(!session.is_done());
    answers_with(&mut session, &replies[0], "NATS/1.0 204 EOB\r\n\r\n", "");
    let results = session.finish();
    assert!(matches!(&results[0], Ok(BusReply::Nodes(nodes)) if nodes.len() == 2));

    let (mut session, replies) = flown(vec![get("a")]);
    answers_with(&mut session, &replies[0], "NATS/1.0\r\nbroken\r\n\r\n", ENTRY);
    assert_eq!(session.finish(), [Err(BusError::Malformed)]);
}

#[test]
fn answers_beyond_the_bounds_end_their_operation_only() {
    let (mut session, replies) = flown(vec![BusOp::Nodes, ask(Vec::new())]);
    answers(&mut session, &replies[1], "yes");
    for _ in 0..MAX_ANSWERS {
        answers(&mut session, &replies[0], "{}");
    }
    assert_eq!(session.finish(), [Err(BusError::Malformed), Ok(BusReply::Answer(b"yes".to_vec()))]);

    let (mut session, replies) = flown(vec![BusOp::Nodes]);
    let megabyte = " ".repeat(codec::MAX_MESSAGE);
    for _ in 0..3 {
        answers(&mut session, &replies[0], &megabyte);
    }
    assert!(!session.is_done());
    answers(&mut session, &replies[0], &megabyte);
    assert_eq!(session.finish(), [Err(BusError::Malformed)]);
}

#[test]
fn nobody_serves_the_subject() {
    let (mut session, replies) = flown(vec![ask(Vec::new())]);
    answers_with(&mut session, &replies[0], "NATS/1.0 503\r\n\r\n", "");
    assert_eq!(session.finish(), [Err(BusError::Unavailable)]);
}

#[test]
fn a_message_that_cannot_be_sent_fails_alone() {
    let bad = BusOp::Get { bucket: ROOMS, key: "a b".into() };
    let put = |key: &str| BusOp::Put {
        bucket: ROOMS,
        key: key.into(),
        value: vec![0; 960],
        expected: 0,
        ttl: None,
    };
    let wild = BusOp::Request { subject: "node.*.req".into(), payload: Vec::new() };
    // The key of a read stands in the payload, where it breaks nothing.
    let (mut session, replies) =
        flown(vec![ask(vec![0; 1000]), ask(vec![0; 1001]), put("a"), put("a b"), wild, bad]);
    assert_eq!(replies.len(), 2);
    answers(&mut session, &replies[0], "yes");
    answers(&mut session, &replies[1], ENTRY);
    let results = session.finish();
    assert_eq!(results[0], Ok(BusReply::Answer(b"yes".to_vec())));
    let codes = [code::TOO_LARGE, code::TOO_LARGE, code::INVALID, code::INVALID];
    assert_eq!(results[1..5], codes.map(|code| Err(BusError::Rejected(code))));
    assert!(results[5].is_ok());
}

#[test]
fn a_lacking_right_ends_what_asked_for_it_and_nothing_else() {
    let ban =
        || BusOp::Put { bucket: BANS, key: "k".into(), value: Vec::new(), expected: 0, ttl: None };
    let (mut session, replies) = flown(vec![get("a"), ban(), ban(), ask(Vec::new())]);
    says(&mut session, r#"-ERR 'Permissions Violation for Publish to "$KV.bans.other"'"#);
    says(&mut session, r#"-ERR 'Permissions Violation for Publish to "$KV.bans.k"'"#);
    let reply = &replies[3];
    says(
        &mut session,
        &format!(r#"-ERR 'Permissions Violation for Publish with Reply of "{reply}"'"#),
    );
    assert!(!session.is_done() && session.fault().is_none());
    answers(&mut session, &replies[0], ENTRY);
    assert!(session.is_done());
    let results = session.finish();
    let denied = Err(BusError::Rejected(code::DENIED));
    assert!(results[0].is_ok() && results[1..].iter().all(|result| *result == denied));

    let (mut session, _) = flown(vec![get("a")]);
    says(&mut session, r#"-ERR 'Permissions Violation for Subscription to "_INBOX.edge.x.*"'"#);
    assert_eq!(session.fault(), Some(Fault::Refused));
}

#[test]
fn faults_say_what_became_of_the_operations() {
    let malformed = Fault::Decode(codec::DecodeError::Operation);
    for (line, fault, error) in [
        ("-ERR 'Authorization Violation'", Fault::Refused, BusError::Unavailable),
        ("-ERR 'User Authentication Expired'", Fault::Refused, BusError::Unavailable),
        ("-ERR 'Stale Connection'", Fault::Closing, BusError::Timeout),
        ("-ERR 'Maximum Payload Violation'", Fault::TooLarge, BusError::Rejected(413)),
        ("HTTP/1.1 400 Bad Request", malformed, BusError::Timeout),
    ] {
        let (mut session, replies) = flown(vec![ask(Vec::new()), ask(Vec::new())]);
        answers(&mut session, &replies[0], "yes");
        says(&mut session, line);
        assert!(session.is_done());
        says(&mut session, "PING");
        answers(&mut session, &replies[1], "too late");
        assert!(session.take_output().is_empty());
        assert_eq!(session.fault(), Some(fault));
        let results = session.finish();
        assert_eq!(results, [Ok(BusReply::Answer(b"yes".to_vec())), Err(error)], "{line}");
        session.begin(vec![get("a")]);
        assert!(session.is_done() && session.finish()[0].is_err());
    }
}

#[test]
fn nothing_is_sent_after_a_fault_and_the_first_one_stays() {
    let mut session = session();
    session.begin(vec![get("a")]);
    session.receive(format!("{INFO}\r\nPING\r\n-ERR 'Authorization Violation'\r\n").as_bytes());
    assert!(session.take_output().is_empty());
    session.fail(Fault::Lost);
    assert_eq!(session.fault(), Some(Fault::Refused));
}

#[test]
fn bounds_are_a_flights_own() {
    let (mut session, replies) = flown(vec![BusOp::Nodes]);
    let mut replies = replies;
    for _ in 0..3 {
        for _ in 0..MAX_ANSWERS - 1 {
            answers(&mut session, &replies[0], "{}");
        }
        answers_with(&mut session, &replies[0], "NATS/1.0 204\r\n\r\n", "");
        assert_eq!(session.finish(), [Ok(BusReply::Nodes(Vec::new()))]);
        session.begin(vec![BusOp::Nodes]);
        replies = sent(&mut session).1;
    }
}

#[test]
fn a_flood_ends_the_connection() {
    let (mut session, replies) = flown(vec![ask(Vec::new()), ask(Vec::new())]);
    answers(&mut session, &replies[0], "yes");
    let beside = format!("MSG {}x 1 {}\r\n{}\r\n", replies[1], 1 << 19, " ".repeat(1 << 19));
    for _ in 0..31 {
        session.receive(beside.as_bytes());
    }
    assert_eq!(session.fault(), None);
    session.receive(beside.as_bytes());
    assert_eq!(session.fault(), Some(Fault::Flooded));
    assert_eq!(session.finish(), [Ok(BusReply::Answer(b"yes".to_vec())), Err(BusError::Timeout)]);

    // Over a request's flights it may be as much.
    let (mut session, _) = flown(vec![ask(Vec::new())]);
    for _ in 0..3 {
        session.receive(beside.repeat(20).as_bytes());
        session.begin(vec![ask(Vec::new())]);
    }
    assert_eq!(session.fault(), None);
}

#[test]
fn a_server_that_is_not_ours_gets_no_credential() {
    for (info, fault) in [
        (r#"INFO {"headers":true}"#, Fault::Foreign),
        (r#"INFO {"headers":true,"nonce":""}"#, Fault::Foreign),
        (r#"INFO {"nonce":"abc"}"#, Fault::Foreign),
        (r#"INFO {"nonce":"abc","headers":true,"tls_required":true}"#, Fault::TlsRequired),
        ("PING", Fault::Foreign),
        ("MSG a 1 0\r\n", Fault::Foreign),
        ("-ERR 'maximum connections exceeded'", Fault::Closing),
        ("HTTP/1.1 400 Bad Request", Fault::Decode(codec::DecodeError::Operation)),
    ] {
        let mut session = session();
        session.begin(vec![get("a")]);
        says(&mut session, info);
        assert_eq!(session.fault(), Some(fault), "{info}");
        assert!(session.is_done() && session.take_output().is_empty());
        let error = session.finish().remove(0).unwrap_err();
        assert!(matches!(error, BusError::Unavailable | BusError::Malformed));
    }
    let mut session = session_over(true);
    session.begin(vec![get("a")]);
    says(&mut session, r#"INFO {"nonce":"abc","headers":true,"tls_required":true}"#);
    assert!(!session.take_output().is_empty(), "inside TLS that is as it should be");
}

#[test]
fn signs_of_life_are_given_once_however_often_asked_for() {
    let (mut session, _) = flown(vec![get("a")]);
    assert!(session.take_output().is_empty());
    for _ in 0..1000 {
        says(&mut session, "PING");
    }
    assert_eq!(session.take_output(), b"PONG\r\n");
    says(&mut session, "PONG");
    says(&mut session, "+OK");
    assert!(session.take_output().is_empty() && !session.is_done());
}

#[test]
fn a_lower_bound_that_comes_later_holds() {
    let (mut session, _) = flown(vec![]);
    says(&mut session, r#"INFO {"nonce":"x","headers":true,"max_payload":3}"#);
    session.begin(vec![ask(vec![0; 4])]);
    assert_eq!(session.finish(), [Err(BusError::Rejected(code::TOO_LARGE))]);
}
