//! From a Worker's requests to the handlers' and back.

use conclave_edge_core::body::{BODY_DEADLINE, Body};
use conclave_edge_core::errors::Problem;
use conclave_edge_core::http;
use conclave_edge_core::policy::{Kind, Policy};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use std::pin::pin;
use worker::{Delay, Headers, Request, Response, Result};

/// Reads a request; its body is bounded.
pub(crate) async fn read(request: &mut Request) -> std::result::Result<http::Request, Problem> {
    let names = http::HEADERS.iter();
    let headers = names
        .filter_map(|name| Some(((*name).to_owned(), request.headers().get(name).ok()??)))
        .collect();
    let method = request.inner().method();
    let path = request.path();
    let body = body(request).await?;
    Ok(http::Request { method, path, headers, body })
}

async fn body(request: &mut Request) -> std::result::Result<Vec<u8>, Problem> {
    let mut body = Body::default();
    if request.inner().body().is_none() {
        return body.finish();
    }
    let mut chunks = request.stream().map_err(|_| Problem::Malformed)?;
    let arrive = async move {
        while let Some(chunk) = chunks.next().await {
            if !body.take(&chunk.map_err(|_| Problem::Malformed)?) {
                break;
            }
        }
        body.finish()
    };
    match select(pin!(arrive), Delay::from(BODY_DEADLINE)).await {
        Either::Left((body, _)) => body,
        Either::Right(_) => Err(Problem::TooSlow),
    }
}

/// Writes an answer of the handlers.
pub(crate) fn answer(from: http::Response, policy: Option<&Policy>) -> Result<Response> {
    let headers = Headers::new();
    for (name, value) in &from.headers {
        headers.set(name, value)?;
    }
    let mut response =
        Response::from_bytes(from.body)?.with_status(from.status).with_headers(headers);
    if let Some(policy) = policy {
        protect(&mut response, policy, Kind::Api)?;
    }
    Ok(response)
}

/// Adds what browsers are told to forbid.
pub(crate) fn protect(response: &mut Response, policy: &Policy, kind: Kind) -> Result<()> {
    for (name, value) in policy.headers(kind) {
        response.headers_mut().set(name, value)?;
    }
    Ok(())
}
