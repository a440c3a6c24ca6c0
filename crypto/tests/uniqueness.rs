//! No key and nonce meet twice, whatever servers do: 50 senders with 10^6 frames each, in two lives of
//! a room with one passphrase, with reloads, second tabs, and an edge that gives out the same sid and
//! pid again. And no old frame opens.
#![allow(clippy::unwrap_used)]

use conclave_crypto::frame::Codec;
use conclave_crypto::{Hello, HelloError, Instance, Keyring, Refused, Root, Sender, Stream};
use std::collections::HashSet;

const SENDERS: usize = 50;
const FRAMES: u64 = 1_000_000;
/// The page as it was joined, a second tab of it, and a reload.
const WORKERS: [&str; 3] = ["joined", "second tab", "reloaded"];
/// A rogue edge gives that out again as well.
const SALT: &str = "AAECAwQFBgcICQoLDA0ODw";
const NOW: u64 = 1_800_000_000_000;

/// What the worker's `crypto.getRandomValues` would give: never the same twice, and here without chance.
fn draw(counter: &mut u128) -> Instance {
    *counter += 1;
    Instance(counter.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes())
}

fn pid(sender: usize) -> String {
    format!("p{sender:025}")
}

#[test]
fn no_key_and_nonce_meet_twice() {
    let mut drawn = 0;
    // The rogue edge: three lives that it says are two, one sid given out again, the same pids in all.
    let lives = ["life one", "life two", "life one"];
    let mut keys = HashSet::new();
    let mut kids = HashSet::new();
    let (mut frames, mut pairs) = (0, 0_u64);
    for sid in lives {
        let root = Root::from_passphrase("one for all lives", sid, SALT).unwrap();
        for sender in 0..SENDERS {
            let pid = pid(sender);
            for _ in WORKERS {
                let instance = draw(&mut drawn);
                let mut sealer = Sender::new(&root, &pid, instance).sealer(Stream::Camera);
                assert!(keys.insert(*sealer.key()), "a key came twice");
                assert!(kids.insert((sid, sealer.kid())), "two senders share a key id");
                // Of one key the nonces are the counters, xored with one salt: distinct counters are
                // distinct nonces. Each is drawn here, and has to be above the one before.
                let salt = sealer.begin().unwrap().nonce;
                let mut before = 0;
                for _ in 1..FRAMES / WORKERS.len() as u64 {
                    let nonce = sealer.begin().unwrap().nonce;
                    let counter = counted(&nonce) ^ counted(&salt);
                    assert!(counter > before && nonce[..4] == salt[..4], "a nonce came twice");
                    before = counter;
                    pairs += 1;
                }
                frames += 1;
            }
        }
    }
    assert_eq!(frames, lives.len() * SENDERS * WORKERS.len());
    assert!(pairs >= 2 * (SENDERS as u64) * (FRAMES - 10));
}

fn counted(nonce: &[u8; 12]) -> u64 {
    u64::from_be_bytes(nonce[4..].try_into().unwrap())
}

struct Worker {
    instance: Instance,
    hello: conclave_crypto::Sealer,
    camera: conclave_crypto::Sealer,
}

impl Worker {
    fn start(root: &Root, pid: &str, drawn: &mut u128) -> Self {
        let instance = draw(drawn);
        let sender = Sender::new(root, pid, instance);
        let (hello, camera) = (sender.sealer(Stream::Hello), sender.sealer(Stream::Camera));
        Self { instance, hello, camera }
    }

    fn announce(&mut self, time: u64) -> Vec<u8> {
        let hello = Hello { time, counters: [0, self.camera.counter(), 0], name: "x".into() };
        hello.seal(&self.instance, &mut self.hello).unwrap()
    }

    fn frame(&mut self) -> Vec<u8> {
        self.camera.seal_frame(Codec::Vp8, &[0x31; 200]).unwrap().unwrap()
    }
}

#[test]
fn no_old_frame_opens() {
    let mut drawn = 0;
    let (one, two) = (Root::from_key(&[42; 32], "one"), Root::from_key(&[42; 32], "two"));
    let pid = pid(1);
    let mut keyring = Keyring::new(one.clone());
    let mut first = Worker::start(&one, &pid, &mut drawn);
    let hello = first.announce(NOW);
    keyring.hear(&pid, &hello, NOW).unwrap();
    let frames: Vec<_> = (0..100).map(|_| first.frame()).collect();
    for frame in &frames {
        keyring.open_frame(Codec::Vp8, frame).unwrap();
    }
    for frame in &frames {
        assert_eq!(keyring.open_frame(Codec::Vp8, frame).unwrap_err(), Refused::Replayed);
    }
    assert_eq!(keyring.hear(&pid, &hello, NOW).unwrap_err(), HelloError::Stale, "said before");

    // A reload: from its first hello on, nothing of the page before counts, not even what was never seen.
    let unseen = first.frame();
    let mut second = Worker::start(&one, &pid, &mut drawn);
    keyring.hear(&pid, &second.announce(NOW + 10), NOW + 20).unwrap();
    keyring.open_frame(Codec::Vp8, &second.frame()).unwrap();
    assert_eq!(keyring.open_frame(Codec::Vp8, &unseen).unwrap_err(), Refused::UnknownKey);
    assert!(
        keyring.hear(&pid, &first.announce(NOW + 30), NOW + 30).is_err(),
        "it does not come back"
    );

    // Somebody who comes late is shown the old hello, in time, and then what is current.
    let mut late = Keyring::new(one.clone());
    late.hear(&pid, &hello, NOW + 60_000).unwrap();
    late.hear(&pid, &second.announce(NOW + 61_000), NOW + 61_000).unwrap();
    assert_eq!(late.open_frame(Codec::Vp8, &frames[0]).unwrap_err(), Refused::UnknownKey);
    // What the hello says is old stays old, though this receiver has not seen it.
    let mut later = Keyring::new(one.clone());
    let old = second.frame();
    later.hear(&pid, &second.announce(NOW + 62_000), NOW + 62_000).unwrap();
    assert_eq!(later.open_frame(Codec::Vp8, &old).unwrap_err(), Refused::Replayed);
    // After five minutes no old hello opens a room to old frames.
    let mut tomorrow = Keyring::new(one);
    assert_eq!(tomorrow.hear(&pid, &hello, NOW + 300_001).unwrap_err(), HelloError::Stale);

    // Another life with the same key, the same pid, and even the same instance, was there one so unlucky.
    let mut other = Keyring::new(two);
    assert_eq!(other.hear(&pid, &hello, NOW).unwrap_err(), HelloError::OtherKey);
    assert_eq!(other.open_frame(Codec::Vp8, &frames[0]).unwrap_err(), Refused::UnknownKey);
}
