//! The gate: a nats-server of its own at which edges on other machines arrive. It knows account CTRL and
//! one role of it, and one *leaf connection* carries what edges say to NATS, in their words.

use crate::limits::MAX_BODY;
use crate::roles::{BusRole, Template};

/// Leaf connections that account CTRL takes at a time: a few gates, or one and its predecessor.
pub const GATES: i64 = 4;
/// Subscriptions that an edge may have at a gate; it needs one a connection.
const EDGE_SUBSCRIPTIONS: i64 = 64;
/// Largest message of an edge at a gate, in bytes: what a browser sent, as JSON within JSON.
const EDGE_PAYLOAD: i64 = 2 * MAX_BODY as i64;

/// An edge's rights at a gate: those that it has at NATS, within bounds.
#[must_use]
pub fn edge_template() -> Template {
    Template {
        subscriptions: EDGE_SUBSCRIPTIONS,
        payload: EDGE_PAYLOAD,
        // By WebSocket too, for edges that can reach only HTTP's ports.
        connections: ["STANDARD", "WEBSOCKET"].map(str::to_owned).into(),
        ..BusRole::Edge.template()
    }
}

/// The rights of a gate's leaf connection at NATS: those of all its edges together.
pub(crate) fn leaf_template() -> Template {
    Template { connections: vec!["LEAFNODE".to_owned()], ..BusRole::Edge.template() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_both_doors_edges_may_do_the_same() {
        let edge = BusRole::Edge.template();
        let gate = BusRole::Gate.template();
        let at_gate = edge_template();
        for template in [&at_gate, &gate] {
            assert_eq!(template.publish, edge.publish);
            assert_eq!(template.subscribe, edge.subscribe);
            assert_eq!(template.deny_subscribe, edge.deny_subscribe);
        }
        assert_eq!(edge.connections, ["STANDARD"], "browsers' door at NATS is none of an edge's");
        assert_eq!(at_gate.connections, ["STANDARD", "WEBSOCKET"]);
        assert_eq!(gate.connections, ["LEAFNODE"]);
    }
}
