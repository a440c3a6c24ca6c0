//! A receiver of webhooks.

use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Deliveries that may wait for the test to look at them.
const WAITING: usize = 64;
/// The largest delivery that is read.
const LARGEST: usize = 64 * 1024;

/// One delivery.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The raw body.
    pub body: Vec<u8>,
}

/// Answers the first `refusals` deliveries by 500 and the others by 204.
#[derive(Debug)]
pub struct Receiver {
    /// Where it listens.
    pub address: SocketAddr,
    deliveries: mpsc::Receiver<Delivery>,
    task: JoinHandle<()>,
}

impl Receiver {
    /// Listens on a free port of this machine.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn start(mut refusals: usize) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (arrived, deliveries) = mpsc::channel(WAITING);
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let Ok(delivery) = read(&mut stream).await else { continue };
                let status = if refusals > 0 { "500 No" } else { "204 Thanks" };
                refusals = refusals.saturating_sub(1);
                let answer =
                    format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
                let _gone = stream.write_all(answer.as_bytes()).await;
                if arrived.send(delivery).await.is_err() {
                    return;
                }
            }
        });
        Ok(Self { address, deliveries, task })
    }

    /// The next delivery, refused ones included.
    ///
    /// # Errors
    /// Where none comes in time.
    pub async fn next(&mut self, deadline: Duration) -> Result<Delivery> {
        let next = tokio::time::timeout(deadline, self.deliveries.recv()).await;
        next.context("no delivery in time")?.context("the receiver ended")
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read(stream: &mut TcpStream) -> Result<Delivery> {
    let mut bytes = Vec::new();
    loop {
        if let Some(delivery) = parse(&bytes) {
            return Ok(delivery);
        }
        anyhow::ensure!(bytes.len() < LARGEST, "too large");
        let count = stream.read_buf(&mut bytes).await?;
        anyhow::ensure!(count > 0, "cut off");
    }
}

/// `None` until the request is whole.
fn parse(bytes: &[u8]) -> Option<Delivery> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    let headers: BTreeMap<_, _> = head.lines().skip(1).filter_map(header).collect();
    let length: usize = headers.get("content-length")?.parse().ok()?;
    let body = bytes.get(end + 4..end + 4 + length)?.to_vec();
    Some(Delivery { headers, body })
}
