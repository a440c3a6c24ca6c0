//! One participant, as the owner knows it.

use crate::rate::Rate;
use conclave_protocol::event::{Person, Publishing, Slots};
use conclave_protocol::roles::RoomRole;
use conclave_protocol::settings::RoomSettings;
use std::time::Instant;

#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) person: Person,
    /// Public nkey of the connection that holds the place; a newer one displaces it.
    pub(crate) bus_key: String,
    pub(crate) slots: Slots,
    pub(crate) rate: Rate,
}

impl Member {
    pub(crate) fn new(person: Person, bus_key: String, now: Instant) -> Self {
        let slots = Slots { version: 0, slots: Vec::new() };
        Self { person, bus_key, slots, rate: Rate::new(now) }
    }
}

/// Which sources the room allows somebody of this role.
pub(crate) fn allowed(settings: &RoomSettings, role: RoomRole) -> Publishing {
    let moderator = role == RoomRole::Moderator;
    Publishing {
        microphone: true,
        camera: settings.allow_webcams && (moderator || !settings.moderator_only_webcams),
        screen: settings.allow_screen_share,
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
