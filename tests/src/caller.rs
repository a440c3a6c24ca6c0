//! A caller: a person with real media, from a client made of str0m through a real UDP socket.

use crate::person::{Answer, Person, token};
use crate::room_bus::RoomBus;
use crate::system::Connection;
use anyhow::{Context, Result, ensure};
use conclave_protocol::event::{SourceKind, Want};
use conclave_protocol::ids::Pid;
use conclave_protocol::session::{JoinedRoom, path};
use conclave_test_client::{Client, Datagram, Got, Shape};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// How often a condition is looked at that nobody announces.
const LOOK: Duration = Duration::from_millis(10);

/// Somebody in a call. Dropped, it vanishes without a word.
pub struct Caller {
    /// What its media say of their origin.
    pub index: u8,
    /// What the edge answered last.
    pub joined: JoinedRoom,
    /// Its connection to the bus, if it made one.
    pub bus: Option<RoomBus>,
    person: Person,
    shape: Shape,
    media: Media,
}

impl Caller {
    /// Makes the room where there is none, and joins.
    ///
    /// # Errors
    /// Where it is refused.
    pub async fn join(c: &Connection, room: &str, index: u8, shape: Shape) -> Result<Self> {
        let token = token(c, room, &format!("caller-{index}"), index == 0).await?;
        let person = Person::new(c, index + 1);
        let offering = Media::offer(index, &shape).await?;
        let body = person.join_body(&token, &offering.client.offer());
        let joined = ask(&person, path::JOIN, body, &shape).await?;
        let media = offering.start(&joined.answer)?;
        Ok(Self { index, joined, bus: None, person, shape, media })
    }

    /// Comes back with its session, on a new connection; the older is dropped.
    ///
    /// # Errors
    /// Where it is refused.
    pub async fn rejoin(&mut self) -> Result<()> {
        let offering = Media::offer(self.index, &self.shape).await?;
        let body = self.session_body(&offering.client.offer());
        self.joined = ask(&self.person, path::REJOIN, body, &self.shape).await?;
        self.media = offering.start(&self.joined.answer)?;
        Ok(())
    }

    /// Asks to come back; whatever the answer, the media stay as they are.
    ///
    /// # Errors
    /// Where there is no answer.
    pub async fn ask_back(&self) -> Result<Answer> {
        let offering = Media::offer(self.index, &self.shape).await?;
        self.person.post(path::REJOIN, &self.session_body(&offering.client.offer())).await
    }

    /// Asks for a new credential.
    ///
    /// # Errors
    /// Where there is no answer.
    pub async fn renew(&self) -> Result<Answer> {
        self.person.post(path::RENEW, &self.session_body("")).await
    }

    fn session_body(&self, offer: &str) -> Value {
        json!({ "session": self.joined.session, "bus_key": self.person.bus.public(),
            "offer": offer })
    }

    /// Connects to the bus; slots and events come by it from now on.
    ///
    /// # Errors
    /// Where NATS refuses.
    pub async fn connect_bus(&mut self) -> Result<&mut RoomBus> {
        let client = self.person.connect(&self.joined.bus).await?;
        Ok(self.bus.insert(RoomBus::start(client, &self.joined).await?))
    }

    /// Says what its tiles show.
    ///
    /// # Errors
    /// Where it has no bus.
    pub async fn view(&self, wants: &[(&Pid, u16)]) -> Result<()> {
        let want = |(pid, height): &(&Pid, u16)| Want {
            pid: (*pid).clone(),
            kind: SourceKind::Camera,
            height: *height,
        };
        let bus = self.bus.as_ref().context("not on the bus")?;
        bus.view(wants.iter().map(want).collect()).await
    }

    /// Its client, for as long as the guard lives: be quick.
    pub fn client(&self) -> MutexGuard<'_, Client> {
        lock(&self.media.client)
    }

    /// Packets that arrived of somebody's picture, or else sound.
    #[must_use]
    pub fn heard(&self, from: u8, picture: bool) -> usize {
        self.client().got_from(usize::from(from), picture).count()
    }

    /// When the last packet arrived of somebody's picture or sound.
    #[must_use]
    pub fn last_from(&self, from: u8) -> Option<Instant> {
        let client = self.client();
        let of = |picture| client.got_from(usize::from(from), picture).map(|got| got.at).max();
        of(true).max(of(false))
    }

    /// Takes what arrived in all slots since the last time.
    #[must_use]
    pub fn take_got(&self) -> Vec<Got> {
        std::mem::take(&mut self.client().got).into_values().flatten().collect()
    }
}

/// Joins or rejoins.
async fn ask(p: &Person, route: &str, mut body: Value, shape: &Shape) -> Result<JoinedRoom> {
    body["media"] = json!({ "microphone": shape.microphone, "camera": !shape.camera.is_empty(),
        "screen": shape.screen });
    let answer = p.post(route, &body).await?;
    ensure!(answer.status == 200, "{route}: {answer:?}");
    answer.read()
}

/// A client that was not answered yet.
struct Offering {
    client: Client,
    socket: UdpSocket,
}

impl Offering {
    fn start(mut self, answer: &str) -> Result<Media> {
        self.client.answer(Instant::now(), answer)?;
        let client = Arc::new(Mutex::new(self.client));
        let driven = Arc::clone(&client);
        let task = tokio::spawn(async move {
            if let Err(error) = drive(self.socket, &driven).await {
                eprintln!("a caller's media ended: {error:#}");
            }
        });
        Ok(Media { client, task })
    }
}

#[derive(Debug)]
struct Media {
    client: Arc<Mutex<Client>>,
    task: JoinHandle<()>,
}

impl Media {
    async fn offer(index: u8, shape: &Shape) -> Result<Offering> {
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        let client = Client::new(index, socket.local_addr()?, Instant::now(), shape)?;
        Ok(Offering { client, socket })
    }
}

impl Drop for Media {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Carries datagrams and time until the transport breaks.
async fn drive(socket: UdpSocket, client: &Mutex<Client>) -> Result<()> {
    let destination = socket.local_addr()?;
    let mut buffer = vec![0; 65_535];
    loop {
        let (due, sent) = {
            let mut client = lock(client);
            (client.due(), client.take_sent())
        };
        for datagram in sent {
            // As in any network, it may be lost.
            let _lost = socket.send_to(&datagram.contents, datagram.destination).await;
        }
        let arrived = tokio::select! {
            arrived = socket.recv_from(&mut buffer) => arrived.ok(),
            () = tokio::time::sleep_until(due.into()) => None,
        };
        let mut client = lock(client);
        if let Some((count, source)) = arrived {
            let contents = buffer[..count].to_vec();
            client.receive(Instant::now(), &Datagram { source, destination, contents })?;
        }
        client.handle_timeout(Instant::now())?;
    }
}

/// Waits until every one of `callers` has at least so many packets of every other's picture, and of
/// the sound of as many others as it has slots for, beginning now.
///
/// # Errors
/// Where the deadline comes first.
pub async fn all_meet(callers: &[&Caller], packets: usize, deadline: Duration) -> Result<()> {
    for caller in callers {
        drop(caller.take_got());
    }
    let has_all = |to: &Caller| {
        let others = || callers.iter().filter(|from| from.index != to.index);
        let of = |picture| others().filter(move |o| to.heard(o.index, picture) >= packets).count();
        of(true) == others().count() && of(false) >= others().count().min(to.shape.audio_slots)
    };
    let what = "everybody sees and hears everybody";
    let met = eventually(deadline, what, || callers.iter().all(|to| has_all(to))).await;
    met.with_context(|| {
        let row = |to: &&Caller| {
            let heard = |from: &&Caller| (to.heard(from.index, true), to.heard(from.index, false));
            callers.iter().map(heard).collect::<Vec<_>>()
        };
        let table: Vec<_> = callers.iter().map(row).collect();
        format!("packets of pictures and sound, a row for each receiver: {table:?}")
    })
}

/// Waits until `holds`.
///
/// # Errors
/// Where the deadline comes first.
pub async fn eventually(
    deadline: Duration,
    what: &str,
    mut holds: impl FnMut() -> bool,
) -> Result<()> {
    let until = Instant::now() + deadline;
    while !holds() {
        ensure!(Instant::now() < until, "not within {deadline:?}: {what}");
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

/// A media address of a system's node.
///
/// # Errors
/// Where its configuration names none.
pub fn media_address(config: &Value) -> Result<SocketAddr> {
    let text = config["media"][0].as_str().context("the node's configuration names no address")?;
    Ok(text.parse()?)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
