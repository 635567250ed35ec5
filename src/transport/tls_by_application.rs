/// Whether the client can be built: without a crypto provider of the application's it would panic.
pub(super) fn is_ready() -> bool {
    rustls::crypto::CryptoProvider::get_default().is_some()
}
