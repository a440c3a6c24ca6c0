//! Which handler serves which path.

use crate::errors::Problem;
use crate::http::{Request, Response};
use crate::platform::Platform;
use crate::{analytics, auth, invite, join, link, rooms, services, sessions, start};
use conclave_protocol::api::Status;
use conclave_protocol::jwt::Jwks;
use conclave_protocol::limits::MAX_BODY;
use conclave_protocol::session::{StartPage, path};

/// Path of liveness: `GET`, answered without the bus.
pub const HEALTH: &str = "/healthz";
/// Makes an application's room.
const CREATE: &str = "/auth/room/create";
/// Issues a join token to an application.
const JOIN_TOKEN: &str = "/auth/room/getJoinToken";
/// Ends an application's room.
const END: &str = "/auth/room/endRoom";
/// Lists an application's past rooms.
const ANALYTICS: &str = "/auth/analytics/fetch";
/// Issues a token to download what is known of one.
const DOWNLOAD_TOKEN: &str = "/auth/analytics/getDownloadToken";

/// True where a path belongs to the handlers and never to a web application's files.
#[must_use]
pub fn owns(path: &str) -> bool {
    path == HEALTH
        || path == self::path::JWKS
        || ["/v1", "/auth", "/download"].iter().any(|root| {
            path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
}

/// Serves one request.
pub async fn handle<P: Platform>(platform: &P, request: &Request) -> Response {
    match route(platform, request).await {
        Ok(response) => response,
        Err(problem) => problem.response(),
    }
}

async fn route<P: Platform>(platform: &P, request: &Request) -> Result<Response, Problem> {
    let path = request.path.as_str();
    let allowed = match path {
        HEALTH | path::CONFIG | path::JWKS => "GET",
        _ if path.starts_with(analytics::DOWNLOAD) => "GET",
        path::START
        | path::INVITE
        | path::JOIN
        | path::REJOIN
        | path::RENEW
        | path::LEAVE
        | path::LINK
        | path::SERVICE
        | CREATE
        | JOIN_TOKEN
        | END
        | ANALYTICS
        | DOWNLOAD_TOKEN => "POST",
        _ => return Err(Problem::NoSuchPath),
    };
    if request.method != allowed && !(allowed == "GET" && request.method == "HEAD") {
        return Err(Problem::WrongMethod(allowed));
    }
    if request.body.len() > MAX_BODY {
        return Err(Problem::TooLarge);
    }
    if path.starts_with("/v1/") && allowed == "POST" && !auth::same_site(request) {
        return Err(Problem::CrossSite);
    }
    match path {
        HEALTH => Ok(Response::ok(&Status::success())),
        path::CONFIG => {
            Ok(Response::ok(&StartPage { start_page: platform.keys().start_page.is_some() }))
        }
        path::START => start::start(platform, request).await,
        path::INVITE => invite::invite(platform, request).await,
        path::JOIN => join::join(platform, request).await,
        path::REJOIN => join::rejoin(platform, request).await,
        path::RENEW => sessions::renew(platform, request).await,
        path::LEAVE => sessions::leave(platform, request).await,
        path::LINK => link::link(platform, request).await,
        path::SERVICE => services::service(platform, request).await,
        path::JWKS => Ok(Response::ok(&Jwks::of(&platform.keys().trusted(platform.now())))),
        CREATE => rooms::create(platform, request).await,
        JOIN_TOKEN => rooms::join_token_route(platform, request).await,
        END => rooms::end(platform, request).await,
        ANALYTICS => analytics::fetch(platform, request).await,
        DOWNLOAD_TOKEN => analytics::token(platform, request),
        path => match path.strip_prefix(analytics::DOWNLOAD) {
            Some(token) => analytics::download(platform, token).await,
            None => Err(Problem::NoSuchPath),
        },
    }
}
