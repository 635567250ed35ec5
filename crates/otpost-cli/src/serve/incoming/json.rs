use otpost::SecretString;
use serde_json::Value;

use super::IncomingMessage;
use crate::serve::reply::ServeReply;

/// Reads `{"to": …, "text": …}`, or `{"to": …, "code": …}`.
pub(in crate::serve) fn plain(body: &[u8]) -> Result<IncomingMessage, ServeReply> {
    let document = parse(body)?;
    let to = required(&document, "/to")?;
    let (text, code) = (optional(&document, "/text")?, optional(&document, "/code")?);
    if text.is_none() && code.is_none() {
        return Err(ServeReply::invalid("expected `text` or `code`"));
    }
    let locale = optional(&document, "/locale")?.map(|locale| locale.expose().to_owned());
    Ok(IncomingMessage { to, text, code, locale })
}

/// Parses a JSON object.
pub(super) fn parse(body: &[u8]) -> Result<Value, ServeReply> {
    // The error is dropped: it can repeat a part of the body.
    let document: Option<Value> = serde_json::from_slice(body).ok();
    let document = document.filter(Value::is_object);
    document.ok_or_else(|| ServeReply::invalid("the body is not a JSON object"))
}

pub(super) fn required(document: &Value, pointer: &str) -> Result<SecretString, ServeReply> {
    let missing = || ServeReply::invalid(format!("`{}` is missing", name(pointer)));
    optional(document, pointer)?.ok_or_else(missing)
}

/// Returns a text that is not empty. `null` and an empty text count as missing.
pub(super) fn optional(
    document: &Value,
    pointer: &str,
) -> Result<Option<SecretString>, ServeReply> {
    match document.pointer(pointer) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            Ok(Some(text.as_str()).filter(|text| !text.is_empty()).map(SecretString::from))
        }
        Some(_) => Err(ServeReply::invalid(format!("`{}` is not a string", name(pointer)))),
    }
}

fn name(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}
