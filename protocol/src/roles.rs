//! Roles, and what NATS lets each of them do. These lists are the whole of what a stolen
//! credential gains on the bus: nats-server enforces them from the account's signed templates.

use crate::limits::MAX_PARTICIPANT_PAYLOAD;
use serde::{Deserialize, Serialize};

/// What a person may do in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomRole {
    /// Takes part.
    Participant,
    /// Also moderates.
    Moderator,
}

/// A NATS account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Account {
    /// JetStream, edges, nodes, warden. No participant.
    Ctrl,
    /// Participants and each node's second connection. No JetStream.
    Rooms,
    /// NATS's own.
    System,
}

/// One scoped signing key an entry: a credential signed with it has exactly its template's rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BusRole {
    /// A person in a room.
    Participant,
    /// A person who moderates it.
    Moderator,
    /// A person before the door.
    Waiting,
    /// A media node's connection beside participants.
    NodeRooms,
    /// A media node's connection to the control plane.
    NodeCtrl,
    /// An edge.
    Edge,
    /// The courier, which delivers webhooks.
    Courier,
    /// The warden.
    Warden,
    /// The warden's connection to NATS's own account: pushes revocations.
    Revoker,
}

/// A permission template as it stands in an account's JWT. Lists are never empty: to NATS an empty
/// list means "everything".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Subjects that may be published to.
    pub publish: Vec<String>,
    /// Subjects that may be subscribed to.
    pub subscribe: Vec<String>,
    /// Subscriptions that are refused all the same.
    pub deny_subscribe: Vec<String>,
    /// Subscriptions at a time; -1 for no bound.
    pub subscriptions: i64,
    /// Largest payload in bytes; -1 for the server's.
    pub payload: i64,
    /// Kinds of connection, in NATS's words.
    pub connections: Vec<String>,
}

impl BusRole {
    /// Every role.
    pub const ALL: [Self; 9] = [
        Self::Participant,
        Self::Moderator,
        Self::Waiting,
        Self::NodeRooms,
        Self::NodeCtrl,
        Self::Edge,
        Self::Courier,
        Self::Warden,
        Self::Revoker,
    ];

    /// The account in which it acts.
    #[must_use]
    pub fn account(self) -> Account {
        match self {
            Self::Participant | Self::Moderator | Self::Waiting | Self::NodeRooms => Account::Rooms,
            Self::NodeCtrl | Self::Edge | Self::Courier | Self::Warden => Account::Ctrl,
            Self::Revoker => Account::System,
        }
    }

    /// Its name in the account's JWT and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Participant => "participant",
            Self::Moderator => "moderator",
            Self::Waiting => "waiting",
            Self::NodeRooms => "node-rooms",
            Self::NodeCtrl => "node-ctrl",
            Self::Edge => "edge",
            Self::Courier => "courier",
            Self::Warden => "warden",
            Self::Revoker => "revoker",
        }
    }

    /// Its rights. `{{tag(x)}}` is filled by nats-server from the credential's tags.
    #[must_use]
    pub fn template(self) -> Template {
        match self {
            Self::Participant => {
                person(&["room.{{tag(room)}}.{{tag(node)}}.from.{{tag(pid)}}.>"], EVENTS)
            }
            Self::Moderator => person(
                &[
                    "room.{{tag(room)}}.{{tag(node)}}.from.{{tag(pid)}}.>",
                    "room.{{tag(room)}}.{{tag(node)}}.mod.{{tag(pid)}}.>",
                ],
                EVENTS,
            ),
            Self::Waiting => person(
                &["room.{{tag(room)}}.{{tag(node)}}.from.{{tag(pid)}}.waiting"],
                &["room.{{tag(room)}}.{{tag(node)}}.to.{{tag(pid)}}.>"],
            ),
            Self::NodeRooms => service(
                &["room.*.{{tag(node)}}.all.>", "room.*.{{tag(node)}}.to.>"],
                &["room.*.{{tag(node)}}.from.>", "room.*.{{tag(node)}}.mod.>"],
            ),
            Self::NodeCtrl => service(
                &[
                    "$KV.nodes.{{tag(node)}}",
                    "$KV.rooms.>",
                    "$KV.rs.{{tag(node)}}.>",
                    "$KV.bans.>",
                    "$KV.history.>",
                    "$KV.outkeys.>",
                    "outbox.>",
                    "$JS.API.STREAM.MSG.GET.KV_rooms",
                    "$JS.API.STREAM.MSG.GET.KV_rs",
                    "_INBOX.edge.>",
                ],
                &["node.{{tag(node)}}.req", "_INBOX.node.{{tag(node)}}.>"],
            ),
            Self::Edge => service(
                &[
                    "node.*.req",
                    "$KV.rooms.>",
                    "$KV.tickets.>",
                    "$JS.API.STREAM.MSG.GET.KV_rooms",
                    "$JS.API.STREAM.MSG.GET.KV_tickets",
                    "$JS.API.STREAM.MSG.GET.KV_bans",
                    "$JS.API.DIRECT.GET.KV_nodes",
                    "$JS.API.DIRECT.GET.KV_history",
                ],
                &["_INBOX.edge.>"],
            ),
            Self::Warden => service(
                &[
                    "$JS.API.STREAM.CREATE.*",
                    "$JS.API.STREAM.UPDATE.*",
                    "$JS.API.STREAM.INFO.*",
                    "$JS.API.CONSUMER.CREATE.OUTBOX.courier",
                    "$JS.API.DIRECT.GET.KV_rooms.$KV.rooms.warden",
                    "$JS.API.DIRECT.GET.KV_rooms.$KV.rooms.ready",
                    "$JS.API.DIRECT.GET.KV_bans",
                    "$KV.rooms.ready",
                    "$KV.rooms.warden",
                ],
                &["_INBOX.warden.>", "$KV.bans.bus.>"],
            ),
            Self::Courier => service(
                &[
                    "$JS.API.CONSUMER.INFO.OUTBOX.courier",
                    "$JS.API.CONSUMER.MSG.NEXT.OUTBOX.courier",
                    "$JS.ACK.OUTBOX.courier.>",
                    "$JS.API.STREAM.MSG.GET.KV_outkeys",
                    "$KV.outkeys.>",
                ],
                &["_INBOX.courier.>"],
            ),
            // An account's JWT holds public keys and templates; which one NATS has decides whether
            // revocations have to be pushed again.
            Self::Revoker => service(
                &["$SYS.REQ.CLAIMS.UPDATE", "$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP"],
                &["_INBOX.revoker.>"],
            ),
        }
    }
}

const EVENTS: &[&str] = &[
    "room.{{tag(room)}}.{{tag(node)}}.all.>",
    "room.{{tag(room)}}.{{tag(node)}}.to.{{tag(pid)}}.>",
];

fn person(publish: &[&str], subscribe: &[&str]) -> Template {
    Template {
        publish: texts(publish),
        subscribe: texts(subscribe),
        // Queue groups would let one participant take another's share of events.
        deny_subscribe: texts(&["> *"]),
        // Two subjects, and two more while a renewed connection takes over.
        subscriptions: 4,
        payload: MAX_PARTICIPANT_PAYLOAD as i64,
        connections: texts(&["WEBSOCKET"]),
    }
}

fn service(publish: &[&str], subscribe: &[&str]) -> Template {
    Template {
        publish: texts(publish),
        subscribe: texts(subscribe),
        deny_subscribe: Vec::new(),
        subscriptions: -1,
        payload: -1,
        connections: texts(&["STANDARD"]),
    }
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|&s| s.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_list_is_empty_for_that_would_mean_everything() {
        for role in BusRole::ALL {
            let template = role.template();
            assert!(!template.publish.is_empty(), "{role:?}");
            assert!(!template.subscribe.is_empty(), "{role:?}");
            assert!(!template.connections.is_empty(), "{role:?}");
        }
    }

    #[test]
    fn nobody_in_rooms_touches_jetstream_system_or_inboxes() {
        for role in BusRole::ALL.into_iter().filter(|r| r.account() == Account::Rooms) {
            let template = role.template();
            for subject in template.publish.iter().chain(&template.subscribe) {
                assert!(subject.starts_with("room."), "{role:?} {subject}");
                assert!(!subject.starts_with('>') && !subject.starts_with("*"));
            }
        }
    }

    #[test]
    fn the_warden_writes_two_keys() {
        use crate::bucket::{LEASE, READY, ROOMS};
        let publish = BusRole::Warden.template().publish;
        let values: Vec<_> = publish.into_iter().filter(|s| s.starts_with("$KV.")).collect();
        assert_eq!(values, [ROOMS.subject(READY), ROOMS.subject(LEASE)]);
    }

    #[test]
    fn people_are_held_to_their_own_room_node_and_id() {
        for role in [BusRole::Participant, BusRole::Moderator, BusRole::Waiting] {
            let template = role.template();
            for subject in template.publish {
                assert!(subject.starts_with("room.{{tag(room)}}.{{tag(node)}}."));
                assert!(subject.contains("{{tag(pid)}}"));
            }
            for subject in template.subscribe {
                assert!(subject.starts_with("room.{{tag(room)}}.{{tag(node)}}."));
            }
            assert_eq!(template.deny_subscribe, ["> *"]);
            assert_eq!(template.connections, ["WEBSOCKET"]);
        }
    }
}
