//! Ours beside async-nats: what one writes the other reads, and both write the same.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use async_nats::HeaderMap;
use conclave_edge_bus::codec::{self, MAX_MESSAGE};
use conclave_edge_core::wire::{Incoming, Message};
use conclave_protocol::roles::BusRole;
use conclave_test_nats::{Nats, keys};
use futures_util::StreamExt;
use support::raw::Raw;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const INBOX: &str = "_INBOX.edge.x";

fn headers() -> Vec<(&'static str, String)> {
    let value = |text: &str| text.to_owned();
    vec![
        ("Nats-Expected-Last-Subject-Sequence", value("0")),
        ("Nats-TTL", value("60s")),
        ("lower", value("with: a colon")),
        ("Empty", value("")),
        ("Far", value("ä → ß")),
        ("Far", value("twice")),
    ]
}

fn payloads() -> [Vec<u8>; 4] {
    [Vec::new(), b"text".to_vec(), b"\r\nPING\r\n\0\xff".to_vec(), vec![7; 300_000]]
}

fn sorted(headers: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut all: Vec<_> = headers.into_iter().collect();
    all.sort();
    all
}

#[tokio::test]
async fn what_async_nats_publishes_arrives_as_it_was() {
    let nats = Nats::start().await;
    let theirs = nats.admin().await;
    let mut ours = Raw::connect(nats.address(), keys::user(BusRole::Edge, None, None)).await;
    let mut out = Vec::new();
    codec::subscribe(&mut out, "_INBOX.edge.>", 7).unwrap();
    ours.send(&out).await;
    ours.flush().await;
    for payload in payloads() {
        let mut map = HeaderMap::new();
        for (name, value) in headers() {
            map.append(name, value);
        }
        theirs.publish_with_headers(INBOX, map, payload.clone().into()).await.unwrap();
        let came = ours.message().await;
        assert_eq!((came.subject.as_str(), came.sid), (INBOX, 7));
        let came = came.incoming.unwrap();
        assert!(came.payload == payload && came.status.is_none());
        let given = headers().into_iter().map(|(name, value)| (name.to_owned(), value));
        assert_eq!(sorted(came.headers), sorted(given));

        theirs.publish_with_reply(INBOX, "a.reply", payload.clone().into()).await.unwrap();
        let came = ours.message().await;
        assert!(came.incoming == Some(Incoming { payload, ..Incoming::default() }));
    }
}

#[tokio::test]
async fn what_we_publish_arrives_at_async_nats_as_it_was() {
    let nats = Nats::start().await;
    let theirs = nats.admin().await;
    let mut hears = theirs.subscribe("node.n1.req").await.unwrap();
    theirs.flush().await.unwrap();
    let mut ours = Raw::connect(nats.address(), keys::user(BusRole::Edge, None, None)).await;
    for payload in payloads() {
        for headers in [headers(), Vec::new()] {
            let message = Message {
                subject: "node.n1.req".into(),
                headers: headers.clone(),
                payload: payload.clone(),
            };
            let mut out = Vec::new();
            codec::publish(&mut out, &message, INBOX, MAX_MESSAGE).unwrap();
            ours.send(&out).await;
            let came = hears.next().await.unwrap();
            assert!(came.payload == payload && came.status.is_none());
            assert_eq!(came.reply.unwrap().as_str(), INBOX);
            let came = came.headers.unwrap_or_default();
            let came = came.iter().flat_map(|(name, values)| {
                values.iter().map(move |value| (name.to_string(), value.to_string()))
            });
            let given = headers.into_iter().map(|(name, value)| (name.to_owned(), value));
            assert_eq!(sorted(came), sorted(given));
        }
    }
}

/// How async-nats says, at the end, that it is done.
const END: &[u8] = b"PUB end 0\r\n\r\n";

/// Plays a server to async-nats, does `act` with it, and returns what it wrote after its `CONNECT`.
async fn captured<T>(act: impl AsyncFnOnce(&async_nats::Client) -> T) -> Vec<u8> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let info =
            br#"INFO {"server_id":"N","version":"2.15.1","headers":true,"max_payload":1048576}"#;
        stream.write_all(&[info.as_slice(), b"\r\n"].concat()).await.unwrap();
        let connect = until(&mut stream, b"PING\r\n").await;
        assert!(connect.starts_with(b"CONNECT {"));
        stream.write_all(b"PONG\r\n").await.unwrap();
        until(&mut stream, END).await
    });
    let client = async_nats::connect(format!("nats://{address}")).await.unwrap();
    let _kept_until_then = act(&client).await;
    client.publish("end", "".into()).await.unwrap();
    client.flush().await.unwrap();
    serving.await.unwrap()
}

async fn until(stream: &mut TcpStream, end: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(end) {
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0);
    }
    bytes.truncate(bytes.len() - end.len());
    bytes
}

/// The same bytes but for: `CONNECT`, where each says who it is; the number of the subscription, which
/// each counts itself; and the order of headers, which async-nats keeps in a hash map (so here is one).
#[tokio::test]
async fn both_write_the_same() {
    let theirs = captured(async |client| {
        let subscribed = client.subscribe("_INBOX.edge.x.*").await.unwrap();
        client.publish_with_reply("a.b", "r.1", "hi".into()).await.unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("Nats-TTL", "60s");
        let payload = "with headers".into();
        client.publish_with_reply_and_headers("$KV.a.b", "r.2", headers, payload).await.unwrap();
        client.publish_with_reply("a.b", "r.3", "".into()).await.unwrap();
        subscribed
    })
    .await;
    let sid: u64 = String::from_utf8_lossy(&theirs)
        .lines()
        .next()
        .and_then(|line| line.rsplit(' ').next()?.parse().ok())
        .unwrap();
    let mut ours = Vec::new();
    codec::subscribe(&mut ours, "_INBOX.edge.x.*", sid).unwrap();
    for (subject, reply, headers, payload) in [
        ("a.b", "r.1", Vec::new(), "hi"),
        ("$KV.a.b", "r.2", vec![("Nats-TTL", "60s".to_owned())], "with headers"),
        ("a.b", "r.3", Vec::new(), ""),
    ] {
        let message = Message { subject: subject.into(), headers, payload: payload.into() };
        codec::publish(&mut ours, &message, reply, MAX_MESSAGE).unwrap();
    }
    assert_eq!(String::from_utf8(ours).unwrap(), String::from_utf8(theirs).unwrap());
}
