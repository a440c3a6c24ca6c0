//! A session with a flight under way hears anything at all. `@0` to `@9` in the input stand for the
//! reply subjects, which nobody can guess.
#![no_main]

use conclave_edge_bus::session::{Credential, Fault, MAX_ANSWERED, Session};
use conclave_edge_core::platform::{BusOp, BusReply};
use conclave_fuzz::{Names, named, pieces, split};
use conclave_protocol::bucket::{ROOMS, TICKETS};
use conclave_protocol::ids::{RoomId, RoomKey};
use conclave_protocol::nkey::{KeyKind, NatsKey};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const INFO: &[u8] = b"INFO {\"nonce\":\"abc\",\"headers\":true,\"max_payload\":1000}\r\n";
/// Above what a flight of ours comes to.
const MOST_SAID: usize = 3000;

fn session() -> Session {
    let key = NatsKey::from_random(KeyKind::User, [1; 32]);
    Session::new(Credential::new("a.b.c".into(), key), "_INBOX.edge", [2; 16], false)
}

static ROOM: LazyLock<RoomKey> =
    LazyLock::new(|| RoomKey::of(&[1; 32], "app", &RoomId::parse("room").expect("an id")));

fn flight() -> Vec<BusOp> {
    let (key, value) = ("k".to_owned(), b"v".to_vec());
    vec![
        BusOp::Get { bucket: ROOMS, key: key.clone() },
        BusOp::Put { bucket: TICKETS, key: key.clone(), value, expected: 0, ttl: Some(60) },
        BusOp::Delete { bucket: ROOMS, key, expected: 7, ttl: 60 },
        BusOp::Nodes,
        BusOp::Past { room: ROOM.clone() },
        BusOp::Request { subject: "node.n1.req".into(), payload: b"ask".to_vec() },
        BusOp::Request { subject: "node.n1.req".into(), payload: vec![0; 1001] },
    ]
}

/// The reply subjects of a first flight: always these, for the secret is.
static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut session = session();
    session.begin(flight());
    session.receive(INFO);
    let said = session.take_output();
    said.split(|byte| *byte == b'\n')
        .filter(|line| line.starts_with(b"PUB") || line.starts_with(b"HPUB"))
        .filter_map(|line| line.split(|byte| *byte == b' ').nth(2))
        .map(<[u8]>::to_vec)
        .collect()
});

fuzz_target!(|input: &[u8]| {
    let Some((greeted, input)) = input.split_first() else { return };
    let Some((lengths, bytes)) = split(input) else { return };
    let text = named(bytes, &NAMES);
    let mut session = session();
    session.begin(flight());
    if greeted % 2 == 0 {
        session.receive(INFO);
    }
    let mut said = session.take_output().len();
    for (count, piece) in pieces(lengths, &text).enumerate() {
        session.receive(piece);
        said += session.take_output().len();
        assert!(said <= MOST_SAID + (count + 1) * b"PONG\r\n".len());
    }
    let fault = session.fault();
    assert!(session.is_done() || fault.is_none());
    let answers = session.finish();
    assert_eq!(answers.len(), flight().len());
    for answer in answers.into_iter().flatten() {
        if let BusReply::Answer(payload) = answer {
            assert!(payload.len() <= MAX_ANSWERED);
        }
    }
    // Where it is sound a next flight begins, and hears nothing that was meant for the first.
    session.begin(flight());
    assert!(session.take_output().len() < MOST_SAID);
    session.receive(&text);
    session.fail(Fault::Late);
    assert!(session.take_output().is_empty() && session.fault().is_some());
    assert!(fault.is_none() || session.fault() == fault, "the first fault stays");
    let answers = session.finish();
    assert!(answers.len() == flight().len() && answers.iter().all(Result::is_err));
});
