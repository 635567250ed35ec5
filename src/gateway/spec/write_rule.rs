//! Converts rules and places into the tree that is written as TOML.

use super::write_value::{Table, some, text, wait};
use super::{AnswerPlaces, Predicate, Rule, Scalar, StatusSet, Then, When};
use crate::gateway::spec::Tree;

pub(super) fn rule(rule: &Rule) -> Tree {
    // Without `..`, the compiler reports a new field that is not written.
    let When {
        status,
        header,
        body_contains,
        body_empty,
        body_equals,
        body_regex,
        json,
        form,
        xml,
    } = &rule.when;
    let when = Table::default()
        .with_some("status", status.as_ref().map(StatusSet::tree))
        .with_filled("header", conditions(header))
        .with_some("body_contains", some(body_contains.as_ref()))
        .with_some("body_empty", body_empty.map(Tree::Bool))
        .with_some("body_equals", some(body_equals.as_ref()))
        .with_some("body_regex", some(body_regex.as_ref()))
        .with_filled("json", conditions(json))
        .with_filled("form", conditions(form))
        .with_filled("xml", conditions(xml));
    let Then { outcome, message_id, code, message, retry_after } = &rule.then;
    let then = Table::default()
        .with("outcome", text(outcome))
        .with_some("message_id", some(message_id.as_ref()))
        .with_some("code", some(code.as_ref()))
        .with_some("message", some(message.as_ref()))
        .with_some("retry_after", retry_after.as_ref().map(wait));
    Table::default().with_filled("when", when.done()).with("then", then.done()).done()
}

/// Writes the conditions on values of one kind, by their names.
pub(super) fn conditions(entries: &[(String, Predicate)]) -> Tree {
    Tree::Object(entries.iter().map(|(name, is)| (name.clone(), predicate(is))).collect())
}

fn predicate(predicate: &Predicate) -> Tree {
    let Predicate { all, any, exists, not, one_of, regex, at_least, at_most } = predicate;
    let has_more = exists.is_some() || regex.is_some() || at_least.is_some() || at_most.is_some();
    let is_more = has_more || all.is_some() || any.is_some() || not.is_some();
    let part = |part: &Option<Box<Predicate>>| part.as_deref().map(self::predicate);
    match one_of.as_deref() {
        // `equals` is read as a list of one value, so it needs no key of its own here.
        Some([only]) if !is_more => return scalar(only),
        _ => {}
    }
    let one_of = one_of.as_ref().map(|values| Tree::Array(values.iter().map(scalar).collect()));
    Table::default()
        .with_some("in", one_of)
        .with_some("regex", some(regex.as_ref()))
        .with_some("exists", exists.map(Tree::Bool))
        .with_some("at_least", at_least.map(Tree::Int))
        .with_some("at_most", at_most.map(Tree::Int))
        .with_some("all", part(all))
        .with_some("any", part(any))
        .with_some("not", part(not))
        .done()
}

pub(super) fn scalar(scalar: &Scalar) -> Tree {
    match scalar {
        Scalar::Bool(value) => Tree::Bool(*value),
        Scalar::Int(number) => Tree::Int(*number),
        Scalar::Text(value) => text(value),
    }
}

pub(super) fn places(AnswerPlaces(places): &AnswerPlaces) -> Option<Tree> {
    match places.as_slice() {
        [] => None,
        [only] => Some(text(only)),
        several => Some(Tree::Array(several.iter().map(text).collect())),
    }
}
