//! The words of a curl command, read as curl reads them.

use std::time::Duration;

use super::data::{form_part, in_a_file, no_name, split_at, url_encoded};
use super::note::CurlNote;
use super::options::{Meaning, Named};
use super::refuse;
use super::variables::Variables;
use crate::gateway::error::SpecError;
use crate::gateway::spec::Connection;
use crate::transport::TlsVersion;

/// A request as curl would make it, before anything of it is understood. All bytes may hold the marks of variables.
#[derive(Default)]
pub(super) struct Call {
    pub(super) url: Option<Vec<u8>>,
    pub(super) method: Option<Vec<u8>>,
    /// What is added to the query.
    pub(super) query: Vec<Vec<u8>>,
    pub(super) body: Body,
    /// In order, and as they are written.
    pub(super) headers: Vec<Vec<u8>>,
    pub(super) agent: Option<Vec<u8>>,
    pub(super) referer: Option<Vec<u8>>,
    pub(super) cookies: Vec<Vec<u8>>,
    pub(super) user: Option<Vec<u8>>,
    pub(super) bearer: Option<Vec<u8>>,
    pub(super) connection: Connection,
    pub(super) notes: Vec<CurlNote>,
    /// `https://` where the URL says nothing.
    pub(super) is_https: bool,
    /// Whether `--json` asks for its headers.
    pub(super) is_json: bool,
    connect: Option<Duration>,
    total: Option<Duration>,
    is_get: bool,
    pub(super) takes_globs: bool,
    certificate: Option<Vec<u8>>,
    has_key: bool,
}

/// Name and value of a part of a multipart form.
pub(super) type FormPart = (Vec<u8>, Vec<u8>);

/// The body of a request.
#[derive(Default)]
pub(super) enum Body {
    /// `-d` and its like, joined.
    Data(Vec<u8>),
    #[default]
    None,
    /// `-F`: names and values.
    Parts(Vec<FormPart>),
}

impl Call {
    pub(super) fn of(words: Vec<Vec<u8>>, variables: &Variables) -> Result<Self, SpecError> {
        let mut call = Self { takes_globs: true, ..Self::default() };
        let mut unknown = Vec::new();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let text = String::from_utf8_lossy(&word).into_owned();
            if let Some(name) = text.strip_prefix("--").filter(|name| !name.is_empty()) {
                match Meaning::of(name) {
                    Named::Known { meaning, takes_value } => {
                        let value = if takes_value { words.next() } else { Some(Vec::new()) };
                        let option = format!("--{name}");
                        let value = value.ok_or_else(|| no_value(&option))?;
                        call.take(meaning, &option, value, variables)?;
                    }
                    Named::Ambiguous => {
                        let problem = format!("--{} is ambiguous", shown(name));
                        return Err(refuse(&problem, "write the whole name of the option"));
                    }
                    // What follows an equals sign may be a secret.
                    Named::Unknown => unknown.push(format!("--{}", shown(name))),
                }
            } else if text.starts_with('-') && text.len() > 1 {
                call.cluster(&word, &mut words, variables, &mut unknown)?;
            } else if text.starts_with(['\u{2010}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2212}'])
            {
                let hint = "write -- or - where the page shows a long dash";
                return Err(refuse("typographic dashes, and no option", hint));
            } else if let Err(error) = call.set_url(word) {
                // It may be the value of an option that is not known.
                if unknown.is_empty() {
                    return Err(error);
                }
            }
        }
        if !unknown.is_empty() {
            unknown.dedup();
            let problem = format!("unknown options: {}", unknown.join(", "));
            let hint = "leave them out if the command works without them";
            return Err(refuse(&problem, hint));
        }
        call.finish()
    }

    /// `-sSkXPOST`.
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
                    // What follows the letter is its value, else the next word is.
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
        let is_way = matches!(
            meaning,
            Meaning::CaFile
                | Meaning::Certificate
                | Meaning::ConnectTimeout
                | Meaning::Interface
                | Meaning::MaxTime
                | Meaning::Proxy
                | Meaning::ProtoDefault
                | Meaning::Request
        );
        if is_way && (variables.is_in(&value) || value.starts_with(b"~")) {
            let hint =
                "write the value itself: a spec says how to connect, and has no variables there";
            return Err(refuse(&format!("{option}: a variable in its value"), hint));
        }
        match meaning {
            Meaning::Agent => self.agent = Some(value),
            Meaning::Bearer => self.bearer = Some(value),
            Meaning::CaFile => self.connection = self.take_connection().with_ca_file(path(&value)),
            Meaning::Certificate if value.contains(&b':') => {
                let hint = "use a PEM file with certificate and key, and no passphrase";
                return Err(refuse(&format!("{option}: a passphrase, or another store"), hint));
            }
            Meaning::Certificate => self.certificate = Some(value),
            Meaning::Compressed => self.notes.push(CurlNote::Compressed),
            Meaning::ConnectTimeout => {
                self.connect = seconds(&value, option)?;
            }
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
            Meaning::MaxTime => {
                self.total = seconds(&value, option)?;
            }
            Meaning::Next => {
                let problem = format!("{option}: it begins a second request");
                return Err(refuse(&problem, "paste one request alone"));
            }
            Meaning::Noted(reason) => self.notes.push(note(reason)),
            Meaning::ProtoDefault => self.is_https = value == b"https",
            Meaning::Proxy if value.is_empty() => {}
            Meaning::Proxy => self.set_proxy(&value)?,
            Meaning::Referer => self.referer = Some(value),
            Meaning::Refused(reason) => {
                let hint = "leave it out, if the gateway takes the request without it";
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
            Meaning::User => {
                self.user = Some(value);
            }
        }
        Ok(())
    }

    fn take_connection(&mut self) -> Connection {
        std::mem::take(&mut self.connection)
    }

    fn set_url(&mut self, word: Vec<u8>) -> Result<(), SpecError> {
        if self.url.is_some() {
            let hint = "one request has one URL; are quotes missing around a value with blanks?";
            return Err(refuse("more than one URL, or a word that belongs to no option", hint));
        }
        self.url = Some(word);
        Ok(())
    }

    fn set_proxy(&mut self, value: &[u8]) -> Result<(), SpecError> {
        let proxy = String::from_utf8_lossy(value).into_owned();
        let proxy = if proxy.contains("://") { proxy } else { format!("http://{proxy}") };
        if proxy.contains('@') || !proxy.starts_with("http") {
            let hint = "give the proxy in code, with `TransportOptions::with_proxy`";
            return Err(refuse("--proxy: one with a password, or not for HTTP", hint));
        }
        self.connection = self.take_connection().with_proxy(proxy);
        Ok(())
    }

    /// Several `-d` are one body, with `&` between; several `--json` have nothing between.
    fn add(&mut self, value: &[u8], json: bool) -> Result<(), SpecError> {
        match &mut self.body {
            Body::None => self.body = Body::Data(value.to_vec()),
            Body::Data(bytes) => {
                if !json && !bytes.is_empty() {
                    bytes.push(b'&');
                }
                bytes.extend_from_slice(value);
            }
            Body::Parts(_) => return Err(two_bodies()),
        }
        Ok(())
    }

    fn add_part(&mut self, part: FormPart) -> Result<(), SpecError> {
        match &mut self.body {
            Body::None => self.body = Body::Parts(vec![part]),
            Body::Parts(parts) => parts.push(part),
            Body::Data(_) => return Err(two_bodies()),
        }
        Ok(())
    }

    /// What is known only when all is read.
    fn finish(mut self) -> Result<Self, SpecError> {
        if self.is_get {
            match std::mem::take(&mut self.body) {
                Body::Data(bytes) => self.query.push(bytes),
                Body::None => {}
                Body::Parts(_) => return Err(refuse("-G with -F", "use -d with -G")),
            }
        }
        if let Some(connect) = self.connect {
            // curl waits without an end for the rest; a spec waits for 15 s in all, if nothing is said.
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
        if let Some(file) = self.certificate.take() {
            if self.has_key {
                let hint =
                    "put certificate and key into one PEM file, and name it with --cert alone";
                return Err(refuse("--key: certificate and key are two files", hint));
            }
            self.connection = self.take_connection().with_client_identity(path(&file));
        }
        Ok(self)
    }
}

/// Whether a text is JSON or XML, as far as its first character tells.
pub(super) fn is_nested(text: &[u8]) -> bool {
    text.trim_ascii_start().starts_with(b"{")
        || text.trim_ascii_start().starts_with(b"[")
        || text.trim_ascii_start().starts_with(b"<")
}

/// Seconds, perhaps with a fraction; `None` for zero, which is no limit.
fn seconds(value: &[u8], option: &str) -> Result<Option<Duration>, SpecError> {
    let seconds = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
    let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let problem = || refuse(&format!("{option}: the value is no time"), "write seconds");
    // A spec counts in milliseconds, and waits for ten minutes at most.
    let millis = time.ok_or_else(problem)?.as_millis().min(600_000);
    Ok(Some(Duration::from_millis(u64::try_from(millis).unwrap_or_default()))
        .filter(|t| !t.is_zero()))
}

fn path(value: &[u8]) -> std::path::PathBuf {
    String::from_utf8_lossy(value).into_owned().into()
}

fn no_value(option: &str) -> SpecError {
    refuse(&format!("{option} has no value"), "write it behind the option")
}

fn two_bodies() -> SpecError {
    refuse("-d and -F", "a request has one body")
}

/// The name of an option, without what could be its value.
fn shown(name: &str) -> String {
    name.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').take(30).collect()
}
