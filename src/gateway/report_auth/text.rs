//! The texts that gateways sign.
//!
//! The bytes of a request are not always UTF-8, so these texts are bytes as well, and have their
//! own names and filters. A text is parsed once and rendered in one pass: what a request contains
//! is never parsed.

use std::borrow::Cow;

use data_encoding::{BASE64, HEXLOWER};
use zeroize::Zeroizing;

use super::coverage::Coverage;
use super::incoming::{IncomingReport, ReportPair, SignedPart};
use super::rejection::ReportRejection;
use super::vars::ReportVars;
use crate::gateway::error::SpecError;
use crate::mac_key::HashFunction;
use crate::secret::SecretString;
use crate::wiped::Wiped;

/// The names of parts of a request, for hints.
const NAMES: [&str; 14] = [
    "body",
    "content_type",
    "form_sorted",
    "form_sorted_amp",
    "method",
    "path",
    "query",
    "query_sorted",
    "query_sorted_amp",
    "query_sorted_raw",
    "url",
    "url_base",
    "url_with_port",
    "url_without_port",
];

const MAX_TEXT: usize = 4_096;

/// A compiled text.
#[derive(Clone, Debug)]
pub(super) struct ReportText {
    pieces: Vec<TextPiece>,
}

#[derive(Clone, Debug)]
enum TextPiece {
    Literal(String),
    Part(RequestPart, Vec<ByteFilter>),
    /// `None` if the value is not known.
    Variable(Option<SecretString>),
}

/// A part of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
enum RequestPart {
    Body,
    ContentType,
    FormSorted,
    FormSortedAmp,
    Method,
    One(SignedPart),
    Path,
    Query,
    QuerySorted,
    QuerySortedAmp,
    QuerySortedRaw,
    Url,
    UrlBase,
    UrlWithPort,
    UrlWithoutPort,
}

/// A function of bytes.
#[derive(Clone, Copy, Debug)]
enum ByteFilter {
    Lower,
    Md5Base64,
    Md5Hex,
    Sha256Hex,
    Sha256Raw,
}

impl ReportText {
    pub(super) fn compile(
        text: &str,
        path: &str,
        vars: &ReportVars<'_>,
    ) -> Result<Self, SpecError> {
        let refuse = |problem: &str, hint: &str| Err(SpecError::new(path, problem, hint));
        if text.len() > MAX_TEXT {
            return refuse("the text is longer than 4096 bytes", "write a shorter one");
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((literal, behind)) = rest.split_once("{{") {
            if !literal.is_empty() {
                pieces.push(TextPiece::Literal(literal.to_owned()));
            }
            let inside = behind.split_once("}}").filter(|(inside, _)| !inside.contains("{{"));
            let Some((inside, after)) = inside else {
                return refuse("`{{` is not closed by `}}`", "write {{name}} or {{name|filter}}");
            };
            pieces.push(TextPiece::compile(inside, path, vars)?);
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(TextPiece::Literal(rest.to_owned()));
        }
        if pieces.is_empty() {
            return refuse("the text is empty", "write what the gateway signs");
        }
        Ok(Self { pieces })
    }

    /// Returns whether the text contains a variable of the spec.
    pub(super) fn has_variable(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, TextPiece::Variable(_)))
    }

    /// Returns the bytes of a text without parts of a request.
    pub(super) fn fixed(&self) -> Option<Zeroizing<Vec<u8>>> {
        let texts = self.pieces.iter().map(|piece| match piece {
            TextPiece::Literal(text) => Some(text.as_str()),
            TextPiece::Part(..) => None,
            TextPiece::Variable(value) => Some(value.as_ref().map_or("", SecretString::expose)),
        });
        let texts = texts.collect::<Option<Vec<_>>>()?;
        // With room for everything: a buffer that grows leaves a part of the secret behind.
        let room = texts.iter().map(|text| text.len()).fold(0, usize::saturating_add);
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        texts.iter().for_each(|text| bytes.extend_from_slice(text.as_bytes()));
        Some(bytes)
    }

    /// Returns the places of single values in the text.
    pub(super) fn places(&self) -> impl Iterator<Item = &SignedPart> {
        self.pieces.iter().filter_map(TextPiece::part).filter_map(|part| match part {
            RequestPart::One(place) => Some(place),
            _ => None,
        })
    }

    pub(super) fn coverage(&self) -> Coverage {
        let parts = || self.pieces.iter().filter_map(TextPiece::part);
        Coverage {
            body: parts().any(RequestPart::holds_body),
            query: parts().any(RequestPart::holds_query),
        }
    }

    /// Returns whether the value at a place is in the text.
    pub(super) fn contains(&self, place: &SignedPart) -> bool {
        let Coverage { body, query } = self.coverage();
        let is_within = match place {
            SignedPart::Field(_) => body,
            SignedPart::Header(_) | SignedPart::HeaderItem(..) => false,
            SignedPart::Parameter(_) => query,
        };
        let is_it = |part: &RequestPart| matches!(part, RequestPart::One(one) if one.holds(place));
        is_within || self.pieces.iter().filter_map(TextPiece::part).any(is_it)
    }

    /// Returns whether the text contains all that holds the signature itself. Such a text cannot be
    /// signed.
    pub(super) fn holds_itself(&self, signature: &SignedPart) -> bool {
        self.pieces.iter().filter_map(TextPiece::part).any(|part| match (part, signature) {
            (RequestPart::FormSortedAmp | RequestPart::QuerySortedAmp, _) => false,
            (RequestPart::One(one), signature) => one.holds(signature),
            (part, SignedPart::Field(_)) => part.holds_body(),
            (part, SignedPart::Parameter(_)) => part.holds_query(),
            (_, SignedPart::Header(_) | SignedPart::HeaderItem(..)) => false,
        })
    }

    /// Renders the text for a request. The signature itself is left out of sorted parameters.
    pub(super) fn render(
        &self,
        request: &IncomingReport<'_>,
        signature: Option<&SignedPart>,
    ) -> Result<Wiped, ReportRejection> {
        let room = request.body().len().saturating_add(512);
        let mut bytes = Wiped::with_capacity(room);
        for piece in &self.pieces {
            match piece {
                TextPiece::Literal(text) => bytes.extend_from_slice(text.as_bytes()),
                TextPiece::Part(part, filters) => {
                    let value = part.render(request, signature)?;
                    let value = filters.iter().fold(value, |value, filter| filter.apply(value));
                    bytes.extend_from_slice(&value);
                }
                // A scheme with an unknown value is not used.
                TextPiece::Variable(None) => return Err(ReportRejection::Signature),
                TextPiece::Variable(Some(value)) => {
                    bytes.extend_from_slice(value.expose().as_bytes());
                }
            }
        }
        Ok(bytes)
    }
}

impl TextPiece {
    fn compile(inside: &str, path: &str, vars: &ReportVars<'_>) -> Result<Self, SpecError> {
        let mut words = inside.split('|').map(str::trim);
        let name = words.next().unwrap_or_default();
        let filters =
            words.map(|word| ByteFilter::parse(word, path)).collect::<Result<Vec<_>, _>>();
        let filters = filters?;
        if let Some(part) = RequestPart::parse(name, path)? {
            return Ok(Self::Part(part, filters));
        }
        if !filters.is_empty() {
            let hint = "for a key, write { sha256 = … } or { base64 = … }";
            return Err(SpecError::new(path, "a variable has no filters here", hint));
        }
        Ok(Self::Variable(vars.get(name, path, &NAMES)?))
    }

    const fn part(&self) -> Option<&RequestPart> {
        match self {
            Self::Part(part, _) => Some(part),
            Self::Literal(_) | Self::Variable(_) => None,
        }
    }
}

impl RequestPart {
    fn parse(name: &str, path: &str) -> Result<Option<Self>, SpecError> {
        if let Some((kind, name)) = name.split_once(':') {
            let part = match kind {
                "form" => SignedPart::Field(name.to_owned()),
                "header" => SignedPart::header(name, path)?,
                "query" => SignedPart::Parameter(name.to_owned()),
                _ => {
                    let hint = "write header:Name, query:Name or form:Name";
                    return Err(SpecError::new(path, "the place is unknown", hint));
                }
            };
            return Ok(Some(Self::One(part)));
        }
        Ok(Some(match name {
            "body" => Self::Body,
            "content_type" => Self::ContentType,
            "form_sorted" => Self::FormSorted,
            "form_sorted_amp" => Self::FormSortedAmp,
            "method" => Self::Method,
            "path" => Self::Path,
            "query" => Self::Query,
            "query_sorted" => Self::QuerySorted,
            "query_sorted_amp" => Self::QuerySortedAmp,
            "query_sorted_raw" => Self::QuerySortedRaw,
            "url" => Self::Url,
            "url_base" => Self::UrlBase,
            "url_with_port" => Self::UrlWithPort,
            "url_without_port" => Self::UrlWithoutPort,
            _ => return Ok(None),
        }))
    }

    const fn holds_body(&self) -> bool {
        matches!(self, Self::Body | Self::FormSorted | Self::FormSortedAmp)
    }

    const fn holds_query(&self) -> bool {
        matches!(
            self,
            Self::Query
                | Self::QuerySorted
                | Self::QuerySortedAmp
                | Self::QuerySortedRaw
                | Self::Url
                | Self::UrlWithPort
                | Self::UrlWithoutPort
        )
    }

    fn render<'v>(
        &self,
        request: &'v IncomingReport<'_>,
        signature: Option<&SignedPart>,
    ) -> Result<Cow<'v, [u8]>, ReportRejection> {
        let url = |base: Option<Cow<'_, str>>| {
            let base = base.ok_or(ReportRejection::Malformed)?;
            Ok(request.url(&base).into_bytes().into())
        };
        Ok(match self {
            Self::Body => request.body().into(),
            Self::ContentType => request.content_type()?.into(),
            Self::FormSorted => {
                let mut fields: Vec<_> = request.fields()?.iter().collect();
                fields.sort();
                // Some frameworks repeat a field, and the gateways sign it once.
                fields.dedup();
                let texts = fields.iter().flat_map(|(name, value)| [&**name, &**value]);
                texts.collect::<Vec<_>>().concat().into()
            }
            Self::FormSortedAmp => {
                let name = match signature {
                    Some(SignedPart::Field(name)) => Some(name.as_str()),
                    _ => None,
                };
                joined(request.fields()?, name).into()
            }
            Self::Method => request.method().as_str().as_bytes().into(),
            Self::One(part) => request.get(part)?.into(),
            Self::Path => request.path().ok_or(ReportRejection::Malformed)?.as_bytes().into(),
            Self::Query => request.query().as_bytes().into(),
            Self::QuerySorted => {
                let mut parameters: Vec<_> = request.parameters().iter().collect();
                parameters.sort();
                let pair = |(name, value): &&ReportPair| [&**name, b"=", &**value].concat();
                parameters.iter().map(pair).collect::<Vec<_>>().join(&b'&').into()
            }
            Self::QuerySortedAmp => {
                let name = match signature {
                    Some(SignedPart::Parameter(name)) => Some(name.as_str()),
                    _ => None,
                };
                joined(request.parameters(), name).into()
            }
            Self::QuerySortedRaw => {
                let pairs = request.query().split('&').filter(|pair| !pair.is_empty());
                let mut pairs: Vec<_> = pairs.collect();
                // Names are compared before values, and `=` would come after some characters of a
                // longer name.
                pairs.sort_by_key(|pair| pair.split_once('=').unwrap_or((pair, "")));
                pairs.join("&").into_bytes().into()
            }
            Self::Url => url(Some(request.url_base().into()))?,
            Self::UrlBase => request.url_base().as_bytes().into(),
            Self::UrlWithPort => url(request.url_with_port())?,
            Self::UrlWithoutPort => url(request.url_without_port())?,
        })
    }
}

/// Joins names and values as `&name=value`, with `_` for `&` and `=` in values.
fn joined(pairs: &[ReportPair], without: Option<&str>) -> Vec<u8> {
    let is_kept = |pair: &&ReportPair| without.is_none_or(|without| pair.0 != without.as_bytes());
    let mut pairs: Vec<_> = pairs.iter().filter(is_kept).collect();
    pairs.sort();
    let mut text = Vec::new();
    for (name, value) in pairs {
        text.push(b'&');
        text.extend_from_slice(name);
        text.push(b'=');
        let masked = |byte: &u8| if matches!(byte, b'&' | b'=') { b'_' } else { *byte };
        text.extend(value.iter().map(masked));
    }
    text
}

impl ByteFilter {
    fn parse(word: &str, path: &str) -> Result<Self, SpecError> {
        Ok(match word {
            "lower" => Self::Lower,
            "md5base64" => Self::Md5Base64,
            "md5hex" => Self::Md5Hex,
            "sha256hex" => Self::Sha256Hex,
            "sha256raw" => Self::Sha256Raw,
            _ => {
                let hint = "use lower, md5base64, md5hex, sha256hex or sha256raw";
                return Err(SpecError::new(path, "the filter is unknown", hint));
            }
        })
    }

    fn apply(self, value: Cow<'_, [u8]>) -> Cow<'static, [u8]> {
        match self {
            Self::Lower => value.to_ascii_lowercase(),
            Self::Md5Base64 => BASE64.encode(&HashFunction::Md5.digest(&value)).into_bytes(),
            Self::Md5Hex => HEXLOWER.encode(&HashFunction::Md5.digest(&value)).into_bytes(),
            Self::Sha256Hex => HEXLOWER.encode(&HashFunction::Sha256.digest(&value)).into_bytes(),
            Self::Sha256Raw => HashFunction::Sha256.digest(&value),
        }
        .into()
    }
}
