//! A room's rules.

use crate::command::{Command, MediaCommand};
use crate::journal::Journal;
use crate::member::{Member, limit};
use conclave_protocol::event::{
    Beat, Displaced, Hint, LeftReason, Missed, Person, Publishing, Resync, RoomEvent, Slot, Slots,
    Snapshot, View, all, from, one,
};
use conclave_protocol::ids::Pid;
use conclave_protocol::limits::ROSTER_PAGE;
use conclave_protocol::node::{Joiner, Refusal};
use conclave_protocol::roles::RoomRole;
use conclave_protocol::settings::RoomSettings;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Moderators remembered who left, so that one who returns is one still.
const REMEMBERED: usize = 1024;
/// Tiles that one participant may ask for.
const MAX_WANTS: usize = 64;

/// What somebody who was taken in is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Admission {
    /// Role.
    pub role: RoomRole,
    /// What is on after the room's rules.
    pub media: Publishing,
    /// First page of the roster, oneself included.
    pub snapshot: Snapshot,
    /// Who is in which slot.
    pub slots: Slots,
}

/// One room and everybody in it.
#[derive(Debug)]
pub struct Room {
    settings: RoomSettings,
    members: BTreeMap<Pid, Member>,
    remembered: BTreeMap<Pid, RoomRole>,
    speaking: BTreeSet<Pid>,
    journal: Journal,
    empty_since: Option<Instant>,
    ignored: u64,
}

impl Room {
    /// A room that its owner has just claimed as its `epoch`-th.
    #[must_use]
    pub fn new(settings: RoomSettings, epoch: u64, now: Instant) -> Self {
        Self {
            settings,
            members: BTreeMap::new(),
            remembered: BTreeMap::new(),
            speaking: BTreeSet::new(),
            journal: Journal::new(epoch),
            empty_since: Some(now),
            ignored: 0,
        }
    }

    /// Counts the room's owners.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.journal.epoch()
    }

    /// People in the room.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// True where nobody is in the room.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Messages that were malformed or from nobody in the room.
    #[must_use]
    pub fn ignored(&self) -> u64 {
        self.ignored
    }

    /// The role of somebody in the room.
    #[must_use]
    pub fn role(&self, pid: &Pid) -> Option<RoomRole> {
        self.members.get(pid).map(|member| member.person.role)
    }

    /// Whether somebody would be taken in now, and with which media: asked before the media are
    /// set up, for a refusal costs less than a connection.
    ///
    /// # Errors
    /// [`Refusal::RoomFull`].
    pub fn check(&self, joiner: &Joiner, wanted: Publishing) -> Result<Publishing, Refusal> {
        let known = self.members.contains_key(&joiner.pid);
        if !known && self.members.len() >= self.settings.max_participants as usize {
            return Err(Refusal::RoomFull);
        }
        let mut media = limit(wanted, self.settings.allowed(self.role_of(joiner)));
        // Returning is not starting: a reload keeps the microphone as the person left it.
        if self.settings.mute_on_start && !joiner.returning {
            media.microphone = false;
        }
        Ok(media)
    }

    /// Takes somebody in whose media are set up, or back in on a new connection, which displaces
    /// the older.
    ///
    /// # Errors
    /// [`Refusal::RoomFull`], where the last place went meanwhile.
    pub fn admit(
        &mut self,
        joiner: &Joiner,
        wanted: Publishing,
        slots: Vec<Slot>,
        out: &mut Vec<Command>,
    ) -> Result<Admission, Refusal> {
        let media = self.check(joiner, wanted)?;
        let role = self.role_of(joiner);
        let person = Person { pid: joiner.pid.clone(), name: joiner.name.clone(), role, media };
        let before = self.members.get(&joiner.pid);
        let version = before.map_or(0, |member| member.slots.version) + 1;
        if before.is_some_and(|member| member.bus_key != joiner.bus_key) {
            let displaced = Displaced { bus_key: joiner.bus_key.clone() };
            to_one(out, &joiner.pid, one::DISPLACED, &displaced);
        }
        let changed = before.is_none_or(|member| member.person != person);
        let mut member = Member::new(person.clone(), joiner.bus_key.clone());
        member.slots = Slots { version, slots };
        let slots = member.slots.clone();
        self.members.insert(joiner.pid.clone(), member);
        self.remembered.remove(&joiner.pid);
        self.empty_since = None;
        if changed {
            self.happened(RoomEvent::Joined { person }, out);
        }
        Ok(Admission { role, media, snapshot: self.page(0), slots })
    }

    /// Somebody's place is given up: by its own will, or because its connection is lost.
    pub fn remove(&mut self, now: Instant, pid: &Pid, reason: LeftReason, out: &mut Vec<Command>) {
        let Some(member) = self.members.remove(pid) else { return };
        let role = member.person.role;
        if role == RoomRole::Moderator && self.remembered.len() < REMEMBERED {
            self.remembered.insert(pid.clone(), role);
        }
        out.push(Command::Media { pid: pid.clone(), order: MediaCommand::Leave });
        self.happened(RoomEvent::Left { pid: pid.clone(), reason }, out);
        self.set_speaking(pid, false, out);
        if self.members.is_empty() {
            self.empty_since = Some(now);
        }
    }

    /// The page of the connection `bus_key` went away; a newer connection is left alone.
    pub fn page_gone(&mut self, now: Instant, pid: &Pid, bus_key: &str, out: &mut Vec<Command>) {
        if self.members.get(pid).is_some_and(|member| member.bus_key == bus_key) {
            self.remove(now, pid, LeftReason::Left, out);
        }
    }

    /// A message that NATS let only `pid` publish; the driver bounds how many. Whatever is malformed is ignored and counted.
    pub fn message(
        &mut self,
        now: Instant,
        pid: &Pid,
        kind: &str,
        payload: &[u8],
        out: &mut Vec<Command>,
    ) {
        let understood = self.members.contains_key(pid)
            && match kind {
                from::RESYNC => read(payload).map(|r| self.resync(pid, r, out)).is_some(),
                from::MEDIA => read(payload).map(|m| self.set_media(pid, m, out)).is_some(),
                from::VIEW => read(payload).is_some_and(|v| set_view(pid, v, out)),
                from::LEAVE => {
                    self.remove(now, pid, LeftReason::Left, out);
                    true
                }
                _ => false,
            };
        if !understood {
            self.ignored += 1;
        }
    }

    /// The media put other sources into somebody's slots.
    pub fn set_slots(&mut self, pid: &Pid, slots: Vec<Slot>, out: &mut Vec<Command>) {
        let Some(member) = self.members.get_mut(pid) else { return };
        member.slots = Slots { version: member.slots.version + 1, slots };
        to_one(out, pid, one::SLOTS, &member.slots);
    }

    /// The media hear that somebody began or ceased to speak.
    pub fn set_speaking(&mut self, pid: &Pid, speaking: bool, out: &mut Vec<Command>) {
        let changed = if speaking {
            self.members.contains_key(pid) && self.speaking.insert(pid.clone())
        } else {
            self.speaking.remove(pid)
        };
        if changed {
            let pids = self.speaking.iter().cloned().collect();
            to_all(out, all::HINT, &Hint::Speaking { pids });
        }
    }

    /// Once a second: says where the room is, and ends it when it has been empty for long enough.
    pub fn tick(&mut self, now: Instant, out: &mut Vec<Command>) {
        let timeout = Duration::from_secs(u64::from(self.settings.empty_timeout));
        match self.empty_since {
            Some(since) if now.saturating_duration_since(since) >= timeout => {
                self.happened(RoomEvent::Ended, out);
                out.push(Command::End);
            }
            Some(_) => {}
            None => {
                let beat = Beat { epoch: self.journal.epoch(), seq: self.journal.seq() };
                to_all(out, all::BEAT, &beat);
            }
        }
    }

    fn role_of(&self, joiner: &Joiner) -> RoomRole {
        if !joiner.returning {
            return joiner.role;
        }
        let here = self.members.get(&joiner.pid).map(|member| member.person.role);
        here.or_else(|| self.remembered.get(&joiner.pid).copied()).unwrap_or(joiner.role)
    }

    fn resync(&self, pid: &Pid, resync: Resync, out: &mut Vec<Command>) {
        match self.journal.after(resync.epoch, resync.seq) {
            Some(events) => to_one(out, pid, one::MISSED, &Missed { events }),
            None => {
                for page in 0..self.pages() {
                    to_one(out, pid, one::SNAPSHOT, &self.page(page));
                }
            }
        }
        if let Some(member) = self.members.get(pid) {
            to_one(out, pid, one::SLOTS, &member.slots);
        }
    }

    fn set_media(&mut self, pid: &Pid, wanted: Publishing, out: &mut Vec<Command>) {
        let Some(member) = self.members.get_mut(pid) else { return };
        let media = limit(wanted, self.settings.allowed(member.person.role));
        // Said even where nothing changes for others: the asker may have been refused a source.
        out.push(Command::Media { pid: pid.clone(), order: MediaCommand::Publish(media) });
        if member.person.media != media || media != wanted {
            member.person.media = media;
            self.happened(RoomEvent::Media { pid: pid.clone(), media }, out);
        }
    }

    fn pages(&self) -> u32 {
        u32::try_from(self.members.len().div_ceil(ROSTER_PAGE)).unwrap_or(u32::MAX).max(1)
    }

    fn page(&self, page: u32) -> Snapshot {
        let skip = ROSTER_PAGE.saturating_mul(page as usize);
        Snapshot {
            epoch: self.journal.epoch(),
            seq: self.journal.seq(),
            page,
            pages: self.pages(),
            people: self
                .members
                .values()
                .skip(skip)
                .take(ROSTER_PAGE)
                .map(|member| member.person.clone())
                .collect(),
        }
    }

    fn happened(&mut self, event: RoomEvent, out: &mut Vec<Command>) {
        let sequenced = self.journal.append(event);
        to_all(out, all::EVENT, sequenced);
    }
}

fn set_view(pid: &Pid, view: View, out: &mut Vec<Command>) -> bool {
    let bounded = view.wants.len() <= MAX_WANTS;
    if bounded {
        let order = MediaCommand::View(view.wants);
        out.push(Command::Media { pid: pid.clone(), order });
    }
    bounded
}

fn read<T: DeserializeOwned>(payload: &[u8]) -> Option<T> {
    serde_json::from_slice(payload).ok()
}

fn to_all(out: &mut Vec<Command>, kind: &'static str, message: &impl Serialize) {
    out.push(Command::ToAll { kind, payload: json(message) });
}

fn to_one(out: &mut Vec<Command>, pid: &Pid, kind: &'static str, message: &impl Serialize) {
    out.push(Command::ToOne { pid: pid.clone(), kind, payload: json(message) });
}

#[allow(clippy::expect_used)] // Plain structs of texts and numbers: writing cannot fail.
fn json(message: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(message).expect("messages are plain data")
}
