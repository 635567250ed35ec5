//! The steps of a login, one handler for each.

use std::error::Error;
use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use otpost::PhoneNumber;
use otpost::challenge::{Accepted, ChallengeError, Verdict};
use serde::Deserialize;

use crate::app::{LOGIN, LoginPage};
use crate::cookies::{Cookies, DEVICE, FLOW, LATEST, SESSION};
use crate::flow::{Flow, FlowId, Notice, Pending};
use crate::pages;
use crate::visitor::Visitor;

type App = State<Arc<LoginPage>>;
type Answer = Result<Response, StatusCode>;

/// `GET /`: the page for people who are signed in.
pub(crate) async fn home(State(app): App, visitor: Visitor) -> Response {
    match app.sessions.number(visitor.session(), app.now()) {
        Some(number) => pages::welcome(visitor.language, &number).into_response(),
        None => Redirect::to("/login").into_response(),
    }
}

/// `POST /sign-out`.
pub(crate) async fn sign_out(State(app): App, visitor: Visitor) -> impl IntoResponse {
    app.sessions.end(visitor.session());
    (visitor.cookies.remove(&SESSION, "/"), Redirect::to("/login"))
}

/// `GET /login`: asks for the number. Each time, the form has the id of a new flow.
pub(crate) async fn begin(State(app): App, visitor: Visitor) -> Answer {
    if app.sessions.number(visitor.session(), app.now()).is_some() {
        return Ok(Redirect::to("/").into_response());
    }
    let id = FlowId::random()?;
    let page = pages::number(&visitor, "/login", &id, &Flow::default(), app.now());
    Ok((visitor.cookies.with_browser()?, page).into_response())
}

/// `GET /login/{flow}`: shows the state of a login. It changes nothing.
pub(crate) async fn show(State(app): App, Path(id): Path<FlowId>, visitor: Visitor) -> Response {
    let (now, url) = (app.now(), id.url());
    let Some(flow) = visitor.flow() else { return Redirect::to("/login").into_response() };
    if let Some(pending) = flow.pending_at(now) {
        return pages::code(&visitor, &id, &flow, pending, now).into_response();
    }
    if app.sessions.number(visitor.session(), now).is_some() {
        return Redirect::to("/").into_response();
    }
    pages::number(&visitor, &url, &id, &flow, now).into_response()
}

#[derive(Deserialize)]
pub(crate) struct NumberForm {
    number: String,
}

/// `POST /login/{flow}`: sends a code to the number.
pub(crate) async fn send(
    State(app): App,
    Path(id): Path<FlowId>,
    visitor: Visitor,
    Form(form): Form<NumberForm>,
) -> Answer {
    if visitor.cookies.browser().is_none() {
        return Ok(pages::no_cookies(visitor.language).into_response());
    }
    let mut flow = visitor.flow().unwrap_or_default();
    match visitor.country.read(&form.number) {
        // The form was posted before, for example because the person went back to it.
        Ok(to) if flow.number == to.e164() && flow.pending_at(app.now()).is_some() => {
            Ok(Redirect::to(&id.url()).into_response())
        }
        Ok(to) => send_code(&app, &id, visitor, flow, to, false).await,
        Err((typed, notice)) => {
            flow.number = typed;
            flow.ended(notice);
            redirect(&id, visitor.cookies, &flow)
        }
    }
}

/// `POST /login/{flow}/human`: sends a code after a CAPTCHA.
///
/// REPLACE THIS: ask the service of your CAPTCHA if the answer in the form is right and new. This
/// button stops nobody.
pub(crate) async fn send_to_human(
    State(app): App,
    Path(id): Path<FlowId>,
    visitor: Visitor,
) -> Answer {
    let flow = visitor.flow().unwrap_or_default();
    match PhoneNumber::parse(&flow.number) {
        Ok(to) if flow.notice == Some(Notice::Contested) => {
            send_code(&app, &id, visitor, flow, to, true).await
        }
        _ => Ok(Redirect::to(&id.url()).into_response()),
    }
}

async fn send_code(
    app: &Arc<LoginPage>,
    id: &FlowId,
    visitor: Visitor,
    mut flow: Flow,
    to: PhoneNumber,
    is_human: bool,
) -> Answer {
    let browser = visitor.cookies.browser().ok_or(StatusCode::BAD_REQUEST)?;
    let key = format!("{browser} {} {} {} {is_human}", id.as_str(), to.e164(), flow.messages);
    let older = flow.pending.as_ref().map(Pending::token);
    if flow.number != to.e164() {
        flow.pending = None;
        flow.number = to.e164().to_owned();
    }
    let (device, locale, client) = (visitor.device(), visitor.language.locale(), visitor.address);
    let shared = app.clone();
    let sent = app.once.run(key, app.now(), async move {
        let challenges = &shared.challenges;
        let issue = challenges.issue(&to, LOGIN, client).decoy(!shared.is_member(&to));
        // A cookie that this service did not write is ignored.
        let issue = issue.device(&device);
        let issue = match locale {
            Some(locale) => issue.locale(locale),
            None => issue,
        };
        let issue = match &older {
            Some(older) => issue.replaces(older),
            None => issue,
        };
        let issue = if is_human { issue.human() } else { issue };
        issue.await.map(|challenge| Pending::new(&challenge)).map_err(|e| explain(&shared, &e))
    });
    match sent.await {
        Ok(pending) => {
            flow.sent(pending, None);
            // A person who goes back and asks for the code again finds its page by this cookie.
            let cookies = visitor.cookies.set(&LATEST, id.as_str().to_owned(), "/login");
            redirect(id, cookies, &flow)
        }
        Err(notice) => {
            flow.notice = Some(notice);
            redirect(id, visitor.cookies, &flow)
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct ResendForm {
    /// The number of messages when the page was shown.
    messages: u32,
}

/// `POST /login/{flow}/resend`: sends the code again.
pub(crate) async fn resend(
    State(app): App,
    Path(id): Path<FlowId>,
    visitor: Visitor,
    Form(form): Form<ResendForm>,
) -> Answer {
    let flow = visitor.flow().filter(|flow| flow.messages == form.messages);
    // A form that was posted before, or whose challenge has ended in the meantime.
    let Some((mut flow, pending)) = flow.and_then(|flow| Some((flow.clone(), flow.pending?)))
    else {
        return Ok(Redirect::to(&id.url()).into_response());
    };
    let browser = visitor.cookies.browser().ok_or(StatusCode::BAD_REQUEST)?;
    let key = format!("{browser} {} again {}", id.as_str(), flow.messages);
    let (locale, client, shared) = (visitor.language.locale(), visitor.address, app.clone());
    let sent = app.once.run(key, app.now(), async move {
        let token = pending.token();
        let resend = shared.challenges.resend(&token, LOGIN, client);
        let resend = match locale {
            Some(locale) => resend.locale(locale),
            None => resend,
        };
        resend.await.map(|challenge| Pending::new(&challenge)).map_err(|e| explain(&shared, &e))
    });
    match sent.await {
        Ok(pending) => flow.sent(pending, Some(Notice::SentAgain)),
        // Used, expired, or about to expire: only a new code helps.
        Err(Notice::Expired) => flow.ended(Notice::Expired),
        Err(notice) => {
            if let (Notice::Cooldown(until), Some(pending)) = (&notice, &mut flow.pending) {
                pending.resend_at = *until;
            }
            flow.notice = Some(notice);
        }
    }
    redirect(&id, visitor.cookies, &flow)
}

#[derive(Deserialize)]
pub(crate) struct CodeForm {
    code: String,
}

/// `POST /login/{flow}/code`: verifies the code and signs the person in.
pub(crate) async fn verify(
    State(app): App,
    Path(id): Path<FlowId>,
    visitor: Visitor,
    Form(form): Form<CodeForm>,
) -> Answer {
    let flow = visitor.flow();
    let Some((mut flow, pending)) = flow.and_then(|flow| Some((flow.clone(), flow.pending?)))
    else {
        return Ok(Redirect::to(&id.url()).into_response());
    };
    let browser = visitor.cookies.browser().ok_or(StatusCode::BAD_REQUEST)?;
    let token = pending.token();
    // With the secret of the browser as the name of the attempt, a form that is posted twice counts
    // once, and the second post of a correct code signs the person in as well.
    let verify = app.challenges.verify(&token, LOGIN, &form.code).nonce(browser.as_bytes());
    match verify.await {
        Ok(Verdict::Accepted(accepted)) => return sign_in(&app, &id, visitor, flow, &accepted),
        Ok(verdict) => match Notice::of_verdict(&verdict, app.now()) {
            // No further guess is accepted.
            notice @ (Notice::Exhausted | Notice::Expired) => flow.ended(notice),
            notice => flow.notice = Some(notice),
        },
        Err(error) => flow.notice = Some(explain(&app, &error)),
    }
    redirect(&id, visitor.cookies, &flow)
}

/// Signs in the person whose number was verified. A number from a form or a cookie could be that of
/// another person.
fn sign_in(
    app: &LoginPage,
    id: &FlowId,
    visitor: Visitor,
    mut flow: Flow,
    accepted: &Accepted,
) -> Answer {
    let Some(session) = app.sessions.begin(accepted, visitor.session(), app.now())? else {
        flow.ended(Notice::Expired);
        return redirect(id, visitor.cookies, &flow);
    };
    // The count of messages stays, so that a form in the history of the browser is known as old.
    let done = Flow { messages: flow.messages, ..Flow::default() };
    let cookies = visitor.cookies.remove(&LATEST, "/login");
    let mut cookies = with_flow(id, cookies, &done)?.set(&SESSION, session, "/");
    // The next login from this device has limits of its own, which strangers cannot use up.
    if let Some(token) = accepted.device_token() {
        cookies = cookies.set(&DEVICE, token.to_string(), "/login");
    }
    Ok((cookies, Redirect::to("/")).into_response())
}

/// Records an error for the operator, and returns what to say about it. Neither the error nor its
/// source contains a number or a code.
fn explain(app: &LoginPage, error: &ChallengeError) -> Notice {
    match error.source() {
        Some(source) => tracing::warn!("{error}: {source}"),
        None => tracing::info!("{error}"),
    }
    Notice::of_error(error, app.now())
}

/// Keeps the state of a flow and shows its page.
fn redirect(id: &FlowId, cookies: Cookies, flow: &Flow) -> Answer {
    Ok((with_flow(id, cookies, flow)?, Redirect::to(&id.url())).into_response())
}

fn with_flow(id: &FlowId, cookies: Cookies, flow: &Flow) -> Result<Cookies, StatusCode> {
    let browser = cookies.browser().ok_or(StatusCode::BAD_REQUEST)?;
    let value = flow.to_cookie(browser)?;
    // The path limits the cookie to this flow. With one path for all, each tab would add its cookie
    // to every request, until a request is too large.
    Ok(cookies.set(&FLOW, value, &id.url()))
}
