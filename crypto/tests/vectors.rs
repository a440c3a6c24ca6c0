//! What another implementation can check itself against: `vectors/conclave.json`. Written anew where
//! `CONCLAVE_WRITE_VECTORS` is set; committed vectors never change, or clients no longer understand
//! each other.
#![allow(clippy::unwrap_used)]

use conclave_crypto::frame::Codec;
use conclave_crypto::{Hello, Instance, Keyring, Label, Root, Sender, Stream};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/conclave.json");
const SID: &str = "abcdefghijklmnopqrstuvwxyz";
const PID: &str = "zyxwvutsrqponmlkjihgfedcba";
const OTHER: &str = "234567abcdefghijklmnopqrst";
const INSTANCE: Instance = Instance(*b"sixteen bytes!!!");
const NOW: u64 = 1_800_000_000_000;

fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

fn encoded(codec: Codec) -> Vec<u8> {
    match codec {
        Codec::Vp8 => [&[0x10, 2, 0, 0x9d, 1, 0x2a, 0x80, 2, 0x68, 1][..], b"a key frame"].concat(),
        Codec::Vp9 | Codec::Opus => b"an encoded frame".to_vec(),
    }
}

/// Everything that can be derived and sealed, in an order of its own.
fn computed() -> Value {
    let key: [u8; 32] = std::array::from_fn(|n| n as u8);
    let root = Root::from_key(&key, SID);
    let passphrase = "correct horse battery staple";
    let salt = "AAECAwQFBgcICQoLDA0ODw";
    let by_passphrase = Root::from_passphrase(passphrase, SID, salt).unwrap();
    let sender = Sender::new(&root, PID, INSTANCE);
    let streams: Vec<Value> = Stream::ALL
        .into_iter()
        .map(|stream| {
            let mut sealer = sender.sealer(stream);
            let head = sealer.begin().unwrap();
            json!({ "stream": stream.number(), "kid": sealer.kid(), "key": hex(sealer.key()),
                "header_0": hex(&head.header), "nonce_0": hex(&head.nonce) })
        })
        .collect();
    let frames: Vec<Value> = Codec::ALL
        .into_iter()
        .map(|codec| {
            let stream = if codec == Codec::Opus { Stream::Microphone } else { Stream::Camera };
            let mut sealer = sender.sealer(stream);
            let _ = sealer.begin();
            json!({ "codec": codec.number(), "stream": stream.number(), "counter": 1,
                "encoded": hex(&encoded(codec)),
                "sealed": hex(&sealer.seal_frame(codec, &encoded(codec)).unwrap().unwrap()) })
        })
        .collect();
    let hello = Hello { time: NOW, counters: [1, 2, 3], name: "Ada".into() };
    let sealed_hello = hello.seal(&INSTANCE, &mut sender.sealer(Stream::Hello)).unwrap();
    let label = Label { sid: SID, from: PID, kind: "text", to: None };
    let mut chat = sender.sealer(Stream::Chat);
    let to_all = chat.seal_message(&label, b"hello, all").unwrap();
    let to_one = Label { to: Some(OTHER), ..label };
    let to_one = chat.seal_message(&to_one, b"hello, you").unwrap();
    json!({
        "sid": SID, "pid": PID, "instance": hex(&INSTANCE.0),
        "key_root": { "key": hex(&key), "root": hex(root.secret()), "check": root.check().unwrap() },
        "passphrase_root": { "passphrase": passphrase, "room_salt": salt,
            "root": hex(by_passphrase.secret()), "check": by_passphrase.check().unwrap() },
        "streams": streams,
        "frames": frames,
        "hello": { "time": NOW, "counters": [1, 2, 3], "name": "Ada", "sealed": hex(&sealed_hello) },
        "messages": [
            { "stream": 9, "kind": "text", "to": null, "text": "hello, all", "sealed": hex(&to_all) },
            { "stream": 9, "kind": "text", "to": OTHER, "text": "hello, you", "sealed": hex(&to_one) },
        ],
    })
}

#[test]
fn the_committed_vectors_are_what_is_computed() {
    let computed = serde_json::to_string_pretty(&computed()).unwrap() + "\n";
    if std::env::var_os("CONCLAVE_WRITE_VECTORS").is_some() {
        std::fs::write(FILE, &computed).unwrap();
    }
    assert_eq!(std::fs::read_to_string(FILE).unwrap(), computed);
}

#[test]
fn a_receiver_opens_the_committed_vectors() {
    let vectors: Value = serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
    let bytes = |value: &Value| HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap();
    let key = bytes(&vectors["key_root"]["key"]).try_into().unwrap();
    let mut keyring = Keyring::new(Root::from_key(&key, SID));
    let heard = keyring.hear(PID, &bytes(&vectors["hello"]["sealed"]), NOW).unwrap();
    assert_eq!(heard.name, "Ada");
    for vector in vectors["frames"].as_array().unwrap() {
        // The hello says that everything below is old: another receiver, who has no such hello.
        let mut sealer =
            Sender::new(&Root::from_key(&key, SID), PID, INSTANCE).sealer(Stream::Hello);
        let hello = Hello { time: NOW, counters: [0; 3], name: String::new() };
        let hello = hello.seal(&INSTANCE, &mut sealer).unwrap();
        let mut keyring = Keyring::new(Root::from_key(&key, SID));
        keyring.hear(PID, &hello, NOW).unwrap();
        let codec = Codec::of(vector["codec"].as_u64().unwrap() as u8).unwrap();
        let (source, frame) = keyring.open_frame(codec, &bytes(&vector["sealed"])).unwrap();
        assert_eq!(source.pid, PID);
        assert_eq!(frame, bytes(&vector["encoded"]));
    }
    for vector in vectors["messages"].as_array().unwrap() {
        let to = vector["to"].as_str();
        let label = Label { sid: SID, from: PID, kind: "text", to };
        let text = keyring.open_message(Stream::Chat, &label, &bytes(&vector["sealed"])).unwrap();
        assert_eq!(text, vector["text"].as_str().unwrap().as_bytes());
    }
}
