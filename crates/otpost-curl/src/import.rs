//! Combines the parts of a command to a spec.

use otpost::gateway::{Charset, GatewaySpec, Lint, Method, SpecError};

use crate::address::Address;
use crate::body::body;
use crate::candidate::{CodeSearch, NumberForms};
use crate::curl_import::CurlImport;
use crate::documentation;
use crate::draft::SpecDraft;
use crate::error::refuse;
use crate::headers::Headers;
use crate::invocation::{CurlBody, Invocation};
use crate::needs::SampleNeeds;
use crate::note::CurlNote;
use crate::pasted::bare;
use crate::pin::pinned;
use crate::places::Places;
use crate::role::Content;
use crate::sample::Sample;
use crate::variables::Variables;
use crate::{cmd, literals, shell};

/// The longest command and the longest text, in bytes. Commands that send a message are far
/// shorter.
const MAX_COMMAND: usize = 64 * 1_024;

/// Converts a curl command that sends an SMS to the spec that sends the same request for each
/// message.
///
/// The values of `sample` in the command become placeholders: the phone number in any notation
/// (with or without a plus, with zeros, national with or without the prefix that people dial, as a
/// JSON number), the text, the code, and the sender. A number with spaces, hyphens or parentheses
/// is sent without them, and has a [`CurlNote::NumberFormat`].
///
/// The code is found in a field of any name as a whole value, also in `token` or `authCode`. In
/// fields such as `password` or `api_key` it is found only if the command has neither text nor code
/// elsewhere. Inside of other values it is searched last, and never in a longer number or an id.
///
/// A JSON object or list in a field of a form or the query becomes a structured value, if the spec
/// sends it with the same bytes. JSON with white space or rare escapes stays a text, and cannot
/// contain the text of the message then.
///
/// These become variables:
///
/// - the values of `-u`, of an `Authorization` header, of a cookie, and of a field whose name is
///   that of a secret;
/// - values of at least 6 characters that mix letters and digits, and values of at least 20
///   characters without spaces. Times, URLs and the names of accounts, senders, formats and
///   charsets are excluded. In a path the minimum is 8 characters, or any length after `/bot`. At
///   most 32 variables are created from such patterns;
/// - shell variables without a value, or with a value of at least 3 characters;
/// - placeholders of documentation, such as `{auth_id}`, `<API_KEY>`, `[password]`, `YOUR_KEY`,
///   `%API_KEY%`, `xxxxxx` and `$TOKEN` between single quotes. If their name is that of the number,
///   text, code or sender, and the command has no example of it, they stand for that value. All
///   others have a [`CurlNote::Unfilled`], and no value in the result.
///
/// All other values stay in the spec. A secret that looks like a word may be among them, so each
/// has a [`CurlNote::Literal`] with its place and length. Review these before you share the spec.
/// Times, nonces, ids of messages and signatures have notes of their own, because the next request
/// needs new ones.
///
/// Commands for POSIX shells and for the Windows command prompt are supported, including those that
/// Postman, Insomnia and browsers export. A body from a here-document, a here-string or a pipe from
/// `echo` is read as well. Prompts, Markdown fences and the line ends of PowerShell are skipped.
///
/// # Errors
///
/// Returns [`SpecError`] if the command cannot be read or otpost cannot make the request: the
/// command or the text is longer than 64 KiB, an option is unknown, the body is in a file, curl
/// itself rejects the URL, or the phone number is not in the command. The error names the place and
/// what to do, and never a value.
///
/// # Examples
///
/// ```
/// use otpost::PhoneNumber;
/// use otpost_curl::Sample;
///
/// let command = "curl https://sms.acme.example/send -u acme:hunter2 \
///                --json '{\"to\":\"+12025550123\",\"text\":\"123456 is your code\"}'";
/// let sample = Sample::new(PhoneNumber::parse("+12025550123")?, "123456 is your code");
/// let import = otpost_curl::import(command, &sample)?;
///
/// let toml = import.spec().to_toml()?;
/// assert!(toml.contains(r#"json = '{"to":"{{to}}","text":"{{text}}"}'"#));
/// assert!(!toml.contains("hunter2"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn import(command: &str, sample: &Sample) -> Result<CurlImport, SpecError> {
    if command.len() > MAX_COMMAND {
        return Err(refuse("the command is longer than 64 KiB", "paste one command"));
    }
    if sample.text.expose().len() > MAX_COMMAND {
        let hint = "use the text in the command";
        return Err(refuse("the sample's text is longer than 64 KiB", hint));
    }
    // Shell variables are replaced first. From here on the words hold values and marks only.
    let command = &*bare(command);
    let mut variables = Variables::new(command);
    let words = if cmd::is_cmd(command) {
        cmd::words(command, &mut variables)?
    } else {
        shell::words(command, &mut variables)?
    };
    let needs = SampleNeeds::of(&words, sample);
    let made = import_words(&words, sample, needs, &mut variables);
    // What the sample needs is guessed from the text of the command. A number can be in it that is
    // not the recipient's, so the placeholders get another chance.
    match made {
        Err(error) if variables.has_documented() => {
            import_words(&words, sample, SampleNeeds::ALL, &mut variables).map_err(|_| error)
        }
        made => made,
    }
}

fn import_words(
    words: &[Vec<u8>],
    sample: &Sample,
    needs: SampleNeeds,
    variables: &mut Variables,
) -> Result<CurlImport, SpecError> {
    variables.set_needs(needs);
    let words = documentation::replace(words, sample, needs, variables)?;
    let mut invocation = Invocation::parse(words, variables)?;
    if let Some(name) = variables.proxy() {
        let reason = "a spec sets its proxy under `connection`";
        invocation.notes.push(CurlNote::IgnoredOption { option: name.to_owned(), reason });
    }
    first_that_fits(&invocation, sample, variables)
}

/// The result of one search, and how much of the message it found.
struct ImportPass {
    made: Result<CurlImport, SpecError>,
    has_text: bool,
    /// One for the number, and one for the text or the code.
    found: u8,
}

/// Tries charsets and notations of the number until the text is found.
///
/// The same bytes can be read in several ways, and only the sample tells which one is meant: the
/// charset in which the text is found is the right one. Without the text (a command with the code
/// alone) it is the first charset that all values are in. A pass that found the text and failed for
/// another reason decides as well, since its reason is the one to report. Otherwise the error is
/// that of the pass that found most: a national number is in no field for a search of
/// international ones.
fn first_that_fits(
    invocation: &Invocation,
    sample: &Sample,
    variables: &Variables,
) -> Result<CurlImport, SpecError> {
    let mut fallback = None;
    for charset in charsets(invocation)? {
        let mut passes = Vec::new();
        let mut has_any = false;
        let mut is_in_charset = true;
        for code_search in [CodeSearch::Values, CodeSearch::AllValues, CodeSearch::Parts] {
            if has_any || !is_in_charset {
                break;
            }
            for forms in [NumberForms::International, NumberForms::Split, NumberForms::National] {
                let mut places = Places::new(sample, charset, (forms, code_search), variables);
                let made = assemble(invocation, charset, forms, &mut places);
                let has_text = places.has(Content::Text);
                if has_text && made.is_ok() {
                    return made;
                }
                let (has_number, has_content) = found_in(forms, &places);
                let found = u8::from(has_number).saturating_add(u8::from(has_content));
                has_any |= has_content;
                is_in_charset &= places.is_in_charset.get();
                passes.push(ImportPass { made, has_text, found });
                if !is_in_charset {
                    break;
                }
            }
        }
        let best = best_of(passes);
        match best {
            Some(pass) if pass.has_text && pass.made.is_err() && is_in_charset => return pass.made,
            // Another charset may have the other values as well. If not, this error is reported.
            Some(pass) if pass.has_text && pass.made.is_err() => fallback = Some(pass.made),
            Some(pass) if fallback.is_none() && is_in_charset => fallback = Some(pass.made),
            _ => {}
        }
    }
    fallback.unwrap_or_else(|| {
        Err(refuse("the charset of the command is unknown", "write the values in UTF-8"))
    })
}

/// Returns the pass to report: one that found the text and failed, else one that succeeded, else
/// the one that found most. Of equal ones it is the first.
fn best_of(passes: Vec<ImportPass>) -> Option<ImportPass> {
    let rank = |pass: &ImportPass| (pass.has_text, pass.made.is_ok(), pass.found);
    passes.into_iter().reduce(|best, pass| if rank(&pass) > rank(&best) { pass } else { best })
}

/// Returns the charsets to try: the declared one, or all.
fn charsets(invocation: &Invocation) -> Result<Vec<Charset>, SpecError> {
    let types = invocation.headers.iter().filter_map(|header| {
        let header = String::from_utf8_lossy(header).to_ascii_lowercase();
        header.strip_prefix("content-type:").map(str::to_owned)
    });
    // JSON is always UTF-8 (RFC 8259 §8.1), whatever its content type declares.
    let declared = types.filter(|kind| !kind.contains("json")).find_map(|kind| {
        let (_, charset) = kind.split_once("charset=")?;
        Some(charset.split(';').next()?.trim_matches([' ', '"', '\'']).to_owned())
    });
    Ok(match declared.as_deref() {
        None => vec![Charset::Utf8, Charset::Latin1, Charset::Gsm7],
        Some("utf-8" | "utf8" | "us-ascii" | "ascii") => vec![Charset::Utf8],
        Some("iso-8859-1" | "latin1" | "iso8859-1" | "latin-1") => vec![Charset::Latin1],
        Some(_) => {
            let hint = "use utf-8 or iso-8859-1";
            return Err(refuse("--header: the charset is not supported", hint));
        }
    })
}

fn assemble(
    invocation: &Invocation,
    charset: Charset,
    forms: NumberForms,
    places: &mut Places<'_>,
) -> Result<CurlImport, SpecError> {
    let address = Address::parse(invocation, places)?;
    let method = method(invocation)?;
    // The headers come first, because they declare the type and the boundary of the body.
    let mut headers = Headers::parse(invocation, &address, places)?;
    let body = body(invocation, &mut headers, places)?;
    check_found(forms, places)?;
    let host = address.host.as_deref();
    let pin = invocation.pin.as_deref();
    let connection = pinned(&invocation.connection, pin, &address.url, places);
    let draft = SpecDraft {
        id: id_of(host.unwrap_or("imported")),
        name: host.unwrap_or("Imported").to_owned(),
        vars: places.vars.iter().map(|var| (var.name.clone(), var.spec.clone())).collect(),
        method,
        url: address.url,
        charset,
        written: address.written,
        query: address.query,
        headers: headers.pairs,
        body,
        auth: headers.auth,
        connection,
    };
    let (spec, allowed) = checked(&draft)?;

    let mut notes = std::mem::take(&mut places.notes);
    notes.extend(invocation.notes.iter().cloned());
    if allowed.contains(&Lint::Cleartext) {
        notes.push(CurlNote::Cleartext);
    }
    if !places.has(Content::Text) {
        notes.push(CurlNote::TextMissing);
    }
    notes.extend(literals::notes(&draft));
    notes.push(CurlNote::NoRules);
    let values = places.vars.iter().filter_map(|var| Some((var.name.clone(), var.value.clone()?)));
    Ok(CurlImport { spec, values: values.collect(), notes })
}

fn method(invocation: &Invocation) -> Result<Method, SpecError> {
    match (invocation.method.as_deref(), &invocation.body) {
        (Some(b"GET"), _) | (None, CurlBody::None) => Ok(Method::Get),
        (Some(b"POST"), _) | (None, _) => Ok(Method::Post),
        (Some(b"PUT"), _) => Ok(Method::Put),
        (method, _) => {
            let known = ["DELETE", "HEAD", "OPTIONS", "PATCH"];
            let known = known.iter().find(|known| method == Some(known.as_bytes()));
            let name = known.map(|name| format!(" {name}")).unwrap_or_default();
            let problem = format!("--request: the method{name} is not supported");
            Err(refuse(&problem, "use GET, POST or PUT, in upper case"))
        }
    }
}

/// Returns `true` if the number was found, and `true` if the text or the code was.
fn found_in(forms: NumberForms, places: &Places<'_>) -> (bool, bool) {
    // With the number in two fields, both must be placeholders. Otherwise each message would have
    // the calling code of the sample.
    let is_whole = forms != NumberForms::Split
        || ["{{national_number}}", "{{calling_code}}"]
            .iter()
            .all(|placeholder| places.has_placed(placeholder));
    let has_content = places.has(Content::Text) || places.has(Content::Code);
    (places.has(Content::Number) && is_whole, has_content)
}

/// Fails unless the number and the text or the code of the message were found.
fn check_found(forms: NumberForms, places: &Places<'_>) -> Result<(), SpecError> {
    let seen = places.seen();
    match found_in(forms, places) {
        (true, true) => {}
        (true, false) => {
            let problem = format!("neither text nor code was found: searched {seen}");
            let hint = "set the text of the sample (`--text`), letter by letter, or its code \
                        (`--code`) to that in the command";
            return Err(refuse(&problem, hint));
        }
        (false, true) => {
            let problem = format!("the recipient's number was not found: searched {seen}");
            let hint = "set the number of the sample (`--to`) to that in the command, or write \
                        {to} for it";
            return Err(refuse(&problem, hint));
        }
        (false, false) => {
            let problem = format!(
                "neither the recipient's number nor text or code was found: searched {seen}"
            );
            let hint = "set the sample (`--to`, `--text`) to the message that the command sends";
            return Err(refuse(&problem, hint));
        }
    }
    if let Some(place) = &places.leftover {
        let problem = format!("{place}: a part of the number is in a notation without placeholder");
        return Err(refuse(&problem, "remove it, or write the number with its calling code"));
    }
    Ok(())
}

/// Returns the checked spec, and the lints that it has to allow because the request needs them.
fn checked(draft: &SpecDraft) -> Result<(GatewaySpec, Vec<Lint>), SpecError> {
    // First with both lints, to see if the spec is valid at all. Then each lint is removed that the
    // spec does not need.
    let mut allowed = vec![Lint::Cleartext, Lint::SecretInUrl];
    let mut spec = draft.spec(&allowed);
    spec.check()?;
    for lint in allowed.clone() {
        let fewer: Vec<Lint> = allowed.iter().copied().filter(|known| *known != lint).collect();
        let stricter = draft.spec(&fewer);
        if stricter.check().is_ok() {
            (spec, allowed) = (stricter, fewer);
        }
    }
    Ok((spec, allowed))
}

/// Returns a host as an id: `api.acme.example` becomes `api-acme-example`.
fn id_of(host: &str) -> String {
    let id: String = host
        .chars()
        .take(40)
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let id = id.trim_matches('-');
    if id.is_empty() { "imported".to_owned() } else { id.to_owned() }
}
