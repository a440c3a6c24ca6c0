//! A shard, browsers made of str0m, and the links between them, in virtual time.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a helper's panic is a failed test
#![allow(dead_code)] // each scenario uses its part
#![allow(clippy::disallowed_methods)] // virtual time has to start somewhere

pub mod client;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use conclave_sfu::*;
use str0m_netem::{Input as NetIn, LossModel, Netem, NetemConfig, Output as NetOut};

pub use client::Client;
pub use conclave_test_client::{Datagram, Shape};

pub const ROOM: RoomHandle = RoomHandle(7);

pub fn node_address() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 3_478))
}

pub struct World {
    pub sfu: Sfu,
    pub now: Instant,
    pub start: Instant,
    pub clients: Vec<Client>,
    up: Vec<Netem<Datagram>>,
    down: Vec<Netem<Datagram>>,
    pub events: Vec<(Duration, Event)>,
}

/// 10 ms each way, no loss.
pub fn calm(seed: u64) -> NetemConfig {
    NetemConfig::new().latency(Duration::from_millis(10)).seed(seed)
}

pub fn lossy(seed: u64, percent: f32) -> NetemConfig {
    let loss = str0m_netem::RandomLoss::new(str0m_netem::Probability::new(percent / 100.0));
    calm(seed).loss(LossModel::from(loss))
}

impl World {
    pub fn new() -> Self {
        Self::with(SfuConfig::default())
    }

    pub fn with(config: SfuConfig) -> Self {
        let start = Instant::now();
        let sfu = Sfu::new(SfuConfig { local_addresses: vec![node_address()], ..config });
        Self { sfu, now: start, start, clients: vec![], up: vec![], down: vec![], events: vec![] }
    }

    /// Makes a client and joins it, everything switched on. Its index is its peer id.
    pub fn join(&mut self, shape: Shape) -> usize {
        self.join_in(ROOM, shape)
    }

    pub fn join_in(&mut self, room: RoomHandle, shape: Shape) -> usize {
        let index = self.clients.len();
        let mut client = Client::new(index, self.now, &shape);
        let peer = PeerId(index as u64);
        let on = client::publishing(&shape);
        let joined = self.sfu.join(self.now, room, peer, &client.offer(), on).expect("join");
        client.answer(self.now, &joined);
        self.clients.push(client);
        self.up.push(Netem::new(calm(index as u64 + 1)));
        self.down.push(Netem::new(calm(index as u64 + 1_001)));
        index
    }

    /// Takes in a client that joined by itself.
    pub fn adopt(&mut self, client: Client) {
        let seed = self.clients.len() as u64;
        self.clients.push(client);
        self.up.push(Netem::new(calm(seed + 1)));
        self.down.push(Netem::new(calm(seed + 1_001)));
    }

    pub fn set_links(&mut self, config: impl Fn(u64) -> NetemConfig) {
        for (i, (up, down)) in self.up.iter_mut().zip(&mut self.down).enumerate() {
            up.set_config(config(i as u64 * 2 + 1));
            down.set_config(config(i as u64 * 2 + 2));
        }
    }

    pub fn set_downlink(&mut self, client: usize, config: NetemConfig) {
        self.down[client].set_config(config);
    }

    pub fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    pub fn run_ms(&mut self, ms: u64) {
        self.run(Duration::from_millis(ms));
    }

    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        self.poll_sfu();
        loop {
            let next = self.next_instant();
            if next > end {
                break;
            }
            self.now = next.max(self.now);
            self.step();
        }
        self.now = end;
    }

    /// Runs until the condition holds; panics after `limit_ms`.
    pub fn run_until(&mut self, limit_ms: u64, mut holds: impl FnMut(&Self) -> bool) -> Duration {
        let begin = self.now;
        while !holds(self) {
            let waited = self.now - begin;
            assert!(waited < Duration::from_millis(limit_ms), "nothing after {waited:?}");
            self.run_ms(5);
        }
        self.now - begin
    }

    pub fn connect_all(&mut self) {
        self.run_until(5_000, |w| w.clients.iter().all(|c| c.left || c.connected));
    }

    fn next_instant(&self) -> Instant {
        let links = self.up.iter().chain(&self.down).map(|n| n.poll_timeout());
        let clients = self.clients.iter().filter_map(Client::due);
        let all = links.chain(clients).chain(self.sfu.poll_timeout());
        all.min().unwrap_or(self.now + Duration::from_secs(3_600))
    }

    fn step(&mut self) {
        let now = self.now;
        for i in 0..self.clients.len() {
            for datagram in due(&mut self.up[i], now) {
                let Datagram { source, destination, contents } = datagram;
                self.sfu.handle_datagram(now, source, destination, &contents);
                self.poll_sfu();
            }
            for datagram in due(&mut self.down[i], now) {
                self.clients[i].receive(now, &datagram);
            }
            self.clients[i].handle_timeout(now);
            self.carry_up(i);
        }
        self.sfu.handle_timeout(now);
        self.poll_sfu();
    }

    fn carry_up(&mut self, i: usize) {
        for datagram in self.clients[i].take_sent() {
            self.up[i].handle_input(NetIn::Packet(self.now, datagram));
        }
    }

    pub fn poll_sfu(&mut self) {
        for i in 0..self.clients.len() {
            self.carry_up(i);
        }
        while let Some(output) = self.sfu.poll_output() {
            match output {
                Output::Transmit { source, destination, contents } => {
                    let Some(i) = self.clients.iter().position(|c| c.address == destination) else {
                        continue;
                    };
                    let datagram = Datagram { source, destination, contents };
                    self.down[i].handle_input(NetIn::Packet(self.now, datagram));
                }
                Output::Event(event) => {
                    if let Event::Slots { peer, slots } = &event {
                        self.clients[peer.0 as usize].slots = slots.clone();
                    }
                    self.events.push((self.elapsed(), event));
                }
            }
        }
    }

    /// Lets a client relay.
    pub fn allow(&mut self, client: usize, relaying: Relaying) {
        let name = RelayName::new(&name(client)).unwrap();
        self.sfu.set_relay(self.now, PeerId(client as u64), name, relaying);
    }

    /// Sends a message from one client to another; whether it was taken.
    pub fn relay(&mut self, from: usize, to: &str, kind: u8, body: &[u8]) -> bool {
        let now = self.now;
        self.clients[from].relay(now, to, kind, body).expect("relayed")
    }

    pub fn leave(&mut self, client: usize) {
        self.sfu.leave(self.now, PeerId(client as u64));
        self.clients[client].left = true;
        self.poll_sfu();
    }

    /// The client vanishes without a word.
    pub fn kill(&mut self, client: usize) {
        self.clients[client].left = true;
    }

    /// What the client received in the slot that shows `from`'s `kind` now.
    pub fn slot_of(&self, client: usize, from: usize, kind: SourceKind) -> Option<String> {
        let source = Some((PeerId(from as u64), kind));
        let entries = &self.clients[client].slots.entries;
        entries.iter().find(|e| e.source == source).map(|e| e.mid.clone())
    }
}

/// By what name a client is reached.
pub fn name(client: usize) -> String {
    format!("{client:a>26}")
}

fn due(net: &mut Netem<Datagram>, now: Instant) -> Vec<Datagram> {
    net.handle_input(NetIn::Timeout(now));
    let mut out = vec![];
    while let Some(output) = net.poll_output() {
        match output {
            NetOut::Packet(datagram) => out.push(datagram),
            NetOut::Timeout(_) => break,
        }
    }
    out
}
