use std::borrow::Cow;

use otpost::SecretString;

use super::IncomingMessage;
use crate::serve::reply::ServeReply;

/// The names of the fields of forms.
pub(in crate::serve) struct FormFields {
    pub(in crate::serve) to: String,
    pub(in crate::serve) text: String,
    pub(in crate::serve) code: String,
    pub(in crate::serve) secret: String,
}

impl FormFields {
    /// Reads a form body or a query. Fields with other names are ignored: access gateways send
    /// hidden fields of their own.
    pub(in crate::serve) fn read(&self, encoded: &[u8]) -> Result<IncomingMessage, ServeReply> {
        let mut fields = FormValues { to: None, text: None, code: None, locale: None };
        for (name, value) in form_urlencoded::parse(encoded) {
            let (place, name) = match &*name {
                name if name == self.to => (&mut fields.to, &*self.to),
                name if name == self.text => (&mut fields.text, &*self.text),
                name if name == self.code => (&mut fields.code, &*self.code),
                "locale" => (&mut fields.locale, "locale"),
                _ => continue,
            };
            // Bytes of another charset were replaced while the form was decoded.
            if value.contains(char::REPLACEMENT_CHARACTER) {
                return Err(ServeReply::invalid(format!("the field `{name}` is not UTF-8")));
            }
            // Two programs could take different ones.
            if place.replace(secret(value)).is_some() {
                return Err(ServeReply::invalid(format!("the field `{name}` is given twice")));
            }
        }
        let missing = || ServeReply::invalid(format!("the field `{}` is missing", self.to));
        let to = fields.to.ok_or_else(missing)?;
        if fields.text.is_none() && fields.code.is_none() {
            let (text, code) = (&self.text, &self.code);
            return Err(ServeReply::invalid(format!("expected the field `{text}` or `{code}`")));
        }
        let locale = fields.locale.map(|locale| locale.expose().to_owned());
        Ok(IncomingMessage { to: with_plus(to), text: fields.text, code: fields.code, locale })
    }

    /// Returns the secret of a form, which is checked before anything else in it.
    pub(in crate::serve) fn secret(&self, encoded: &[u8]) -> Option<SecretString> {
        let mut secrets = form_urlencoded::parse(encoded).filter(|(name, _)| *name == self.secret);
        let (_, found) = secrets.next()?;
        // Two secrets could be those of two callers.
        if secrets.next().is_some() { None } else { Some(secret(found)) }
    }
}

struct FormValues {
    to: Option<SecretString>,
    text: Option<SecretString>,
    code: Option<SecretString>,
    locale: Option<SecretString>,
}

fn secret(value: Cow<'_, str>) -> SecretString {
    SecretString::new(value.into_owned())
}

/// Restores the plus of a number that a caller did not encode: in a form, `+` means a blank.
fn with_plus(to: SecretString) -> SecretString {
    match to.expose().strip_prefix(' ') {
        Some(digits) if digits.starts_with(|c: char| c.is_ascii_digit()) => {
            SecretString::new(format!("+{digits}"))
        }
        _ => to,
    }
}
