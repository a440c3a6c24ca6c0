//! Streams, delayed. A connection's handshake takes a round trip as well: the first byte waits for
//! it, since the loopback's own handshake took none.

use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Chunks under way in one direction of one connection.
const IN_FLIGHT: usize = 1024;

pub(super) async fn accept(listener: TcpListener, target: SocketAddr, delay: Duration) {
    while let Ok((stream, _)) = listener.accept().await {
        let established = Instant::now() + delay * 2;
        tokio::spawn(async move {
            if let Ok(upstream) = TcpStream::connect(target).await {
                let _set = (stream.set_nodelay(true), upstream.set_nodelay(true));
                let (from_client, to_client) = stream.into_split();
                let (from_server, to_server) = upstream.into_split();
                let up = carry(from_client, to_server, delay, established);
                let down = carry(from_server, to_client, delay, established);
                tokio::join!(up, down);
            }
        });
    }
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    delay: Duration,
    established: Instant,
) {
    let (sender, mut receiver) = mpsc::channel::<(Instant, Vec<u8>)>(IN_FLIGHT);
    let read = async move {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            let due = Instant::now().max(established) + delay;
            if sender.send((due, buffer[..count].to_vec())).await.is_err() {
                return;
            }
        }
    };
    let write = async move {
        while let Some((due, chunk)) = receiver.recv().await {
            tokio::time::sleep_until(due).await;
            if to.write_all(&chunk).await.is_err() {
                return;
            }
        }
        let _closed = to.shutdown().await;
    };
    tokio::join!(read, write);
}
