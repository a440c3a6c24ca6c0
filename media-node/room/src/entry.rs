//! Somebody comes in, or back in.

use crate::admission::Verdict;
use crate::command::{Command, MediaCommand, to_one};
use crate::member::{Member, Reactions};
use crate::now::Now;
use crate::room::Room;
use conclave_protocol::audit::Action;
use conclave_protocol::ban::Marks;
use conclave_protocol::event::{
    Displaced, Person, Publishing, RoomEvent, Slot, Slots, Snapshot, one,
};
use conclave_protocol::ids::Pid;
use conclave_protocol::node::{Dating, Joiner, Refusal};
use conclave_protocol::roles::RoomRole;

/// What somebody who was taken in is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Admission {
    /// Role.
    pub role: RoomRole,
    /// What is on after the room's rules.
    pub media: Publishing,
    /// First page of the roster, oneself included unless one is hidden.
    pub snapshot: Snapshot,
    /// Who is in which slot.
    pub slots: Slots,
    /// How the bus credential is to be dated.
    pub dating: Dating,
}

impl Room {
    /// Takes somebody in whose media are set up, or back in on a new connection, which displaces
    /// the older.
    ///
    /// # Errors
    /// As [`Room::check`], and [`Refusal::Unavailable`] where the person has to wait since it was
    /// asked: the next try says so.
    pub fn admit(
        &mut self,
        now: Now,
        joiner: &Joiner,
        wanted: Publishing,
        slots: Vec<Slot>,
        out: &mut Vec<Command>,
    ) -> Result<Admission, Refusal> {
        let Verdict::Enter(media) = self.check(joiner, wanted)? else {
            return Err(Refusal::Unavailable);
        };
        let pid = &joiner.pid;
        self.bus_keys.register(now.unix, pid, &joiner.bus_key)?;
        self.keep_bus_key(now, &joiner.bus_key);
        let role = self.role_of(joiner);
        let before = self.members.remove(pid);
        if let Some(before) = &before
            && before.bus_key != joiner.bus_key
        {
            to_one(out, pid, one::DISPLACED, &Displaced { bus_key: joiner.bus_key.clone() });
            self.bus_keys.revoke_one(now.unix, pid, &before.bus_key, out);
        }
        let hand = self.kept.hands.get(pid).copied();
        // A new connection sends with keys of its own, and says again whether it records.
        let (hello, recording) = (None, false);
        let name = joiner.name.clone();
        let person = Person { pid: pid.clone(), name, role, media, hand, hello, recording };
        let is_new = before.is_none();
        let news = before.as_ref().is_none_or(|member| member.person != person);
        let member = self.seat(joiner, person.clone(), slots, before);
        let (slots, hidden) = (member.slots.clone(), member.hidden);
        let waited = self.waiting.take(pid).is_some();
        self.members.insert(pid.clone(), member);
        self.remember_entry(now, pid, role);
        // The rules may have changed since the media were set up.
        out.push(Command::Media { pid: pid.clone(), order: MediaCommand::Publish(media) });
        self.limit_files(pid, out);
        if news && !hidden {
            self.happened(RoomEvent::Joined { person }, out);
        }
        if waited || (news && hidden) {
            self.show_backstage(out);
        }
        if is_new {
            self.begin_stay(now, pid, out);
        }
        let dating = self.bus_keys.dating(now.unix, pid);
        Ok(Admission { role, media, snapshot: self.page(now, 0), slots, dating })
    }

    /// What is kept of the person's former connection or stay goes on.
    fn seat(
        &mut self,
        joiner: &Joiner,
        person: Person,
        slots: Vec<Slot>,
        before: Option<Member>,
    ) -> Member {
        let gone = self.gone.remove(&joiner.pid);
        let mut member = Member {
            person,
            user: joiner.user.clone(),
            marks: self.marks_at_entry(joiner),
            hidden: self.is_hidden(joiner),
            bus_key: joiner.bus_key.clone(),
            slots: Slots { version: 1, slots },
            position: self.journal.seq(),
            mail: gone.map(|gone| gone.mail).unwrap_or_default(),
            reactions: Reactions::default(),
            relay: None,
        };
        if let Some(before) = before {
            member.slots.version = before.slots.version + 1;
            (member.position, member.mail) = (before.position, before.mail);
            (member.reactions, member.hidden) = (before.reactions, before.hidden);
        }
        member
    }

    /// What the person holds, also what its session does not tell: the invite that it came by, and
    /// that it is hidden.
    pub(crate) fn marks_at_entry(&mut self, joiner: &Joiner) -> Marks {
        let pid = &joiner.pid;
        if joiner.hidden && !self.kept.hidden.contains(pid) {
            self.keep(|kept| kept.hidden.insert(pid.clone(), ()));
        }
        let mut marks = joiner.marks.clone();
        match (&marks.invite, self.kept.invites.get(pid)) {
            (Some(invite), None) => {
                let invite = (invite.clone(), marks.until);
                self.keep(|kept| kept.invites.insert(pid.clone(), invite));
            }
            (None, Some((invite, until))) => {
                marks.until = marks.until.max(*until);
                marks.invite = Some(invite.clone());
            }
            _ => {}
        }
        marks
    }

    fn remember_entry(&mut self, now: Now, pid: &Pid, role: RoomRole) {
        self.note_presence(now);
        if self.kept.began.is_none() {
            self.keep(|kept| kept.began = Some(now.unix));
        }
        if role == RoomRole::Moderator && self.kept.roles.get(pid) != Some(&role) {
            self.keep(|kept| kept.roles.insert(pid.clone(), role));
        }
        if self.kept.rules.waiting_room && !self.kept.admitted.contains(pid) {
            self.keep(|kept| kept.admitted.insert(pid.clone(), ()));
        }
    }

    fn begin_stay(&mut self, now: Now, pid: &Pid, out: &mut Vec<Command>) {
        let Some(member) = self.members.get_mut(pid) else { return };
        // Nothing that was said before is this person's to ask for.
        member.position = self.journal.seq();
        if let Some(course) = &mut self.course {
            course.came(now, pid, &member.user);
        }
        self.audit(now, Some(pid), Action::Joined, None, out);
    }
}
