//! NATS's protocol by hand: an attacker is not held to what a library sends, and a `PONG` tells that
//! everything before its `PING` has been worked off, so that nothing here waits for silence.

use anyhow::{Context, Result, bail, ensure};
use conclave_protocol::encoding::base64url;
use conclave_protocol::nkey::NatsKey;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_websockets::{ClientBuilder, Message, WebSocketStream};

/// How long NATS may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A message that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// On which subject.
    pub subject: String,
    /// To which of one's own subscriptions.
    pub sid: u64,
    /// Headers, if any, and payload.
    pub bytes: Vec<u8>,
}

impl Received {
    /// The payload as JSON, or `null`.
    #[must_use]
    pub fn json(&self) -> Value {
        let end = self.bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
        let start = end.filter(|_| self.bytes.starts_with(b"NATS/1.0")).unwrap_or(0);
        serde_json::from_slice(self.bytes.get(start..).unwrap_or_default()).unwrap_or(Value::Null)
    }
}

/// A connection.
pub struct Raw {
    link: Link,
    buffer: Vec<u8>,
    last_sid: u64,
    received: Vec<Received>,
    /// What NATS said against this connection.
    pub errors: Vec<String>,
}

enum Link {
    Tcp(TcpStream),
    WebSocket(Box<WebSocketStream<TcpStream>>),
}

impl Raw {
    /// Connects by `nats://` or `ws://` with a credential, and signs NATS's nonce where there is a
    /// key. The outer error: no connection; the inner: NATS refuses, in its words.
    ///
    /// # Errors
    /// Where there is no NATS.
    pub async fn connect(
        url: &str,
        jwt: &str,
        key: Option<&NatsKey>,
    ) -> Result<std::result::Result<Self, String>> {
        let mut raw = Self {
            link: Link::open(url).await?,
            buffer: Vec::new(),
            last_sid: 0,
            received: Vec::new(),
            errors: Vec::new(),
        };
        let info = timeout(PATIENCE, raw.line()).await.context("NATS says nothing")??;
        let info = info.context("NATS greets nobody")?;
        let info: Value = serde_json::from_str(info.strip_prefix("INFO ").context("no INFO")?)?;
        let nonce = info["nonce"].as_str().unwrap_or_default();
        let signature = key.map(|key| base64url(&key.sign(nonce.as_bytes())));
        let connect = json!({ "verbose": false, "pedantic": false, "headers": true, "echo": true,
            "no_responders": true, "lang": "attack", "version": "1", "protocol": 1,
            "jwt": jwt, "sig": signature.unwrap_or_default() });
        raw.send(format!("CONNECT {connect}\r\n").as_bytes()).await?;
        Ok(if raw.sync().await? { Ok(raw) } else { Err(raw.errors.join("; ")) })
    }

    /// Subscribes, as one of a queue group where one is named. NATS may refuse: see `errors` after
    /// [`Raw::sync`].
    ///
    /// # Errors
    /// Where the connection is gone.
    pub async fn subscribe(&mut self, subject: &str, queue: Option<&str>) -> Result<u64> {
        self.last_sid += 1;
        let queue = queue.map(|name| format!("{name} ")).unwrap_or_default();
        self.send(format!("SUB {subject} {queue}{}\r\n", self.last_sid).as_bytes()).await?;
        Ok(self.last_sid)
    }

    /// Ends a subscription.
    ///
    /// # Errors
    /// Where the connection is gone.
    pub async fn unsubscribe(&mut self, sid: u64) -> Result<()> {
        self.send(format!("UNSUB {sid}\r\n").as_bytes()).await
    }

    /// Publishes.
    ///
    /// # Errors
    /// Where the connection is gone.
    pub async fn publish(&mut self, subject: &str, payload: &[u8]) -> Result<()> {
        self.publish_with(subject, None, &[], payload).await
    }

    /// Publishes with a reply subject and headers.
    ///
    /// # Errors
    /// Where the connection is gone.
    pub async fn publish_with(
        &mut self,
        subject: &str,
        reply: Option<&str>,
        headers: &[(&str, &str)],
        payload: &[u8],
    ) -> Result<()> {
        let reply = reply.map(|reply| format!("{reply} ")).unwrap_or_default();
        let mut bytes = if headers.is_empty() {
            format!("PUB {subject} {reply}{}\r\n", payload.len()).into_bytes()
        } else {
            let lines: String = headers.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
            let head = format!("NATS/1.0\r\n{lines}\r\n");
            let (header, all) = (head.len(), head.len() + payload.len());
            format!("HPUB {subject} {reply}{header} {all}\r\n{head}").into_bytes()
        };
        bytes.extend_from_slice(payload);
        bytes.extend_from_slice(b"\r\n");
        self.send(&bytes).await
    }

    /// Waits until NATS has worked off everything that was sent. False where it ended the connection
    /// instead.
    ///
    /// # Errors
    /// Where it does neither in time.
    pub async fn sync(&mut self) -> Result<bool> {
        timeout(PATIENCE, self.round_trip()).await.context("NATS says nothing")?
    }

    async fn round_trip(&mut self) -> Result<bool> {
        if self.send(b"PING\r\n").await.is_err() {
            // What it said before it went tells why.
            while let Ok(Some(line)) = self.line().await {
                self.note(&line).await?;
            }
            return Ok(false);
        }
        loop {
            match self.line().await? {
                Some(line) if line == "PONG" => return Ok(true),
                Some(line) => self.note(&line).await?,
                None => return Ok(false),
            }
        }
    }

    /// Takes what has come.
    pub fn take(&mut self) -> Vec<Received> {
        std::mem::take(&mut self.received)
    }

    /// Asks and waits for one answer on an own inbox below `prefix`; `None` where none comes.
    ///
    /// # Errors
    /// Where the connection is gone.
    pub async fn ask(
        &mut self,
        prefix: &str,
        subject: &str,
        headers: &[(&str, &str)],
        payload: &[u8],
    ) -> Result<Option<Received>> {
        let inbox = format!("{prefix}.{}", self.last_sid + 1);
        let sid = self.subscribe(&inbox, None).await?;
        self.publish_with(subject, Some(&inbox), headers, payload).await?;
        let answer = self.next_of(sid, Duration::from_secs(2)).await?;
        self.unsubscribe(sid).await?;
        Ok(answer)
    }

    /// The next message to a subscription, others kept for [`Raw::take`]; `None` where none comes.
    ///
    /// # Errors
    /// Where the connection is gone.
    pub async fn next_of(&mut self, sid: u64, deadline: Duration) -> Result<Option<Received>> {
        let wait = async {
            loop {
                if let Some(at) = self.received.iter().position(|message| message.sid == sid) {
                    return Ok(Some(self.received.remove(at)));
                }
                let Some(line) = self.line().await? else { return Ok(None) };
                self.note(&line).await?;
            }
        };
        timeout(deadline, wait).await.unwrap_or(Ok(None))
    }

    /// Resolves when NATS has ended the connection; false where it stands after `deadline`.
    ///
    /// # Errors
    /// Where NATS says something that is not its protocol.
    pub async fn is_ended(&mut self, deadline: Duration) -> Result<bool> {
        let wait = async {
            while let Some(line) = self.line().await? {
                self.note(&line).await?;
            }
            Ok(true)
        };
        timeout(deadline, wait).await.unwrap_or(Ok(false))
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// Where the connection is gone, or takes nothing for long.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        timeout(PATIENCE, self.link.write(bytes)).await.context("NATS takes nothing")?
    }

    async fn note(&mut self, line: &str) -> Result<()> {
        if let Some(error) = line.strip_prefix("-ERR ") {
            self.errors.push(error.trim_matches('\'').to_owned());
        } else if line == "PING" {
            // A connection that NATS has ended takes no answer, and need not.
            let _gone = self.send(b"PONG\r\n").await;
        } else if let Some(rest) = line.strip_prefix("MSG ").or(line.strip_prefix("HMSG ")) {
            let words: Vec<&str> = rest.split(' ').collect();
            let [subject, sid, .., length] = words.as_slice() else { bail!("malformed: {line}") };
            let bytes = self.bytes(length.parse()?).await?.context("cut off in a message")?;
            let (subject, sid) = ((*subject).to_owned(), sid.parse()?);
            self.received.push(Received { subject, sid, bytes });
        }
        Ok(())
    }

    /// A line without its end; `None` at the end of the connection.
    async fn line(&mut self) -> Result<Option<String>> {
        loop {
            if let Some(at) = self.buffer.windows(2).position(|two| two == b"\r\n") {
                let line: Vec<u8> = self.buffer.drain(..at + 2).take(at).collect();
                return Ok(Some(String::from_utf8(line)?.trim_end().to_owned()));
            }
            if !self.fill().await? {
                return Ok(None);
            }
        }
    }

    async fn bytes(&mut self, length: usize) -> Result<Option<Vec<u8>>> {
        while self.buffer.len() < length + 2 {
            if !self.fill().await? {
                return Ok(None);
            }
        }
        let mut bytes: Vec<u8> = self.buffer.drain(..length + 2).collect();
        bytes.truncate(length);
        Ok(Some(bytes))
    }

    async fn fill(&mut self) -> Result<bool> {
        let more = self.link.read().await;
        self.buffer.extend_from_slice(more.as_deref().unwrap_or_default());
        Ok(more.is_some())
    }
}

impl Link {
    async fn open(url: &str) -> Result<Self> {
        let (scheme, address) = url.split_once("://").context("not an address of NATS")?;
        let stream = TcpStream::connect(address.trim_end_matches('/')).await?;
        stream.set_nodelay(true)?;
        if scheme == "nats" {
            return Ok(Self::Tcp(stream));
        }
        ensure!(scheme == "ws", "not an address of NATS");
        let (stream, _) = ClientBuilder::new().uri(url)?.connect_on(stream).await?;
        Ok(Self::WebSocket(Box::new(stream)))
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Tcp(stream) => stream.write_all(bytes).await?,
            Self::WebSocket(stream) => stream.send(Message::binary(bytes.to_vec())).await?,
        }
        Ok(())
    }

    /// `None` at the end, however it came.
    async fn read(&mut self) -> Option<Vec<u8>> {
        match self {
            Self::Tcp(stream) => {
                let mut buffer = Vec::with_capacity(16 * 1024);
                let count = stream.read_buf(&mut buffer).await.ok()?;
                (count > 0).then_some(buffer)
            }
            Self::WebSocket(stream) => {
                let message = stream.next().await?.ok()?;
                (!message.is_close()).then(|| message.as_payload().to_vec())
            }
        }
    }
}
