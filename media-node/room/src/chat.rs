//! What people write, to everyone or to one. Kept in memory for a resync alone.

use crate::command::{Command, to_one};
use crate::room::Room;
use conclave_protocol::event::{Asked, Declined, RoomEvent, Why, Write, one};
use conclave_protocol::ids::Pid;

impl Room {
    /// Relays what was written. False for something to oneself.
    pub(crate) fn write(&mut self, pid: &Pid, write: &Write, out: &mut Vec<Command>) -> bool {
        let to = write.to.as_ref();
        if to == Some(pid) {
            return false;
        }
        let Some(why) = self.why_not_write(pid, write) else {
            match to {
                Some(to) => self.mail(pid, to, write, out),
                None => {
                    let (pid, body) = (pid.clone(), write.body.clone());
                    self.happened(RoomEvent::Chat { pid, body }, out);
                }
            }
            return true;
        };
        let what = if to.is_some() { Asked::PrivateChat } else { Asked::Chat };
        to_one(out, pid, one::DECLINED, &Declined { what, why });
        true
    }

    fn why_not_write(&self, pid: &Pid, Write { body, to }: &Write) -> Option<Why> {
        let writer = self.members.get(pid)?;
        if !self.features.chat {
            return Some(Why::Off);
        }
        // Nothing is relayed that a server could read where people rely on it that none can.
        if body.is_sealed() != self.settings.encryption.is_on() {
            return Some(self.takes_only());
        }
        let locks = &self.kept.rules.locks;
        if !self.features.may_write(writer.person.role, locks, to.is_some()) {
            return Some(Why::Locked);
        }
        // To people who may not know of it, somebody hidden is not there.
        let reached = |to| {
            let reader = self.members.get(to);
            reader.is_some_and(|reader| !reader.hidden || writer.moderates())
        };
        (!to.as_ref().is_none_or(reached)).then_some(Why::Gone)
    }

    /// Why something is declined that is for rooms of the other kind.
    pub(crate) fn takes_only(&self) -> Why {
        if self.settings.encryption.is_on() { Why::Encrypted } else { Why::Plain }
    }

    /// To both, which tells the writer that it arrived.
    fn mail(&mut self, from: &Pid, to: &Pid, write: &Write, out: &mut Vec<Command>) {
        for receiver in [to, from] {
            if let Some(member) = self.members.get_mut(receiver) {
                let mail = member.mail.append(from, to, &write.body);
                to_one(out, receiver, one::MAIL, mail);
            }
        }
    }
}
