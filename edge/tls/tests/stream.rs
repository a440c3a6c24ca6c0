//! How the bytes of a connection go both ways.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
mod support;

use conclave_edge_tls::{MAX_PENDING, Roots, Tls, TlsError};
use std::sync::LazyLock;
use support::memory::{Server, handshake, run};
use support::pki::*;

static USUAL: LazyLock<(Shown, Roots)> = LazyLock::new(usual);

fn pair() -> (Tls, Server) {
    (Tls::new(NAME, &USUAL.1, NOW).unwrap(), Server::new(&USUAL.0))
}

fn ready() -> (Tls, Server) {
    let (mut tls, mut server) = pair();
    handshake(&mut tls, &mut server).unwrap();
    (tls, server)
}

/// What the server says by these words, on the wire.
fn wire(server: &mut Server, words: &[u8]) -> Vec<u8> {
    server.say(words);
    server.take_output()
}

#[test]
fn bytes_may_be_cut_anywhere() {
    for cut in [1, 2, 3, 5, 7, 100, 1000] {
        let (mut tls, mut server) = pair();
        tls.send(b"early").unwrap();
        assert_eq!(run(&mut tls, &mut server, cut).unwrap(), [&b"early"[..], b""]);
        server.say(&[7; 40_000]);
        tls.send(&[8; 50_000]).unwrap();
        let [by_server, by_client] = run(&mut tls, &mut server, cut).unwrap();
        assert!(by_server == [8; 50_000] && by_client == [7; 40_000]);
    }
}

#[test]
fn much_goes_both_ways_at_once() {
    let (mut tls, mut server) = ready();
    let words = (0..3_000_000_u32).map(|at| at.to_le_bytes()[0]).collect::<Vec<_>>();
    assert!(tls.receive(&wire(&mut server, &words)).unwrap() == words);
    tls.send(&words).unwrap();
    assert!(server.receive(&tls.take_output()) == words);
    assert_eq!(tls.take_output(), b"");
}

#[test]
fn what_waits_is_bounded_and_kept_in_order() {
    let (mut tls, mut server) = pair();
    let hello = tls.take_output();
    tls.send(&[1; MAX_PENDING - 1]).unwrap();
    assert_eq!(tls.send(&[2; 2]), Err(TlsError::Full));
    tls.send(&[3]).unwrap();
    assert_eq!(tls.send(&[4]), Err(TlsError::Full));
    tls.send(&[]).unwrap();
    assert_eq!(tls.take_output(), b"", "nothing is said before it is known to whom");
    assert!(!tls.is_ready());
    server.receive(&hello);
    let [heard, _] = run(&mut tls, &mut server, usize::MAX).unwrap();
    assert!(heard == [[1; MAX_PENDING - 1].as_slice(), &[3]].concat());
    tls.send(&[5; 2 * MAX_PENDING]).unwrap();
    assert!(server.receive(&tls.take_output()) == [5; 2 * MAX_PENDING]);
}

#[test]
fn the_server_says_its_end() {
    let (mut tls, mut server) = ready();
    server.0.send_close_notify();
    let end = server.take_output();
    assert_eq!(tls.receive(&end[..end.len() - 1]), Ok(vec![]));
    assert!(!tls.is_closed());
    assert_eq!(tls.receive(&end[end.len() - 1..]), Ok(vec![]));
    assert!(tls.is_closed() && tls.is_ready());
    // RFC 8446, section 6.1: what comes after is ignored, and the other direction goes on.
    assert_eq!(tls.receive(b"anything"), Ok(vec![]));
    tls.send(b"still").unwrap();
    assert_eq!(server.receive(&tls.take_output()), b"still");
    tls.close();
    server.receive(&tls.take_output());
    assert!(server.0.process_new_packets().unwrap().peer_has_closed());
}

#[test]
fn words_before_an_end_in_the_same_bytes_are_heard() {
    let (mut tls, mut server) = ready();
    let mut bytes = wire(&mut server, b"last words");
    server.0.send_close_notify();
    bytes.extend(server.take_output());
    bytes.extend(b"garbage");
    assert_eq!(tls.receive(&bytes).unwrap(), b"last words");
    assert!(tls.is_closed());
}

#[test]
fn this_side_says_its_end() {
    let (mut tls, mut server) = ready();
    tls.send(b"bye").unwrap();
    tls.close();
    tls.close();
    assert_eq!(server.receive(&tls.take_output()), b"bye");
    assert!(server.0.process_new_packets().unwrap().peer_has_closed());
    assert_eq!(tls.send(b"more"), Err(TlsError::Closed));
    assert_eq!(tls.receive(b"not a record at all"), Ok(vec![]));
    assert_eq!(tls.take_output(), b"");
}

#[test]
fn an_end_before_it_is_ready_comes_after_what_was_sent() {
    let (mut tls, mut server) = pair();
    tls.send(b"short").unwrap();
    tls.close();
    assert_eq!(run(&mut tls, &mut server, usize::MAX).unwrap(), [&b"short"[..], b""]);
    assert!(server.0.process_new_packets().unwrap().peer_has_closed());
}

#[test]
fn a_cut_connection_is_not_closed() {
    let (mut tls, mut server) = ready();
    let bytes = wire(&mut server, b"half a word");
    assert_eq!(tls.receive(&bytes[..bytes.len() - 1]), Ok(vec![]));
    assert!(!tls.is_closed() && tls.is_ready());
}

#[test]
fn keys_may_change() {
    let (mut tls, mut server) = ready();
    for _ in 0..3 {
        server.0.refresh_traffic_keys().unwrap();
        assert_eq!(tls.receive(&wire(&mut server, b"new keys")).unwrap(), b"new keys");
        tls.send(b"mine too").unwrap();
        assert_eq!(server.receive(&tls.take_output()), b"mine too");
    }
}

#[test]
fn nothing_says_who_it_is_about() {
    let (tls, _) = ready();
    let all = format!("{tls:?} {:?}", USUAL.1);
    assert!(!all.contains("example") && !all.contains("root"), "{all}");
}
