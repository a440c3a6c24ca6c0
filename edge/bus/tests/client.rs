//! The client against networks and servers that do what they should not.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use conclave_edge_bus::client::{Client, DEADLINE, Network, Transport, TransportError};
use conclave_edge_bus::codec::DecodeError;
use conclave_edge_bus::session::Fault;
use conclave_edge_core::platform::{BusError, BusReply};
use std::future::pending;
use std::net::SocketAddr;
use std::time::Duration;
use support::{GREETING, any_credential, ask, client, echo, server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

const SHORT: Duration = Duration::from_millis(200);
/// What is quick beside a deadline of seconds, on a machine that has other work.
const QUICK: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_connection_is_kept_for_the_next_flight() {
    let address = server(echo).await;
    let (client, record) = client(address, any_credential());
    assert!(client.flight(Vec::new()).await.is_empty());
    assert_eq!(record.dialled.get(), 0, "nothing to carry, nothing to dial");
    for word in ["one", "two"] {
        let answers = client.flight(vec![ask("a", word.as_bytes()), ask("b", b"other")]).await;
        let expected = [word, "other"].map(|word| Ok(BusReply::Answer(word.into())));
        assert_eq!(answers, expected);
    }
    assert_eq!(record.dialled.get(), 1);
    assert!(record.faults.borrow().is_empty());
}

#[tokio::test]
async fn flights_at_the_same_time_have_a_connection_each() {
    let address = server(echo).await;
    let (client, record) = client(address, any_credential());
    let (one, two) =
        tokio::join!(client.flight(vec![ask("a", b"1")]), client.flight(vec![ask("a", b"2")]));
    assert_eq!(one, [Ok(BusReply::Answer(b"1".to_vec()))]);
    assert_eq!(two, [Ok(BusReply::Answer(b"2".to_vec()))]);
    assert_eq!(record.dialled.get(), 2);
    client.flight(vec![ask("a", b"3")]).await.remove(0).unwrap();
    assert_eq!(record.dialled.get(), 2);
}

#[tokio::test]
async fn each_connection_has_an_inbox_of_its_own() {
    let (heard, mut hears) = mpsc::unbounded_channel();
    let address = server(move |mut stream| {
        let heard = heard.clone();
        async move {
            stream.write_all(GREETING).await.unwrap();
            let mut bytes = vec![0; 4096];
            let count = stream.read(&mut bytes).await.unwrap();
            heard.send(String::from_utf8_lossy(&bytes[..count]).into_owned()).unwrap();
        }
    })
    .await;
    let (client, _) = client(address, any_credential());
    let mut inboxes = Vec::new();
    for _ in 0..2 {
        assert_eq!(client.flight(vec![ask("a", b"")]).await, [Err(BusError::Timeout)]);
        let text = hears.recv().await.unwrap();
        let subscription = text.lines().find(|line| line.starts_with("SUB ")).unwrap().to_owned();
        inboxes.push(subscription);
    }
    assert_ne!(inboxes[0], inboxes[1]);
}

#[tokio::test]
async fn what_is_not_answered_times_out_alone_and_the_next_flight_dials_anew() {
    let address = server(echo).await;
    let (client, record) = client(address, any_credential());
    let client = client.with_deadline(SHORT);
    let answers = client.flight(vec![ask("silence", b""), ask("a", b"yes")]).await;
    assert_eq!(answers, [Err(BusError::Timeout), Ok(BusReply::Answer(b"yes".to_vec()))]);
    assert_eq!(*record.faults.borrow(), [Fault::Late]);
    client.flight(vec![ask("a", b"")]).await.remove(0).unwrap();
    assert_eq!(record.dialled.get(), 2);
}

#[tokio::test]
async fn a_lost_connection_is_noticed_at_once_and_the_next_flight_dials_anew() {
    let address = server(echo).await;
    let (client, record) = client(address, any_credential());
    let begun = Instant::now();
    let answers = client.flight(vec![ask("a", b"yes"), ask("end", b"")]).await;
    assert_eq!(answers, [Ok(BusReply::Answer(b"yes".to_vec())), Err(BusError::Timeout)]);
    assert!(begun.elapsed() < QUICK);
    assert_eq!(*record.faults.borrow(), [Fault::Lost]);
    client.flight(vec![ask("a", b"")]).await.remove(0).unwrap();
    assert_eq!(record.dialled.get(), 2);
}

#[tokio::test]
async fn a_server_that_never_speaks_costs_the_deadline_and_hears_nothing() {
    let (heard, mut hears) = mpsc::unbounded_channel();
    let address = server(move |mut stream| {
        let heard = heard.clone();
        async move {
            let mut all = Vec::new();
            stream.read_to_end(&mut all).await.unwrap();
            heard.send(all).unwrap();
        }
    })
    .await;
    let (client, record) = client(address, any_credential());
    let client = client.with_deadline(SHORT);
    let begun = Instant::now();
    assert_eq!(client.flight(vec![ask("a", b"")]).await, [Err(BusError::Timeout)]);
    assert!((SHORT..QUICK).contains(&begun.elapsed()));
    assert_eq!(*record.faults.borrow(), [Fault::Late]);
    let heard = timeout(QUICK, hears.recv()).await.expect("the connection was ended").unwrap();
    assert!(heard.is_empty(), "no credential before the server's first word");
}

#[tokio::test]
async fn what_does_not_speak_nats_is_told_from_what_does_not_speak() {
    for (says, fault, error) in [
        ("", Fault::Lost, BusError::Unavailable),
        ("INFO {}\r\n", Fault::Foreign, BusError::Unavailable),
        ("SSH-2.0-OpenSSH_9.6\r\n", operation(), BusError::Unavailable),
        ("HTTP/1.1 400 Bad Request\r\n\r\n", operation(), BusError::Unavailable),
        ("\0\u{1}\u{2}\n", Fault::Decode(DecodeError::Line), BusError::Unavailable),
    ] {
        let address = server(move |mut stream| async move {
            stream.write_all(says.as_bytes()).await.unwrap();
        })
        .await;
        let (client, record) = client(address, any_credential());
        let begun = Instant::now();
        assert_eq!(client.flight(vec![ask("a", b"")]).await, [Err(error)], "{says}");
        assert!(begun.elapsed() < QUICK);
        assert_eq!(*record.faults.borrow(), [fault], "{says}");
    }
}

fn operation() -> Fault {
    Fault::Decode(DecodeError::Operation)
}

#[tokio::test]
async fn nobody_listens() {
    // Kept bound, so that nobody else takes the port, and not listening.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let (client, record) = client(socket.local_addr().unwrap(), any_credential());
    assert_eq!(client.flight(vec![ask("a", b"")]).await, [Err(BusError::Unavailable)]);
    assert_eq!(*record.faults.borrow(), [Fault::Unreachable]);
}

#[tokio::test]
async fn a_greeting_one_byte_at_a_time_is_a_greeting() {
    let address = server(|mut stream| async move {
        for byte in GREETING {
            stream.write_all(&[*byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        let mut bytes = vec![0; 4096];
        let count = stream.read(&mut bytes).await.unwrap();
        assert!(String::from_utf8_lossy(&bytes[..count]).starts_with("CONNECT {"));
        stream.write_all(b"-ERR 'Authorization Violation'\r\n").await.unwrap();
    })
    .await;
    let (client, record) = client(address, any_credential());
    assert_eq!(client.flight(vec![ask("a", b"")]).await, [Err(BusError::Unavailable)]);
    assert_eq!(*record.faults.borrow(), [Fault::Refused]);
}

#[tokio::test]
async fn an_end_in_good_order_reaches_the_server() {
    let (ended, mut ends) = mpsc::unbounded_channel();
    let address = server(move |stream| {
        let ended = ended.clone();
        async move {
            echo(stream).await;
            ended.send(()).unwrap();
        }
    })
    .await;
    let (unused, record) = client(address, any_credential());
    unused.close().await;
    assert_eq!(record.dialled.get(), 0);
    let (used, _) = client(address, any_credential());
    used.flight(vec![ask("a", b"")]).await.remove(0).unwrap();
    assert!(ends.try_recv().is_err());
    used.close().await;
    timeout(QUICK, ends.recv()).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_flight_that_is_given_up_leaves_nothing_behind() {
    let address = server(echo).await;
    let (client, record) = client(address, any_credential());
    client.flight(vec![ask("a", b"")]).await.remove(0).unwrap();
    timeout(SHORT, client.flight(vec![ask("silence", b"")])).await.unwrap_err();
    let answers = client.flight(vec![ask("a", b"yes")]).await;
    assert_eq!(answers, [Ok(BusReply::Answer(b"yes".to_vec()))]);
    assert_eq!(record.dialled.get(), 2);
}

/// A network on which something never ends.
#[derive(Clone, Copy, PartialEq)]
enum Stuck {
    Connecting,
    Writing,
    Closing,
}

struct Pipe {
    stuck: Stuck,
    greeted: bool,
    answers: Vec<u8>,
}

impl Network for Stuck {
    type Transport = Pipe;

    fn encrypted(&self) -> bool {
        true
    }

    async fn connect(&self) -> Result<Pipe, TransportError> {
        if *self == Self::Connecting {
            pending::<()>().await;
        }
        Ok(Pipe { stuck: *self, greeted: false, answers: Vec::new() })
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

impl Transport for Pipe {
    async fn write(&mut self, bytes: Vec<u8>) -> Result<(), TransportError> {
        if self.stuck == Stuck::Writing {
            pending::<()>().await;
        }
        let text = String::from_utf8(bytes).unwrap();
        let publication = text.lines().find(|line| line.starts_with("PUB")).unwrap();
        let reply = publication.split(' ').nth(2).unwrap();
        self.answers = format!("MSG {reply} 1 0\r\n\r\n").into_bytes();
        Ok(())
    }

    async fn read(&mut self) -> Result<Vec<u8>, TransportError> {
        if std::mem::replace(&mut self.greeted, true) {
            return Ok(std::mem::take(&mut self.answers));
        }
        Ok(GREETING.to_vec())
    }

    async fn close(self) {
        pending::<()>().await;
    }
}

#[tokio::test]
async fn nothing_that_hangs_outlasts_the_deadline() {
    for stuck in [Stuck::Connecting, Stuck::Writing] {
        let client = Client::new(stuck, any_credential(), [0; 16]).with_deadline(SHORT);
        let begun = Instant::now();
        assert_eq!(client.flight(vec![ask("a", b"")]).await, [Err(BusError::Timeout)]);
        assert!((SHORT..QUICK).contains(&begun.elapsed()));
    }
    let client = Client::new(Stuck::Closing, any_credential(), [0; 16]);
    client.flight(vec![ask("a", b"")]).await.remove(0).unwrap();
    let begun = Instant::now();
    client.close().await;
    assert!(begun.elapsed() < QUICK);
}

#[tokio::test]
async fn debug_tells_nothing() {
    assert_eq!(DEADLINE, Duration::from_secs(3), "as with the native edge");
    let address: SocketAddr = ([127, 0, 0, 1], 4222).into();
    let text = format!("{:?} {:?}", client(address, any_credential()).0, any_credential());
    assert_eq!(text, "Client(…) Credential(…)");
}
