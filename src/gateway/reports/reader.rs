use std::sync::Arc;

use http::request::Parts;

use super::plan::{FoundReports, OtherBody, ReportsPlan};
use crate::clock::Clock;
use crate::gateway::error::SpecError;
use crate::gateway::http_gateway::HttpGateway;
use crate::gateway::plan::Plan;
use crate::gateway::report_auth::{IncomingReport, ReportRejection, ReportVerifier};
use crate::gateway::spec::AnswerToReport;
use crate::provider::DeliveryReport;

/// Reads the delivery reports of one gateway.
#[derive(Clone)]
pub(crate) struct ReportReader {
    plan: Arc<Plan>,
    reports: Arc<ReportsPlan>,
    verifier: ReportVerifier,
    clock: Arc<dyn Clock>,
}

/// The reports of a request that is authentic.
pub(crate) struct ReadReports {
    pub(crate) reports: Vec<DeliveryReport>,
    /// The number of reports that do not name their message.
    pub(crate) unusable: usize,
    /// The value by which a replay of the request is known.
    pub(crate) replay: Option<String>,
}

/// The reason why a request was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnreadReason {
    /// The body is not of the kind that the spec names.
    Body,
    /// Reports do not come with this method.
    Method,
    /// The request is not authentic.
    NotAuthentic(ReportRejection),
}

impl HttpGateway {
    /// Returns the reader of the gateway's delivery reports, if the spec describes them.
    pub(crate) fn report_reader(&self) -> Result<ReportReader, SpecError> {
        let (plan, clock) = (self.plan.clone(), self.clock());
        let reports = plan.reports.clone().ok_or_else(|| {
            let problem = "the spec does not describe delivery reports";
            SpecError::new("reports", problem, "add `[reports]` to the spec")
        })?;
        let verifier = reports.verifier(plan.configured())?;
        Ok(ReportReader { plan, reports, verifier, clock })
    }
}

impl ReportReader {
    /// Returns the name of the gateway.
    pub(crate) fn provider(&self) -> &str {
        &self.plan.id
    }

    /// Returns whether the reports are not signed.
    pub(crate) fn is_unsigned(&self) -> bool {
        self.reports.is_unsigned()
    }

    /// Returns the status, the content type and the body of the answer that the gateway expects.
    pub(crate) fn answer(&self) -> (u16, Option<&str>, &str) {
        match &self.reports.answer {
            Some(AnswerToReport { status, content_type, body }) => {
                (*status, content_type.as_deref(), body)
            }
            None => (200, None, ""),
        }
    }

    /// Verifies a request and reads its reports. `url` is the public URL without a query.
    pub(crate) fn read(
        &self,
        url: &str,
        parts: &Parts,
        body: &[u8],
    ) -> Result<ReadReports, UnreadReason> {
        if !self.reports.allows(&parts.method) {
            return Err(UnreadReason::Method);
        }
        let query = parts.uri.query();
        let request = IncomingReport::new(url, &parts.method, query, &parts.headers, body);
        let verified = self.verifier.verify(&request, self.clock.now());
        let verified = verified.map_err(UnreadReason::NotAuthentic)?;
        // If only the body is signed, anyone who has seen the request could send it again with
        // another query, and so report something about another message.
        let is_open = verified.is_body_signed() && !verified.is_query_signed();
        let query = query.filter(|_| !is_open);
        let body = verified.claims().unwrap_or(body);
        let found = self.reports.read(&self.plan.id, query, &parts.headers, body);
        let FoundReports { reports, unusable } = found.map_err(|OtherBody| UnreadReason::Body)?;
        let replay = verified.replay_key().map(str::to_owned);
        Ok(ReadReports { reports, unusable, replay })
    }
}
