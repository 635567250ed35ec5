//! Signatures of texts.

use std::time::{SystemTime, UNIX_EPOCH};

use data_encoding::{BASE64, BASE64URL, BASE64URL_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};

use super::algorithm_header::AlgorithmHeader;
use super::coverage::Coverage;
use super::incoming::{IncomingReport, SignedPart};
use super::outgoing::{OutgoingReport, SigningParts};
use super::rejection::ReportRejection;
use super::signature_key::{SignatureKey, SignatureKind};
use super::text::ReportText;
use super::vars::ReportVars;
use super::window::is_near;
use crate::gateway::error::SpecError;
use crate::gateway::spec::{
    HashAlgorithm, ReportPlace, ReportSignature, SignatureEncoding, TimestampUnit,
};
use crate::mac_key::HashFunction;

/// The maximum number of texts that a gateway may have signed.
const MAX_TEXTS: usize = 16;
/// The maximum number of signatures in one request. A gateway that changes its key sends two.
const MAX_SIGNATURES: usize = 16;

/// A compiled signature.
#[derive(Clone, Debug)]
pub(super) struct SignatureCheck {
    texts: Vec<(ReportText, Coverage)>,
    /// The parts of a request that at least one of the texts contains.
    widest: Coverage,
    place: SignedPart,
    encoding: SignatureEncoding,
    prefix: String,
    separator: Option<String>,
    item_prefix: String,
    timestamp: Option<(SignedPart, TimestampUnit)>,
    replay: Option<SignedPart>,
    body_sha256: Option<SignedPart>,
    algorithm: HashFunction,
    algorithm_from: Option<AlgorithmHeader>,
    key: SignatureKey,
}

/// A signature that was verified.
pub(super) struct VerifiedSignature {
    pub(super) replay: String,
    pub(super) coverage: Coverage,
}

impl SignatureCheck {
    pub(super) fn compile(
        spec: &ReportSignature,
        kind: SignatureKind,
        path: &str,
        vars: &ReportVars<'_>,
    ) -> Result<Self, SpecError> {
        let refuse = |key: &str, problem: &str, hint: &str| {
            Err(SpecError::new(format!("{path}.{key}"), problem, hint))
        };
        let place = SignedPart::compile(&spec.place, &format!("{path}.{}", spec.place.parts().0))?;
        let texts = compile_texts(spec, kind, &place, path, vars)?;
        if spec.item_prefix.is_some() && spec.separator.is_none() {
            let hint = "use `prefix`, or add `separator`";
            return refuse("item_prefix", "there is only one signature", hint);
        }
        if spec.separator.as_ref().is_some_and(String::is_empty) {
            return refuse("separator", "it is empty", "write the text between two signatures");
        }
        let signed = |place: &ReportPlace, key: &str| {
            let path = format!("{path}.{key}");
            let part = SignedPart::compile(place, &path)?;
            // Otherwise, anybody could change the value and use the signature again.
            if texts.iter().all(|(text, _)| text.contains(&part)) {
                return Ok(part);
            }
            let (kind, name) = place.parts();
            let hint = format!("add {{{{{kind}:{name}}}}} to `sign`");
            Err(SpecError::new(path, "a text in `sign` does not contain the value", hint))
        };
        let timestamp = spec.timestamp.as_ref();
        let timestamp = timestamp.map(|time| {
            let part = signed(&time.place, "timestamp");
            part.map(|part| (part, time.unit))
        });
        let timestamp = timestamp.transpose()?;
        let replay = spec.replay.as_ref().map(|place| signed(place, "replay"));
        let body_sha256 = spec.body_sha256.as_ref().map(|place| signed(place, "body_sha256"));
        let is_public = matches!(kind, SignatureKind::Public(_));
        if is_public && (spec.algorithm.is_some() || spec.algorithm_from.is_some()) {
            let hint = "remove `algorithm` and `algorithm_from`";
            return refuse("algorithm", "the kind of the signature names its algorithm", hint);
        }
        let algorithm = spec.algorithm.map_or(HashFunction::Sha256, HashAlgorithm::function);
        let algorithm_from = spec.algorithm_from.as_ref();
        let algorithm_from = algorithm_from.map(|from| AlgorithmHeader::compile(from, path));
        let algorithm_from = algorithm_from.transpose()?;
        let functions = algorithm_from.iter().flat_map(AlgorithmHeader::functions);
        let functions = functions.chain([algorithm]);
        let key_path = format!("{path}.key");
        let key = SignatureKey::compile(spec.key.as_ref(), kind, functions, &key_path, vars)?;
        let widest = texts.iter().fold(Coverage::default(), |all, (_, own)| all.or(*own));
        Ok(Self {
            widest,
            place,
            encoding: spec.signature,
            prefix: spec.prefix.clone().unwrap_or_default(),
            separator: spec.separator.clone(),
            item_prefix: spec.item_prefix.clone().unwrap_or_default(),
            timestamp,
            replay: replay.transpose()?,
            body_sha256: body_sha256.transpose()?,
            algorithm,
            algorithm_from,
            key,
            texts,
        })
    }

    pub(super) fn verify(
        &self,
        request: &IncomingReport<'_>,
        now: SystemTime,
    ) -> Result<VerifiedSignature, ReportRejection> {
        let signatures = self.signatures(&request.signatures(&self.place)?)?;
        let function = match &self.algorithm_from {
            Some(from) => from.function(request)?.unwrap_or(self.algorithm),
            None => self.algorithm,
        };
        let (signature, coverage) = self.matches(request, function, &signatures)?;
        // These values are signed, so they are read after the signature is verified.
        self.check_time(request, now)?;
        let is_body_hashed = self.check_body(request)?;
        let replay = match &self.replay {
            Some(part) => known_by(request.get(part)?),
            None => signature,
        };
        let coverage = Coverage { body: coverage.body || is_body_hashed, ..coverage };
        if coverage.has_foreign_body(request) {
            return Err(ReportRejection::Malformed);
        }
        Ok(VerifiedSignature { replay, coverage: coverage.of(request) })
    }

    /// Signs a request, with the values that the signature needs in it. The inverse of `verify`.
    /// Returns `None` if a value has no place.
    pub(super) fn sign(
        &self,
        request: &mut OutgoingReport,
        parts: &SigningParts<'_>,
    ) -> Option<()> {
        if let Some((place, unit)) = &self.timestamp {
            let since = parts.now.duration_since(UNIX_EPOCH).unwrap_or_default();
            let number = match unit {
                TimestampUnit::Milliseconds => since.as_millis(),
                TimestampUnit::Seconds => since.as_secs().into(),
            };
            request.put(place, &number.to_string())?;
        }
        if let Some(place) = &self.replay {
            request.put(place, &(parts.nonce)())?;
        }
        if let Some(place) = &self.body_sha256 {
            let hash = HashFunction::Sha256.digest(&request.body_bytes());
            request.put(place, &HEXLOWER.encode(&hash))?;
        }
        let text = request.seen(|seen| {
            let suits = |(_, own): &&(ReportText, Coverage)| own.suits(self.widest, seen);
            // The first of the smallest: a text with a part that the request does not have is for
            // another kind of request.
            self.texts.iter().filter(suits).min_by_key(|(_, own)| (own.body, own.query))
        });
        let (text, _) = text?;
        for place in text.places() {
            if !request.has(place) {
                request.put(place, &(parts.nonce)())?;
            }
        }
        let signature = request.seen(|seen| {
            let named = self.algorithm_from.as_ref().map(|from| from.function(seen).ok());
            let function = named.unwrap_or(Some(None))?.unwrap_or(self.algorithm);
            let text = text.render(seen, Some(&self.place)).ok()?;
            self.key.sign(function, &text, parts.key)
        });
        let mut signature = signature?;
        if let Some(first) = signature.first_mut().filter(|_| parts.is_forged) {
            *first ^= 0x55;
        }
        let value = encode(self.encoding, &signature);
        request.put(&self.place, &format!("{}{}{value}", self.prefix, self.item_prefix))
    }

    /// Finds the text that was signed. Returns the value by which the signature is known.
    fn matches(
        &self,
        request: &IncomingReport<'_>,
        function: HashFunction,
        signatures: &[Vec<u8>],
    ) -> Result<(String, Coverage), ReportRejection> {
        // A text may be for another kind of request, whose parts this request does not have.
        let mut rejection = None;
        for (text, coverage) in &self.texts {
            if !coverage.suits(self.widest, request) {
                continue;
            }
            match text.render(request, Some(&self.place)) {
                Err(problem) => rejection = rejection.or(Some(problem)),
                Ok(text) => match self.key.matches(function, &text, signatures) {
                    Some(signature) => return Ok((signature, *coverage)),
                    None => rejection = Some(ReportRejection::Signature),
                },
            }
        }
        Err(rejection.unwrap_or(ReportRejection::Signature))
    }

    /// Returns the signatures that count.
    fn signatures(&self, values: &[&[u8]]) -> Result<Vec<Vec<u8>>, ReportRejection> {
        let mut items = Vec::new();
        for value in values {
            let value = std::str::from_utf8(value).map_err(|_| ReportRejection::Malformed)?;
            let value = value.strip_prefix(&*self.prefix).ok_or(ReportRejection::Malformed)?;
            match &self.separator {
                Some(separator) => {
                    let found = value.split(separator.as_str());
                    items.extend(found.take(MAX_SIGNATURES.saturating_add(1)));
                }
                None => items.push(value),
            }
            if items.len() > MAX_SIGNATURES {
                return Err(ReportRejection::Malformed);
            }
        }
        let items = items.iter().filter_map(|item| item.strip_prefix(&*self.item_prefix));
        let decoded: Vec<_> = items.filter_map(|item| decode(self.encoding, item)).collect();
        if decoded.is_empty() { Err(ReportRejection::Malformed) } else { Ok(decoded) }
    }

    fn check_time(
        &self,
        request: &IncomingReport<'_>,
        now: SystemTime,
    ) -> Result<(), ReportRejection> {
        let Some((part, unit)) = &self.timestamp else { return Ok(()) };
        let text = request.get(part)?;
        // Other parsers accept a sign, white space or `_` as well.
        let is_number = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
        let number = std::str::from_utf8(text).ok().filter(|_| is_number);
        let number = number.and_then(|text| text.parse::<u64>().ok());
        let number = number.ok_or(ReportRejection::Malformed)?;
        let millis = match unit {
            TimestampUnit::Milliseconds => Some(number),
            TimestampUnit::Seconds => number.checked_mul(1_000),
        };
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let since = match unit {
            TimestampUnit::Milliseconds => since.as_millis(),
            // A time in whole seconds is compared with whole seconds.
            TimestampUnit::Seconds => u128::from(since.as_secs()).saturating_mul(1_000),
        };
        match millis {
            Some(millis) if is_near(millis.into(), since) => Ok(()),
            _ => Err(ReportRejection::Time),
        }
    }

    /// Compares the hash of the body. Returns whether the signature has one.
    fn check_body(&self, request: &IncomingReport<'_>) -> Result<bool, ReportRejection> {
        let Some(part) = &self.body_sha256 else { return Ok(false) };
        let expected = HEXLOWER_PERMISSIVE.decode(request.get(part)?);
        let expected = expected.map_err(|_| ReportRejection::Malformed)?;
        if HashFunction::Sha256.digest(request.body()) == expected {
            return Ok(true);
        }
        Err(ReportRejection::Signature)
    }
}

fn compile_texts(
    spec: &ReportSignature,
    kind: SignatureKind,
    place: &SignedPart,
    path: &str,
    vars: &ReportVars<'_>,
) -> Result<Vec<(ReportText, Coverage)>, SpecError> {
    let path = format!("{path}.sign");
    let refuse = |problem: &str, hint: &str| Err(SpecError::new(&path, problem, hint));
    if spec.sign.is_empty() || spec.sign.len() > MAX_TEXTS {
        return refuse("there is no text, or there are more than 16", "write one or a few texts");
    }
    let mut texts = Vec::new();
    for text in &spec.sign {
        let text = ReportText::compile(text, &path, vars)?;
        if text.fixed().is_some() {
            return refuse("the text contains nothing of the request", "add {{body}} or {{url}}");
        }
        if text.holds_itself(place) {
            return refuse(
                "the text contains the signature itself",
                "use {{query_sorted_amp}} or {{form_sorted_amp}}, or name the values",
            );
        }
        if kind == SignatureKind::Hash && !text.has_variable() {
            return refuse("the text contains no secret", "add a variable of `[vars]`");
        }
        let coverage = text.coverage();
        texts.push((text, coverage));
    }
    Ok(texts)
}

/// Returns the text by which a value is known, which has the same length for all values.
pub(super) fn known_by(value: &[u8]) -> String {
    HEXLOWER.encode(&HashFunction::Sha256.digest(value))
}

fn encode(encoding: SignatureEncoding, signature: &[u8]) -> String {
    match encoding {
        SignatureEncoding::Base64 => BASE64.encode(signature),
        SignatureEncoding::Base64Url => BASE64URL_NOPAD.encode(signature),
        SignatureEncoding::Hex => HEXLOWER.encode(signature),
    }
}

fn decode(encoding: SignatureEncoding, text: &str) -> Option<Vec<u8>> {
    let text = text.as_bytes();
    let decoded = match encoding {
        SignatureEncoding::Base64 => BASE64.decode(text),
        SignatureEncoding::Base64Url => BASE64URL_NOPAD.decode(text).or(BASE64URL.decode(text)),
        SignatureEncoding::Hex => HEXLOWER_PERMISSIVE.decode(text),
    };
    decoded.ok().filter(|signature| !signature.is_empty())
}
