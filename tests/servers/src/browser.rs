//! A client over HTTP that keeps one cookie, as a browser does.

/// Whatever went wrong.
type Error = Box<dyn std::error::Error + Send + Sync>;

/// A browser of somebody who reads German.
#[derive(Debug)]
pub struct Browser {
    client: reqwest::Client,
    /// Such as `http://127.0.0.1:3000`.
    pub origin: String,
    /// `name=value`.
    pub cookie: Option<String>,
    /// The attributes of the cookie, such as `HttpOnly`.
    pub attributes: String,
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
        Self { client, origin: origin.to_owned(), cookie: None, attributes: String::new() }
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
        let request = match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        let answer = request.send().await?;
        if let Some(cookie) = answer.headers().get("set-cookie") {
            let (pair, attributes) = cookie.to_str()?.split_once(';').unwrap_or_default();
            // An empty value takes the cookie back.
            self.cookie = Some(pair.to_owned()).filter(|pair| !pair.ends_with('='));
            self.attributes = attributes.trim().to_owned();
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
