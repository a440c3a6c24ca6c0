//! `POST /v1/start`: anybody makes a room, where the operator allows it.

use crate::errors::Problem;
use crate::http::{Request, Response};
use crate::platform::Platform;
use crate::room_settings::fresh_encryption;
use crate::{invite, ledger, rooms};
use conclave_protocol::encoding::base32_lower;
use conclave_protocol::ids::RoomId;
use conclave_protocol::roles::RoomRole;
use conclave_protocol::session::{StartRequest, Started};
use conclave_protocol::settings::RoomSettings;

/// Seconds that a room waits for its first guest. Less than its invites are valid: rooms that nobody
/// entered count against the cap.
const WAIT_SECONDS: u64 = 2 * 3600;

/// Serves the route.
pub(crate) async fn start<P: Platform>(
    platform: &P,
    request: &Request,
) -> Result<Response, Problem> {
    let keys = platform.keys();
    let start = keys.start_page.as_ref().ok_or(Problem::NoSuchPath)?;
    let body: StartRequest = request.json()?;
    let title = rooms::title(&body.title)?;
    let id = base32_lower(&platform.random::<16>()?);
    let id = RoomId::parse(&id).map_err(|_| Problem::Internal)?;
    let room = keys.room(&start.api_key, &id);
    ledger::list(platform, start, &room).await?;
    let settings = RoomSettings {
        encryption: fresh_encryption(platform, body.encrypted)?,
        share_history: true,
        ..RoomSettings::default()
    };
    rooms::make(platform, &room, &title, settings, WAIT_SECONDS).await?;
    Ok(Response::ok(&Started {
        invite: invite::issue(platform, &room, RoomRole::Participant, None)?,
        host_invite: invite::issue(platform, &room, RoomRole::Moderator, None)?,
    }))
}
