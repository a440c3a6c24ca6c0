//! From axum's requests to the handlers' and back.

use crate::headers::{Kind, Policy};
use crate::platform::Native;
use crate::web::Web;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::{Router, routing};
use conclave_edge_core::errors::Problem;
use conclave_edge_core::{HEALTH, handle, http, owns};
use conclave_protocol::limits::MAX_BODY;
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Requests that may wait for the bus at a time; more are told to come again. A request counts once
/// its body is here: who sends slowly takes nobody's place.
const MAX_REQUESTS: usize = 1024;
/// How long a body may take to arrive.
const BODY_DEADLINE: Duration = Duration::from_secs(10);
/// How much of a body that is too large is read all the same: a sender that is cut off in the
/// middle would never see why.
const DISCARDED: usize = 1 << 20;

/// All that requests need.
#[derive(Debug)]
pub(crate) struct Edge {
    platform: Native,
    web: Option<Web>,
    policy: Policy,
    slots: Semaphore,
}

impl Edge {
    pub(crate) fn new(platform: Native, web: Option<Web>, policy: Policy) -> Self {
        Self { platform, web, policy, slots: Semaphore::new(MAX_REQUESTS) }
    }

    /// Everything goes one way: the handlers know their paths, the rest is files.
    pub(crate) fn router(self) -> Router {
        Router::new().fallback(routing::any(serve)).with_state(Arc::new(self))
    }
}

async fn serve(State(edge): State<Arc<Edge>>, request: Request) -> Response<Body> {
    let is_file = !owns(request.uri().path());
    let method = request.method().as_str().to_owned();
    let path = request.uri().path().to_owned();
    let headers = pick_headers(&request);
    let body = match (&edge.web, is_file) {
        (Some(web), true) => {
            if let Some(mut response) = web.serve(request).await {
                edge.policy.apply(response.headers_mut(), Kind::Page);
                return response;
            }
            Vec::new()
        }
        _ => match timeout(BODY_DEADLINE, read(request)).await {
            Ok(Ok(body)) => body,
            Ok(Err(problem)) => return edge.answer(problem.response()),
            Err(_) => return edge.answer(Problem::TooSlow.response()),
        },
    };
    let _slot = match edge.slots.try_acquire() {
        Ok(slot) => Some(slot),
        Err(_) if is_file || path == HEALTH => None,
        Err(_) => return edge.answer(Problem::Unavailable.response()),
    };
    let request = http::Request { method, path, headers, body };
    let response = handle(&edge.platform, &request).await;
    if response.status >= 500 {
        // Of a path of ours the first three parts name the route; what follows may be a token.
        let route: Vec<&str> = request.path.split('/').take(4).collect();
        let route =
            if request.path.starts_with("/download") { "/download" } else { &route.join("/") };
        tracing::warn!(status = response.status, route, "a request failed");
    }
    edge.answer(response)
}

impl Edge {
    fn answer(&self, from: http::Response) -> Response<Body> {
        let mut to = Response::new(Body::from(from.body));
        *to.status_mut() =
            StatusCode::from_u16(from.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in from.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                to.headers_mut().insert(name, value);
            }
        }
        self.policy.apply(to.headers_mut(), Kind::Api);
        to
    }
}

fn pick_headers(request: &Request) -> Vec<(String, String)> {
    let text = |name: &str| request.headers().get(name)?.to_str().ok().map(str::to_owned);
    let mut headers: Vec<(String, String)> =
        http::HEADERS.iter().filter_map(|name| Some(((*name).to_owned(), text(name)?))).collect();
    // A proxy may name the host in the request line alone.
    if let (None, Some(host)) = (request.headers().get(header::HOST), request.uri().authority()) {
        headers.push(("host".to_owned(), host.as_str().to_owned()));
    }
    headers
}

async fn read(request: Request) -> Result<Vec<u8>, Problem> {
    let mut body = Vec::new();
    let mut seen = 0_usize;
    let mut chunks = request.into_body().into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Problem::Malformed)?;
        seen = seen.saturating_add(chunk.len());
        if seen <= MAX_BODY {
            body.extend_from_slice(&chunk);
        } else if seen > DISCARDED {
            break;
        }
    }
    if seen > MAX_BODY { Err(Problem::TooLarge) } else { Ok(body) }
}
