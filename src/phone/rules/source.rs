/// A source of [`RegionRules`](super::RegionRules): a document of a vendor, a summary of one, or
/// the press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleSource {
    /// The short name of the source in `data/region_sources.tsv` of the repository.
    pub key: &'static str,
    /// The title of the source.
    pub title: &'static str,
    /// The date of the source (ISO 8601), or an interval. `None` if it has no date.
    pub date: Option<&'static str>,
    /// `true` if the vendor published it about its own service. A summary by others and the press
    /// are `false`: they are unverified.
    pub is_official: bool,
}
