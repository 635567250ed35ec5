use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::auth::digest::DigestPlan;
use super::auth::token::TokenPlan;
use super::call::{AccountPlan, CallPlan};
use super::error::{SpecError, nearest};
use super::frame::check_frame;
use super::lint::Lint;
use super::reports::{ReportsPlan, check_report_examples};
use super::request::body::{AddedField, BodyPlan};
use super::request::pair::CompiledPair;
use super::request::render_error::RenderError;
use super::request::symbols::{RequestKind, Symbols};
use super::request::values::{Slot, Source, Values, is_builtin_variable};
use super::request_plan::{AddedParts, RequestCompiler, RequestPlan};
use super::response::{Pointer, Rules, SharedAnswer};
use super::spec::{Auth, GatewaySpec, Idempotency, IdempotencyPlace, ReportsSpec};
use crate::clock::Clock;
use crate::message::Message;
use crate::secret::SecretString;
use crate::template::{Filter, Template, apply_all};

/// A compiled spec with its values. Everything that needs no network is validated.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) id: String,
    /// The request of a message.
    pub(super) request: RequestPlan,
    pub(super) token: Option<TokenPlan>,
    pub(super) digest: Option<DigestPlan>,
    /// The time limit of a send that makes more than one exchange.
    pub(super) timeout: Duration,
    pub(super) rules: Rules,
    pub(super) account: Option<AccountPlan>,
    pub(super) erase: Option<CallPlan>,
    pub(super) reports: Option<Arc<ReportsPlan>>,
    configured: Vec<Option<SecretString>>,
    /// The names of the variables that each message can set.
    message_vars: Vec<String>,
    /// The configured values that are secret.
    pub(super) secrets: Vec<SecretString>,
    pub(super) deduplicates: bool,
    /// The filters that turn the id of a message into the form in which the gateway knows it.
    sent_id: Vec<Filter>,
}

impl Plan {
    pub(super) fn compile(
        spec: &GatewaySpec,
        configured: Vec<Option<SecretString>>,
        is_sample: bool,
        allowed: &[Lint],
    ) -> Result<Self, SpecError> {
        Self::check_declared(spec)?;
        // The second pass below first, if it is probably needed: a plan in which the code turns out
        // to be alone is the one that it would return.
        if spec.request.seems_code_alone() {
            let scope = Symbols::new(spec, &configured, allowed, true);
            let plan = Self::compile_in(spec, &configured, is_sample, &scope, None);
            if let Some(plan) = plan.ok().filter(|_| scope.has_code_alone()) {
                return Ok(plan);
            }
        }
        let scope = Symbols::new(spec, &configured, allowed, false);
        let plan = Self::compile_in(spec, &configured, is_sample, &scope, None);
        if !scope.has_code_alone() {
            return plan;
        }
        // A spec that sends only the code cannot leave it out, which is known only after compiling.
        // Compile again with the code as required. That pass can also remove the error of the first
        // one.
        let scope = Symbols::new(spec, &configured, allowed, true);
        // The rules are the same in both passes, and their regular expressions take most of the
        // time.
        let rules = plan.as_ref().ok().map(|plan| plan.rules.clone());
        let with_code = Self::compile_in(spec, &configured, is_sample, &scope, rules)?;
        // The first pass may have failed before it saw the text. Then the code is optional after
        // all, and the error of the first pass counts.
        if scope.has_code_alone() { Ok(with_code) } else { plan }
    }

    /// Returns the values of the request of a message.
    pub(super) fn values_of<'p>(
        &'p self,
        message: &'p Message,
        clock: &'p dyn Clock,
    ) -> Result<Values<'p>, RenderError> {
        let known = self.message_vars.iter().map(String::as_str);
        let is_known = |name: &str| {
            // A spec without variables for messages does not take part: the message may be meant
            // for another gateway as well.
            is_builtin_variable(name) || known.len() == 0 || known.clone().any(|it| it == name)
        };
        if let Some((name, _)) = message.vars().find(|(name, _)| !is_known(name)) {
            let hint = nearest(name, known.clone());
            let hint = hint.map(|known| format!(": did you mean `{known}`?"));
            let problem = "the message has a variable that the spec does not declare";
            let problem = format!("{problem}{}", hint.unwrap_or_default());
            return Err(RenderError::new(&format!("vars.{name}"), problem));
        }
        Ok(self.values(clock).with_message(message))
    }

    /// Returns the values of a request at this moment.
    pub(super) const fn values<'p>(&'p self, clock: &'p dyn Clock) -> Values<'p> {
        Values::new(clock, self.configured.as_slice())
    }

    /// Returns the values of the variables, in the order of the spec.
    pub(super) fn configured(&self) -> &[Option<SecretString>] {
        &self.configured
    }

    /// Returns the id of a message in the form in which the gateway knows it.
    pub(super) fn sent_id<'m>(&self, message: &'m Message) -> Option<Cow<'m, str>> {
        // The request contains the same value, so the filters accept it.
        apply_all(&self.sent_id, message.id().as_str().into()).ok()
    }

    /// Checks the spec itself, before any value is read.
    pub(super) fn check_declared(spec: &GatewaySpec) -> Result<(), SpecError> {
        check_frame(spec)?;
        Symbols::new(spec, &[], &[], false).check_declared()
    }

    fn compile_in(
        spec: &GatewaySpec,
        configured: &[Option<SecretString>],
        is_sample: bool,
        scope: &Symbols<'_>,
        rules: Option<Rules>,
    ) -> Result<Self, SpecError> {
        // Sample values may not suit the filters, so nothing is rendered with them.
        let values = (!is_sample).then(|| Values::configured(configured));
        let values = values.as_ref();
        let request = &spec.request;

        let mut added = AddedParts::default();
        if let Some(idempotency) = &spec.idempotency {
            let pair = idempotency_pair(idempotency, scope)?;
            match &idempotency.place {
                IdempotencyPlace::Field(name) => {
                    check_field(name, request.json.is_some())?;
                    // A text or an XML body has no place for another field.
                    if BodyPlan::takes_fields(request) {
                        added.fields.push(AddedField { path: "idempotency.field", pair });
                    } else {
                        added.parameters.push(pair)
                    }
                }
                IdempotencyPlace::Header(_) => added.identity = Some(pair),
                IdempotencyPlace::Query(_) => added.parameters.push(pair),
            }
        }
        let answer = SharedAnswer::new(&spec.answer, spec.idempotency.is_some());
        let compiler =
            RequestCompiler { auth: &spec.auth, configured, values, scope, answer: &answer };
        let plan = scope.within(RequestKind::Message, || compiler.compile(request, added))?;
        let token = match &spec.auth {
            Auth::OAuth2ClientCredentials(auth) => Some(&auth.token()),
            Auth::Token(auth) => Some(auth),
            _ => None,
        };
        let token =
            token.map(|auth| TokenPlan::compile(auth, configured, values, scope)).transpose()?;
        let digest = match &spec.auth {
            Auth::HttpDigest { username, password } => {
                Some(DigestPlan::compile(username, password, values, scope)?)
            }
            _ => None,
        };
        let account = spec.account.as_ref();
        let account =
            account.map(|account| AccountPlan::compile(account, &compiler)).transpose()?;
        let erase = spec.erase.as_ref();
        let erase = erase.map(|erase| CallPlan::compile_erase(erase, &compiler)).transpose()?;
        let deduplicates = spec.idempotency.is_some();
        let rules = rules.map_or_else(|| compile_rules(spec, &answer, scope), Ok)?;
        let reports = spec.reports.as_ref();
        let reports = reports.map(|reports| compile_reports(reports, spec, scope)).transpose()?;
        let sent_id = sent_id(spec, scope)?;
        // Last, because every part above records the variables that it uses.
        scope.check_used()?;
        Ok(Self {
            id: spec.id.clone(),
            request: plan,
            token,
            digest,
            account,
            erase,
            reports: reports.map(Arc::new),
            timeout: spec.connection.total(),
            rules,
            configured: configured.to_vec(),
            message_vars: spec.message_vars().map(str::to_owned).collect(),
            secrets: scope.secrets(configured),
            deduplicates,
            sent_id,
        })
    }
}

fn compile_rules(
    spec: &GatewaySpec,
    answer: &SharedAnswer<'_>,
    scope: &Symbols<'_>,
) -> Result<Rules, SpecError> {
    let rules = Rules::compile("response", &spec.response, answer, scope)?;
    rules.check_examples(&spec.example)?;
    Ok(rules)
}

fn compile_reports(
    reports: &ReportsSpec,
    spec: &GatewaySpec,
    scope: &Symbols<'_>,
) -> Result<ReportsPlan, SpecError> {
    let plan = ReportsPlan::compile(reports, scope)?;
    check_report_examples(&plan, &spec.id, &reports.example)?;
    Ok(plan)
}

/// Returns the filters of the id in the request, which must be in one form if a receipt contains
/// it.
fn sent_id(spec: &GatewaySpec, scope: &Symbols<'_>) -> Result<Vec<Filter>, SpecError> {
    let form = scope.sent_id();
    let is_sent = |place: &String| place == "sent";
    let in_rules = spec.response.iter().enumerate().filter_map(|(at, rule)| {
        let place = rule.then.message_id.as_ref().filter(|place| is_sent(place));
        place.map(|_| format!("response.{at}.then.message_id"))
    });
    let in_answer = spec.answer.message_id.0.iter().any(is_sent);
    let in_answer = in_answer.then(|| "answer.message_id".to_owned());
    match in_answer.into_iter().chain(in_rules).next().filter(|_| form.is_none()) {
        None => Ok(form.unwrap_or_default()),
        Some(path) => {
            let problem = "the request contains the id of the message in several forms";
            let hint = "use the same filters everywhere, or send {{message_uuid}} as well";
            Err(SpecError::new(path, problem, hint))
        }
    }
}

/// Compiles the place and the value of the idempotency key.
fn idempotency_pair(
    idempotency: &Idempotency,
    scope: &Symbols<'_>,
) -> Result<CompiledPair, SpecError> {
    let (IdempotencyPlace::Field(name)
    | IdempotencyPlace::Header(name)
    | IdempotencyPlace::Query(name)) = &idempotency.place;
    let path = "idempotency.value";
    let pair = CompiledPair::compile(name, &idempotency.value().into(), scope, "idempotency")?;
    let are_whole = |filters: &[Filter]| {
        filters.iter().enumerate().all(|(at, filter)| match filter {
            Filter::Base64
            | Filter::Int
            | Filter::Lower
            | Filter::Number
            | Filter::Sha256Hex
            | Filter::Upper => true,
            // Half of a hash still differs for all messages. Half of an id may not: ids can be
            // numbered.
            Filter::Truncate(length) => {
                let before = at.checked_sub(1).and_then(|at| filters.get(at));
                *length >= 16 && before == Some(&Filter::Sha256Hex)
            }
            _ => false,
        })
    };
    let slots = pair.value.all_slots();
    // Everything else would differ between the attempts to send a message, or be absent.
    let is_steady = |slot: &&Slot| {
        matches!(slot.source, Source::Configured | Source::MessageUuid) && !slot.may_be_absent
    };
    let template = Template::parse(idempotency.value());
    let is_id = template.is_ok_and(|template| {
        let mut ids = template.placeholders().filter(|it| it.name == "message_uuid");
        ids.any(|it| are_whole(&it.filters))
    });
    if !is_id || !slots.iter().all(is_steady) {
        let problem = "the value is not the same for all attempts and different for each message";
        let hint = "write {{message_uuid}}, perhaps with the filters int, number, sha256hex, truncate:16 or more after sha256hex, \
                    upper, lower or base64, and nothing else from the message";
        return Err(SpecError::new(path, problem, hint));
    }
    Ok(pair)
}

/// Rejects a name that is meant as a path and is not one. It would become the name of a new field
/// that no gateway reads, and the spec would still claim that messages are de-duplicated.
fn check_field(name: &str, is_json: bool) -> Result<(), SpecError> {
    let is_path = name.starts_with('/');
    let is_member = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '@');
    if is_json && is_path {
        return Pointer::parse(name, "idempotency.field").map(drop);
    }
    if is_path || (is_json && !name.chars().all(is_member)) {
        let problem = "it is not the name of a field";
        let hint = "name a field of the form, a member of the JSON body by letters, digits, `_`, `-` and `@`, \
                    or the path of a member in a JSON body, such as /messages/0/reference";
        return Err(SpecError::new("idempotency.field", problem, hint));
    }
    Ok(())
}
