//! What each role may do.

use super::BusRole;
use crate::gate;
use crate::limits::MAX_PARTICIPANT_PAYLOAD;

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
            Self::Gate => gate::leaf_template(),
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
    use crate::roles::Account;

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
