//! A connection by hand, with the crate's codec and nothing above it.

use conclave_edge_bus::codec::{self, Decoder, Delivery, ServerOp};
use conclave_test_nats::keys::User;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub struct Raw {
    stream: TcpStream,
    decoder: Decoder,
    /// What was read and not yet understood.
    bytes: Vec<u8>,
}

impl Raw {
    pub async fn connect(address: SocketAddr, (jwt, key): User) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let mut raw = Self { stream, decoder: Decoder::new(), bytes: Vec::new() };
        let ServerOp::Info(info) = raw.next().await else { panic!("no INFO") };
        let signature = key.sign(info.nonce.unwrap().as_bytes());
        let mut out = Vec::new();
        codec::connect(&mut out, &jwt, &signature).unwrap();
        raw.send(&out).await;
        raw.flush().await;
        raw
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// Returns when the server has read everything. What it says on the way is dropped.
    pub async fn flush(&mut self) {
        self.send(b"PING\r\n").await;
        while self.next().await != ServerOp::Pong {}
    }

    /// The next message.
    pub async fn message(&mut self) -> Delivery {
        loop {
            if let ServerOp::Message(message) = self.next().await {
                return message;
            }
        }
    }

    async fn next(&mut self) -> ServerOp {
        loop {
            let mut rest = self.bytes.as_slice();
            let read = self.decoder.read(&mut rest).unwrap();
            self.bytes = rest.to_vec();
            match read {
                Some(ServerOp::Err(fault)) => panic!("{fault:?}"),
                Some(operation) => return operation,
                None => assert!(self.stream.read_buf(&mut self.bytes).await.unwrap() > 0),
            }
        }
    }
}
