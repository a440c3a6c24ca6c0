//! Subjects on the bus, written and read in one place.

use crate::ids::{NodeId, Pid, Sid};

/// Where edges receive answers; a node answers nowhere else.
pub const EDGE_INBOX: &str = "_INBOX.edge";
/// Where couriers receive answers.
pub const COURIER_INBOX: &str = "_INBOX.courier";
/// Where the warden receives answers.
pub const WARDEN_INBOX: &str = "_INBOX.warden";
/// Where the warden's connection to the system account receives answers.
pub const REVOKER_INBOX: &str = "_INBOX.revoker";

/// Where a node receives answers.
#[must_use]
pub fn node_inbox(node: &NodeId) -> String {
    format!("_INBOX.node.{node}")
}

/// Where a node takes requests of edges.
#[must_use]
pub fn node_requests(node: &NodeId) -> String {
    format!("node.{node}.req")
}

/// An event for everyone in a room; `kind` is one token.
#[must_use]
pub fn to_all(sid: &Sid, node: &NodeId, kind: &str) -> String {
    format!("room.{sid}.{node}.all.{kind}")
}

/// A message for one participant; `kind` is one token.
#[must_use]
pub fn to_one(sid: &Sid, node: &NodeId, pid: &Pid, kind: &str) -> String {
    format!("room.{sid}.{node}.to.{pid}.{kind}")
}

/// What a node subscribes to in order to hear its participants.
#[must_use]
pub fn from_participants(node: &NodeId) -> String {
    format!("room.*.{node}.from.>")
}

/// What a node subscribes to in order to hear its rooms' moderators.
#[must_use]
pub fn from_moderators(node: &NodeId) -> String {
    format!("room.*.{node}.mod.>")
}

/// As what somebody speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// Whoever is in the room, or waits.
    Participant,
    /// A moderator.
    Moderator,
}

/// A participant's message, as its subject tells: NATS let nobody else publish there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromParticipant<'a> {
    /// By which right.
    pub voice: Voice,
    /// The room.
    pub sid: Sid,
    /// The sender.
    pub pid: Pid,
    /// What kind of message.
    pub kind: &'a str,
}

/// Who publishes on a subject of `node`'s participants, whatever follows: NATS let nobody else. `None`
/// where it is another subject.
#[must_use]
pub fn sender_of(subject: &str, node: &NodeId) -> Option<(Sid, Pid)> {
    let mut tokens = subject.split('.');
    match (tokens.next()?, tokens.next()?, tokens.next()?, tokens.next()?, tokens.next()?) {
        ("room", sid, to, "from" | "mod", pid) if to == node.as_str() => {
            Some((Sid::parse(sid).ok()?, Pid::parse(pid).ok()?))
        }
        _ => None,
    }
}

/// Reads the subject of a participant's message to `node`; `None` where it is another subject.
#[must_use]
pub fn parse_from<'a>(subject: &'a str, node: &NodeId) -> Option<FromParticipant<'a>> {
    let mut tokens = subject.split('.');
    let (sid, voice) = match (tokens.next()?, tokens.next()?, tokens.next()?, tokens.next()?) {
        ("room", sid, to, "from") if to == node.as_str() => (sid, Voice::Participant),
        ("room", sid, to, "mod") if to == node.as_str() => (sid, Voice::Moderator),
        _ => return None,
    };
    let sid = Sid::parse(sid).ok()?;
    let pid = Pid::parse(tokens.next()?).ok()?;
    let kind = tokens.next()?;
    tokens.next().is_none().then_some(FromParticipant { voice, sid, pid, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sender_is_read_from_the_subject() {
        let node = NodeId::parse("n1").unwrap();
        let sid = Sid::from_random([1; 16]);
        let pid = Pid::from_hash(&[2; 32]);
        let subject = format!("room.{sid}.n1.from.{pid}.media");
        let read = parse_from(&subject, &node).unwrap();
        assert_eq!((read.sid, read.pid, read.kind), (sid.clone(), pid.clone(), "media"));
        assert_eq!(read.voice, Voice::Participant);
        let subject = format!("room.{sid}.n1.mod.{pid}.end");
        assert_eq!(parse_from(&subject, &node).unwrap().voice, Voice::Moderator);
        let deeper = format!("room.{sid}.n1.from.{pid}.a.b");
        assert_eq!(sender_of(&deeper, &node), Some((sid.clone(), pid.clone())));
        assert_eq!(sender_of(&format!("room.{sid}.n2.from.{pid}.a"), &node), None);
        for bad in [
            format!("room.{sid}.n2.from.{pid}.media"),
            format!("room.{sid}.n1.to.{pid}.media"),
            format!("room.{sid}.n1.from.{pid}"),
            format!("room.{sid}.n1.from.{pid}.a.b"),
            format!("room.x.n1.from.{pid}.media"),
        ] {
            assert_eq!(parse_from(&bad, &node), None, "{bad}");
        }
    }
}
