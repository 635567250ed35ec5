//! The part of HTTP/2 (RFC 9113) that a server needs to misbehave.

/// The first bytes that a client sends (§3.4).
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
// ACK and END_STREAM are the same bit, in frames of different types.
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
// The header of a frame (§4.1): length in 3 bytes, type, flags, and the stream in 4 bytes.
const HEAD: usize = 9;

/// The frames in a client's bytes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// The number of bytes in frames that belong to requests: HEADERS, CONTINUATION and DATA.
    pub(super) of_requests: usize,
    /// The streams that the client has ended, each of which is a complete request.
    pub(super) requests: Vec<u32>,
    /// The payloads of PING frames that expect a reply.
    pub(super) pings: Vec<Vec<u8>>,
}

/// Parses the bytes that have arrived so far on a connection.
pub(super) fn read(bytes: &[u8]) -> Seen {
    let mut seen = Seen::default();
    let Some(mut rest) = bytes.strip_prefix(PREFACE) else { return seen };
    while let Some((head, behind)) = rest.split_at_checked(HEAD) {
        let [a, b, c, kind, flags, w, x, y, z] = *head else { return seen };
        let length = usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap_or(usize::MAX);
        // 9 is CONTINUATION.
        let is_request = matches!(kind, DATA | HEADERS | 9);
        let (payload, after) = behind.split_at_checked(length).unwrap_or((behind, &[]));
        // An incomplete frame counts too: the client has begun to send the request.
        if is_request {
            seen.of_requests = seen.of_requests.saturating_add(HEAD).saturating_add(payload.len());
        }
        if payload.len() < length {
            return seen;
        }
        if matches!(kind, DATA | HEADERS) && flags & END_STREAM != 0 {
            seen.requests.push(u32::from_be_bytes([w, x, y, z]));
        }
        if kind == PING && flags & ACK == 0 {
            seen.pings.push(payload.to_vec());
        }
        rest = after;
    }
    seen
}

/// Returns an empty SETTINGS frame, which keeps all defaults.
pub(super) fn settings() -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[])
}

/// Returns a SETTINGS frame that allows this many concurrent requests.
pub(super) fn settings_with_streams(streams: u32) -> Vec<u8> {
    // SETTINGS_MAX_CONCURRENT_STREAMS (§6.5.2)
    frame(SETTINGS, 0, 0, &[&[0, 3][..], &streams.to_be_bytes()].concat())
}

/// Returns a SETTINGS frame with a window of 0 bytes, so that the client cannot send a body.
pub(super) fn settings_without_window() -> Vec<u8> {
    // SETTINGS_INITIAL_WINDOW_SIZE = 0 (§6.5.2)
    frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0])
}

/// Returns a response with status 200 and a body, on the first stream.
pub(super) fn answer(body: &[u8]) -> Vec<u8> {
    answer_on(1, body)
}

/// Returns a response with status 200 and a body, on any stream.
pub(super) fn answer_on(stream: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = head_on(stream);
    bytes.extend(frame(DATA, END_STREAM, stream, body));
    bytes
}

/// Returns the header of a response with status 200, without its body.
pub(super) fn head() -> Vec<u8> {
    head_on(1)
}

fn head_on(stream: u32) -> Vec<u8> {
    // Entry 8 of HPACK's static table: `:status: 200` (RFC 7541, appendix A).
    frame(HEADERS, END_HEADERS, stream, &[0x88])
}

/// Returns the header of a response with status 200 and `Content-Length`, without its body.
pub(super) fn head_of(length: usize) -> Vec<u8> {
    let length = length.to_string();
    // A literal field with the name of entry 28, `content-length` (RFC 7541 §6.2.2). No test needs
    // a length of 127 digits, which would not fit into one byte.
    let mut fields = vec![0x88, 0x0f, 0x0d];
    fields.push(u8::try_from(length.len()).unwrap_or(u8::MAX));
    fields.extend(length.as_bytes());
    frame(HEADERS, END_HEADERS, 1, &fields)
}

pub(super) fn part(body: &[u8]) -> Vec<u8> {
    frame(DATA, 0, 1, body)
}

pub(super) fn reset(code: u32) -> Vec<u8> {
    reset_on(1, code)
}

pub(super) fn reset_on(stream: u32, code: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &code.to_be_bytes())
}

pub(super) fn pong(payload: &[u8]) -> Vec<u8> {
    frame(PING, ACK, 0, payload)
}

pub(super) fn goaway(last: u32, code: u32) -> Vec<u8> {
    let payload = [last.to_be_bytes(), code.to_be_bytes()].concat();
    frame(GOAWAY, 0, 0, &payload)
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes();
    let mut bytes = length.get(1..).unwrap_or_default().to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}
