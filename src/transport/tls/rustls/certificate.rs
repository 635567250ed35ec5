//! A minimal reader of certificates (DER), which finds two fields for the output of a diagnosis.
//!
//! The TLS library has validated the certificate. Here it is only shown, so the reader walks over
//! its elements, checks every length, and skips what it does not need.

/// The parts of a certificate that a diagnosis shows (RFC 5280 §4.1).
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Certificate {
    /// The last day of its validity, such as `2026-12-31`.
    pub(super) not_after: Option<String>,
    /// Its DNS names.
    pub(super) names: Vec<String>,
}

const SEQUENCE: u8 = 0x30;
const CONTEXT_0: u8 = 0xa0;
const CONTEXT_3: u8 = 0xa3;
const DNS_NAME: u8 = 0x82;
const OCTETS: u8 = 0x04;
/// The object identifier 2.5.29.17, the subject's alternative names.
const ALTERNATIVE_NAMES: &[u8] = &[0x06, 0x03, 0x55, 0x1d, 0x11];

impl Certificate {
    /// Reads the parts that can be read. The TLS library has validated the certificate, so a part
    /// that cannot be read is only missing from the output.
    pub(super) fn read(der: &[u8]) -> Self {
        Self::of(der).unwrap_or_default()
    }

    fn of(der: &[u8]) -> Option<Self> {
        // The outer sequence contains the signed part, which has all the fields, and the signature.
        let (_, certificate, _) = element(der)?;
        let (_, mut rest, _) = element(certificate)?;
        let mut found = Self::default();
        let mut sequences = 0_u8;
        while let Some((tag, content, behind)) = element(rest) {
            match tag {
                // The version, which is optional. The serial number is not a sequence and is
                // skipped below.
                CONTEXT_0 => {}
                SEQUENCE => {
                    sequences = sequences.saturating_add(1);
                    // The sequences are, in order: signature algorithm, issuer, validity.
                    if sequences == 3 {
                        let (_, _, not_after) = element(content)?;
                        found.not_after =
                            element(not_after).and_then(|(tag, time, _)| day(tag, time));
                    }
                }
                CONTEXT_3 => found.names = names(content).unwrap_or_default(),
                _ => {}
            }
            rest = behind;
        }
        Some(found)
    }
}

/// Returns the DNS names in the extensions.
fn names(extensions: &[u8]) -> Option<Vec<String>> {
    let (_, mut rest, _) = element(extensions)?;
    while let Some((_, extension, behind)) = element(rest) {
        rest = behind;
        if !extension.starts_with(ALTERNATIVE_NAMES) {
            continue;
        }
        // The value is the last field. It follows the `critical` flag, which is optional.
        let mut fields = extension;
        let mut value = None;
        while let Some((tag, content, behind)) = element(fields) {
            value = (tag == OCTETS).then_some(content).or(value);
            fields = behind;
        }
        let (_, mut list, _) = element(value?)?;
        let mut names = Vec::new();
        while let Some((tag, name, behind)) = element(list) {
            let is_name =
                tag == DNS_NAME && name.len() < 256 && name.iter().all(u8::is_ascii_graphic);
            names.extend(is_name.then(|| String::from_utf8_lossy(name).into_owned()));
            list = behind;
        }
        return Some(names);
    }
    None
}

/// Splits DER into tag, content and rest (X.690 §8.1).
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, first, rest @ ..] = der else { return None };
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        // The long form: the low bits count the bytes of the length. Four bytes are enough for any
        // certificate, and DER does not allow the indefinite form (0x80).
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
    Some((*tag, content, behind))
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
