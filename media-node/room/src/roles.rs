//! Promotion and demotion.

use crate::command::{Command, to_one};
use crate::now::Now;
use crate::room::Room;
use conclave_protocol::audit::Action;
use conclave_protocol::event::{RoomEvent, Why, YourRole, one};
use conclave_protocol::ids::Pid;
use conclave_protocol::roles::RoomRole;

impl Room {
    /// Makes somebody in the room a moderator, or a participant.
    ///
    /// # Errors
    /// [`Why::Gone`], [`Why::LastModerator`].
    pub(crate) fn set_role(
        &mut self,
        now: Now,
        by: &Pid,
        pid: &Pid,
        role: RoomRole,
        out: &mut Vec<Command>,
    ) -> Result<(), Why> {
        let Some(member) = self.members.get(pid) else { return Err(Why::Gone) };
        if member.person.role == role {
            return Ok(());
        }
        let demoted = role == RoomRole::Participant;
        if demoted && !self.has_another_moderator(pid) {
            return Err(Why::LastModerator);
        }
        let (hidden, marks) = (member.hidden, member.marks.clone());
        let waiting_room = self.kept.rules.waiting_room;
        self.keep(|kept| {
            kept.roles.insert(pid.clone(), role);
            for mark in [&marks.user, &marks.device].into_iter().chain(&marks.invite) {
                if demoted {
                    kept.demoted.insert(mark.clone(), ());
                } else {
                    kept.demoted.remove(mark);
                }
            }
            if waiting_room {
                kept.admitted.insert(pid.clone(), ());
            }
        });
        if let Some(member) = self.members.get_mut(pid) {
            member.person.role = role;
        }
        let action = if demoted { Action::Demoted } else { Action::Promoted };
        self.audit(now, Some(by), action, Some(pid), out);
        if !hidden {
            self.happened(RoomEvent::Role { pid: pid.clone(), role }, out);
        }
        self.limit_media(pid, by, out);
        self.limit_files(pid, out);
        to_one(out, pid, one::ROLE, &YourRole { role });
        if demoted {
            // The roster says so already: what is renewed from here on is a participant's.
            self.bus_keys.revoke(now.unix, pid, true, out);
        } else {
            to_one(out, pid, one::BACKSTAGE, &self.backstage());
        }
        if hidden {
            self.show_backstage(out);
        }
        Ok(())
    }

    /// Whether somebody else moderates whom everybody sees.
    fn has_another_moderator(&self, pid: &Pid) -> bool {
        let mut others = self.members.iter().filter(|(other, _)| *other != pid);
        others.any(|(_, member)| member.moderates() && !member.hidden)
    }
}
