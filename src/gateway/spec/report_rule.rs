use serde::Deserialize;

use super::pairs::table;
use super::predicate::Predicate;
use super::report_words::StatusWord;
use crate::provider::ReportStatus;

/// A rule for the status of a report that one word does not decide: conditions on the report, and
/// its status if all of them hold.
///
/// The rules of [`ReportsSpec`](super::ReportsSpec) are tried in order, before its words.
///
/// # Examples
///
/// ```
/// use otpost::gateway::ReportRule;
/// use otpost::provider::ReportStatus;
///
/// // This network sends no reports, so a failure says nothing.
/// let silent = ReportRule::new(ReportStatus::Unknown)
///     .when_json("/status", "Failed")
///     .when_json("/code", 5002);
/// # let _ = silent;
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportRule {
    pub(in crate::gateway) when: ReportConditions,
    pub(in crate::gateway) then: ReportThen,
}

/// The conditions of a rule. All of them must hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::gateway) struct ReportConditions {
    #[serde(default, deserialize_with = "table")]
    pub(in crate::gateway) header: Vec<(String, Predicate)>,
    #[serde(default, deserialize_with = "table")]
    pub(in crate::gateway) query: Vec<(String, Predicate)>,
    #[serde(default, deserialize_with = "table")]
    pub(in crate::gateway) json: Vec<(String, Predicate)>,
    #[serde(default, deserialize_with = "table")]
    pub(in crate::gateway) form: Vec<(String, Predicate)>,
    #[serde(default, deserialize_with = "table")]
    pub(in crate::gateway) xml: Vec<(String, Predicate)>,
}

/// The status of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::gateway) struct ReportThen {
    #[serde(with = "StatusWord")]
    pub(in crate::gateway) status: ReportStatus,
}

impl ReportRule {
    /// Creates a rule. It needs at least one condition. Otherwise, checking the spec fails.
    #[must_use]
    pub fn new(status: ReportStatus) -> Self {
        Self { when: ReportConditions::default(), then: ReportThen { status } }
    }

    /// Requires that a header meets the condition.
    #[must_use]
    pub fn when_header(mut self, name: impl Into<String>, is: impl Into<Predicate>) -> Self {
        self.when.header.push((name.into(), is.into()));
        self
    }

    /// Requires that a query parameter meets the condition.
    #[must_use]
    pub fn when_query(mut self, name: impl Into<String>, is: impl Into<Predicate>) -> Self {
        self.when.query.push((name.into(), is.into()));
        self
    }

    /// Requires a JSON body in which the value at the pointer (RFC 6901) meets the condition. With
    /// [`with_each`](super::ReportsSpec::with_each), it is relative to one item, and a pointer
    /// after `^` is not.
    #[must_use]
    pub fn when_json(mut self, pointer: impl Into<String>, is: impl Into<Predicate>) -> Self {
        self.when.json.push((pointer.into(), is.into()));
        self
    }

    /// Requires a form in the body in which the field meets the condition.
    #[must_use]
    pub fn when_form(mut self, key: impl Into<String>, is: impl Into<Predicate>) -> Self {
        self.when.form.push((key.into(), is.into()));
        self
    }

    /// Requires an XML body in which the element or attribute at the path meets the condition.
    /// Without the feature `xml`, checking the spec fails.
    #[must_use]
    pub fn when_xml(mut self, path: impl Into<String>, is: impl Into<Predicate>) -> Self {
        self.when.xml.push((path.into(), is.into()));
        self
    }
}
