//! The signatures of hooks.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use otpost::secret::SecretBytes;
use sha2::Sha256;

use super::reply::ServeReply;
use super::secrets::read_secret;
use crate::error::CommandError;

/// The maximum difference between the time of a signature and the clock of this machine.
const TOLERANCE: Duration = Duration::from_secs(300);
const SECOND: Duration = Duration::from_secs(1);
/// The sizes of the key of a Standard Webhook in bytes, as its specification requires.
const KEY_SIZES: std::ops::RangeInclusive<usize> = 24..=64;
/// More signatures than any sender has keys.
const MAX_SIGNATURES: usize = 16;

/// The keys that sign the hooks of one sender. During a rotation there are several.
pub(super) struct HookKeys {
    scheme: HookScheme,
    keys: Vec<SecretBytes>,
}

/// The form of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HookScheme {
    /// Standard Webhooks: three headers, and Base64.
    Standard,
    /// One header with the time and hexadecimal signatures.
    Zitadel,
}

impl HookKeys {
    /// Reads the secrets of a Standard Webhook: `v1,whsec_…`, several with `|` between them.
    pub(super) fn standard(option: &str, source: &str) -> Result<Self, CommandError> {
        let secrets = read_secret(option, source)?;
        let keys = secrets.expose().split('|').map(|secret| {
            let secret = secret.strip_prefix("v1,").unwrap_or(secret);
            let key = secret.strip_prefix("whsec_")?;
            let key = BASE64.decode(key.as_bytes()).ok().map(SecretBytes::from)?;
            KEY_SIZES.contains(&key.expose().len()).then_some(key)
        });
        let keys = keys.collect::<Option<Vec<_>>>().ok_or_else(|| {
            let problem = "expected `v1,whsec_` and 24 to 64 bytes in Base64";
            CommandError::Usage(format!("{option}: {problem}"))
        })?;
        Ok(Self { scheme: HookScheme::Standard, keys })
    }

    /// Reads the signing keys of Zitadel.
    pub(super) fn zitadel(option: &str, sources: &[String]) -> Result<Self, CommandError> {
        let read = |source: &String| {
            let key = read_secret(option, source)?;
            if key.expose().len() < 16 {
                let problem = format!("{option}: the key must have at least 16 characters");
                return Err(CommandError::Usage(problem));
            }
            Ok(SecretBytes::new(key.expose()))
        };
        let keys = sources.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { scheme: HookScheme::Zitadel, keys })
    }

    /// Verifies the signature of a hook, and returns the time from which it is too old. The body is
    /// the one that was received, byte by byte.
    pub(super) fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: SystemTime,
    ) -> Result<SystemTime, ServeReply> {
        match self.scheme {
            HookScheme::Standard => self.verify_standard(headers, body, now),
            HookScheme::Zitadel => self.verify_zitadel(headers, body, now),
        }
    }

    fn verify_standard(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: SystemTime,
    ) -> Result<SystemTime, ServeReply> {
        let id = single(headers, "webhook-id")?;
        // A point would move the border between the id and the time in what is signed.
        let is_id =
            (1..=255).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic() && b != b'.');
        if !is_id {
            return Err(malformed("webhook-id"));
        }
        let time = single(headers, "webhook-timestamp")?;
        let expires = check_time("webhook-timestamp", time, now)?;
        // Supabase puts a comma before the blank.
        let given = single(headers, "webhook-signature")?.split(' ').take(MAX_SIGNATURES);
        let given = given.filter_map(|part| part.trim_end_matches(',').strip_prefix("v1,"));
        let given: Vec<_> = given.filter_map(|it| BASE64.decode(it.as_bytes()).ok()).collect();
        let parts = [id.as_bytes(), b".", time.as_bytes(), b".", body];
        self.check(&parts, &given)?;
        Ok(expires)
    }

    fn verify_zitadel(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: SystemTime,
    ) -> Result<SystemTime, ServeReply> {
        const HEADER: &str = "zitadel-signature";
        let mut times = Vec::new();
        let mut given = Vec::new();
        for part in single(headers, HEADER)?.split(',').take(MAX_SIGNATURES) {
            match part.trim().split_once('=') {
                Some(("t", time)) => times.push(time),
                Some(("v1", signature)) => {
                    given.extend(HEXLOWER.decode(signature.as_bytes()).ok());
                }
                _ => {}
            }
        }
        let [time] = times.as_slice() else { return Err(malformed(HEADER)) };
        let expires = check_time(HEADER, time, now)?;
        let parts = [time.as_bytes(), b".", body];
        self.check(&parts, &given)?;
        Ok(expires)
    }

    /// Checks if one of the keys made one of the signatures.
    fn check(&self, parts: &[&[u8]], given: &[Vec<u8>]) -> Result<(), ServeReply> {
        let mut is_valid = false;
        for key in &self.keys {
            for signature in given {
                let Some(mac) = mac(key, parts) else { continue };
                // Compares in constant time.
                is_valid |= mac.verify_slice(signature).is_ok();
            }
        }
        if is_valid { Ok(()) } else { Err(wrong()) }
    }
}

fn mac(key: &SecretBytes, parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).ok()?;
    parts.iter().for_each(|part| mac.update(part));
    Some(mac)
}

/// Returns the value of a header that occurs once.
fn single<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<&'h str, ServeReply> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or_else(|| {
        ServeReply::unauthenticated(format!("the request is not signed: `{name}` is missing"))
    })?;
    if values.next().is_some() {
        return Err(malformed(name));
    }
    value.to_str().map_err(|_| malformed(name))
}

/// Checks the time of a signature, and returns the time from which it is too old.
fn check_time(name: &str, text: &str, now: SystemTime) -> Result<SystemTime, ServeReply> {
    let is_number = (1..=19).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| is_number).map(Duration::from_secs);
    let time = seconds.and_then(|seconds| UNIX_EPOCH.checked_add(seconds));
    let time = time.ok_or_else(|| malformed(name))?;
    let age = now.duration_since(time).unwrap_or_else(|error| error.duration());
    if age > TOLERANCE {
        let tolerance = TOLERANCE.as_secs();
        return Err(ServeReply::unauthenticated(format!(
            "the time of the signature is more than {tolerance} s away from this machine's clock"
        )));
    }
    // A second more: the hook must not be forgotten before it is too old.
    time.checked_add(TOLERANCE.saturating_add(SECOND)).ok_or_else(|| malformed(name))
}

fn malformed(name: &str) -> ServeReply {
    ServeReply::unauthenticated(format!("the header `{name}` cannot be read"))
}

fn wrong() -> ServeReply {
    ServeReply::unauthenticated("the signature is wrong")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const BODY: &str = r#"{"user":{"phone":"41791234567"},"sms":{"otp":"012345"}}"#;
    const ID: &str = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";
    /// Made by the official library of Standard Webhooks for Python.
    const STANDARD: &str = "v1,b0kaFR/8AGbSiqQyBErAGmjpSqaym0eClUlQejOrpY4=";
    /// Made by Python's `hmac`, as Zitadel documents it.
    const ZITADEL: &str =
        "t=1700000000,v1=97dd4df44a472b54d183f9ef3152c4416499fff6d7c17362cb386a0d926a5b61";

    fn verify(
        scheme: HookScheme,
        keys: &[&[u8]],
        headers: &[(&'static str, &str)],
        now: u64,
    ) -> Result<SystemTime, ServeReply> {
        let keys = keys.iter().map(|key| SecretBytes::new(*key)).collect();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        let now = UNIX_EPOCH.checked_add(Duration::from_secs(now)).unwrap();
        HookKeys { scheme, keys }.verify(&map, BODY.as_bytes(), now)
    }

    fn standard(keys: &[&[u8]], time: &str, signature: &str, now: u64) -> Option<SystemTime> {
        let headers =
            [("webhook-id", ID), ("webhook-timestamp", time), ("webhook-signature", signature)];
        verify(HookScheme::Standard, keys, &headers, now).ok()
    }

    fn zitadel(keys: &[&[u8]], signature: &str, now: u64) -> Option<SystemTime> {
        verify(HookScheme::Zitadel, keys, &[("zitadel-signature", signature)], now).ok()
    }

    #[test]
    fn signatures_of_other_programs_are_valid() {
        const NOW: u64 = 1_700_000_000;
        let key = b"sentinel-key-of-supabase-32-bytes".as_slice();
        let old = b"sentinel-key-before-the-rotation-".as_slice();
        assert!(standard(&[key], "1700000000", STANDARD, NOW).is_some());
        assert!(standard(&[old, key], "1700000000", STANDARD, NOW).is_some());
        let two = format!("v1,{}, {STANDARD}", "A".repeat(43));
        assert!(standard(&[key], "1700000000", &two, NOW).is_some());
        assert!(standard(&[old], "1700000000", STANDARD, NOW).is_none());
        assert!(standard(&[], "1700000000", STANDARD, NOW).is_none());
        assert!(standard(&[key], "1700000001", STANDARD, NOW).is_none());

        let key = b"sentinel-key-of-zitadel".as_slice();
        assert!(zitadel(&[key], ZITADEL, NOW).is_some());
        assert!(zitadel(&[old], ZITADEL, NOW).is_none());
        assert!(zitadel(&[], ZITADEL, NOW).is_none());
        assert!(zitadel(&[key], &ZITADEL.to_ascii_uppercase(), NOW).is_none());
        // Two times, of which only one is signed.
        assert!(zitadel(&[key], &format!("t=1700000001,{ZITADEL}"), NOW).is_none());
    }

    #[test]
    fn the_time_may_differ_by_five_minutes() {
        let key = b"sentinel-key-of-supabase-32-bytes".as_slice();
        let zitadel_key = b"sentinel-key-of-zitadel".as_slice();
        for (now, is_valid) in [
            (1_699_999_699, false),
            (1_699_999_700, true),
            (1_700_000_300, true),
            (1_700_000_301, false),
            (0, false),
        ] {
            let hook = standard(&[key], "1700000000", STANDARD, now);
            assert_eq!(hook.is_some(), is_valid, "{now}");
            // It is kept until it is too old.
            let too_old = UNIX_EPOCH.checked_add(Duration::from_secs(1_700_000_301)).unwrap();
            assert!(hook.is_none_or(|expires| expires >= too_old));
            assert_eq!(zitadel(&[zitadel_key], ZITADEL, now).is_some(), is_valid, "{now}");
        }
    }
}
