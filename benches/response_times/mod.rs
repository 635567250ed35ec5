//! Shared parts of the benchmarks of response times: the order of the samples, and Welch's t.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The samples of a class without the slowest tenth.
#[derive(Clone, Copy)]
pub(crate) struct CutSample {
    mean: f64,
    variance: f64,
    count: f64,
}

impl CutSample {
    /// Sorts the times, in nanoseconds, and cuts the slowest tenth.
    pub(crate) fn of(times: &mut [f64]) -> Self {
        times.sort_unstable_by(f64::total_cmp);
        let kept = &times[..times.len() * 9 / 10];
        let count = kept.len() as f64;
        let mean = kept.iter().sum::<f64>() / count;
        let variance = kept.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / count;
        Self { mean, variance, count }
    }

    /// Returns the mean and the standard deviation as text.
    pub(crate) fn shown(&self) -> String {
        format!("{:8.1} ns, deviation {:6.1}", self.mean, self.variance.sqrt())
    }

    /// Returns Welch's t against another class.
    pub(crate) fn t(&self, other: &Self) -> f64 {
        let error = self.variance / self.count + other.variance / other.count;
        (self.mean - other.mean) / error.sqrt()
    }
}

/// Polls a future that is ready at once. With the memory store, all futures are.
pub(crate) fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("memory does not wait"),
    }
}

/// Returns every sample of every class once, as class and number, in a pseudo-random order.
pub(crate) fn shuffled(classes: usize, samples: usize) -> Vec<(usize, usize)> {
    let mut all: Vec<_> =
        (0..classes).flat_map(|class| (0..samples).map(move |at| (class, at))).collect();
    let mut state = 4_226_u64;
    for last in (1..all.len()).rev() {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        all.swap(last, usize::try_from(state >> 33).unwrap() % (last + 1));
    }
    all
}
