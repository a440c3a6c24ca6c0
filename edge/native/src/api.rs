//! From axum's requests to the handlers' and back.

use crate::platform::Native;
use crate::web::Web;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::{Router, routing};
use conclave_edge_core::body::{BODY_DEADLINE, Body as Incoming};
use conclave_edge_core::errors::Problem;
use conclave_edge_core::platform::Platform;
use conclave_edge_core::policy::Kind;
use conclave_edge_core::{HEALTH, handle, http, owns};
use futures_util::StreamExt;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Requests that may wait for the bus at a time; more are told to come again. A request counts once
/// its body is here: who sends slowly takes nobody's place.
const MAX_REQUESTS: usize = 1024;

/// All that requests need.
#[derive(Debug)]
pub(crate) struct Edge {
    platform: Native,
    web: Option<Web>,
    slots: Semaphore,
}

impl Edge {
    pub(crate) fn new(platform: Native, web: Option<Web>) -> Self {
        Self { platform, web, slots: Semaphore::new(MAX_REQUESTS) }
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
                edge.protect(response.headers_mut(), Kind::Page);
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
        self.protect(to.headers_mut(), Kind::Api);
        to
    }

    fn protect(&self, headers: &mut HeaderMap, kind: Kind) {
        for (name, value) in self.platform.keys().policy().headers(kind) {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
    }
}

fn pick_headers(request: &Request) -> Vec<(String, String)> {
    // Several of one name are one list (RFC 9110, section 5.3), which no handler takes for a value.
    let text = |name: &str| {
        let values = request.headers().get_all(name).iter().map(HeaderValue::to_str);
        let values: Vec<&str> = values.collect::<Result<_, _>>().ok()?;
        (!values.is_empty()).then(|| values.join(", "))
    };
    let mut headers: Vec<(String, String)> =
        http::HEADERS.iter().filter_map(|name| Some(((*name).to_owned(), text(name)?))).collect();
    // A proxy may name the host in the request line alone.
    if let (None, Some(host)) = (request.headers().get(header::HOST), request.uri().authority()) {
        headers.push(("host".to_owned(), host.as_str().to_owned()));
    }
    headers
}

async fn read(request: Request) -> Result<Vec<u8>, Problem> {
    let mut body = Incoming::default();
    let mut chunks = request.into_body().into_data_stream();
    while let Some(chunk) = chunks.next().await {
        if !body.take(&chunk.map_err(|_| Problem::Malformed)?) {
            break;
        }
    }
    body.finish()
}
