/// Whether the client can be built: its TLS is part of the build.
pub(super) const fn is_ready() -> bool {
    true
}
