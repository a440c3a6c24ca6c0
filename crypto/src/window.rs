//! Which counters of one stream have been seen.

/// Counters behind the highest that may still come: a camera's three layers share one counter at 90 a
/// second, so this is eleven seconds of it, more than any jitter buffer holds.
const WIDTH: u64 = 1024;
const WORD: u64 = 64;
const WORDS: usize = (WIDTH / WORD) as usize;

/// A sliding window (as RFC 4303, section 3.4.3, has it for IPsec): bit *n* stands for the counter
/// *n* below the highest.
#[derive(Debug, Clone)]
pub(crate) struct Window {
    /// The highest counter seen; `None` before the first.
    highest: Option<u64>,
    /// Below this everything is old, seen or not.
    floor: u64,
    /// By counter modulo [`WIDTH`].
    seen: [u64; WORDS],
}

impl Window {
    /// For counters from `floor`.
    pub(crate) fn new(floor: u64) -> Self {
        Self { highest: None, floor, seen: [0; WORDS] }
    }

    /// True where this counter would be new.
    pub(crate) fn is_new(&self, counter: u64) -> bool {
        let Some(highest) = self.highest else { return counter >= self.floor };
        if counter > highest {
            return true;
        }
        counter >= self.floor && highest - counter < WIDTH && !self.is_seen(counter)
    }

    /// Takes a counter whose frame proved genuine; false where it was seen meanwhile.
    pub(crate) fn take(&mut self, counter: u64) -> bool {
        if !self.is_new(counter) {
            return false;
        }
        let highest = self.highest.unwrap_or(counter);
        if counter > highest && counter - highest >= WIDTH {
            self.seen = [0; WORDS];
        } else {
            // Places of counters that nobody has reached yet may hold what is a window older.
            for next in highest.saturating_add(1)..=counter {
                let (word, bit) = place(next);
                self.seen[word] &= !bit;
            }
        }
        let (word, bit) = place(counter);
        self.seen[word] |= bit;
        self.highest = Some(highest.max(counter));
        true
    }

    fn is_seen(&self, counter: u64) -> bool {
        let (word, bit) = place(counter);
        self.seen[word] & bit != 0
    }
}

fn place(counter: u64) -> (usize, u64) {
    let place = counter % WIDTH;
    ((place / WORD) as usize, 1 << (place % WORD))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn nothing_below_the_floor_is_new() {
        let mut window = Window::new(5);
        assert!(!window.is_new(4));
        assert!(window.take(5) && !window.take(5) && window.take(7) && window.take(6));
        assert!(!window.is_new(4));
    }

    #[test]
    fn the_highest_counter_of_all_is_no_trap() {
        let mut window = Window::new(0);
        assert!(window.take(u64::MAX) && !window.take(u64::MAX));
        assert!(window.take(u64::MAX - 1) && !window.take(0));
    }

    proptest! {
        #[test]
        fn each_counter_is_taken_once_and_what_is_near_is_taken(
            steps in prop::collection::vec(0_u64..2500, 1..400),
        ) {
            let mut window = Window::new(0);
            let mut taken = BTreeSet::new();
            for counter in steps {
                let near = taken.last().is_none_or(|last: &u64| counter + WIDTH > *last);
                prop_assert_eq!(window.take(counter), near && !taken.contains(&counter));
                if near { taken.insert(counter); }
            }
        }
    }
}
