//! One participant, as the owner knows it.

use conclave_protocol::event::{Person, Publishing, Slots};

#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) person: Person,
    /// Public nkey of the connection that holds the place; a newer one displaces it.
    pub(crate) bus_key: String,
    pub(crate) slots: Slots,
}

impl Member {
    pub(crate) fn new(person: Person, bus_key: String) -> Self {
        let slots = Slots { version: 0, slots: Vec::new() };
        Self { person, bus_key, slots }
    }
}

/// What is on of what is wanted.
pub(crate) fn limit(wanted: Publishing, allowed: Publishing) -> Publishing {
    Publishing {
        microphone: wanted.microphone && allowed.microphone,
        camera: wanted.camera && allowed.camera,
        screen: wanted.screen && allowed.screen,
    }
}
