use super::incoming::IncomingReport;

/// The parts of a request that a signature binds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Coverage {
    pub(super) body: bool,
    pub(super) query: bool,
}

impl Coverage {
    pub(super) const fn or(self, other: Self) -> Self {
        Self { body: self.body || other.body, query: self.query || other.query }
    }

    /// Returns whether a text with these parts may be the one that was signed, if another text has
    /// the parts of `widest`.
    ///
    /// Plivo signs `URL?query.fields.nonce`, and `URL?query.nonce` for a request without fields. If
    /// the second text were accepted for a request with fields, an attacker could move the fields
    /// of a signed request into its query, and send other fields.
    pub(super) const fn suits(self, widest: Self, request: &IncomingReport<'_>) -> bool {
        let has_body = widest.body && !self.body && !request.body().is_empty();
        let has_query = widest.query && !self.query && !request.query().is_empty();
        !has_body && !has_query
    }

    /// Returns whether the report is in a signed query, and has a body that is not signed. Anyone
    /// could send the same query with another body.
    pub(super) const fn has_foreign_body(self, request: &IncomingReport<'_>) -> bool {
        let is_in_query = self.query && !request.query().is_empty();
        is_in_query && !self.body && !request.body().is_empty()
    }

    /// Returns the parts of a request that are authentic. A part that is empty cannot be forged.
    pub(super) const fn of(self, request: &IncomingReport<'_>) -> Self {
        Self {
            body: self.body || request.body().is_empty(),
            query: self.query || request.query().is_empty(),
        }
    }
}
