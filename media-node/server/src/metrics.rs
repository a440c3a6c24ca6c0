//! Counters for an operator, in the Prometheus text format, on an address of its own (loopback
//! unless the operator says otherwise). Numbers only: no room, no person, no address.

use crate::errands::Errands;
use crate::owner::Counts;
use crate::publisher::Publisher;
use crate::registry::Figures;
use axum::Router;
use axum::routing::get;
use conclave_sfu::SfuStats;
use std::fmt::Write;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Where the numbers come from.
#[derive(Clone)]
pub(crate) struct Sources {
    pub(crate) shards: Vec<watch::Receiver<SfuStats>>,
    pub(crate) figures: watch::Receiver<Figures>,
    pub(crate) events: Publisher,
    pub(crate) messages_dropped: Arc<AtomicU64>,
    pub(crate) errands: Errands,
    pub(crate) counts: Arc<Counts>,
    /// Deeds missing in the audit log, where there is one.
    pub(crate) audit_missed: Option<Arc<AtomicU64>>,
}

impl Sources {
    fn text(&self) -> String {
        let mut sum = SfuStats::default();
        for shard in &self.shards {
            let stats = *shard.borrow();
            sum.packets_in += stats.packets_in;
            sum.bytes_in += stats.bytes_in;
            sum.packets_out += stats.packets_out;
            sum.bytes_out += stats.bytes_out;
            sum.dropped_garbage += stats.dropped_garbage;
            sum.dropped_silenced += stats.dropped_silenced;
            sum.dropped_outputs += stats.dropped_outputs;
            sum.forwarded += stats.forwarded;
            sum.switches += stats.switches;
            sum.plis += stats.plis;
            sum.relay += stats.relay;
        }
        let figures = *self.figures.borrow();
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let (errands, counts) = (&self.errands.count, &self.counts);
        let rows: [(&str, &str, u64); 29] = [
            ("rooms", "gauge", figures.rooms.into()),
            ("participants", "gauge", figures.participants.into()),
            ("packets_received_total", "counter", sum.packets_in),
            ("bytes_received_total", "counter", sum.bytes_in),
            ("packets_sent_total", "counter", sum.packets_out),
            ("bytes_sent_total", "counter", sum.bytes_out),
            ("datagrams_dropped_total", "counter", sum.dropped_garbage),
            ("packets_silenced_total", "counter", sum.dropped_silenced),
            ("outputs_dropped_total", "counter", sum.dropped_outputs),
            ("packets_forwarded_total", "counter", sum.forwarded),
            ("slot_switches_total", "counter", sum.switches),
            ("keyframe_requests_total", "counter", sum.plis),
            ("relay_messages_total", "counter", sum.relay.messages),
            ("relay_bytes_total", "counter", sum.relay.bytes),
            ("relay_malformed_total", "counter", sum.relay.malformed),
            ("relay_limited_total", "counter", sum.relay.limited),
            ("relay_refused_total", "counter", sum.relay.refused),
            ("relay_unreachable_total", "counter", sum.relay.unreachable),
            ("relay_congested_total", "counter", sum.relay.congested),
            ("events_dropped_total", "counter", self.events.dropped()),
            ("messages_dropped_total", "counter", read(&self.messages_dropped)),
            ("messages_ignored_total", "counter", figures.ignored),
            ("floods_total", "counter", read(&counts.floods)),
            ("states_written_total", "counter", read(&counts.states_written)),
            ("states_foreign_total", "counter", read(&counts.states_foreign)),
            ("bans_waiting", "gauge", self.errands.waiting()),
            ("bans_written_total", "counter", read(&errands.done)),
            ("bans_lost_total", "counter", read(&errands.lost)),
            ("audit_missed_total", "counter", self.audit_missed.as_deref().map_or(0, read)),
        ];
        rows.iter().fold(String::new(), |mut text, (name, kind, value)| {
            let _infallible =
                writeln!(text, "# TYPE conclave_{name} {kind}\nconclave_{name} {value}");
            text
        })
    }
}

/// Serves `GET /metrics` until `shutdown` resolves.
pub(crate) async fn serve(
    listener: TcpListener,
    sources: Sources,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let router = Router::new().route("/metrics", get(move || async move { sources.text() }));
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(shutdown).await {
        tracing::warn!(%error, "metrics are not served any more");
    }
}
