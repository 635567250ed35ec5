//! The label of a key: an issuer, a colon and an account, each of which may contain colons.

use crate::pasted::{is_blank, trim};

/// Splits a label into the issuer before its colon and the account. The issuer is empty if there is
/// none.
///
/// The colon that ends the issuer is the one after the text of the issuer parameter, if the label
/// begins with it: `Test: Foo:bob` with `Test: Foo`. Otherwise it is the one at byte `colon`, and
/// without it the first one that does not belong to a URL.
///
/// Returns `None` for an account with a colon that no issuer precedes: written again, the colon
/// would be read as the end of an issuer.
pub(in crate::otp) fn split<'a>(
    label: &'a str,
    issuer: &str,
    colon: Option<usize>,
) -> Option<(&'a str, &'a str)> {
    let parts = || label.match_indices(':').filter_map(|(at, _)| split_at(label, at));
    let named = parts().find(|(before, _)| is_same(before, issuer));
    let named = named.or_else(|| split_at(label, colon?));
    let split = named.or_else(|| parts().find(|(_, after)| !trim(after).starts_with("//")));
    let Some((before, after)) = split else { return Some(("", trim(label))) };
    let (before, after) = (trim(before), trim(after));
    (!before.is_empty() || !after.contains(':')).then_some((before, after))
}

fn split_at(label: &str, at: usize) -> Option<(&str, &str)> {
    let (before, rest) = label.split_at_checked(at)?;
    Some((before, rest.strip_prefix(':')?))
}

/// Compares the issuer of a label with that of the parameter. Blanks are ignored, and so is the
/// plus that programs write for a blank in a parameter.
fn is_same(label: &str, issuer: &str) -> bool {
    fn visible(text: &str) -> impl Iterator<Item = char> {
        text.chars().filter(|c| !is_blank(*c) && *c != '+')
    }
    visible(issuer).next().is_some() && visible(label).eq(visible(issuer))
}
