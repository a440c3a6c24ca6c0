//! Who joins sees the others as soon as its keys are agreed.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a panic is a failed test

mod support;

use std::time::Duration;

use support::{Shape, World};

#[test]
fn pictures_are_on_their_way_before_the_newcomer_is_connected() {
    let mut w = World::new();
    let a = w.join(Shape::simulcast());
    w.connect_all();
    w.run_ms(3_000);
    let asked = w.sfu.stats().plis;
    let b = w.join(Shape::default());
    assert_eq!(w.sfu.stats().plis, asked + 1, "asked for at the join");
    w.run_until(2_000, |w| w.clients[b].connected);
    let connected = w.elapsed();
    w.run_until(2_000, |w| w.clients[b].got_from(a, true).count() > 0);
    let waited = w.elapsed() - connected;
    println!("the first picture came {waited:?} after the keys");
    // The link takes 10 ms, the client hears of its keys up to as much before the node.
    assert!(waited <= Duration::from_millis(21), "{waited:?}");
    w.run_ms(250);
    assert_eq!(w.sfu.stats().plis, asked + 1, "and not again at once");
}
