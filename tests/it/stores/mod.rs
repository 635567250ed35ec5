//! Stores of challenges: what all of them have to do, and what is each one's own.

#[cfg(feature = "redis")]
mod failover;
mod faults;
mod flawed;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod limit_model;
#[cfg(all(feature = "postgres", feature = "redis", feature = "sqlite"))]
mod logs;
mod memory;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod model;
mod naive;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod postgres_limits;
#[cfg(feature = "postgres")]
mod postgres_reports;
#[cfg(feature = "postgres")]
mod postgres_rows;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod queued;
#[cfg(feature = "redis")]
pub(crate) mod redis;
#[cfg(feature = "redis")]
mod redis_limits;
mod reported;
mod shared;
#[cfg(feature = "sqlite")]
mod sqlite;
mod state;
mod tenants;

use otpost_testing::Violation;

#[track_caller]
fn none(violations: &[Violation]) {
    let lines: Vec<_> = violations.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}
