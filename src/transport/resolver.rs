use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;

/// A DNS resolver, which returns the addresses of a host name.
///
/// # Contract
///
/// 1. The addresses are in the order in which they are tried.
/// 2. If there is no address, the resolver returns an error.
/// 3. The resolver needs no timeout. The timeouts of the transport limit it.
///
/// # Examples
///
/// ```
/// use std::io;
/// use std::net::IpAddr;
/// use otpost::async_trait;
/// use otpost::transport::DnsResolver;
///
/// /// Resolves one gateway to a fixed address, regardless of DNS.
/// #[derive(Debug)]
/// struct Pinned;
///
/// #[async_trait]
/// impl DnsResolver for Pinned {
///     async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
///         match name {
///             "sms.acme.example" => Ok(vec![IpAddr::from([203, 0, 113, 7])]),
///             _ => Err(io::Error::new(io::ErrorKind::NotFound, "this name is not known here")),
///         }
///     }
/// }
/// ```
#[async_trait]
pub trait DnsResolver: fmt::Debug + Send + Sync + 'static {
    /// Returns the addresses of a host name. It is never called for a literal IP address.
    ///
    /// # Errors
    ///
    /// Any error of the lookup. Its text becomes part of the
    /// [`TransportError`](super::TransportError).
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

// Compiles only while the trait is dyn-compatible: the options keep it as `Arc<dyn DnsResolver>`.
const _: fn(&dyn DnsResolver) = |_| ();

#[async_trait]
impl<T: DnsResolver + ?Sized> DnsResolver for Arc<T> {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        (**self).resolve(name).await
    }
}

#[async_trait]
impl<T: DnsResolver + ?Sized> DnsResolver for Box<T> {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        (**self).resolve(name).await
    }
}
