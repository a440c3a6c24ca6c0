//! Who speaks, and who is loudest. Levels are in dBov as RFC 6464 has them:
//! 0 is the loudest possible, -127 is silence.

use std::time::{Duration, Instant};

use crate::types::PeerId;

/// Louder than this is speech. A quiet room is at -60 or less, speech at -45 to -15.
const SPEECH_DBOV: f32 = -50.0;
/// Speech for this long begins to count as speaking.
const ON_AFTER: Duration = Duration::from_millis(250);
/// Pauses within words and sentences do not end a run of speech before it counts.
const BRIDGED: Duration = Duration::from_millis(150);
/// Silence for this long ends speaking.
const OFF_AFTER: Duration = Duration::from_millis(800);
/// To overtake somebody in the ranking, be louder by this much.
const OVERTAKE_DB: f32 = 6.0;
/// Loudness follows a rise within about this time, so that first words are heard,
const ATTACK: Duration = Duration::from_millis(60);
/// and a fall within this, so that a pause for breath costs nobody their slot.
const RELEASE: Duration = Duration::from_millis(1_500);

const SILENCE_DBOV: f32 = -127.0;

/// One microphone's level over time.
#[derive(Debug)]
pub(crate) struct Level {
    loudness: f32,
    at: Option<Instant>,
    loud_since: Option<Instant>,
    loud_at: Option<Instant>,
    speaking: bool,
}

impl Level {
    pub(crate) fn new() -> Self {
        Self { loudness: SILENCE_DBOV, at: None, loud_since: None, loud_at: None, speaking: false }
    }

    /// A packet came with this level; without the extension it counts as silence.
    pub(crate) fn hear(&mut self, now: Instant, dbov: Option<i8>) {
        let level = f32::from(dbov.unwrap_or(i8::MIN)).clamp(SILENCE_DBOV, 0.0);
        self.settle(now, level);
        if level < SPEECH_DBOV {
            return;
        }
        let resumed = self.loud_at.is_some_and(|at| now.saturating_duration_since(at) <= BRIDGED);
        if !resumed || self.loud_since.is_none() {
            self.loud_since = Some(now);
        }
        self.loud_at = Some(now);
    }

    /// Moves the loudness towards `level` for the time since the last packet. A
    /// gap in the packets (discontinuous transmission) is silence.
    fn settle(&mut self, now: Instant, level: f32) {
        let passed =
            self.at.map_or(Duration::from_millis(20), |at| now.saturating_duration_since(at));
        let constant = if level > self.loudness { ATTACK } else { RELEASE };
        let share = 1.0 - (-passed.as_secs_f32() / constant.as_secs_f32()).exp();
        self.loudness += (level - self.loudness) * share;
        self.at = Some(now);
    }

    /// Silence since the last packet, and `Some` if speaking began or ended.
    pub(crate) fn tick(&mut self, now: Instant) -> Option<bool> {
        if self.at.is_some_and(|at| now.saturating_duration_since(at) > BRIDGED) {
            self.settle(now, SILENCE_DBOV);
        }
        let quiet = self.loud_at.is_none_or(|at| now.saturating_duration_since(at) >= OFF_AFTER);
        let run = self.loud_since.zip(self.loud_at).map(|(a, b)| b.saturating_duration_since(a));
        let speaking = if self.speaking { !quiet } else { !quiet && run >= Some(ON_AFTER) };
        let changed = speaking != self.speaking;
        self.speaking = speaking;
        changed.then_some(speaking)
    }

    /// Forgets everything; `true` if it was speaking.
    pub(crate) fn reset(&mut self) -> bool {
        std::mem::replace(self, Self::new()).speaking
    }

    /// Smoothed loudness in dBov.
    pub(crate) fn loudness(&self) -> f32 {
        self.loudness
    }

    /// Loud enough to be worth a slot.
    pub(crate) fn is_loud(&self) -> bool {
        self.loudness >= SPEECH_DBOV
    }
}

/// Reorders `ranking`, the loudest first: somebody moves ahead of another only if
/// loud, and louder than that one by 6 dB, so that two equally loud people do not
/// take turns.
pub(crate) fn rank(ranking: &mut [PeerId], level: impl Fn(PeerId) -> Option<(f32, bool)>) {
    for at in 1..ranking.len() {
        let Some((loudness, true)) = ranking.get(at).and_then(|p| level(*p)) else {
            continue;
        };
        let softer = |p: &PeerId| level(*p).is_some_and(|(l, _)| loudness > l + OVERTAKE_DB);
        let Some(before) = ranking.iter().take(at).position(softer) else {
            continue;
        };
        if let Some(passed) = ranking.get_mut(before..=at) {
            passed.rotate_right(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Instant {
        #[allow(clippy::disallowed_methods)] // any instant will do
        Instant::now()
    }

    /// Hears `level` every 20 ms for `ms`; says when `tick` reported a change.
    fn hear(l: &mut Level, at: &mut Instant, ms: u64, level: i8) -> Option<(u64, bool)> {
        let mut change = None;
        for t in (0..ms).step_by(20) {
            l.hear(*at, Some(level));
            if let Some(speaking) = l.tick(*at) {
                change = Some((t, speaking));
            }
            *at += Duration::from_millis(20);
        }
        change
    }

    #[test]
    fn speaking_begins_after_250_ms_and_ends_after_800() {
        let (mut level, mut at) = (Level::new(), start());
        assert_eq!(hear(&mut level, &mut at, 1_000, -70), None);
        assert_eq!(hear(&mut level, &mut at, 200, -25), None);
        assert_eq!(hear(&mut level, &mut at, 1_000, -70), None, "a cough is no speech");
        assert_eq!(hear(&mut level, &mut at, 600, -25), Some((260, true)));
        assert_eq!(hear(&mut level, &mut at, 600, -70), None);
        assert_eq!(hear(&mut level, &mut at, 100, -25), None);
        assert_eq!(hear(&mut level, &mut at, 2_000, -70), Some((780, false)));
    }

    #[test]
    fn silence_without_packets_ends_speaking_too() {
        let (mut level, mut at) = (Level::new(), start());
        hear(&mut level, &mut at, 600, -25);
        assert_eq!(level.tick(at + Duration::from_millis(700)), None);
        assert_eq!(level.tick(at + Duration::from_millis(800)), Some(false));
        level.tick(at + Duration::from_secs(10));
        assert!(level.loudness() < -100.0);
    }

    #[test]
    fn ranking_needs_a_clear_difference() {
        let mut ranking = [1, 2, 3, 4].map(PeerId);
        let levels = [-40.0, -36.0, -30.0, -20.0];
        let level = |p: PeerId| Some((levels[p.0 as usize - 1], levels[p.0 as usize - 1] > -50.0));
        rank(&mut ranking, level);
        assert_eq!(ranking.map(|p| p.0), [4, 3, 1, 2]);
        let before = ranking;
        rank(&mut ranking, level);
        assert_eq!(ranking, before);
    }
}
