//! How busy this node is, as measured.

use std::time::{Duration, Instant};

/// Clock ticks a second in `/proc/self/stat`: `USER_HZ`, 100 on every Linux that is built today
/// (proc(5)).
const TICKS: f32 = 100.0;

/// Turns counters into the share of capacity in use over the time between two measurements.
#[derive(Debug)]
pub(crate) struct Meter {
    cores: f32,
    capacity_packets: f32,
    before: Option<(Instant, u64, u64)>,
    load: f32,
}

impl Meter {
    pub(crate) fn new(capacity_packets: u32) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            cores: cores as f32,
            capacity_packets: capacity_packets.max(1) as f32,
            before: None,
            load: 0.0,
        }
    }

    /// Takes processor ticks and packets since the process began; returns the load, 0.0 to 1.0,
    /// smoothed over about three measurements.
    pub(crate) fn measure(&mut self, now: Instant, ticks: u64, packets: u64) -> f32 {
        if let Some((then, ticks_then, packets_then)) = self.before {
            let elapsed = now.saturating_duration_since(then).max(Duration::from_millis(1));
            let seconds = elapsed.as_secs_f32();
            let processor = ticks.saturating_sub(ticks_then) as f32 / TICKS / seconds / self.cores;
            let traffic =
                packets.saturating_sub(packets_then) as f32 / seconds / self.capacity_packets;
            let current = processor.max(traffic).clamp(0.0, 1.0);
            self.load += (current - self.load) / 3.0;
        }
        self.before = Some((now, ticks, packets));
        self.load
    }
}

/// Processor ticks of this process, user and system; 0 where the system does not tell.
pub(crate) fn processor_ticks() -> u64 {
    std::fs::read_to_string("/proc/self/stat").map_or(0, |stat| parse_ticks(&stat))
}

/// Fields 14 and 15 of proc(5)'s stat, counted after the name's closing parenthesis.
fn parse_ticks(stat: &str) -> u64 {
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    after_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_read_behind_any_name() {
        let stat = "12 (a) b) S 1 1 1 0 -1 4194560 0 0 0 0 70 30 0 0 20 0 1 0";
        assert_eq!(parse_ticks(stat), 100);
        assert_eq!(parse_ticks(""), 0);
    }

    #[test]
    fn load_is_the_larger_of_processor_and_packets_and_never_above_one() {
        let start = Instant::now();
        let mut meter = Meter { cores: 2.0, capacity_packets: 1000.0, before: None, load: 0.0 };
        meter.measure(start, 0, 0);
        let mut load = 0.0;
        for second in 1..20 {
            load = meter.measure(start + Duration::from_secs(second), 100 * second, 100 * second);
        }
        assert!((load - 0.5).abs() < 0.01, "one of two cores: {load}");
        for second in 20..40 {
            load = meter.measure(start + Duration::from_secs(second), 2000, 5000 * second);
        }
        assert!(load > 0.99 && load <= 1.0, "{load}");
    }
}
