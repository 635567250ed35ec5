//! A login with a code by SMS as a JSON API in any number of processes: axum, and Redis for all
//! that they share.
//!
//! Set `REDIS_URL` to a server, `OTPOST_PEPPER` to the key, and `LISTEN` to an address other than
//! 127.0.0.1:3000.
//!
//! ```sh
//! export OTPOST_PEPPER=$(openssl rand -base64 32) REDIS_URL=redis://127.0.0.1
//! cargo run -p otpost-redis --example axum_api
//! ```
//!
//! In another terminal, with the code that the first one shows:
//!
//! ```sh
//! json='content-type: application/json' api=http://127.0.0.1:3000/codes
//! curl -i -c jar -H "$json" -d '{"name":"alice"}' $api
//! curl -i -b jar -c jar -H "$json" -d '{"code":"123456"}' $api/verify
//! curl -i -b jar -X POST $api/resend
//! ```
//!
//! The messages are printed. A real service has a gateway as provider, a CAPTCHA in place of
//! [`is_human`], and TLS in front of it. The key is the same in all processes. With another key, all
//! devices are unknown and all limits start anew.

use std::env;
use std::error::Error;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use otpost::PhoneNumber;
use otpost::challenge::{
    Accepted, Challenge, ChallengeError, ChallengeToken, Challenges, DeviceToken, Limits, Pepper,
    Purpose, Verdict,
};
use otpost::message::{Locale, MessageTemplates};
use otpost::provider::ConsoleProvider;
use otpost_redis::RedisStore;
use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, AsyncConnectionConfig};
use serde::Deserialize;
use serde_json::{Value, json};
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
    redis: MultiplexedConnection,
    texts: MessageTemplates,
    metrics: PrometheusHandle,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::var("REDIS_URL").map_err(|_| "set REDIS_URL to a Redis server")?;
    let client = redis::Client::open(url)?;
    // As long as `Challenges` waits for its store. The default is 500 ms.
    let config = AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_secs(5)));
    let redis = client.get_multiplexed_async_connection_with_config(&config).await;
    let mut redis = redis.map_err(|error| format!("REDIS_URL: {error}"))?;
    // A number belongs to one user, because a verified number decides who is logged in.
    for (name, number) in [("alice", "+41791234567"), ("bob", "+41791234568")] {
        let _: () = redis.hset_nx("users", name, number).await?;
        let _: () = redis.hset_nx("numbers", number, name).await?;
    }

    let texts = MessageTemplates::builtin("Acme")?;
    let challenges = Challenges::builder(Pepper::from_env("OTPOST_PEPPER")?)
        .message_templates(texts.clone())
        .provider(ConsoleProvider::new())
        .store(RedisStore::new(redis.clone()))
        .regions(["CH", "DE"])
        // `Limits::expecting` is for a launch, if most numbers are new.
        .limits(Limits::standard())
        .many_processes()
        .build()?;
    let metrics = PrometheusBuilder::new().install_recorder()?;

    // Redis removes what has expired by itself, so nobody has to call `Challenges::sweep`.
    let app = axum::Router::new()
        .route("/codes", post(request))
        .route("/codes/resend", post(resend))
        .route("/codes/verify", post(verify))
        .route("/health", get(health))
        .route("/metrics", get(async |State(app): State<App>| app.metrics.render()))
        .with_state(App { challenges, redis, texts, metrics })
        .into_make_service_with_connect_info::<SocketAddr>();
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("Listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

#[derive(Deserialize)]
struct Login {
    name: String,
    /// The answer to the CAPTCHA, after the error `contested`.
    captcha: Option<String>,
}

/// Sends a code to the phone of a user, and reveals nothing about who is one.
///
/// The error `contested` means that strangers have used up their share, also somebody else than
/// this one. The page shows the CAPTCHA then, and sends the same request with its answer.
///
/// A gateway takes some time, which a decoy does not. To hide that as well, use an outbox, as the
/// example `axum_login` of otpost-sqlx does.
async fn request(
    State(mut app): State<App>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    jar: CookieJar,
    Json(body): Json<Login>,
) -> Result<impl IntoResponse, Failure> {
    let number: Option<String> = app.redis.hget("users", &body.name).await?;
    let is_decoy = number.is_none();
    // The made-up number of somebody who is no user begins like those of the users.
    let number = number.as_deref().unwrap_or("+41790000000");
    let number = PhoneNumber::parse(number).map_err(|_| Failure::internal())?;
    let to = if is_decoy { app.challenges.decoy_number(&body.name, &number) } else { number };
    // Cookies that this service did not write are ignored.
    let device = DeviceToken::new(jar.get(DEVICE).map_or("", Cookie::value));
    let older = ChallengeToken::new(jar.get(COOKIE).map_or("", Cookie::value));
    let locale = locale(&headers, &app.texts)?;
    let issue = app.challenges.issue(&to, LOGIN, client).locale(locale).decoy(is_decoy);
    let issue = issue.device(&device).replaces(&older);
    let issue = if is_human(body.captcha.as_deref()) { issue.human() } else { issue };
    let challenge = issue.await?;
    let cookie = cookie(COOKIE, challenge.token().to_string());
    Ok((StatusCode::ACCEPTED, jar.add(cookie), sent(&challenge)))
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
    Ok((StatusCode::ACCEPTED, sent(&challenge)))
}

/// Returns the data that a page shows while it waits for the code.
fn sent(challenge: &Challenge) -> Json<Value> {
    // Seconds since 1970.
    let unix = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    Json(json!({
        "hint": challenge.hint(),
        "expires_at": unix(challenge.expires_at()),
        "resend_at": unix(challenge.resend_at()),
    }))
}

#[derive(Deserialize)]
struct Typed {
    code: String,
}

async fn verify(
    State(mut app): State<App>,
    jar: CookieJar,
    Json(body): Json<Typed>,
) -> Result<Response, Failure> {
    let verdict = app.challenges.verify(&token(&jar)?, LOGIN, &body.code).await?;
    let status = status(verdict.http_status());
    Ok(match &verdict {
        Verdict::Accepted(accepted) => log_in(&mut app, jar, accepted).await?.into_response(),
        Verdict::Wrong { attempts_left, .. } => {
            let body = json!({ "verdict": verdict.code(), "attempts_left": attempts_left });
            (status, Json(body)).into_response()
        }
        _ => {
            let body = Json(json!({ "verdict": verdict.code() }));
            (status, retry_after(verdict.retry_after()), body).into_response()
        }
    })
}

/// Logs in the user whose number was verified. Never take the user from the request: it could name
/// somebody else.
async fn log_in(
    app: &mut App,
    jar: CookieJar,
    accepted: &Accepted,
) -> Result<impl IntoResponse, Failure> {
    let name: Option<String> = app.redis.hget("numbers", accepted.recipient().e164()).await?;
    // The user may have changed the number in the meantime.
    let name = name.ok_or(Failure::new(StatusCode::GONE))?;
    let mut jar = jar.remove(Cookie::build(COOKIE).path("/codes"));
    if let Some(token) = accepted.device_token() {
        let lasts = DEVICE_LASTS.try_into().map_err(|_| Failure::internal())?;
        let mut device = cookie(DEVICE, token.to_string());
        device.set_max_age(Some(lasts));
        jar = jar.add(device);
    }
    // A real service creates a session for this user here.
    Ok((jar, Json(json!({ "verdict": "accepted", "user": name }))))
}

/// For a load balancer: the service can issue and verify codes only with its store.
async fn health(State(app): State<App>) -> Result<Json<Value>, Failure> {
    app.challenges.ping().await?;
    Ok(Json(json!({ "status": "ok" })))
}

fn locale(headers: &HeaderMap, texts: &MessageTemplates) -> Result<Locale, Failure> {
    let header = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let english = Locale::parse("en").map_err(|_| Failure::internal())?;
    let languages = texts.languages().map(|(_, locale)| locale);
    Ok(Locale::from_accept_language(header.unwrap_or_default(), languages, &english))
}

/// Creates a cookie that scripts cannot read and other sites cannot send.
fn cookie(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/codes")
        .http_only(true)
        .secure(true)
        .same_site(SameSite::Strict)
        .build()
}

fn token(jar: &CookieJar) -> Result<ChallengeToken, Failure> {
    // Whatever a client sends here is Gone unless this service wrote it.
    let cookie = jar.get(COOKIE).ok_or(Failure::new(StatusCode::GONE))?;
    Ok(ChallengeToken::new(cookie.value()))
}

struct Failure {
    status: StatusCode,
    /// A stable word that the client can translate.
    word: &'static str,
    retry_after: Option<Duration>,
}

impl Failure {
    fn new(status: StatusCode) -> Self {
        Self { status, word: status.canonical_reason().unwrap_or_default(), retry_after: None }
    }

    fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<ChallengeError> for Failure {
    fn from(error: ChallengeError) -> Self {
        // The error names neither a phone number nor a code.
        eprintln!("{error}");
        Self {
            status: status(error.kind().http_status()),
            word: error.kind().as_str(),
            retry_after: error.retry_after(),
        }
    }
}

impl From<redis::RedisError> for Failure {
    fn from(error: redis::RedisError) -> Self {
        eprintln!("{error}");
        Self::new(StatusCode::SERVICE_UNAVAILABLE)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": self.word }));
        (self.status, retry_after(self.retry_after), body).into_response()
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Rounds up: a client that comes back a moment too early is refused again.
fn retry_after(time: Option<Duration>) -> Option<[(header::HeaderName, String); 1]> {
    time.map(|time| [(header::RETRY_AFTER, time.as_secs_f64().ceil().to_string())])
}
