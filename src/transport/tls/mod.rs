//! The TLS library of the default transport. The first enabled one is used: rustls with aws-lc-rs,
//! the operating system's library, rustls with the application's crypto provider.

#[cfg(all(any(feature = "native-tls", feature = "native-tls-vendored"), not(feature = "rustls")))]
mod native;
#[cfg(not(any(
    feature = "rustls",
    feature = "native-tls",
    feature = "native-tls-vendored",
    feature = "rustls-no-provider"
)))]
mod none;
#[cfg(any(
    feature = "rustls",
    all(
        feature = "rustls-no-provider",
        not(any(feature = "native-tls", feature = "native-tls-vendored"))
    )
))]
mod rustls;

#[cfg(any(
    feature = "rustls",
    all(
        feature = "rustls-no-provider",
        not(any(feature = "native-tls", feature = "native-tls-vendored"))
    )
))]
pub(super) use self::rustls::{Tls, explain, probe};
#[cfg(all(
    any(feature = "native-tls", feature = "native-tls-vendored"),
    not(feature = "rustls")
))]
pub(super) use native::{Tls, explain, probe};
#[cfg(not(any(
    feature = "rustls",
    feature = "native-tls",
    feature = "native-tls-vendored",
    feature = "rustls-no-provider"
)))]
pub(super) use none::{Tls, explain, probe};
