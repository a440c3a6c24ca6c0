//! What a server says, and what follows from it.

use super::{Credential, Fault, Phase, Session, code};
use crate::codec::{self, Act, Delivery, Denied, Info, ServerFault, ServerOp};
use conclave_edge_core::platform::BusError;

/// Our number of the only subscription.
const SID: u64 = 1;

impl Session {
    pub(super) fn handle(&mut self, operation: ServerOp) {
        match (self.phase, operation) {
            (Phase::Greeting, ServerOp::Info(info)) => {
                if let Err(fault) = self.greet(&info) {
                    self.fail(fault);
                }
            }
            (_, ServerOp::Err(fault)) => self.refused(&fault),
            // Nothing else comes before a server's INFO.
            (Phase::Greeting, _) => self.fail(Fault::Foreign),
            (_, ServerOp::Info(info)) => self.max_payload = info.max_payload,
            (_, ServerOp::Message(delivery)) => self.deliver(delivery),
            (_, ServerOp::Ping) => self.pong = true,
            (_, ServerOp::Pong | ServerOp::Ok) => {}
        }
    }

    /// Answers the server's first word.
    fn greet(&mut self, info: &Info) -> Result<(), Fault> {
        if info.tls_required && !self.encrypted {
            return Err(Fault::TlsRequired);
        }
        // Nobody who asks for no signature is shown whose JWT we have.
        let nonce = info.nonce.as_deref().filter(|nonce| !nonce.is_empty() && info.headers);
        let nonce = nonce.ok_or(Fault::Foreign)?;
        let Credential { jwt, key } = &self.credential;
        codec::connect(&mut self.output, jwt, &key.sign(nonce.as_bytes()))
            .and_then(|()| codec::subscribe(&mut self.output, &self.names.all(), SID))
            .map_err(|_| Fault::Credential)?;
        self.max_payload = info.max_payload;
        self.phase = Phase::Ready;
        self.launch();
        Ok(())
    }

    /// An answer of an earlier flight, or what somebody sent to a subject that we did not name, finds
    /// nobody here.
    fn deliver(&mut self, delivery: Delivery) {
        let mut open = self.flight.iter_mut().filter(|pending| pending.is_open());
        if let Some(pending) = open.find(|pending| pending.answers_come_to(&delivery.subject)) {
            pending.take(delivery.incoming, &mut self.budget);
        }
    }

    fn refused(&mut self, fault: &ServerFault) {
        match fault {
            ServerFault::Refused => self.fail(Fault::Refused),
            ServerFault::TooLarge => self.fail(Fault::TooLarge),
            ServerFault::Closing => self.fail(Fault::Closing),
            ServerFault::Permission(denied) => self.denied(denied),
        }
    }

    fn denied(&mut self, denied: &Denied) {
        // Without its inbox the credential is no edge's.
        if denied.act() == Act::Subscribe {
            return self.fail(Fault::Refused);
        }
        for pending in self.flight.iter_mut().filter(|pending| pending.is_open()) {
            let is_meant = match denied.act() {
                Act::Reply => pending.answers_come_to(denied.subject()),
                _ => pending.publishes_to(denied.subject()),
            };
            if is_meant {
                pending.fail(BusError::Rejected(code::DENIED));
            }
        }
    }
}
