//! The edge as a component for Spin and other hosts of WASI HTTP: `conclave-edge-core` over
//! `spin-sdk`. It keeps nothing between requests but its parsed settings; each request dials NATS for
//! itself, since a host may end an instance at any time.

#![cfg(target_family = "wasm")]

mod files;
mod network;
mod platform;
mod requests;
mod settings;
mod sockets;
mod tls;

use crate::platform::Instance;
use conclave_edge_bus::deployment::Deployment;
use conclave_edge_core::errors::Problem;
use conclave_edge_core::policy::Kind;
use conclave_edge_core::{handle, http, owns};
use requests::Answer;
use spin_sdk::http::Request;
use spin_sdk::http_service;

/// Serves one request.
#[http_service]
async fn serve(request: Request) -> Answer {
    let deployment = match settings::deployment().await {
        Ok(deployment) => deployment,
        Err(error) => {
            // Names settings, never their values.
            eprintln!("the edge's settings are not usable: {error}");
            return requests::answer(Problem::Internal.response(), None);
        }
    };
    let policy = deployment.keys.policy();
    if !owns(request.uri().path())
        && let Some(mut answer) = files::serve(&request)
    {
        requests::protect(answer.headers_mut(), policy, Kind::Page);
        return answer;
    }
    let response = match requests::read(request).await {
        Ok(read) => respond(&deployment, &read).await,
        Err(problem) => problem.response(),
    };
    requests::answer(response, Some(policy))
}

async fn respond(deployment: &Deployment, request: &http::Request) -> http::Response {
    let instance = match Instance::new(deployment) {
        Ok(instance) => instance,
        Err(none) => return Problem::from(none).response(),
    };
    let response = handle(&instance, request).await;
    instance.close().await;
    response
}
