//! What moderators ask for.

use crate::command::{Command, to_one};
use crate::hearing::read;
use crate::member::limit;
use crate::now::Now;
use crate::room::Room;
use conclave_protocol::audit::Action;
use conclave_protocol::event::{Asked, Declined, EndReason, Publishing, RemovedHow, Why, one};
use conclave_protocol::ids::Pid;
use conclave_protocol::moderation::{
    Admit, EndRoom, Remove, SetRole, SetRules, SetService, Silence, kind,
};

impl Room {
    /// A message on the moderators' subject. NATS let only moderators publish there, but a
    /// credential outlives a demotion by a moment: the roster decides.
    pub(crate) fn moderate(
        &mut self,
        now: Now,
        by: &Pid,
        asked: &str,
        payload: &[u8],
        out: &mut Vec<Command>,
    ) -> bool {
        let Some(member) = self.members.get(by) else { return false };
        if !member.moderates() {
            decline(by, Asked::Moderation, Why::NotModerator, out);
            return true;
        }
        let done = match asked {
            kind::SILENCE => read(payload).map(|s| self.silence(now, by, &s, out)),
            kind::ROLE => {
                read(payload).map(|SetRole { pid, role }| self.set_role(now, by, &pid, role, out))
            }
            kind::RULES => read(payload).map(|SetRules { rules }| {
                self.set_rules(now, by, rules, out);
                Ok(())
            }),
            kind::REMOVE => read(payload).map(|r| self.take_out(now, by, &r, out)),
            kind::ADMIT => read(payload).map(|a| self.let_in_or_all(now, by, &a, out)),
            kind::LOWER_HANDS => read(payload).map(|l| self.lower_hands(now, by, &l, out)),
            kind::END => read(payload).map(|EndRoom {}| {
                self.finish(now, EndReason::Moderator, Some(by), out);
                Ok(())
            }),
            kind::SERVICE => read(payload).map(|SetService { .. }| Err(self.why_no_service())),
            _ => None,
        };
        if let Some(Err(why)) = done {
            let what = if asked == kind::SERVICE { Asked::Service } else { Asked::Moderation };
            decline(by, what, why, out);
        }
        done.is_some()
    }

    fn silence(
        &mut self,
        now: Now,
        by: &Pid,
        silence: &Silence,
        out: &mut Vec<Command>,
    ) -> Result<(), Why> {
        let whom: Vec<Pid> = match &silence.pid {
            Some(pid) if self.members.contains_key(pid) => vec![pid.clone()],
            Some(_) => return Err(Why::Gone),
            None => {
                let others = self.members.iter().filter(|(_, member)| !member.moderates());
                others.map(|(pid, _)| pid.clone()).collect()
            }
        };
        self.audit(now, Some(by), Action::Silenced, silence.pid.as_ref(), out);
        let stays = Publishing {
            microphone: !silence.microphone,
            camera: !silence.camera,
            screen: !silence.screen,
        };
        for pid in whom {
            if let Some(member) = self.members.get(&pid) {
                let media = limit(member.person.media, stays);
                self.switch(&pid, media, Some(by), out);
            }
        }
        Ok(())
    }

    fn take_out(
        &mut self,
        now: Now,
        by: &Pid,
        asked: &Remove,
        out: &mut Vec<Command>,
    ) -> Result<(), Why> {
        let waits = self.waiting.get(&asked.pid).is_some();
        let how = match (asked.ban, waits) {
            (true, _) => RemovedHow::Banned,
            (false, true) => RemovedHow::Refused,
            (false, false) => RemovedHow::Removed,
        };
        // Whoever is banned is so with everything it holds: also with its other tabs and devices.
        let others = if asked.ban { self.others_of(&asked.pid) } else { Vec::new() };
        if !self.expel(now, &asked.pid, how, Some(by), out) {
            return Err(Why::Gone);
        }
        for other in others {
            self.expel(now, &other, how, Some(by), out);
        }
        Ok(())
    }

    fn let_in_or_all(
        &mut self,
        now: Now,
        by: &Pid,
        admit: &Admit,
        out: &mut Vec<Command>,
    ) -> Result<(), Why> {
        match &admit.pid {
            Some(pid) if self.let_in(now, pid, Some(by), out) => self.show_backstage(out),
            Some(_) => return Err(Why::Gone),
            None => self.let_all_in(now, by, out),
        }
        Ok(())
    }
}

fn decline(pid: &Pid, what: Asked, why: Why, out: &mut Vec<Command>) {
    to_one(out, pid, one::DECLINED, &Declined { what, why });
}
