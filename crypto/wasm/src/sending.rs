//! One sender instance.

use crate::stream;
use conclave_crypto::{Hello, Instance, Label, Root, Sealer, Sender, Stream};
use wasm_bindgen::prelude::*;

/// One sender instance: a sealer for each stream.
#[wasm_bindgen]
pub struct Sending {
    sid: String,
    pid: String,
    instance: Instance,
    sealers: Vec<(Stream, Sealer)>,
    /// The media's counters at the last hello.
    told: [u64; 3],
}

impl Sending {
    pub(crate) fn new(root: &Root, pid: &str, instance: Instance) -> Self {
        let sender = Sender::new(root, pid, instance);
        let sealers = Stream::ALL.map(|stream| (stream, sender.sealer(stream)));
        Self {
            sid: root.sid().to_owned(),
            pid: pid.to_owned(),
            instance,
            sealers: sealers.into(),
            told: [0; 3],
        }
    }

    fn counter(&self, stream: Stream) -> u64 {
        self.sealers.iter().find(|(of, _)| *of == stream).map_or(0, |(_, sealer)| sealer.counter())
    }

    fn sealer(&mut self, number: u8) -> Result<&mut Sealer, JsError> {
        let wanted = stream(number)?;
        let found = self.sealers.iter_mut().find(|(of, _)| *of == wanted);
        found.map(|(_, sealer)| sealer).ok_or_else(|| crate::misuse("no such stream"))
    }
}

#[wasm_bindgen]
impl Sending {
    /// A hello at `time`, in milliseconds since 1970.
    pub fn hello(&mut self, time: f64, name: &str) -> Result<Vec<u8>, JsError> {
        let now = [Stream::Microphone, Stream::Camera, Stream::Screen].map(|of| self.counter(of));
        let counters = std::mem::replace(&mut self.told, now);
        let hello = Hello { time: time as u64, counters, name: name.to_owned() };
        let instance = self.instance;
        Ok(hello.seal(&instance, self.sealer(Stream::Hello.number())?)?)
    }

    /// AES-256-GCM's key of a stream.
    pub fn key(&mut self, stream: u8) -> Result<Vec<u8>, JsError> {
        Ok(self.sealer(stream)?.key().to_vec())
    }

    /// Uses up the next counter: twelve bytes of nonce, then SFrame's header.
    pub fn begin(&mut self, stream: u8) -> Result<Vec<u8>, JsError> {
        let head = self.sealer(stream)?.begin()?;
        Ok([&head.nonce[..], &head.header].concat())
    }

    /// What is authenticated with a message after its header.
    pub fn label(&self, kind: &str, to: Option<String>) -> Vec<u8> {
        Label { sid: &self.sid, from: &self.pid, kind, to: to.as_deref() }.bytes()
    }
}
