//! The URLs that curl itself rejects: such a command has never sent a message.

use otpost::gateway::SpecError;

use crate::error::refuse;
use crate::variables::Variables;

/// The bytes that curl accepts in no host.
const NOT_IN_HOST: &[u8] = b" \r\n\t/:#?!@{}[]\\$'\"^`*<>=;,+&()";

/// Fails for a space or a control character, which curl rejects anywhere in a URL.
///
/// `place` is the URL, or data that `-G` appends to it.
pub(crate) fn check_bytes(url: &[u8], place: &str) -> Result<(), SpecError> {
    if url.contains(&b' ') {
        let problem = format!("{place}: curl rejects a URL with spaces");
        let hint = "write %20, or send the values with -G and --data-urlencode";
        return Err(refuse(&problem, hint));
    }
    if url.iter().any(u8::is_ascii_control) {
        let problem =
            format!("{place}: curl rejects a URL with line breaks, tabs or other controls");
        return Err(refuse(&problem, "write the URL on one line, and a line break as %0A"));
    }
    Ok(())
}

/// Fails for a host or port that curl rejects. The values of variables are unknown, so a part with
/// one is not checked.
pub(crate) fn check_host(host: &[u8], variables: &Variables) -> Result<(), SpecError> {
    let is_variable =
        |part: &[u8]| variables.is_in(part) || part.windows(2).any(|window| window == b"{{");
    let (name, port) = match host.strip_prefix(b"[") {
        Some(rest) => {
            let end = rest.iter().position(|byte| *byte == b']').ok_or_else(no_address)?;
            let (address, behind) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            let is_hexadecimal =
                |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.' | b'%');
            if address.is_empty() || !address.iter().all(is_hexadecimal) {
                return Err(no_address());
            }
            let behind = behind.get(1..).unwrap_or_default();
            if !behind.is_empty() && !behind.starts_with(b":") {
                return Err(no_address());
            }
            (&b"address"[..], behind.get(1..))
        }
        None if is_variable(host) => {
            let name = host.rsplit(|byte| *byte == b':').next_back().unwrap_or(host);
            let port = host.get(name.len()..).and_then(|port| port.strip_prefix(b":"));
            // Only the end of `{{host}}:8080` can be told from a part of a variable.
            (&b"name"[..], port)
        }
        None => match host.iter().position(|byte| *byte == b':') {
            Some(at) => (host.get(..at).unwrap_or_default(), host.get(at.saturating_add(1)..)),
            None => (host, None),
        },
    };
    if name.is_empty() {
        return Err(refuse("the URL has no host", "paste the whole URL"));
    }
    if name.contains(&b'%') {
        let hint = "write the name without percent signs";
        return Err(refuse("the host is percent-encoded", hint));
    }
    if name.iter().any(|byte| NOT_IN_HOST.contains(byte)) {
        let hint = "write a name such as sms.example.com; a placeholder as {host}";
        return Err(refuse("curl rejects a character in the host of the URL", hint));
    }
    check_port(port.filter(|port| !is_variable(port)).unwrap_or_default())
}

fn check_port(port: &[u8]) -> Result<(), SpecError> {
    // curl uses the default port for `host:`.
    let number = std::str::from_utf8(port).ok().and_then(|port| port.parse::<u16>().ok());
    let is_digits = port.iter().all(u8::is_ascii_digit);
    if port.is_empty() || (is_digits && number.is_some()) {
        return Ok(());
    }
    Err(refuse(
        "curl rejects the port of the URL",
        "write a number up to 65535; a placeholder as {port}",
    ))
}

fn no_address() -> SpecError {
    refuse("the IPv6 address in the URL is invalid", "write it as https://[2001:db8::1]:8080/")
}
