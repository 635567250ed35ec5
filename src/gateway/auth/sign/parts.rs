use std::borrow::Cow;
use std::time::{Duration, UNIX_EPOCH};

use data_encoding::{BASE64, HEXLOWER};
use http::Uri;
use md5::Md5;
use sha2::{Digest, Sha256};

use crate::gateway::request::values::Values;

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
            "body" => String::from_utf8(self.body.to_vec()).ok()?,
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
            "sorted_fields" => {
                let plain = |text: &str| text.replace(['&', '='], "_");
                let field = |(name, value): (String, String)| format!("&{name}={}", plain(&value));
                self.fields().into_iter().map(field).collect()
            }
            "sorted_form" => self.fields().into_iter().map(|(name, value)| name + &value).collect(),
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

    /// Returns the fields of the form, or the parameters of a request without one, by their names.
    fn fields(&self) -> Vec<(String, String)> {
        let form = "application/x-www-form-urlencoded";
        let is_form = self.content_type.get(..form.len());
        let is_form = is_form.is_some_and(|kind| kind.eq_ignore_ascii_case(form));
        let text =
            if is_form { self.body } else { self.uri.query().unwrap_or_default().as_bytes() };
        let mut fields: Vec<_> = form_urlencoded::parse(text).into_owned().collect();
        fields.sort();
        fields
    }
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
