//! The waiting room: who waits, who is let in, and what moderators see of it.

use crate::admission::Verdict;
use crate::command::{Command, to_one};
use crate::member::{Gone, Member};
use crate::now::Now;
use crate::room::Room;
use crate::waiting::Waits;
use conclave_protocol::audit::Action;
use conclave_protocol::event::{Backstage, Publishing, Waiting, one};
use conclave_protocol::ids::Pid;
use conclave_protocol::limits::ROSTER_PAGE;
use conclave_protocol::node::{Dating, Joiner, Refusal};
use serde_json::json;

impl Room {
    /// Takes somebody down among those who wait; who waits already keeps its place.
    ///
    /// # Errors
    /// [`Refusal::RoomEnded`], [`Refusal::Removed`], [`Refusal::TooOften`], [`Refusal::RoomFull`]
    /// where too many wait, and [`Refusal::Unavailable`] where the person need not wait any more:
    /// the next try lets it in.
    pub fn wait(
        &mut self,
        now: Now,
        joiner: &Joiner,
        out: &mut Vec<Command>,
    ) -> Result<Dating, Refusal> {
        let Verdict::Wait = self.check(joiner, Publishing::default())? else {
            return Err(Refusal::Unavailable);
        };
        self.bus_keys.register(now.unix, &joiner.pid, &joiner.bus_key)?;
        self.keep_bus_key(now, &joiner.bus_key);
        let marks = self.marks_at_entry(joiner);
        let is_new = self.waiting.get(&joiner.pid).is_none();
        self.waiting.put(Waits {
            pid: joiner.pid.clone(),
            name: joiner.name.clone(),
            user: joiner.user.clone(),
            marks,
            bus_key: joiner.bus_key.clone(),
            heard: now.mono,
            hello: None,
        });
        self.note_presence(now);
        self.show_backstage(out);
        if is_new {
            self.audit(now, Some(&joiner.pid), Action::Waiting, None, out);
        }
        Ok(self.bus_keys.dating(now.unix, &joiner.pid))
    }

    /// Somebody says that it still waits. Who was let in and did not hear of it is told again.
    pub(crate) fn still_waits(
        &mut self,
        now: Now,
        pid: &Pid,
        said: Waiting,
        out: &mut Vec<Command>,
    ) -> bool {
        if self.waiting.heard(pid, now.mono) {
            // Shown with the next tick: whoever announces something new with each message does not
            // set a whole page in motion each time.
            let hello = said.hello.filter(|_| self.settings.encryption.is_on());
            self.backstage_stale |= hello.is_some_and(|hello| self.waiting.announced(pid, hello));
            return true;
        }
        let called = self.gone.contains(pid) && self.kept.admitted.contains(pid);
        if called {
            to_one(out, pid, one::ADMITTED, &json!({}));
        }
        called
    }

    /// Lets somebody in who waits. False where nobody of that name waits.
    pub(crate) fn let_in(
        &mut self,
        now: Now,
        pid: &Pid,
        by: Option<&Pid>,
        out: &mut Vec<Command>,
    ) -> bool {
        let Some(waits) = self.waiting.take(pid) else { return false };
        self.keep(|kept| kept.admitted.insert(pid.clone(), ()));
        self.has_waited(waits);
        to_one(out, pid, one::ADMITTED, &json!({}));
        self.audit(now, by, Action::Admitted, Some(pid), out);
        self.note_presence(now);
        true
    }

    /// Remembers somebody who waits no more.
    pub(crate) fn has_waited(&mut self, waits: Waits) {
        let Waits { pid, user, marks, .. } = waits;
        let before = self.gone.remove(&pid);
        let (entered, mail) = before.map(|gone| (gone.entered, gone.mail)).unwrap_or_default();
        self.gone.insert(pid, Gone { user, marks, entered, mail });
    }

    /// Whoever has not said for too long that it waits is taken for gone.
    pub(crate) fn forget_lost_waiters(&mut self, now: Now, out: &mut Vec<Command>) {
        let lost = self.waiting.lost(now.mono);
        for pid in &lost {
            self.stop_waiting(now, pid, out);
        }
        if !lost.is_empty() {
            self.show_backstage(out);
        }
    }

    /// Somebody went who waited.
    pub(crate) fn stop_waiting(&mut self, now: Now, pid: &Pid, out: &mut Vec<Command>) {
        if let Some(waits) = self.waiting.take(pid) {
            self.has_waited(waits);
            self.bus_keys.revoke(now.unix, pid, false, out);
            self.note_presence(now);
        }
    }

    /// Who waits or is hidden has changed: every moderator is told.
    pub(crate) fn show_backstage(&mut self, out: &mut Vec<Command>) {
        self.backstage_version += 1;
        self.backstage_stale = false;
        let backstage = self.backstage();
        for member in self.members.values().filter(|member| member.moderates()) {
            to_one(out, &member.person.pid, one::BACKSTAGE, &backstage);
        }
    }

    pub(crate) fn backstage(&self) -> Backstage {
        let hidden = self.members.values().filter(|member| member.hidden).take(ROSTER_PAGE);
        let person = |member: &Member| member.person.clone();
        Backstage {
            epoch: self.epoch(),
            version: self.backstage_version,
            waiting: self.waiting.as_shown(),
            hidden: hidden.map(person).collect(),
        }
    }
}
