//! The figures as `tests/bench/table.py` reads them.

use serde::Serialize;
use std::time::Duration;

/// One figure.
#[derive(Debug, Default, Serialize)]
pub struct Row {
    pub what: String,
    pub unit: &'static str,
    pub ours: f64,
    /// What it is set beside, measured in the same run.
    pub peer: Option<f64>,
    pub peer_name: Option<String>,
    /// Ours is at most this.
    pub limit: Option<f64>,
    /// Ours divided by the peer's is below this.
    pub ratio_limit: Option<f64>,
}

/// The value that half of them are below.
pub fn median(values: &mut [f64]) -> f64 {
    part(values, 0.5)
}

/// The value that this part of them is below.
pub fn part(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a list"
    )]
    let place = ((values.len() as f64 * part).ceil() as usize).clamp(1, values.len().max(1)) - 1;
    values.get(place).copied().unwrap_or(f64::NAN)
}

pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
