//! The TLS of the default transport, in this order: rustls, the system's, rustls with the application's crypto.

#[cfg(all(
    feature = "rustls-no-provider",
    not(any(feature = "rustls", feature = "native-tls", feature = "native-tls-vendored"))
))]
mod application;
#[cfg(all(any(feature = "native-tls", feature = "native-tls-vendored"), not(feature = "rustls")))]
mod native;
#[cfg(not(any(
    feature = "rustls",
    feature = "native-tls",
    feature = "native-tls-vendored",
    feature = "rustls-no-provider"
)))]
mod none;
#[cfg(feature = "rustls")]
mod rustls;

#[cfg(feature = "rustls")]
pub(super) use self::rustls::choose;
#[cfg(all(
    feature = "rustls-no-provider",
    not(any(feature = "rustls", feature = "native-tls", feature = "native-tls-vendored"))
))]
pub(super) use application::choose;
#[cfg(all(
    any(feature = "native-tls", feature = "native-tls-vendored"),
    not(feature = "rustls")
))]
pub(super) use native::choose;
#[cfg(not(any(
    feature = "rustls",
    feature = "native-tls",
    feature = "native-tls-vendored",
    feature = "rustls-no-provider"
)))]
pub(super) use none::choose;
