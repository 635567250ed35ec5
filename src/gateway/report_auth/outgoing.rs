use std::time::SystemTime;

use http::{HeaderMap, HeaderValue, Method};

use super::incoming::{IncomingReport, SignedPart};
#[cfg(not(feature = "signatures"))]
use super::no_private_key::NoReportKey as PrivateReportKey;
#[cfg(feature = "signatures")]
use super::private_key::PrivateReportKey;

/// The request of a delivery report that an imitation of a gateway is about to send.
#[derive(Clone)]
pub(in crate::gateway) struct OutgoingReport {
    /// The public URL without a query.
    pub(in crate::gateway) url: String,
    pub(in crate::gateway) method: Method,
    pub(in crate::gateway) query: Vec<(String, String)>,
    pub(in crate::gateway) headers: HeaderMap,
    pub(in crate::gateway) body: OutgoingBody,
}

/// The body of a request. The fields of a form stay apart, because one can be the signature.
#[derive(Clone)]
pub(in crate::gateway) enum OutgoingBody {
    Form(Vec<(String, String)>),
    Whole(Vec<u8>),
}

/// The parts of a signature that are not in the request.
pub(super) struct SigningParts<'s> {
    /// The time of the signature.
    pub(super) now: SystemTime,
    /// Returns a new text for a nonce.
    pub(super) nonce: &'s dyn Fn() -> String,
    pub(super) key: Option<&'s PrivateReportKey>,
    /// `true` for a signature that a receiver rejects.
    pub(super) is_forged: bool,
}

impl OutgoingReport {
    /// Returns the query, or `None` if there are no parameters.
    pub(in crate::gateway) fn query_text(&self) -> Option<String> {
        (!self.query.is_empty()).then(|| encode(&self.query))
    }

    pub(in crate::gateway) fn body_bytes(&self) -> Vec<u8> {
        match &self.body {
            OutgoingBody::Form(fields) => encode(fields).into_bytes(),
            OutgoingBody::Whole(bytes) => bytes.clone(),
        }
    }

    /// Calls `look` with the request as a receiver gets it.
    pub(super) fn seen<T>(&self, look: impl FnOnce(&IncomingReport<'_>) -> T) -> T {
        let (query, body) = (self.query_text(), self.body_bytes());
        let (url, query) = (self.url.as_str(), query.as_deref());
        look(&IncomingReport::new(url, &self.method, query, &self.headers, &body))
    }

    /// Returns whether the request has a value at a place.
    pub(super) fn has(&self, place: &SignedPart) -> bool {
        let is_in =
            |pairs: &[(String, String)], name: &str| pairs.iter().any(|(known, _)| known == name);
        match place {
            SignedPart::Field(name) => match &self.body {
                OutgoingBody::Form(fields) => is_in(fields, name),
                OutgoingBody::Whole(_) => false,
            },
            SignedPart::Header(name) => self.headers.contains_key(name),
            SignedPart::HeaderItem(..) => self.seen(|seen| seen.get(place).is_ok()),
            SignedPart::Parameter(name) => is_in(&self.query, name),
        }
    }

    /// Writes a value to a place. Returns `None` if the request has no such place, or if the value
    /// is not legal there.
    pub(super) fn put(&mut self, place: &SignedPart, value: &str) -> Option<()> {
        match place {
            SignedPart::Field(name) => match &mut self.body {
                OutgoingBody::Form(fields) => replace(fields, name, value),
                OutgoingBody::Whole(_) => return None,
            },
            SignedPart::Header(name) => {
                self.headers.insert(name.clone(), HeaderValue::from_str(value).ok()?);
            }
            SignedPart::HeaderItem(name, item) => {
                let list = self.headers.get(name).and_then(|list| list.to_str().ok());
                let starts =
                    |known: &&str| known.trim().split_once('=').map(|(name, _)| name) == Some(item);
                // Receivers separate items by both.
                let list = list.unwrap_or_default().split([',', ';']);
                let others = list.filter(|known| !known.is_empty());
                let mut items: Vec<_> =
                    others.filter(|known| !starts(known)).map(str::to_owned).collect();
                items.push(format!("{item}={value}"));
                self.headers.insert(name.clone(), HeaderValue::from_str(&items.join(",")).ok()?);
            }
            SignedPart::Parameter(name) => replace(&mut self.query, name, value),
        }
        Some(())
    }
}

fn encode(pairs: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Sets a value, at the end if the name is new.
fn replace(pairs: &mut Vec<(String, String)>, name: &str, value: &str) {
    match pairs.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => value.clone_into(known),
        None => pairs.push((name.to_owned(), value.to_owned())),
    }
}
