//! The options of curl, and what becomes of each.

/// What an option means for a request. `Noted` and `Refused` say why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Agent,
    Bearer,
    CaFile,
    Certificate,
    Compressed,
    ConnectTimeout,
    Cookie,
    Data,
    DataRaw,
    DataUrlEncode,
    Form,
    FormString,
    Get,
    GlobOff,
    Header,
    /// It says how curl works or what it prints, and nothing of the request.
    Idle,
    Insecure,
    Interface,
    Json,
    Key,
    Location,
    MaxTime,
    Next,
    /// It is left out, and the report says why.
    Noted(&'static str),
    ProtoDefault,
    Proxy,
    Referer,
    /// The request cannot be made without it, and for this reason not with it either.
    Refused(&'static str),
    Request,
    Tls12,
    Tls13,
    Url,
    UrlQuery,
    User,
}

impl Meaning {
    /// The options that mean something, by name or by letter.
    pub(super) fn of(name: &str) -> Named {
        // What switches something off that is on by itself.
        let plain = name.strip_prefix("no-").unwrap_or(name);
        let mut begun = None;
        let mut count = 0_usize;
        for row in TABLE {
            for long in row.names.split(" | ").filter_map(|names| names.split(' ').next()) {
                if long == plain {
                    let meaning = if plain == name { row.meaning } else { Self::Idle };
                    return Named::Known { meaning, takes_value: row.takes_value };
                }
                if long.starts_with(name) {
                    count = count.saturating_add(1);
                    begun = Some(row);
                }
            }
        }
        // curl takes the beginning of a name, if no other begins so.
        match begun.filter(|_| count == 1) {
            Some(Row { meaning, takes_value, .. }) => {
                Named::Known { meaning: *meaning, takes_value: *takes_value }
            }
            None if count > 1 => Named::Ambiguous,
            None => Named::Unknown,
        }
    }

    /// The option of a letter.
    pub(super) fn of_letter(letter: char) -> Named {
        let has = |row: &&Row| {
            let mut shorts = row.names.split(" | ").filter_map(|names| names.split(' ').nth(1));
            shorts.any(|short| short.chars().eq([letter]))
        };
        match TABLE.iter().find(has) {
            Some(Row { meaning, takes_value, .. }) => {
                Named::Known { meaning: *meaning, takes_value: *takes_value }
            }
            None => Named::Unknown,
        }
    }
}

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Named {
    /// The beginning of several names.
    Ambiguous,
    Known {
        meaning: Meaning,
        takes_value: bool,
    },
    Unknown,
}

struct Row {
    meaning: Meaning,
    takes_value: bool,
    /// Names, each perhaps with its letter.
    names: &'static str,
}

const fn flags(meaning: Meaning, names: &'static str) -> Row {
    Row { meaning, takes_value: false, names }
}

const fn values(meaning: Meaning, names: &'static str) -> Row {
    Row { meaning, takes_value: true, names }
}

/// curl 8 knows these. Those of FTP, mail and terminals are left out, so that they are reported.
const TABLE: &[Row] = &[
    values(Meaning::ProtoDefault, "proto-default"),
    values(Meaning::Noted("a spec names its proxy, or none"), "noproxy"),
    values(Meaning::Agent, "user-agent A"),
    values(Meaning::Bearer, "oauth2-bearer"),
    values(Meaning::CaFile, "cacert"),
    values(Meaning::Certificate, "cert E"),
    flags(Meaning::Compressed, "compressed"),
    values(Meaning::ConnectTimeout, "connect-timeout"),
    values(Meaning::Cookie, "cookie b"),
    values(Meaning::Data, "data d | data-ascii | data-binary"),
    values(Meaning::DataRaw, "data-raw"),
    values(Meaning::DataUrlEncode, "data-urlencode"),
    values(Meaning::Form, "form F"),
    values(Meaning::FormString, "form-string"),
    flags(Meaning::Get, "get G"),
    flags(Meaning::GlobOff, "globoff g"),
    values(Meaning::Header, "header H"),
    flags(
        Meaning::Idle,
        "alpn | basic | buffer N | clobber | create-dirs | disable q | \
         disallow-username-in-url | fail f | fail-early | fail-with-body | false-start | \
         form-escape | http0.9 | http1.0 0 | http1.1 | http2 | http2-prior-knowledge | \
         http3 | http3-only | ignore-content-length | include i | ipv4 4 | ipv6 6 | \
         junk-session-cookies j | keepalive | mptcp | npn | out-null | parallel Z | \
         parallel-immediate | path-as-is | post301 | post302 | post303 | progress-bar # | \
         progress-meter | raw | remote-header-name J | remote-name O | remote-name-all | \
         remote-time R | remove-on-error | sessionid | show-error S | silent s | \
         skip-existing | ssl | ssl-reqd | styled-output | suppress-connect-headers | \
         tcp-fastopen | tcp-nodelay | trace-ids | trace-time | use-ascii B | verbose v | xattr",
    ),
    values(
        Meaning::Idle,
        "alt-svc | cookie-jar c | create-file-mode | dns-interface | dns-ipv4-addr | \
         dns-ipv6-addr | dns-servers | dump-header D | etag-save | expect100-timeout | \
         happy-eyeballs-timeout-ms | hsts | ip-tos | keepalive-cnt | keepalive-time | \
         libcurl | limit-rate | local-port | max-filesize | max-redirs | output o | \
         output-dir | parallel-max | parallel-max-host | proto | \
         proto-redir | rate | speed-limit Y | speed-time y | stderr | tls-max | trace | \
         trace-ascii | trace-config | vlan-priority | write-out w",
    ),
    flags(Meaning::Insecure, "insecure k"),
    values(Meaning::Interface, "interface"),
    values(Meaning::Json, "json"),
    values(Meaning::Key, "key"),
    flags(Meaning::Location, "follow | location L | location-trusted"),
    values(Meaning::MaxTime, "max-time m"),
    flags(Meaning::Next, "next :"),
    flags(
        Meaning::Noted("TLS below 1.2 is not spoken"),
        "ssl-allow-beast | sslv2 2 | sslv3 3 | tlsv1 1 | tlsv1.0 | tlsv1.1",
    ),
    flags(
        Meaning::Noted("names are resolved by the system; a resolver of your own is set in code"),
        "doh-cert-status | doh-insecure",
    ),
    values(
        Meaning::Noted("names are resolved by the system; a resolver of your own is set in code"),
        "connect-to | doh-url | resolve",
    ),
    flags(
        Meaning::Noted("otpost::provider::Retry decides when it is safe to send again"),
        "retry-all-errors | retry-connrefused",
    ),
    values(
        Meaning::Noted("otpost::provider::Retry decides when it is safe to send again"),
        "retry | retry-delay | retry-max-time",
    ),
    flags(
        Meaning::Noted("the ways of TLS are those of the TLS library"),
        "ca-native | cert-status | dump-ca-embed | ssl-no-revoke | ssl-revoke-best-effort",
    ),
    values(
        Meaning::Noted("the ways of TLS are those of the TLS library"),
        "capath | ciphers | crlfile | curves | ech | pinnedpubkey | sigalgs | tls13-ciphers",
    ),
    flags(
        Meaning::Noted("what a proxy needs is set in code, with `TransportOptions`"),
        "proxy-basic | proxy-ca-native | proxy-insecure | proxy-ssl-allow-beast | \
         proxy-ssl-auto-client-cert | proxy-tlsv1 | proxytunnel p",
    ),
    values(
        Meaning::Noted("what a proxy needs is set in code, with `TransportOptions`"),
        "proxy-cacert | proxy-capath | proxy-cert | proxy-cert-type | proxy-ciphers | \
         proxy-crlfile | proxy-header | proxy-key | proxy-key-type | proxy-pass | \
         proxy-pinnedpubkey | proxy-tls13-ciphers | proxy-user U",
    ),
    values(Meaning::Proxy, "proxy x"),
    values(Meaning::Referer, "referer e"),
    flags(Meaning::Refused("a HEAD sends no message"), "head I"),
    values(Meaning::Refused("a Unix socket is no host"), "abstract-unix-socket | unix-socket"),
    values(
        Meaning::Refused(
            "a part of an answer is asked for, or what has changed: that sends no message",
        ),
        "continue-at C | etag-compare | range r | time-cond z",
    ),
    flags(
        Meaning::Refused("another way to the gateway than HTTP or an HTTP proxy"),
        "haproxy-protocol",
    ),
    values(
        Meaning::Refused("another way to the gateway than HTTP or an HTTP proxy"),
        "haproxy-clientip | preproxy | proxy1.0 | socks4 | socks4a | socks5 | socks5-hostname",
    ),
    flags(
        Meaning::Refused("digest authentication asks for every request twice"),
        "anyauth | digest",
    ),
    flags(Meaning::Refused("it prints a page and sends nothing"), "manual M | version V"),
    values(Meaning::Refused("it prints a page and sends nothing"), "help h"),
    values(Meaning::Refused("its options are in a file, and not in the command"), "config K"),
    values(Meaning::Refused("signatures of AWS change with each request"), "aws-sigv4"),
    values(Meaning::Refused("the body is in a file, and not in the command"), "upload-file T"),
    values(
        Meaning::Refused("the certificate has to be a PEM file"),
        "cert-type | engine | key-type",
    ),
    flags(
        Meaning::Refused("the credentials are in a netrc file, and not in the command: use -u"),
        "netrc n | netrc-optional",
    ),
    values(
        Meaning::Refused("the credentials are in a netrc file, and not in the command: use -u"),
        "netrc-file",
    ),
    values(Meaning::Refused("the key of a certificate may have no passphrase"), "pass"),
    flags(
        Meaning::Refused("the proxy wants more than a password"),
        "proxy-anyauth | proxy-digest | proxy-negotiate | proxy-ntlm",
    ),
    values(Meaning::Refused("the request names another target than its URL"), "request-target"),
    flags(
        Meaning::Refused("this authentication belongs to Windows domains, and no SMS gateway"),
        "negotiate | ntlm | ntlm-wb",
    ),
    values(
        Meaning::Refused("variables of curl itself are not read: use those of the shell"),
        "variable",
    ),
    values(Meaning::Request, "request X"),
    flags(Meaning::Tls12, "tlsv1.2"),
    flags(Meaning::Tls13, "tlsv1.3"),
    values(Meaning::Url, "url"),
    values(Meaning::UrlQuery, "url-query"),
    values(Meaning::User, "user u"),
];
