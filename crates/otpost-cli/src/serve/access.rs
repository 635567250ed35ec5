//! The callers and their credentials.

use data_encoding::BASE64;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use otpost::SecretString;

use super::secrets::read_secret;
use crate::error::CommandError;

/// The name of callers that need no credentials.
const LOCAL: &str = "local";
/// The minimum length of a secret in bytes. Attackers can try secrets without a limit.
const MIN_SECRET: usize = 16;
/// The headers that proxies add, besides those that begin with [`FORWARDED_PREFIX`].
const FORWARDED: [&str; 7] = [
    "cf-connecting-ip",
    "forwarded",
    "true-client-ip",
    "via",
    "x-client-ip",
    "x-original-forwarded-for",
    "x-real-ip",
];
/// The beginning of the headers that most proxies add, such as `X-Forwarded-Proto`.
const FORWARDED_PREFIX: &str = "x-forwarded";
/// The header of an API key, as Ory's courier sends it.
const API_KEY: &str = "x-api-key";

/// The rule for the credentials of callers.
pub(super) enum CallerAccess {
    /// Every program on this machine may send.
    Local,
    /// The callers that may send. An empty list refuses everyone.
    Secrets(Vec<Caller>),
}

/// A caller that may send messages.
pub(super) struct Caller {
    name: String,
    secret: SecretString,
}

impl CallerAccess {
    /// Reads the secrets of callers. Without any, programs on this machine may send if
    /// `is_local`, and otherwise no caller may.
    pub(super) fn new(callers: &[String], is_local: bool) -> Result<Self, CommandError> {
        if callers.is_empty() && is_local {
            return Ok(Self::Local);
        }
        let mut read: Vec<Caller> = Vec::new();
        for text in callers {
            let caller = Caller::parse(text)?;
            if read.iter().any(|known| known.name == caller.name) {
                let problem = format!("--caller {}: the name is given twice", caller.name);
                return Err(CommandError::Usage(problem));
            }
            read.push(caller);
        }
        Ok(Self::Secrets(read))
    }

    /// Returns the names of the callers, or `None` if no credentials are needed.
    pub(super) fn names(&self) -> Option<impl Iterator<Item = &str>> {
        match self {
            Self::Local => None,
            Self::Secrets(callers) => Some(callers.iter().map(|caller| caller.name.as_str())),
        }
    }

    /// Returns the name of the caller, or `None` if it is not allowed.
    pub(super) fn check(&self, headers: &HeaderMap, credentials: &Credentials) -> Option<&str> {
        let Self::Secrets(callers) = self else {
            return Some(LOCAL).filter(|_| !is_forwarded(headers));
        };
        let mut found = None;
        // Keep comparing after a match. Stopping early would reveal which caller matched.
        for caller in callers {
            let is_caller = match credentials {
                Credentials::Missing => false,
                Credentials::Named(name, secret) => {
                    (*secret == caller.secret) & (*name == caller.name)
                }
                Credentials::Secret(secret) => *secret == caller.secret,
            };
            if is_caller {
                found = Some(caller.name.as_str());
            }
        }
        found
    }
}

/// Returns `true` if a proxy announces that it forwards the request. It may be on this machine and
/// send the requests of others.
fn is_forwarded(headers: &HeaderMap) -> bool {
    // The names of a `HeaderMap` are in lower case.
    let mut names = headers.keys().map(http::HeaderName::as_str);
    names.any(|name| FORWARDED.contains(&name) || name.starts_with(FORWARDED_PREFIX))
}

impl Caller {
    fn parse(text: &str) -> Result<Self, CommandError> {
        let form = "--caller: expected NAME=env:NAME or NAME=file:PATH";
        let (name, source) =
            text.split_once('=').ok_or_else(|| CommandError::Usage(form.to_owned()))?;
        let is_name = (1..=32).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        if !is_name {
            let problem = "--caller: a name has 1 to 32 ASCII letters, digits, `-`, `_` and `.`";
            return Err(CommandError::Usage(problem.to_owned()));
        }
        let option = format!("--caller {name}");
        let secret = read_secret(&option, source)?;
        if secret.expose().len() < MIN_SECRET {
            let problem = format!("{option}: the secret must have at least {MIN_SECRET} bytes");
            return Err(CommandError::Usage(problem));
        }
        Ok(Self { name: name.to_owned(), secret })
    }
}

/// The credentials in a request.
pub(super) enum Credentials {
    /// There are none, or they cannot be read.
    Missing,
    /// The name and the secret of basic authentication.
    Named(String, SecretString),
    /// A secret without a name.
    Secret(SecretString),
}

impl Credentials {
    /// Returns the credentials in the headers, or `None` if no header has any. Headers that are
    /// repeated or malformed count as [`Missing`](Self::Missing).
    pub(super) fn of_headers(headers: &HeaderMap) -> Option<Self> {
        let mut given = [AUTHORIZATION.as_str(), API_KEY]
            .into_iter()
            .flat_map(|name| headers.get_all(name).iter().map(move |value| (name, value)));
        let (name, value) = given.next()?;
        // Two values could be two callers.
        if given.next().is_some() {
            return Some(Self::Missing);
        }
        let Ok(value) = value.to_str() else { return Some(Self::Missing) };
        if name == API_KEY {
            return Some(Self::Secret(value.into()));
        }
        Some(match value.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                Self::Secret(token.into())
            }
            Some((scheme, login)) if scheme.eq_ignore_ascii_case("basic") => Self::basic(login),
            _ => Self::Missing,
        })
    }

    fn basic(login: &str) -> Self {
        let login = BASE64.decode(login.as_bytes()).ok();
        let login = login.and_then(|login| String::from_utf8(login).ok()).map(SecretString::new);
        let parts = login.as_ref().and_then(|login| login.expose().split_once(':'));
        parts.map_or(Self::Missing, |(name, secret)| Self::Named(name.to_owned(), secret.into()))
    }
}
