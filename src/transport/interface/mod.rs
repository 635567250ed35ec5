//! Connections from one network interface, on operating systems that support it.

#[cfg(any(target_os = "android", target_os = "ios", target_os = "linux", target_os = "macos"))]
mod bound;
#[cfg(not(any(
    target_os = "android",
    target_os = "ios",
    target_os = "linux",
    target_os = "macos"
)))]
mod unbound;

#[cfg(any(
    target_os = "android",
    target_os = "ios",
    target_os = "linux",
    target_os = "macos"
))]
pub(super) use bound::{bind, bind_socket};
#[cfg(not(any(
    target_os = "android",
    target_os = "ios",
    target_os = "linux",
    target_os = "macos"
)))]
pub(super) use unbound::{bind, bind_socket};
