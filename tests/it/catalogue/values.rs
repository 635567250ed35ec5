//! Values for the variables of every gateway, and phone numbers that it accepts.

use otpost::gateway::{GatewaySpec, HttpGatewayBuilder};
use otpost::{HttpGateway, Message, PhoneNumber};

use super::constructors::required;

/// Values that a gateway needs where the name of the variable does not tell: gateway, variable and
/// value.
const SPECIAL: &[(&str, &str, &str)] = &[("ovh", "sender_for_response", "true")];

/// Returns a builder with values for the variables, which may be all or the required ones.
pub(crate) fn builder(spec: &GatewaySpec, is_complete: bool, origin: &str) -> HttpGatewayBuilder {
    let needed: Vec<_> = required(spec).into_iter().map(|(name, _)| name).collect();
    let text = spec.to_toml().unwrap();
    let mut builder = HttpGateway::builder(spec.clone());
    for (name, var) in spec.vars() {
        let is_needed = needed.contains(&name) || (var.is_message() && !var.is_optional());
        // A default stays, because it can be a word of the gateway.
        if is_needed || (is_complete && var.default_value().is_none()) {
            builder = builder.var(name, value(spec.id(), &text, name));
        }
    }
    builder.origin(origin).token_origin(origin)
}

/// Returns the value of a variable that has no default.
pub(crate) fn value(gateway: &str, text: &str, name: &str) -> String {
    let special = SPECIAL.iter().find(|(id, var, _)| *id == gateway && *var == name);
    if let Some((_, _, value)) = special {
        return (*value).to_owned();
    }
    let has_numbers = ["plain", "e164", "zeros"]
        .iter()
        .any(|filter| text.contains(&format!("{{{{{name}|{filter}")));
    match name {
        "origin" => "http://127.0.0.1:1".to_owned(),
        _ if has_numbers => "+41790000001".to_owned(),
        "sender" => "Acme".to_owned(),
        name if name.ends_with("_url") => "https://app.example/reports".to_owned(),
        name if name.ends_with("email") => "dev@acme.example".to_owned(),
        // Digits are accepted where a number is needed, and a multiple of four of them is Base64.
        name if name.ends_with("_key") || name.ends_with("secret") => "a2V5IG9mIHRlc3Rz".to_owned(),
        _ => "12345678".to_owned(),
    }
}

/// Some gateways accept the numbers of their own country only.
const NUMBERS: [&str; 12] = [
    "+41791234567",
    "+919876543210",
    "+8613812345678",
    "+5511987654321",
    "+989121234567",
    "+12025550123",
    "+905321234567",
    "+33612345678",
    "+966501234567",
    "+639171234567",
    "+48501234567",
    "+84912345678",
];

/// Returns the message for the first number that the gateway accepts, or for the first one.
pub(crate) fn accepted(gateway: &HttpGateway, message: impl Fn(PhoneNumber) -> Message) -> Message {
    let messages = NUMBERS.map(|number| message(PhoneNumber::parse(number).unwrap()));
    let found = messages.iter().find(|message| gateway.prepare(message).is_ok());
    found.unwrap_or(&messages[0]).clone()
}

/// Returns a response of the token endpoint: a token under all names that gateways use.
pub(super) fn token_response(gateway: &str) -> &'static str {
    match gateway {
        "huawei-hilink" => {
            "<response><SesInfo>session</SesInfo><TokInfo>token</TokInfo></response>"
        }
        "skebby" => "12345678;token",
        _ => {
            r#"{"token":"token","access_token":"token","accessToken":"token","expires_in":3600,
                "data":{"token":"token"},"response":{"accessToken":"token","expiresIn":3600}}"#
        }
    }
}
