//! An operation that waits for its answer.

use super::fault::code;
use crate::codec::{self, EncodeError};
use crate::redact::hidden_debug;
use conclave_edge_core::platform::{BusError, BusOp, BusReply};
use conclave_edge_core::wire::{Incoming, Message};

/// Most messages that a flight takes as answers. NATS sends about a thousand keys at once at most.
pub const MAX_ANSWERS: usize = 2000;
/// Most bytes that a flight takes as answers, as they lie in memory.
pub const MAX_ANSWERED: usize = 4 << 20;

/// What a flight may still take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    messages: usize,
    bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { messages: MAX_ANSWERS, bytes: MAX_ANSWERED }
    }
}

impl Budget {
    /// Takes a message off; false where it is too much.
    fn take(&mut self, incoming: &Incoming) -> bool {
        // A header is two strings, whose own size counts too.
        let header =
            |(name, value): &(String, String)| size_of::<[String; 2]>() + name.len() + value.len();
        let bytes = size_of::<Incoming>()
            + incoming.payload.len()
            + incoming.headers.iter().map(header).sum::<usize>();
        match (self.messages.checked_sub(1), self.bytes.checked_sub(bytes)) {
            (Some(messages), Some(bytes)) => {
                *self = Self { messages, bytes };
                true
            }
            _ => false,
        }
    }
}

pub(super) struct Pending {
    operation: BusOp,
    /// Until it is written.
    message: Option<Message>,
    subject: String,
    reply: String,
    incoming: Vec<Incoming>,
    result: Option<Result<BusReply, BusError>>,
}

hidden_debug!(Pending);

impl Pending {
    pub(super) fn new(operation: BusOp, reply: String) -> Self {
        let message = operation.message();
        let subject = message.subject.clone();
        let (incoming, result) = (Vec::new(), None);
        Self { operation, message: Some(message), subject, reply, incoming, result }
    }

    pub(super) fn is_open(&self) -> bool {
        self.result.is_none()
    }

    pub(super) fn publishes_to(&self, subject: &str) -> bool {
        self.subject == subject
    }

    pub(super) fn answers_come_to(&self, subject: &str) -> bool {
        self.reply == subject
    }

    /// Writes the message, or fails where it cannot be written.
    pub(super) fn write(&mut self, out: &mut Vec<u8>, max_payload: usize) {
        let Some(message) = self.message.take() else {
            return;
        };
        let written = codec::publish(out, &message, &self.reply, max_payload);
        if let Err(error) = written {
            self.fail(BusError::Rejected(match error {
                EncodeError::TooLarge => code::TOO_LARGE,
                _ => code::INVALID,
            }));
        }
    }

    pub(super) fn fail(&mut self, error: BusError) {
        self.end(Err(error));
    }

    /// Takes a message that came to its subject; `None` where its headers could not be read.
    pub(super) fn take(&mut self, incoming: Option<Incoming>, budget: &mut Budget) {
        let Some(incoming) = incoming else {
            // One bad record among many is one that cannot be used; an only answer is an error.
            if !self.operation.has_many_answers() {
                self.fail(BusError::Malformed);
            }
            return;
        };
        if !budget.take(&incoming) {
            return self.fail(BusError::Malformed);
        }
        let is_last = self.operation.is_last(&incoming);
        self.incoming.push(incoming);
        if is_last {
            self.end(self.operation.read(&self.incoming));
        }
    }

    pub(super) fn finish(self, otherwise: BusError) -> Result<BusReply, BusError> {
        self.result.unwrap_or(Err(otherwise))
    }

    fn end(&mut self, result: Result<BusReply, BusError>) {
        self.result = Some(result);
        self.incoming = Vec::new();
    }
}
