//! The words of the page, in English, German and Arabic.

use otpost::message::Locale;

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Arabic,
    English,
    German,
}

/// The words of the page in one language. In some of them, `{}` stands for a value.
pub(crate) struct Texts {
    pub(crate) name: &'static str,
    pub(crate) change_number: &'static str,
    pub(crate) checking: &'static str,
    pub(crate) code_help: &'static str,
    pub(crate) code_label: &'static str,
    pub(crate) code_title: &'static str,
    pub(crate) contested: &'static str,
    pub(crate) cooldown: &'static str,
    pub(crate) enter_received: &'static str,
    pub(crate) error: &'static str,
    pub(crate) exhausted: &'static str,
    pub(crate) expired: &'static str,
    pub(crate) human: &'static str,
    pub(crate) human_title: &'static str,
    pub(crate) language: &'static str,
    pub(crate) limited: &'static str,
    pub(crate) locked: &'static str,
    pub(crate) malformed: &'static str,
    pub(crate) no_code_yet: &'static str,
    pub(crate) no_cookies: &'static str,
    pub(crate) not_sent: &'static str,
    pub(crate) number_completed: &'static str,
    pub(crate) number_help: &'static str,
    pub(crate) number_incomplete: &'static str,
    pub(crate) number_invalid: &'static str,
    pub(crate) number_label: &'static str,
    pub(crate) number_lead: &'static str,
    pub(crate) placeholder: &'static str,
    pub(crate) queued: &'static str,
    pub(crate) region: &'static str,
    pub(crate) resend: &'static str,
    pub(crate) resend_in: &'static str,
    pub(crate) send_code: &'static str,
    pub(crate) sending: &'static str,
    pub(crate) sent: &'static str,
    pub(crate) sent_again: &'static str,
    pub(crate) sent_maybe: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) sign_out: &'static str,
    pub(crate) start_again: &'static str,
    pub(crate) unavailable: &'static str,
    pub(crate) welcome: &'static str,
    pub(crate) welcome_title: &'static str,
}

impl Language {
    /// The order in which the page offers them.
    pub(crate) const ALL: [Self; 3] = [Self::English, Self::German, Self::Arabic];

    pub(crate) fn parse(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// Chooses the best language of an `Accept-Language` header. Defaults to English.
    pub(crate) fn from_accept_language(header: &str) -> Self {
        let available: Vec<_> = Self::ALL.into_iter().filter_map(Self::locale).collect();
        let best = available
            .first()
            .map(|default| Locale::from_accept_language(header, &available, default));
        best.and_then(|best| Self::parse(best.as_str())).unwrap_or(Self::English)
    }

    /// Returns the tag for `lang` (BCP 47).
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Arabic => "ar",
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// Returns the direction for `dir`.
    pub(crate) const fn direction(self) -> &'static str {
        match self {
            Self::Arabic => "rtl",
            Self::English | Self::German => "ltr",
        }
    }

    /// Returns the language of the message.
    pub(crate) fn locale(self) -> Option<Locale> {
        Locale::parse(self.tag()).ok()
    }

    pub(crate) const fn texts(self) -> &'static Texts {
        match self {
            Self::Arabic => &ARABIC,
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
        }
    }

    /// Returns what to say about a wrong code. Languages count in different ways: Arabic has forms
    /// for one, for two, and for three to ten.
    pub(crate) fn wrong(self, attempts_left: u16) -> String {
        match (self, attempts_left) {
            (Self::Arabic, 1) => "الرمز غير صحيح. بقيت محاولة واحدة.".to_owned(),
            (Self::Arabic, 2) => "الرمز غير صحيح. بقيت محاولتان.".to_owned(),
            (Self::Arabic, 3..=10) => format!("الرمز غير صحيح. بقيت {attempts_left} محاولات."),
            (Self::Arabic, _) => format!("الرمز غير صحيح. بقيت {attempts_left} محاولة."),
            (Self::English, 1) => "This code is wrong. You have 1 attempt left.".to_owned(),
            (Self::English, _) => {
                format!("This code is wrong. You have {attempts_left} attempts left.")
            }
            (Self::German, 1) => "Der Code ist falsch. Sie haben noch 1 Versuch.".to_owned(),
            (Self::German, _) => {
                format!("Der Code ist falsch. Sie haben noch {attempts_left} Versuche.")
            }
        }
    }
}

const ENGLISH: Texts = Texts {
    name: "English",
    change_number: "Use another number",
    checking: "Checking…",
    code_help: "It is valid for a few minutes.",
    code_label: "6-digit code",
    code_title: "Enter your code",
    contested: "Many codes have been requested. Please confirm that you are a person.",
    cooldown: "A code was sent to this number a moment ago. You can request another one in {}.",
    enter_received: "Enter the code that you received",
    error: "Error",
    exhausted: "Too many wrong codes. Please request a new code.",
    expired: "This code has expired or was already used. Please request a new code.",
    human: "I am a person",
    human_title: "One more step",
    language: "Language",
    limited: "Too many codes have been requested. You can try again in {}.",
    locked: "Too many wrong codes. You can try again in {}.",
    malformed: "Please enter the 6 digits of the code.",
    no_code_yet: "No message yet?",
    no_cookies: "Please allow cookies for this website, and start again.",
    not_sent: "The code was not sent. Nothing is lost: please try again.",
    number_completed: "We have added {}. Please check the number and send it again.",
    number_help: "With country code, like {}.",
    number_incomplete: "Please begin with the country code, for example {}.",
    number_invalid: "Please check the number. A correct one looks like {}.",
    number_label: "Mobile number",
    number_lead: "We send you a text message with a code.",
    placeholder: "Placeholder: your CAPTCHA belongs here.",
    queued: "We are sending a code to {}.",
    region: "We cannot send messages to this country yet.",
    resend: "Send the code again",
    resend_in: "You can have it sent again in {}.",
    send_code: "Send code",
    sending: "Sending…",
    sent: "We have sent a code to {}.",
    sent_again: "We have sent the code again.",
    sent_maybe: "The code to {} may arrive late. You can request it again if it does not come.",
    sign_in: "Sign in",
    sign_out: "Sign out",
    start_again: "Start again",
    unavailable: "This does not work at the moment. Nothing is lost: please try again.",
    welcome: "You have confirmed the number {}.",
    welcome_title: "You are signed in",
};

const GERMAN: Texts = Texts {
    name: "Deutsch",
    change_number: "Andere Nummer verwenden",
    checking: "Wird geprüft …",
    code_help: "Er gilt einige Minuten.",
    code_label: "6-stelliger Code",
    code_title: "Code eingeben",
    contested: "Es wurden viele Codes angefordert. Bitte bestätigen Sie, dass Sie ein Mensch sind.",
    cooldown: "An diese Nummer ging gerade ein Code. Einen weiteren gibt es in {}.",
    enter_received: "Erhaltenen Code eingeben",
    error: "Fehler",
    exhausted: "Zu viele falsche Codes. Bitte fordern Sie einen neuen Code an.",
    expired: "Der Code ist abgelaufen oder wurde schon verwendet. Bitte fordern Sie einen neuen an.",
    human: "Ich bin ein Mensch",
    human_title: "Noch ein Schritt",
    language: "Sprache",
    limited: "Es wurden zu viele Codes angefordert. Versuchen Sie es in {} wieder.",
    locked: "Zu viele falsche Codes. Versuchen Sie es in {} wieder.",
    malformed: "Bitte geben Sie die 6 Ziffern des Codes ein.",
    no_code_yet: "Noch keine SMS?",
    no_cookies: "Bitte erlauben Sie Cookies für diese Website und beginnen Sie von vorn.",
    not_sent: "Der Code wurde nicht gesendet. Nichts ist verloren: bitte noch einmal versuchen.",
    number_completed: "Wir haben {} ergänzt. Bitte prüfen Sie die Nummer und senden Sie sie noch einmal.",
    number_help: "Mit Ländervorwahl, etwa {}.",
    number_incomplete: "Bitte beginnen Sie mit der Ländervorwahl, zum Beispiel {}.",
    number_invalid: "Bitte prüfen Sie die Nummer. Richtig ist sie zum Beispiel so: {}.",
    number_label: "Mobilnummer",
    number_lead: "Wir senden Ihnen eine SMS mit einem Code.",
    placeholder: "Platzhalter: Hier steht Ihr CAPTCHA.",
    queued: "Wir senden einen Code an {}.",
    region: "In dieses Land können wir noch keine Nachrichten senden.",
    resend: "Code noch einmal senden",
    resend_in: "In {} können Sie ihn noch einmal anfordern.",
    send_code: "Code senden",
    sending: "Wird gesendet …",
    sent: "Wir haben einen Code an {} gesendet.",
    sent_again: "Wir haben den Code noch einmal gesendet.",
    sent_maybe: "Der Code an {} kommt vielleicht später. Sie können ihn noch einmal anfordern.",
    sign_in: "Anmelden",
    sign_out: "Abmelden",
    start_again: "Von vorn beginnen",
    unavailable: "Das geht im Moment nicht. Nichts ist verloren: bitte noch einmal versuchen.",
    welcome: "Sie haben die Nummer {} bestätigt.",
    welcome_title: "Sie sind angemeldet",
};

const ARABIC: Texts = Texts {
    name: "العربية",
    change_number: "استخدام رقم آخر",
    checking: "جارٍ التحقق…",
    code_help: "الرمز صالح لبضع دقائق.",
    code_label: "الرمز المكوّن من 6 أرقام",
    code_title: "أدخل الرمز",
    contested: "طُلب عدد كبير من الرموز. يُرجى تأكيد أنك إنسان.",
    cooldown: "أُرسل رمز إلى هذا الرقم قبل قليل. يمكنك طلب رمز آخر بعد {}.",
    enter_received: "أدخل الرمز الذي وصلك",
    error: "خطأ",
    exhausted: "أُدخلت رموز خاطئة كثيرة. يُرجى طلب رمز جديد.",
    expired: "انتهت صلاحية الرمز أو استُخدم من قبل. يُرجى طلب رمز جديد.",
    human: "أنا إنسان",
    human_title: "خطوة أخيرة",
    language: "اللغة",
    limited: "طُلب عدد كبير من الرموز. يمكنك المحاولة مرة أخرى بعد {}.",
    locked: "أُدخلت رموز خاطئة كثيرة. يمكنك المحاولة مرة أخرى بعد {}.",
    malformed: "يُرجى إدخال أرقام الرمز الستة.",
    no_code_yet: "لم تصلك الرسالة؟",
    no_cookies: "يُرجى السماح بملفات تعريف الارتباط لهذا الموقع ثم البدء من جديد.",
    not_sent: "لم يُرسل الرمز. لم تفقد شيئًا: يُرجى المحاولة مرة أخرى.",
    number_completed: "أضفنا {}. يُرجى التحقق من الرقم ثم إرساله مرة أخرى.",
    number_help: "مع رمز البلد، مثل {}.",
    number_incomplete: "يُرجى البدء برمز البلد، مثل {}.",
    number_invalid: "يُرجى التحقق من الرقم. مثال على رقم صحيح: {}.",
    number_label: "رقم الهاتف المحمول",
    number_lead: "سنرسل إليك رسالة نصية فيها رمز.",
    placeholder: "عنصر نائب: هنا مكان اختبار CAPTCHA.",
    queued: "نرسل الآن رمزًا إلى {}.",
    region: "لا يمكننا إرسال رسائل إلى هذا البلد بعد.",
    resend: "إرسال الرمز مرة أخرى",
    resend_in: "يمكنك طلب إرساله مرة أخرى بعد {}.",
    send_code: "إرسال الرمز",
    sending: "جارٍ الإرسال…",
    sent: "أرسلنا رمزًا إلى {}.",
    sent_again: "أرسلنا الرمز مرة أخرى.",
    sent_maybe: "قد يتأخر الرمز المرسل إلى {}. يمكنك طلبه مرة أخرى إن لم يصل.",
    sign_in: "تسجيل الدخول",
    sign_out: "تسجيل الخروج",
    start_again: "البدء من جديد",
    unavailable: "الخدمة غير متاحة الآن. لم تفقد شيئًا: يُرجى المحاولة مرة أخرى.",
    welcome: "لقد أكدت الرقم {}.",
    welcome_title: "تم تسجيل دخولك",
};

#[cfg(test)]
mod tests {
    use super::*;

    /// The words with a value.
    fn with_value(texts: &Texts) -> [&'static str; 13] {
        [
            texts.cooldown,
            texts.limited,
            texts.locked,
            texts.number_completed,
            texts.number_help,
            texts.number_incomplete,
            texts.number_invalid,
            texts.queued,
            texts.resend_in,
            texts.sent,
            texts.sent_maybe,
            texts.welcome,
            "{}",
        ]
    }

    #[test]
    fn a_sentence_has_one_place_for_its_value() {
        for language in Language::ALL {
            for text in with_value(language.texts()) {
                assert_eq!(text.matches("{}").count(), 1, "{text}");
            }
        }
    }

    #[test]
    fn the_language_is_that_of_the_browser() {
        for (header, expected) in [
            ("de-CH, en;q=0.8", Language::German),
            ("ar-EG", Language::Arabic),
            ("fr, ar;q=0.5", Language::Arabic),
            ("ja", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::from_accept_language(header), expected, "{header}");
        }
        assert_eq!(Language::parse("de\r\nSet-Cookie: a=b"), None);
    }
}
