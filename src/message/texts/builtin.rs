//! The built-in message templates for login codes.

/// The language tags and templates.
///
/// A template in the GSM alphabet leaves 28 units for an autofill line with a host of 17 characters
/// and a code of six digits. Some languages have letters outside the alphabet: é, ä, ö, ñ and à are
/// in it; ç, ó, ã, ś and all other scripts are not. Their texts have only 70 units, so they contain
/// just the code and the name.
pub(super) const LOGIN: [(&str, &str); 32] = [
    ("en", "{{code}} is your {{app}} code. It is valid for {{minutes}} minutes. Do not share it."),
    ("ar", "{{code}} هو رمز {{app}} الخاص بك"),
    ("bg", "{{code}} е вашият код за {{app}}"),
    ("cs", "{{code}} je váš kód {{app}}"),
    (
        "da",
        "{{code}} er din {{app}}-kode. Den gælder i {{minutes}} minutter. Del den ikke med andre.",
    ),
    (
        "de",
        "{{code}} ist Ihr {{app}}-Code. Er gilt {{minutes}} Minuten. Geben Sie ihn nicht weiter.",
    ),
    ("el", "{{code}} είναι ο κωδικός {{app}}"),
    ("es", "{{code}} es tu clave de {{app}}. Vale {{minutes}} minutos. No la compartas."),
    (
        "et",
        "{{code}} on sinu {{app}} kood. See kehtib {{minutes}} minutit. Ära jaga seda kellegagi.",
    ),
    (
        "fi",
        "{{code}} on {{app}}-koodisi. Se on voimassa {{minutes}} minuuttia. Älä jaa sitä muille.",
    ),
    (
        "fr",
        "{{code}} est votre code {{app}}. Il est valable {{minutes}} minutes. Ne le partagez pas.",
    ),
    ("he", "{{code}} הוא קוד {{app}} שלך"),
    ("hi", "{{code}} आपका {{app}} कोड है"),
    ("hu", "{{code}} az Ön {{app}} kódja"),
    (
        "id",
        "{{code}} adalah kode {{app}} Anda. Berlaku {{minutes}} menit. Jangan bagikan kode ini.",
    ),
    ("it", "{{code}} è il tuo codice {{app}}. Vale {{minutes}} minuti. Non condividerlo."),
    ("ja", "{{code}} が {{app}} の認証コードです。"),
    ("ko", "{{code}} {{app}} 인증번호입니다."),
    ("ms", "{{code}} ialah kod {{app}} anda. Sah selama {{minutes}} minit. Jangan kongsi kod ini."),
    (
        "nb",
        "{{code}} er din {{app}}-kode. Den gjelder i {{minutes}} minutter. Ikke del den med noen.",
    ),
    (
        "nl",
        "{{code}} is uw {{app}}-code. De code is {{minutes}} minuten geldig. Deel hem met niemand.",
    ),
    ("pl", "{{code}} to kod {{app}}. Wygasa za {{minutes}} min. Nie podawaj go nikomu."),
    ("pt", "{{code}} é a sua senha {{app}}. Vale {{minutes}} minutos. Guarde-a apenas para si."),
    ("ro", "{{code}} este codul pentru {{app}}."),
    ("ru", "{{code}} — ваш код {{app}}"),
    (
        "sv",
        "{{code}} är din {{app}}-kod. Den gäller i {{minutes}} minuter. Dela den inte med någon.",
    ),
    (
        "sw",
        "{{code}} ni msimbo wako wa {{app}}. Unatumika kwa dakika {{minutes}}. Usimpe mtu yeyote.",
    ),
    ("th", "{{code}} คือรหัส {{app}} ของคุณ"),
    ("tr", "{{code}} {{app}} kodunuz. {{minutes}} dakika sonra sona erer. Kimseye vermeyin."),
    ("uk", "{{code}} — ваш код {{app}}"),
    ("vi", "{{code}} là mã {{app}} của bạn"),
    ("zh", "{{code}} 是您的 {{app}} 验证码，请勿告知他人。"),
];
