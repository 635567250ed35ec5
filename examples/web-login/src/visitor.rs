//! The browser that sends a request: its cookies, its address and its language.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use otpost::challenge::DeviceToken;

use crate::app::LoginPage;
use crate::cookies::{Cookies, DEVICE, FLOW, LANGUAGE, LATEST, SESSION};
use crate::flow::{Flow, FlowId};
use crate::number::Country;
use crate::texts::Language;

/// The browser that sends a request.
pub(crate) struct Visitor {
    pub(crate) cookies: Cookies,
    pub(crate) address: SocketAddr,
    pub(crate) language: Language,
    pub(crate) country: Country,
}

impl Visitor {
    /// Returns the state of the flow whose URL was requested, if this browser began it.
    pub(crate) fn flow(&self) -> Option<Flow> {
        Flow::from_cookie(self.cookies.get(&FLOW)?, self.cookies.browser()?)
    }

    /// Returns the latest flow of this browser that has sent a message.
    pub(crate) fn latest(&self) -> Option<FlowId> {
        FlowId::try_from(self.cookies.get(&LATEST)?.to_owned()).ok()
    }

    /// Returns the token of this device. One that is not valid for the number is ignored later.
    pub(crate) fn device(&self) -> DeviceToken {
        DeviceToken::new(self.cookies.get(&DEVICE).unwrap_or_default())
    }

    /// Returns the id of the session in the cookie, which may have ended.
    pub(crate) fn session(&self) -> Option<&str> {
        self.cookies.get(&SESSION)
    }
}

impl FromRequestParts<Arc<LoginPage>> for Visitor {
    type Rejection = StatusCode;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &Arc<LoginPage>,
    ) -> Result<Self, StatusCode> {
        // Behind a proxy, this is the address of the proxy, and all people share one limit. Take
        // the address from the header that your proxy sets, and only from your proxy.
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let ConnectInfo(address) = *address.ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
        let cookies = Cookies::new(&parts.headers, app.is_https);
        let accepted = parts.headers.get(header::ACCEPT_LANGUAGE);
        let accepted = accepted.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let chosen = cookies.get(&LANGUAGE).and_then(Language::parse);
        Ok(Self {
            address,
            language: chosen.unwrap_or_else(|| Language::from_accept_language(accepted)),
            country: Country::from_accept_language(accepted),
            cookies,
        })
    }
}

/// Keeps the language of a link such as `?language=de`, and shows the same page in it.
pub(crate) async fn choose_language(
    State(app): State<Arc<LoginPage>>,
    request: Request,
    next: Next,
) -> Response {
    let query = request.uri().query().and_then(|query| query.strip_prefix("language="));
    let Some(language) =
        query.and_then(Language::parse).filter(|_| request.method() == Method::GET)
    else {
        return next.run(request).await;
    };
    let cookies = Cookies::new(request.headers(), app.is_https);
    let cookies = cookies.set(&LANGUAGE, language.tag().to_owned(), "/");
    (cookies, Redirect::to(request.uri().path())).into_response()
}
