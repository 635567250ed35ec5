use std::borrow::Cow;
use std::cell::OnceCell;
use std::time::{SystemTime, UNIX_EPOCH};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::civil;
use crate::clock::Clock;
use crate::message::{Message, MessageId, Segments, SenderId, SenderKind};
use crate::secret::SecretString;
use crate::template::Filter;

/// Returns `true` if every spec has a variable of this name, such as `to`, `text` or `code`.
///
/// Use it in a program that writes specs, to see which names need no entry in `[vars]`. Names that
/// `[auth]` provides, such as `token` and `signature`, are not included.
///
/// # Examples
///
/// ```
/// use otpost::gateway::is_builtin_variable;
///
/// assert!(is_builtin_variable("national_number"));
/// assert!(!is_builtin_variable("password"));
/// ```
#[must_use]
pub fn is_builtin_variable(name: &str) -> bool {
    BUILTINS.iter().any(|(known, _, _)| *known == name)
}

/// The built-in variables. The flag is `true` if the variable may have no value.
pub(in crate::gateway) const BUILTINS: [(&str, Source, bool); 18] = [
    ("calling_code", Source::CallingCode, false),
    ("code", Source::Code, true),
    ("dlt.entity_id", Source::Message("dlt.entity_id"), true),
    ("dlt.template_id", Source::Message("dlt.template_id"), true),
    ("encoding", Source::Encoding, false),
    ("expires_at", Source::ExpiresAt, false),
    ("locale", Source::Locale, true),
    ("message_uuid", Source::MessageUuid, false),
    ("national_number", Source::NationalNumber, false),
    ("nonce", Source::Nonce, false),
    ("now", Source::Now, false),
    ("segments", Source::Segments, false),
    ("sender", Source::Sender, true),
    ("sender_kind", Source::SenderKind, true),
    ("sender_pool", Source::SenderPool, true),
    ("text", Source::Text, false),
    ("to", Source::To, false),
    ("ttl_seconds", Source::TtlSeconds, false),
];

/// The source of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Source {
    CallingCode,
    Code,
    /// The configured value only.
    Configured,
    Encoding,
    ExpiresAt,
    Locale,
    /// The message's own variable of this name.
    Message(&'static str),
    /// The message's own variable that `[vars]` declares.
    MessageVar,
    MessageUuid,
    NationalNumber,
    /// A text that is different for each attempt.
    Nonce,
    Now,
    /// The time with milliseconds.
    NowMillis,
    Segments,
    Sender,
    SenderKind,
    SenderPool,
    /// The gateway's id of a message that was sent before.
    ReceiptId,
    /// The signature of the request. It has no value while the request is signed.
    Signature,
    Text,
    To,
    /// A value of the response to the token request, by its index.
    Token(usize),
    TtlSeconds,
}

/// The sensitivity of a value, which decides how a dry run shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::gateway) enum Sensitivity {
    /// The value is shown.
    Public,
    /// A phone number: the middle digits are masked.
    Number,
    /// The value is hidden.
    Secret,
}

/// A variable at one place in a spec.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct Slot {
    pub(in crate::gateway) name: String,
    pub(in crate::gateway) source: Source,
    /// The index of the configured value, which is used if the source has none.
    pub(in crate::gateway) configured: Option<usize>,
    pub(in crate::gateway) sensitivity: Sensitivity,
    pub(in crate::gateway) may_be_absent: bool,
}

/// The values of one request.
pub(in crate::gateway) struct Values<'m> {
    message: Option<&'m Message>,
    /// The clock. `None` while parts are rendered that are the same for all requests.
    clock: Option<&'m dyn Clock>,
    /// Read once, so that all times in one request are equal.
    now: OnceCell<SystemTime>,
    pub(in crate::gateway) configured: &'m [Option<SecretString>],
    /// The values of the response to the token request. `None` in a dry run.
    tokens: Option<&'m [SecretString]>,
    receipt_id: Option<&'m str>,
    signature: Option<Zeroizing<String>>,
}

/// The placeholder of a signature.
pub(in crate::gateway) const SIGNATURE: &str = "signature";
/// The placeholder of a fetched token.
pub(in crate::gateway) const TOKEN: &str = "token";
/// The placeholder of the gateway's id of a message that was sent before.
pub(in crate::gateway) const MESSAGE_ID: &str = "message_id";

impl<'m> Values<'m> {
    /// Creates the values of a request that belongs to no message.
    pub(in crate::gateway) const fn new(
        clock: &'m dyn Clock,
        configured: &'m [Option<SecretString>],
    ) -> Self {
        let mut values = Self::configured(configured);
        values.clock = Some(clock);
        values
    }

    /// Creates the values that are the same for each request.
    pub(in crate::gateway) const fn configured(configured: &'m [Option<SecretString>]) -> Self {
        Self {
            message: None,
            clock: None,
            now: OnceCell::new(),
            configured,
            tokens: None,
            receipt_id: None,
            signature: None,
        }
    }

    pub(in crate::gateway) const fn with_message(mut self, message: &'m Message) -> Self {
        self.message = Some(message);
        self
    }

    pub(in crate::gateway) const fn with_tokens(
        mut self,
        tokens: Option<&'m [SecretString]>,
    ) -> Self {
        self.tokens = tokens;
        self
    }

    pub(in crate::gateway) const fn with_receipt_id(mut self, id: &'m str) -> Self {
        self.receipt_id = Some(id);
        self
    }

    pub(in crate::gateway) fn get(&self, slot: &Slot) -> Option<Cow<'m, str>> {
        self.own(slot).or_else(|| {
            // A message's sender pool replaces a configured sender, and its sender replaces a
            // configured pool.
            let is_sender =
                matches!(slot.source, Source::Sender | Source::SenderKind | Source::SenderPool);
            if is_sender && self.message?.sender().is_some() {
                return None;
            }
            let value = self.configured.get(slot.configured?)?.as_ref()?;
            if slot.source == Source::SenderKind {
                // A sender that is none of the known kinds has none.
                let kind = SenderId::parse(value.expose()).ok()?.kind();
                return Some(kind.as_str().into());
            }
            Some(value.expose().into())
        })
    }

    /// Returns the time of the request.
    pub(in crate::gateway) fn now(&self) -> Option<SystemTime> {
        let clock = self.clock?;
        Some(*self.now.get_or_init(|| clock.now()))
    }

    /// Returns the filters that apply. The placeholder of a token in a dry run stays as it is.
    pub(in crate::gateway) const fn filters<'f>(
        &self,
        slot: &Slot,
        filters: &'f [Filter],
    ) -> &'f [Filter] {
        match slot.source {
            Source::Token(_) if self.tokens.is_none() => &[],
            _ => filters,
        }
    }

    /// Sets the signature, for the places that carry it.
    pub(in crate::gateway) fn sign(&mut self, signature: Zeroizing<String>) {
        self.signature = Some(signature);
    }

    /// Returns the nonce of the request.
    pub(in crate::gateway) fn nonce(&self) -> String {
        // A hash instead of random bytes: rendering depends on the message and the clock only. The
        // time makes the nonce of a second attempt differ, although the message id is the same.
        let mut nonce = Sha256::new().chain_update(b"otpost nonce ");
        if let Some(id) = self.message_id() {
            nonce.update(id.as_str());
        }
        let since_1970 = self.now().unwrap_or(UNIX_EPOCH).duration_since(UNIX_EPOCH);
        nonce.update(since_1970.unwrap_or_default().as_nanos().to_be_bytes());
        let hash = nonce.finalize();
        // The hash has 32 bytes. Half of it is enough to be unique.
        HEXLOWER.encode(hash.get(..16).unwrap_or_default())
    }

    /// Returns the id of the message, if there is a message.
    pub(in crate::gateway) fn message_id(&self) -> Option<&'m MessageId> {
        self.message.map(Message::id)
    }

    /// Returns the message's sender. With `is_pool`, only a sender pool; otherwise only a sender
    /// that is not a pool.
    fn sender(&self, is_pool: bool) -> Option<&'m SenderId> {
        self.message?.sender().filter(|sender| (sender.kind() == SenderKind::Pool) == is_pool)
    }

    fn own(&self, slot: &Slot) -> Option<Cow<'m, str>> {
        // Only requests with a clock have times, so the fallback cannot occur.
        let now = || self.now().unwrap_or(UNIX_EPOCH);
        let message = match slot.source {
            Source::Configured => return None,
            Source::Nonce => return Some(self.nonce().into()),
            Source::Now => return Some(rfc3339(now()).into()),
            Source::NowMillis => return Some(rfc3339_millis(now()).into()),
            Source::ReceiptId => return self.receipt_id.map(Cow::Borrowed),
            Source::Signature => return Some(self.signature.as_ref()?.as_str().to_owned().into()),
            Source::Token(at) => {
                // A dry run fetches no token, and shows the placeholder.
                return Some(match self.tokens {
                    Some(tokens) => tokens.get(at)?.expose().into(),
                    None => format!("{{{{{}}}}}", slot.name).into(),
                });
            }
            _ => self.message?,
        };
        Some(match slot.source {
            Source::CallingCode => message.to().calling_code().into(),
            Source::Code => message.code()?.expose().into(),
            Source::Encoding => Segments::of(message.text().expose()).encoding.as_str().into(),
            Source::ExpiresAt => {
                let now = now();
                rfc3339(now.checked_add(message.lifetime()).unwrap_or(now)).into()
            }
            Source::Locale => message.locale()?.as_str().into(),
            Source::Message(name) => message.var(name)?.expose().into(),
            Source::MessageVar => message.var(&slot.name)?.expose().into(),
            Source::MessageUuid => message.id().as_str().into(),
            Source::NationalNumber => message.to().national_number().into(),
            Source::Segments => Segments::of(message.text().expose()).count.to_string().into(),
            Source::Sender => self.sender(false)?.as_str().into(),
            Source::SenderKind => message.sender()?.kind().as_str().into(),
            Source::SenderPool => self.sender(true)?.as_str().into(),
            Source::Text => message.text().expose().into(),
            Source::To => message.to().e164().into(),
            Source::TtlSeconds => message.lifetime().as_secs().to_string().into(),
            // These are the sources without a message, which have returned above.
            Source::Configured
            | Source::Nonce
            | Source::Now
            | Source::NowMillis
            | Source::ReceiptId
            | Source::Signature
            | Source::Token(_) => return None,
        })
    }
}

impl Source {
    /// Returns whether the request makes no sense without this value.
    pub(in crate::gateway) const fn is_essential(self) -> bool {
        matches!(
            self,
            Self::CallingCode
                | Self::Code
                | Self::NationalNumber
                | Self::ReceiptId
                | Self::Text
                | Self::To
        )
    }

    pub(in crate::gateway) const fn sensitivity(self) -> Sensitivity {
        match self {
            Self::NationalNumber | Self::To => Sensitivity::Number,
            Self::Code | Self::MessageVar | Self::Signature | Self::Text | Self::Token(_) => {
                Sensitivity::Secret
            }
            _ => Sensitivity::Public,
        }
    }
}

/// Formats a time as `2026-01-31T12:00:00Z` (RFC 3339) in whole seconds. Times before 1970 become
/// 1970.
fn rfc3339(time: SystemTime) -> String {
    civil::rfc3339(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
}

/// Formats a time as `2026-01-31T12:00:00.123Z`.
fn rfc3339_millis(time: SystemTime) -> String {
    let millis = time.duration_since(UNIX_EPOCH).unwrap_or_default().subsec_millis();
    format!("{}.{millis:03}Z", rfc3339(time).trim_end_matches('Z'))
}
