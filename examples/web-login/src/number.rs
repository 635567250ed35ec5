//! Phone numbers as people type and paste them, and the country that a browser suggests.

use otpost::PhoneNumber;
use otpost::message::Locale;
use otpost::phone::PhoneNumberError;

use crate::flow::Notice;

/// The countries that get messages, with a locale whose users probably live there and an example of
/// a mobile number. The first line of a language is the suggestion for a browser that names no
/// country.
const COUNTRIES: [(&str, &str, &str); 12] = [
    ("en-GB", "GB", "+44 7400 123456"),
    ("en-US", "US", "+1 201 555 0123"),
    ("en-IE", "IE", "+353 85 012 3456"),
    ("de-DE", "DE", "+49 1512 3456789"),
    ("de-CH", "CH", "+41 79 123 45 67"),
    ("de-AT", "AT", "+43 664 123456"),
    ("fr-CH", "CH", "+41 79 123 45 67"),
    ("it-CH", "CH", "+41 79 123 45 67"),
    ("ar-EG", "EG", "+20 100 123 4567"),
    ("ar-SA", "SA", "+966 51 234 5678"),
    ("ar-AE", "AE", "+971 50 123 4567"),
    ("ar-JO", "JO", "+962 7 9012 3456"),
];

/// A typed number is kept in a cookie while the person corrects it, so its length is limited.
const MAX_TYPED: usize = 48;

/// Returns the regions that get messages (ISO 3166-1). Without such a list, attackers can pump
/// messages to expensive destinations.
pub fn regions() -> impl Iterator<Item = &'static str> {
    COUNTRIES.iter().map(|(_, region, _)| *region)
}

/// The country that a browser suggests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Country {
    /// An example of a mobile number, such as `+41 79 123 45 67`.
    pub(crate) example: &'static str,
}

impl Country {
    /// Chooses the country of the best language in an `Accept-Language` header. It is a suggestion
    /// for the first characters of the field, and never a part of a number that a person has not
    /// seen.
    pub(crate) fn from_accept_language(header: &str) -> Self {
        let locales: Vec<_> =
            COUNTRIES.iter().filter_map(|(tag, ..)| Locale::parse(tag).ok()).collect();
        let found = locales.first().map(|default| {
            Locale::from_accept_language(header, &locales, default).as_str().to_owned()
        });
        let is_found = |(tag, ..): &&(&str, _, _)| Some(*tag) == found.as_deref();
        let country = COUNTRIES.iter().find(is_found).or(COUNTRIES.first());
        Self { example: country.map_or("+", |(_, _, example)| *example) }
    }

    /// Returns the calling code with its plus, such as `+41`.
    pub(crate) fn calling_code(self) -> &'static str {
        self.example.split(' ').next().unwrap_or("+")
    }

    /// Reads a number that was typed or pasted into a field that begins with the calling code.
    ///
    /// An error has the text to show in the field again, and the reason.
    pub(crate) fn read(self, typed: &str) -> Result<PhoneNumber, (String, Notice)> {
        let typed: String = typed.trim().chars().take(MAX_TYPED).collect();
        let text = self.without_suggestion(&typed);
        // The prefix of international calls in most countries, and never the start of a number.
        let text = match text.strip_prefix("00") {
            Some(rest) => format!("+{rest}"),
            None => text.to_owned(),
        };
        match PhoneNumber::normalize(&text) {
            Ok(number) => Ok(number),
            Err(PhoneNumberError::NoPlus) => Err(self.with_calling_code(&text)),
            Err(_) => Err((typed, Notice::NumberInvalid)),
        }
    }

    /// Removes the suggested calling code in front of a whole number that was pasted behind it.
    fn without_suggestion(self, typed: &str) -> &str {
        let rest = typed.strip_prefix(self.calling_code()).map(str::trim_start);
        rest.filter(|rest| rest.starts_with(['+', '＋']) || rest.starts_with("00")).unwrap_or(typed)
    }

    /// Completes a national number, for the person to confirm. A message to a guessed country would
    /// reach a stranger.
    fn with_calling_code(self, text: &str) -> (String, Notice) {
        let completed = format!("{} {text}", self.calling_code());
        match PhoneNumber::normalize(&completed) {
            // Without the zero that is dialled within the country only.
            Ok(number) => {
                let shown = format!("+{} {}", number.calling_code(), number.national_number());
                (shown, Notice::NumberCompleted)
            }
            Err(_) => (text.to_owned(), Notice::NumberIncomplete),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, typed: &str, expected: Result<&str, (&str, Notice)>) {
        let read = Country::from_accept_language(header).read(typed);
        let read =
            read.as_ref().map(PhoneNumber::e164).map_err(|(text, why)| (&**text, why.clone()));
        assert_eq!(read, expected, "{header} {typed}");
    }

    #[test]
    fn the_country_is_that_of_the_best_language() {
        for (header, expected) in [
            ("de-CH, de;q=0.9, en;q=0.8", "+41"),
            ("de", "+49"),
            ("fr-CH", "+41"),
            ("en-US,en;q=0.5", "+1"),
            ("ar", "+20"),
            ("ja", "+44"),
            ("", "+44"),
        ] {
            let country = Country::from_accept_language(header);
            assert_eq!(country.calling_code(), expected, "{header}");
        }
    }

    #[test]
    fn examples_are_numbers_of_their_region() {
        for (_, region, example) in COUNTRIES {
            let number = PhoneNumber::normalize(example).unwrap();
            assert_eq!(number.region().unwrap().as_str(), region, "{example}");
        }
    }

    #[test]
    fn pasted_numbers_are_cleaned() {
        for typed in [
            "+41 79 123 45 67",
            " +41 (0)79 123-45-67 ",
            "+41 079 123 45 67",
            "0041 79 123 45 67",
            "+41 +41 79 123 45 67",
            "+41 0041791234567",
            "+41\u{a0}79\u{a0}123\u{2011}45\u{2011}67",
            "\u{2066}+41791234567\u{2069}",
            "+٤١٧٩١٢٣٤٥٦٧",
        ] {
            check("de-CH", typed, Ok("+41791234567"));
        }
        // The suggestion is not forced on a number of another country.
        check("de-CH", "+41 +49 1512 3456789", Ok("+4915123456789"));
        check("de-CH", "+4915123456789", Ok("+4915123456789"));
    }

    #[test]
    fn a_national_number_is_completed_for_the_person_to_confirm() {
        let completed = ("+41 791234567", Notice::NumberCompleted);
        check("de-CH", "079 123 45 67", Err(completed));
        check("de-CH", "12", Err(("12", Notice::NumberIncomplete)));
        check("de-CH", "+41 79 123", Err(("+41 79 123", Notice::NumberInvalid)));
        check("de-CH", "hello", Err(("hello", Notice::NumberInvalid)));
        let long = "7".repeat(1_000);
        check("de-CH", &long, Err((&"7".repeat(MAX_TYPED), Notice::NumberIncomplete)));
    }
}
