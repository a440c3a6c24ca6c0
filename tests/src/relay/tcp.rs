//! Streams, delayed and throttled. A connection's handshake takes a round trip as well: the first byte waits for
//! it, since the loopback's own handshake took none.

use super::Link;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Chunks under way in one direction of one connection.
const IN_FLIGHT: usize = 256;
/// Bytes of a chunk: large enough that a throttled link's pauses are longer than a timer's error.
const CHUNK: usize = 64 * 1024;

pub(super) async fn accept(listener: TcpListener, target: SocketAddr, link: Link) {
    while let Ok((stream, _)) = listener.accept().await {
        let established = Instant::now() + link.delay * 2;
        tokio::spawn(async move {
            if let Ok(upstream) = TcpStream::connect(target).await {
                let _set = (stream.set_nodelay(true), upstream.set_nodelay(true));
                let (from_client, to_client) = stream.into_split();
                let (from_server, to_server) = upstream.into_split();
                let up = carry(from_client, to_server, link, established);
                let down = carry(from_server, to_client, link, established);
                tokio::join!(up, down);
            }
        });
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, link: Link, established: Instant) {
    let (sender, mut receiver) = mpsc::channel::<(Instant, Vec<u8>)>(IN_FLIGHT);
    let read = async move {
        let mut buffer = vec![0; CHUNK];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            let due = Instant::now().max(established) + link.delay;
            if sender.send((due, buffer[..count].to_vec())).await.is_err() {
                return;
            }
        }
    };
    let write = async move {
        let mut free = Instant::now();
        while let Some((due, chunk)) = receiver.recv().await {
            tokio::time::sleep_until(due.max(free)).await;
            if let Some(rate) = link.bytes_per_second {
                let takes = chunk.len() as f64 / f64::from(rate.max(1));
                free = free.max(Instant::now()) + Duration::from_secs_f64(takes);
            }
            if to.write_all(&chunk).await.is_err() {
                return;
            }
        }
        let _closed = to.shutdown().await;
    };
    tokio::join!(read, write);
}
