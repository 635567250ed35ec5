//! The numbers of decoys: of nobody, and the same for the same subject.

use super::tenant_keys::TenantKeys;
use crate::phone::PhoneNumber;

/// The name under which a subject waits and is counted. No number looks like this.
pub(super) fn tagged(subject: &str) -> String {
    format!("decoy {subject}")
}

/// A number like another one, whose last digits depend on the subject: those that its masked form shows.
pub(super) fn number(keys: &TenantKeys, subject: &str, like: &PhoneNumber) -> PhoneNumber {
    let shown = like.to_string().chars().rev().take_while(char::is_ascii_digit).count();
    let kept = like.e164().len().saturating_sub(shown);
    let digits = keys.digits(subject).into_iter();
    let digits = digits.map(|byte| char::from(b'0'.saturating_add(byte % 10)));
    let kept = like.e164().chars().take(kept);
    let number: String = kept.chain(digits.take(shown)).collect();
    PhoneNumber::parse(&number).unwrap_or_else(|_| like.clone())
}
