//! What people announce of themselves: with which keys they send, and that they record.

use crate::command::{Command, to_one};
use crate::room::Room;
use conclave_protocol::event::{Asked, Declined, Hello, Recording, RoomEvent, Why, one};
use conclave_protocol::ids::Pid;

impl Room {
    /// Keeps the latest hello of each, for whoever comes later.
    pub(crate) fn announce(&mut self, pid: &Pid, Hello { hello }: Hello, out: &mut Vec<Command>) {
        if !self.settings.encryption.is_on() {
            let declined = Declined { what: Asked::Hello, why: self.takes_only() };
            return to_one(out, pid, one::DECLINED, &declined);
        }
        let Some(member) = self.members.get_mut(pid) else { return };
        if member.person.hello.as_ref() != Some(&hello) {
            member.person.hello = Some(hello.clone());
            self.happened(RoomEvent::Hello { pid: pid.clone(), hello }, out);
        }
    }

    /// Tells everybody that somebody records on its own device, or does not any more.
    pub(crate) fn set_recording(
        &mut self,
        pid: &Pid,
        Recording { on }: Recording,
        out: &mut Vec<Command>,
    ) {
        if on && !self.features.local_recording {
            let declined = Declined { what: Asked::Recording, why: Why::Off };
            return to_one(out, pid, one::DECLINED, &declined);
        }
        let Some(member) = self.members.get_mut(pid) else { return };
        if member.person.recording != on {
            member.person.recording = on;
            self.happened(RoomEvent::Recording { pid: pid.clone(), on }, out);
        }
    }
}
