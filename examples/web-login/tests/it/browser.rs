//! A browser without scripts: it keeps cookies by their paths, follows redirects and posts forms.

use std::collections::BTreeMap;

use reqwest::header::{self, HeaderMap};
use reqwest::{Client, Method, StatusCode};

#[derive(Clone)]
pub(crate) struct Browser {
    client: Client,
    origin: String,
    /// The values by name and path.
    pub(crate) cookies: BTreeMap<(String, String), String>,
    /// The `Set-Cookie` headers so far.
    pub(crate) set_cookies: Vec<String>,
    pub(crate) language: String,
    pub(crate) url: String,
    pub(crate) page: String,
    /// The headers of the last response.
    pub(crate) headers: HeaderMap,
}

/// A form of a page, with its hidden fields.
#[derive(Clone, Debug)]
pub(crate) struct PageForm {
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
}

impl Browser {
    pub(crate) fn new(origin: &str) -> Self {
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self {
            client,
            origin: origin.to_owned(),
            cookies: BTreeMap::new(),
            set_cookies: Vec::new(),
            language: "en-GB".to_owned(),
            url: String::new(),
            page: String::new(),
            headers: HeaderMap::new(),
        }
    }

    pub(crate) fn with_language(mut self, language: &str) -> Self {
        self.language = language.to_owned();
        self
    }

    pub(crate) async fn get(&mut self, path: &str) -> StatusCode {
        self.go(Method::GET, path, &[]).await
    }

    /// Opens the page and requests a code.
    pub(crate) async fn request_code(&mut self, number: &str) {
        assert_eq!(self.get("/login").await, StatusCode::OK);
        self.submit("", &[("number", number)]).await;
    }

    /// Fills in the form whose action ends so, and posts it.
    pub(crate) async fn submit(&mut self, ending: &str, fields: &[(&str, &str)]) {
        let form = self.form(ending);
        self.post(&form, fields).await;
    }

    pub(crate) async fn post(&mut self, form: &PageForm, fields: &[(&str, &str)]) {
        let mut all = form.fields.clone();
        all.extend(fields.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        let status = self.go(Method::POST, &form.action, &all).await;
        assert!(status.is_success() || status.is_client_error(), "{status}");
    }

    /// Returns the form of the page whose action ends so. The one without a further step sends a
    /// code.
    pub(crate) fn form(&self, ending: &str) -> PageForm {
        let forms = self.page.split("<form ").skip(1).map(|rest| {
            let text = rest.split("</form>").next().unwrap();
            let inputs = text.split("<input ").skip(1).filter(|input| input.contains("\"hidden\""));
            let fields = inputs.map(|input| (attribute(input, "name"), attribute(input, "value")));
            PageForm { action: attribute(text, "action"), fields: fields.collect() }
        });
        let is_it = |form: &PageForm| match ending {
            "" => form.action.matches('/').count() == 2,
            ending => form.action.ends_with(ending),
        };
        forms.into_iter().find(is_it).unwrap_or_else(|| panic!("no form {ending}: {}", self.page))
    }

    pub(crate) fn has_form(&self, ending: &str) -> bool {
        self.page.contains(&format!("{ending}\" data-form"))
    }

    #[track_caller]
    pub(crate) fn assert_shows(&self, text: &str) {
        assert!(self.page.contains(text), "{text:?} is not in {}", self.page);
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let found = self.cookies.iter().find(|((known, _), _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    async fn go(&mut self, method: Method, path: &str, fields: &[(String, String)]) -> StatusCode {
        let (mut method, mut path) = (method, path.to_owned());
        for _ in 0..5 {
            let sent = self.send(method.clone(), &path, fields).await;
            let Some(location) = sent.headers().get(header::LOCATION).cloned() else {
                let status = sent.status();
                (self.url, self.page) = (path, sent.text().await.unwrap());
                return status;
            };
            assert_eq!(sent.status(), StatusCode::SEE_OTHER);
            (method, path) = (Method::GET, location.to_str().unwrap().to_owned());
        }
        panic!("too many redirects");
    }

    /// Sends one request, with the cookies for its path, and keeps those of the response.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        fields: &[(String, String)],
    ) -> reqwest::Response {
        let cookies = self.cookies.iter().filter(|((_, scope), _)| {
            scope == "/" || path == scope || path.starts_with(&format!("{scope}/"))
        });
        let cookies: Vec<_> = cookies.map(|((name, _), value)| format!("{name}={value}")).collect();
        let mut request = self
            .client
            .request(method.clone(), format!("{}{path}", self.origin))
            .header(header::COOKIE, cookies.join("; "))
            .header(header::ACCEPT_LANGUAGE, &self.language);
        if method == Method::POST {
            let body: String =
                form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            request = request
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(header::ORIGIN, &self.origin)
                .body(body);
        }
        let response = request.send().await.unwrap();
        self.headers = response.headers().clone();
        for value in response.headers().get_all(header::SET_COOKIE) {
            self.keep(value.to_str().unwrap());
        }
        response
    }

    fn keep(&mut self, set_cookie: &str) {
        self.set_cookies.push(set_cookie.to_owned());
        let mut parts = set_cookie.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let path = parts.clone().find_map(|part| part.strip_prefix("Path=")).unwrap();
        let has = |wanted: &str| parts.clone().any(|part| part == wanted);
        // Browsers refuse other cookies with these prefixes, also those that remove one.
        assert!(!name.starts_with("__") || has("Secure"), "{name}");
        assert!(!name.starts_with("__Host-") || has("Path=/"), "{name}");
        let key = (name.to_owned(), path.to_owned());
        match has("Max-Age=0") {
            true => self.cookies.remove(&key),
            false => self.cookies.insert(key, value.to_owned()),
        };
    }
}

fn attribute(text: &str, name: &str) -> String {
    let start = format!("{name}=\"");
    let rest = text.split(&start).nth(1).unwrap_or_else(|| panic!("no {name} in {text}"));
    rest.split('"').next().unwrap().to_owned()
}
