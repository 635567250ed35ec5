use serde::Deserialize;

use super::answer::AnswerPlaces;
use super::origin::names;
use super::pairs::PlainText;
use super::report_answer::AnswerToReport;
use super::report_auth::ReportAuth;
use super::report_example::ReportExample;
use super::report_rule::ReportRule;
use super::report_time::{ReportTimeSpec, ReportTimeUnit};
use super::report_words::status_words;
use super::request::Method;
use super::write_report_auth::report_auth;
use crate::provider::ReportStatus;

/// The delivery reports that a gateway sends to a URL of the application: `[reports]` in TOML.
///
/// The places are a JSON pointer (`/id`, RFC 6901), `form:key`, `header:Name`, `query:name` and
/// `xml:/report/id`. Of several places of one value, the first that has a value counts. The
/// [guide](crate::guide::gateway_spec) explains every key.
///
/// # Examples
///
/// ```
/// use otpost::gateway::{
///     ExpectedReport, GatewaySpec, Method, ReportAuth, ReportExample, ReportsSpec,
/// };
/// use otpost::provider::ReportStatus;
///
/// let reports = ReportsSpec::new(ReportAuth::None)
///     .with_message_id("form:id")
///     .with_status("form:status")
///     .with_words(ReportStatus::Delivered, ["delivered", "read"])
///     .with_words(ReportStatus::Undeliverable, ["undelivered"])
///     .with_example(
///         ReportExample::new(Method::Post, "https://app.example/reports")
///             .with_body("id=17&status=delivered")
///             .with_expected(ExpectedReport::new(ReportStatus::Delivered).with_message_id("17")),
///     );
/// let spec = GatewaySpec::builder("acme", "Acme SMS")
///     .post("https://sms.acme.example/send")
///     .form("to", "{{to}}")
///     .form("text", "{{text}}")
///     .reports(reports)
///     .build();
/// spec.check()?; // fails if the example contradicts the places and words
/// # Ok::<(), otpost::gateway::SpecError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportsSpec {
    #[serde(default)]
    pub(in crate::gateway) method: Vec<Method>,
    #[serde(default)]
    pub(in crate::gateway) body: Option<ReportBody>,
    #[serde(default)]
    pub(in crate::gateway) document: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) each: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) message_id: AnswerPlaces,
    #[serde(default)]
    pub(in crate::gateway) reference: AnswerPlaces,
    #[serde(default)]
    pub(in crate::gateway) status: AnswerPlaces,
    #[serde(default)]
    pub(in crate::gateway) code: AnswerPlaces,
    #[serde(default)]
    pub(in crate::gateway) at: Option<ReportTimeSpec>,
    #[serde(default)]
    pub(in crate::gateway) answer: Option<AnswerToReport>,
    pub(in crate::gateway) auth: ReportAuth,
    #[serde(default, deserialize_with = "status_words")]
    pub(in crate::gateway) statuses: Vec<(ReportStatus, Vec<PlainText>)>,
    #[serde(default)]
    pub(in crate::gateway) rule: Vec<ReportRule>,
    #[serde(default)]
    pub(in crate::gateway) example: Vec<ReportExample>,
}

/// The kind of the body of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReportBody {
    /// A URL-encoded form.
    Form,
    /// JSON.
    Json,
    /// No body, or one that is ignored.
    None,
    /// XML, with the feature `xml`.
    Xml,
}

words! {
    ReportBody, "kind of body":
    Form = "form",
    Json = "json",
    None = "none",
    Xml = "xml",
}

display_word!(ReportBody);

impl ReportsSpec {
    /// Creates a description without places, and with the authentication of the reports.
    ///
    /// Checking the spec fails until it has a place of the status, and a place of the message id or
    /// of the reference.
    #[must_use]
    pub fn new(auth: ReportAuth) -> Self {
        Self {
            method: Vec::new(),
            body: None,
            document: None,
            each: None,
            message_id: AnswerPlaces::default(),
            reference: AnswerPlaces::default(),
            status: AnswerPlaces::default(),
            code: AnswerPlaces::default(),
            at: None,
            answer: None,
            auth,
            statuses: Vec::new(),
            rule: Vec::new(),
            example: Vec::new(),
        }
    }

    /// Adds a method of the requests. Defaults to GET and POST.
    #[must_use]
    pub fn with_method(mut self, method: Method) -> Self {
        self.method.push(method);
        self
    }

    /// Sets the kind of the body. A request with another body is then an error. By default, any
    /// body is accepted, and a place for another kind of body has no value.
    #[must_use]
    pub const fn with_body(mut self, body: ReportBody) -> Self {
        self.body = Some(body);
        self
    }

    /// Sets the place of the JSON document in a form. Pointers then lead into this document.
    /// Defaults to the body itself.
    ///
    /// `form:name` is a field that contains JSON. `lines:name` is a list of the fields with this
    /// name, each of which is a list of its lines. A `*` in the name stands for digits:
    /// `lines:data[*]`.
    #[must_use]
    pub fn with_document(mut self, at: impl Into<String>) -> Self {
        self.document = Some(at.into());
        self
    }

    /// Sets the JSON pointer of the list of reports, for requests with several of them. The pointer
    /// `""` is the whole body, and `*` stands for all items of a list.
    ///
    /// The pointers of the places and rules are then relative to one item. A place that begins with
    /// `^` is a pointer into the whole body: `^/batch/id`. Defaults to one report in each request.
    #[must_use]
    pub fn with_each(mut self, pointer: impl Into<String>) -> Self {
        self.each = Some(pointer.into());
        self
    }

    /// Adds a place of the id that the gateway gave the message.
    #[must_use]
    pub fn with_message_id(mut self, at: impl Into<String>) -> Self {
        self.message_id.0.push(at.into());
        self
    }

    /// Adds a place of the application's own reference of the message, which the gateway repeats or
    /// which is a part of the URL that the application gave it.
    #[must_use]
    pub fn with_reference(mut self, at: impl Into<String>) -> Self {
        self.reference.0.push(at.into());
        self
    }

    /// Adds a place of the word that [`with_words`](Self::with_words) translates.
    #[must_use]
    pub fn with_status(mut self, at: impl Into<String>) -> Self {
        self.status.0.push(at.into());
        self
    }

    /// Adds a place of the gateway's own code of the status.
    #[must_use]
    pub fn with_code(mut self, at: impl Into<String>) -> Self {
        self.code.0.push(at.into());
        self
    }

    /// Sets the place of the time of the status, a date of RFC 3339.
    #[must_use]
    pub fn with_time(mut self, at: impl Into<String>) -> Self {
        self.at = Some(ReportTimeSpec { at: at.into(), unit: None, format: None });
        self
    }

    /// Sets the place of the time of the status, a number of seconds since 1970 (UTC).
    #[must_use]
    pub fn with_time_seconds(mut self, at: impl Into<String>) -> Self {
        let unit = Some(ReportTimeUnit::Seconds);
        self.at = Some(ReportTimeSpec { at: at.into(), unit, format: None });
        self
    }

    /// Sets the place of the time of the status, a number of milliseconds since 1970 (UTC).
    #[must_use]
    pub fn with_time_millis(mut self, at: impl Into<String>) -> Self {
        let unit = Some(ReportTimeUnit::Milliseconds);
        self.at = Some(ReportTimeSpec { at: at.into(), unit, format: None });
        self
    }

    /// Sets the place and the format of the time of the status, a subset of `strftime`:
    /// `%Y %y %m %d %H %M %S %F %T %b %z %s %%`. Without `%z` or `%s`, the time is in UTC.
    #[must_use]
    pub fn with_time_format(mut self, at: impl Into<String>, format: impl Into<String>) -> Self {
        let format = Some(format.into());
        self.at = Some(ReportTimeSpec { at: at.into(), unit: None, format });
        self
    }

    /// Sets the answer that the gateway expects to a report: a status from 200 to 299, the content
    /// type and the body. Defaults to status 200 without a body.
    #[must_use]
    pub fn with_answer(
        mut self,
        status: u16,
        content_type: impl Into<String>,
        body: impl Into<String>,
    ) -> Self {
        let content_type = Some(content_type.into());
        self.answer = Some(AnswerToReport { status, content_type, body: body.into() });
        self
    }

    /// Adds words with this meaning: values at the place of the status. Upper and lower case are
    /// the same, and a number in JSON equals its digits. Words that are not listed mean
    /// [`ReportStatus::Unknown`]. Checking the spec fails if a word is listed twice.
    #[must_use]
    pub fn with_words<S: Into<String>>(
        mut self,
        status: ReportStatus,
        words: impl IntoIterator<Item = S>,
    ) -> Self {
        let words = words.into_iter().map(|word| PlainText(word.into()));
        match self.statuses.iter_mut().find(|(known, _)| *known == status) {
            Some((_, known)) => known.extend(words),
            None => self.statuses.push((status, words.collect())),
        }
        self
    }

    /// Adds a rule. The first rule that matches decides, and the words only if no rule does.
    #[must_use]
    pub fn with_rule(mut self, rule: ReportRule) -> Self {
        self.rule.push(rule);
        self
    }

    /// Adds an example. Checking the spec fails if the places, words and rules contradict it.
    #[must_use]
    pub fn with_example(mut self, example: ReportExample) -> Self {
        self.example.push(example);
        self
    }

    /// Returns a test of a variable's name: whether the authentication contains the variable.
    pub(in crate::gateway) fn variables(&self) -> impl Fn(&str) -> bool {
        let auth = report_auth(&self.auth);
        move |name| auth.has_text(&|text| names(text, name))
    }

    /// Returns the authentication of the reports.
    #[must_use]
    pub const fn auth(&self) -> &ReportAuth {
        &self.auth
    }

    /// Returns the examples.
    #[must_use]
    pub fn examples(&self) -> &[ReportExample] {
        &self.example
    }
}
