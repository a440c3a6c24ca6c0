//! Messages from one person to another: whole, in order, to nobody else, and never more than fits.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a panic is a failed test

mod support;

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use conclave_sfu::{RelayStats, Relaying, RoomHandle};
use conclave_test_client::playback::{in_order, shown};
use str0m::channel::ChannelConfig;
use str0m_netem::{Bitrate, DataSize};
use support::{Shape, World, calm, lossy, name};

const ASK: u8 = 0;
const DATA: u8 = 1;
/// Largest bodies.
const ASK_BODY: usize = 1_024;
const DATA_BODY: usize = 16_384;

/// A world whose people may relay `what`, connected and with their channels open.
fn people(what: &[Relaying]) -> World {
    let mut w = World::new();
    for what in what {
        let client = w.join(Shape::default());
        w.allow(client, *what);
    }
    w.connect_all();
    w.run_until(5_000, |w| w.clients.iter().all(|c| c.relays()));
    w
}

/// The counters of messages that were dropped.
fn dropped(w: &World) -> RelayStats {
    RelayStats { messages: 0, bytes: 0, ..w.sfu.stats().relay }
}

fn bodies(w: &World, client: usize) -> Vec<Vec<u8>> {
    w.clients[client].relayed.iter().map(|relayed| relayed.body.clone()).collect()
}

#[test]
fn a_message_reaches_its_receiver_and_nobody_else_and_tells_its_sender() {
    let mut w = people(&[Relaying::Everything; 3]);
    assert!(w.relay(0, &name(1), ASK, b"the first chunk"));
    assert!(w.relay(0, &name(1), ASK, &[]));
    assert!(w.relay(1, &name(0), DATA, &[5; DATA_BODY]));
    assert!(w.relay(0, &name(0), ASK, b"to oneself"));
    w.run_ms(500);
    let got = |client: usize| {
        let relayed = w.clients[client].relayed.iter();
        relayed.map(|r| (r.from.clone(), r.kind, r.body.len())).collect::<Vec<_>>()
    };
    assert_eq!(got(0), [(name(0), ASK, 10), (name(1), DATA, DATA_BODY)]);
    assert_eq!(got(1), [(name(0), ASK, 15), (name(0), ASK, 0)]);
    assert_eq!(got(2), []);
    assert_eq!(w.clients[1].relayed[0].body, b"the first chunk");
    let stats = w.sfu.stats().relay;
    assert_eq!((stats.messages, stats.bytes), (4, 15 + 10 + DATA_BODY as u64 + 4 * 27));
    assert_eq!(dropped(&w), RelayStats::default());
}

#[test]
fn what_is_not_as_agreed_is_dropped_and_counted() {
    let mut w = people(&[Relaying::Everything; 2]);
    let to = name(1);
    let bytes = |kind: u8, body: usize| [to.as_bytes(), &[kind], &vec![1; body]].concat();
    let bad = [
        bytes(2, 10),
        bytes(255, 10),
        bytes(ASK, ASK_BODY + 1),
        bytes(DATA, DATA_BODY + 1),
        bytes(ASK, 0)[..26].to_vec(),
        vec![0],
    ];
    let now = w.now;
    for bytes in &bad {
        assert!(w.clients[0].relay_bytes(now, 0, true, bytes).unwrap());
    }
    assert!(w.clients[0].relay_bytes(now, 0, false, &bytes(ASK, 10)).unwrap(), "text");
    w.run_ms(300);
    let malformed = bad.len() as u64 + 1;
    assert_eq!(dropped(&w), RelayStats { malformed, ..RelayStats::default() });
    assert_eq!(bodies(&w, 1), Vec::<Vec<u8>>::new());
    assert!(w.relay(0, &to, DATA, b"the channel is still good"));
    w.run_ms(100);
    assert_eq!(bodies(&w, 1).len(), 1);
}

#[test]
fn other_rooms_strangers_and_who_left_are_not_reached() {
    let mut w = people(&[Relaying::Everything; 2]);
    let elsewhere = w.join_in(RoomHandle(8), Shape::default());
    w.allow(elsewhere, Relaying::Everything);
    let mute = w.join(Shape { channel: None, ..Shape::default() });
    w.allow(mute, Relaying::Everything);
    let other = w.join(Shape { channel: Some("chat"), ..Shape::default() });
    w.allow(other, Relaying::Everything);
    w.connect_all();
    w.run_ms(500);
    for to in [name(elsewhere), name(mute), name(other), name(77)] {
        assert!(w.relay(0, &to, DATA, b"hello"));
    }
    w.leave(1);
    assert!(w.relay(0, &name(1), DATA, b"hello"));
    w.run_ms(300);
    assert_eq!(bodies(&w, elsewhere), Vec::<Vec<u8>>::new());
    assert_eq!(bodies(&w, other), Vec::<Vec<u8>>::new());
    assert!(w.relay(other, &name(0), ASK, b"over another channel"));
    w.run_ms(300);
    let expected = RelayStats { unreachable: 5, malformed: 1, ..RelayStats::default() };
    assert_eq!(dropped(&w), expected);
}

#[test]
fn rights_hold_for_sending_and_for_being_there() {
    use Relaying::{Asks, Everything, Nothing};
    let mut w = people(&[Asks, Nothing, Everything]);
    assert!(w.relay(0, &name(2), DATA, b"not allowed"));
    assert!(w.relay(0, &name(2), ASK, b"allowed"));
    assert!(w.relay(1, &name(2), DATA, b"a hidden person's"));
    assert!(w.relay(1, &name(2), ASK, b"a hidden person's"));
    assert!(w.relay(2, &name(1), ASK, b"to somebody hidden"));
    assert!(w.relay(2, &name(0), DATA, b"who may not send may get"));
    w.run_ms(300);
    assert_eq!(bodies(&w, 2), [b"allowed"]);
    assert_eq!(bodies(&w, 1), Vec::<Vec<u8>>::new());
    assert_eq!(bodies(&w, 0), [b"who may not send may get"]);
    let expected = RelayStats { refused: 3, unreachable: 1, ..RelayStats::default() };
    assert_eq!(dropped(&w), expected);

    // An order counts from the next message on, both ways.
    w.allow(0, Everything);
    w.allow(2, Asks);
    assert!(w.relay(0, &name(2), DATA, b"now allowed"));
    assert!(w.relay(2, &name(0), DATA, b"no more"));
    w.run_ms(300);
    assert_eq!(bodies(&w, 2)[1], b"now allowed");
    assert_eq!(bodies(&w, 0).len(), 1);
}

#[test]
fn nothing_is_relayed_before_an_order() {
    let mut w = World::new();
    let (a, b) = (w.join(Shape::default()), w.join(Shape::default()));
    w.connect_all();
    w.run_until(5_000, |w| w.clients.iter().all(|c| c.relays()));
    w.allow(b, Relaying::Everything);
    assert!(w.relay(a, &name(b), ASK, b"too early"));
    assert!(w.relay(b, &name(a), ASK, b"too early"));
    w.run_ms(300);
    assert_eq!(dropped(&w), RelayStats { refused: 1, unreachable: 1, ..RelayStats::default() });
}

#[test]
fn other_channels_are_ignored_however_many() {
    let mut w = people(&[Relaying::Everything; 2]);
    let now = w.now;
    let relay = |label: &str, ordered| ChannelConfig {
        label: label.to_owned(),
        ordered,
        ..ChannelConfig::default()
    };
    for config in [relay("other", true), relay("relay", false), relay("relay", true)] {
        let channel = w.clients[0].open_channel(now, config).unwrap();
        w.run_ms(200);
        let now = w.now;
        let bytes = [name(1).as_bytes(), &[ASK], b"hello"].concat();
        assert!(w.clients[0].relay_bytes(now, channel, true, &bytes).unwrap());
        w.run_ms(200);
    }
    assert_eq!(dropped(&w), RelayStats { malformed: 3, ..RelayStats::default() });
    // Streams beyond what a browser needs come to nothing: the stack has no entry for them.
    let opened: Vec<usize> =
        (0..40).map(|_| w.clients[0].open_channel(w.now, relay("more", true)).unwrap()).collect();
    w.run_ms(2_000);
    let now = w.now;
    let mut open = |channel: usize| {
        let bytes = [name(1).as_bytes(), &[ASK], b"hello"].concat();
        w.clients[0].relay_bytes(now, channel, true, &bytes).unwrap()
    };
    let answered = opened.into_iter().filter(|channel| open(*channel)).count();
    assert!(answered <= 8, "{answered} of 40 were answered");
}

/// Chunks that a receiver asks for ahead.
const WINDOW: usize = 32;

/// Has client 1 pull `count` chunks from client 0, as a file is pulled: it asks for some ahead. Chunks
/// come in the order of the asks, so that what was asked for before a chunk that comes was dropped, and
/// is asked for again; as is everything where nothing comes for five seconds. Client 0 sends a chunk
/// every `pace` at most. Returns how long it took, and how many asks were repetitions.
fn pull(w: &mut World, count: u32, pace: Duration, limit: Duration) -> (Duration, usize) {
    let begun = w.now;
    let mut wanted: VecDeque<u32> = (0..count).collect();
    let (mut asked, mut got) = (VecDeque::new(), BTreeSet::new());
    let (mut repeated, mut read) = (0, [0, 0]);
    let (mut heard_at, mut sent_at) = (w.now, None);
    while got.len() < count as usize {
        assert!(w.now - begun < limit, "{} of {count}, {:?}", got.len(), w.sfu.stats().relay);
        let mut lost = 0;
        for relayed in &w.clients[1].relayed[read[1]..] {
            let number = u32::from_be_bytes(*relayed.body.first_chunk().unwrap());
            assert!(relayed.body == chunk(number), "chunk {number} is not what was sent");
            heard_at = w.now;
            got.insert(number);
            if let Some(at) = asked.iter().position(|asked| *asked == number) {
                asked.remove(at);
                lost += at;
            }
        }
        read[1] = w.clients[1].relayed.len();
        if w.now - heard_at > Duration::from_secs(5) {
            (heard_at, lost) = (w.now, asked.len());
        }
        repeated += lost;
        asked.drain(..lost).rev().for_each(|number| wanted.push_front(number));
        while asked.len() < WINDOW
            && let Some(number) = wanted.pop_front()
        {
            w.relay(1, &name(0), ASK, &number.to_be_bytes());
            asked.push_back(number);
        }
        let asks = w.clients[0].relayed.iter().skip(read[0]).map(|ask| ask.body.clone());
        for ask in asks.collect::<Vec<_>>() {
            let number = u32::from_be_bytes(*ask.first_chunk().unwrap());
            let early = sent_at.is_some_and(|at| w.now - at < pace);
            if early || !w.relay(0, &name(1), DATA, &chunk(number)) {
                break;
            }
            sent_at = Some(w.now);
            read[0] += 1;
        }
        w.run_ms(1);
    }
    (w.now - begun, repeated)
}

/// The body with this number.
fn chunk(number: u32) -> Vec<u8> {
    let mut body = number.to_be_bytes().to_vec();
    body.resize(DATA_BODY, number as u8);
    body
}

/// A chunk every so often is 4 MB a second.
const PACE: Duration = Duration::from_millis(4);

#[test]
fn a_file_is_pulled_at_four_megabytes_a_second() {
    for pace in [PACE, Duration::ZERO] {
        let mut w = people(&[Relaying::Everything; 2]);
        let (took, repeated) = pull(&mut w, 1_220, pace, Duration::from_secs(30));
        println!("20 MB in {took:?}, {repeated} asks repeated");
        assert!(took <= Duration::from_secs(6), "{took:?}");
        assert_eq!((dropped(&w), repeated), (RelayStats::default(), 0));
    }
}

#[test]
fn loss_costs_time_and_nothing_else() {
    let mut w = people(&[Relaying::Everything; 2]);
    w.set_links(|seed| lossy(seed, 2.0));
    let (took, repeated) = pull(&mut w, 60, PACE, Duration::from_secs(60));
    println!("1 MB at 2 % loss in {took:?}, {repeated} asks repeated");
    assert_eq!(dropped(&w), RelayStats::default());
}

/// The longest times without a new picture of client 0, at client 1 and at client 2, while client 1
/// pulls five megabytes from client 0.
fn gaps(w: &mut World) -> [Duration; 2] {
    w.run_ms(3_000);
    let begun = w.now;
    let (took, repeated) = pull(w, 300, PACE, Duration::from_secs(120));
    assert_eq!(repeated, 0, "after {took:?}");
    [1, 2].map(|to| {
        let got: Vec<_> = w.clients[to].got_from(0, true).copied().collect();
        let pictures = shown(&in_order(&got));
        let later = pictures.iter().map(|shown| shown.at).filter(|at| *at >= begun);
        let instants: Vec<_> = later.chain([w.now]).collect();
        instants.windows(2).map(|w| w[1] - w[0]).max().unwrap()
    })
}

#[test]
fn pictures_go_on_during_a_transfer() {
    let narrow = |rate| calm(9).link(Bitrate::mbps(rate), DataSize::kbytes(100));
    // Links, the one to whom it is sent, and the longest gaps in milliseconds there and at a third's.
    for (what, all, receiver, most) in [
        ("10 ms", calm(9), calm(9), [50, 50]),
        ("2 % loss", lossy(9, 2.0), lossy(99, 2.0), [250, 250]),
        ("20 Mbit/s", calm(9), narrow(20), [150, 50]),
        ("5 Mbit/s", calm(9), narrow(5), [250, 50]),
    ] {
        let mut w = people(&[Relaying::Everything; 3]);
        w.set_links(|seed| all.seed(seed));
        w.set_downlink(1, receiver);
        let gaps = gaps(&mut w);
        println!("{what}: {gaps:?}");
        let fine = gaps.iter().zip(most).all(|(gap, most)| *gap <= Duration::from_millis(most));
        assert!(fine, "{what}: {gaps:?}");
    }
}

#[test]
fn a_receiver_who_takes_nothing_costs_a_megabyte_and_disturbs_nobody() {
    let mut w = people(&[Relaying::Everything; 3]);
    w.set_downlink(1, lossy(5, 100.0));
    for _ in 0..500 {
        w.relay(0, &name(1), DATA, &chunk(0));
        w.run_ms(5);
    }
    let RelayStats { messages, bytes, congested, .. } = w.sfu.stats().relay;
    println!("{messages} messages, {congested} dropped");
    assert!(bytes <= 1024 * 1024 && messages >= 60, "{messages} messages, {bytes} bytes");
    assert!(congested >= 300, "{congested}");
    assert!(w.relay(0, &name(2), DATA, b"to somebody else"));
    w.run_ms(300);
    assert_eq!(bodies(&w, 2), [b"to somebody else"]);
    w.set_downlink(1, calm(5));
    w.run_until(20_000, |w| w.clients[1].relayed.len() as u64 == messages);
}

#[test]
fn a_flooding_sender_is_bounded_and_costs_others_nothing() {
    let mut w = people(&[Relaying::Everything; 3]);
    let begun = w.now;
    while w.now - begun < Duration::from_secs(1) {
        while w.clients[0].relay_waiting() < 60_000 && w.relay(0, &name(9), ASK, &[0; 100]) {}
        w.run_ms(5);
    }
    let RelayStats { unreachable, limited, .. } = w.sfu.stats().relay;
    println!("{unreachable} looked at, {limited} not");
    assert!(limited > 1_000 && unreachable <= 2_000 + 5_000, "{unreachable}, {limited}");
    assert!(w.relay(1, &name(2), DATA, b"between others"));
    w.run_ms(300);
    assert_eq!(bodies(&w, 2), [b"between others"]);
}
