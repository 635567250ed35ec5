//! Finds rules that never decide, because an earlier rule matches whatever they match.

use super::Outcome;
use crate::gateway::spec::{Predicate, Rule, StatusSet, When};

/// Returns the first earlier rule that matches every response that `rule` matches.
pub(super) fn hidden_by(rules: &[Rule], rule: &Rule) -> Option<usize> {
    rules.iter().position(|earlier| covers(earlier, rule))
}

/// Returns whether `wide` matches every response that `narrow` matches. It compares the conditions
/// one by one, so it does not find everything.
fn covers(wide: &Rule, narrow: &Rule) -> bool {
    // Without `..`, the compiler reports a new condition that is not compared.
    let When {
        status: _,
        header,
        body_contains,
        body_empty,
        body_equals,
        body_regex,
        json,
        form,
        xml,
    } = &wide.when;
    let other = &narrow.when;
    let text = |wide: &Option<String>, narrow: &Option<String>| wide.is_none() || wide == narrow;
    all(header, &other.header)
        && text(body_contains, &other.body_contains)
        && (body_empty.is_none() || *body_empty == other.body_empty)
        && text(body_equals, &other.body_equals)
        && text(body_regex, &other.body_regex)
        && all(json, &other.json)
        && all(form, &other.form)
        && all(xml, &other.xml)
        && covers_status(wide, narrow)
}

fn covers_status(wide: &Rule, narrow: &Rule) -> bool {
    // A rule for success without a status matches 200 to 299 only.
    let effective = |rule: &Rule| {
        rule.when.status.clone().or_else(|| match rule.then.outcome {
            Outcome::Accepted => Some(StatusSet::success()),
            Outcome::Duplicate => Some(StatusSet::answered()),
            _ => None,
        })
    };
    match (effective(wide), effective(narrow)) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => wide.covers(&narrow),
    }
}

/// Returns whether each condition is met by every value that a condition on the same place allows.
fn all(wide: &[(String, Predicate)], narrow: &[(String, Predicate)]) -> bool {
    wide.iter().all(|(place, wide)| {
        narrow.iter().any(|(other, narrow)| other == place && implies(narrow, wide))
    })
}

/// Returns whether every value that meets `narrow` also meets `wide`.
fn implies(narrow: &Predicate, wide: &Predicate) -> bool {
    if narrow == wide {
        return true;
    }
    let Predicate { all, any, exists, not, one_of, regex, at_least, at_most } = wide;
    let is_plain = all.is_none()
        && any.is_none()
        && not.is_none()
        && regex.is_none()
        && at_least.is_none()
        && at_most.is_none();
    match (one_of, exists, &narrow.one_of) {
        (Some(wide), None, Some(narrow)) if is_plain => {
            narrow.iter().all(|value| wide.contains(value))
        }
        // Every value is there.
        (None, Some(true), Some(_)) => is_plain,
        _ => false,
    }
}
