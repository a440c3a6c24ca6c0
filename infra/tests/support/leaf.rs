//! A leaf connection by hand, as whoever stole a credential would make one: over TCP, and over the path
//! that NATS opens beside the browsers' WebSocket.

use super::PATIENCE;
use conclave_protocol::encoding::base64url;
use conclave_protocol::nkey::NatsKey;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_websockets::{ClientBuilder, Message, WebSocketStream};

pub struct Leaf {
    link: Link,
    buffer: Vec<u8>,
    /// Subjects of messages that came.
    pub heard: Vec<String>,
    /// What NATS said against this connection.
    pub errors: Vec<String>,
}

enum Link {
    Tcp(TcpStream),
    WebSocket(Box<WebSocketStream<TcpStream>>),
}

impl Leaf {
    /// At NATS's listener for gates. The error is what NATS said.
    pub async fn open(address: SocketAddr, jwt: &str, key: &NatsKey) -> Result<Self, Vec<String>> {
        let stream = TcpStream::connect(address).await.unwrap();
        Self::greet(Link::Tcp(stream), jwt, key).await
    }

    /// At the browsers' listener, which is told by its `ws://` address.
    pub async fn open_by_websocket(
        url: &str,
        jwt: &str,
        key: &NatsKey,
    ) -> Result<Self, Vec<String>> {
        let uri = format!("{url}/leafnode");
        let stream = TcpStream::connect(url.trim_start_matches("ws://")).await.unwrap();
        let (stream, _) = ClientBuilder::new().uri(&uri).unwrap().connect_on(stream).await.unwrap();
        Self::greet(Link::WebSocket(Box::new(stream)), jwt, key).await
    }

    async fn greet(link: Link, jwt: &str, key: &NatsKey) -> Result<Self, Vec<String>> {
        let mut leaf = Self { link, buffer: Vec::new(), heard: Vec::new(), errors: Vec::new() };
        let info = timeout(PATIENCE, leaf.line()).await.unwrap().expect("NATS greets nobody");
        let info: Value = serde_json::from_str(info.strip_prefix("INFO ").unwrap()).unwrap();
        let nonce = info["nonce"].as_str().unwrap();
        let connect = json!({ "name": "thief", "server_id": "thief", "cluster": "thief",
            "version": "2.15.1", "headers": true, "jwt": jwt,
            "sig": base64url(&key.sign(nonce.as_bytes())) });
        leaf.send(&format!("CONNECT {connect}\r\n")).await;
        if leaf.sync().await { Ok(leaf) } else { Err(leaf.errors) }
    }

    pub async fn subscribe(&mut self, subject: &str) {
        self.send(&format!("LS+ {subject}\r\n")).await;
    }

    pub async fn publish(&mut self, subject: &str, reply: &str, payload: &str) {
        self.send(&format!("LMSG {subject} {reply} {}\r\n{payload}\r\n", payload.len())).await;
    }

    /// Waits until NATS has worked off everything that was sent. False where it ended the connection
    /// instead.
    pub async fn sync(&mut self) -> bool {
        self.send("PING\r\n").await;
        timeout(PATIENCE, self.pong()).await.expect("NATS says nothing")
    }

    async fn pong(&mut self) -> bool {
        while let Some(line) = self.line().await {
            if line == "PONG" {
                return true;
            }
            if let Some(error) = line.strip_prefix("-ERR ") {
                self.errors.push(error.trim_matches('\'').to_owned());
            } else if line == "PING" {
                self.send("PONG\r\n").await;
            } else if let Some(rest) = line.strip_prefix("LMSG ").or(line.strip_prefix("LHMSG ")) {
                let words: Vec<&str> = rest.split(' ').collect();
                let (subject, length) = (words[0].to_owned(), words[words.len() - 1]);
                let end = length.parse::<usize>().unwrap() + 2;
                while self.buffer.len() < end {
                    assert!(self.fill().await, "cut off in a message");
                }
                self.buffer.drain(..end);
                self.heard.push(subject);
            }
        }
        false
    }

    /// A connection that NATS has ended takes nothing, which the next read tells.
    async fn send(&mut self, text: &str) {
        match &mut self.link {
            Link::Tcp(stream) => drop(stream.write_all(text.as_bytes()).await),
            Link::WebSocket(stream) => {
                drop(stream.send(Message::binary(text.as_bytes().to_vec())).await);
            }
        }
    }

    async fn line(&mut self) -> Option<String> {
        loop {
            if let Some(at) = self.buffer.windows(2).position(|two| two == b"\r\n") {
                let line: Vec<u8> = self.buffer.drain(..at + 2).take(at).collect();
                return Some(String::from_utf8(line).unwrap().trim_end().to_owned());
            }
            if !self.fill().await {
                return None;
            }
        }
    }

    async fn fill(&mut self) -> bool {
        match &mut self.link {
            Link::Tcp(stream) => matches!(stream.read_buf(&mut self.buffer).await, Ok(1..)),
            Link::WebSocket(stream) => match stream.next().await {
                Some(Ok(message)) if !message.is_close() => {
                    self.buffer.extend_from_slice(message.as_payload());
                    true
                }
                _ => false,
            },
        }
    }
}
