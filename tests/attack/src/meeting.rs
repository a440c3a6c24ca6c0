//! Rooms and people for the suites.

use crate::raw::Raw;
use anyhow::{Context, Result, ensure};
use conclave_protocol::event::{Snapshot, from, one};
use conclave_protocol::session::{JoinedRoom, WaitingAtDoor, path};
use conclave_tests::person::{OFFER, Person, call};
use conclave_tests::system::Connection;
use serde_json::{Value, json};
use std::time::Duration;

/// How long a room's owner may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Makes a room; its `sid`.
///
/// # Errors
/// Where it is refused.
pub async fn room(c: &Connection, room: &str, features: Value, locks: Value) -> Result<String> {
    let metadata = json!({ "room_title": room, "room_features": features,
        "default_lock_settings": locks });
    let create = json!({ "room_id": room, "metadata": metadata });
    let created = call(c, "/auth/room/create", &create).await?;
    ensure!(created.status == 200, "create: {created:?}");
    Ok(created.json["room_info"]["sid"].as_str().context("no sid")?.to_owned())
}

/// A join token for a room that is there.
///
/// # Errors
/// Where it is refused.
pub async fn token(c: &Connection, room: &str, user: &str, admin: bool) -> Result<String> {
    let user = json!({ "name": user, "user_id": user, "is_admin": admin });
    let ask = json!({ "room_id": room, "user_info": user });
    let answer = call(c, "/auth/room/getJoinToken", &ask).await?;
    answer.json["token"].as_str().map(str::to_owned).with_context(|| format!("{answer:?}"))
}

/// A join token while a room's record is being attacked: an earlier one where the edge issues none.
///
/// # Errors
/// Where there is no answer at all.
pub async fn token_or_none(c: &Connection, room: &str, user: &str) -> Result<String> {
    Ok(token(c, room, user, false).await.unwrap_or_default())
}

/// Somebody in a room.
pub struct Member {
    /// Device and page.
    pub person: Person,
    /// What the edge answered.
    pub joined: JoinedRoom,
}

/// Has somebody come in.
///
/// # Errors
/// Where it is refused.
pub async fn enter(c: &Connection, room: &str, seed: u8, admin: bool) -> Result<Member> {
    let token = token(c, room, &format!("user-{seed}"), admin).await?;
    let person = Person::new(c, seed);
    let joined = person.join(&token).await?;
    Ok(Member { person, joined })
}

/// Has somebody come as far as the door.
///
/// # Errors
/// Where it is refused, or let in at once.
pub async fn knock(c: &Connection, room: &str, seed: u8) -> Result<(Person, WaitingAtDoor)> {
    let token = token(c, room, &format!("user-{seed}"), false).await?;
    let person = Person::new(c, seed);
    let body = person.join_body(&token, OFFER);
    let answer = person.post(path::JOIN, &body).await?;
    ensure!(answer.status == 202, "not before the door: {answer:?}");
    let waiting = answer.read()?;
    Ok((person, waiting))
}

impl Member {
    /// Posts `session` and bus key to a route that takes them.
    ///
    /// # Errors
    /// Where there is no answer.
    pub async fn session(&mut self, route: &str) -> Result<conclave_tests::person::Answer> {
        let body = self.session_body();
        self.person.post(route, &body).await
    }

    /// Connects to the bus as its page does, without listening to anything yet.
    ///
    /// # Errors
    /// Where NATS refuses.
    pub async fn bus(&self) -> Result<Raw> {
        let bus = &self.joined.bus;
        let url = bus.urls.first().context("no address of the bus")?;
        Raw::connect(url, &bus.jwt, Some(&self.person.bus)).await?.map_err(anyhow::Error::msg)
    }

    /// The beginning of the subjects on which it speaks.
    #[must_use]
    pub fn from(&self) -> String {
        let JoinedRoom { sid, node, pid, .. } = &self.joined;
        format!("room.{sid}.{node}.from.{pid}")
    }

    /// The beginning of the subjects on which it moderates, if it may.
    #[must_use]
    pub fn moderator(&self) -> String {
        let JoinedRoom { sid, node, pid, .. } = &self.joined;
        format!("room.{sid}.{node}.mod.{pid}")
    }

    /// Waits until the room's owner has worked off everything that was said on `voice`, a connection of
    /// this member: the owner takes what one person says in order, and answers this question last. The
    /// room as it is then.
    ///
    /// # Errors
    /// Where the owner does not answer.
    pub async fn worked_off(&self, voice: &mut Raw) -> Result<Snapshot> {
        let JoinedRoom { sid, node, pid, .. } = &self.joined;
        let answers = format!("room.{sid}.{node}.to.{pid}.{}", one::SNAPSHOT);
        let answers = voice.subscribe(&answers, None).await?;
        // Somebody who knows nothing is sent all of it.
        let ask = format!("{}.{}", self.from(), from::RESYNC);
        voice.publish(&ask, br#"{"epoch":0,"seq":0}"#).await?;
        let answer =
            voice.next_of(answers, PATIENCE).await?.context("the owner does not answer")?;
        voice.unsubscribe(answers).await?;
        ensure!(voice.sync().await?, "thrown out");
        Ok(serde_json::from_value(answer.json())?)
    }

    /// What `renew`, `leave` and, with the offer, `rejoin` take.
    #[must_use]
    pub fn session_body(&self) -> Value {
        json!({ "session": self.joined.session, "bus_key": self.person.bus.public(),
            "offer": OFFER })
    }
}
