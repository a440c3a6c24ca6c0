//! What must hold for every input: fragmentation does not matter, nothing panics, and what is written
//! reads the same.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use conclave_edge_bus::codec::{self, DecodeError, Decoder, MAX_INFO, MAX_MESSAGE, ServerOp};
use conclave_edge_bus::session::{Credential, Session};
use conclave_edge_core::platform::BusOp;
use conclave_edge_core::wire::{Incoming, Message};
use conclave_protocol::bucket::ROOMS;
use conclave_protocol::nkey::{KeyKind, NatsKey};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A server's words and what they mean, written without the crate.
#[derive(Debug, Clone)]
struct Said {
    bytes: Vec<u8>,
    means: Meaning,
}

#[derive(Debug, Clone, PartialEq)]
enum Meaning {
    Word(&'static str),
    Nonce(String),
    Message(String, u64, Incoming),
}

fn blank() -> impl Strategy<Value = &'static str> {
    select(vec![" ", "  ", "\t", " \t "])
}

fn any_case(word: &'static str) -> impl Strategy<Value = String> {
    any::<u32>().prop_map(move |bits| {
        let letters = word.chars().enumerate();
        letters.map(|(i, c)| if bits >> i & 1 == 0 { c } else { c.to_ascii_lowercase() }).collect()
    })
}

fn word() -> impl Strategy<Value = Said> {
    select(vec!["PING", "PONG", "+OK"]).prop_flat_map(|word| {
        any_case(word).prop_map(move |text| Said {
            bytes: format!("{text}\r\n").into_bytes(),
            means: Meaning::Word(word),
        })
    })
}

fn info() -> impl Strategy<Value = Said> {
    (any_case("INFO"), "[a-zA-Z0-9_-]{1,22}", vec("[a-z0-9.:]{0,30}", 0..200)).prop_map(
        |(name, nonce, urls)| Said {
            bytes: format!(
                "{name} {{\"connect_urls\":{urls:?},\"nonce\":\"{nonce}\",\"headers\":true}} \r\n"
            )
            .into_bytes(),
            means: Meaning::Nonce(nonce),
        },
    )
}

fn message() -> impl Strategy<Value = Said> {
    (
        "[!-,/-~]{1,8}(\\.[!-,/-~]{1,8}){0,3}",
        any::<u64>(),
        proptest::option::of("[a-z.]{1,8}"),
        vec(any::<u8>(), 0..300),
        proptest::option::of((
            proptest::option::of(100_u16..1000),
            vec(("[!-9;-~]{1,12}", "([!-~äß]{1,4}( [!-~]{1,4})?)?"), 0..4),
        )),
        blank(),
    )
        .prop_map(|(subject, sid, reply, payload, headers, blank)| {
            let reply = reply.map(|reply| format!("{blank}{reply}")).unwrap_or_default();
            let begin = format!("{blank}{subject}{blank}{sid}{reply}{blank}");
            let mut section = String::new();
            let mut incoming = Incoming { payload: payload.clone(), ..Incoming::default() };
            let head = match headers {
                None => format!("MSG{begin}{}\r\n", payload.len()),
                Some((status, headers)) => {
                    let text = status.map(|status| format!(" {status} Some Words"));
                    section = format!("NATS/1.0{}\r\n", text.unwrap_or_default());
                    for (name, value) in &headers {
                        section.push_str(&format!("{name}: {value}\r\n"));
                    }
                    section.push_str("\r\n");
                    (incoming.status, incoming.headers) = (status, headers);
                    let total = section.len() + payload.len();
                    format!("HMSG{begin}{}{blank}{total}\r\n", section.len())
                }
            };
            let bytes = [head.as_bytes(), section.as_bytes(), &payload, b"\r\n"].concat();
            Said { bytes, means: Meaning::Message(subject, sid, incoming) }
        })
}

fn said() -> impl Strategy<Value = Vec<Said>> {
    vec(prop_oneof![word(), info(), message(), message()], 0..12)
}

fn meaning(operation: ServerOp) -> Meaning {
    match operation {
        ServerOp::Ping => Meaning::Word("PING"),
        ServerOp::Pong => Meaning::Word("PONG"),
        ServerOp::Ok => Meaning::Word("+OK"),
        ServerOp::Info(info) => Meaning::Nonce(info.nonce.unwrap()),
        ServerOp::Message(it) => Meaning::Message(it.subject, it.sid, it.incoming.unwrap()),
        ServerOp::Err(fault) => panic!("{fault:?}"),
    }
}

type Read = (Vec<ServerOp>, Option<DecodeError>, usize);

/// Operations, error, and bytes held at the end, where pieces end at `cuts`.
fn read(bytes: &[u8], cuts: &[usize]) -> Read {
    let mut decoder = Decoder::new();
    let mut all = Vec::new();
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    for pair in cuts.windows(2) {
        let mut piece = &bytes[pair[0]..pair[1]];
        loop {
            match decoder.read(&mut piece) {
                Ok(Some(operation)) => all.push(operation),
                Ok(None) => break,
                Err(error) => return (all, Some(error), 0),
            }
        }
        assert!(piece.is_empty(), "all is taken");
        assert!(decoder.held() <= MAX_INFO.max(MAX_MESSAGE + 2));
    }
    (all, None, decoder.held())
}

/// Bytes that look like a server's more often than chance.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        vec(any::<u8>(), 0..40),
        said().prop_map(|all| all.into_iter().flat_map(|said| said.bytes).collect()),
        select(vec![
            "MSG a 1 99999999999999999999\r\n",
            "MSG a 1 -1\r\n",
            "MSG a 1 NaN\r\n",
            "HMSG a 1 13 12\r\n",
            "HMSG a 1 12 12\r\nNATS/1.0\r\n\r\n\r\n",
            "HMSG a 1 r 4 9\r\n",
            "MSG a 1 5\r\n",
            "-ERR 'Permissions Violation for Publish to \"a\"'\r\n",
            "-ERR\r\n",
            "INFO {\"max_payload\":-1}\r\n",
            "\r\n",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// What a client says, read in the simplest way: subject, reply, headers, payload.
fn reference(bytes: &[u8]) -> (String, String, Vec<(String, String)>, Vec<u8>) {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n").unwrap();
    let line = std::str::from_utf8(&bytes[..end]).unwrap();
    let words: Vec<_> = line.split(' ').collect();
    let body = &bytes[end + 2..];
    let total: usize = words.last().unwrap().parse().unwrap();
    assert_eq!(&body[total..], b"\r\n", "one operation and no more");
    let start = match words.len() {
        4 if words[0] == "PUB" => 0,
        5 if words[0] == "HPUB" => words[3].parse().unwrap(),
        _ => panic!("{line}"),
    };
    let section = std::str::from_utf8(&body[..start]).unwrap();
    let mut lines = section.split("\r\n");
    assert_eq!(lines.next(), Some(if start == 0 { "" } else { "NATS/1.0" }));
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    (words[1].into(), words[2].into(), headers, body[start..total].to_vec())
}

proptest! {
    #[test]
    fn a_server_is_understood_in_whatever_pieces_it_comes(
        said in said(),
        cuts in vec(any::<usize>(), 0..20),
    ) {
        let bytes: Vec<u8> = said.iter().flat_map(|said| said.bytes.clone()).collect();
        let means: Vec<_> = said.into_iter().map(|said| said.means).collect();
        let every: Vec<_> = (0..bytes.len()).collect();
        for cuts in [&cuts, &Vec::new(), &every] {
            let (all, error, held) = read(&bytes, cuts);
            prop_assert_eq!((error, held), (None, 0));
            prop_assert_eq!(all.into_iter().map(meaning).collect::<Vec<_>>(), means.clone());
        }
    }

    #[test]
    fn any_bytes_end_alike_in_whatever_pieces_they_come(
        bytes in nearly(),
        cuts in vec(any::<usize>(), 0..20),
    ) {
        prop_assert_eq!(read(&bytes, &cuts), read(&bytes, &[]));
    }

    #[test]
    fn what_is_written_reads_the_same_or_is_not_written(
        subject in "[ -~]{0,12}|[a-z$_]{1,8}(\\.[A-Za-z0-9]{1,8}){0,3}",
        reply in "[a-z.]{1,12}",
        headers in vec(("[ -~]{0,8}|[A-Za-z-]{1,8}", "\\PC{0,20}|[ -~\r\n]{0,20}"), 0..4),
        payload in vec(any::<u8>(), 0..200),
    ) {
        let leaked = headers.iter().map(|(name, value)| {
            let name: &'static str = Box::leak(name.clone().into_boxed_str());
            (name, value.clone())
        });
        let (headers, given) = (leaked.collect(), headers.clone());
        let message = Message { subject: subject.clone(), headers, payload: payload.clone() };
        let mut out = Vec::new();
        match codec::publish(&mut out, &message, &reply, MAX_MESSAGE) {
            Ok(()) => prop_assert_eq!(reference(&out), (subject, reply, given, payload)),
            Err(_) => prop_assert!(out.is_empty()),
        }
    }

    #[test]
    fn no_server_makes_a_session_panic_or_say_more_than_it_was_asked(
        greeted: bool,
        pieces in vec(nearly(), 0..6),
    ) {
        let key = NatsKey::from_random(KeyKind::User, [1; 32]);
        let mut session = Session::new(Credential::new("a.b.c".into(), key), "_I", [0; 16], false);
        session.begin(vec![BusOp::Get { bucket: ROOMS, key: "k".into() }, BusOp::Nodes]);
        if greeted {
            session.receive(b"INFO {\"nonce\":\"n\",\"headers\":true}\r\n");
        }
        let mut said = 0;
        for piece in pieces {
            session.receive(&piece);
            said += session.take_output().len();
        }
        prop_assert!(said < 1000, "{said}");
        prop_assert_eq!(session.finish().len(), 2);
    }
}
