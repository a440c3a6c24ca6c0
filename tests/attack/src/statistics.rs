//! Whether two samples could be of one distribution.

/// The probability of a difference as large as that between two samples where both are of one
/// distribution: the two-sample Kolmogorov–Smirnov test, by its asymptotic distribution with the
/// small-sample correction of Stephens (1970).
#[must_use]
pub fn kolmogorov_smirnov(one: &[f64], other: &[f64]) -> f64 {
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        values
    };
    let (one, other) = (sorted(one), sorted(other));
    let (n, m) = (one.len() as f64, other.len() as f64);
    let (mut i, mut j, mut distance) = (0, 0, 0.0_f64);
    while let (Some(a), Some(b)) = (one.get(i), other.get(j)) {
        let value = a.min(*b);
        while one.get(i).is_some_and(|a| *a <= value) {
            i += 1;
        }
        while other.get(j).is_some_and(|b| *b <= value) {
            j += 1;
        }
        distance = distance.max((i as f64 / n - j as f64 / m).abs());
    }
    let root = (n * m / (n + m)).sqrt();
    tail((root + 0.12 + 0.11 / root) * distance)
}

/// Q of the Kolmogorov distribution.
fn tail(x: f64) -> f64 {
    // Below, the series converges too slowly to be summed, and its value is 1 to nine digits.
    if x < 0.2 {
        return 1.0;
    }
    let terms = (1..=100).map(|k| {
        let k = f64::from(k);
        let sign = if k % 2.0 == 0.0 { -1.0 } else { 1.0 };
        sign * (-2.0 * k * k * x * x).exp()
    });
    (2.0 * terms.sum::<f64>()).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distributions_known_quantiles_are_met() {
        // Smirnov (1948): 5 % at 1.3581, 1 % at 1.6276.
        assert!((tail(1.3581) - 0.05).abs() < 1e-4);
        assert!((tail(1.6276) - 0.01).abs() < 1e-4);
        assert!(tail(0.0) == 1.0 && tail(10.0) < 1e-9);
    }

    #[test]
    fn a_shift_is_seen_and_sameness_is_not() {
        let ramp = |shift: f64| (0..5000).map(|n| f64::from(n % 997) + shift).collect::<Vec<_>>();
        assert!(kolmogorov_smirnov(&ramp(0.0), &ramp(0.0)) > 0.99);
        assert!(kolmogorov_smirnov(&ramp(0.0), &ramp(60.0)) < 0.001);
    }
}
