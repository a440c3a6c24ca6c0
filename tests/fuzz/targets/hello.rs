//! Hellos: the whole input as what a server says that somebody sent, and as what somebody with the room's key
//! sealed.
#![no_main]

use conclave_crypto::{Hello, Instance, Keyring, Root, Sender, Stream};
use conclave_fuzz::key_of;
use libfuzzer_sys::fuzz_target;

const NOW: u64 = 1_800_000_000_000;

fuzz_target!(|bytes: &[u8]| {
    if let Some(hello) = Hello::read(bytes) {
        assert_eq!(hello.bytes(), bytes, "what was read is not written the same");
    }
    let root = Root::from_key(&key_of(bytes), "sid");
    let instance = Instance([7; 16]);
    let hello = Hello { time: NOW, counters: [0; 3], name: "Ada".into() };
    let mut sealer = Sender::new(&root, "ada", instance).sealer(Stream::Hello);
    let Ok(genuine) = hello.seal(&instance, &mut sealer) else { return };
    let mut keyring = Keyring::new(root);
    assert_eq!(keyring.hear("ada", bytes, NOW).is_ok(), bytes == genuine);
    // Changed in the places that the input names.
    let mut changed = genuine.clone();
    for pair in bytes.chunks_exact(2) {
        let place = usize::from(pair[0]) % changed.len();
        changed[place] ^= pair[1];
    }
    let is_new = changed != genuine;
    assert!(!is_new || keyring.hear("ada", &changed, NOW).is_err(), "a changed hello was taken");
    assert!(keyring.hear("bob", bytes, NOW).is_err(), "a hello is for one participant");
});
