//! What is not genuine does not open, and no bytes are a trap.
#![allow(clippy::unwrap_used)]

use conclave_crypto::frame::{Codec, clear_bytes};
use conclave_crypto::{
    Hello, HelloError, Instance, Keyring, Label, MessageError, Refused, Root, Sealer, Sender,
    Stream,
};
use proptest::prelude::*;

const NOW: u64 = 1_800_000_000_000;
const ADA: &str = "ada";
const BOB: &str = "bob";

fn root() -> Root {
    Root::from_key(&[1; 32], "sid")
}

fn sealer(root: &Root, pid: &str, stream: Stream) -> Sealer {
    Sender::new(root, pid, instance(pid)).sealer(stream)
}

fn instance(pid: &str) -> Instance {
    Instance([pid.as_bytes()[0]; 16])
}

fn hello(root: &Root, pid: &str, time: u64) -> Vec<u8> {
    let hello = Hello { time, counters: [0; 3], name: pid.into() };
    hello.seal(&instance(pid), &mut sealer(root, pid, Stream::Hello)).unwrap()
}

/// Knows Ada and Bob.
fn keyring() -> Keyring {
    let mut keyring = Keyring::new(root());
    for pid in [ADA, BOB] {
        keyring.hear(pid, &hello(&root(), pid, NOW), NOW).unwrap();
    }
    keyring
}

#[test]
fn every_bit_of_a_frame_counts() {
    let frame: Vec<u8> = [&[0x10, 2, 0, 0x9d, 1, 0x2a, 0x80, 2, 0x68, 1][..], &[7; 40]].concat();
    let sealed =
        sealer(&root(), ADA, Stream::Camera).seal_frame(Codec::Vp8, &frame).unwrap().unwrap();
    assert_eq!(sealed[..10], frame[..10]);
    assert!(!sealed.windows(8).any(|window| window == [7; 8]));
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(keyring().open_frame(Codec::Vp8, &changed).is_err(), "bit {bit}");
    }
    for length in 0..sealed.len() {
        assert!(keyring().open_frame(Codec::Vp8, &sealed[..length]).is_err(), "length {length}");
    }
    let (source, opened) = keyring().open_frame(Codec::Vp8, &sealed).unwrap();
    assert_eq!((source.pid.as_str(), source.stream, opened), (ADA, Stream::Camera, frame));
}

#[test]
fn a_frame_is_of_one_codec() {
    let sealed =
        sealer(&root(), ADA, Stream::Camera).seal_frame(Codec::Vp9, &[1; 50]).unwrap().unwrap();
    assert_eq!(keyring().open_frame(Codec::Opus, &sealed).unwrap_err(), Refused::Tampered);
    keyring().open_frame(Codec::Vp9, &sealed).unwrap();
}

#[test]
fn cleartext_does_not_open() {
    for byte in 0..=255 {
        for codec in Codec::ALL {
            assert!(keyring().open_frame(codec, &[byte; 300]).is_err());
        }
    }
}

#[test]
fn a_message_is_by_its_sender_to_its_receiver_and_of_its_kind() {
    let label = Label { sid: "sid", from: ADA, kind: "text", to: Some("carl") };
    let sealed = sealer(&root(), ADA, Stream::Chat).seal_message(&label, b"psst").unwrap();
    let open = |label: &Label<'_>| keyring().open_message(Stream::Chat, label, &sealed);
    assert_eq!(open(&label).unwrap(), b"psst");
    let tampered = MessageError::Refused(Refused::Tampered);
    assert_eq!(open(&Label { to: None, ..label }).unwrap_err(), tampered);
    assert_eq!(open(&Label { to: Some("dora"), ..label }).unwrap_err(), tampered);
    assert_eq!(open(&Label { kind: "file", ..label }).unwrap_err(), tampered);
    assert_eq!(open(&Label { sid: "other", ..label }).unwrap_err(), tampered);
    assert_eq!(open(&Label { from: BOB, ..label }).unwrap_err(), MessageError::NotTheSender);
    let as_file = keyring().open_message(Stream::File, &label, &sealed);
    assert_eq!(as_file.unwrap_err(), MessageError::NotTheSender);
    let mut once = keyring();
    once.open_message(Stream::Chat, &label, &sealed).unwrap();
    let again = once.open_message(Stream::Chat, &label, &sealed);
    assert_eq!(again.unwrap_err(), MessageError::Refused(Refused::Replayed));
}

#[test]
fn a_hello_is_for_its_pid_by_this_key_and_now() {
    let mut keyring = Keyring::new(root());
    let said = hello(&root(), ADA, NOW);
    assert_eq!(keyring.hear(BOB, &said, NOW).unwrap_err(), HelloError::OtherKey);
    let other = hello(&Root::from_key(&[2; 32], "sid"), ADA, NOW);
    assert_eq!(keyring.hear(ADA, &other, NOW).unwrap_err(), HelloError::OtherKey);
    for now in [NOW - 300_001, NOW + 300_001] {
        assert_eq!(keyring.hear(ADA, &said, now).unwrap_err(), HelloError::Stale);
    }
    assert_eq!(keyring.hear(ADA, &said, NOW + 300_000).unwrap().name, ADA);
    assert_eq!(keyring.hear(ADA, &said[..60], NOW).unwrap_err(), HelloError::OtherKey);
    for short in [&said[..20], &said[..10], &[]] {
        assert_eq!(keyring.hear(ADA, short, NOW).unwrap_err(), HelloError::Malformed);
    }
}

#[test]
fn what_a_keyring_holds_is_bounded() {
    let root = root();
    let mut keyring = Keyring::new(root.clone());
    let mut hear = |number: u32, now: u64| {
        let instance = Instance(u128::from(number).to_be_bytes());
        let pid = format!("p{number}");
        let mut sealer = Sender::new(&root, &pid, instance).sealer(Stream::Hello);
        let hello = Hello { time: now, counters: [0; 3], name: String::new() };
        let hello = hello.seal(&instance, &mut sealer).unwrap();
        keyring.hear(&pid, &hello, now)
    };
    for number in 0..2048 {
        hear(number, NOW).unwrap();
    }
    assert_eq!(hear(3000, NOW).unwrap_err(), HelloError::Full);
    hear(3001, NOW + 300_001).unwrap();
}

proptest! {
    #[test]
    fn no_bytes_are_a_trap(bytes: Vec<u8>, clear in 0_usize..40) {
        let mut keyring = keyring();
        for codec in Codec::ALL {
            prop_assert!(clear_bytes(codec, &bytes).is_none_or(|clear| clear <= bytes.len()));
            prop_assert!(keyring.open_frame(codec, &bytes).is_err());
        }
        prop_assert!(keyring.begin(&bytes, clear, bytes.len()).is_err());
        prop_assert!(keyring.hear(ADA, &bytes, NOW).is_err());
        let label = Label { sid: "sid", from: ADA, kind: "text", to: None };
        prop_assert!(keyring.open_message(Stream::Chat, &label, &bytes).is_err());
    }

    #[test]
    fn what_is_sealed_opens(frame: Vec<u8>) {
        for codec in Codec::ALL {
            let sealed = sealer(&root(), ADA, Stream::Camera).seal_frame(codec, &frame).unwrap();
            prop_assert_eq!(sealed.is_none(), clear_bytes(codec, &frame).is_none());
            let Some(sealed) = sealed else { continue };
            let (_, opened) = keyring().open_frame(codec, &sealed).unwrap();
            prop_assert_eq!(&opened, &frame);
        }
    }
}
