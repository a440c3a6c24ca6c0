//! The test client as this crate's tests drive it: errors are failed tests, and its slots are those
//! that the SFU tells of.

use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::time::Instant;

use conclave_sfu::{Joined, Publishing, SlotMap};
use conclave_test_client::{Datagram, Shape};

pub struct Client {
    inner: conclave_test_client::Client,
    pub slots: SlotMap,
    /// Gone: neither sends nor hears.
    pub left: bool,
}

impl Client {
    pub fn new(index: usize, now: Instant, shape: &Shape) -> Self {
        let address = SocketAddr::from(([198, 51, 100, index as u8 + 1], 40_000 + index as u16));
        let inner =
            conclave_test_client::Client::new(index as u8, address, now, shape).expect("a client");
        Self { inner, slots: SlotMap::default(), left: false }
    }

    pub fn answer(&mut self, now: Instant, joined: &Joined) {
        self.inner.answer(now, &joined.answer_sdp).expect("an answer");
        self.slots = joined.slots.clone();
    }

    pub fn close(&mut self, now: Instant) {
        self.inner.close(now).expect("closed");
    }

    pub fn due(&self) -> Option<Instant> {
        (!self.left).then(|| self.inner.due())
    }

    pub fn receive(&mut self, now: Instant, datagram: &Datagram) {
        if !self.left {
            self.inner.receive(now, datagram).expect("received");
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        if !self.left {
            self.inner.handle_timeout(now).expect("timeout");
        }
    }
}

impl Deref for Client {
    type Target = conclave_test_client::Client;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl DerefMut for Client {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.inner
    }
}

/// What a client of this shape has switched on.
pub fn publishing(shape: &Shape) -> Publishing {
    Publishing {
        microphone: shape.microphone,
        camera: !shape.camera.is_empty(),
        screen: shape.screen,
    }
}
