//! Datagrams, delayed and lost. Each client gets an upstream socket of its own, as behind address
//! translation, so that the server tells clients apart.

use super::Link;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use str0m_netem::{Input, LossModel, Netem, NetemConfig, Output, Probability, RandomLoss, WithLen};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

/// Datagrams waiting to enter the link in one direction.
const QUEUE: usize = 8192;

#[derive(Clone)]
struct Datagram(Vec<u8>);

impl WithLen for Datagram {
    fn len(&self) -> usize {
        self.0.len()
    }
}

pub(super) async fn relay(socket: UdpSocket, target: SocketAddr, link: Link) {
    let socket = Arc::new(socket);
    let mut clients: HashMap<SocketAddr, mpsc::Sender<Datagram>> = HashMap::new();
    let mut buffer = vec![0; 65_535];
    // The word of an unreachable client about an earlier datagram is no end.
    loop {
        let Ok((count, client)) = socket.recv_from(&mut buffer).await else { continue };
        let up = match clients.entry(client) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => match open(&socket, client, target, link).await {
                Some(up) => new.insert(up),
                None => continue,
            },
        };
        // A full queue is a full router: the datagram is lost.
        let _lost = up.try_send(Datagram(buffer[..count].to_vec()));
    }
}

async fn open(
    socket: &Arc<UdpSocket>,
    client: SocketAddr,
    target: SocketAddr,
    link: Link,
) -> Option<mpsc::Sender<Datagram>> {
    let local: SocketAddr = if target.is_ipv4() { ([0; 4], 0).into() } else { ([0; 16], 0).into() };
    let upstream = Arc::new(UdpSocket::bind(local).await.ok()?);
    upstream.connect(target).await.ok()?;
    let (up, up_queue) = mpsc::channel(QUEUE);
    let (down, down_queue) = mpsc::channel(QUEUE);
    tokio::spawn(direction(up_queue, Arc::clone(&upstream), None, link));
    tokio::spawn(direction(down_queue, Arc::clone(socket), Some(client), link));
    tokio::spawn(async move {
        let mut buffer = vec![0; 65_535];
        loop {
            match upstream.recv(&mut buffer).await {
                Ok(count) => {
                    let _lost = down.try_send(Datagram(buffer[..count].to_vec()));
                }
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {}
                Err(_) => return,
            }
        }
    });
    Some(up)
}

async fn direction(
    mut queue: mpsc::Receiver<Datagram>,
    socket: Arc<UdpSocket>,
    to: Option<SocketAddr>,
    link: Link,
) {
    let mut config = NetemConfig::new().latency(link.delay).seed(link.seed);
    if link.loss > 0.0 {
        config = config.loss(LossModel::Random(RandomLoss::new(Probability::new(link.loss))));
    }
    let mut netem = Netem::new(config);
    loop {
        netem.handle_input(Input::Timeout(Instant::now()));
        while let Some(output) = netem.poll_output() {
            if let Output::Packet(Datagram(bytes)) = output {
                let _sent = match to {
                    Some(to) => socket.send_to(&bytes, to).await,
                    None => socket.send(&bytes).await,
                };
            }
        }
        let wake = (!netem.is_empty()).then(|| netem.poll_timeout());
        tokio::select! {
            datagram = queue.recv() => match datagram {
                Some(datagram) => netem.handle_input(Input::Packet(Instant::now(), datagram)),
                None => return,
            },
            () = async {
                match wake {
                    Some(wake) => tokio::time::sleep_until(wake.into()).await,
                    None => std::future::pending().await,
                }
            } => {}
        }
    }
}
