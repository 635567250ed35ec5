//! One report of a JSON list.

use serde_json::Value;

/// Removes all reports of a document but one, and returns the pointer to it.
///
/// `each` is the pointer of the list, in which `*` stands for all items. A value at its end that is
/// no list is itself a report, as in a receiver.
pub(super) fn narrow(document: &mut Value, each: &str, wanted: usize) -> Option<String> {
    let tokens: Vec<&str> = each.split('/').skip(1).collect();
    let mut left = wanted;
    let mut pointer = String::new();
    keep(document, &tokens, &mut left, &mut pointer).then_some(pointer)
}

/// Returns the pointer to the only report of a document that is still to be written.
pub(super) fn first_item(each: &str) -> String {
    let tokens = each.split('/').skip(1);
    let tokens = tokens.map(|token| if token == "*" { "0" } else { token });
    tokens.chain(["0"]).fold(String::new(), |pointer, token| format!("{pointer}/{token}"))
}

fn keep(value: &mut Value, tokens: &[&str], left: &mut usize, pointer: &mut String) -> bool {
    let Some((token, rest)) = tokens.split_first() else {
        return keep_item(value, left, pointer);
    };
    let before = pointer.len();
    if *token == "*" {
        let Value::Array(items) = value else { return false };
        for mut item in std::mem::take(items) {
            pointer.push_str("/0");
            if keep(&mut item, rest, left, pointer) {
                items.push(item);
                return true;
            }
            pointer.truncate(before);
        }
        return false;
    }
    pointer.push('/');
    pointer.push_str(token);
    let inner = value.pointer_mut(pointer.get(before..).unwrap_or_default());
    inner.is_some_and(|inner| keep(inner, rest, left, pointer))
}

fn keep_item(value: &mut Value, left: &mut usize, pointer: &mut String) -> bool {
    match value {
        Value::Array(items) if *left < items.len() => {
            let item = items.swap_remove(*left);
            *items = vec![item];
            pointer.push_str("/0");
            true
        }
        Value::Array(items) => {
            *left = left.saturating_sub(items.len());
            false
        }
        Value::Null => false,
        _ if *left == 0 => true,
        _ => {
            *left = left.saturating_sub(1);
            false
        }
    }
}
