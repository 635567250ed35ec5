use http::{HeaderMap, HeaderValue};

use super::conditions::ConditionPlan;
use super::document::FormDocument;
use super::place::ReportValuePlaces;
use super::source::{ReportSource, ReportView};
use super::time::ReportTimeForm;
use super::words::StatusWords;
use crate::gateway::error::SpecError;
use crate::gateway::report_auth::ReportVerifier;
use crate::gateway::request::symbols::Symbols;
use crate::gateway::response::{MAX_PLACE, PatternBudget, Pointer};
use crate::gateway::spec::{AnswerToReport, Method, ReportAuth, ReportBody, ReportsSpec, VarSpec};
use crate::provider::{DeliveryReport, ReportStatus};
use crate::secret::SecretString;

/// The place of the authentication in a spec.
const AUTH: &str = "reports.auth";
/// The maximum number of rules and of examples.
const MAX_ENTRIES: usize = 64;
/// The maximum length of the answer, in bytes.
const MAX_ANSWER: usize = 4 * 1_024;

/// The compiled description of a gateway's delivery reports.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct ReportsPlan {
    methods: Vec<Method>,
    /// The kind that the body must have.
    body: Option<ReportBody>,
    document: Option<FormDocument>,
    each: Option<Pointer>,
    message_id: ReportValuePlaces,
    reference: ReportValuePlaces,
    status: ReportValuePlaces,
    code: ReportValuePlaces,
    at: Option<(ReportValuePlaces, ReportTimeForm)>,
    words: StatusWords,
    rules: Vec<(ConditionPlan, ReportStatus)>,
    pub(super) answer: Option<AnswerToReport>,
    auth: ReportAuth,
    /// The variables of the spec, in the order of their values.
    vars: Vec<(String, VarSpec)>,
}

/// The reports of a request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::gateway) struct FoundReports {
    pub(in crate::gateway) reports: Vec<DeliveryReport>,
    /// The number of reports without a message id and a reference.
    pub(in crate::gateway) unusable: usize,
}

/// The body of a request is not of the kind that the spec names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) struct OtherBody;

impl ReportsPlan {
    pub(in crate::gateway) fn compile(
        spec: &ReportsSpec,
        scope: &Symbols<'_>,
    ) -> Result<Self, SpecError> {
        let refuse =
            |path: &str, problem: &str, hint: &str| Err(SpecError::new(path, problem, hint));
        if spec.rule.len() > MAX_ENTRIES || spec.example.len() > MAX_ENTRIES {
            let hint = "combine rules with `in`, and remove rare examples";
            return refuse("reports", "there are more than 64 rules or examples", hint);
        }
        if spec.method.contains(&Method::Delete) {
            return refuse("reports.method", "reports are not sent with DELETE", "use GET or POST");
        }
        check_answer(spec.answer.as_ref())?;
        // Without values: only a receiver needs the secrets of reports, and sending works without.
        ReportVerifier::compile(&spec.auth, AUTH, scope.vars(), None)?;
        scope.note_used(spec.variables());
        let budget = PatternBudget::new();
        let rules = spec.rule.iter().enumerate().map(|(at, rule)| {
            let path = format!("reports.rule.{at}.when");
            Ok((ConditionPlan::compile(&rule.when, &budget, &path)?, rule.then.status))
        });
        if spec.each.as_ref().is_some_and(|each| each.len() > MAX_PLACE) {
            return refuse("reports.each", "it has more than 512 bytes", "shorten it");
        }
        let each = spec.each.as_deref().map(|each| Pointer::parse(each, "reports.each"));
        let document = spec.document.as_deref().map(FormDocument::compile).transpose()?;
        // A list is in a JSON body, if it is not in a form.
        let needs = match &document {
            Some(_) => Some(ReportBody::Form),
            None => spec.each.as_ref().map(|_| ReportBody::Json),
        };
        let at = spec.at.as_ref().map(|at| {
            Ok::<_, SpecError>((
                ReportValuePlaces::one(&at.at, "reports.at")?,
                ReportTimeForm::compile(at)?,
            ))
        });
        let plan = Self {
            methods: spec.method.clone(),
            body: spec.body.or(needs),
            document,
            each: each.transpose()?,
            message_id: ReportValuePlaces::compile(&spec.message_id, "reports.message_id")?,
            reference: ReportValuePlaces::compile(&spec.reference, "reports.reference")?,
            status: ReportValuePlaces::compile(&spec.status, "reports.status")?,
            code: ReportValuePlaces::compile(&spec.code, "reports.code")?,
            at: at.transpose()?,
            words: StatusWords::compile(&spec.statuses)?,
            rules: rules.collect::<Result<_, SpecError>>()?,
            answer: spec.answer.clone(),
            auth: spec.auth.clone(),
            vars: scope.vars().to_vec(),
        };
        plan.check_complete()?;
        plan.check_bodies()?;
        Ok(plan)
    }

    /// Returns whether the gateway does not authenticate its reports.
    pub(super) const fn is_unsigned(&self) -> bool {
        self.auth.is_none()
    }

    /// Compiles the authentication with the values of the variables.
    pub(super) fn verifier(
        &self,
        values: &[Option<SecretString>],
    ) -> Result<ReportVerifier, SpecError> {
        ReportVerifier::compile(&self.auth, AUTH, &self.vars, Some(values))
    }

    /// Returns whether reports come with this method.
    pub(super) fn allows(&self, method: &http::Method) -> bool {
        match self.methods.as_slice() {
            [] => [http::Method::GET, http::Method::POST].contains(method),
            methods => methods.iter().any(|known| known.http() == *method),
        }
    }

    /// Reads the reports of a request.
    pub(in crate::gateway) fn read(
        &self,
        provider: &str,
        query: Option<&str>,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<FoundReports, OtherBody> {
        let source = ReportSource::new(query, headers, body, self.document.as_ref());
        let is_readable = match self.body {
            _ if self.document.is_some() => source.document().is_some(),
            Some(ReportBody::Json) => source.content().json().is_some(),
            Some(ReportBody::Xml) => source.content().is_xml(),
            // Every text is a form.
            Some(ReportBody::Form | ReportBody::None) | None => true,
        };
        if !is_readable {
            return Err(OtherBody);
        }
        let views: Vec<_> = match &self.each {
            None => vec![ReportView::whole(&source)],
            Some(each) => {
                let elements = source.elements(each).into_iter();
                elements.map(|element| ReportView::item(&source, element)).collect()
            }
        };
        let mut found = FoundReports::default();
        for view in views {
            match self.report(provider, view) {
                Some(report) => found.reports.push(report),
                // The other reports of the list are not lost with it.
                None => found.unusable = found.unusable.saturating_add(1),
            }
        }
        Ok(found)
    }

    /// Reads one report. Returns `None` if it does not name its message.
    fn report(&self, provider: &str, view: ReportView<'_, '_>) -> Option<DeliveryReport> {
        let (id, reference) = (self.message_id.find(view), self.reference.find(view));
        if id.is_none() && reference.is_none() {
            return None;
        }
        let mut report = DeliveryReport::new(provider, self.status(view));
        if let Some(id) = id {
            report = report.with_message_id(id);
        }
        if let Some(reference) = reference {
            report = report.with_reference(reference);
        }
        if let Some(code) = self.code.find(view) {
            report = report.with_gateway_code(code);
        }
        let at = self.at.as_ref().and_then(|(places, time)| time.parse(&places.find_number(view)?));
        Some(match at {
            Some(at) => report.with_time(at),
            None => report,
        })
    }

    fn status(&self, view: ReportView<'_, '_>) -> ReportStatus {
        let rule = self.rules.iter().find(|(conditions, _)| conditions.hold(view));
        let status = rule.map(|(_, status)| *status).or_else(|| {
            let word = self.status.find(view)?;
            self.words.find(&word)
        });
        status.unwrap_or(ReportStatus::Unknown)
    }

    /// Checks that a report can name its message and its status.
    fn check_complete(&self) -> Result<(), SpecError> {
        let refuse =
            |path: &str, problem: &str, hint: &str| Err(SpecError::new(path, problem, hint));
        if self.message_id.is_empty() && self.reference.is_empty() {
            let hint =
                "add the place of the gateway's id or of your own reference: message_id = \"/id\"";
            return refuse(
                "reports.message_id",
                "nothing says which message a report is about",
                hint,
            );
        }
        if self.words.is_empty() && self.rules.is_empty() {
            let hint = "list the words of the gateway: delivered = [\"DELIVRD\"]";
            return refuse("reports.statuses", "nothing says what a report means", hint);
        }
        if self.status.is_empty() && !self.words.is_empty() {
            let hint = "add the place of the words: status = \"/status\"";
            return refuse("reports.status", "nothing says where the status is", hint);
        }
        Ok(())
    }

    /// Checks that all places are in the body that the spec names.
    fn check_bodies(&self) -> Result<(), SpecError> {
        let Some(body) = self.body else { return Ok(()) };
        let at = self.at.as_ref().map(|(places, _)| places);
        let named = [
            ("reports.message_id", Some(&self.message_id)),
            ("reports.reference", Some(&self.reference)),
            ("reports.status", Some(&self.status)),
            ("reports.code", Some(&self.code)),
            ("reports.at", at),
        ];
        let places = named
            .into_iter()
            .filter_map(|(path, places)| Some((path, places?)))
            .flat_map(|(path, places)| places.bodies().map(move |kind| (path.to_owned(), kind)));
        let rules = self.rules.iter().enumerate().flat_map(|(at, (conditions, _))| {
            conditions.bodies().map(move |kind| (format!("reports.rule.{at}.when"), kind))
        });
        let list = self.each.iter().map(|_| ("reports.each".to_owned(), ReportBody::Json));
        let document =
            self.document.iter().map(|_| ("reports.document".to_owned(), ReportBody::Form));
        let all = document.chain(list).chain(places).chain(rules);
        // Pointers lead into the document, wherever it is.
        let mut all = all.map(|(path, kind)| match (kind, &self.document) {
            (ReportBody::Json, Some(_)) => (path, ReportBody::Form),
            _ => (path, kind),
        });
        match all.find(|(_, kind)| *kind != body) {
            None => Ok(()),
            Some((path, kind)) => {
                let problem =
                    format!("it is in a body of the kind `{kind}`, and `body` is `{body}`");
                Err(SpecError::new(path, problem, "change `body` or the place"))
            }
        }
    }
}

fn check_answer(answer: Option<&AnswerToReport>) -> Result<(), SpecError> {
    let Some(AnswerToReport { status, content_type, body }) = answer else { return Ok(()) };
    let refuse = |path: &str, problem: &str, hint: &str| Err(SpecError::new(path, problem, hint));
    if !(200..=299).contains(status) {
        // Every vendor repeats a report, or gives up, after another status.
        return refuse("reports.answer.status", "it is not a status of success", "use 200 to 299");
    }
    let is_legal = |text: &String| HeaderValue::from_str(text).is_ok() && !text.is_empty();
    if content_type.as_ref().is_some_and(|text| !is_legal(text)) {
        let hint = "write it like text/plain";
        return refuse("reports.answer.content_type", "it is not a content type", hint);
    }
    if body.len() > MAX_ANSWER {
        return refuse("reports.answer.body", "it has more than 4 KiB", "shorten it");
    }
    Ok(())
}
