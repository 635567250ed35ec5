//! A login with a code by SMS as an HTTP service: axum, PostgreSQL, and an outbox.
//!
//! Set `DATABASE_URL` to a database, `OTPOST_PEPPER` to the key, and `LISTEN` to an address other
//! than 127.0.0.1:3000.
//!
//! ```sh
//! createdb otpost
//! export OTPOST_PEPPER=$(openssl rand -base64 32) DATABASE_URL=postgres:///otpost
//! cargo run -p otpost-sqlx --example axum_login
//! ```
//!
//! In another terminal, with the code that the first one shows:
//!
//! ```sh
//! curl -i -c jar -d name=alice http://127.0.0.1:3000/login
//! curl -i -b jar -c jar -d code=123456 http://127.0.0.1:3000/login/code
//! curl -i -b jar -X POST http://127.0.0.1:3000/login/resend
//! ```
//!
//! The messages are printed. A real service has a gateway as provider, a CAPTCHA in place of
//! [`is_human`], and TLS in front of it. It keeps the key for good: with another one, all devices
//! are unknown and all limits start anew.

use std::env;
use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use otpost::PhoneNumber;
use otpost::challenge::{
    Accepted, ChallengeError, ChallengeErrorKind, ChallengeToken, Challenges, DeviceToken, Limits,
    Pepper, Policy, Purpose, Verdict,
};
use otpost::clock::TokioTimer;
use otpost::message::{Locale, MessageTemplates};
use otpost::provider::ConsoleProvider;
use otpost_sqlx::PostgresStore;
use serde::Deserialize;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::net::TcpListener;

const LOGIN: Purpose = Purpose::new("login");
/// The cookie of a pending login.
const COOKIE: &str = "login";
/// The cookie of a device on which a user has logged in before.
const DEVICE: &str = "device";
/// A device token is valid for 180 days.
const DEVICE_LASTS: Duration = Duration::from_secs(180 * 86_400);

#[derive(Clone)]
struct App {
    challenges: Challenges,
    pool: PgPool,
    texts: MessageTemplates,
    metrics: PrometheusHandle,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::var("DATABASE_URL").map_err(|_| "set DATABASE_URL to a PostgreSQL database")?;
    // By default, it takes 30 s until a wrong address is reported.
    let pool = PgPoolOptions::new().acquire_timeout(Duration::from_secs(5)).connect(&url).await;
    let pool = pool.map_err(|error| format!("DATABASE_URL: {error}"))?;
    // A number belongs to one user, because a verified number decides who is logged in.
    let table = "CREATE TABLE IF NOT EXISTS users \
                 (name text PRIMARY KEY, number text NOT NULL UNIQUE)";
    sqlx::query(table).execute(&pool).await?;
    let users = "INSERT INTO users VALUES ('alice', '+41791234567'), ('bob', '+41791234568') \
                 ON CONFLICT DO NOTHING";
    sqlx::query(users).execute(&pool).await?;

    let store = PostgresStore::new(pool.clone());
    store.migrate().await?;
    let texts = MessageTemplates::builtin("Acme")?;
    // With an outbox, a request takes the same time whether there is such a user or not.
    let challenges = Challenges::builder(Pepper::from_env("OTPOST_PEPPER")?)
        .message_templates(texts.clone())
        .provider(ConsoleProvider::new())
        .outbox(store)
        .regions(["CH", "DE"])
        .policy(Policy::sms())
        // `Limits::expecting` is for a launch, if most numbers are new.
        .limits(Limits::standard())
        .build()?;
    let metrics = PrometheusBuilder::new().install_recorder()?;
    tokio::spawn(send_messages(challenges.clone()));
    tokio::spawn(remove_expired(challenges.clone()));

    let app = axum::Router::new()
        .route("/login", post(request))
        .route("/login/resend", post(resend))
        .route("/login/code", post(verify))
        .route("/health", get(health))
        .route("/metrics", get(async |State(app): State<App>| app.metrics.render()))
        .with_state(App { challenges, pool, texts, metrics })
        .into_make_service_with_connect_info::<SocketAddr>();
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("Listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

/// Any number of processes can do this at the same time.
async fn send_messages(challenges: Challenges) {
    if let Some(worker) = challenges.worker() {
        worker.run(&TokioTimer::new(), Duration::from_millis(100)).await;
    }
}

async fn remove_expired(challenges: Challenges) {
    loop {
        tokio::time::sleep(Duration::from_secs(600)).await;
        if let Err(error) = challenges.sweep().await {
            eprintln!("cannot remove expired challenges: {error}");
        }
    }
}

#[derive(Deserialize)]
struct Login {
    name: String,
    /// The answer to the CAPTCHA, after a response that asks for one.
    captcha: Option<String>,
}

/// Sends a code to the phone of a user, and reveals nothing about who is one.
async fn request(
    State(app): State<App>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    jar: CookieJar,
    Form(form): Form<Login>,
) -> Result<impl IntoResponse, Failure> {
    let query = sqlx::query_scalar("SELECT number FROM users WHERE name = $1").bind(&form.name);
    let number: Option<String> = query.fetch_optional(&app.pool).await?;
    let is_decoy = number.is_none();
    // The made-up number of somebody who is no user begins like those of the users.
    let number = number.as_deref().unwrap_or("+41790000000");
    let number = PhoneNumber::parse(number).map_err(|_| Failure::internal())?;
    let to = if is_decoy { app.challenges.decoy_number(&form.name, &number) } else { number };
    // Cookies that this service did not write are ignored.
    let device = DeviceToken::new(jar.get(DEVICE).map_or("", Cookie::value));
    let older = ChallengeToken::new(jar.get(COOKIE).map_or("", Cookie::value));
    let locale = locale(&headers, &app.texts)?;
    let issue = app.challenges.issue(&to, LOGIN, client).locale(locale).decoy(is_decoy);
    let issue = issue.device(&device).replaces(&older);
    let issue = if is_human(form.captcha.as_deref()) { issue.human() } else { issue };
    let challenge = issue.await?;
    // The token is encrypted, and all that the service has to keep.
    let cookie = cookie(COOKIE, challenge.token().to_string());
    let text = format!("We have sent a code to {}.\n", challenge.hint());
    Ok((StatusCode::ACCEPTED, jar.add(cookie), text))
}

/// REPLACE THIS: ask the service of your CAPTCHA if the answer is right, and if it is new. The word
/// `human` stops nobody.
fn is_human(captcha: Option<&str>) -> bool {
    captcha == Some("human")
}

async fn resend(
    State(app): State<App>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    jar: CookieJar,
) -> Result<impl IntoResponse, Failure> {
    let locale = locale(&headers, &app.texts)?;
    let token = token(&jar)?;
    let challenge = app.challenges.resend(&token, LOGIN, client).locale(locale).await?;
    Ok((StatusCode::ACCEPTED, format!("We have sent a code to {} again.\n", challenge.hint())))
}

#[derive(Deserialize)]
struct Typed {
    code: String,
}

async fn verify(
    State(app): State<App>,
    jar: CookieJar,
    Form(form): Form<Typed>,
) -> Result<Response, Failure> {
    let verdict = app.challenges.verify(&token(&jar)?, LOGIN, &form.code).await?;
    let status = status(verdict.http_status());
    Ok(match &verdict {
        Verdict::Accepted(accepted) => log_in(&app, jar, accepted).await?.into_response(),
        Verdict::Gone => (status, "Please request a new code.\n").into_response(),
        _ => (status, retry_after(verdict.retry_after()), format!("Sorry: {verdict}.\n"))
            .into_response(),
    })
}

/// Logs in the user whose number was verified. Never take the user from the form: it could name
/// somebody else.
async fn log_in(
    app: &App,
    jar: CookieJar,
    accepted: &Accepted,
) -> Result<impl IntoResponse, Failure> {
    let number = accepted.recipient().e164();
    let query = sqlx::query_scalar("SELECT name FROM users WHERE number = $1").bind(number);
    let name: Option<String> = query.fetch_optional(&app.pool).await?;
    // The user may have changed the number in the meantime.
    let name = name.ok_or(Failure::new(StatusCode::GONE))?;
    let mut jar = jar.remove(Cookie::build(COOKIE).path("/login"));
    if let Some(token) = accepted.device_token() {
        let lasts = DEVICE_LASTS.try_into().map_err(|_| Failure::internal())?;
        let mut device = cookie(DEVICE, token.to_string());
        device.set_max_age(Some(lasts));
        jar = jar.add(device);
    }
    // A real service creates a session for this user here.
    Ok((jar, format!("Welcome, {name}.\n")))
}

/// For a load balancer: the service can issue and verify codes only with its store.
async fn health(State(app): State<App>) -> Result<&'static str, Failure> {
    app.challenges.ping().await?;
    Ok("ok\n")
}

fn locale(headers: &HeaderMap, texts: &MessageTemplates) -> Result<Locale, Failure> {
    let header = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let english = Locale::parse("en").map_err(|_| Failure::internal())?;
    let languages = texts.languages().map(|(_, locale)| locale);
    Ok(Locale::from_accept_language(header.unwrap_or_default(), languages, &english))
}

/// Creates a cookie that scripts cannot read and other sites cannot send with a form.
fn cookie(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/login")
        .http_only(true)
        .secure(true)
        .same_site(SameSite::Lax)
        .build()
}

fn token(jar: &CookieJar) -> Result<ChallengeToken, Failure> {
    // Whatever a client sends here is Gone unless this service wrote it.
    let cookie = jar.get(COOKIE).ok_or(Failure::new(StatusCode::GONE))?;
    Ok(ChallengeToken::new(cookie.value()))
}

struct Failure {
    status: StatusCode,
    text: &'static str,
    /// The time until the client may try again.
    retry_after: Option<Duration>,
}

impl Failure {
    fn new(status: StatusCode) -> Self {
        Self { status, text: status.canonical_reason().unwrap_or_default(), retry_after: None }
    }

    fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<ChallengeError> for Failure {
    fn from(error: ChallengeError) -> Self {
        // The error names neither a phone number nor a code.
        eprintln!("{error}");
        let mut failure = Self::new(status(error.kind().http_status()));
        failure.retry_after = error.retry_after();
        // Strangers have used up their share, also somebody else than this one. A page shows the
        // CAPTCHA here, and sends the same form with its answer.
        if error.kind() == ChallengeErrorKind::Contested {
            failure.text = "Please solve the CAPTCHA.";
        }
        failure
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        eprintln!("{error}");
        Self::new(StatusCode::SERVICE_UNAVAILABLE)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.status, retry_after(self.retry_after), format!("{}\n", self.text)).into_response()
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Rounds up: a client that comes back a moment too early is refused again.
fn retry_after(time: Option<Duration>) -> Option<[(header::HeaderName, String); 1]> {
    time.map(|time| [(header::RETRY_AFTER, time.as_secs_f64().ceil().to_string())])
}
