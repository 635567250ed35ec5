//! A request to a gateway, and what the gateway recognizes in it.

use http::HeaderMap;
use http::header::ACCEPT;
use hyper::body::Bytes;
use otpost::gateway::imitation::{Imitation, ReceivedRequest, Recognized};

/// A request to a gateway.
pub(super) struct GatewayCall {
    pub(super) method: String,
    /// The path of the spec and the query.
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl GatewayCall {
    /// Recognizes the request.
    ///
    /// A spec fixes the header `Accept`, and servers accept every value that includes theirs, such
    /// as the `*/*` of most HTTP clients. So such a value counts as that of the spec.
    pub(super) fn recognized_by(&self, imitation: &Imitation) -> Recognized {
        let first = imitation.receive(&self.received(None));
        let Some(mut wanted) = wanted_type(&first) else { return first };
        if wanted == "a value" {
            // The header is missing, which also means that every type is accepted. Only another
            // value shows which one the spec has.
            let other = imitation.receive(&self.received(Some("*/*")));
            match wanted_type(&other) {
                Some(found) => wanted = found,
                None => return other,
            }
        }
        match self.accepts(&wanted) {
            true => imitation.receive(&self.received(Some(&wanted))),
            false => first,
        }
    }

    /// Returns whether a request of the gateway has this method and path. It does not read the
    /// body.
    pub(super) fn is_at(&self, imitation: &Imitation) -> bool {
        imitation.has_path(&ReceivedRequest::new(self.method.as_str(), self.target.as_str()))
    }

    /// Returns whether the client accepts a media type.
    fn accepts(&self, wanted: &str) -> bool {
        let mut values = self.headers.get_all(ACCEPT).iter().peekable();
        if values.peek().is_none() {
            return true;
        }
        let values = values.filter_map(|value| value.to_str().ok());
        let mut ranges = values.flat_map(|value| value.split(','));
        ranges.any(|range| {
            let range = range.split(';').next().unwrap_or_default().trim();
            let all_of = range.strip_suffix("/*").filter(|kind| *kind != "*");
            range == "*/*"
                || range.eq_ignore_ascii_case(wanted)
                || all_of.is_some_and(|kind| wanted.split('/').next() == Some(kind))
        })
    }

    /// Returns the request, with another value of `Accept` if there is one.
    fn received(&self, accept: Option<&str>) -> ReceivedRequest {
        let request = ReceivedRequest::new(self.method.as_str(), self.target.as_str());
        let headers = self.headers.iter().filter(|(name, _)| accept.is_none() || **name != ACCEPT);
        let request = headers.fold(request, |request, (name, value)| {
            request.with_header(name.as_str(), value.as_bytes())
        });
        let request = accept
            .into_iter()
            .fold(request, |request, accept| request.with_header(ACCEPT.as_str(), accept));
        request.with_body(self.body.clone())
    }
}

/// Returns what the spec expects in `Accept`, if the request differs there.
fn wanted_type(recognized: &Recognized) -> Option<String> {
    let mut mismatches = recognized.mismatches().iter();
    let accept = mismatches.find(|it| it.place().eq_ignore_ascii_case("header `accept`"))?;
    Some(accept.expected().trim_matches('`').to_owned())
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use otpost::gateway::imitation::Imitation;

    use super::GatewayCall;

    #[track_caller]
    fn check(accept: Option<&str>, is_accepted: bool) {
        let spec = otpost::gateways::with_examples("link-mobility").unwrap();
        let kind = "application/x-www-form-urlencoded; charset=UTF-8";
        let mut headers: HeaderMap = HeaderMap::new();
        headers.insert("content-type", kind.parse().unwrap());
        if let Some(accept) = accept {
            headers.insert("accept", accept.parse().unwrap());
        }
        let call = GatewayCall {
            method: "POST".to_owned(),
            target: "/restapi/v1/sms/send".to_owned(),
            headers,
            body: "messageText=a&destinationAddress=41791234567&username=u&password=p".into(),
        };
        let recognized = call.recognized_by(&Imitation::new(&spec).unwrap());
        let mismatches = recognized.mismatches();
        assert_eq!(mismatches.is_empty(), is_accepted, "{accept:?} {mismatches:?}");
    }

    #[test]
    fn accept_includes_the_type_of_the_spec() {
        check(None, true);
        check(Some("application/json"), true);
        check(Some("*/*"), true);
        check(Some("text/html, application/*;q=0.8"), true);
        check(Some("text/html, Application/JSON"), true);
        check(Some("text/html"), false);
        check(Some("application/xml, text/*"), false);
    }
}
