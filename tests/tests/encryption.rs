//! An encrypted room against the real parts: what its owner takes and keeps, and that edge and node
//! refuse services each by itself.

#![allow(clippy::unwrap_used, clippy::panic)] // Tests fail by panicking.

use anyhow::{Context, Result, ensure};
use async_nats::ConnectOptions;
use conclave_protocol::encryption::{SealedChat, SealedHello};
use conclave_protocol::event::{
    Asked, ChatBody, Declined, Hello, Mail, Recording, RoomEvent, Why, Write, from, one,
};
use conclave_protocol::ids::{Pid, Sid};
use conclave_protocol::moderation::{Service, SetService, kind};
use conclave_protocol::nkey::NatsKey;
use conclave_protocol::node::{NodeReply, NodeRequest, Refusal};
use conclave_protocol::service::BusUser;
use conclave_protocol::session::{JoinedRoom, path};
use conclave_protocol::subjects;
use conclave_tests::person::{OFFER, Person, call};
use conclave_tests::room_bus::RoomBus;
use conclave_tests::system::{Connection, System};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(10);

/// Somebody in a room, with its ear on the bus.
struct Member {
    person: Person,
    joined: JoinedRoom,
    bus: RoomBus,
}

impl Member {
    /// Comes into a room, which is made first where it is not there.
    async fn enter(c: &Connection, room: &str, encrypted: bool, seed: u8) -> Result<Self> {
        let features = json!({ "end_to_end_encryption_features": { "is_enabled": encrypted } });
        let metadata = json!({ "room_title": room, "room_features": features });
        let create = json!({ "room_id": room, "metadata": metadata });
        let created = call(c, "/auth/room/create", &create).await?;
        ensure!(created.status == 200, "create: {created:?}");
        let user = format!("user-{seed}");
        let user = json!({ "name": user, "user_id": user, "is_admin": seed == 1 });
        let ask = json!({ "room_id": room, "user_info": user });
        let token = call(c, "/auth/room/getJoinToken", &ask).await?;
        let token = token.json["token"].as_str().context("no token")?.to_owned();
        let person = Person::new(c, seed);
        let joined = person.join(&token).await?;
        let bus = RoomBus::start(person.connect(&joined.bus).await?, &joined).await?;
        Ok(Self { person, joined, bus })
    }

    /// The page is loaded again.
    async fn come_back(&mut self) -> Result<()> {
        self.person.renew_bus_key();
        let bus_key = self.person.bus.public();
        let body = json!({ "session": self.joined.session, "bus_key": bus_key, "offer": OFFER });
        self.joined = self.person.post(path::REJOIN, &body).await?.read()?;
        let client = self.person.connect(&self.joined.bus).await?;
        self.bus = RoomBus::start(client, &self.joined).await?;
        Ok(())
    }

    async fn declined(&mut self) -> Result<(Asked, Why)> {
        let Declined { what, why } = self.bus.told(PATIENCE, one::DECLINED).await?;
        Ok((what, why))
    }
}

fn plain(to: Option<&Pid>) -> Write {
    let text = "hello".to_owned().try_into().unwrap();
    Write { body: ChatBody::Plain { text }, to: to.cloned() }
}

fn sealed(to: Option<&Pid>) -> Write {
    let sealed = SealedChat::try_from("A".repeat(12_000)).unwrap();
    Write { body: ChatBody::Sealed { sealed }, to: to.cloned() }
}

fn hello(text: &str) -> Hello {
    Hello { hello: SealedHello::try_from(text.to_owned()).unwrap() }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_is_sealed_in_an_encrypted_room_and_plain_in_any_other() -> Result<()> {
    let system = System::start("sealed")?;
    let c = &system.connection;
    for encrypted in [true, false] {
        let room = if encrypted { "sealed" } else { "plain" };
        let mut host = Member::enter(c, room, encrypted, 1).await?;
        let mut guest = Member::enter(c, room, encrypted, 2).await?;
        let to = guest.joined.pid.clone();
        let (good, bad, why) = if encrypted {
            ([sealed(None), sealed(Some(&to))], [plain(None), plain(Some(&to))], Why::Encrypted)
        } else {
            ([plain(None), plain(Some(&to))], [sealed(None), sealed(Some(&to))], Why::Plain)
        };
        for (write, what) in bad.iter().zip([Asked::Chat, Asked::PrivateChat]) {
            host.bus.say(from::CHAT, write).await?;
            assert_eq!(host.declined().await?, (what, why), "{room}");
        }
        for write in &good {
            host.bus.say(from::CHAT, write).await?;
        }
        // The first of each kind that comes is what was allowed: nothing came of what was not.
        let chat = |event| match event {
            RoomEvent::Chat { body, .. } => Some(body),
            _ => None,
        };
        assert_eq!(guest.bus.event(PATIENCE, chat).await?, good[0].body, "{room}");
        let mail: Mail = guest.bus.told(PATIENCE, one::MAIL).await?;
        assert_eq!((mail.number, mail.body), (1, good[1].body.clone()), "{room}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hello_is_kept_for_who_comes_later_and_forgotten_with_its_connection() -> Result<()> {
    let system = System::start("hello")?;
    let c = &system.connection;
    let mut host = Member::enter(c, "hello", true, 1).await?;
    let mut guest = Member::enter(c, "hello", true, 2).await?;
    let who = guest.joined.pid.clone();
    for text in ["AAAA", "BBBB"] {
        guest.bus.say(from::HELLO, &hello(text)).await?;
    }
    guest.bus.say(from::RECORDING, &Recording { on: true }).await?;
    let mut told = Vec::new();
    let records = |event| match event {
        RoomEvent::Hello { pid, hello } if pid == who => {
            told.push(String::from(hello));
            None
        }
        RoomEvent::Recording { pid, on } if pid == who => Some(on),
        _ => None,
    };
    assert!(host.bus.event(PATIENCE, records).await?);
    assert_eq!(told, ["AAAA", "BBBB"]);
    let late = Member::enter(c, "hello", true, 3).await?;
    let seen = |joined: &JoinedRoom| {
        let person = joined.snapshot.people.iter().find(|person| person.pid == who);
        person.map(|person| (person.hello.clone().map(String::from), person.recording))
    };
    assert_eq!(seen(&late.joined), Some((Some("BBBB".to_owned()), true)));
    guest.come_back().await?;
    let back = |event| match event {
        RoomEvent::Joined { person } if person.pid == who => Some(person),
        _ => None,
    };
    let person = host.bus.event(PATIENCE, back).await?;
    assert!(person.hello.is_none() && !person.recording, "another connection has said nothing yet");
    let later = Member::enter(c, "hello", true, 4).await?;
    assert_eq!(seen(&later.joined), Some((None, false)));
    let mut other = Member::enter(c, "plain", false, 5).await?;
    other.bus.say(from::HELLO, &hello("AAAA")).await?;
    assert_eq!(other.declined().await?, (Asked::Hello, Why::Plain));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn services_are_refused_by_the_edge_by_the_owner_and_past_the_edge_by_the_node() -> Result<()>
{
    let system = System::start("services")?;
    let c = &system.connection;
    let mut secret = Member::enter(c, "secret", true, 1).await?;
    let mut open = Member::enter(c, "open", false, 1).await?;
    let node = Node::past_the_edge(&system).await?;
    for service in Service::ALL {
        let refused = asked(&secret, service).await?;
        ensure!(refused.status == 403, "{refused:?}");
        assert_eq!(refused.json["status_code"], "PERMISSION_DENIED");
        let msg = refused.json["msg"].as_str().unwrap();
        ensure!(msg.contains("end-to-end encrypted"), "it does not say why: {msg}");
        let none = asked(&open, service).await?;
        assert_eq!((none.status, &none.json["status_code"]), (404, &json!("NOT_FOUND")));

        let set = SetService { service, on: true };
        secret.bus.moderate(kind::SERVICE, &set).await?;
        assert_eq!(secret.declined().await?, (Asked::Service, Why::Encrypted));
        open.bus.moderate(kind::SERVICE, &set).await?;
        assert_eq!(open.declined().await?, (Asked::Service, Why::Off));

        let (sid, pid) = (&secret.joined.sid, &secret.joined.pid);
        assert_eq!(node.ask(sid, pid, service).await?, Refusal::Encrypted);
        let (sid, pid) = (&open.joined.sid, &open.joined.pid);
        assert_eq!(node.ask(sid, pid, service).await?, Refusal::NoService);
    }
    Ok(())
}

async fn asked(member: &Member, service: Service) -> Result<conclave_tests::person::Answer> {
    let session = &member.joined.session;
    let body = json!({ "session": session, "service": service, "on": true });
    member.person.post(path::SERVICE, &body).await
}

/// The media node, for somebody with an edge's credential who asks what no edge would.
struct Node {
    client: async_nats::Client,
}

impl Node {
    async fn past_the_edge(system: &System) -> Result<Self> {
        let bus: BusUser = serde_json::from_value(system.config("edge.json")?["nats"].clone())?;
        let key = Arc::new(NatsKey::from_seed(&bus.seed).context("no seed")?);
        let options = ConnectOptions::with_jwt(bus.jwt, move |nonce| {
            let key = Arc::clone(&key);
            async move { Ok(key.sign(&nonce).to_vec()) }
        });
        let options = options.custom_inbox_prefix(subjects::EDGE_INBOX);
        Ok(Self { client: options.connect(bus.url).await? })
    }

    async fn ask(&self, sid: &Sid, pid: &Pid, service: Service) -> Result<Refusal> {
        let ask = NodeRequest::Service { sid: sid.clone(), pid: pid.clone(), service, on: true };
        let answer = self.client.request("node.n1.req", serde_json::to_vec(&ask)?.into()).await?;
        match serde_json::from_slice(&answer.payload)? {
            NodeReply::Refused { reason } => Ok(reason),
            _ => anyhow::bail!("not refused"),
        }
    }
}
