//! What people write and send each other, sealed: SFrame whose metadata says from whom, to whom and what
//! it is.

use crate::keyring::{Keyring, Refused};
use crate::sender::{Exhausted, Sealer};
use crate::stream::Stream;

/// What is authenticated with a message and not part of it.
#[derive(Clone, Copy)]
pub struct Label<'a> {
    /// The life of the room.
    pub sid: &'a str,
    /// The sender, as NATS tells it.
    pub from: &'a str,
    /// What it is, in a word that applications choose: `text`, `file` and so on.
    pub kind: &'a str,
    /// To whom, where it is not for everyone.
    pub to: Option<&'a str>,
}

impl Label<'_> {
    /// SFrame's metadata: each text with its length in one byte before it.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for text in [self.sid, self.from, self.kind, self.to.unwrap_or_default()] {
            // Nothing that is longer is issued; what is cut would not open anywhere.
            let text = &text.as_bytes()[..text.len().min(usize::from(u8::MAX))];
            bytes.push(text.len() as u8);
            bytes.extend_from_slice(text);
        }
        bytes
    }
}

/// Why a message cannot be read. Nothing of it is to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// As for frames.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It was sealed by somebody else than whom it is said to come from, or for something else.
    #[error("the message is not what it is said to be, or not by whom")]
    NotTheSender,
}

impl Sealer {
    /// Seals a message.
    ///
    /// # Errors
    /// [`Exhausted`].
    pub fn seal_message(
        &mut self,
        label: &Label<'_>,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Exhausted> {
        self.seal(&label.bytes(), plaintext)
    }
}

impl Keyring {
    /// Opens a message of `stream`, once.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn open_message(
        &mut self,
        stream: Stream,
        label: &Label<'_>,
        sealed: &[u8],
    ) -> Result<Vec<u8>, MessageError> {
        let opening = self.begin(sealed, 0, sealed.len())?;
        let source = self.source(opening.kid).ok_or(Refused::UnknownKey)?;
        if source.stream != stream || source.pid != label.from {
            return Err(MessageError::NotTheSender);
        }
        let plaintext = self.decrypt(&opening, &label.bytes(), sealed)?;
        if !self.accept(opening.kid, opening.counter) {
            return Err(Refused::Replayed.into());
        }
        Ok(plaintext)
    }
}
