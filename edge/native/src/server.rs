//! Connections: how many, how slow, and how they end.

use crate::peers::Peers;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// Connections at a time; more wait in the system's queue.
const MAX_CONNECTIONS: usize = 8192;
/// How long a request's head may take. An idle connection counts as one whose head is awaited, and
/// it should outlast a look around the lobby: a new one would cost the join a round trip.
const HEAD_DEADLINE: Duration = Duration::from_secs(60);
/// How long requests under way may take once the edge ends.
const GRACE: Duration = Duration::from_secs(5);
/// Pause after a failure to accept, which is one of the whole process (no descriptors left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `shutdown` resolves, then answers what is under way.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    peers: Peers,
    shutdown: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE).max_buf_size(64 * 1024);
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            () = &mut shutdown => break,
            next = next => next,
        };
        let Ok((stream, from)) = accepted else {
            sleep(ACCEPT_PAUSE).await;
            continue;
        };
        // One too many is closed at once.
        let Some(counted) = peers.admit(from.ip()) else { continue };
        // Only delays if it fails.
        let _kept = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // Errors are the peer's: it sent no HTTP, or went away.
            let _ended = connection.await;
            drop((slot, counted));
        });
    }
    drop(listener);
    if timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still under way at the end");
    }
}
