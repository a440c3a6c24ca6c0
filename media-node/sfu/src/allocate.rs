//! Which simulcast layer each slot of a receiver gets: a pure function.

/// A layer that arrives from its sender now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LayerOffer {
    /// Height of its pictures in pixels.
    pub height: u16,
    /// Measured bits a second.
    pub bitrate: u64,
}

/// One picture that a receiver wants.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Demand {
    /// What can be had, the smallest first.
    pub layers: Vec<LayerOffer>,
    /// Height of the tile in pixels.
    pub wanted_height: u16,
    /// Index of the layer it gets now.
    pub current: Option<usize>,
}

/// What [`allocate`] decided.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Allocation {
    /// For each demand, the index of its layer, or `None` for no picture.
    pub layers: Vec<Option<usize>>,
    /// Sum of the bitrates of the chosen layers.
    pub used: u64,
    /// Sum of the bitrates if every demand had its ideal layer.
    pub ideal: u64,
    /// Bits a second at which the next improvement becomes possible.
    pub next: Option<u64>,
}

/// An improvement needs this many percent of the result, so that a stream which
/// just fits does not come and go.
const HEADROOM_PERCENT: u64 = 115;

/// Shares `budget` bits a second among `demands`, the most important first.
///
/// Each demand gets its smallest layer before any gets a better one; then they
/// take turns, one step each, until each has its ideal layer (the smallest at
/// least as high as its tile, or the largest there is) or nothing fits. A layer
/// better than the current one needs 15 % headroom, and `may_upgrade`. The first
/// demand always gets at least its smallest layer: a call on a poor link has one
/// picture rather than none.
pub fn allocate(budget: u64, demands: &[Demand], may_upgrade: bool) -> Allocation {
    let ideals: Vec<Option<usize>> = demands.iter().map(ideal_layer).collect();
    let mut out = Allocation {
        layers: vec![None; demands.len()],
        ideal: demands.iter().zip(&ideals).filter_map(|(d, i)| bitrate(d, *i)).sum(),
        ..Allocation::default()
    };
    let first = ideals.iter().position(Option::is_some);

    let mut progress = true;
    while progress {
        progress = false;
        for (index, demand) in demands.iter().enumerate() {
            let (Some(ideal), Some(slot)) = (ideals[index], out.layers.get_mut(index)) else {
                continue;
            };
            let step = slot.map_or(0, |layer| layer + 1);
            if step > ideal {
                continue;
            }
            let total = out.used - bitrate(demand, *slot).unwrap_or(0)
                + bitrate(demand, Some(step)).unwrap_or(0);
            let better = demand.current.is_some_and(|current| step > current);
            let needed = if better { total * HEADROOM_PERCENT / 100 } else { total };
            let free = step == 0 && Some(index) == first;
            if free || (needed <= budget && (may_upgrade || !better)) {
                *slot = Some(step);
                out.used = total;
                progress = true;
            } else {
                let at = total * HEADROOM_PERCENT / 100;
                out.next = Some(out.next.map_or(at, |next| next.min(at)));
            }
        }
    }
    out
}

fn ideal_layer(demand: &Demand) -> Option<usize> {
    if demand.wanted_height == 0 {
        return None;
    }
    let large_enough = demand.layers.iter().position(|l| l.height >= demand.wanted_height);
    large_enough.or(demand.layers.len().checked_sub(1))
}

fn bitrate(demand: &Demand, layer: Option<usize>) -> Option<u64> {
    demand.layers.get(layer?).map(|l| l.bitrate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn simulcast(wanted_height: u16, current: Option<usize>) -> Demand {
        let layers = [(180, 150_000), (360, 500_000), (720, 1_500_000)];
        let layers = layers.map(|(height, bitrate)| LayerOffer { height, bitrate }).to_vec();
        Demand { layers, wanted_height, current }
    }

    #[test]
    fn everyone_gets_a_picture_before_anyone_gets_a_better_one() {
        let demands = [simulcast(720, None), simulcast(720, None)];
        assert_eq!(allocate(700_000, &demands, true).layers, [Some(1), Some(0)]);
        assert_eq!(allocate(300_000, &demands, true).layers, [Some(0), Some(0)]);
        assert_eq!(allocate(200_000, &demands, true).layers, [Some(0), None]);
        assert_eq!(allocate(0, &demands, true).layers, [Some(0), None]);
        assert_eq!(allocate(9_000_000, &demands, true).layers, [Some(2), Some(2)]);
    }

    #[test]
    fn a_small_tile_gets_a_small_layer_and_a_hidden_one_none() {
        let demands = [simulcast(100, None), simulcast(0, None), simulcast(200, None)];
        let got = allocate(9_000_000, &demands, true);
        assert_eq!(got.layers, [Some(0), None, Some(1)]);
        assert_eq!(got.used, got.ideal);
    }

    #[test]
    fn better_needs_headroom_and_permission_but_staying_does_not() {
        assert_eq!(allocate(1_600_000, &[simulcast(720, Some(1))], true).layers, [Some(1)]);
        assert_eq!(allocate(1_600_000, &[simulcast(720, Some(2))], true).layers, [Some(2)]);
        assert_eq!(allocate(1_725_000, &[simulcast(720, Some(1))], true).layers, [Some(2)]);
        assert_eq!(allocate(1_725_000, &[simulcast(720, Some(1))], false).layers, [Some(1)]);
        assert_eq!(allocate(1_400_000, &[simulcast(720, Some(2))], true).layers, [Some(1)]);
    }

    fn demand() -> impl Strategy<Value = Demand> {
        let layers = proptest::collection::vec((1u64..3_000_000, 90u16..400), 0..4);
        (layers, 0u16..1200, proptest::option::of(0usize..3)).prop_map(
            |(steps, wanted_height, current)| {
                let (mut bitrate, mut height) = (0, 0);
                let layers = steps.iter().map(|(b, h)| {
                    bitrate += b;
                    height += h;
                    LayerOffer { height, bitrate }
                });
                Demand { layers: layers.collect(), wanted_height, current }
            },
        )
    }

    proptest! {
        #[test]
        fn keeps_the_budget(
            budget in 0u64..20_000_000,
            demands in proptest::collection::vec(demand(), 0..10),
            may in any::<bool>(),
        ) {
            let got = allocate(budget, &demands, may);
            prop_assert_eq!(got.layers.len(), demands.len());
            let used: u64 = demands.iter().zip(&got.layers).filter_map(|(d, l)| bitrate(d, *l)).sum();
            prop_assert_eq!(used, got.used);
            // Only the very first picture may go beyond the budget, and only alone.
            let pictures = got.layers.iter().flatten().count();
            prop_assert!(used <= budget || pictures == 1);
            for (demand, layer) in demands.iter().zip(&got.layers) {
                prop_assert!(*layer <= ideal_layer(demand));
                if let (false, Some(layer), Some(current)) = (may, layer, demand.current) {
                    prop_assert!(*layer <= current || *layer == 0);
                }
            }
        }

        /// Running it again on its own result changes nothing.
        #[test]
        fn is_stable(
            budget in 0u64..20_000_000,
            demands in proptest::collection::vec(demand(), 0..10),
        ) {
            let first = allocate(budget, &demands, true);
            let mut demands = demands;
            for (demand, layer) in demands.iter_mut().zip(&first.layers) {
                demand.current = *layer;
            }
            let second = allocate(budget, &demands, true);
            for (a, b) in first.layers.iter().zip(&second.layers) {
                prop_assert!(b >= a || a.is_none());
            }
        }
    }
}
