//! x
mod support;
use support::{Shape, World};
fn rss() -> u64 { std::fs::read_to_string("/proc/self/status").unwrap().lines().find_map(|l| l.strip_prefix("VmRSS:").map(|v| v.trim().split(' ').next().unwrap().parse().unwrap())).unwrap() }
#[test]
fn mem() {
    let offer = include_str!("fixtures/chromium-offer.sdp");
    let mut w = World::new();
    let b = rss();
    for i in 0..400u64 { w.sfu.join(w.now, conclave_sfu::RoomHandle(i/8), conclave_sfu::PeerId(i), offer, conclave_sfu::Publishing::NONE).unwrap(); while w.sfu.poll_output().is_some() {} }
    println!("RSS per joined peer {} kB", (rss()-b)/400);
}
#[test]
fn cost() {
    let mut w = World::new();
    let shape = Shape{ camera: vec![], microphone: false, ..Shape::default() };
    let s = w.join(Shape { camera: vec![(720, 1_500_000)], ..Shape::default() });
    for _ in 0..50 { w.join(shape.clone()); }
    w.connect_all();
    w.run_ms(2000);
    let _ = s;
    let a = w.sfu.stats(); let t = std::time::Instant::now(); let c0 = w.in_sfu;
    w.run_ms(2000);
    let b = w.sfu.stats();
    println!("forwarded {} out {} in_sfu {:?} = {:?} per forwarded; wall {:?}", b.forwarded-a.forwarded, b.packets_out-a.packets_out, w.in_sfu - c0, (w.in_sfu-c0)/((b.forwarded-a.forwarded) as u32), t.elapsed());
}
