//! The cap on rooms that anybody may make: one entry beside the rooms lists them, and changes by
//! compare-and-set only, so that any number of edges together stay below the cap.

use crate::errors::Problem;
use crate::keys::Keys;
use crate::platform::{BusError, BusOp, Platform, fly_one};
use crate::rooms;
use crate::settings::StartPage;
use conclave_protocol::bucket::ROOMS;
use conclave_protocol::encoding::hex;
use conclave_protocol::ids::RoomKey;
use serde::{Deserialize, Serialize};

/// Writes that may come first before an edge gives up.
const ATTEMPTS: u32 = 20;
/// Binary logarithm of the most round trips for which an edge steps aside between two writes.
const LONGEST_WAIT: u32 = 5;
/// Seconds in which a listed room may not exist yet.
const BEING_MADE: u64 = 30;
/// Seconds between looks at which rooms still exist: a full ledger costs no more than this.
const CHECK_EVERY: u64 = 5;

#[derive(Default, Serialize, Deserialize)]
struct Ledger {
    rooms: Vec<Listed>,
    /// When it was last compared with the rooms, in seconds since 1970.
    checked: u64,
}

#[derive(Serialize, Deserialize)]
struct Listed {
    room: RoomKey,
    made: u64,
}

fn key(keys: &Keys, api_key: &str) -> String {
    format!("start.{}", &hex(&keys.hash("start", &[api_key.as_bytes()]))[..32])
}

/// Lists a room that is about to be made.
pub(crate) async fn list<P: Platform>(
    platform: &P,
    start: &StartPage,
    room: &RoomKey,
) -> Result<(), Problem> {
    let key = key(platform.keys(), &start.api_key);
    let max = start.max_rooms as usize;
    for attempt in 0..ATTEMPTS {
        let read = BusOp::Get { bucket: ROOMS, key: key.clone() };
        let entry = rooms::look(platform, read).await?;
        let ledger = entry.value.as_deref().map_or(Ok(Ledger::default()), serde_json::from_slice);
        let mut ledger = ledger.map_err(|_| Problem::Internal)?;
        let now = platform.now();
        if ledger.rooms.len() >= max {
            if now < ledger.checked.saturating_add(CHECK_EVERY) {
                return Err(Problem::StartFull);
            }
            strike_out(platform, &mut ledger, now).await?;
        }
        let full = ledger.rooms.len() >= max;
        if !full {
            ledger.rooms.push(Listed { room: room.clone(), made: now });
        }
        let value = serde_json::to_vec(&ledger).map_err(|_| Problem::Internal)?;
        let put = BusOp::Put {
            bucket: ROOMS,
            key: key.clone(),
            value,
            expected: entry.revision,
            ttl: None,
        };
        match fly_one(platform, put).await {
            Ok(_) if full => return Err(Problem::StartFull),
            Ok(_) => return Ok(()),
            Err(BusError::Conflict) => step_aside(platform, &key, attempt).await?,
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::Unavailable)
}

/// Lets others go first: for a number of round trips to the bus drawn from ever more, since of many
/// that try again at once all but one lose again. Writes are bounded by the cap, and so is this.
async fn step_aside<P: Platform>(platform: &P, key: &str, attempt: u32) -> Result<(), Problem> {
    let most = 1 << attempt.min(LONGEST_WAIT);
    let drawn = u32::from_le_bytes(platform.random()?);
    for _round_trip in 0..drawn % most {
        fly_one(platform, BusOp::Get { bucket: ROOMS, key: key.to_owned() }).await?;
    }
    Ok(())
}

/// Strikes out rooms that are over.
async fn strike_out<P: Platform>(
    platform: &P,
    ledger: &mut Ledger,
    now: u64,
) -> Result<(), Problem> {
    let reads = ledger.rooms.iter().map(|listed| rooms::get(&listed.room)).collect();
    let mut exist = Vec::with_capacity(ledger.rooms.len());
    for answer in platform.flight(reads).await {
        exist.push(answer?.entry()?.value.is_some());
    }
    let mut exist = exist.into_iter();
    ledger.rooms.retain(|listed| {
        let exists = exist.next().unwrap_or(true);
        exists || now < listed.made.saturating_add(BEING_MADE)
    });
    ledger.checked = now;
    Ok(())
}
