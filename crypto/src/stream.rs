//! What a sender instance has a key of its own for.

/// A stream of sealed things from one sender instance: one key, one counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stream {
    /// A voice.
    Microphone,
    /// A face.
    Camera,
    /// A screen's picture.
    Screen,
    /// Hellos, by which the instance makes itself known.
    Hello,
    /// What is written, to everyone or to one.
    Chat,
    /// What goes over the relay: pieces of files, what was written before, and what is asked of both.
    File,
}

impl Stream {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Microphone, Self::Camera, Self::Screen, Self::Hello, Self::Chat, Self::File];

    /// Its number: the lowest four bits of a key id, and part of what keys are derived from.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Microphone => 0,
            Self::Camera => 1,
            Self::Screen => 2,
            Self::Hello => 8,
            Self::Chat => 9,
            Self::File => 10,
        }
    }

    /// The stream of this number.
    #[must_use]
    pub fn of(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.number() == number)
    }

    /// True of sound and pictures.
    #[must_use]
    pub fn is_media(self) -> bool {
        matches!(self, Self::Microphone | Self::Camera | Self::Screen)
    }
}
