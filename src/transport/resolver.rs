use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;

/// Finds the addresses of a name.
///
/// # Contract
///
/// 1. The addresses come in the order in which they shall be tried.
/// 2. No address at all is an error.
/// 3. It may take as long as it likes: the transport's own limits end it.
///
/// # Examples
///
/// ```
/// use std::io;
/// use std::net::IpAddr;
/// use otpost::async_trait;
/// use otpost::transport::DnsResolver;
///
/// /// Knows one gateway, wherever the network's own names lead.
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
    /// The addresses of a host name, which is no address itself.
    ///
    /// # Errors
    ///
    /// Whatever went wrong; its text gets into [`TransportError`](super::TransportError).
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

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
