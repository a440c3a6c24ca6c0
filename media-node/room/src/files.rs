//! Who may send files. They go from client to client through the node, which reads none of them: the
//! owner's part is an order to it about each person.

use crate::command::{Command, MediaCommand, Relay};
use crate::room::Room;
use conclave_protocol::ids::Pid;

impl Room {
    /// Has the node relay what a person may send, where that is news.
    pub(crate) fn limit_files(&mut self, pid: &Pid, out: &mut Vec<Command>) {
        let Some(member) = self.members.get(pid) else { return };
        let relay = match (member.hidden, member.person.role) {
            (true, _) => Relay::Nothing,
            (false, role) if self.features.may_send_files(role, &self.kept.rules.locks) => {
                Relay::Files
            }
            (false, _) => Relay::Asks,
        };
        if let Some(member) = self.members.get_mut(pid)
            && member.relay.replace(relay) != Some(relay)
        {
            out.push(Command::Media { pid: pid.clone(), order: MediaCommand::Relay(relay) });
        }
    }
}
