//! The web application's files: the Worker's static assets.

use conclave_edge_core::files::{asked, media_type};
use futures_util::future::{Either, select};
use std::pin::pin;
use std::time::Duration;
use worker::{Delay, Env, Headers, Method, Request, RequestInit, Response};

/// How long a file may take to come.
const DEADLINE: Duration = Duration::from_secs(10);
/// The binding in wrangler.toml.
const ASSETS: &str = "ASSETS";
/// Request headers that choose among a file's forms and versions.
const PASSED_ON: [&str; 3] = ["accept-encoding", "if-none-match", "if-modified-since"];

/// The file that is asked for; `None` where there is none, or where this Worker has no files.
pub(crate) async fn serve(env: &Env, request: &Request) -> Option<Response> {
    let method = request.inner().method();
    let path = request.path();
    let file = asked(&method, &path)?;
    let assets = env.assets(ASSETS).ok()?;
    let headers = Headers::new();
    for name in PASSED_ON {
        if let Ok(Some(value)) = request.headers().get(name) {
            headers.set(name, &value).ok()?;
        }
    }
    let mut init = RequestInit::new();
    init.with_method(Method::from(method)).with_headers(headers);
    // The binding looks at the path alone.
    let url = format!("https://assets.invalid{}", file.path);
    let fetch = pin!(assets.fetch(url, Some(init)));
    let fetched = select(fetch, Delay::from(DEADLINE)).await;
    let Either::Left((Ok(from), _)) = fetched else { return None };
    if !(from.status_code() == 304 || (200..300).contains(&from.status_code())) {
        return None;
    }
    // An answer of a binding cannot be changed; one made of it can.
    let headers = from.headers().clone();
    let (builder, body) = from.into_parts();
    let mut response = builder.with_headers(headers).body(body);
    let set = response.headers_mut();
    set.set("cache-control", file.cache).ok()?;
    if let Some(media_type) = media_type(file.path) {
        set.set("content-type", media_type).ok()?;
    }
    Some(response)
}
