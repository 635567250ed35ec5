//! The login page over HTTP: a real server on a free port, and a mock gateway behind it.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod abuse;
mod browser;
mod codes;
mod languages;
mod leaks;
mod login;
mod members;
mod messages;
mod numbers;
mod program;
mod repetition;
mod sessions;
mod world;
