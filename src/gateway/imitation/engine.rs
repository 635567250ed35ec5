use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::call::CallReader;
use super::captures::Captures;
use super::compile::compile_calls;
use super::fresh::FreshIds;
use super::mismatch::MismatchKind;
use super::received::ReceivedRequest;
use super::recognized::{Recognized, RecognizedCall};
use super::response::{ImitatedResponse, ResponseKind};
use super::synthesis::{ResponseDraft, scalar};
use crate::gateway::error::{SpecError, nearest};
use crate::gateway::lint::Lint;
use crate::gateway::plan::Plan;
use crate::gateway::request::values::is_builtin_variable;
use crate::gateway::response::{Answer, Rules, TokenPlaces};
use crate::gateway::spec::{
    AnswerSpec, Auth, Example, GatewaySpec, Outcome, Rule, TokenAuth, WaitUnit,
};
use crate::secret::SecretString;

/// The maximum number of places of an id that are tried in a response.
const MAX_PLACES: usize = 16;
/// The length of an id that is not another text by chance.
const LONG_ID: usize = 16;
/// The statuses that mean something without a rule.
const STATUSES: [u16; 8] = [200, 204, 401, 402, 429, 400, 408, 500];
/// A spec is imitated as it is. Its lints are about the client.
const LINTS: [Lint; 5] = [
    Lint::BodyContains,
    Lint::Cleartext,
    Lint::LiteralSecret,
    Lint::SecretInUrl,
    Lint::UnreachableRule,
];

/// A gateway that is played by its own spec.
///
/// It recognizes the requests of a client and makes responses that the client understands. See the
/// [module](super).
#[derive(Clone)]
pub struct Imitation(Arc<ImitationInner>);

struct ImitationInner {
    spec: GatewaySpec,
    plan: Plan,
    calls: Vec<CallReader>,
    token: Option<(TokenAuth, TokenPlaces)>,
    given: Vec<(String, SecretString)>,
    ids: FreshIds,
}

impl Imitation {
    /// Creates an imitation of a gateway. Values of its variables are accepted as they are, unless
    /// [`with_var`](Self::with_var) sets them.
    ///
    /// # Errors
    ///
    /// [`SpecError`] if the spec is invalid, or if it has a part that cannot be imitated: a token
    /// that only a complicated regular expression finds in the response.
    pub fn new(spec: &GatewaySpec) -> Result<Self, SpecError> {
        let plan = spec.compile_sample(&LINTS)?;
        let calls = compile_calls(spec)?;
        let token = match &spec.auth {
            Auth::OAuth2ClientCredentials(auth) => Some(auth.token()),
            Auth::Token(auth) => Some(auth.clone()),
            _ => None,
        };
        let token = token
            .map(|auth| TokenPlaces::compile(&auth, "auth.token").map(|places| (auth, places)));
        let token = token.transpose()?;
        let (given, ids) = (Vec::new(), FreshIds::new());
        let inner = ImitationInner { spec: spec.clone(), plan, calls, token, given, ids };
        if inner.token.is_some() && inner.token_response().is_none() {
            let hint = "write the place of the token as a JSON pointer, a header or a cookie";
            let problem = "an imitation cannot write this response";
            return Err(SpecError::new("auth.token.token", problem, hint));
        }
        Ok(Self(Arc::new(inner)))
    }

    /// Sets the value of a variable. A request with another value is a mismatch, for example of the
    /// credentials.
    ///
    /// # Errors
    ///
    /// [`SpecError`] if the spec does not declare the variable, or if it cannot be compared: each
    /// message can set it, such as `sender`, or it is used only in a host, in the private key of a
    /// token, or in the key of a signature over something that the request does not show, such as a
    /// time.
    pub fn with_var(
        self,
        name: impl Into<String>,
        value: impl Into<SecretString>,
    ) -> Result<Self, SpecError> {
        let (name, value) = (name.into(), value.into());
        let path = format!("vars.{name}");
        let declared = self.0.spec.vars().find(|(known, _)| *known == name);
        if declared.is_some_and(|(_, var)| var.message) || is_builtin_variable(&name) {
            let hint = "compare it with `Recognized::variable`";
            return Err(SpecError::new(path, "each message can have another value", hint));
        }
        if declared.is_none() {
            let known = nearest(&name, self.0.spec.vars().map(|(known, _)| known));
            let hint = known.map_or("declare it".to_owned(), |it| format!("did you mean `{it}`?"));
            return Err(SpecError::new(path, "the spec has no such variable", hint));
        }
        if !self.0.calls.iter().any(|call| call.reads(&name)) {
            let hint = "leave the value out: without it, the form of the request is compared";
            let problem = "an imitation does not compare this variable";
            return Err(SpecError::new(path, problem, hint));
        }
        let ImitationInner { spec, plan, calls, token, given, .. } = &*self.0;
        let mut given = given.clone();
        given.retain(|(known, _)| *known != name);
        given.push((name, value));
        let (spec, plan, calls) = (spec.clone(), plan.clone(), calls.clone());
        let (token, ids) = (token.clone(), FreshIds::new());
        Ok(Self(Arc::new(ImitationInner { spec, plan, calls, token, given, ids })))
    }

    /// Recognizes a request: the request of the spec from which it differs least, the variables in
    /// it, and all differences.
    ///
    /// Every request is recognized as one of the spec, perhaps with many
    /// [mismatches](Recognized::mismatches). A request with more than 64 KiB in its target or
    /// 256 KiB in its body is not read.
    #[must_use]
    pub fn receive(&self, request: &ReceivedRequest) -> Recognized {
        let read = |call: &CallReader| call.recognize(request, &self.0.given);
        let all = self.0.calls.iter().map(read);
        let nothing = || Recognized {
            call: RecognizedCall::Message,
            captures: Captures::default(),
            mismatches: Vec::new(),
            additional: Vec::new(),
        };
        // The first of several with the same number, which is the message.
        let key = |it: &Recognized| (it.mismatches.len(), it.additional.len());
        all.reduce(|best, other| if key(&other) < key(&best) { other } else { best })
            .unwrap_or_else(nothing)
    }

    /// Returns whether a request of the spec has the method and the path of this one.
    ///
    /// Neither the query, the headers nor the body are read. So it is cheap to select those of many
    /// gateways that a request can be for.
    #[must_use]
    pub fn has_path(&self, request: &ReceivedRequest) -> bool {
        self.0.calls.iter().any(|call| call.is_at(request, &self.0.given))
    }

    /// Creates the response to a request.
    ///
    /// The response is the first `[[example]]` of the spec with this outcome. It has a new message
    /// id, and for JSON, XML and HTML a `Content-Type` if the example has none. Without an example,
    /// the response is made of the rules. [`ImitatedResponse::outcome`] returns the meaning that a
    /// client reads in it.
    ///
    /// A request with mismatches is not accepted. The response is the example for `unauthorized`,
    /// `invalid_recipient` or `misconfigured`, or else a response with status 400, and 401 for
    /// wrong credentials, whose body contains the first mismatch.
    #[must_use]
    pub fn respond(
        &self,
        recognized: &Recognized,
        kind: impl Into<ResponseKind>,
    ) -> ImitatedResponse {
        let inner = &*self.0;
        let message = recognized.call == RecognizedCall::Message;
        let wanted = match kind.into() {
            ResponseKind::Outcome(outcome) => outcome,
            ResponseKind::Example(at) => {
                return match inner.spec.example.get(at).filter(|_| message) {
                    Some(example) => inner.of_example(example),
                    None => ImitatedResponse::new(501, "the spec has no such example"),
                };
            }
        };
        if wanted == Outcome::Accepted
            && let Some(refusal) = inner.refusal(recognized)
        {
            return refusal;
        }
        let made = match recognized.call {
            RecognizedCall::Message => {
                inner.make(&inner.plan.rules, &inner.spec.response, &inner.spec.example, wanted)
            }
            RecognizedCall::Account => inner.plan.account.as_ref().and_then(|plan| {
                let rules = inner.spec.account.as_ref().map(|call| call.response.as_slice());
                inner.make(&plan.call.rules, rules.unwrap_or_default(), &[], wanted)
            }),
            RecognizedCall::Erase => inner.plan.erase.as_ref().and_then(|plan| {
                let rules = inner.spec.erase.as_ref().map(|call| call.response.as_slice());
                inner.make(&plan.rules, rules.unwrap_or_default(), &[], wanted)
            }),
            RecognizedCall::Token if wanted == Outcome::Accepted => inner.token_response(),
            RecognizedCall::Token => None,
        };
        let plain = || {
            let status = match wanted {
                Outcome::Unauthorized => 401,
                Outcome::Throttled => 429,
                Outcome::Unavailable => 503,
                Outcome::Unknown => 500,
                _ => 400,
            };
            ImitatedResponse::new(status, format!("the spec has no response for {wanted}"))
        };
        made.unwrap_or_else(plain)
    }
}

impl ImitationInner {
    /// Returns the response to a request with mismatches.
    fn refusal(&self, recognized: &Recognized) -> Option<ImitatedResponse> {
        let worst = recognized.worst()?;
        let (outcome, status) = match worst {
            MismatchKind::Credentials => (Outcome::Unauthorized, 401),
            MismatchKind::Recipient => (Outcome::InvalidRecipient, 400),
            MismatchKind::Request => (Outcome::Misconfigured, 400),
        };
        let needs_login = matches!(self.spec.auth, Auth::HttpDigest { .. });
        if needs_login && worst == MismatchKind::Credentials {
            // Without a challenge, the client cannot answer it.
            let nonce = self.ids.any();
            let challenge = format!(
                "Digest realm=\"{}\", qop=\"auth\", algorithm=SHA-256, nonce=\"{nonce}\"",
                self.spec.id()
            );
            let response = ImitatedResponse::new(401, "the credentials are missing or wrong");
            let response = response.with_header("WWW-Authenticate", &challenge);
            return Some(self.judged(self.rules_of(recognized.call), response));
        }
        let is_message = recognized.call == RecognizedCall::Message;
        let examples = self.spec.example.iter().filter(|_| is_message);
        let of = |wanted| examples.clone().find(|it| it.expected() == wanted);
        let example = of(outcome).or_else(|| {
            // Wrong credentials are more than a wrong request.
            of(Outcome::Misconfigured).filter(|_| worst != MismatchKind::Credentials)
        });
        if let Some(example) = example {
            return Some(self.of_example(example));
        }
        let first = recognized.mismatches.iter().find(|mismatch| mismatch.kind() == worst)?;
        let response = ImitatedResponse::new(status, first.to_string());
        let response = response.with_header("Content-Type", "text/plain; charset=utf-8");
        Some(self.judged(self.rules_of(recognized.call), response))
    }

    fn rules_of(&self, call: RecognizedCall) -> &Rules {
        let account = self.plan.account.as_ref().map(|plan| &plan.call.rules);
        let erase = self.plan.erase.as_ref().map(|plan| &plan.rules);
        match call {
            RecognizedCall::Account => account.unwrap_or(&self.plan.rules),
            RecognizedCall::Erase => erase.unwrap_or(&self.plan.rules),
            RecognizedCall::Message | RecognizedCall::Token => &self.plan.rules,
        }
    }

    fn of_example(&self, example: &Example) -> ImitatedResponse {
        let response = ImitatedResponse::of_example(example.response());
        self.renewed(&self.plan.rules, self.judged(&self.plan.rules, response))
    }

    /// Makes a response with an outcome.
    fn make(
        &self,
        rules: &Rules,
        specs: &[Rule],
        examples: &[Example],
        wanted: Outcome,
    ) -> Option<ImitatedResponse> {
        let of_examples = examples.iter().filter(|example| example.expected() == wanted);
        let of_examples: Vec<_> = of_examples.map(|example| self.of_example(example)).collect();
        // An accepted message has an id. Of several refusals, the first is that of a whole request.
        let needs_id = matches!(wanted, Outcome::Accepted | Outcome::Duplicate);
        let has_id = |response: &&ImitatedResponse| needs_id && response.message_id.is_some();
        if let Some(best) = of_examples.iter().find(has_id).or_else(|| of_examples.first()) {
            return Some(best.clone());
        }
        let answer = &self.spec.answer;
        let of_rules = specs.iter().filter(|rule| rule.then.outcome == wanted);
        let of_rules = of_rules.flat_map(|rule| {
            let place = rule.then.message_id.as_ref().or(answer.message_id.0.first());
            // The place of an id may contradict a condition, so the rule is tried without it too.
            let with_id = place.map(|place| self.with_id(ResponseDraft::of_rule(rule), place));
            let drafts = with_id.into_iter().chain([ResponseDraft::of_rule(rule)]);
            drafts.map(|mut draft| {
                draft.match_regex(rule.when.body_regex.as_deref());
                draft
            })
        });
        let of_statuses = STATUSES.into_iter().map(ResponseDraft::of_status);
        let drafts = of_rules.chain(self.of_codes(answer, wanted)).chain(of_statuses);
        let mut responses = drafts.map(|draft| self.judged(rules, draft.response(wanted)));
        responses.find(|response| response.outcome == wanted)
    }

    fn with_id(&self, mut draft: ResponseDraft, place: &str) -> ResponseDraft {
        draft.put(place, self.ids.any().into());
        draft
    }

    /// Makes a response with a code of `[answer.codes]`.
    fn of_codes(&self, answer: &AnswerSpec, wanted: Outcome) -> Option<ResponseDraft> {
        let place = answer.code.0.first()?;
        let (_, codes) = answer.codes.iter().find(|(outcome, _)| *outcome == wanted)?;
        let mut draft = ResponseDraft::default();
        draft.put(place, scalar(codes.first()?));
        // The expression may need a text in the group of the words, too.
        if let Some(place) = answer.message.0.first().filter(|place| place.starts_with("group:")) {
            draft.put(place, "imitated".into());
        }
        if let Some(place) = answer.message_id.0.first().filter(|_| wanted == Outcome::Accepted) {
            draft = self.with_id(draft, place);
        }
        draft.match_regex(answer.body_regex.as_deref());
        Some(draft)
    }

    /// Reads a response as a client does.
    fn judged(&self, rules: &Rules, mut response: ImitatedResponse) -> ImitatedResponse {
        let headers = response.header_map();
        let body = Some(response.body.as_bytes());
        let judgement = rules.judge(&Answer::new(response.status_code(), &headers, body));
        (response.outcome, response.message_id) = (judgement.outcome, judgement.extract.message_id);
        response
    }

    /// Replaces the message id of a response, if it contains one.
    fn renewed(&self, rules: &Rules, response: ImitatedResponse) -> ImitatedResponse {
        let Some(old) = response.message_id.clone() else { return response };
        for new in self.ids.like(&old) {
            let everywhere = response.body.replace(&old, &new);
            let at = response.body.match_indices(&old).take(MAX_PLACES).map(|(at, _)| at);
            let once = at.filter_map(|at| {
                let (before, behind) = response.body.split_at_checked(at)?;
                Some(format!("{before}{new}{}", behind.strip_prefix(&*old)?))
            });
            // A short text may have another meaning elsewhere, so each place is tried alone first.
            // A long one elsewhere is the id again, as in the URL of the message.
            let long = (old.len() >= LONG_ID).then(|| everywhere.clone());
            let bodies = long.into_iter().chain(once).chain([everywhere, response.body.clone()]);
            for body in bodies {
                let mut changed = ImitatedResponse { body, ..response.clone() };
                if changed.body == response.body {
                    for (_, value) in &mut changed.headers {
                        *value = value.replace(&old, &new);
                    }
                }
                let changed = self.judged(rules, changed);
                let is_new = changed.message_id.as_deref() == Some(new.as_str());
                if is_new && changed.outcome == response.outcome {
                    return changed;
                }
            }
        }
        response
    }

    /// Makes a response with new tokens.
    fn token_response(&self) -> Option<ImitatedResponse> {
        let (auth, places) = self.token.as_ref()?;
        let mut draft = ResponseDraft::of_status(200);
        let mut is_whole = draft.put(&auth.token, self.ids.any().into());
        for (_, place) in auth.values.iter() {
            is_whole &= draft.put(&place.0, self.ids.any().into());
        }
        let lifetime = auth.expires_in.as_ref().and_then(|spec| match spec.unit {
            WaitUnit::Seconds => Some((&spec.at, 3_600)),
            WaitUnit::Milliseconds => Some((&spec.at, 3_600_000)),
            // Without a date, the token has the usual lifetime.
            WaitUnit::Date => None,
        });
        if let Some((place, lifetime)) = lifetime {
            is_whole &= draft.put(place, Value::from(lifetime));
        }
        draft.match_regex(auth.body_regex.as_deref());
        let mut response = draft.response(Outcome::Accepted);
        let headers = response.header_map();
        let answer = Answer::new(response.status_code(), &headers, Some(response.body.as_bytes()));
        places.read(&answer).ok().filter(|_| is_whole)?;
        response.outcome = Outcome::Accepted;
        Some(response)
    }
}

impl fmt::Debug for Imitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Imitation").field("id", &self.0.spec.id()).finish_non_exhaustive()
    }
}
