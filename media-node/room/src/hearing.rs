//! What people in the room say to its owner.

use crate::command::{Command, MediaCommand, to_one};
use crate::member::limit;
use crate::now::Now;
use crate::room::Room;
use conclave_protocol::event::{
    Asked, Declined, Leave, LeftReason, Missed, Publishing, Resync, RoomEvent, View, Waiting, from,
    one,
};
use conclave_protocol::ids::Pid;
use conclave_protocol::subjects::Voice;
use serde::de::DeserializeOwned;

/// Tiles that one participant may ask for.
const MAX_WANTS: usize = 64;

impl Room {
    /// A message that NATS let only `pid` publish, by the right that `voice` names; the driver
    /// bounds how many. Whatever is malformed, or from somebody who may not, is ignored and counted.
    pub fn message(
        &mut self,
        now: Now,
        voice: Voice,
        pid: &Pid,
        kind: &str,
        payload: &[u8],
        out: &mut Vec<Command>,
    ) {
        let understood = !self.ended
            && match voice {
                Voice::Participant => self.hear(now, pid, kind, payload, out),
                Voice::Moderator => self.moderate(now, pid, kind, payload, out),
            };
        if !understood {
            self.ignored += 1;
        }
    }

    fn hear(
        &mut self,
        now: Now,
        pid: &Pid,
        kind: &str,
        payload: &[u8],
        out: &mut Vec<Command>,
    ) -> bool {
        if kind == from::WAITING {
            let said = read::<Waiting>(payload).unwrap_or_default();
            return self.still_waits(now, pid, said, out);
        }
        let Some(member) = self.members.get(pid) else { return false };
        // Hidden people listen and look; they send nothing.
        if member.hidden && !matches!(kind, from::RESYNC | from::VIEW | from::LEAVE) {
            return false;
        }
        match kind {
            from::RESYNC => read(payload).map(|r| self.resync(now, pid, r, out)).is_some(),
            from::MEDIA => read(payload).map(|m| self.set_media(pid, m, out)).is_some(),
            from::VIEW => read(payload).is_some_and(|v| set_view(pid, v, out)),
            from::CHAT => read(payload).is_some_and(|w| self.write(pid, &w, out)),
            from::HAND => read(payload).map(|h| self.raise_hand(pid, h, out)).is_some(),
            from::REACTION => read(payload).map(|r| self.react(now, pid, r, out)).is_some(),
            from::HELLO => read(payload).map(|h| self.announce(pid, h, out)).is_some(),
            from::RECORDING => read(payload).map(|r| self.set_recording(pid, r, out)).is_some(),
            from::LEAVE => {
                read(payload).map(|Leave {}| self.remove(now, pid, LeftReason::Left, out)).is_some()
            }
            _ => false,
        }
    }

    fn resync(&self, now: Now, pid: &Pid, resync: Resync, out: &mut Vec<Command>) {
        let Some(member) = self.members.get(pid) else { return };
        let own = Some(resync.seq).filter(|&seq| seq >= member.position);
        match own.and_then(|seq| self.journal.after(resync.epoch, seq)) {
            Some(events) => to_one(out, pid, one::MISSED, &Missed { events }),
            None => {
                for page in 0..self.pages() {
                    to_one(out, pid, one::SNAPSHOT, &self.page(now, page));
                }
            }
        }
        to_one(out, pid, one::SLOTS, &member.slots);
        // Mail is numbered anew by each owner.
        let known = if resync.epoch == self.epoch() { resync.mail } else { 0 };
        for mail in member.mail.after(known) {
            to_one(out, pid, one::MAIL, mail);
        }
        if member.moderates() {
            to_one(out, pid, one::BACKSTAGE, &self.backstage());
        }
    }

    fn set_media(&mut self, pid: &Pid, wanted: Publishing, out: &mut Vec<Command>) {
        let Some(member) = self.members.get(pid) else { return };
        let role = member.person.role;
        let media = limit(wanted, self.allowed(role));
        if media != wanted {
            let why = self.why_not(role, wanted, media);
            to_one(out, pid, one::DECLINED, &Declined { what: Asked::Media, why });
        }
        let Some(member) = self.members.get_mut(pid) else { return };
        // Said even where nothing changes for others: the asker may have been refused a source.
        out.push(Command::Media { pid: pid.clone(), order: MediaCommand::Publish(media) });
        if member.person.media != media {
            member.person.media = media;
            self.happened(RoomEvent::Media { pid: pid.clone(), media, by: None }, out);
        }
    }
}

fn set_view(pid: &Pid, view: View, out: &mut Vec<Command>) -> bool {
    let bounded = view.wants.len() <= MAX_WANTS;
    if bounded {
        let order = MediaCommand::View(view.wants);
        out.push(Command::Media { pid: pid.clone(), order });
    }
    bounded
}

pub(crate) fn read<T: DeserializeOwned>(payload: &[u8]) -> Option<T> {
    serde_json::from_slice(payload).ok()
}
