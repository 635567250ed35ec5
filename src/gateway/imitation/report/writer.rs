use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::{Request, Uri};

use super::super::fresh::FreshIds;
use super::candidates::candidates;
use super::draft::ReportDraft;
use super::imitated::ImitatedReport;
use super::receiver_url::invalid_url;
use crate::gateway::error::SpecError;
use crate::gateway::report_auth::{OutgoingReport, ReportSigner};
use crate::gateway::reports::{ReportTimeForm, ReportsPlan};
use crate::gateway::spec::{AnswerPlaces, ReportsSpec, VarSpec};
use crate::provider::DeliveryReport;
use crate::secret::SecretString;

/// The place of the authentication in a spec.
const AUTH: &str = "reports.auth";

/// A compiled imitation, which writes and signs the requests.
#[derive(Clone)]
pub(super) struct ReportWriter {
    pub(super) id: String,
    pub(super) spec: ReportsSpec,
    pub(super) plan: Arc<ReportsPlan>,
    pub(super) time: Option<(String, ReportTimeForm)>,
    pub(super) vars: Vec<(String, VarSpec)>,
    /// The values in the order of the variables.
    pub(super) values: Vec<Option<SecretString>>,
    pub(super) private_key: Option<SecretString>,
    pub(super) url: String,
    pub(super) ids: Arc<FreshIds>,
}

impl ReportWriter {
    pub(super) fn signer(&self) -> Result<ReportSigner, SpecError> {
        let private_key = self.private_key.as_ref();
        ReportSigner::compile(&self.spec.auth, AUTH, &self.vars, &self.values, private_key)
    }

    /// Generates a private key in PEM. `None` if no scheme needs one.
    pub(super) fn generate_key(&self) -> Result<Option<SecretString>, SpecError> {
        ReportSigner::generate_key(&self.spec.auth, AUTH)
    }

    pub(super) fn write(
        &self,
        report: &DeliveryReport,
        signed_at: SystemTime,
        is_forged: bool,
    ) -> Result<ImitatedReport, SpecError> {
        let signer = self.signer()?;
        let Some((mut request, read)) = self.draft(report, signed_at) else {
            let status = report.status();
            let problem = format!("the gateway has no report with this id that says `{status}`");
            let hint = "use one of `statuses()`, and an id that the gateway could have given";
            return Err(SpecError::new("reports.statuses", problem, hint));
        };
        signer.sign(&mut request, signed_at, &|| self.ids.any(), is_forged)?;
        let url = match request.query_text() {
            Some(query) => format!("{}?{query}", request.url),
            None => request.url.clone(),
        };
        let uri = Uri::try_from(url).map_err(|_| invalid_url("the whole URL is too long"))?;
        let body = Bytes::from(request.body_bytes());
        let mut written = Request::new(body);
        *written.method_mut() = request.method;
        *written.uri_mut() = uri;
        *written.headers_mut() = request.headers;
        Ok(ImitatedReport { request: written, report: read })
    }

    /// Returns the first draft that a receiver reads as the report.
    pub(super) fn draft(
        &self,
        report: &DeliveryReport,
        signed_at: SystemTime,
    ) -> Option<(OutgoingReport, DeliveryReport)> {
        let wanted = self.wanted(report);
        let at = report.at().unwrap_or(signed_at);
        let time = self.time.as_ref();
        let time = time.and_then(|(place, form)| Some((place.as_str(), form.write(at)?)));
        let code = report.gateway_code();
        candidates(&self.spec, report.status()).find_map(|draft| {
            // The code can be at the place of the status, or decide a rule.
            let with_code = code.map(Some).into_iter().chain([None]);
            with_code.into_iter().find_map(|code| {
                let draft = self.filled(draft.clone(), &wanted, code, time.as_ref())?;
                let request = draft.request(&self.url);
                let read = self.read(&request)?;
                let is_wanted = read.status() == wanted.status()
                    && read.message_id() == wanted.message_id()
                    && read.reference() == wanted.reference();
                is_wanted.then_some((request, read))
            })
        })
    }

    /// Returns the report with the id and the reference that the gateway has places for.
    fn wanted(&self, report: &DeliveryReport) -> DeliveryReport {
        let (ids, references) = (&self.spec.message_id.0, &self.spec.reference.0);
        // Some gateways know a message only by the reference of the application.
        let is_shared = ids.iter().any(|place| references.contains(place));
        let (mut id, mut reference) = (report.message_id(), report.reference());
        if is_shared {
            id = reference.or(id);
            reference = id;
        }
        let mut wanted = DeliveryReport::new(self.id.as_str(), report.status());
        if let Some(id) = id.filter(|_| !ids.is_empty()) {
            wanted = wanted.with_message_id(id);
        }
        if let Some(reference) = reference.filter(|_| !references.is_empty()) {
            wanted = wanted.with_reference(reference);
        }
        wanted
    }

    /// Writes the values of a report over those of an example.
    fn filled(
        &self,
        mut draft: ReportDraft,
        wanted: &DeliveryReport,
        code: Option<&str>,
        time: Option<&(&str, String)>,
    ) -> Option<ReportDraft> {
        let spec = &self.spec;
        put(&mut draft, &spec.message_id, wanted.message_id())?;
        put(&mut draft, &spec.reference, wanted.reference())?;
        if let Some(code) = code {
            put(&mut draft, &spec.code, Some(code))?;
        }
        if let Some((place, time)) = time {
            let _ = draft.put_text(place, time);
        }
        Some(draft)
    }

    fn read(&self, request: &OutgoingReport) -> Option<DeliveryReport> {
        let (query, body) = (request.query_text(), request.body_bytes());
        let found = self.plan.read(&self.id, query.as_deref(), &request.headers, &body).ok()?;
        let mut reports = found.reports.into_iter();
        let report = reports.next()?;
        (reports.next().is_none() && found.unusable == 0).then_some(report)
    }
}

/// Writes a value to the place where the draft has one, or to the first place that it can have.
/// Without a value, those of the draft are removed.
fn put(draft: &mut ReportDraft, places: &AnswerPlaces, value: Option<&str>) -> Option<()> {
    let Some(value) = value else {
        places.0.iter().for_each(|place| draft.remove(place));
        return Some(());
    };
    if places.0.is_empty() {
        return Some(());
    }
    let used = places.0.iter().find(|place| draft.get(place).is_some());
    let mut usable = used.into_iter().chain(&places.0);
    usable.find_map(|place| draft.put_text(place, value))
}
