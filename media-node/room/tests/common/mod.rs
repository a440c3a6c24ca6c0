//! A room with everything that it commands, for scenarios.
#![allow(dead_code)] // each file of scenarios needs some of it
#![allow(clippy::unwrap_used)] // a failed step of a test may panic
#![allow(clippy::disallowed_methods)] // time has to begin somewhere

use conclave_protocol::audit::{Action, Deed};
use conclave_protocol::ban::Marks;
use conclave_protocol::encryption::{Encryption, RoomSalt};
use conclave_protocol::event::*;
use conclave_protocol::ids::{DisplayName, Mark, Pid, Sid, UserId};
use conclave_protocol::node::{Joiner, Refusal};
use conclave_protocol::roles::RoomRole;
use conclave_protocol::settings::RoomSettings;
use conclave_protocol::subjects::Voice;
use conclave_room::{Admission, Command, MediaCommand, Now, Room};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::{Duration, Instant};

/// What people come with.
pub const ON: Publishing = Publishing { microphone: true, camera: true, screen: false };
/// Everything.
pub const ALL: Publishing = Publishing { microphone: true, camera: true, screen: true };
/// When scenarios begin.
pub const BEGIN: u64 = 1_000_000;

pub fn pid(n: u8) -> Pid {
    Pid::from_hash(&[n; 32])
}

pub fn mark(kind: u8, n: u8) -> Mark {
    let mut hash = [n; 32];
    hash[0] = kind;
    Mark::from_hash(&hash)
}

pub fn marks(n: u8) -> Marks {
    Marks {
        session: mark(1, n),
        user: mark(2, n),
        device: mark(3, n),
        invite: None,
        until: BEGIN + 86_400,
    }
}

pub fn joiner(n: u8) -> Joiner {
    Joiner {
        pid: pid(n),
        user: UserId::parse(&format!("user-{n}")).unwrap(),
        name: DisplayName::parse("Ada").unwrap(),
        role: RoomRole::Participant,
        bus_key: format!("U{n}"),
        returning: false,
        hidden: false,
        marks: marks(n),
    }
}

pub fn host(n: u8) -> Joiner {
    Joiner { role: RoomRole::Moderator, ..joiner(n) }
}

pub fn hidden(n: u8) -> Joiner {
    Joiner { hidden: true, ..joiner(n) }
}

/// As an edge sees somebody who comes with a session token.
pub fn back(n: u8) -> Joiner {
    Joiner { returning: true, ..joiner(n) }
}

/// An encrypted room's.
pub fn encrypted() -> RoomSettings {
    let salt = RoomSalt::from_random([3; 16]);
    RoomSettings { encryption: Encryption::E2ee { salt }, ..RoomSettings::default() }
}

pub struct Bench {
    pub now: Now,
    pub room: Room,
    pub out: Vec<Command>,
}

impl Bench {
    pub fn new(settings: RoomSettings) -> Self {
        let now = Now { mono: Instant::now(), unix: BEGIN };
        Self { now, room: Room::new(settings, Sid::from_random([7; 16]), 1, now), out: Vec::new() }
    }

    /// A room with a host, who is number 0.
    pub fn hosted(settings: RoomSettings) -> Self {
        let mut bench = Self::new(settings);
        bench.join(&host(0)).unwrap();
        bench.out.clear();
        bench
    }

    pub fn join(&mut self, joiner: &Joiner) -> Result<Admission, Refusal> {
        self.room.admit(self.now, joiner, ON, Vec::new(), &mut self.out)
    }

    pub fn wait(&mut self, joiner: &Joiner) -> Result<(), Refusal> {
        self.room.wait(self.now, joiner, &mut self.out).map(drop)
    }

    /// A participant's message.
    pub fn say(&mut self, n: u8, kind: &str, message: Value) {
        let payload = message.to_string();
        let (now, voice) = (self.now, Voice::Participant);
        self.room.message(now, voice, &pid(n), kind, payload.as_bytes(), &mut self.out);
    }

    /// A moderator's message.
    pub fn ask(&mut self, n: u8, kind: &str, message: Value) {
        let payload = message.to_string();
        let (now, voice) = (self.now, Voice::Moderator);
        self.room.message(now, voice, &pid(n), kind, payload.as_bytes(), &mut self.out);
    }

    pub fn leave(&mut self, n: u8, reason: LeftReason) {
        self.room.remove(self.now, &pid(n), reason, &mut self.out);
    }

    pub fn tick(&mut self) {
        self.room.tick(self.now, &mut self.out);
    }

    /// Time passes.
    pub fn pass(&mut self, seconds: u64) {
        self.now.mono += Duration::from_secs(seconds);
        self.now.unix += seconds;
    }

    pub fn events(&self) -> Vec<RoomEvent> {
        self.sequenced().into_iter().map(|sequenced| sequenced.event).collect()
    }

    pub fn sequenced(&self) -> Vec<Sequenced> {
        self.public(all::EVENT)
    }

    pub fn public<T: DeserializeOwned>(&self, wanted: &str) -> Vec<T> {
        let payload = |command: &Command| match command {
            Command::ToAll { kind, payload } if *kind == wanted => {
                Some(serde_json::from_slice(payload).unwrap())
            }
            _ => None,
        };
        self.out.iter().filter_map(payload).collect()
    }

    pub fn private<T: DeserializeOwned>(&self, to: u8, wanted: &str) -> Vec<T> {
        let payload = |command: &Command| match command {
            Command::ToOne { pid: p, kind, payload } if *p == pid(to) && *kind == wanted => {
                Some(serde_json::from_slice(payload).unwrap())
            }
            _ => None,
        };
        self.out.iter().filter_map(payload).collect()
    }

    pub fn declined(&self, to: u8) -> Vec<(Asked, Why)> {
        let declined: Vec<Declined> = self.private(to, one::DECLINED);
        declined.into_iter().map(|declined| (declined.what, declined.why)).collect()
    }

    pub fn orders(&self, to: u8) -> Vec<MediaCommand> {
        let order = |command: &Command| match command {
            Command::Media { pid: p, order } if *p == pid(to) => Some(order.clone()),
            _ => None,
        };
        self.out.iter().filter_map(order).collect()
    }

    /// Keys, second, whether urgent.
    pub fn revoked(&self) -> Vec<(Vec<String>, u64, bool)> {
        let revoked = |command: &Command| match command {
            Command::RevokeBus { keys, at, urgent } => Some((keys.clone(), *at, *urgent)),
            _ => None,
        };
        self.out.iter().filter_map(revoked).collect()
    }

    pub fn marked(&self) -> Vec<Mark> {
        let marked = |command: &Command| match command {
            Command::Mark { marks, .. } => marks.clone(),
            _ => Vec::new(),
        };
        self.out.iter().flat_map(marked).collect()
    }

    pub fn deeds(&self) -> Vec<Deed> {
        let deed = |command: &Command| match command {
            Command::Audit(deed) => Some(deed.clone()),
            _ => None,
        };
        self.out.iter().filter_map(deed).collect()
    }

    /// Actions with actor and target.
    pub fn audited(&self) -> Vec<(Action, Option<Pid>, Option<Pid>)> {
        let short = |deed: Deed| {
            (deed.action, deed.actor.map(|who| who.pid), deed.target.map(|who| who.pid))
        };
        self.deeds().into_iter().map(short).collect()
    }

    pub fn backstage(&self, to: u8) -> Backstage {
        self.private(to, one::BACKSTAGE).pop().unwrap()
    }

    /// Where in what was commanded something is first.
    pub fn place(&self, which: impl Fn(&Command) -> bool) -> usize {
        self.out.iter().position(which).unwrap()
    }
}
