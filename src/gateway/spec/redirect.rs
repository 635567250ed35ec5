//! Specs with other origins, for sandboxes and tests.

use super::GatewaySpec;
use super::origin::{names, parse_origin, split_origin};
use super::write::requests;
use crate::gateway::error::SpecError;

impl GatewaySpec {
    /// Replaces the origin of the URL, for example with a sandbox (`https://sandbox.acme.example`)
    /// or a test server (`http://127.0.0.1:8080`).
    ///
    /// The path and the query stay. Other URLs of the spec, such as that of a token endpoint, get
    /// the new origin if theirs is written like that of the URL.
    /// [`with_token_origin`](Self::with_token_origin) replaces the origin of a token endpoint on
    /// another host. Host variables that no URL uses any more are removed, or become variables
    /// without `host` if a value or a signature uses them.
    ///
    /// # Errors
    ///
    /// [`SpecError`] with the path `origin` if it is not `http://` or `https://` with a host and an
    /// optional port, without a slash at the end.
    pub fn with_origin(mut self, origin: &str) -> Result<Self, SpecError> {
        let origin = parse(origin, "origin")?;
        let before = split_origin(&self.request.url).0.to_owned();
        for url in self.urls_mut() {
            replace(url, &origin, |known| known == before);
        }
        self.keep_used_hosts();
        Ok(self)
    }

    /// Replaces the origin from which the token is fetched, for example with a test server. Nothing
    /// changes if the spec fetches no token.
    ///
    /// # Errors
    ///
    /// [`SpecError`] with the path `token_origin`. The rules are those of
    /// [`with_origin`](Self::with_origin).
    pub fn with_token_origin(mut self, origin: &str) -> Result<Self, SpecError> {
        let origin = parse(origin, "token_origin")?;
        if let Some(url) = self.auth.token_url_mut() {
            replace(url, &origin, |_| true);
        }
        self.keep_used_hosts();
        Ok(self)
    }

    /// Returns all URLs.
    pub(in crate::gateway) fn urls(&self) -> Vec<&str> {
        let calls = self.account.iter().chain(&self.erase).map(|call| &call.url);
        let urls = std::iter::once(&self.request.url).chain(self.auth.token_url()).chain(calls);
        urls.map(String::as_str).collect()
    }

    fn urls_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let calls = self.account.iter_mut().chain(&mut self.erase).map(|call| &mut call.url);
        std::iter::once(&mut self.request.url).chain(self.auth.token_url_mut()).chain(calls)
    }

    /// Returns whether a host variable is a part of a host name, such as a region, or a port, and
    /// not a whole origin.
    pub(in crate::gateway) fn is_part_of_host(&self, name: &str) -> bool {
        self.urls().into_iter().any(|url| {
            let (origin, _) = split_origin(url);
            !origin.starts_with("{{") && names(origin, name)
        })
    }

    /// Removes the host variables that nothing uses: an unused variable is an error. Those that are
    /// used in values only become variables like any other.
    fn keep_used_hosts(&mut self) {
        let origins: Vec<String> =
            self.urls().iter().map(|url| split_origin(url).0.to_owned()).collect();
        let is_in_host = |name: &str| origins.iter().any(|origin| names(origin, name));
        let requests = requests(self);
        self.vars.retain_mut(|(name, var)| {
            if !var.host || is_in_host(name) {
                return true;
            }
            // A host variable is never optional.
            (var.host, var.optional) = (false, false);
            requests.has_text(&|text| names(text, name))
        });
    }
}

fn parse(origin: &str, path: &str) -> Result<String, SpecError> {
    parse_origin(origin)
        .map_err(|problem| SpecError::new(path, problem, "write https://host or https://host:port"))
}

fn replace(url: &mut String, origin: &str, is_meant: impl Fn(&str) -> bool) {
    let (before, rest) = split_origin(url);
    if is_meant(before) {
        *url = format!("{origin}{rest}");
    }
}
