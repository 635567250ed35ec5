//! The URLs of the page.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::IntoResponse;
use axum::routing::{get, post};

use crate::app::LoginPage;
use crate::{guard, steps, visitor};

/// The maximum size of a form in bytes.
const MAX_FORM: usize = 4_096;

const CSS: &str = include_str!("../assets/style.css");
const ICON: &str = include_str!("../assets/icon.svg");
const SCRIPT: &str = include_str!("../assets/login.js");

impl LoginPage {
    /// Returns the routes. Serve them with the addresses of the clients, by
    /// `into_make_service_with_connect_info::<SocketAddr>()`.
    pub fn into_router(self) -> Router {
        let app = Arc::new(self);
        Router::new()
            .route("/", get(steps::home))
            .route("/sign-out", post(steps::sign_out))
            .route("/login", get(steps::begin))
            .route("/login/{flow}", get(steps::show).post(steps::send))
            .route("/login/{flow}/human", post(steps::send_to_human))
            .route("/login/{flow}/resend", post(steps::resend))
            .route("/login/{flow}/code", post(steps::verify))
            .route_layer(from_fn_with_state(app.clone(), visitor::choose_language))
            .route("/style.css", get(async || asset("text/css", CSS)))
            .route("/login.js", get(async || asset("text/javascript", SCRIPT)))
            .route("/icon.svg", get(async || asset("image/svg+xml", ICON)))
            .layer(from_fn(guard::refuse_other_websites))
            .layer(map_response(guard::with_headers))
            .layer(DefaultBodyLimit::max(MAX_FORM))
            .with_state(app)
    }
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let kind = format!("{kind}; charset=utf-8");
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "max-age=300".to_owned())], text)
}
