//! A shard: one thread, one UDP port, one [`Sfu`]. It owns its rooms' media and nothing else;
//! orders come in and events go out through bounded queues.

use crate::udp::MediaSocket;
use conclave_protocol::ids::Pid;
use conclave_sfu::{
    Event, JoinError, Joined, Output, PeerId, Publishing, RelayName, Relaying, RoomHandle, Sfu,
    SfuConfig, SfuStats, Want,
};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};

/// Orders that may wait for a shard.
const ORDERS: usize = 1024;
/// Datagrams taken in a row before outputs are sent.
const BATCHES: usize = 4;
/// How often counters are published.
const STATS_EVERY: Duration = Duration::from_millis(500);

/// What the room's owner wants of a shard.
pub(crate) enum Order {
    /// Take a peer in.
    Join {
        room: RoomHandle,
        peer: PeerId,
        offer: String,
        publishing: Publishing,
        /// The connection that it replaces, untouched where the offer is refused.
        older: Option<PeerId>,
        reply: oneshot::Sender<Result<Joined, JoinError>>,
    },
    /// Forward these of its sources.
    Publish(PeerId, Publishing),
    /// Its tiles.
    View(PeerId, Vec<Want>),
    /// By which name the others of its room reach it over the data channel, and what it may relay;
    /// until the first such order, nothing. Made by [`Order::relay`].
    Relay(PeerId, RelayName, Relaying),
    /// It is gone.
    Leave(PeerId),
}

impl Order {
    /// What a participant may relay over its data channel. Others reach it by its `pid`.
    pub(crate) fn relay(peer: PeerId, pid: &Pid, relaying: Relaying) -> Option<Self> {
        RelayName::new(pid.as_str()).map(|name| Self::Relay(peer, name, relaying))
    }
}

/// The owner's handle of a shard.
pub(crate) struct Shard {
    pub(crate) orders: mpsc::Sender<Order>,
    pub(crate) stats: watch::Receiver<SfuStats>,
    pub(crate) address: SocketAddr,
    thread: JoinHandle<()>,
}

impl Shard {
    /// Binds `bind` and starts the thread. Browsers are told `advertise`, or the bound address.
    pub(crate) fn start(
        index: usize,
        bind: SocketAddr,
        advertise: Option<SocketAddr>,
        events: mpsc::Sender<Event>,
    ) -> std::io::Result<Self> {
        let socket = std::net::UdpSocket::bind(bind)?;
        socket.set_nonblocking(true)?;
        let bound = socket.local_addr()?;
        let address = advertise.unwrap_or(bound);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (orders, inbox) = mpsc::channel(ORDERS);
        let (publish, stats) = watch::channel(SfuStats::default());
        let sfu = Sfu::new(SfuConfig { local_addresses: vec![address], ..SfuConfig::default() });
        #[cfg(feature = "rogue")]
        let sfu = crate::rogue::betrayed(sfu);
        let thread =
            std::thread::Builder::new().name(format!("shard-{index}")).spawn(move || {
                runtime.block_on(async move {
                    match MediaSocket::new(socket) {
                        Ok(socket) => {
                            let unsent = BTreeMap::new();
                            Loop { sfu, socket, local: address, events, unsent, stats: publish }
                                .run(inbox)
                                .await;
                        }
                        Err(error) => tracing::error!(%error, "the media socket cannot be used"),
                    }
                });
            })?;
        Ok(Self { orders, stats, address, thread })
    }

    /// Waits for the thread, which ends when every sender of orders is gone.
    pub(crate) fn join(self) {
        drop(self.orders);
        if self.thread.join().is_err() {
            tracing::error!("a shard ended by a panic");
        }
    }
}

/// Events that the owner's queue had no room for, by peer and kind: the latest of each counts, so
/// that what waits is bounded by the number of peers.
type Unsent = BTreeMap<(PeerId, u8), Event>;

struct Loop {
    sfu: Sfu,
    socket: MediaSocket,
    /// What the SFU knows as its address, whatever the kernel calls it.
    local: SocketAddr,
    events: mpsc::Sender<Event>,
    unsent: Unsent,
    stats: watch::Sender<SfuStats>,
}

impl Loop {
    async fn run(mut self, mut inbox: mpsc::Receiver<Order>) {
        let mut published = tokio::time::interval(STATS_EVERY);
        published.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            self.drain();
            let wake = self.sfu.poll_timeout();
            tokio::select! {
                order = inbox.recv() => match order {
                    Some(order) => self.execute(order),
                    None => return,
                },
                readable = self.socket.readable() => {
                    if let Err(error) = readable {
                        tracing::error!(%error, "the media socket failed");
                        return;
                    }
                    self.receive();
                }
                () = sleep_until(wake) => self.sfu.handle_timeout(Instant::now()),
                _ = published.tick() => {
                    let _unchanged = self.stats.send_replace(self.sfu.stats());
                }
            }
        }
    }

    fn execute(&mut self, order: Order) {
        let now = Instant::now();
        match order {
            Order::Join { room, peer, offer, publishing, older, reply } => {
                let joined = match older {
                    Some(older) => self.sfu.rejoin(now, room, peer, &offer, publishing, older),
                    None => self.sfu.join(now, room, peer, &offer, publishing),
                };
                if reply.send(joined).is_err() {
                    self.sfu.leave(now, peer);
                }
            }
            Order::Publish(peer, publishing) => self.sfu.set_publishing(now, peer, publishing),
            Order::View(peer, wants) => self.sfu.set_view(now, peer, &wants),
            Order::Relay(peer, name, relaying) => self.sfu.set_relay(now, peer, name, relaying),
            Order::Leave(peer) => self.sfu.leave(now, peer),
        }
    }

    fn receive(&mut self) {
        for _ in 0..BATCHES {
            let (sfu, local) = (&mut self.sfu, self.local);
            let more = self.socket.receive(|source, datagram| {
                sfu.handle_datagram(Instant::now(), source, local, datagram);
            });
            if !more {
                return;
            }
            self.drain();
        }
    }

    /// Sends what the SFU wants sent.
    fn drain(&mut self) {
        while let Some(output) = self.sfu.poll_output() {
            match output {
                Output::Transmit { destination, contents, .. } => {
                    self.socket.queue(destination, &contents);
                }
                Output::Event(event) => {
                    self.unsent.insert(slot(&event), event);
                }
            }
        }
        self.socket.flush();
        while let Some((key, event)) = self.unsent.pop_first() {
            if let Err(mpsc::error::TrySendError::Full(event)) = self.events.try_send(event) {
                self.unsent.insert(key, event);
                return;
            }
        }
    }
}

/// Where an event waits: a later one of the same kind about the same peer replaces it.
fn slot(event: &Event) -> (PeerId, u8) {
    match event {
        Event::Connected { peer } => (*peer, 0),
        Event::Slots { peer, .. } => (*peer, 1),
        Event::Speaking { peer, .. } => (*peer, 2),
        Event::Demand { peer, kind, .. } => (*peer, 3 + *kind as u8),
        Event::Gone { peer, .. } => (*peer, 6),
    }
}

async fn sleep_until(wake: Option<Instant>) {
    match wake {
        Some(wake) => tokio::time::sleep_until(wake.into()).await,
        None => std::future::pending().await,
    }
}
