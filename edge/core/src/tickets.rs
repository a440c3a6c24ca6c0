//! Things that may be used once: a join token by one device, a proof by nobody twice.
//!
//! A ticket's key is written where it was never written before; its value says which device
//! wrote it, so that an answer that was lost on the way can be asked for again.

use crate::errors::Problem;
use crate::keys::Keys;
use crate::platform::{BusError, BusOp, BusReply, Platform, fly_one};
use conclave_protocol::bucket::TICKETS;
use conclave_protocol::encoding::hex;
use conclave_protocol::limits::PROOF_WINDOW_SECONDS;
use conclave_protocol::proof::{DeviceKey, Proof};
use conclave_protocol::token::JoinClaims;

/// Seconds that a ticket outlives what it stands for, against clocks that differ.
const MARGIN: u64 = 120;

fn ticket_key(keys: &Keys, claims: &JoinClaims) -> String {
    hex(&keys.hash("ticket", &[claims.jti.as_bytes()]))
}

fn holder(keys: &Keys, device: &DeviceKey) -> Vec<u8> {
    keys.hash("device", &[device.as_bytes()]).into()
}

/// Redeems a join token for a device.
pub(crate) fn redeem(keys: &Keys, claims: &JoinClaims, device: &DeviceKey, now: u64) -> BusOp {
    BusOp::Put {
        bucket: TICKETS,
        key: ticket_key(keys, claims),
        value: holder(keys, device),
        expected: 0,
        ttl: Some(claims.exp.saturating_sub(now) + MARGIN),
    }
}

/// Judges the answer to [`redeem`]. Where the ticket was there already it is read back: the
/// device that holds it may come again.
pub(crate) async fn redeemed<P: Platform>(
    platform: &P,
    claims: &JoinClaims,
    device: &DeviceKey,
    answer: Result<BusReply, BusError>,
) -> Result<(), Problem> {
    match answer {
        Ok(_) => return Ok(()),
        Err(BusError::Conflict) => {}
        Err(error) => return Err(error.into()),
    }
    let keys = platform.keys();
    let read = BusOp::Get { bucket: TICKETS, key: ticket_key(keys, claims) };
    match fly_one(platform, read).await?.entry()?.value {
        Some(value) if value == holder(keys, device) => Ok(()),
        _ => Err(Problem::Redeemed),
    }
}

/// Uses up a proof.
pub(crate) fn use_proof(keys: &Keys, proof: &Proof) -> BusOp {
    let hash = keys.hash("proof", &[proof.key.as_bytes(), proof.nonce.as_bytes()]);
    BusOp::Put {
        bucket: TICKETS,
        key: hex(&hash),
        value: Vec::new(),
        expected: 0,
        // A proof from the future is accepted for twice its window.
        ttl: Some(2 * PROOF_WINDOW_SECONDS + MARGIN),
    }
}

/// Judges the answer to [`use_proof`].
pub(crate) fn fresh(answer: Result<BusReply, BusError>) -> Result<(), Problem> {
    match answer {
        Ok(_) => Ok(()),
        Err(BusError::Conflict) => Err(Problem::Replayed),
        Err(error) => Err(error.into()),
    }
}
