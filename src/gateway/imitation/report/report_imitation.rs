use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use super::super::fresh::FreshIds;
use super::imitated::ImitatedReport;
use super::receiver_url::check_url;
use super::writer::ReportWriter;
use crate::gateway::error::{SpecError, nearest};
use crate::gateway::lint::Lint;
use crate::gateway::reports::ReportTimeForm;
use crate::gateway::spec::{GatewaySpec, VarSpec};
use crate::provider::{DeliveryReport, ReportStatus};
use crate::secret::SecretString;

/// A spec is imitated as it is. Its lints are about the client.
const LINTS: [Lint; 5] = [
    Lint::BodyContains,
    Lint::Cleartext,
    Lint::LiteralSecret,
    Lint::SecretInUrl,
    Lint::UnreachableRule,
];
/// An id that every gateway could have given.
const SAMPLE_ID: &str = "17";
const STATUSES: [ReportStatus; 6] = [
    ReportStatus::Delivered,
    ReportStatus::Expired,
    ReportStatus::Pending,
    ReportStatus::Rejected,
    ReportStatus::Undeliverable,
    ReportStatus::Unknown,
];

/// A gateway that sends delivery reports, played by its own spec: the inverse of a
/// [`ReportReceiver`](crate::report::ReportReceiver).
///
/// It writes the request that the gateway would send, in the form of the `[[reports.example]]`s of
/// the spec, and signs it by the first scheme in `auth` whose variables have values. Without
/// examples, the request is made of the places, words and rules.
///
/// # Examples
///
/// ```
/// use std::time::SystemTime;
///
/// use otpost::gateway::GatewaySpec;
/// use otpost::gateway::imitation::ReportImitation;
/// use otpost::report::{DeliveryReport, ReportStatus};
///
/// let spec = GatewaySpec::from_toml(r#"
///     spec = 1
///     id = "acme"
///     name = "Acme SMS"
///     [vars]
///     secret = { secret = true, optional = true }
///     [request]
///     method = "POST"
///     url = "https://sms.acme.example/send"
///     form = { to = "{{to|plain}}", text = "{{text}}" }
///     [reports]
///     message_id = "/id"
///     status = "/status"
///     statuses = { delivered = ["DELIVRD"], expired = ["EXPIRED"] }
///     auth = { hmac = { key = "{{secret}}", sign = "{{body}}", header = "X-Signature" } }
/// "#)?;
/// let imitation = ReportImitation::new(&spec, "https://app.example/sms/reports")?
///     .with_var("secret", "hunter2")?;
///
/// let report = DeliveryReport::new("acme", ReportStatus::Delivered).with_message_id("m-17");
/// let imitated = imitation.write(&report, SystemTime::now())?;
/// let body = String::from_utf8_lossy(imitated.request().body());
/// assert!(body.contains(r#""id":"m-17""#) && body.contains(r#""status":"DELIVRD""#));
/// assert!(imitated.request().headers().contains_key("x-signature"));
///
/// // The gateway has no word for this status.
/// let report = DeliveryReport::new("acme", ReportStatus::Rejected).with_message_id("m-17");
/// assert!(imitation.write(&report, SystemTime::now()).is_err());
/// # Ok::<(), otpost::gateway::SpecError>(())
/// ```
#[derive(Clone)]
pub struct ReportImitation(Arc<ReportWriter>);

impl ReportImitation {
    /// Creates an imitation of a gateway that sends its reports to `url`: the URL of the receiver,
    /// without a query.
    ///
    /// # Errors
    ///
    /// [`SpecError`] if the spec is invalid or describes no reports, or if the URL is not an
    /// `http://` or `https://` URL without a query.
    pub fn new(spec: &GatewaySpec, url: &str) -> Result<Self, SpecError> {
        let plan = spec.compile_sample(&LINTS)?;
        let (Some(reports), Some(plan)) = (&spec.reports, plan.reports) else {
            let problem = "the spec does not describe delivery reports";
            return Err(SpecError::new("reports", problem, "add `[reports]` to the spec"));
        };
        let time = reports.at.as_ref();
        let time = time.map(|at| ReportTimeForm::compile(at).map(|form| (at.at.clone(), form)));
        let vars: Vec<_> = spec.vars().map(|(name, var)| (name.to_owned(), var.clone())).collect();
        let values = vars.iter().map(|(_, var)| var.default_value().map(SecretString::from));
        check_url(url)?;
        Ok(Self(Arc::new(ReportWriter {
            id: spec.id().to_owned(),
            spec: reports.clone(),
            plan,
            time: time.transpose()?,
            values: values.collect(),
            vars,
            private_key: None,
            url: url.to_owned(),
            ids: Arc::new(FreshIds::new()),
        })))
    }

    /// Sets the value of a variable, such as the secret with which the gateway signs. Variables
    /// that reports do not use can be set as well, and change nothing.
    ///
    /// # Errors
    ///
    /// [`SpecError`] if the spec does not declare the variable.
    pub fn with_var(
        self,
        name: impl AsRef<str>,
        value: impl Into<SecretString>,
    ) -> Result<Self, SpecError> {
        let name = name.as_ref();
        let mut inner = Arc::unwrap_or_clone(self.0);
        let at = inner.vars.iter().position(|(known, _)| known == name);
        let Some(slot) = at.and_then(|at| inner.values.get_mut(at)) else {
            let known = nearest(name, inner.vars.iter().map(|(known, _)| known.as_str()));
            let hint = known.map_or("declare it".to_owned(), |it| format!("did you mean `{it}`?"));
            let problem = "the spec has no such variable";
            return Err(SpecError::new(format!("vars.{name}"), problem, hint));
        };
        *slot = Some(value.into());
        Ok(Self(Arc::new(inner)))
    }

    /// Sets the value of a variable that has none. See [`with_var`](Self::with_var).
    ///
    /// # Errors
    ///
    /// [`SpecError`] if the spec does not declare the variable.
    pub fn with_default(
        self,
        name: impl AsRef<str>,
        value: impl Into<SecretString>,
    ) -> Result<Self, SpecError> {
        let vars = self.0.vars.iter().zip(&self.0.values);
        let has_value = |((known, _), value): (&(String, VarSpec), &Option<SecretString>)| {
            known == name.as_ref() && value.is_some()
        };
        if vars.into_iter().any(has_value) { Ok(self) } else { self.with_var(name, value) }
    }

    /// Returns whether the authentication of the reports contains the variable.
    #[must_use]
    pub fn uses_var(&self, name: &str) -> bool {
        self.0.spec.variables()(name)
    }

    /// Replaces the URL of the receiver.
    ///
    /// # Errors
    ///
    /// [`SpecError`] if it is not an `http://` or `https://` URL without a query.
    pub fn with_url(self, url: &str) -> Result<Self, SpecError> {
        check_url(url)?;
        let mut inner = Arc::unwrap_or_clone(self.0);
        url.clone_into(&mut inner.url);
        Ok(Self(Arc::new(inner)))
    }

    /// Sets the private key of a gateway that signs with one (Ed25519, RSA or ECDSA), in PEM
    /// (PKCS #8). The application verifies with [`public_key`](Self::public_key).
    ///
    /// # Errors
    ///
    /// [`SpecError`] if no scheme of the spec can sign with the key. Without the feature
    /// `signatures`, this is always the case, and the error names the feature.
    pub fn with_private_key(self, pem: impl Into<SecretString>) -> Result<Self, SpecError> {
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.private_key = Some(pem.into());
        inner.signer()?;
        Ok(Self(Arc::new(inner)))
    }

    /// Generates a key pair for a gateway that signs with a private key. The application verifies
    /// with [`public_key`](Self::public_key).
    ///
    /// Nothing is generated if the imitation can sign already, or if no scheme of the spec has a
    /// public key. An RSA key has 2,048 bits, and takes up to a second.
    ///
    /// # Errors
    ///
    /// [`SpecError`] if the spec contains the public key itself instead of a variable. Without the
    /// feature `signatures`, there is an error for each spec that needs a key, and it names the
    /// feature.
    ///
    /// # Security
    ///
    /// The private key is kept in memory only. Clones share it.
    pub fn with_generated_key(self) -> Result<Self, SpecError> {
        if self.0.signer().is_ok() {
            return Ok(self);
        }
        match self.0.generate_key()? {
            Some(pem) => self.with_private_key(pem),
            None => Ok(self),
        }
    }

    /// Returns the public key that belongs to the private key, in the form of the variable of the
    /// spec: the base64 of 32 bytes, or PEM. `None` without a private key, or if the spec contains
    /// the public key itself.
    #[must_use]
    pub fn public_key(&self) -> Option<String> {
        self.0.signer().ok()?.public_key().map(|(_, key)| key)
    }

    /// Returns the name of the variable whose value is the [`public_key`](Self::public_key), such
    /// as `report_public_key`.
    #[must_use]
    pub fn public_key_var(&self) -> Option<String> {
        self.0.signer().ok()?.public_key().map(|(name, _)| name)
    }

    /// Returns the statuses that the gateway can report, in alphabetical order.
    #[must_use]
    pub fn statuses(&self) -> Vec<ReportStatus> {
        let sample = |status: &ReportStatus| {
            let report = DeliveryReport::new(self.0.id.as_str(), *status);
            let report = report.with_message_id(SAMPLE_ID).with_reference(SAMPLE_ID);
            self.0.draft(&report, SystemTime::UNIX_EPOCH).is_some()
        };
        STATUSES.into_iter().filter(sample).collect()
    }

    /// Writes the request with a report, signed at the time `signed_at`.
    ///
    /// The gateway sends the id, the reference or both, as its spec says. The code is written if
    /// the gateway has a place for it, and if it does not change the status. The time of the status
    /// defaults to `signed_at`. Other values, such as the number, are those of the spec's example.
    ///
    /// # Errors
    ///
    /// [`SpecError`] if the gateway cannot report the status or the id, or if it signs and a
    /// variable of all its schemes has no value.
    pub fn write(
        &self,
        report: &DeliveryReport,
        signed_at: SystemTime,
    ) -> Result<ImitatedReport, SpecError> {
        self.0.write(report, signed_at, false)
    }

    /// Writes the same request as [`write`](Self::write) with a wrong signature or password.
    ///
    /// If the gateway does not authenticate its reports, the last part of the URL is wrong, where
    /// the receiver expects its secret.
    ///
    /// # Errors
    ///
    /// Those of [`write`](Self::write).
    pub fn write_forged(
        &self,
        report: &DeliveryReport,
        signed_at: SystemTime,
    ) -> Result<ImitatedReport, SpecError> {
        self.0.write(report, signed_at, true)
    }
}

impl fmt::Debug for ReportImitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportImitation").field("id", &self.0.id).finish_non_exhaustive()
    }
}
