/// No rule asks for XML without the feature: it would not have compiled.
pub(super) const fn parse(_: &str) -> Option<Vec<(String, String)>> {
    None
}
