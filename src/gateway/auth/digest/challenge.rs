//! The challenges of a server, in the headers `WWW-Authenticate` and `Authentication-Info`.

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

use super::hash::DigestHash;

/// The maximum length of one value of a challenge, in bytes. It is sent back in a header, and many
/// servers accept 8 KiB for all headers.
const MAX_PARAMETER: usize = 1_024;

/// A challenge that can be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DigestChallenge {
    pub(super) realm: String,
    pub(super) nonce: String,
    pub(super) opaque: Option<String>,
    pub(super) hash: DigestHash,
    pub(super) is_session: bool,
    /// The algorithm as the server writes it. `None` in the challenge of an old server (RFC 2069).
    pub(super) algorithm: Option<String>,
    pub(super) qop: Option<Qop>,
    /// Set if the credentials are right and only the nonce has expired.
    pub(super) is_stale: bool,
    /// Set if the name is sent as a hash.
    pub(super) hides_username: bool,
    pub(super) is_utf8: bool,
}

/// The quality of protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Qop {
    Auth,
    /// The response covers the body as well.
    AuthInt,
}

impl Qop {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::AuthInt => "auth-int",
        }
    }
}

/// The reason why no challenge can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoChallenge {
    Malformed,
    NotOffered,
    UnknownAlgorithm,
    UnknownQop,
}

impl NoChallenge {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "the server's Digest challenge is malformed",
            Self::NotOffered => "the server offers no Digest authentication",
            Self::UnknownAlgorithm => {
                "the server's Digest challenge has an unknown algorithm: MD5, SHA-256 and \
                 SHA-512-256 are supported"
            }
            Self::UnknownQop => {
                "the server's Digest challenge has an unknown quality of protection: auth and \
                 auth-int are supported"
            }
        }
    }
}

/// The maximum length of a header with challenges in bytes, and the maximum number of parameters of
/// a challenge. RFC 7616 defines eight.
const MAX_HEADER: usize = 8 * 1_024;
const MAX_PARAMETERS: usize = 32;

/// Returns the strongest challenge that can be answered. The first of several equal ones counts.
pub(super) fn choose(headers: &HeaderMap) -> Result<DigestChallenge, NoChallenge> {
    let mut best: Result<DigestChallenge, NoChallenge> = Err(NoChallenge::NotOffered);
    for value in headers.get_all(WWW_AUTHENTICATE) {
        let text = std::str::from_utf8(value.as_bytes()).ok();
        let text = text.filter(|text| text.len() <= MAX_HEADER);
        let challenges = text.and_then(parse_challenges);
        // Without the quotes in their places, nobody knows where a challenge begins.
        let Some(challenges) = challenges else {
            if best.is_err() {
                best = Err(NoChallenge::Malformed);
            }
            continue;
        };
        for (scheme, parameters) in challenges {
            if !scheme.eq_ignore_ascii_case("digest") {
                continue;
            }
            let is_better = |new: &DigestChallenge| match &best {
                Ok(best) => new.hash > best.hash,
                Err(_) => true,
            };
            match read(&parameters) {
                Ok(challenge) if is_better(&challenge) => best = Ok(challenge),
                Err(reason) if best.is_err() => best = Err(reason),
                _ => {}
            }
        }
    }
    best
}

/// Returns the nonce for the next request, if the server sends one after a success.
pub(super) fn next_nonce(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("authentication-info")?;
    let text = std::str::from_utf8(value.as_bytes()).ok();
    let items = split_items(text.filter(|text| text.len() <= MAX_HEADER)?)?;
    let parameters: Option<Vec<_>> = items.into_iter().map(parameter).collect();
    let parameters = parameters?;
    let found = parameters.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("nextnonce"));
    found.map(|(_, value)| value).filter(|value| is_legal(value))
}

fn read(parameters: &[(String, String)]) -> Result<DigestChallenge, NoChallenge> {
    let is_twice = |(at, (name, _)): (usize, &(String, String))| {
        let mut rest = parameters.iter().skip(at.saturating_add(1));
        rest.any(|(other, _)| other.eq_ignore_ascii_case(name))
    };
    let is_legal = parameters.iter().all(|(_, value)| is_legal(value));
    if !is_legal || parameters.len() > MAX_PARAMETERS || parameters.iter().enumerate().any(is_twice)
    {
        return Err(NoChallenge::Malformed);
    }
    let get = |name: &str| {
        let found = parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    };
    let is_true = |name: &str| get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let (Some(realm), Some(nonce)) = (get("realm"), get("nonce")) else {
        return Err(NoChallenge::Malformed);
    };
    let algorithm = get("algorithm");
    let lower = algorithm.unwrap_or("md5").to_ascii_lowercase();
    let (name, is_session) = match lower.strip_suffix("-sess") {
        Some(name) => (name, true),
        None => (lower.as_str(), false),
    };
    let hash = match name {
        "md5" => DigestHash::Md5,
        "sha-256" => DigestHash::Sha256,
        "sha-512-256" => DigestHash::Sha512Slash256,
        _ => return Err(NoChallenge::UnknownAlgorithm),
    };
    let qop = match get("qop") {
        None => None,
        Some(offered) => {
            let offers = |qop: Qop| {
                offered.split(',').any(|word| word.trim().eq_ignore_ascii_case(qop.as_str()))
            };
            let known = [Qop::Auth, Qop::AuthInt].into_iter().find(|qop| offers(*qop));
            Some(known.ok_or(NoChallenge::UnknownQop)?)
        }
    };
    Ok(DigestChallenge {
        realm: realm.to_owned(),
        nonce: nonce.to_owned(),
        opaque: get("opaque").map(str::to_owned),
        hash,
        is_session,
        algorithm: algorithm.map(str::to_owned),
        qop,
        is_stale: is_true("stale"),
        hides_username: is_true("userhash"),
        is_utf8: get("charset").is_some_and(|charset| charset.eq_ignore_ascii_case("utf-8")),
    })
}

/// Returns whether a value can be sent back in a header.
fn is_legal(value: &str) -> bool {
    value.len() <= MAX_PARAMETER && !value.contains(|c: char| c.is_control())
}

/// A scheme with its parameters.
type SchemeParameters<'h> = (&'h str, Vec<(String, String)>);

/// Parses the value of a header with one or several challenges (RFC 9110 §11.6.1). Returns `None`
/// if a quoted string has no end.
///
/// Challenges and parameters are both separated by commas. A challenge begins at an item with a
/// word and a space, as in `Digest realm="x"`, or with a word alone, as in `Negotiate`.
fn parse_challenges(value: &str) -> Option<Vec<SchemeParameters<'_>>> {
    let mut challenges: Vec<SchemeParameters<'_>> = Vec::new();
    for item in split_items(value)? {
        let word = item.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(item.len());
        let (word, rest) = item.split_at_checked(word)?;
        let rest = rest.trim_start();
        if rest.starts_with('=') {
            // A parameter before any scheme belongs to nothing.
            if let (Some((_, parameters)), Some(pair)) = (challenges.last_mut(), parameter(item)) {
                parameters.push(pair);
            }
            continue;
        }
        // What is no parameter is the token of another scheme, such as `Negotiate oRQwEqAD`.
        challenges.push((word, parameter(rest).into_iter().collect()));
    }
    Some(challenges)
}

/// Splits at the commas that are not in quotes. Empty items are left out.
fn split_items(value: &str) -> Option<Vec<&str>> {
    let (mut items, mut start) = (Vec::new(), 0);
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, c) in value.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => {
                items.push(value.get(start..at)?);
                start = at.saturating_add(1);
            }
            _ => {}
        }
    }
    if is_quoted {
        return None;
    }
    items.push(value.get(start..)?);
    Some(items.into_iter().map(str::trim).filter(|item| !item.is_empty()).collect())
}

/// Parses `name=token` or `name="quoted string"`.
fn parameter(item: &str) -> Option<(String, String)> {
    let (name, value) = item.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let is_token = |text: &str| {
        !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || matches!(c, '"' | ','))
    };
    if !is_token(name) {
        return None;
    }
    let Some(quoted) = value.strip_prefix('"') else {
        return is_token(value).then(|| (name.to_owned(), value.to_owned()));
    };
    let (mut text, mut chars) = (String::new(), quoted.chars());
    loop {
        match chars.next()? {
            '\\' => text.push(chars.next()?),
            '"' => break,
            c => text.push(c),
        }
    }
    chars.as_str().is_empty().then(|| (name.to_owned(), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Result<DigestChallenge, NoChallenge> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, value.parse().unwrap());
        }
        choose(&headers)
    }

    #[track_caller]
    fn check(values: &[&str], nonce: &str, hash: DigestHash) {
        let challenge = of(values).unwrap();
        assert_eq!((challenge.nonce.as_str(), challenge.hash), (nonce, hash), "{values:?}");
    }

    #[track_caller]
    fn refused(values: &[&str], expected: NoChallenge) {
        assert_eq!(of(values), Err(expected), "{values:?}");
    }

    #[test]
    fn challenges_are_found_among_others_and_the_strongest_one_counts() {
        let md5 = r#"Digest realm="a, b=\"c\"", nonce="m", qop="auth,auth-int", opaque="""#;
        let sha =
            r#"digest Realm = "r",NONCE="s" , algorithm=sha-256-sess,qop=auth-int,stale=TRUE"#;
        check(&[md5], "m", DigestHash::Md5);
        check(&[md5, sha], "s", DigestHash::Sha256);
        check(&[sha, md5], "s", DigestHash::Sha256);
        check(&[&format!("{md5}, {sha}")], "s", DigestHash::Sha256);
        let mixed =
            format!("Basic realm=\"x, Digest nonce=1\", Negotiate, NTLM abc==, {md5}, Bearer");
        check(&[&mixed], "m", DigestHash::Md5);
        let strong = r#"Digest realm="r", nonce="t", algorithm="SHA-512-256""#;
        check(&[sha, strong], "t", DigestHash::Sha512Slash256);
        // An unknown algorithm beside a known one is left out.
        check(&[r#"Digest realm="r", nonce="n", algorithm=SHA-3"#, md5], "m", DigestHash::Md5);
        check(&["Digest realm=\"unfinished", md5], "m", DigestHash::Md5);
        let read = of(&[md5]).unwrap();
        assert_eq!((read.realm.as_str(), read.qop), ("a, b=\"c\"", Some(Qop::Auth)));
        assert_eq!((read.opaque.as_deref(), read.algorithm), (Some(""), None));
        let read = of(&[sha]).unwrap();
        assert_eq!((read.is_session, read.is_stale, read.qop), (true, true, Some(Qop::AuthInt)));
        assert_eq!(read.algorithm.as_deref(), Some("sha-256-sess"));
        let old = of(&[r#"Digest realm="r", nonce="n", userhash=true"#]).unwrap();
        assert_eq!((old.qop, old.is_stale, old.hides_username), (None, false, true));
    }

    #[test]
    fn challenges_that_cannot_be_answered_have_a_reason() {
        refused(&[], NoChallenge::NotOffered);
        refused(&[r#"Basic realm="Digest nonce=1""#], NoChallenge::NotOffered);
        refused(&["Digest"], NoChallenge::Malformed);
        refused(&[r#"Digest realm="r""#], NoChallenge::Malformed);
        refused(&[r#"Digest nonce="n""#], NoChallenge::Malformed);
        refused(&[r#"Digest realm="r", nonce="n"#], NoChallenge::Malformed);
        refused(&[r#"Digest realm="r", nonce="n", nonce="o""#], NoChallenge::Malformed);
        let long = format!("Digest realm=\"r\", nonce=\"{}\"", "n".repeat(1_025));
        refused(&[&long], NoChallenge::Malformed);
        let unknown = r#"Digest realm="r", nonce="n", algorithm=SHA-512"#;
        refused(&[unknown], NoChallenge::UnknownAlgorithm);
        refused(&[r#"Digest realm="r", nonce="n", qop="token""#], NoChallenge::UnknownQop);
    }

    #[test]
    fn next_nonces_are_read() {
        let next = |value: &str| {
            next_nonce(&HeaderMap::from_iter([(
                "authentication-info".parse().unwrap(),
                value.parse().unwrap(),
            )]))
        };
        assert_eq!(
            next(r#"rspauth="ab,c", nextnonce="n\"1", nc=00000001"#).as_deref(),
            Some("n\"1")
        );
        assert_eq!(next(r#"rspauth="nextnonce=1""#), None);
        assert_eq!(next(r#"nextnonce="open"#), None);
    }
}
