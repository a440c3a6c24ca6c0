//! Who did what: deeds for the audit log.

use crate::command::Command;
use crate::now::Now;
use crate::room::Room;
use conclave_protocol::audit::{Action, Deed, Who};
use conclave_protocol::ids::{Pid, UserId};

impl Room {
    /// Tells while whoever is concerned is still remembered.
    pub(crate) fn audit(
        &self,
        now: Now,
        actor: Option<&Pid>,
        action: Action,
        target: Option<&Pid>,
        out: &mut Vec<Command>,
    ) {
        let who = |pid: &Pid| Who { pid: pid.clone(), user: self.user_of(pid).cloned() };
        out.push(Command::Audit(Deed {
            at: now.unix,
            sid: self.sid.clone(),
            actor: actor.map(who),
            action,
            target: target.map(who),
        }));
    }

    fn user_of(&self, pid: &Pid) -> Option<&UserId> {
        let member = self.members.get(pid).map(|member| &member.user);
        let waits = || self.waiting.get(pid).map(|waits| &waits.user);
        member.or_else(waits).or_else(|| self.gone.get(pid).map(|gone| &gone.user))
    }
}
