use zeroize::Zeroizing;

use super::message::Message;
use super::smart_encode::smart_encode;
use crate::redact::Redactor;

impl Message {
    /// Returns a redactor for the values of this message: its phone number, code, variables and
    /// text. It masks any three consecutive words of the text.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::{Message, PhoneNumber};
    ///
    /// let to = PhoneNumber::parse("+41791234567")?;
    /// let message = Message::new(to, "012345 is your code. It is valid for 5 minutes.")?;
    /// let words = "Code 012-345 to 079 123 45 67: the code is valid, the route is not";
    /// assert_eq!(
    ///     message.redactor().redact(words),
    ///     "Code *** to 0***: the code is valid, the route is not",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn redactor(&self) -> Redactor {
        let mut redactor = Redactor::new()
            .with_number(self.to().e164())
            // A gateway may repeat the number without its calling code.
            .with_secret(self.to().national_number())
            .with_text(self.text().expose());
        if let Some(code) = self.code() {
            // A gateway that reads the code as a number drops its leading zeros.
            let number = code.expose().trim_start_matches('0');
            redactor = redactor.with_secret(code.expose()).with_secret(number);
        }
        for (_, value) in self.vars() {
            redactor = redactor.with_secret(value.expose());
        }
        for value in self.personal() {
            redactor = redactor.with_secret(value.expose());
            // If the text was sent with smart encoding, the gateway knows and repeats this form.
            let plain = Zeroizing::new(smart_encode(value.expose()).into_owned());
            redactor = redactor.with_secret(&plain);
        }
        redactor
    }
}
