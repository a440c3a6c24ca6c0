//! Who may come in, as what, and with which media.

use crate::member::limit;
use crate::room::Room;
use conclave_protocol::event::Publishing;
use conclave_protocol::node::{Joiner, Refusal};
use conclave_protocol::roles::RoomRole;

/// What becomes of somebody who is not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Comes in, with these sources on.
    Enter(Publishing),
    /// Waits before the door until a moderator lets it in.
    Wait,
}

impl Room {
    /// Whether somebody would be taken in now, and with which media: asked before the media are
    /// set up, for a refusal costs less than a connection.
    ///
    /// # Errors
    /// [`Refusal::RoomEnded`], [`Refusal::Removed`], [`Refusal::TooOften`] and
    /// [`Refusal::RoomFull`], which also says that too many wait.
    pub fn check(&self, joiner: &Joiner, wanted: Publishing) -> Result<Verdict, Refusal> {
        if self.ended {
            return Err(Refusal::RoomEnded);
        }
        if self.is_refused(joiner) {
            return Err(Refusal::Removed);
        }
        if !self.bus_keys.has_room(&joiner.pid, &joiner.bus_key) {
            return Err(Refusal::TooOften);
        }
        let present = self.members.contains_key(&joiner.pid);
        if !present && self.must_wait(joiner) {
            let fits = self.waiting.has_room(&joiner.pid);
            return if fits { Ok(Verdict::Wait) } else { Err(Refusal::RoomFull) };
        }
        if !present && self.members.len() >= self.settings.max_participants as usize {
            return Err(Refusal::RoomFull);
        }
        Ok(Verdict::Enter(self.media_at_entry(joiner, wanted)))
    }

    /// Whether the person was removed or banned. Whoever returns came by its invite before that
    /// was revoked.
    pub(crate) fn is_refused(&self, joiner: &Joiner) -> bool {
        let marks = &joiner.marks;
        let invite = marks.invite.as_ref().filter(|_| !joiner.returning);
        let held = [&marks.session, &marks.user, &marks.device].into_iter().chain(invite);
        held.into_iter().any(|mark| self.kept.refused.contains(mark))
    }

    fn must_wait(&self, joiner: &Joiner) -> bool {
        self.kept.rules.waiting_room
            && self.role_of(joiner) != RoomRole::Moderator
            && !self.kept.admitted.contains(&joiner.pid)
    }

    /// Whoever came hidden once is so whenever it returns.
    pub(crate) fn is_hidden(&self, joiner: &Joiner) -> bool {
        joiner.hidden || self.kept.hidden.contains(&joiner.pid)
    }

    fn media_at_entry(&self, joiner: &Joiner, wanted: Publishing) -> Publishing {
        let here = self.members.get(&joiner.pid);
        if here.map_or(self.is_hidden(joiner), |member| member.hidden) {
            return Publishing::default();
        }
        let mut media = limit(wanted, self.allowed(self.role_of(joiner)));
        // Returning is not starting: a reload keeps the microphone as the person left it. Whoever
        // returns from before the door has not been in the room.
        let waited = self.gone.get(&joiner.pid).is_some_and(|gone| !gone.entered);
        if self.settings.mute_on_start && (!joiner.returning || waited) {
            media.microphone = false;
        }
        media
    }

    /// What the owner knows of a person outranks what its token says, and so does a demotion of
    /// somebody who held the same: no token regains a role that was lost.
    pub(crate) fn role_of(&self, joiner: &Joiner) -> RoomRole {
        let here = self.members.get(&joiner.pid).map(|member| member.person.role);
        if let Some(role) = here.or_else(|| self.kept.roles.get(&joiner.pid).copied()) {
            return role;
        }
        let marks = &joiner.marks;
        let mut held = [&marks.user, &marks.device].into_iter().chain(&marks.invite);
        if held.any(|mark| self.kept.demoted.contains(mark)) {
            return RoomRole::Participant;
        }
        joiner.role
    }
}
