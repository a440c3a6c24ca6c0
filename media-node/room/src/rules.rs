//! What is locked, and what follows from a lock at once.

use crate::command::{Command, MediaCommand};
use crate::member::limit;
use crate::now::Now;
use crate::room::Room;
use conclave_protocol::audit::Action;
use conclave_protocol::event::{Publishing, RoomEvent, Why};
use conclave_protocol::ids::Pid;
use conclave_protocol::roles::RoomRole;
use conclave_protocol::settings::Rules;

impl Room {
    /// Sources that somebody of this role may send.
    pub(crate) fn allowed(&self, role: RoomRole) -> Publishing {
        self.features.sources(role, &self.kept.rules.locks)
    }

    /// Why somebody of this role may not send the first of the sources that are wanted and not on.
    pub(crate) fn why_not(&self, role: RoomRole, wanted: Publishing, media: Publishing) -> Why {
        let features = &self.features;
        if wanted.microphone && !media.microphone {
            Why::Locked
        } else if wanted.camera && !media.camera {
            match (features.cameras, features.moderator_only_cameras, role) {
                (false, _, _) => Why::Off,
                (true, true, RoomRole::Participant) => Why::NotModerator,
                (true, _, _) => Why::Locked,
            }
        } else if features.screens {
            Why::Locked
        } else {
            Why::Off
        }
    }

    pub(crate) fn set_rules(&mut self, now: Now, by: &Pid, rules: Rules, out: &mut Vec<Command>) {
        let before = self.kept.rules;
        if rules == before {
            return;
        }
        self.keep(|kept| kept.rules = rules);
        self.audit(now, Some(by), Action::Rules, None, out);
        self.happened(RoomEvent::Rules { rules }, out);
        for pid in self.members.keys().cloned().collect::<Vec<_>>() {
            self.limit_media(&pid, by, out);
            self.limit_files(&pid, out);
        }
        match (before.waiting_room, rules.waiting_room) {
            // Whoever is in the room need not wait when it comes back.
            (false, true) => {
                let here: Vec<Pid> = self.members.keys().cloned().collect();
                self.keep(|kept| here.into_iter().for_each(|pid| kept.admitted.insert(pid, ())));
            }
            (true, false) => self.let_all_in(now, by, out),
            _ => {}
        }
    }

    /// Lets in everybody who waits.
    pub(crate) fn let_all_in(&mut self, now: Now, by: &Pid, out: &mut Vec<Command>) {
        let waiting = self.waiting.pids();
        for pid in &waiting {
            self.let_in(now, pid, Some(by), out);
        }
        if !waiting.is_empty() {
            self.show_backstage(out);
        }
    }

    /// Switches off what a person may not send (any more). Nothing is switched on.
    pub(crate) fn limit_media(&mut self, pid: &Pid, by: &Pid, out: &mut Vec<Command>) {
        let Some(member) = self.members.get(pid) else { return };
        let media = limit(member.person.media, self.allowed(member.person.role));
        self.switch(pid, media, Some(by), out);
    }

    /// Has the node forward these sources and no others; everybody is told where that is news.
    pub(crate) fn switch(
        &mut self,
        pid: &Pid,
        media: Publishing,
        by: Option<&Pid>,
        out: &mut Vec<Command>,
    ) {
        let Some(member) = self.members.get_mut(pid) else { return };
        if member.person.media == media {
            return;
        }
        member.person.media = media;
        out.push(Command::Media { pid: pid.clone(), order: MediaCommand::Publish(media) });
        // A hidden moderator acts without being named.
        let by = by.filter(|by| self.members.get(by).is_some_and(|member| !member.hidden));
        self.happened(RoomEvent::Media { pid: pid.clone(), media, by: by.cloned() }, out);
    }
}
