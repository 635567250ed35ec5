//! The HTML of the pages. maud escapes every value.

use axum::response::Html;
use maud::{DOCTYPE, Markup, html};
use otpost::PhoneNumber;

use crate::app::APP;
use crate::flow::{Flow, FlowId, Notice, Pending, Sent};
use crate::texts::{Language, Texts};
use crate::visitor::Visitor;

/// The ids that connect a field with its explanations. The field has the focus, so a screen reader
/// reads them when the page opens.
const HELP: &str = "help";
const MESSAGE: &str = "message";
const BANNER: &str = "banner";

/// Asks for a number, after an earlier attempt also with the reason.
pub(crate) fn number(
    visitor: &Visitor,
    url: &str,
    id: &FlowId,
    flow: &Flow,
    now: u64,
) -> Html<String> {
    let (language, country) = (visitor.language, visitor.country);
    let texts = language.texts();
    let notice = flow.notice_at(now);
    if notice == Some(Notice::Contested) {
        return human(language, url, id);
    }
    let is_wrong = matches!(
        notice,
        Some(
            Notice::NumberCompleted
                | Notice::NumberIncomplete
                | Notice::NumberInvalid
                | Notice::Region
        )
    );
    let typed = if flow.number.is_empty() {
        // The country that the browser suggests, to see and to change.
        format!("{} ", country.calling_code())
    } else {
        flow.number.clone()
    };
    let content = html! {
        h1 { (texts.sign_in) }
        p.lead { (texts.number_lead) }
        @if let Some(notice) = notice.as_ref().filter(|_| !is_wrong) {
            (banner(language, notice, now))
            @if let (Notice::Cooldown(_), Some(latest)) = (notice, visitor.latest()) {
                p { a href=(latest.url()) { (texts.enter_received) } }
            }
        }
        form method="post" action=(id.url()) data-form {
            label for="number" { (texts.number_label) }
            // Numbers are written from left to right in all languages.
            input #number name="number" type="tel" autocomplete="tel" inputmode="tel" dir="ltr"
                required maxlength="48" autofocus value=(typed)
                aria-describedby=(described_by(notice.as_ref(), is_wrong))
                aria-invalid=[is_wrong.then_some("true")];
            @if let Some(notice) = notice.as_ref().filter(|_| is_wrong) {
                p.error #(MESSAGE) { (explanation(visitor, notice)) }
            } @else {
                p.help #(HELP) { (sentence(texts.number_help, &number_of(country.example))) }
            }
            (button(texts.send_code, texts.sending))
        }
    };
    page(language, url, is_wrong, texts.sign_in, &content)
}

/// Asks for the code.
pub(crate) fn code(
    visitor: &Visitor,
    id: &FlowId,
    flow: &Flow,
    pending: &Pending,
    now: u64,
) -> Html<String> {
    let language = visitor.language;
    let texts = language.texts();
    // The waiting time for another message is shown with its button.
    let notice = flow.notice_at(now).filter(|notice| !matches!(notice, Notice::Cooldown(_)));
    let is_wrong = matches!(notice, Some(Notice::Malformed | Notice::Wrong(_)));
    let sent = match pending.sent {
        Sent::Accepted => texts.sent,
        Sent::Queued => texts.queued,
        Sent::Unknown => texts.sent_maybe,
    };
    let content = html! {
        h1 { (texts.code_title) }
        p.lead { (sentence(sent, &number_of(&pending.hint))) }
        @if let Some(notice) = notice.as_ref().filter(|_| !is_wrong) {
            (banner(language, notice, now))
        }
        form method="post" action={ (id.url()) "/code" } data-form {
            label for="code" { (texts.code_label) }
            // One field: six of them break pasting, autofill and screen readers.
            input #code.code name="code" type="text" inputmode="numeric" dir="ltr"
                autocomplete="one-time-code" required maxlength="40" autofocus data-code
                aria-describedby=(described_by(notice.as_ref(), is_wrong))
                aria-invalid=[is_wrong.then_some("true")];
            @if let Some(notice) = notice.as_ref().filter(|_| is_wrong) {
                p.error #(MESSAGE) { (explanation(visitor, notice)) }
            } @else {
                p.help #(HELP) { (texts.code_help) }
            }
            (button(texts.sign_in, texts.checking))
        }
        section.more aria-labelledby="more" {
            h2 #more { (texts.no_code_yet) }
            (resend(texts, id, flow, pending, now))
            p { a href="/login" { (texts.change_number) } }
        }
    };
    page(language, &id.url(), is_wrong, texts.code_title, &content)
}

/// A plain form. Scripts disable its button while the waiting time is counted down; without them,
/// the server refuses it.
fn resend(texts: &Texts, id: &FlowId, flow: &Flow, pending: &Pending, now: u64) -> Markup {
    if flow.notice == Some(Notice::Contested) {
        return captcha(texts, id);
    }
    let wait = pending.resend_at.saturating_sub(now);
    html! {
        form method="post" action={ (id.url()) "/resend" } data-form {
            input type="hidden" name="messages" value=(flow.messages) autocomplete="off";
            @if wait > 0 {
                p #wait data-wait { (sentence(texts.resend_in, &countdown(wait))) }
            }
            button.quiet type="submit" data-busy=(texts.sending)
                aria-describedby=[(wait > 0).then_some("wait")] { (texts.resend) }
        }
    }
}

/// Asks for proof that a person sits there.
fn human(language: Language, url: &str, id: &FlowId) -> Html<String> {
    let texts = language.texts();
    let content = html! {
        h1 { (texts.human_title) }
        p.lead { (texts.contested) }
        (captcha(texts, id))
        p { a href="/login" { (texts.change_number) } }
    };
    page(language, url, false, texts.human_title, &content)
}

/// REPLACE THIS by your CAPTCHA, and check its answer in `steps::send_to_human`.
fn captcha(texts: &Texts, id: &FlowId) -> Markup {
    html! {
        p.placeholder { (texts.placeholder) }
        form method="post" action={ (id.url()) "/human" } data-form {
            // On the page for a code, its field comes first and gets the focus.
            button type="submit" autofocus data-busy=(texts.sending) { (texts.human) }
            p role="status" class="status" data-status {}
        }
    }
}

/// Greets a person who is signed in.
pub(crate) fn welcome(language: Language, number: &PhoneNumber) -> Html<String> {
    let texts = language.texts();
    let content = html! {
        h1 { (texts.welcome_title) }
        // `Display` masks the number.
        p.lead { (sentence(texts.welcome, &number_of(&number.to_string()))) }
        form method="post" action="/sign-out" data-form {
            button.quiet type="submit" { (texts.sign_out) }
        }
    };
    page(language, "/", false, texts.welcome_title, &content)
}

/// Asks for cookies.
pub(crate) fn no_cookies(language: Language) -> Html<String> {
    let texts = language.texts();
    let content = html! {
        h1 { (texts.sign_in) }
        p.notice role="alert" { (texts.no_cookies) }
        p { a href="/login" { (texts.start_again) } }
    };
    page(language, "/login", true, texts.sign_in, &content)
}

fn page(
    language: Language,
    url: &str,
    is_wrong: bool,
    title: &str,
    content: &Markup,
) -> Html<String> {
    let texts = language.texts();
    let page = html! {
        (DOCTYPE)
        html lang=(language.tag()) dir=(language.direction()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                // A screen reader reads the title first.
                title { @if is_wrong { (texts.error) ": " } (title) " · " (APP) }
                link rel="icon" href="/icon.svg";
                link rel="stylesheet" href="/style.css";
                script src="/login.js" defer {}
            }
            body {
                header { img src="/icon.svg" alt="" width="32" height="32"; (APP) }
                main { (content) }
                footer { (languages(language, url)) }
            }
        }
    };
    Html(page.into_string())
}

fn languages(current: Language, url: &str) -> Markup {
    html! {
        nav aria-label=(current.texts().language) {
            ul {
                @for language in Language::ALL {
                    li {
                        a href={ (url) "?language=" (language.tag()) } lang=(language.tag())
                            hreflang=(language.tag()) dir=(language.direction())
                            aria-current=[(language == current).then_some("true")] {
                            (language.texts().name)
                        }
                    }
                }
            }
        }
    }
}

/// A result that does not concern what was typed.
fn banner(language: Language, notice: &Notice, now: u64) -> Markup {
    let texts = language.texts();
    let wait = |text, until: &u64| sentence(text, &countdown(until.saturating_sub(now)));
    let text = match notice {
        Notice::Contested => html! { (texts.contested) },
        Notice::Cooldown(until) => wait(texts.cooldown, until),
        Notice::Exhausted => html! { (texts.exhausted) },
        Notice::Limited(until) => wait(texts.limited, until),
        Notice::Locked(until) => wait(texts.locked, until),
        Notice::NotSent => html! { (texts.not_sent) },
        Notice::SentAgain => html! { (texts.sent_again) },
        Notice::Unavailable => html! { (texts.unavailable) },
        // The others belong to a field.
        _ => html! { (texts.expired) },
    };
    let is_good = *notice == Notice::SentAgain;
    html! {
        p.notice.good[is_good] #(BANNER) role=(if is_good { "status" } else { "alert" }) { (text) }
    }
}

/// Explains what is wrong with a field.
fn explanation(visitor: &Visitor, notice: &Notice) -> Markup {
    let (texts, country) = (visitor.language.texts(), visitor.country);
    match notice {
        Notice::NumberCompleted => {
            sentence(texts.number_completed, &number_of(country.calling_code()))
        }
        Notice::NumberIncomplete => sentence(texts.number_incomplete, &number_of(country.example)),
        Notice::NumberInvalid => sentence(texts.number_invalid, &number_of(country.example)),
        Notice::Region => html! { (texts.region) },
        Notice::Wrong(attempts_left) => html! { (visitor.language.wrong(*attempts_left)) },
        _ => html! { (texts.malformed) },
    }
}

/// Returns the ids of what explains a field, first what has happened.
const fn described_by(notice: Option<&Notice>, is_wrong: bool) -> &'static str {
    match notice {
        Some(_) if is_wrong => MESSAGE,
        Some(_) => "banner help",
        None => HELP,
    }
}

fn button(text: &str, busy: &str) -> Markup {
    html! {
        button type="submit" data-busy=(busy) { (text) }
        // Scripts tell screen readers here that something happens.
        p role="status" class="status" data-status {}
    }
}

/// Puts a value into its place in a sentence.
fn sentence(text: &str, value: &Markup) -> Markup {
    let (before, after) = text.split_once("{}").unwrap_or((text, ""));
    html! { (before) (value) (after) }
}

/// A number inside of a sentence. It is isolated, so that a right-to-left sentence does not reorder
/// its parts.
fn number_of(number: &str) -> Markup {
    html! { bdi.number dir="ltr" { (number) } }
}

/// A time that scripts count down.
fn countdown(seconds: u64) -> Markup {
    let minutes = seconds / 60;
    let text = match minutes {
        0..60 => format!("{minutes}:{:02}", seconds % 60),
        _ => format!("{}:{:02}:{:02}", minutes / 60, minutes % 60, seconds % 60),
    };
    html! { bdi.number dir="ltr" data-seconds=(seconds) { (text) } }
}
