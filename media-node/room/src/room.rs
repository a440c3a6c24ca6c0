//! A room: what it is made of, and what passes by itself.

use crate::bus_keys::BusKeys;
use crate::command::{Command, to_all, to_one};
use crate::course::CourseLog;
use crate::journal::Journal;
use crate::kept::Kept;
use crate::member::{Gone, Member};
use crate::now::Now;
use crate::recent::Recent;
use crate::waiting::WaitingList;
use conclave_protocol::event::{
    Beat, EndReason, Hint, Person, RoomEvent, Slot, Snapshot, all, one,
};
use conclave_protocol::ids::{Pid, Sid};
use conclave_protocol::limits::{BUS_JWT_SECONDS, ROSTER_PAGE};
use conclave_protocol::settings::{Features, RoomSettings, Rules};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, Instant};

/// People remembered who left.
const GONE: usize = 512;

/// One room and everybody in it.
pub struct Room {
    pub(crate) settings: RoomSettings,
    pub(crate) features: Features,
    pub(crate) sid: Sid,
    pub(crate) members: BTreeMap<Pid, Member>,
    pub(crate) waiting: WaitingList,
    pub(crate) gone: Recent<Pid, Gone, GONE>,
    pub(crate) bus_keys: BusKeys,
    /// What the next owner is left.
    pub(crate) kept: Kept,
    /// True where that has changed since it was last taken.
    pub(crate) kept_changed: bool,
    pub(crate) speaking: BTreeSet<Pid>,
    pub(crate) journal: Journal,
    pub(crate) backstage_version: u64,
    /// True where moderators have to be told with the next tick.
    pub(crate) backstage_stale: bool,
    pub(crate) course: Option<CourseLog>,
    pub(crate) empty_since: Option<Instant>,
    pub(crate) ended: bool,
    pub(crate) ignored: u64,
}

impl Room {
    /// A room that its owner has just claimed as its `epoch`-th, and of which no former owner left
    /// anything.
    #[must_use]
    pub fn new(settings: RoomSettings, sid: Sid, epoch: u64, now: Now) -> Self {
        let kept = Kept { rules: settings.rules, ..Kept::default() };
        Self::restored(settings, sid, epoch, now, kept)
    }

    /// A room of which somebody who may not has written over what its former owner left: closed, and
    /// everything locked, until somebody comes in as a moderator and says otherwise.
    #[must_use]
    pub fn tampered(settings: RoomSettings, sid: Sid, epoch: u64, now: Now) -> Self {
        let kept = Kept { rules: Rules::closed(), ..Kept::default() };
        Self::restored(settings, sid, epoch, now, kept)
    }

    /// A room as its former owner left it: nobody is in it yet.
    #[must_use]
    pub fn restored(settings: RoomSettings, sid: Sid, epoch: u64, now: Now, kept: Kept) -> Self {
        Self {
            features: settings.features(),
            course: settings.analytics.then(CourseLog::default),
            settings,
            sid,
            members: BTreeMap::new(),
            waiting: WaitingList::default(),
            gone: Recent::default(),
            bus_keys: BusKeys::default(),
            kept,
            kept_changed: false,
            speaking: BTreeSet::new(),
            journal: Journal::new(epoch),
            backstage_version: 0,
            backstage_stale: false,
            empty_since: Some(now.mono),
            ended: false,
            ignored: 0,
        }
    }

    /// What the next owner has to know, where that has changed since the last call.
    pub fn take_kept(&mut self) -> Option<Kept> {
        let changed = std::mem::take(&mut self.kept_changed) && !self.ended;
        changed.then(|| self.kept.clone())
    }

    /// What the next owner has to know.
    #[must_use]
    pub fn kept(&self) -> Kept {
        self.kept.clone()
    }

    /// Counts the room's owners.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.journal.epoch()
    }

    /// People in the room, the hidden among them; who waits is not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// True where nobody is in the room.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Messages that were malformed, or from somebody who may send none.
    #[must_use]
    pub fn ignored(&self) -> u64 {
        self.ignored
    }

    /// The media put other sources into somebody's slots.
    pub fn set_slots(&mut self, pid: &Pid, slots: Vec<Slot>, out: &mut Vec<Command>) {
        let Some(member) = self.members.get_mut(pid) else { return };
        member.slots.version += 1;
        member.slots.slots = slots;
        to_one(out, pid, one::SLOTS, &member.slots);
    }

    /// The media hear that somebody began or ceased to speak.
    pub fn set_speaking(&mut self, now: Now, pid: &Pid, speaking: bool, out: &mut Vec<Command>) {
        let changed = if speaking {
            let heard = self.members.get(pid).is_some_and(|member| !member.hidden);
            heard && self.speaking.insert(pid.clone())
        } else {
            self.speaking.remove(pid)
        };
        if !changed {
            return;
        }
        if let Some(course) = &mut self.course {
            course.speaks(now, pid, speaking);
        }
        let pids = self.speaking.iter().cloned().collect();
        to_all(out, all::HINT, &Hint::Speaking { pids });
    }

    /// Once a second: says where the room is, lets go who waits no more, and ends the room when its
    /// time is up or it has been empty for long enough.
    pub fn tick(&mut self, now: Now, out: &mut Vec<Command>) {
        if self.ended {
            return;
        }
        self.bus_keys.prune(now.unix);
        self.forget_lost_waiters(now, out);
        if self.backstage_stale {
            self.show_backstage(out);
        }
        if self.ends_in(now) == Some(0) {
            return self.finish(now, EndReason::Duration, None, out);
        }
        let timeout = Duration::from_secs(u64::from(self.settings.empty_timeout));
        match self.empty_since {
            Some(since) if now.mono.saturating_duration_since(since) >= timeout => {
                self.finish(now, EndReason::Empty, None, out);
            }
            _ if self.members.is_empty() => {}
            _ => {
                let beat = Beat { epoch: self.journal.epoch(), seq: self.journal.seq() };
                to_all(out, all::BEAT, &beat);
            }
        }
    }

    /// Looks whether anybody is here: a room before whose door somebody waits is in use.
    pub(crate) fn note_presence(&mut self, now: Now) {
        if self.members.is_empty() && self.waiting.is_empty() {
            self.empty_since.get_or_insert(now.mono);
        } else {
            self.empty_since = None;
        }
    }

    /// Has credentials refused that a former owner's people may still hold: whoever comes back gets another,
    /// and nobody can listen who does not. Called once, when a room is taken over.
    pub fn refuse_former(&mut self, now: Now, out: &mut Vec<Command>) {
        let former = std::mem::take(&mut self.kept.bus_keys);
        let (keys, dated): (Vec<String>, Vec<u64>) =
            Vec::from(former).into_iter().filter(|(_, dated)| lives(*dated, now)).unzip();
        if let Some(at) = dated.into_iter().max() {
            let at = at.max(now.unix);
            self.bus_keys.refuse_until(at);
            self.kept_changed = true;
            out.push(Command::RevokeBus { keys, at, urgent: true });
        }
    }

    /// Leaves the next owner a connection for which a credential is about to be issued.
    pub(crate) fn keep_bus_key(&mut self, now: Now, bus_key: &str) {
        let live = self.bus_keys.live(now.unix);
        let dated = live.filter(|(key, _)| *key == bus_key).map(|(_, dated)| dated).max();
        if let Some(dated) = dated {
            self.keep(|kept| kept.bus_keys.insert(bus_key.to_owned(), dated));
        }
    }

    /// Changes what the next owner has to know.
    pub(crate) fn keep(&mut self, change: impl FnOnce(&mut Kept)) {
        change(&mut self.kept);
        self.kept_changed = true;
    }

    /// Says to everyone what has happened.
    pub(crate) fn happened(&mut self, event: RoomEvent, out: &mut Vec<Command>) {
        let sequenced = self.journal.append(event);
        to_all(out, all::EVENT, sequenced);
    }

    /// Whom everybody sees.
    fn people(&self) -> impl Iterator<Item = &Person> {
        self.members.values().filter(|member| !member.hidden).map(|member| &member.person)
    }

    pub(crate) fn pages(&self) -> u32 {
        u32::try_from(self.people().count().div_ceil(ROSTER_PAGE)).unwrap_or(u32::MAX).max(1)
    }

    pub(crate) fn page(&self, now: Now, page: u32) -> Snapshot {
        let skip = ROSTER_PAGE.saturating_mul(page as usize);
        Snapshot {
            epoch: self.journal.epoch(),
            seq: self.journal.seq(),
            page,
            pages: self.pages(),
            people: self.people().skip(skip).take(ROSTER_PAGE).cloned().collect(),
            rules: self.kept.rules,
            encryption: self.settings.encryption,
            ends_in: self.ends_in(now),
        }
    }

    /// Seconds until the room's time is up, where it has a bound.
    fn ends_in(&self, now: Now) -> Option<u64> {
        let duration = Some(u64::from(self.settings.duration)).filter(|&seconds| seconds > 0)?;
        let began = self.kept.began.unwrap_or(now.unix);
        Some(began.saturating_add(duration).saturating_sub(now.unix))
    }
}

/// Whether a credential may live that was dated then.
fn lives(dated: u64, now: Now) -> bool {
    dated.saturating_add(BUS_JWT_SECONDS) > now.unix
}

/// Tells the room's opaque name and size, and nothing of its people.
impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room")
            .field("sid", &self.sid)
            .field("epoch", &self.epoch())
            .field("people", &self.len())
            .finish_non_exhaustive()
    }
}
