//! Connections by tokio, servers by hand, and a real one.
#![allow(dead_code)] // Each test file uses its part.

pub mod raw;

use conclave_edge_bus::client::{Client, Network, Transport, TransportError};
use conclave_edge_bus::session::{Credential, Fault};
use conclave_edge_core::platform::BusOp;
use conclave_protocol::bucket::ROOMS;
use conclave_protocol::nkey::{KeyKind, NatsKey};
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What a client did on the network.
#[derive(Default)]
pub struct Record {
    pub dialled: Cell<usize>,
    pub faults: RefCell<Vec<Fault>>,
}

/// Plain TCP.
pub struct Tcp {
    address: SocketAddr,
    record: Rc<Record>,
}

pub struct Stream(TcpStream);

impl Transport for Stream {
    async fn write(&mut self, bytes: Vec<u8>) -> Result<(), TransportError> {
        self.0.write_all(&bytes).await.map_err(|_| TransportError)
    }

    async fn read(&mut self) -> Result<Vec<u8>, TransportError> {
        let mut bytes = vec![0; 64 << 10];
        let count = self.0.read(&mut bytes).await.map_err(|_| TransportError)?;
        bytes.truncate(count);
        Ok(bytes)
    }

    async fn close(mut self) {
        let _peer_may_be_gone = self.0.shutdown().await;
    }
}

impl Network for Tcp {
    type Transport = Stream;

    fn encrypted(&self) -> bool {
        false
    }

    async fn connect(&self) -> Result<Stream, TransportError> {
        self.record.dialled.set(self.record.dialled.get() + 1);
        let stream = TcpStream::connect(self.address).await.map_err(|_| TransportError)?;
        stream.set_nodelay(true).map_err(|_| TransportError)?;
        Ok(Stream(stream))
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    fn failed(&self, fault: Fault) {
        self.record.faults.borrow_mut().push(fault);
    }
}

pub fn client(address: SocketAddr, credential: Credential) -> (Client<Tcp>, Rc<Record>) {
    let record = Rc::new(Record::default());
    let tcp = Tcp { address, record: Rc::clone(&record) };
    let mut secret = [0; 16];
    // Of an address no two tests use at a time, and of no other test's answers.
    secret[..2].copy_from_slice(&address.port().to_be_bytes());
    (Client::new(tcp, credential, secret), record)
}

/// For servers by hand, who ask no questions.
pub fn any_credential() -> Credential {
    Credential::new("a.b.c".into(), NatsKey::from_random(KeyKind::User, [3; 32]))
}

pub fn ask(subject: &str, payload: &[u8]) -> BusOp {
    BusOp::Request { subject: subject.into(), payload: payload.into() }
}

pub fn get(key: &str) -> BusOp {
    BusOp::Get { bucket: ROOMS, key: key.into() }
}

pub fn put(key: &str, value: &[u8], expected: u64) -> BusOp {
    BusOp::Put { bucket: ROOMS, key: key.into(), value: value.into(), expected, ttl: None }
}

/// A server by hand: every connection is given to `serve`, one after another.
pub async fn server<F: Future<Output = ()> + Send + 'static>(
    serve: impl Fn(TcpStream) -> F + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            tokio::spawn(serve(stream));
        }
    });
    address
}

pub const GREETING: &[u8] =
    b"INFO {\"nonce\":\"abc\",\"headers\":true,\"max_payload\":1048576}\r\n";

/// Greets, and answers each publication with its payload; what is published to `silence` it keeps to
/// itself, and at one to `end` it ends.
pub async fn echo(mut stream: TcpStream) {
    stream.write_all(GREETING).await.unwrap();
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while stream.read_line(&mut line).await.is_ok_and(|count| count > 0) {
        let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        line.clear();
        let [publish, subject, reply, length] = &words[..] else { continue };
        if publish != "PUB" {
            continue;
        }
        let mut payload = vec![0; length.parse::<usize>().unwrap() + 2];
        stream.read_exact(&mut payload).await.unwrap();
        match subject.as_str() {
            "silence" => {}
            "end" => return,
            _ => {
                let head = format!("MSG {reply} 1 {length}\r\n");
                stream.write_all(head.as_bytes()).await.unwrap();
                stream.write_all(&payload).await.unwrap();
            }
        }
    }
}
