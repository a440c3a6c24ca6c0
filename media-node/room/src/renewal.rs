//! How somebody stands with the owner, whenever an edge asks.

use crate::command::Command;
use crate::now::Now;
use crate::room::Room;
use conclave_protocol::audit::Action;
use conclave_protocol::ids::{Mark, Pid};
use conclave_protocol::node::{Refusal, Standing};
use conclave_protocol::roles::RoomRole;

impl Room {
    /// How somebody stands who is in the room or waits before its door.
    #[must_use]
    pub fn standing(&self, now: Now, pid: &Pid) -> Option<Standing> {
        let member = self.members.get(pid).map(|member| (member.person.role, false));
        let waits = || self.waiting.get(pid).map(|_| (RoomRole::Participant, true));
        let (role, waiting) = member.or_else(waits)?;
        let dating = self.bus_keys.dating(now.unix, pid);
        Some(Standing { role, waiting, epoch: self.epoch(), dating })
    }

    /// A new credential is asked for, for this connection, which is remembered.
    ///
    /// # Errors
    /// [`Refusal::NotMember`], [`Refusal::TooOften`].
    pub fn renew(&mut self, now: Now, pid: &Pid, bus_key: &str) -> Result<Standing, Refusal> {
        let standing = self.standing(now, pid).ok_or(Refusal::NotMember)?;
        self.bus_keys.register(now.unix, pid, bus_key)?;
        self.keep_bus_key(now, bus_key);
        Ok(standing)
    }

    /// A moderator has an invite refused until `until`, in seconds since 1970. Who came by it stays.
    ///
    /// # Errors
    /// [`Refusal::NotMember`], [`Refusal::NotModerator`].
    pub fn revoke_invite(
        &mut self,
        now: Now,
        pid: &Pid,
        mark: Mark,
        until: u64,
        out: &mut Vec<Command>,
    ) -> Result<(), Refusal> {
        let member = self.members.get(pid).ok_or(Refusal::NotMember)?;
        if !member.moderates() {
            return Err(Refusal::NotModerator);
        }
        self.keep(|kept| kept.refused.insert(mark.clone(), ()));
        out.push(Command::Mark { marks: vec![mark], until });
        self.audit(now, Some(pid), Action::InviteRevoked, None, out);
        Ok(())
    }
}
