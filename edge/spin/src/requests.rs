//! From a component's requests to the handlers' and back.

use bytes::Bytes;
use conclave_edge_core::body::{BODY_DEADLINE, Body};
use conclave_edge_core::errors::Problem;
use conclave_edge_core::http as core;
use conclave_edge_core::policy::{Kind, Policy};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use spin_sdk::http::body::IncomingBodyExt;
use spin_sdk::http::{FullBody, HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use spin_sdk::time::sleep;
use std::pin::pin;

/// An answer with a whole body.
pub(crate) type Answer = Response<FullBody<Bytes>>;

/// Reads a request; its body is bounded.
pub(crate) async fn read(request: Request) -> Result<core::Request, Problem> {
    let method = request.method().as_str().to_owned();
    let path = request.uri().path().to_owned();
    let mut headers: Vec<(String, String)> = core::HEADERS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), text(request.headers(), name)?)))
        .collect();
    // Hosts of components take the header out and give its value as the URI's authority.
    if let (false, Some(host)) = (request.headers().contains_key("host"), request.uri().authority())
    {
        headers.push(("host".to_owned(), host.as_str().to_owned()));
    }
    let mut chunks = request.into_body().stream();
    let arrive = async move {
        let mut body = Body::default();
        while let Some(chunk) = chunks.next().await {
            if !body.take(&chunk.map_err(|_| Problem::Malformed)?) {
                break;
            }
        }
        body.finish()
    };
    let body = match select(pin!(arrive), pin!(sleep(BODY_DEADLINE))).await {
        Either::Left((body, _)) => body?,
        Either::Right(_) => return Err(Problem::TooSlow),
    };
    Ok(core::Request { method, path, headers, body })
}

/// A header's value. Several of one name are one list (RFC 9110, section 5.3), which no handler takes
/// for a value.
pub(crate) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let values = headers.get_all(name).iter().map(HeaderValue::to_str);
    let values: Vec<&str> = values.collect::<Result<_, _>>().ok()?;
    (!values.is_empty()).then(|| values.join(", "))
}

/// Writes an answer of the handlers.
pub(crate) fn answer(from: core::Response, policy: Option<&Policy>) -> Answer {
    let mut to = whole(from.body);
    *to.status_mut() =
        StatusCode::from_u16(from.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &from.headers {
        set(to.headers_mut(), name, value);
    }
    if let Some(policy) = policy {
        protect(to.headers_mut(), policy, Kind::Api);
    }
    to
}

/// An answer whose length is known, which spares it the chunks.
pub(crate) fn whole(body: Vec<u8>) -> Answer {
    let length = body.len().to_string();
    let mut answer = Response::new(FullBody::new(Bytes::from(body)));
    set(answer.headers_mut(), "content-length", &length);
    answer
}

/// Adds what browsers are told to forbid.
pub(crate) fn protect(headers: &mut HeaderMap, policy: &Policy, kind: Kind) {
    for (name, value) in policy.headers(kind) {
        set(headers, name, value);
    }
}

/// Sets a header; one that HTTP cannot carry is left out.
pub(crate) fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}
