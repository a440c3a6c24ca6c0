//! A leak on purpose, for the build that the search for traces must find something in: a room's title,
//! readable, in a bucket that outlives the room. Not part of any other build.

use crate::platform::{BusOp, Platform, fly_one};
use conclave_protocol::bucket::TICKETS;
use conclave_protocol::ids::Pid;

/// Leaves the title behind under the name of whoever came in.
pub(crate) async fn title<P: Platform>(platform: &P, pid: &Pid, title: &str) {
    let (key, value) = (format!("leak.{pid}"), title.as_bytes().to_vec());
    let put = BusOp::Put { bucket: TICKETS, key, value, expected: 0, ttl: Some(600) };
    let _leaked_or_not = fly_one(platform, put).await;
}
