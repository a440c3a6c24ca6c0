//! Which media node takes a room.

use crate::platform::Node;
use conclave_protocol::ids::NodeId;
use conclave_protocol::node::NodeRecord;

/// Chooses the room's `owner` where it is alive, draining or not; else the less loaded of two
/// different nodes drawn with `random`, draining ones left out. `None` where there is nobody.
///
/// Two draws spread load almost as well as a full comparison, and keep edges that read the same
/// list at the same moment from all choosing the same node.
#[must_use]
pub fn choose(owner: Option<&NodeId>, nodes: &[Node], random: [u8; 8]) -> Option<NodeId> {
    if let Some(owner) = owner
        && nodes.iter().any(|(id, _)| id == owner)
    {
        return Some(owner.clone());
    }
    let mut open: Vec<&Node> = nodes.iter().filter(|(_, record)| !record.draining).collect();
    open.sort_by(|(a, _), (b, _)| a.cmp(b));
    let [a, b, c, d, e, f, g, h] = random;
    let first = draw([a, b, c, d], open.len())?;
    // The second draw skips over the first, so that two different ones are compared.
    let Some(step) = draw([e, f, g, h], open.len() - 1) else {
        return open.first().map(|(id, _)| id.clone());
    };
    let second = (first + 1 + step) % open.len();
    let (one, two) = (open.get(first)?, open.get(second)?);
    let best = if burden(&two.1) < burden(&one.1) { two } else { one };
    Some(best.0.clone())
}

fn draw(random: [u8; 4], among: usize) -> Option<usize> {
    (u32::from_le_bytes(random) as usize).checked_rem(among)
}

/// Load, then people where loads are equal; what is not a number counts as full.
fn burden(record: &NodeRecord) -> (f32, u32) {
    let load = if record.load.is_finite() { record.load } else { 1.0 };
    (load, record.participants)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, load: f32, draining: bool) -> Node {
        let record = NodeRecord {
            region: "r".into(),
            load,
            participants: 0,
            rooms: 0,
            draining,
            version: "1".into(),
        };
        (NodeId::parse(id).unwrap(), record)
    }

    fn chosen(owner: Option<&str>, nodes: &[Node], random: [u8; 8]) -> Option<String> {
        let owner = owner.map(|id| NodeId::parse(id).unwrap());
        choose(owner.as_ref(), nodes, random).map(|id| id.as_str().to_owned())
    }

    #[test]
    fn a_living_owner_keeps_its_room_even_while_it_drains() {
        let nodes = [node("a", 0.9, true), node("b", 0.1, false)];
        assert_eq!(chosen(Some("a"), &nodes, [0; 8]).as_deref(), Some("a"));
        assert_eq!(chosen(Some("gone"), &nodes, [0; 8]).as_deref(), Some("b"));
    }

    #[test]
    fn nobody_is_chosen_among_none_or_draining_ones() {
        assert_eq!(chosen(None, &[], [0; 8]), None);
        assert_eq!(chosen(None, &[node("a", 0.0, true)], [7; 8]), None);
    }

    #[test]
    fn a_node_that_reports_no_number_loses() {
        let nodes = [node("a", f32::NAN, false), node("b", 0.99, false)];
        assert_eq!(chosen(None, &nodes, [0; 8]).as_deref(), Some("b"));
    }

    proptest::proptest! {
        #[test]
        fn the_most_loaded_of_several_is_never_chosen(
            loads in proptest::collection::vec(0u16..1000, 2..9),
            random: [u8; 8],
        ) {
            let nodes: Vec<Node> = loads
                .iter()
                .enumerate()
                .map(|(i, load)| node(&format!("n{i}"), f32::from(*load) / 1000.0, false))
                .collect();
            let best = choose(None, &nodes, random).unwrap();
            let load = nodes.iter().find(|(id, _)| *id == best).unwrap().1.load;
            let higher_or_equal =
                nodes.iter().filter(|(id, other)| *id != best && other.load >= load).count();
            proptest::prop_assert!(higher_or_equal >= 1);
        }
    }
}
