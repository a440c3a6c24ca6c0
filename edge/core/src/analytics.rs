//! Past rooms' courses, where the operator keeps any: `POST /auth/analytics/fetch`,
//! `POST /auth/analytics/getDownloadToken` and `GET /download/analytics/<token>`.

use crate::auth;
use crate::credentials::token_id;
use crate::errors::Problem;
use crate::http::{Request, Response};
use crate::platform::{BusOp, Platform, fly_one};
use conclave_protocol::api::{
    AnalyticsFile, AnalyticsInfo, AnalyticsPage, Answer, FetchAnalytics, FetchedAnalytics,
    MAX_LISTED, MAX_ROOM_IDS, Status, Token,
};
use conclave_protocol::history::Course;
use conclave_protocol::ids::{RoomId, RoomKey, Sid};
use conclave_protocol::token::{Claims, DownloadClaims, ISSUER};

/// Where files are downloaded from; a token follows.
pub(crate) const DOWNLOAD: &str = "/download/analytics/";
/// Seconds that a download token lives.
const DOWNLOAD_SECONDS: u64 = 300;
/// Entries in a page unless the request says otherwise.
const LISTED: u32 = 20;

/// Serves `fetch`.
pub(crate) async fn fetch<P: Platform>(
    platform: &P,
    request: &Request,
) -> Result<Response, Problem> {
    let api_key = auth::application(platform, request)?;
    let asked: FetchAnalytics = request.json()?;
    if asked.room_ids.len() > MAX_ROOM_IDS {
        return Err(Problem::Invalid("room_ids must be at most 20".into()));
    }
    let mut found = past(platform, api_key, &asked.room_ids).await?;
    let ascending =
        asked.order_by.as_deref().is_some_and(|order| order.eq_ignore_ascii_case("asc"));
    found.sort_by_key(|(_, _, course)| course.ended);
    if !ascending {
        found.reverse();
    }
    let limit = asked.limit.filter(|&limit| limit > 0).unwrap_or(LISTED).min(MAX_LISTED);
    let result = AnalyticsPage {
        total_analytics: found.len().to_string(),
        from: asked.from,
        limit,
        order_by: if ascending { "ASC" } else { "DESC" }.to_owned(),
        analytics_list: found
            .iter()
            .skip(asked.from as usize)
            .take(limit as usize)
            .map(|(id, room, course)| info(id, room, course))
            .collect::<Result<_, _>>()?,
    };
    let body = FetchedAnalytics { result };
    Ok(Response::ok(&Answer { status: Status::success(), body }))
}

async fn past<P: Platform>(
    platform: &P,
    api_key: &str,
    ids: &[RoomId],
) -> Result<Vec<(RoomId, RoomKey, Course)>, Problem> {
    let keys = platform.keys();
    if !keys.history {
        return Ok(Vec::new());
    }
    let rooms: Vec<RoomKey> = ids.iter().map(|id| keys.room(api_key, id)).collect();
    let asks = rooms.iter().map(|room| BusOp::Past { room: room.clone() }).collect();
    let answers = platform.flight(asks).await;
    let mut found = Vec::new();
    for ((id, room), answer) in ids.iter().zip(&rooms).zip(answers) {
        let courses = answer?.past()?.into_iter();
        found.extend(courses.map(|course| (id.clone(), room.clone(), course)));
    }
    Ok(found)
}

fn info(id: &RoomId, room: &RoomKey, course: &Course) -> Result<AnalyticsInfo, Problem> {
    let size = serde_json::to_vec(course).map_err(|_| Problem::Internal)?.len();
    let size = u32::try_from(size).unwrap_or(u32::MAX);
    Ok(AnalyticsInfo {
        room_id: id.clone(),
        file_id: format!("{room}.{}", course.sid),
        file_name: file_name(&course.sid),
        file_size: f64::from(size) / 1000.0,
        creation_time: course.ended.to_string(),
        room_creation_time: course.began.to_string(),
    })
}

fn file_name(sid: &Sid) -> String {
    format!("{sid}.json")
}

/// Serves `getDownloadToken`.
pub(crate) fn token<P: Platform>(platform: &P, request: &Request) -> Result<Response, Problem> {
    let api_key = auth::application(platform, request)?;
    let asked: AnalyticsFile = request.json()?;
    let keys = platform.keys();
    let (room, sid) = parse_file_id(&asked.file_id)
        .filter(|(room, _)| keys.owns(api_key, room))
        .ok_or(Problem::NoSuchFile)?;
    let now = platform.now();
    let claims = DownloadClaims {
        iss: ISSUER.into(),
        aud: keys.deployment.clone(),
        iat: now,
        exp: now + DOWNLOAD_SECONDS,
        jti: token_id(platform)?,
        room,
        sid,
    };
    let token = claims.sign(&keys.tokens).map_err(|_| Problem::Internal)?;
    Ok(Response::ok(&Answer { status: Status::success(), body: Token { token } }))
}

fn parse_file_id(text: &str) -> Option<(RoomKey, Sid)> {
    let (room, sid) = text.rsplit_once('.')?;
    Some((RoomKey::parse(room).ok()?, Sid::parse(sid).ok()?))
}

/// Serves a download: whoever holds the token, which an application hands to a browser.
pub(crate) async fn download<P: Platform>(platform: &P, token: &str) -> Result<Response, Problem> {
    let keys = platform.keys();
    let claims: DownloadClaims = keys.read(token, platform.now())?;
    if !keys.history {
        return Err(Problem::NoSuchFile);
    }
    let past = fly_one(platform, BusOp::Past { room: claims.room }).await?.past()?;
    let course = past.into_iter().find(|course| course.sid == claims.sid);
    let mut response = Response::ok(&course.ok_or(Problem::NoSuchFile)?);
    let name = file_name(&claims.sid);
    response.header("content-disposition", &format!("attachment; filename=\"{name}\""));
    Ok(response)
}
