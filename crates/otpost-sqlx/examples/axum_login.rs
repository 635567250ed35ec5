//! A login with a code by SMS as an HTTP service: axum, PostgreSQL, and an outbox.
//!
//! Set `DATABASE_URL` to a database, and `LISTEN` to an address other than 127.0.0.1:3000.
//!
//! ```sh
//! DATABASE_URL=postgres:///otpost cargo run -p otpost-sqlx --example axum_login
//! curl -i -c jar -d name=alice http://127.0.0.1:3000/login
//! curl -i -b jar -d code=123456 http://127.0.0.1:3000/login/code
//! curl -i -b jar -X POST http://127.0.0.1:3000/login/resend
//! ```
//!
//! The messages are printed. A real service has a gateway as provider, `Pepper::from_env` for the
//! key, and TLS in front of it.

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
    ChallengeError, ChallengeToken, Challenges, Pepper, Policy, Purpose, Verdict,
};
use otpost::clock::TokioTimer;
use otpost::message::{Locale, MessageTemplates};
use otpost::provider::ConsoleProvider;
use otpost_sqlx::PostgresStore;
use serde::Deserialize;
use sqlx::PgPool;
use tokio::net::TcpListener;

const LOGIN: Purpose = Purpose::new("login");
const COOKIE: &str = "login";

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
    let pool = PgPool::connect(&url).await?;
    let table = "CREATE TABLE IF NOT EXISTS users (name text PRIMARY KEY, number text NOT NULL)";
    sqlx::query(table).execute(&pool).await?;
    let alice = "INSERT INTO users VALUES ('alice', '+41791234567') ON CONFLICT DO NOTHING";
    sqlx::query(alice).execute(&pool).await?;

    let store = PostgresStore::new(pool.clone());
    store.migrate().await?;
    let texts = MessageTemplates::builtin("Acme")?;
    // With an outbox, a request takes the same time whether there is such a user or not.
    let challenges = Challenges::builder(Pepper::random()?)
        .message_templates(texts.clone())
        .provider(ConsoleProvider::new())
        .outbox(store)
        .regions(["CH", "DE"])
        .policy(Policy::sms())
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
struct Name {
    name: String,
}

/// Sends a code to the phone of a user, and reveals nothing about who is one.
async fn request(
    State(app): State<App>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    jar: CookieJar,
    Form(form): Form<Name>,
) -> Result<impl IntoResponse, Failure> {
    let query = sqlx::query_scalar("SELECT number FROM users WHERE name = $1").bind(&form.name);
    let number: Option<String> = query.fetch_optional(&app.pool).await?;
    let challenge = match number {
        Some(number) => {
            let number = PhoneNumber::parse(&number).map_err(|_| Failure::internal())?;
            let locale = locale(&headers, &app.texts)?;
            app.challenges.issue(&number, LOGIN, client).locale(locale).await?
        }
        None => {
            let like = PhoneNumber::parse("+41790000000").map_err(|_| Failure::internal())?;
            app.challenges.issue_decoy(&form.name, LOGIN, &like, client).await?
        }
    };
    // The token is encrypted, and all that the service has to keep.
    let cookie = Cookie::build((COOKIE, challenge.token().to_string()))
        .path("/login")
        .http_only(true)
        .secure(true)
        .same_site(SameSite::Lax);
    let text = format!("We have sent a code to {}.\n", challenge.hint());
    Ok((StatusCode::ACCEPTED, jar.add(cookie), text))
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
        // A real service creates a session for this number here.
        Verdict::Accepted(accepted) => {
            let jar = jar.remove(Cookie::build(COOKIE).path("/login"));
            (status, jar, format!("Welcome, {}.\n", accepted.recipient())).into_response()
        }
        Verdict::Gone => (status, "Please request a new code.\n").into_response(),
        _ => (status, retry_after(verdict.retry_after()), format!("Sorry: {verdict}.\n"))
            .into_response(),
    })
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

fn token(jar: &CookieJar) -> Result<ChallengeToken, Failure> {
    // Whatever a client sends here is Gone unless this service wrote it.
    let cookie = jar.get(COOKIE).ok_or(Failure(StatusCode::GONE, None))?;
    Ok(ChallengeToken::new(cookie.value()))
}

/// The status of a failed request, and the time until the client may try again.
struct Failure(StatusCode, Option<Duration>);

impl Failure {
    fn internal() -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, None)
    }
}

impl From<ChallengeError> for Failure {
    fn from(error: ChallengeError) -> Self {
        // The error names neither a phone number nor a code.
        eprintln!("{error}");
        Self(status(error.kind().http_status()), error.retry_after())
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        eprintln!("{error}");
        Self(StatusCode::SERVICE_UNAVAILABLE, None)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let text = self.0.canonical_reason().unwrap_or_default();
        (self.0, retry_after(self.1), format!("{text}\n")).into_response()
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Rounds up: a client that comes back a moment too early is refused again.
fn retry_after(time: Option<Duration>) -> Option<[(header::HeaderName, String); 1]> {
    time.map(|time| [(header::RETRY_AFTER, time.as_secs_f64().ceil().to_string())])
}
