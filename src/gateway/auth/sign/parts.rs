use std::borrow::Cow;
use std::time::{Duration, UNIX_EPOCH};

use data_encoding::{BASE64, HEXLOWER};
use http::Uri;
use md5::Md5;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::gateway::request::values::Values;
use crate::percent::percent_decode;
use crate::secret::push_wiped;
use crate::wiped::Wiped;

/// The parts of a request that can be signed, in addition to the variables of the spec.
pub(in crate::gateway) const PARTS: [&str; 17] = [
    "body",
    "body_md5_hex",
    "body_sha256_base64",
    "body_sha256_hex",
    "content_type",
    "date",
    "host",
    "method",
    "path",
    "path_and_query",
    "query",
    "sorted_fields",
    "sorted_form",
    "sorted_query",
    "timestamp",
    "timestamp_ms",
    "url",
];

/// The parts that contain values of the message.
pub(super) const OPEN_PARTS: [&str; 8] = [
    "body",
    "path",
    "path_and_query",
    "query",
    "sorted_fields",
    "sorted_form",
    "sorted_query",
    "url",
];

/// The parts that show nothing of the message.
pub(super) const PUBLIC_PARTS: [&str; 6] =
    ["content_type", "date", "host", "method", "timestamp", "timestamp_ms"];

/// The parts that are made of the fields of a form.
pub(super) const FORM_PARTS: [&str; 2] = ["sorted_fields", "sorted_form"];

/// The request that is signed.
pub(in crate::gateway) struct Signed<'r> {
    pub(in crate::gateway) method: &'r http::Method,
    pub(in crate::gateway) uri: &'r Uri,
    pub(in crate::gateway) content_type: &'r str,
    pub(in crate::gateway) body: &'r [u8],
}

impl Signed<'_> {
    /// Returns a part of the request, or `None` for any other name.
    pub(in crate::gateway) fn part(
        &self,
        name: &str,
        values: &Values<'_>,
    ) -> Option<Cow<'static, str>> {
        // Only requests for a message are signed, so there is always a time.
        let now =
            || values.now().unwrap_or(UNIX_EPOCH).duration_since(UNIX_EPOCH).unwrap_or_default();
        let uri = self.uri;
        let text = match name {
            // A body that is not UTF-8 cannot be a part of a text. Without this value the template
            // fails, and the message is not sent.
            "body" => std::str::from_utf8(self.body).ok()?.to_owned(),
            "body_md5_hex" => HEXLOWER.encode(&Md5::digest(self.body)),
            "body_sha256_base64" => BASE64.encode(&Sha256::digest(self.body)),
            "body_sha256_hex" => HEXLOWER.encode(&Sha256::digest(self.body)),
            "content_type" => self.content_type.to_owned(),
            "date" => {
                // The format ends with the year 9999.
                let latest = Duration::from_secs(253_402_300_799);
                httpdate::fmt_http_date(UNIX_EPOCH.checked_add(now().min(latest))?)
            }
            "host" => host(uri)?,
            "method" => self.method.to_string(),
            "path" => uri.path().to_owned(),
            "path_and_query" => uri.path_and_query()?.as_str().to_owned(),
            "query" => uri.query().unwrap_or_default().to_owned(),
            "sorted_fields" => self.join_fields(|text, name, value| {
                for part in ["&", name, "="] {
                    push_wiped(text, part);
                }
                for (at, part) in value.split(['&', '=']).enumerate() {
                    push_wiped(text, if at == 0 { "" } else { "_" });
                    push_wiped(text, part);
                }
            }),
            "sorted_form" => self.join_fields(|text, name, value| {
                push_wiped(text, name);
                push_wiped(text, value);
            }),
            "sorted_query" => {
                let mut pairs: Vec<&str> = uri.query().unwrap_or_default().split('&').collect();
                // Names are compared before values, and `=` would come after some characters of a
                // longer name.
                pairs.sort_by_key(|pair| pair.split_once('=').unwrap_or((pair, "")));
                pairs.join("&")
            }
            "timestamp" => now().as_secs().to_string(),
            "timestamp_ms" => now().as_millis().to_string(),
            "url" => format!("{}://{}{}", uri.scheme_str()?, host(uri)?, uri.path_and_query()?),
            _ => return None,
        };
        Some(text.into())
    }

    /// Joins the fields of the form, or the parameters of a request without one, by their names.
    fn join_fields(&self, push: impl Fn(&mut String, &str, &str)) -> String {
        let form = "application/x-www-form-urlencoded";
        let is_form = self.content_type.get(..form.len());
        let is_form = is_form.is_some_and(|kind| kind.eq_ignore_ascii_case(form));
        let text =
            if is_form { self.body } else { self.uri.query().unwrap_or_default().as_bytes() };
        let pairs = text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
        let mut fields: Vec<_> = pairs
            .map(|pair| {
                let end = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
                let (name, value) = pair.split_at_checked(end).unwrap_or((pair, &[]));
                (decode(name), decode(value.strip_prefix(b"=").unwrap_or_default()))
            })
            .collect();
        fields.sort_by(|(name, value), (other, its)| (&**name, &**value).cmp(&(other, its)));
        let mut joined = String::new();
        for (name, value) in &fields {
            push(&mut joined, name, value);
        }
        joined
    }
}

/// Decodes a name or a value of a form, which may be the text of a message. All copies are wiped.
fn decode(encoded: &[u8]) -> Zeroizing<String> {
    let mut bytes = Wiped::with_capacity(encoded.len());
    for (at, words) in encoded.split(|byte| *byte == b'+').enumerate() {
        bytes.extend_from_slice(if at == 0 { b"" } else { b" " });
        percent_decode(words).for_each(|byte| bytes.push(byte));
    }
    let mut text = Zeroizing::new(String::new());
    for chunk in bytes.utf8_chunks() {
        push_wiped(&mut text, chunk.valid());
        push_wiped(&mut text, if chunk.invalid().is_empty() { "" } else { "\u{fffd}" });
    }
    text
}

/// Returns host and port as the HTTP client writes them: in lower case, and without the default
/// port.
fn host(uri: &Uri) -> Option<String> {
    // A different spelling would give another signature than the one that the gateway computes from
    // the `Host` header.
    let host = uri.host()?.to_ascii_lowercase();
    let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    Some(match uri.port_u16().filter(|port| *port != usual) {
        Some(port) => format!("{host}:{port}"),
        None => host,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, content_type: &str, body: &[u8]) -> String {
        let uri = Uri::from_static("https://acme.example/send?b=2&a=%20x");
        let signed = Signed { method: &http::Method::POST, uri: &uri, content_type, body };
        signed.part(name, &Values::configured(&[])).unwrap().into_owned()
    }

    #[test]
    fn fields_are_decoded_and_sorted() {
        let form = "application/x-www-form-urlencoded";
        for (body, sorted_form, sorted_fields) in [
            ("", "", ""),
            ("b=2&a=1", "a1b2", "&a=1&b=2"),
            // Names are compared before values, and equal names by their values.
            ("a=2&aa=0&a=1", "a1a2aa0", "&a=1&a=2&aa=0"),
            ("t=a+b%2B%26%3D&&x", "ta b+&=x", "&t=a b+__&x="),
            ("t=%C3%A9%e2%82%ac&=v", "vt\u{e9}\u{20ac}", "&=v&t=\u{e9}\u{20ac}"),
            // Incomplete escapes stay, and bytes that are not UTF-8 are replaced.
            ("t=%4&u=%zz%", "t%4u%zz%", "&t=%4&u=%zz%"),
            ("t=a%FFb%E2%82c", "ta\u{fffd}b\u{fffd}c", "&t=a\u{fffd}b\u{fffd}c"),
        ] {
            assert_eq!(part("sorted_form", form, body.as_bytes()), sorted_form, "{body}");
            let form = "Application/X-WWW-Form-Urlencoded; charset=utf-8";
            assert_eq!(part("sorted_fields", form, body.as_bytes()), sorted_fields, "{body}");
        }
        assert_eq!(part("sorted_form", "", b"c=3"), "a xb2");
        assert_eq!(part("sorted_query", "", b""), "a=%20x&b=2");
    }
}
