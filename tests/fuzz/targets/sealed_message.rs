//! Sealed messages: the input is a message as it comes, a text that is sealed, and changes to what was sealed.
#![no_main]

use conclave_crypto::{Hello, Instance, Keyring, Label, Root, Sender, Stream};
use conclave_fuzz::key_of;
use libfuzzer_sys::fuzz_target;

const NOW: u64 = 1_800_000_000_000;

fuzz_target!(|bytes: &[u8]| {
    let root = Root::from_key(&key_of(bytes), "sid");
    let instance = Instance([7; 16]);
    let sender = Sender::new(&root, "ada", instance);
    let hello = Hello { time: NOW, counters: [0; 3], name: String::new() };
    let Ok(hello) = hello.seal(&instance, &mut sender.sealer(Stream::Hello)) else { return };
    let mut keyring = Keyring::new(root.clone());
    assert!(keyring.hear("ada", &hello, NOW).is_ok());
    let label = Label { sid: "sid", from: "ada", kind: "chat", to: Some("bob") };
    assert!(
        keyring.open_message(Stream::Chat, &label, bytes).is_err(),
        "what nobody sealed opened"
    );

    let Ok(sealed) = sender.sealer(Stream::Chat).seal_message(&label, bytes) else { return };
    let mut changed = sealed.clone();
    for pair in bytes.chunks_exact(2).take(8) {
        let place = usize::from(pair[0]) % changed.len();
        changed[place] ^= pair[1];
    }
    if changed != sealed {
        let opened = keyring.open_message(Stream::Chat, &label, &changed);
        assert!(opened.is_err(), "a changed message opened");
    }
    // Names of the input's making: none of them opens what is for somebody else.
    let other = String::from_utf8_lossy(bytes);
    for label in [
        Label { to: Some(&other), ..label },
        Label { kind: &other, ..label },
        Label { from: &other, ..label },
        Label { sid: &other, ..label },
    ] {
        let is_same = label.to == Some("bob")
            && label.kind == "chat"
            && label.from == "ada"
            && label.sid == "sid";
        assert!(is_same || keyring.open_message(Stream::Chat, &label, &sealed).is_err());
    }
    assert_eq!(keyring.open_message(Stream::Chat, &label, &sealed).as_deref(), Ok(bytes));
});
