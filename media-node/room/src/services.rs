//! Services of the server's that would need to read a room: recording, broadcasting and the like. An
//! encrypted room has none, whoever asks and whatever an edge takes the room for.

use crate::room::Room;
use conclave_protocol::event::Why;
use conclave_protocol::ids::Pid;
use conclave_protocol::node::Refusal;

impl Room {
    /// Why an edge that asks on somebody's behalf gets no service, to begin or to end:
    /// [`Refusal::Encrypted`] in an encrypted room, whoever asks; else [`Refusal::NotMember`] or
    /// [`Refusal::NotModerator`], or [`Refusal::NoService`], for this version has none.
    #[must_use]
    pub fn refuse_service(&self, pid: &Pid) -> Refusal {
        match self.members.get(pid) {
            _ if self.settings.encryption.is_on() => Refusal::Encrypted,
            None => Refusal::NotMember,
            Some(member) if !member.moderates() => Refusal::NotModerator,
            Some(_) => Refusal::NoService,
        }
    }

    /// Why a moderator gets none that asks on the bus.
    pub(crate) fn why_no_service(&self) -> Why {
        if self.settings.encryption.is_on() { Why::Encrypted } else { Why::Off }
    }
}
