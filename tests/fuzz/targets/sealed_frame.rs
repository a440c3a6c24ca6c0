//! Sealed frames: the first byte names a codec, and the rest is a frame as it comes, the header alone, or changes
//! to a frame that is genuine.
#![no_main]

use conclave_crypto::frame::{Codec, clear_bytes};
use conclave_crypto::{Hello, Instance, Keyring, Root, Sender, Stream};
use conclave_fuzz::key_of;
use libfuzzer_sys::fuzz_target;

const NOW: u64 = 1_800_000_000_000;

fuzz_target!(|input: &[u8]| {
    let Some((codec, bytes)) = input.split_first() else { return };
    let codec = Codec::ALL[usize::from(*codec) % Codec::ALL.len()];
    let root = Root::from_key(&key_of(input), "sid");
    let instance = Instance([7; 16]);
    let sender = Sender::new(&root, "ada", instance);
    let hello = Hello { time: NOW, counters: [0; 3], name: String::new() };
    let Ok(hello) = hello.seal(&instance, &mut sender.sealer(Stream::Hello)) else { return };
    let mut keyring = Keyring::new(root.clone());
    assert!(keyring.hear("ada", &hello, NOW).is_ok());

    let mut sealer = sender.sealer(Stream::Camera);
    let Ok(sealed) = sealer.seal_frame(codec, bytes) else { return };
    assert_eq!(sealed.is_some(), clear_bytes(codec, bytes).is_some());
    assert!(keyring.open_frame(codec, bytes).is_err(), "what nobody sealed opened");
    for clear in 0..bytes.len().min(12) {
        // A header may name a key that is known; more it cannot.
        if let Ok(opening) = keyring.begin(bytes, clear, bytes.len()) {
            assert!(clear + opening.header + 16 <= bytes.len());
        }
    }
    let Some(sealed) = sealed else { return };
    let mut changed = sealed.clone();
    for pair in bytes.chunks_exact(2).take(8) {
        let place = usize::from(pair[0]) % changed.len();
        changed[place] ^= pair[1];
    }
    if changed != sealed {
        assert!(keyring.open_frame(codec, &changed).is_err(), "a changed frame opened");
    }
    let opened = keyring.open_frame(codec, &sealed).map(|(_, frame)| frame);
    assert_eq!(opened.as_deref(), Ok(bytes));
    assert!(keyring.open_frame(codec, &sealed).is_err(), "a frame opened twice");
});
