//! How people go, by their own will or not, and how the room ends.

use crate::command::{Command, MediaCommand, to_one};
use crate::member::{Gone, Member};
use crate::now::Now;
use crate::room::Room;
use conclave_protocol::audit::Action;
use conclave_protocol::ban::Marks;
use conclave_protocol::event::{EndReason, LeftReason, Removed, RemovedHow, RoomEvent, one};
use conclave_protocol::ids::{Mark, Pid};
use conclave_protocol::limits::SESSION_SECONDS;

impl Room {
    /// Somebody's place is given up: by its own will, or because its connection is lost.
    pub fn remove(&mut self, now: Now, pid: &Pid, reason: LeftReason, out: &mut Vec<Command>) {
        let action = if reason == LeftReason::Lost { Action::Lost } else { Action::Left };
        if !self.members.contains_key(pid) {
            return;
        }
        self.audit(now, Some(pid), action, None, out);
        // Whoever is lost may be back in a moment, and keeps its place among the raised hands.
        if reason != LeftReason::Lost && self.kept.hands.contains(pid) {
            self.keep(|kept| _ = kept.hands.remove(pid));
        }
        self.depart(now, pid, reason, out);
        // Nobody listens on who is not seen any more.
        self.bus_keys.revoke(now.unix, pid, false, out);
    }

    /// The page of the connection `bus_key` went away; a newer connection is left alone.
    pub fn page_gone(&mut self, now: Now, pid: &Pid, bus_key: &str, out: &mut Vec<Command>) {
        if self.members.get(pid).is_some_and(|member| member.bus_key == bus_key) {
            self.remove(now, pid, LeftReason::Left, out);
        } else if self.waiting.get(pid).is_some_and(|waits| waits.bus_key == bus_key) {
            self.stop_waiting(now, pid, out);
            self.show_backstage(out);
        }
    }

    /// Somebody sends more messages than anybody can write: it is out, and its session with it. False
    /// where it was out already: what it sent before may still be arriving.
    pub fn flooded(&mut self, now: Now, pid: &Pid, out: &mut Vec<Command>) -> bool {
        let here = self.members.contains_key(pid) || self.waiting.get(pid).is_some();
        here && self.expel(now, pid, RemovedHow::Flooded, None, out)
    }

    /// Takes somebody out who is in the room, waits, or is remembered. False where it is none of
    /// these.
    pub(crate) fn expel(
        &mut self,
        now: Now,
        pid: &Pid,
        how: RemovedHow,
        by: Option<&Pid>,
        out: &mut Vec<Command>,
    ) -> bool {
        let Some(marks) = self.marks_of(pid).cloned() else { return false };
        let action = match how {
            RemovedHow::Banned => Action::Banned,
            RemovedHow::Refused => Action::Refused,
            RemovedHow::Removed | RemovedHow::Flooded | RemovedHow::Ended => Action::Removed,
        };
        self.audit(now, by, action, Some(pid), out);
        to_one(out, pid, one::REMOVED, &Removed { how });
        if self.members.contains_key(pid) {
            self.depart(now, pid, LeftReason::Removed, out);
        } else if let Some(waits) = self.waiting.take(pid) {
            self.has_waited(waits);
            self.note_presence(now);
            self.show_backstage(out);
        }
        self.bus_keys.revoke(now.unix, pid, true, out);
        let marked: Vec<Mark> = match how {
            RemovedHow::Banned => marks.all().cloned().collect(),
            _ => vec![marks.session],
        };
        self.keep(|kept| {
            kept.roles.remove(pid);
            kept.admitted.remove(pid);
            kept.hands.remove(pid);
            marked.iter().for_each(|mark| kept.refused.insert(mark.clone(), ()));
        });
        // Sessions are renewed, and with them what they are refused by.
        let until = marks.until.max(now.unix.saturating_add(SESSION_SECONDS));
        out.push(Command::Mark { marks: marked, until });
        true
    }

    /// Other places that the same person holds, by user id or device.
    pub(crate) fn others_of(&self, pid: &Pid) -> Vec<Pid> {
        let Some(marks) = self.marks_of(pid) else { return Vec::new() };
        let same = |other: &Marks| other.user == marks.user || other.device == marks.device;
        let inside = self.members.iter().map(|(pid, member)| (pid, &member.marks));
        let outside = self.waiting.iter().map(|waits| (&waits.pid, &waits.marks));
        let others = inside.chain(outside).filter(|(other, marks)| *other != pid && same(marks));
        others.map(|(other, _)| other.clone()).collect()
    }

    fn marks_of(&self, pid: &Pid) -> Option<&Marks> {
        let member = self.members.get(pid).map(|member| &member.marks);
        let waits = || self.waiting.get(pid).map(|waits| &waits.marks);
        member.or_else(waits).or_else(|| self.gone.get(pid).map(|gone| &gone.marks))
    }

    /// Somebody is off the media and out of the roster.
    fn depart(&mut self, now: Now, pid: &Pid, reason: LeftReason, out: &mut Vec<Command>) {
        let Some(member) = self.members.remove(pid) else { return };
        out.push(Command::Media { pid: pid.clone(), order: MediaCommand::Leave });
        let Member { user, marks, mail, hidden, .. } = member;
        self.gone.insert(pid.clone(), Gone { user, marks, entered: true, mail });
        if hidden {
            self.show_backstage(out);
        } else {
            self.happened(RoomEvent::Left { pid: pid.clone(), reason }, out);
            self.set_speaking(now, pid, false, out);
        }
        if let Some(course) = &mut self.course {
            course.went(now, pid);
        }
        self.note_presence(now);
    }

    /// Ends the room for all, by its application's will or its node's.
    pub fn end(&mut self, now: Now, reason: EndReason, out: &mut Vec<Command>) {
        self.finish(now, reason, None, out);
    }

    pub(crate) fn finish(
        &mut self,
        now: Now,
        reason: EndReason,
        by: Option<&Pid>,
        out: &mut Vec<Command>,
    ) {
        if self.ended {
            return;
        }
        self.audit(now, by, Action::Ended, None, out);
        self.ended = true;
        self.happened(RoomEvent::Ended { reason }, out);
        for pid in self.waiting.pids() {
            to_one(out, &pid, one::REMOVED, &Removed { how: RemovedHow::Ended });
            self.waiting.take(&pid);
        }
        for pid in std::mem::take(&mut self.members).into_keys() {
            if let Some(course) = &mut self.course {
                course.went(now, &pid);
            }
            out.push(Command::Media { pid, order: MediaCommand::Leave });
        }
        self.bus_keys.revoke_all(now.unix, out);
        if let (Some(course), Some(began)) = (&mut self.course, self.kept.began) {
            let course = course.finish(self.sid.clone(), began, now.unix.max(began));
            out.push(Command::Course(Box::new(course)));
        }
        out.push(Command::End);
    }
}
