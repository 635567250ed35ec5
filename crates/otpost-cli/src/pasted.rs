//! Responses as `curl -i` prints them.

use http::{HeaderName, HeaderValue, StatusCode};
use otpost::transport::Response;

/// Reads a response: a status line, headers, an empty line and the body. A text without a status
/// line is the body.
///
/// # Errors
///
/// The problem, without any value of the response.
pub(crate) fn parse_response(input: &[u8]) -> Result<Response, String> {
    let mut response = Response::default();
    let mut rest = input;
    // A proxy and `100 Continue` put their own head before the one of the gateway.
    while rest.starts_with(b"HTTP/") {
        response = Response::default();
        let (line, after) = split_line(rest);
        *response.status_mut() = status(line)?;
        rest = after;
        loop {
            let (line, after) = split_line(rest);
            rest = after;
            if line.is_empty() {
                break;
            }
            add_header(&mut response, line)?;
        }
    }
    *response.body_mut() = rest.to_vec().into();
    Ok(response)
}

/// Adds a header from its line.
pub(crate) fn add_header(response: &mut Response, line: &[u8]) -> Result<(), String> {
    let colon = line.iter().position(|b| *b == b':');
    let (name, value) = colon.and_then(|at| line.split_at_checked(at)).unwrap_or_default();
    let value = value.strip_prefix(b":").unwrap_or_default().trim_ascii();
    let name = HeaderName::from_bytes(name).ok();
    match name.zip(HeaderValue::from_bytes(value).ok()) {
        Some((name, value)) => {
            response.headers_mut().append(name, value);
            Ok(())
        }
        None => Err("a header is invalid: expected `Name: value`".to_owned()),
    }
}

/// Reads the status of a line such as `HTTP/1.1 200 OK`.
fn status(line: &[u8]) -> Result<StatusCode, String> {
    let code = line.split(|b| *b == b' ').nth(1).unwrap_or_default();
    StatusCode::from_bytes(code)
        .map_err(|_| "the status line is invalid: expected `HTTP/1.1 200 OK`".to_owned())
}

/// Splits a text after its first line, which ends with or without a carriage return.
fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|b| *b == b'\n');
    let (line, rest) = end.and_then(|at| text.split_at_checked(at)).unwrap_or((text, b""));
    (line.strip_suffix(b"\r").unwrap_or(line), rest.strip_prefix(b"\n").unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::parse_response;

    #[test]
    fn pasted_response_has_a_status_headers_and_a_body() {
        for end in ["\n", "\r\n"] {
            let text = ["HTTP/2 429 ", "Retry-After: 7", "x:y:z", "", "slow", "down"].join(end);
            let response = parse_response(text.as_bytes()).unwrap();
            assert_eq!(response.status(), 429);
            assert_eq!(response.headers()["retry-after"], "7");
            assert_eq!(response.headers()["x"], "y:z");
            assert_eq!(response.body(), format!("slow{end}down").as_bytes());
        }
    }

    #[test]
    fn pasted_response_ends_with_the_last_head() {
        let text = "HTTP/1.1 200 Connection established\n\nHTTP/1.1 100 Continue\n\n\
                    HTTP/1.1 401 Unauthorized\nA: b\n\n";
        let response = parse_response(text.as_bytes()).unwrap();
        assert_eq!((response.status().as_u16(), response.headers().len()), (401, 1));
        assert!(response.body().is_empty());
    }

    #[test]
    fn pasted_text_without_a_head_is_a_body() {
        let response = parse_response(b"OK 17: \xff").unwrap();
        assert_eq!((response.status().as_u16(), &response.body()[..]), (200, &b"OK 17: \xff"[..]));
        // A head without an end has no body.
        assert_eq!(parse_response(b"HTTP/1.1 500").unwrap().status(), 500);
    }

    #[test]
    fn pasted_head_that_is_invalid_is_refused_without_its_values() {
        for text in ["HTTP/1.1\n\n", "HTTP/1.1 abc\n\n", "HTTP/1.1 200 OK\nsentinel\n\n"] {
            let problem = parse_response(text.as_bytes()).unwrap_err();
            assert!(problem.contains("invalid") && !problem.contains("sentinel"), "{problem}");
        }
    }
}
