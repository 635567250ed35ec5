//! The headers and the authentication of a command.

use data_encoding::BASE64;
use otpost::gateway::{Auth, SpecError, VarSpec};

use crate::address::Address;
use crate::coding::{Coding, FieldValue};
use crate::draft::NamedTemplates;
use crate::error::refuse;
use crate::heuristics::is_masked;
use crate::invocation::{CurlBody, Invocation};
use crate::note::CurlNote;
use crate::pairs::name_of;
use crate::places::Places;

/// Headers that the HTTP client sets itself, and headers that only browsers send.
const DROPPED: [&str; 16] = [
    "accept-encoding",
    "connection",
    "content-length",
    "dnt",
    "expect",
    "host",
    "keep-alive",
    "postman-token",
    "priority",
    "proxy-connection",
    "sec-gpc",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "upgrade-insecure-requests",
];

/// The headers of a spec.
#[derive(Default)]
pub(crate) struct Headers {
    /// The headers, with `Content-Type` if it was given.
    pub(crate) pairs: NamedTemplates,
    pub(crate) auth: Auth,
    /// The `Content-Type`, if it was given.
    pub(crate) content_type: Option<String>,
    /// The host of the URL, if no variable is in it.
    host: Option<String>,
}

impl Headers {
    /// Reads the headers as curl sends them, including those of other options.
    pub(crate) fn parse(
        invocation: &Invocation,
        address: &Address,
        places: &mut Places<'_>,
    ) -> Result<Self, SpecError> {
        let mut headers = Self { host: address.host.clone(), ..Self::default() };
        let user_in_url = address.user.as_deref();
        let mut removed = Vec::new();
        for header in &invocation.headers {
            headers.take(header, &mut removed, places)?;
        }
        let is_removed =
            |name: &str| removed.iter().any(|known: &String| known.eq_ignore_ascii_case(name));
        if is_removed("Content-Type") && !matches!(invocation.body, CurlBody::None) {
            let hint = "set the Content-Type that the gateway expects";
            return Err(refuse("--header: a body needs a Content-Type", hint));
        }
        // `--json` is a short form for these headers, and headers of the command precede them.
        for name in ["Content-Type", "Accept"].iter().filter(|_| invocation.is_json) {
            if !headers.has(name) && !is_removed(name) {
                headers.pairs.push(((*name).to_owned(), "application/json".to_owned()));
            }
        }
        for (name, value) in [("User-Agent", &invocation.agent), ("Referer", &invocation.referer)] {
            // `;auto` asks curl to set the header on redirects as well.
            let value = value.as_ref().map(|value| value.strip_suffix(b";auto").unwrap_or(value));
            let value = value.filter(|value| !value.is_empty());
            if let Some(value) = value.filter(|_| !headers.has(name) && !is_removed(name)) {
                headers.add(name, value, places)?;
            }
        }
        let cookies: Vec<_> =
            invocation.cookies.iter().filter(|cookie| !cookie.is_empty()).collect();
        // A `Cookie` header takes precedence, as in curl.
        if !cookies.is_empty() && !headers.has("Cookie") && !is_removed("Cookie") {
            if cookies
                .iter()
                .any(|cookie| !cookie.contains(&b'=') && !places.variables().is_in(cookie))
            {
                let hint = "write the cookie as name=value";
                return Err(refuse("--cookie: the value is in a file", hint));
            }
            let cookies: Vec<&[u8]> = cookies.into_iter().map(Vec::as_slice).collect();
            headers.add("Cookie", &cookies.join(&b"; "[..]), places)?;
        }
        // An `Authorization` header takes precedence, then the token, as in curl.
        if headers.auth == Auth::None && !is_removed("Authorization") {
            if let Some(token) = &invocation.bearer {
                headers.auth = Auth::bearer(token_of(token, places)?);
            } else if let Some(user) = &invocation.user {
                headers.auth = login(user, invocation.is_digest, places)?;
            } else if let Some(user) = user_in_url {
                // A URL can omit the password.
                let colon: &[u8] = if user.contains(&b':') { b"" } else { b":" };
                let pair = [user, colon].concat();
                headers.auth = login(&pair, invocation.is_digest, places)?;
            }
        }
        if !headers.has("Accept") {
            places.notes.push(CurlNote::NoAccept);
        }
        Ok(headers)
    }

    fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// Adds a header: `Name: value`, or `Name;` for an empty one. `Name:` removes a header that
    /// curl would send by itself.
    fn take(
        &mut self,
        header: &[u8],
        removed: &mut Vec<String>,
        places: &mut Places<'_>,
    ) -> Result<(), SpecError> {
        let at = header.iter().position(|byte| *byte == b':');
        let (name, value) = match at.and_then(|at| header.split_at_checked(at)) {
            Some((name, value)) => {
                let value = value.get(1..).unwrap_or_default().trim_ascii();
                if value.is_empty() {
                    removed.push(String::from_utf8_lossy(name).trim().to_owned());
                    return Ok(());
                }
                (name, value)
            }
            None => match header.strip_suffix(b";") {
                Some(name) => (name, &[][..]),
                None if places.variables().is_in(header) => {
                    let hint = "write the name of the header, a colon, and then the variable";
                    return Err(refuse("--header: the whole header is a variable", hint));
                }
                // curl ignores a header without a colon.
                None => return Ok(()),
            },
        };
        let name = name_of(name.trim_ascii(), "request.headers", places)?;
        let lower = name.to_ascii_lowercase();
        // The value can have a port, so only its beginning is compared.
        if lower == "host"
            && self.host.as_deref().is_some_and(|host| !value.starts_with(host.as_bytes()))
        {
            let hint = "write the host into the URL";
            return Err(refuse("--header: the Host is not that of the URL", hint));
        }
        if DROPPED.contains(&lower.as_str())
            || lower.starts_with("sec-ch-")
            || lower.starts_with("sec-fetch-")
        {
            places.notes.push(CurlNote::DroppedHeader { name });
            return Ok(());
        }
        if lower == "authorization" {
            if self.auth != Auth::None {
                return Err(refuse("--header: there are two Authorization headers", "remove one"));
            }
            self.auth = authorization(value, places)?;
            return Ok(());
        }
        self.add(&name, value, places)
    }

    fn add(&mut self, name: &str, value: &[u8], places: &mut Places<'_>) -> Result<(), SpecError> {
        let place = format!("request.headers.{name}");
        let field = FieldValue { place: &place, name, bytes: value, coding: Coding::Unicode };
        if name.eq_ignore_ascii_case("cookie") {
            places.notes.push(CurlNote::Cookie);
        }
        let is_type = name.eq_ignore_ascii_case("content-type");
        // A content type is not a secret, whatever the name of the shell variable that holds it.
        let plain = std::str::from_utf8(value).ok().filter(|_| is_type && !places.changes(&field));
        let template = match plain {
            Some(plain) => plain.to_owned(),
            None => places.template(&field)?,
        };
        if is_type {
            // The type of a multipart form has a boundary, which is new for each message.
            self.content_type = Some(String::from_utf8_lossy(value).into_owned());
            if is_multipart(value) {
                return Ok(());
            }
        }
        self.pairs.push((name.to_owned(), template));
        Ok(())
    }
}

fn is_multipart(content_type: &[u8]) -> bool {
    content_type.to_ascii_lowercase().starts_with(b"multipart/form-data")
}

/// Converts the value of an `Authorization` header.
fn authorization(value: &[u8], places: &mut Places<'_>) -> Result<Auth, SpecError> {
    let place = "auth.header.value";
    let at = value.iter().position(|byte| *byte == b' ').unwrap_or(value.len());
    let (scheme, rest) = value.split_at_checked(at).unwrap_or((value, &[]));
    let rest = rest.trim_ascii();
    let scheme = String::from_utf8_lossy(scheme).into_owned();
    if scheme.eq_ignore_ascii_case("basic") {
        // `echo user:password | base64` encodes a line break as well. Such a value is sent as it
        // is.
        let is_user =
            |user: &Vec<u8>| user.contains(&b':') && !user.iter().any(u8::is_ascii_control);
        if let Some(user) = BASE64.decode(rest).ok().filter(is_user) {
            return login(&user, false, places);
        }
    }
    // A spec always writes `Bearer`. Another spelling is kept below, to send the same bytes.
    if scheme == "Bearer" && !rest.is_empty() {
        return Ok(Auth::bearer(token_of(rest, places)?));
    }
    let named = |bytes| FieldValue { place, name: "authorization", bytes, coding: Coding::Unicode };
    let is_scheme = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    // `scheme credentials`: the scheme stays readable, and only the rest becomes a variable.
    let is_pair = is_scheme && !rest.is_empty() && !rest.contains(&b' ');
    if is_pair && !places.variables().is_in(scheme.as_bytes()) {
        let template = places.template(&named(rest))?;
        return Ok(Auth::header("Authorization", format!("{scheme} {template}")));
    }
    Ok(Auth::header("Authorization", places.template(&named(value))?))
}

/// Returns a bearer token as a template.
fn token_of(token: &[u8], places: &mut Places<'_>) -> Result<String, SpecError> {
    let place = "auth.bearer.token";
    places.template(&FieldValue { place, name: "token", bytes: token, coding: Coding::Unicode })
}

/// Converts `user:password`.
fn login(pair: &[u8], is_digest: bool, places: &mut Places<'_>) -> Result<Auth, SpecError> {
    let Some(at) = pair.iter().position(|byte| *byte == b':') else {
        let hint = "write user:password, or user: for an empty password";
        return Err(refuse("--user: the password is missing, and curl would ask for it", hint));
    };
    let (user, password) = pair.split_at_checked(at).unwrap_or((pair, &[]));
    let password = password.get(1..).unwrap_or_default();
    let field = |place, name, bytes| FieldValue { place, name, bytes, coding: Coding::Unicode };
    let (user_place, password_place) = match is_digest {
        true => ("auth.http_digest.username", "auth.http_digest.password"),
        false => ("auth.basic.username", "auth.basic.password"),
    };
    let user = field(user_place, "username", user);
    let text = std::str::from_utf8(user.bytes)
        .ok()
        .filter(|text| !text.is_empty() && !text.contains("{{") && !is_masked(text));
    // Without a password, the user is the secret: some gateways expect an API key there.
    let username = match text.filter(|_| password.is_empty() && !places.changes(&user)) {
        Some(text) => {
            let name =
                places.declare("username", &user, VarSpec::secret(), Some(text.to_owned()))?;
            format!("{{{{{name}}}}}")
        }
        None => places.template(&user)?,
    };
    let password = places.template(&field(password_place, "password", password))?;
    Ok(match is_digest {
        true => Auth::http_digest(username, password),
        false => Auth::basic(username, password),
    })
}
