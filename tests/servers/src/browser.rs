//! A client over HTTP that keeps cookies, as a browser does.

use std::collections::BTreeMap;

/// Whatever went wrong.
type Error = Box<dyn std::error::Error + Send + Sync>;

/// A browser of somebody who reads German.
#[derive(Debug)]
pub struct Browser {
    client: reqwest::Client,
    /// Such as `http://127.0.0.1:3000`.
    pub origin: String,
    /// The values of the cookies by name.
    pub cookies: BTreeMap<String, String>,
    /// The attributes of each cookie that was ever set, such as `HttpOnly`.
    attributes: BTreeMap<String, String>,
}

/// An answer.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    /// The header `Retry-After`.
    pub retry_after: Option<u64>,
    pub body: String,
}

impl Browser {
    pub fn new(origin: &str) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().unwrap_or_default();
        let (cookies, attributes) = (BTreeMap::new(), BTreeMap::new());
        Self { client, origin: origin.to_owned(), cookies, attributes }
    }

    /// The attributes with which the cookie was set last.
    pub fn attributes(&self, cookie: &str) -> &str {
        self.attributes.get(cookie).map_or("", String::as_str)
    }

    pub async fn get(&mut self, path: &str) -> Page {
        let request = self.client.get(format!("{}{path}", self.origin));
        self.send(request).await
    }

    /// Posts `name=value`, or a text in JSON.
    pub async fn post(&mut self, path: &str, body: &str) -> Page {
        let content_type = match body.as_bytes() {
            [b'{', ..] => "application/json",
            _ => "application/x-www-form-urlencoded",
        };
        let request = self.client.post(format!("{}{path}", self.origin));
        let request = request.header("content-type", content_type).body(body.to_owned());
        self.send(request.header("accept-language", "de-CH, en;q=0.5")).await
    }

    #[expect(clippy::panic, reason = "a test that cannot go on has failed")]
    async fn send(&mut self, request: reqwest::RequestBuilder) -> Page {
        self.answer(request).await.unwrap_or_else(|error| panic!("{error:?}"))
    }

    async fn answer(&mut self, request: reqwest::RequestBuilder) -> Result<Page, Error> {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(n, value)| format!("{n}={value}")).collect();
        let request = match cookies.is_empty() {
            true => request,
            false => request.header("cookie", cookies.join("; ")),
        };
        let answer = request.send().await?;
        for cookie in answer.headers().get_all("set-cookie") {
            let (pair, attributes) = cookie.to_str()?.split_once(';').unwrap_or_default();
            match pair.split_once('=').unwrap_or_default() {
                // An empty value takes the cookie back.
                (name, "") => self.cookies.remove(name),
                (name, value) => {
                    self.attributes.insert(name.to_owned(), attributes.trim().to_owned());
                    self.cookies.insert(name.to_owned(), value.to_owned())
                }
            };
        }
        let retry_after = answer.headers().get("retry-after");
        let retry_after = retry_after.map(|value| Ok::<_, Error>(value.to_str()?.parse()?));
        Ok(Page {
            status: answer.status().as_u16(),
            retry_after: retry_after.transpose()?,
            body: answer.text().await?,
        })
    }
}
