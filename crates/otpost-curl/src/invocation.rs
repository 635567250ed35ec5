//! The arguments of a curl command, parsed as curl parses them.

use std::path::PathBuf;
use std::time::Duration;

use otpost::gateway::{Connection, SpecError};
use otpost::transport::TlsVersion;

use crate::data::{FormPart, form_part, in_a_file, no_name, split_at, url_encoded};
use crate::error::refuse;
use crate::note::CurlNote;
use crate::options::{Meaning, Named};
use crate::pin::parse_pin;
use crate::variables::Variables;

/// A request as curl would send it. All bytes can hold the marks of variables.
#[derive(Default)]
pub(crate) struct Invocation {
    pub(crate) url: Option<Vec<u8>>,
    pub(crate) method: Option<Vec<u8>>,
    /// The parts that are appended to the query.
    pub(crate) query: Vec<Vec<u8>>,
    pub(crate) body: CurlBody,
    /// The headers as written, in order.
    pub(crate) headers: Vec<Vec<u8>>,
    pub(crate) agent: Option<Vec<u8>>,
    pub(crate) referer: Option<Vec<u8>>,
    pub(crate) cookies: Vec<Vec<u8>>,
    pub(crate) user: Option<Vec<u8>>,
    pub(crate) bearer: Option<Vec<u8>>,
    /// `true` if the login is for HTTP Digest (RFC 7616).
    pub(crate) is_digest: bool,
    /// The one public key that is trusted: Base64 of its SHA-256.
    pub(crate) pin: Option<String>,
    pub(crate) connection: Connection,
    pub(crate) notes: Vec<CurlNote>,
    /// `true` if a URL without a scheme is `https://`.
    pub(crate) is_https: bool,
    /// `true` if `--json` sets the headers of JSON.
    pub(crate) is_json: bool,
    ca_file: Option<PathBuf>,
    connect: Option<Duration>,
    total: Option<Duration>,
    is_get: bool,
    /// `true` if curl expands braces and brackets in the URL.
    pub(crate) takes_globs: bool,
    certificate: Option<Vec<u8>>,
    has_key: bool,
}

/// The body of a request, as the options set it.
#[derive(Default)]
pub(crate) enum CurlBody {
    /// The data of `-d` and similar options, joined.
    Data(Vec<u8>),
    #[default]
    None,
    /// The names and values of `-F`.
    Parts(Vec<FormPart>),
}

impl Invocation {
    /// Parses the arguments after `curl`.
    pub(crate) fn parse(words: Vec<Vec<u8>>, variables: &Variables) -> Result<Self, SpecError> {
        let mut invocation = Self { takes_globs: true, ..Self::default() };
        let mut unknown = Vec::new();
        let mut words = words.into_iter();
        let mut is_end = false;
        while let Some(word) = words.next() {
            // Behind `--`, curl reads no more options.
            if word == b"--" && !is_end {
                is_end = true;
                continue;
            }
            let text = String::from_utf8_lossy(&word).into_owned();
            if is_end {
                invocation.set_url(word)?;
            } else if let Some(name) = text.strip_prefix("--") {
                match Meaning::of(name) {
                    Named::Known { meaning, takes_value } => {
                        let value = if takes_value { words.next() } else { Some(Vec::new()) };
                        let option = format!("--{name}");
                        let value = value.ok_or_else(|| no_value(&option))?;
                        invocation.take(meaning, &option, value, variables)?;
                    }
                    Named::Ambiguous => {
                        let problem = format!("--{} is ambiguous", shown(name));
                        return Err(refuse(&problem, "write the whole name of the option"));
                    }
                    // A secret can follow an equals sign.
                    Named::Unknown => unknown.push(format!("--{}", shown(name))),
                }
            } else if text.starts_with('-') && text.len() > 1 {
                invocation.cluster(&word, &mut words, variables, &mut unknown)?;
            } else if text.starts_with(['\u{2010}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2212}'])
            {
                let hint = "write -- or - where the page shows a long dash";
                return Err(refuse("a typographic dash begins an option", hint));
            } else if let Err(error) = invocation.set_url(word) {
                // The word can be the value of an unknown option.
                if unknown.is_empty() {
                    return Err(error);
                }
            }
        }
        if !unknown.is_empty() {
            unknown.dedup();
            let problem = format!("unknown options: {}", unknown.join(", "));
            let hint = "remove them if the command works without them";
            return Err(refuse(&problem, hint));
        }
        invocation.finish()
    }

    /// Parses short options such as `-sSkXPOST`.
    fn cluster(
        &mut self,
        word: &[u8],
        words: &mut impl Iterator<Item = Vec<u8>>,
        variables: &Variables,
        unknown: &mut Vec<String>,
    ) -> Result<(), SpecError> {
        let mut rest = word.get(1..).unwrap_or_default();
        while let Some((letter, behind)) = rest.split_first() {
            let letter = char::from(*letter);
            let option = format!("-{letter}");
            match Meaning::of_letter(letter) {
                Named::Known { meaning, takes_value: false } => {
                    self.take(meaning, &option, Vec::new(), variables)?;
                    rest = behind;
                }
                Named::Known { meaning, takes_value: true } => {
                    // The rest of the word is the value. If it is empty, the next word is.
                    let value =
                        if behind.is_empty() { words.next() } else { Some(behind.to_vec()) };
                    let value = value.ok_or_else(|| no_value(&option))?;
                    return self.take(meaning, &option, value, variables);
                }
                Named::Ambiguous | Named::Unknown => {
                    unknown.push(if letter.is_ascii_graphic() { option } else { "-?".to_owned() });
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn take(
        &mut self,
        meaning: Meaning,
        option: &str,
        value: Vec<u8>,
        variables: &Variables,
    ) -> Result<(), SpecError> {
        let note = |reason| CurlNote::IgnoredOption { option: option.to_owned(), reason };
        let is_connection = matches!(
            meaning,
            Meaning::CaFile
                | Meaning::Certificate
                | Meaning::ConnectTimeout
                | Meaning::Interface
                | Meaning::MaxTime
                | Meaning::Pin
                | Meaning::Proxy
                | Meaning::ProtoDefault
                | Meaning::Request
        );
        // The shell replaces `~` by a home directory.
        if is_connection && (variables.is_in(&value) || value.starts_with(b"~")) {
            let hint = "write the value itself: a spec has no variables for connections";
            return Err(refuse(&format!("{option}: the value has a variable"), hint));
        }
        match meaning {
            Meaning::Agent => self.agent = Some(value),
            Meaning::Bearer => self.bearer = Some(value),
            Meaning::CaFile => self.ca_file = Some(path(&value)),
            Meaning::Certificate if value.contains(&b':') => {
                let hint = "use a PEM file with certificate and key, and without a passphrase";
                let problem = "a passphrase or a certificate store is not supported";
                return Err(refuse(&format!("{option}: {problem}"), hint));
            }
            Meaning::Certificate => self.certificate = Some(value),
            Meaning::Compressed => self.notes.push(CurlNote::Compressed),
            Meaning::ConnectTimeout => self.connect = seconds(&value, option)?,
            Meaning::Cookie => self.cookies.push(value),
            Meaning::Data | Meaning::DataRaw => {
                if meaning == Meaning::Data && value.starts_with(b"@") {
                    return Err(in_a_file(option));
                }
                self.add(&value, false)?;
            }
            Meaning::DataUrlEncode => {
                let encoded = url_encoded(&value, option)?;
                self.add(&encoded, false)?;
            }
            Meaning::Digest => self.is_digest = true,
            Meaning::Form => {
                let part = form_part(&value, option)?;
                self.add_part(part)?;
            }
            Meaning::FormString => {
                let at = value.iter().position(|byte| *byte == b'=');
                let (name, value) = split_at(&value, at.ok_or_else(|| no_name(option))?);
                self.add_part((name.to_vec(), value.to_vec()))?;
            }
            Meaning::Get => self.is_get = true,
            Meaning::GlobOff => self.takes_globs = false,
            Meaning::Header => {
                if value.starts_with(b"@") {
                    return Err(in_a_file(option));
                }
                self.headers.push(value);
            }
            Meaning::Idle => {}
            Meaning::Insecure => self.notes.push(CurlNote::Insecure),
            Meaning::Interface => {
                let source = String::from_utf8_lossy(&value).into_owned();
                // curl writes `if!eth0` and `host!10.0.0.5`. A spec has the name or the address
                // alone.
                let source =
                    source.trim_start_matches("if!").trim_start_matches("host!").to_owned();
                self.connection = self.take_connection().with_interface(source);
            }
            Meaning::Json => {
                if value.starts_with(b"@") {
                    return Err(in_a_file(option));
                }
                self.is_json = true;
                self.add(&value, true)?;
            }
            Meaning::Key => self.has_key = true,
            Meaning::Location => self.notes.push(CurlNote::Redirects),
            Meaning::MaxTime => self.total = seconds(&value, option)?,
            Meaning::Next => {
                let problem = format!("{option}: a second request begins");
                return Err(refuse(&problem, "paste a command with one request"));
            }
            Meaning::Noted(reason) => self.notes.push(note(reason)),
            Meaning::Pin => match parse_pin(&value) {
                Ok(pin) => self.pin = Some(pin),
                Err(reason) => self.notes.push(note(reason)),
            },
            Meaning::ProtoDefault => self.is_https = value == b"https",
            Meaning::Proxy if value.is_empty() => {}
            Meaning::Proxy => self.set_proxy(&value)?,
            Meaning::Referer => self.referer = Some(value),
            Meaning::Refused(reason) => {
                let hint = "remove it if the gateway accepts the request without it";
                return Err(refuse(&format!("{option}: {reason}"), hint));
            }
            Meaning::Request => self.method = Some(value),
            Meaning::Tls12 => {
                self.connection = self.take_connection().with_min_tls(TlsVersion::V1_2);
            }
            Meaning::Tls13 => {
                self.connection = self.take_connection().with_min_tls(TlsVersion::V1_3);
            }
            Meaning::Url => self.set_url(value)?,
            Meaning::UrlQuery => {
                let encoded = match value.strip_prefix(b"+") {
                    Some(raw) => raw.to_vec(),
                    None => url_encoded(&value, option)?,
                };
                self.query.push(encoded);
            }
            Meaning::User => self.user = Some(value),
        }
        Ok(())
    }

    fn take_connection(&mut self) -> Connection {
        // The setters of `Connection` take it by value, so it is moved out and stored again.
        std::mem::take(&mut self.connection)
    }

    fn set_url(&mut self, word: Vec<u8>) -> Result<(), SpecError> {
        if self.url.is_some() {
            let hint = "use one URL, and put values with spaces between quotes";
            return Err(refuse("more than one URL, or a word without an option", hint));
        }
        self.url = Some(word);
        Ok(())
    }

    fn set_proxy(&mut self, value: &[u8]) -> Result<(), SpecError> {
        let proxy = String::from_utf8_lossy(value).into_owned();
        let proxy = if proxy.contains("://") { proxy } else { format!("http://{proxy}") };
        // A spec has no variables for a proxy, so its password would be readable in the file.
        if proxy.contains('@') || !proxy.starts_with("http") {
            let hint = "give the proxy in code, with `TransportOptions::with_proxy`";
            return Err(refuse("--proxy: a proxy with a password, or not for HTTP", hint));
        }
        self.connection = self.take_connection().with_proxy(proxy);
        Ok(())
    }

    /// Appends to the body. curl joins the values of `-d` with `&`, and those of `--json` directly.
    fn add(&mut self, value: &[u8], json: bool) -> Result<(), SpecError> {
        match &mut self.body {
            CurlBody::None => self.body = CurlBody::Data(value.to_vec()),
            CurlBody::Data(bytes) => {
                if !json && !bytes.is_empty() {
                    bytes.push(b'&');
                }
                bytes.extend_from_slice(value);
            }
            CurlBody::Parts(_) => return Err(two_bodies()),
        }
        Ok(())
    }

    fn add_part(&mut self, part: FormPart) -> Result<(), SpecError> {
        match &mut self.body {
            CurlBody::None => self.body = CurlBody::Parts(vec![part]),
            CurlBody::Parts(parts) => parts.push(part),
            CurlBody::Data(_) => return Err(two_bodies()),
        }
        Ok(())
    }

    /// Applies the options that depend on others.
    fn finish(mut self) -> Result<Self, SpecError> {
        // Only now: `-G` can come before or after the data that it moves to the query.
        if self.is_get {
            match std::mem::take(&mut self.body) {
                CurlBody::Data(bytes) => self.query.push(bytes),
                CurlBody::None => {}
                CurlBody::Parts(_) => {
                    return Err(refuse("-G cannot be combined with -F", "use -d with -G"));
                }
            }
        }
        if let Some(connect) = self.connect {
            // curl waits for a response without a limit. A spec defaults to 15 s in total, so a
            // long time to connect needs a longer total.
            let least =
                connect.saturating_add(Duration::from_secs(10)).min(Duration::from_secs(600));
            let total = self.total.or(Some(least).filter(|least| least.as_secs() > 15));
            let connect = connect.min(total.unwrap_or(connect));
            self.total = total;
            self.connection = self.take_connection().with_connect_timeout(connect);
        }
        if let Some(total) = self.total {
            self.connection = self.take_connection().with_timeout(total);
        }
        if self.pin.is_some() {
            // The key is trusted without another check of its certificate.
            self.notes.retain(|note| *note != CurlNote::Insecure);
        }
        match self.ca_file.take() {
            Some(_) if self.pin.is_some() => {
                let (option, reason) = ("--cacert".to_owned(), "connection.pin_sha256 replaces it");
                self.notes.push(CurlNote::IgnoredOption { option, reason });
            }
            Some(file) => self.connection = self.take_connection().with_ca_file(file),
            None => {}
        }
        if let Some(file) = self.certificate.take() {
            if self.has_key {
                let hint = "put certificate and key into one PEM file, and use --cert only";
                return Err(refuse("--key: certificate and key are two files", hint));
            }
            self.connection = self.take_connection().with_client_identity(path(&file));
        }
        Ok(self)
    }
}

/// Parses seconds, with or without a fraction. Zero means no limit and returns `None`.
fn seconds(value: &[u8], option: &str) -> Result<Option<Duration>, SpecError> {
    let seconds = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
    let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let problem = || refuse(&format!("{option}: the value is not a time"), "write seconds");
    // Times in a spec are in milliseconds, and at most 10 minutes.
    let millis = time.ok_or_else(problem)?.as_millis().min(600_000);
    // At most 600,000, so the conversion never fails.
    Ok(Some(Duration::from_millis(u64::try_from(millis).unwrap_or_default()))
        .filter(|t| !t.is_zero()))
}

fn path(value: &[u8]) -> PathBuf {
    String::from_utf8_lossy(value).into_owned().into()
}

fn no_value(option: &str) -> SpecError {
    refuse(&format!("{option} has no value"), "write it after the option")
}

fn two_bodies() -> SpecError {
    refuse("-d cannot be combined with -F", "a request has one body")
}

/// Returns the name of an option, without a part that could be its value.
fn shown(name: &str) -> String {
    name.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').take(30).collect()
}
