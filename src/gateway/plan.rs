use std::time::Duration;

use super::auth::sign::SignPlan;
use super::auth::token::TokenPlan;
use super::error::SpecError;
use super::lint::Lint;
use super::request::body::{AddedField, BodyPlan};
use super::request::charset::TextEncoding;
use super::request::header::HeaderPlan;
use super::request::pair::CompiledPair;
use super::request::symbols::Symbols;
use super::request::url::UrlPlan;
use super::request::values::{Slot, Source, Values};
use super::response::{Pointer, Rules};
use super::spec::{
    Auth, Charset, GatewaySpec, Idempotency, IdempotencyPlace, Pairs, PlainText, RequestSpec,
    SignatureSpec,
};
use crate::gsm7::gsm7_bytes;
use crate::secret::SecretString;
use crate::template::{Filter, Template};

/// The maximum number of rules, examples, variables or fields in a spec, each. The largest known
/// spec has a tenth of it.
const MAX_ENTRIES: usize = 512;
/// The maximum number of values in the `in` lists of all rules.
const MAX_VALUES: usize = 4_096;
/// The maximum length of a pointer, path or name in a condition, in bytes.
const MAX_PATH: usize = 512;
/// The maximum number of headers. Servers accept about 100, including those that the client adds.
const MAX_HEADERS: usize = 64;

/// A compiled spec with its values. Everything that needs no network is validated.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) id: String,
    pub(super) method: http::Method,
    pub(super) encoding: TextEncoding,
    pub(super) url: UrlPlan,
    pub(super) headers: Vec<HeaderPlan>,
    pub(super) body: BodyPlan,
    pub(super) sign: Option<SignPlan>,
    pub(super) token: Option<TokenPlan>,
    /// The time limit of a send that makes more than one exchange.
    pub(super) timeout: Duration,
    pub(super) rules: Rules,
    pub(super) configured: Vec<Option<SecretString>>,
    /// The configured values that are secret.
    pub(super) secrets: Vec<SecretString>,
    pub(super) deduplicates: bool,
}

impl Plan {
    pub(super) fn compile(
        spec: &GatewaySpec,
        configured: Vec<Option<SecretString>>,
        is_sample: bool,
        allowed: &[Lint],
    ) -> Result<Self, SpecError> {
        Self::check_declared(spec)?;
        let scope = Symbols::new(spec, &configured, allowed, false);
        let plan = Self::compile_in(spec, &configured, is_sample, &scope);
        if !scope.has_code_alone() {
            return plan;
        }
        // A spec that sends only the code cannot leave it out, which is known only after compiling.
        // Compile again with the code as required. That pass can also remove the error of the first
        // one.
        let scope = Symbols::new(spec, &configured, allowed, true);
        let with_code = Self::compile_in(spec, &configured, is_sample, &scope)?;
        // The first pass may have failed before it saw the text. Then the code is optional after
        // all, and the error of the first pass counts.
        if scope.has_code_alone() { Ok(with_code) } else { plan }
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
    ) -> Result<Self, SpecError> {
        // Sample values may not suit the filters, so nothing is rendered with them.
        let values = (!is_sample).then(|| Values::configured(configured));
        let values = values.as_ref();
        let request = &spec.request;

        let mut parameters = Vec::new();
        if let Auth::Query { name, value } = &spec.auth {
            let mut pair = CompiledPair::compile(name, value, scope, "auth.query")?;
            pair.value = pair.value.credential(scope)?;
            parameters.push(pair);
        }
        let mut added = Vec::new();
        let mut identity = None;
        if let Some(idempotency) = &spec.idempotency {
            let pair = idempotency_pair(idempotency, scope)?;
            match &idempotency.place {
                IdempotencyPlace::Field(name) => {
                    check_field(name, request.json.is_some())?;
                    // A text or an XML body has no place for another field.
                    if BodyPlan::takes_fields(request) {
                        added.push(AddedField { path: "idempotency.field", pair });
                    } else {
                        parameters.push(pair)
                    }
                }
                IdempotencyPlace::Header(_) => identity = Some(pair),
                IdempotencyPlace::Query(_) => parameters.push(pair),
            }
        }
        if let Some(signature) = spec.auth.signature() {
            let fields = scope.with_signature(|| signature_fields(signature, request, scope))?;
            parameters.extend(fields.parameters);
            added.extend(fields.added);
        }
        // The order matters: headers need the type of the body, and signature and token need the
        // other headers, to find one that is set twice.
        let url = UrlPlan::compile(request, parameters, configured, values, scope)?;
        let body = BodyPlan::compile(request, &added, values, scope)?;
        let headers =
            HeaderPlan::compile_all(&request.headers, &spec.auth, identity, &body, scope)?
                .into_iter()
                .map(|header| values.map_or(Ok(header.clone()), |values| header.fix(values)))
                .collect::<Result<Vec<_>, _>>()?;
        let sign = SignPlan::compile(&spec.auth, request, values, &headers, scope)?;
        let mut token = None;
        match &spec.auth {
            Auth::OAuth2ClientCredentials(auth) => {
                let auth = auth.token();
                token = Some(TokenPlan::compile(&auth, configured, values, &headers, scope)?);
            }
            Auth::Token(auth) => {
                token = Some(TokenPlan::compile(auth, configured, values, &headers, scope)?);
            }
            _ => {}
        }
        let rules = Rules::compile(spec, scope)?;
        // Last, because every part above records the variables that it uses.
        scope.check_used()?;
        Ok(Self {
            id: spec.id.clone(),
            method: request.method.http(),
            encoding: TextEncoding::of(request),
            url,
            headers,
            body,
            sign,
            token,
            timeout: spec.connection.total(),
            rules,
            configured: configured.to_vec(),
            secrets: scope.secrets(configured),
            deduplicates: spec.idempotency.is_some(),
        })
    }
}

/// Checks the version, the id, the name and the size limits of a spec.
fn check_frame(spec: &GatewaySpec) -> Result<(), SpecError> {
    let refuse = |path: &str, problem: &str, hint: &str| Err(SpecError::new(path, problem, hint));
    if spec.spec != 1 {
        return refuse("spec", "unsupported version of the format", "write spec = 1");
    }
    let named = (1..=40).contains(&spec.id.len())
        && spec.id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if !named {
        return refuse("id", "invalid id", "use 1 to 40 lower-case letters, digits or hyphens");
    }
    if spec.name.trim().is_empty() {
        return refuse("name", "it is empty", "write the gateway's name");
    }
    let request = &spec.request;
    let fields = request
        .form
        .iter()
        .chain(&request.multipart)
        .chain([&request.query])
        .map(|pairs| pairs.0.len());
    let headers = spec.example.iter().map(|example| example.response.headers.0.len());
    let headers = headers.chain([request.headers.0.len()]);
    if headers.max().unwrap_or_default() > MAX_HEADERS {
        return refuse("request.headers", "there are more than 64", "remove some headers");
    }
    let entries = [spec.vars.len(), spec.response.len(), spec.example.len()];
    let entries: Vec<usize> = entries.into_iter().chain(fields).collect();
    if entries.iter().any(|count| *count > MAX_ENTRIES) {
        return refuse("spec", "it has more than 512 entries of a kind", "remove some");
    }
    // Each condition may search a whole response, so their number is limited as well.
    let whens = || spec.response.iter().map(|rule| &rule.when);
    let tables = whens().flat_map(|when| [&when.header, &when.json, &when.form, &when.xml]);
    let conditions: Vec<_> = tables.flatten().collect();
    let values =
        conditions.iter().flat_map(|(_, is)| is.parts()).filter_map(|is| is.one_of.as_ref());
    let codes = spec.answer.codes.iter().map(|(_, codes)| codes);
    let is_long = |text: &str| text.len() > MAX_PATH;
    if conditions.len() > MAX_ENTRIES
        || values.chain(codes).map(Vec::len).fold(0, usize::saturating_add) > MAX_VALUES
        || conditions.iter().any(|(name, _)| is_long(name))
    {
        let problem = "the rules have more than 512 conditions or 4096 values, or a path of more than 512 bytes";
        return refuse(
            "response",
            problem,
            "combine rules with `in` and ranges, or remove rare responses",
        );
    }
    if let Some([key, problem, hint]) = spec.connection.problem() {
        return refuse(key, problem, hint);
    }
    if let Some(replacement) = spec.request.replacement {
        let fits = match spec.request.charset {
            Charset::Gsm7 => gsm7_bytes(replacement).is_some(),
            Charset::Latin1 => u32::from(replacement) < 0x100,
            Charset::Utf8 | Charset::Utf16BeHex => {
                return refuse("request.replacement", "UTF-8 needs no replacement", "remove it");
            }
        };
        if !fits {
            return refuse(
                "request.replacement",
                "the replacement is not in the charset",
                "use `?`",
            );
        }
    }
    Ok(())
}

/// The places in the URL and the body that carry a signature.
struct SignatureFields {
    parameters: Vec<CompiledPair>,
    added: Vec<AddedField>,
}

fn signature_fields(
    spec: SignatureSpec<'_>,
    request: &RequestSpec,
    scope: &Symbols<'_>,
) -> Result<SignatureFields, SpecError> {
    let compile = |key: &str, pairs: &Pairs<PlainText>| {
        let within = format!("{}.{key}", spec.path);
        let pairs = pairs.iter().map(|(name, PlainText(value))| {
            let pair = CompiledPair::compile(name, &value.as_str().into(), scope, &within)?;
            let refuse =
                |problem: &str, hint: &str| Err(SpecError::new(pair.value.path(), problem, hint));
            let slots = pair.value.slots();
            let is_signature = |slot: &&&Slot| slot.source == Source::Signature;
            if !slots.iter().any(|slot| is_signature(&slot)) {
                let hint =
                    "write it under `[request]`: only what carries {{signature}} is added here";
                return refuse("it does not contain the signature", hint);
            }
            if slots.iter().any(|slot| slot.may_be_absent && !is_signature(&slot)) {
                let hint = "declare the variable as required";
                return refuse("without another variable, the signature would be left out", hint);
            }
            Ok(pair)
        });
        pairs.collect::<Result<Vec<_>, _>>()
    };
    let parameters = compile("query", spec.query)?;
    let (form, json) = (compile("form", spec.form)?, compile("json", spec.json)?);
    let has_form = request.form.is_some() || request.multipart.is_some();
    let is_hash = spec.path == "auth.hash";
    let form_path = if is_hash { "auth.hash.form" } else { "auth.hmac.form" };
    let json_path = if is_hash { "auth.hash.json" } else { "auth.hmac.json" };
    for (path, pairs, has_body) in
        [(form_path, &form, has_form), (json_path, &json, request.json.is_some())]
    {
        if !pairs.is_empty() && !has_body {
            let hint = "use the key that belongs to the body: form, json or query";
            return Err(SpecError::new(path, "the request has no such body", hint));
        }
    }
    for pair in json.iter().filter(|pair| pair.name.starts_with('/')) {
        Pointer::parse(&pair.name, json_path)?;
    }
    if let Some(pair) = json.iter().find(|pair| !pair.name.starts_with('/')) {
        let hint = "write the path of the member, such as /sig";
        return Err(SpecError::new(
            json_path,
            format!("`{}` is not a JSON pointer", pair.name),
            hint,
        ));
    }
    let of = |path, pairs: Vec<CompiledPair>| {
        pairs.into_iter().map(move |pair| AddedField { path, pair })
    };
    Ok(SignatureFields {
        parameters,
        added: of(form_path, form).chain(of(json_path, json)).collect(),
    })
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
