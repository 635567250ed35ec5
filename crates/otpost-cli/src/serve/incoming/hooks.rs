//! The hooks of identity servers.

use otpost::SecretString;
use serde_json::Value;

use super::IncomingMessage;
use super::json::{optional, parse, required};
use crate::serve::reply::ServeReply;

/// The places of a code in the data of Ory's templates.
const ORY_CODES: [&str; 4] = [
    "/template_data/login_code",
    "/template_data/verification_code",
    "/template_data/registration_code",
    "/template_data/recovery_code",
];
/// The places of a code in the arguments of Zitadel's messages.
const ZITADEL_CODES: [&str; 3] = ["/args/code", "/args/oTP", "/args/otp"];

/// Reads the hook `send_sms` of Supabase. It contains a code and no text.
pub(in crate::serve) fn supabase(body: &[u8]) -> Result<IncomingMessage, ServeReply> {
    let document = parse(body)?;
    // The user's number is still the old one while it is being changed.
    let to = match optional(&document, "/sms/phone")? {
        Some(to) => to,
        None => required(&document, "/user/phone")?,
    };
    // Supabase stores numbers without their plus.
    let to = if to.expose().starts_with(|c: char| c.is_ascii_digit()) {
        SecretString::new(format!("+{}", to.expose()))
    } else {
        to
    };
    let code = Some(required(&document, "/sms/otp")?);
    Ok(IncomingMessage { to, text: None, code, locale: None })
}

/// Reads a message of Zitadel's HTTP provider. It contains a text, and for most messages a code.
pub(in crate::serve) fn zitadel(body: &[u8]) -> Result<IncomingMessage, ServeReply> {
    let document = parse(body)?;
    let to = required(&document, "/contextInfo/recipientPhoneNumber")?;
    let text = optional(&document, "/templateData/text")?;
    let code = first(&document, &ZITADEL_CODES)?;
    if text.is_none() && code.is_none() {
        return Err(ServeReply::invalid("expected `templateData.text` or `args.code`"));
    }
    Ok(IncomingMessage { to, text, code, locale: None }.with_usable_code())
}

/// Reads a message of Ory's courier, as the Jsonnet template `function(ctx) ctx` sends it.
pub(in crate::serve) fn ory(body: &[u8]) -> Result<IncomingMessage, ServeReply> {
    let document = parse(body)?;
    if let Some(kind) = optional(&document, "/message_type")?
        && kind.expose() != "sms"
    {
        let message = "`message_type` is not `sms`: send other messages elsewhere";
        return Err(ServeReply::invalid(message));
    }
    let to = match optional(&document, "/recipient")? {
        Some(to) => to,
        None => required(&document, "/to")?,
    };
    let text = optional(&document, "/body")?;
    let code = first(&document, &ORY_CODES)?;
    if text.is_none() && code.is_none() {
        return Err(ServeReply::invalid("expected `body`, or a code in `template_data`"));
    }
    Ok(IncomingMessage { to, text, code, locale: None }.with_usable_code())
}

fn first(document: &Value, pointers: &[&str]) -> Result<Option<SecretString>, ServeReply> {
    for pointer in pointers {
        if let Some(found) = optional(document, pointer)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
