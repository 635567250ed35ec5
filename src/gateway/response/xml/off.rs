/// Returns `None`. Without the feature `xml`, a rule with XML conditions does not compile.
pub(super) const fn parse(_: &str) -> Option<Vec<(String, String)>> {
    None
}
