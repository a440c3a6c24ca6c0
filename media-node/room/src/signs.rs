//! Raised hands and reactions.

use crate::command::{Command, to_all, to_one};
use crate::now::Now;
use crate::room::Room;
use conclave_protocol::audit::Action;
use conclave_protocol::event::{Asked, Declined, Hint, RaiseHand, React, RoomEvent, Why, all, one};
use conclave_protocol::ids::Pid;
use conclave_protocol::moderation::LowerHands;

impl Room {
    /// A hand that is up already keeps its place.
    pub(crate) fn raise_hand(&mut self, pid: &Pid, asked: RaiseHand, out: &mut Vec<Command>) {
        if asked.raised && !self.features.hands {
            let declined = Declined { what: Asked::Hand, why: Why::Off };
            to_one(out, pid, one::DECLINED, &declined);
        } else if asked.raised {
            let place = self.kept.last_hand + 1;
            self.set_hand(pid, Some(place), out);
        } else {
            self.set_hand(pid, None, out);
        }
    }

    /// Lowers somebody's hand, or all.
    ///
    /// # Errors
    /// [`Why::Gone`].
    pub(crate) fn lower_hands(
        &mut self,
        now: Now,
        by: &Pid,
        asked: &LowerHands,
        out: &mut Vec<Command>,
    ) -> Result<(), Why> {
        let whose: Vec<Pid> = match &asked.pid {
            Some(pid) if self.members.contains_key(pid) => vec![pid.clone()],
            Some(_) => return Err(Why::Gone),
            None => self.members.keys().cloned().collect(),
        };
        self.audit(now, Some(by), Action::HandsLowered, asked.pid.as_ref(), out);
        for pid in whose {
            self.set_hand(&pid, None, out);
        }
        if asked.pid.is_none() {
            // Also of those who are lost for a moment.
            self.keep(|kept| kept.hands.clear());
        }
        Ok(())
    }

    fn set_hand(&mut self, pid: &Pid, hand: Option<u64>, out: &mut Vec<Command>) {
        let Some(member) = self.members.get_mut(pid) else { return };
        if member.person.hand.is_some() == hand.is_some() {
            return;
        }
        member.person.hand = hand;
        self.keep(|kept| match hand {
            Some(place) => {
                kept.last_hand = place;
                kept.hands.insert(pid.clone(), place);
            }
            None => _ = kept.hands.remove(pid),
        });
        self.happened(RoomEvent::Hand { pid: pid.clone(), hand }, out);
    }

    /// Relays a reaction; those beyond anybody's pace are dropped.
    pub(crate) fn react(&mut self, now: Now, pid: &Pid, react: React, out: &mut Vec<Command>) {
        let Some(member) = self.members.get_mut(pid) else { return };
        if !self.features.may_react(member.person.role, &self.kept.rules.locks) {
            let why = if self.features.reactions { Why::Locked } else { Why::Off };
            to_one(out, pid, one::DECLINED, &Declined { what: Asked::Reaction, why });
        } else if member.reactions.take(now.mono) {
            let (pid, reaction) = (pid.clone(), react.reaction);
            to_all(out, all::HINT, &Hint::Reaction { pid, reaction });
        }
    }
}
