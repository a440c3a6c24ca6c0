//! Offers from hostile clients: a typed error, never a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a panic is a failed test

mod support;

use conclave_sfu::*;
use proptest::prelude::*;
use support::{Client, ROOM, Shape, World, node_address};

fn sfu() -> Sfu {
    Sfu::new(SfuConfig { local_addresses: vec![node_address()], ..SfuConfig::default() })
}

fn offer() -> String {
    let shape = Shape { screen: true, ..Shape::simulcast() };
    Client::new(0, World::new().now, &shape).offer()
}

/// What Chromium 156 offers with three senders and twelve slots.
const CHROMIUM: &str = include_str!("fixtures/chromium-offer.sdp");

/// And with a data channel, as the application makes it.
const CHROMIUM_RELAY: &str = include_str!("fixtures/chromium-offer-relay.sdp");

fn join(sdp: &str) -> Result<Joined, JoinError> {
    sfu().join(World::new().now, ROOM, PeerId(1), sdp, Publishing::ALL)
}

/// One thing done to an offer.
#[derive(Debug, Clone)]
enum Mutation {
    DropLine(usize),
    RepeatLine(usize, usize),
    SwapLines(usize, usize),
    CutLine(usize, usize),
    Byte(usize, u8),
    Number(usize, u64),
    Truncate(usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    use Mutation::*;
    let n = any::<usize>;
    prop_oneof![
        n().prop_map(DropLine),
        (n(), 1usize..40).prop_map(|(a, b)| RepeatLine(a, b)),
        (n(), n()).prop_map(|(a, b)| SwapLines(a, b)),
        (n(), n()).prop_map(|(a, b)| CutLine(a, b)),
        (n(), any::<u8>()).prop_map(|(a, b)| Byte(a, b)),
        (n(), prop_oneof![any::<u64>(), 0u64..300]).prop_map(|(a, b)| Number(a, b)),
        n().prop_map(Truncate),
    ]
}

fn mutate(sdp: &str, mutation: &Mutation) -> String {
    let mut lines: Vec<String> = sdp.split("\r\n").map(str::to_owned).collect();
    let len = lines.len();
    match *mutation {
        Mutation::DropLine(i) => drop(lines.remove(i % len)),
        Mutation::RepeatLine(i, times) => {
            let line = lines[i % len].clone();
            lines.splice(i % len..i % len, std::iter::repeat_n(line, times));
        }
        Mutation::SwapLines(i, j) => lines.swap(i % len, j % len),
        Mutation::CutLine(i, at) => {
            let line = &mut lines[i % len];
            let at = at % (line.len() + 1);
            if line.is_char_boundary(at) {
                line.truncate(at);
            }
        }
        Mutation::Byte(i, b) => {
            let mut bytes = sdp.as_bytes().to_vec();
            if !bytes.is_empty() {
                let at = i % bytes.len();
                bytes[at] = b;
            }
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        Mutation::Number(i, value) => {
            let starts: Vec<usize> = sdp
                .char_indices()
                .filter(|(at, c)| {
                    c.is_ascii_digit() && !sdp[..*at].ends_with(|c: char| c.is_ascii_digit())
                })
                .map(|(at, _)| at)
                .collect();
            if starts.is_empty() {
                return sdp.to_owned();
            }
            let at = starts[i % starts.len()];
            let digits = sdp[at..].chars().take_while(char::is_ascii_digit).count();
            return format!("{}{value}{}", &sdp[..at], &sdp[at + digits..]);
        }
        Mutation::Truncate(at) => {
            let at = at % (sdp.len() + 1);
            return if sdp.is_char_boundary(at) { sdp[..at].to_owned() } else { sdp.to_owned() };
        }
    }
    lines.join("\r\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn mutated_offers_never_panic(
        base in 0..3,
        mutations in proptest::collection::vec(mutation(), 1..6),
    ) {
        let base = match base {
            0 => offer(),
            1 => CHROMIUM.to_owned(),
            _ => CHROMIUM_RELAY.to_owned(),
        };
        let sdp = mutations.iter().fold(base, |sdp, m| mutate(&sdp, m));
        let mut sfu = sfu();
        let now = World::new().now;
        let before = sfu.stats();
        match sfu.join(now, ROOM, PeerId(1), &sdp, Publishing::ALL) {
            // Accepted: it must also survive being driven and left.
            Ok(joined) => {
                while sfu.poll_output().is_some() {}
                sfu.handle_timeout(now + std::time::Duration::from_millis(100));
                while sfu.poll_output().is_some() {}
                prop_assert!(joined.slots.entries.len() <= 64);
                sfu.leave(now, PeerId(1));
            }
            Err(error) => {
                prop_assert_eq!(error.fault(), Fault::Client);
                prop_assert_eq!(sfu.stats(), before, "nothing changed");
            }
        }
    }

    #[test]
    fn arbitrary_text_never_panics(sdp in "\\PC{0,400}") {
        prop_assert!(join(&sdp).is_err());
    }
}

#[test]
fn a_proper_offer_is_answered_in_order() {
    let joined = join(&offer()).unwrap();
    let kinds: Vec<_> = joined.slots.entries.iter().map(|e| e.kind).collect();
    assert_eq!(kinds, [[MediaKind::Audio; 3].as_slice(), &[MediaKind::Video; 9]].concat());
    assert_eq!(joined.answer_sdp.matches("m=").count(), 16);
    assert!(joined.answer_sdp.contains("m=application 9 UDP/DTLS/SCTP webrtc-datachannel"));
    assert!(joined.answer_sdp.contains("a=max-message-size:32768"));
    // Full ICE: see `SfuConfig::ice_lite`.
    assert!(!joined.answer_sdp.contains("a=ice-lite"));
    assert!(joined.answer_sdp.contains("a=simulcast:recv"));
    let shown = format!("{joined:?}");
    assert!(!shown.contains("ufrag") && !shown.contains("192.0.2"), "{shown}");
}

#[test]
fn an_offer_without_a_data_channel_is_answered_without() {
    let shape = Shape { channel: None, ..Shape::default() };
    let bare = join(&Client::new(0, World::new().now, &shape).offer()).unwrap().answer_sdp;
    assert!(!bare.contains("application") && !bare.contains("sctp"), "{bare}");
    let with = Client::new(0, World::new().now, &Shape::default()).offer();
    let with = join(&with).unwrap().answer_sdp;
    println!("answers: {} bytes without, {} with a data channel", bare.len(), with.len());
    assert!(with.len() < bare.len() + 500);
}

#[test]
fn chromium_is_understood() {
    let joined = join(CHROMIUM).unwrap();
    let mids: Vec<_> = joined.slots.entries.iter().map(|e| e.mid.as_str()).collect();
    assert_eq!(mids, ["3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14"]);
    let answer = &joined.answer_sdp;
    assert!(answer.contains("a=simulcast:recv q;h;f"), "three layers");
    assert_eq!(answer.matches("a=sendonly").count(), 12, "slots");
    assert_eq!(answer.matches("a=recvonly").count(), 3, "senders");
    assert_eq!(answer.matches(" VP8/90000").count(), 11);
    assert_eq!(answer.matches(" rtx/90000").count(), 11);
    assert_eq!(answer.matches(" opus/48000/2").count(), 4);
    assert!(answer.contains("a=group:BUNDLE 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14"));
}

#[test]
fn chromium_with_a_data_channel_is_understood() {
    let joined = join(CHROMIUM_RELAY).unwrap();
    assert_eq!(joined.slots.entries.len(), 12);
    let answer = &joined.answer_sdp;
    let (_, data) = answer.split_once("m=application 9 UDP/DTLS/SCTP webrtc-datachannel").unwrap();
    assert!(data.contains("a=mid:15") && data.contains("a=sctp-port:5000"), "{data}");
    assert!(answer.contains("a=group:BUNDLE 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15"));
}

#[test]
fn errors_say_what_and_whose_fault() {
    let sdp = offer();
    let only_h264 = sdp.replace("VP8/90000", "H264/90000");
    let cases = [
        ("", JoinError::NoMediaLines),
        ("v=0\r\nm=audio 9 x 0\r\n", JoinError::Malformed),
        (&*only_h264, JoinError::UnsupportedCodec),
        (&*sdp.replace("a=fingerprint", "a=finger"), JoinError::Malformed),
        (&*sdp.replace("a=ice-ufrag", "a=ufrag"), JoinError::Malformed),
        (&*sdp.repeat(4), JoinError::TooLarge),
    ];
    for (sdp, error) in cases {
        assert_eq!(join(sdp).err(), Some(error));
        assert_eq!(error.fault(), Fault::Client);
    }
    let mut sfu = Sfu::new(SfuConfig::default());
    let now = World::new().now;
    let refused = sfu.join(now, ROOM, PeerId(1), &sdp, Publishing::ALL);
    assert_eq!(refused.err(), Some(JoinError::NoAddress));
}
