//! A minimal reader of certificates (DER). It finds the fields that explain a refusal, and the
//! public key.
//!
//! It trusts nothing and checks every length. It also reads certificates that the TLS library
//! refuses to parse, such as those of version 1.

use sha2::{Digest, Sha256};

use crate::transport::KeyPin;

/// The parts of a certificate that are used here (RFC 5280 §4.1). A part that cannot be read is
/// missing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Certificate<'d> {
    /// The public key (SubjectPublicKeyInfo), with its tag and length.
    pub(super) key: Option<&'d [u8]>,
    /// The last day of its validity, such as `2026-12-31`.
    pub(super) not_after: Option<String>,
    /// Its DNS names.
    pub(super) names: Vec<String>,
    /// The basic constraint `CA:TRUE`.
    pub(super) is_ca: bool,
    /// The subject is its own issuer.
    pub(super) is_self_issued: bool,
    /// The version is 1, which has no extensions.
    pub(super) is_version_1: bool,
    /// The insecure hash function of its signature.
    pub(super) weak_hash: Option<&'static str>,
}

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const OCTETS: u8 = 0x04;
const SEQUENCE: u8 = 0x30;
const CONTEXT_0: u8 = 0xa0;
const CONTEXT_3: u8 = 0xa3;
const DNS_NAME: u8 = 0x82;
/// The object identifier 2.5.29.17, the subject's alternative names.
const ALTERNATIVE_NAMES: &[u8] = &[0x06, 0x03, 0x55, 0x1d, 0x11];
/// The object identifier 2.5.29.19, the basic constraints.
const BASIC_CONSTRAINTS: &[u8] = &[0x06, 0x03, 0x55, 0x1d, 0x13];
/// The object identifier 1.2.840.113549.1.1.1, an RSA key (RFC 8017 appendix C).
const RSA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// RSA and ECDSA with hash functions for which collisions are known.
const WEAK: [(&[u8], &str); 3] = [
    (&[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04], "MD5"),
    (&[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05], "SHA-1"),
    (&[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01], "SHA-1"),
];

impl<'d> Certificate<'d> {
    pub(super) fn read(der: &'d [u8]) -> Self {
        let mut found = Self::default();
        // The parts before an invalid one are kept.
        let _ = found.fill(der);
        found
    }

    fn fill(&mut self, der: &'d [u8]) -> Option<()> {
        // The outer sequence contains the signed part, which has all the fields, and the signature.
        let mut fields = Elements(Elements(Elements(der).next()?.content).next()?.content);
        let first = fields.next()?;
        self.is_version_1 = first.tag != CONTEXT_0;
        if !self.is_version_1 {
            // The serial number.
            fields.next()?;
        }
        let algorithm = fields.next()?.content;
        let weak = WEAK.into_iter().find(|(id, _)| algorithm.starts_with(id));
        self.weak_hash = weak.map(|(_, name)| name);
        let issuer = fields.next()?.content;
        let not_after = Elements(fields.next()?.content).nth(1)?;
        self.not_after = day(not_after.tag, not_after.content);
        self.is_self_issued = fields.next()?.content == issuer;
        self.key = fields.next().filter(|key| key.tag == SEQUENCE).map(|key| key.whole);
        let extensions = fields.find(|field| field.tag == CONTEXT_3)?.content;
        for extension in Elements(Elements(extensions).next()?.content) {
            // The value is the last field. It follows the `critical` flag, which is optional.
            let value = || Elements(extension.content).find(|field| field.tag == OCTETS);
            if extension.content.starts_with(ALTERNATIVE_NAMES) {
                let list = Elements(value()?.content).next()?.content;
                self.names = Elements(list).filter_map(|name| name.dns()).collect();
            } else if extension.content.starts_with(BASIC_CONSTRAINTS) {
                let first = Elements(Elements(value()?.content).next()?.content).next();
                self.is_ca = first.is_some_and(|flag| flag.tag == BOOLEAN && flag.content != [0]);
            }
        }
        Some(())
    }

    /// Returns the hash of the public key.
    pub(super) fn pin(&self) -> Option<KeyPin> {
        self.key.map(|key| KeyPin(Sha256::digest(key).into()))
    }

    /// Returns the algorithm of the public key, as in an AlgorithmIdentifier without tag and
    /// length, and the key itself.
    pub(super) fn public_key(&self) -> Option<(&'d [u8], &'d [u8])> {
        let mut fields = Elements(Elements(self.key?).next()?.content);
        let algorithm = fields.next()?.content;
        let key = fields.next().filter(|key| key.tag == BITS)?.content;
        // The first byte counts the unused bits at the end. A key is made of whole bytes.
        Some((algorithm, key.strip_prefix(&[0])?))
    }

    /// Returns the size of the public key in bits if it is an RSA key.
    pub(super) fn rsa_bits(&self) -> Option<usize> {
        let (_, key) = self.public_key().filter(|(algorithm, _)| algorithm.starts_with(RSA))?;
        let modulus = Elements(Elements(key).next()?.content).next()?;
        let modulus = Some(modulus.content).filter(|_| modulus.tag == INTEGER)?;
        let start = modulus.iter().position(|byte| *byte != 0)?;
        let digits = modulus.get(start..)?;
        let zeros = usize::try_from(digits.first()?.leading_zeros()).ok()?;
        digits.len().checked_mul(8)?.checked_sub(zeros)
    }

    /// Describes the certificate in the result of a connection test.
    pub(super) fn summary(&self) -> String {
        let names: Vec<_> = self.names.iter().take(4).map(String::as_str).collect();
        let names = if names.is_empty() { "no name" } else { &names.join(", ") };
        let until = self.not_after.as_deref().unwrap_or("?");
        let pin = self.pin().map_or_else(|| "?".to_owned(), |pin| pin.to_string());
        format!("certificate for {names}, valid until {until}, pin_sha256 {pin}")
    }
}

/// An element of DER.
struct DerElement<'d> {
    tag: u8,
    content: &'d [u8],
    /// The content with its tag and length.
    whole: &'d [u8],
}

impl DerElement<'_> {
    fn dns(&self) -> Option<String> {
        let name = self.content;
        let is_name =
            self.tag == DNS_NAME && name.len() < 256 && name.iter().all(u8::is_ascii_graphic);
        is_name.then(|| String::from_utf8_lossy(name).into_owned())
    }
}

/// The elements of DER, one after the other. It ends at an invalid one.
struct Elements<'d>(&'d [u8]);

impl<'d> Iterator for Elements<'d> {
    type Item = DerElement<'d>;

    /// Splits off an element: tag, length and content (X.690 §8.1).
    fn next(&mut self) -> Option<DerElement<'d>> {
        let [tag, first, rest @ ..] = self.0 else { return None };
        let (length, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            // The long form: the low bits count the bytes of the length. Four bytes are enough for
            // any certificate, and DER does not allow the indefinite form (0x80).
            0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let length = digits.iter().try_fold(0_usize, |length, digit| {
                    length.checked_mul(256)?.checked_add(usize::from(*digit))
                })?;
                (length, rest)
            }
            _ => return None,
        };
        let (content, behind) = rest.split_at_checked(length)?;
        let whole = self.0.get(..self.0.len().checked_sub(behind.len())?)?;
        self.0 = behind;
        Some(DerElement { tag: *tag, content, whole })
    }
}

/// Formats a date. UTCTime is `YYMMDD…` and covers the years 1950 to 2049; GeneralizedTime is
/// `YYYYMMDD…`.
fn day(tag: u8, time: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(time).ok().filter(|text| text.is_ascii())?;
    // The tags are those of UTCTime and GeneralizedTime.
    let (century, text) = match tag {
        0x17 => (if text < "50" { "20" } else { "19" }, text),
        0x18 => (text.get(..2)?, text.get(2..)?),
        _ => return None,
    };
    Some(format!("{century}{}-{}-{}", text.get(..2)?, text.get(2..4)?, text.get(4..6)?))
}
