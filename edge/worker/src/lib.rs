//! The edge on Cloudflare Workers: `conclave-edge-core` over the `worker` crate. It keeps nothing
//! between requests but its parsed settings; each request dials NATS for itself, since a socket
//! cannot outlive the request that opened it.

#![cfg(target_family = "wasm")]

mod files;
mod network;
mod platform;
mod requests;
mod settings;
mod sockets;
mod websocket;

use crate::platform::Isolate;
use conclave_edge_bus::deployment::Deployment;
use conclave_edge_core::errors::Problem;
use conclave_edge_core::policy::Kind;
use conclave_edge_core::{handle, http, owns};
use worker::{Context, Env, Request, Response, Result, console_error, event};

/// Serves one request.
#[event(fetch)]
async fn fetch(mut request: Request, env: Env, _context: Context) -> Result<Response> {
    let deployment = match settings::deployment(&env) {
        Ok(deployment) => deployment,
        Err(error) => {
            // Names settings, never their values.
            console_error!("the edge's settings are not usable: {error}");
            return requests::answer(Problem::Internal.response(), None);
        }
    };
    let policy = deployment.keys.policy();
    if !owns(&request.path())
        && let Some(mut response) = files::serve(&env, &request).await
    {
        requests::protect(&mut response, policy, Kind::Page)?;
        return Ok(response);
    }
    let answer = match requests::read(&mut request).await {
        Ok(read) => serve(&deployment, &read).await,
        Err(problem) => problem.response(),
    };
    requests::answer(answer, Some(policy))
}

async fn serve(deployment: &Deployment, request: &http::Request) -> http::Response {
    let isolate = match Isolate::new(deployment) {
        Ok(isolate) => isolate,
        Err(none) => return Problem::from(none).response(),
    };
    let response = handle(&isolate, request).await;
    isolate.close().await;
    response
}
