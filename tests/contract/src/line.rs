//! A line to NATS that can be meddled with: a relay for TCP on loopback that carries, holds back,
//! garbles or cuts, as a test says while it runs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the line does with what NATS says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Carries it.
    Carry,
    /// Takes connections and what comes over them, and is silent.
    Hold,
    /// Says something else instead.
    Garble(&'static [u8]),
    /// Carries the greeting, and something else instead of all that follows.
    GarbleAnswers(&'static [u8]),
    /// Carries the greeting, and ends the connection where the first answer would come.
    CutAnswers,
    /// Carries it byte by byte.
    Crumble,
}

/// A line; it goes with this value.
pub struct Line {
    /// Where it begins.
    pub address: SocketAddr,
    mode: watch::Sender<Mode>,
    connections: Arc<AtomicUsize>,
    written: Arc<AtomicUsize>,
}

impl Line {
    /// A line to `target`.
    pub async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mode, changes) = watch::channel(Mode::Carry);
        let (connections, written) = (Arc::default(), Arc::default());
        let line = Self { address, mode, connections, written };
        let counted = (Arc::clone(&line.connections), Arc::clone(&line.written));
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                counted.0.fetch_add(1, Ordering::Relaxed);
                let Ok(far) = TcpStream::connect(target).await else { continue };
                let _kept = (near.set_nodelay(true), far.set_nodelay(true));
                let ((near_in, near_out), (far_in, far_out)) =
                    (near.into_split(), far.into_split());
                tokio::spawn(back(far_in, near_out, changes.clone()));
                tokio::spawn(forth(near_in, far_out, Arc::clone(&counted.1)));
            }
        });
        line
    }

    /// As `nats://host:port`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// Changes what it does, with connections that are there as well.
    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// Connections that were made.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Pieces in which clients wrote, as far as TCP kept them apart.
    #[must_use]
    pub fn written(&self) -> usize {
        self.written.load(Ordering::Relaxed)
    }
}

async fn forth(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, written: Arc<AtomicUsize>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        written.fetch_add(1, Ordering::Relaxed);
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

async fn back(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut mode: watch::Receiver<Mode>) {
    let mut buffer = vec![0; 64 * 1024];
    let mut greeted = false;
    loop {
        let read = tokio::select! {
            read = from.read(&mut buffer) => read,
            // Garbage comes even where NATS says nothing now.
            changed = mode.changed() => match (changed, *mode.borrow()) {
                (Ok(()), Mode::Garble(_)) => Ok(1),
                (Ok(()), _) => continue,
                (Err(_), _) => return,
            },
        };
        let Ok(read @ 1..) = read else { return };
        let now = *mode.borrow();
        let carried = match now {
            Mode::Carry => to.write_all(&buffer[..read]).await,
            Mode::Hold => Ok(()),
            Mode::Garble(text) => to.write_all(text).await,
            Mode::GarbleAnswers(text) if greeted => to.write_all(text).await,
            Mode::CutAnswers if greeted => return,
            Mode::GarbleAnswers(_) | Mode::CutAnswers => to.write_all(&buffer[..read]).await,
            Mode::Crumble => crumble(&mut to, &buffer[..read]).await,
        };
        greeted = true;
        if carried.is_err() {
            return;
        }
    }
}

async fn crumble(to: &mut OwnedWriteHalf, bytes: &[u8]) -> std::io::Result<()> {
    for byte in bytes {
        to.write_all(&[*byte]).await?;
        tokio::task::yield_now().await;
    }
    Ok(())
}
