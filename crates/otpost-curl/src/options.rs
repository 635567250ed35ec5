//! The options of curl, and how the import treats each of them.

/// The meaning of an option for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
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
    Digest,
    Form,
    FormString,
    Get,
    GlobOff,
    Header,
    /// The option changes how curl works or what it prints, but not the request.
    Idle,
    Insecure,
    Interface,
    Json,
    Key,
    Location,
    MaxTime,
    Next,
    /// The option is omitted, and the report states this reason.
    Noted(&'static str),
    Pin,
    ProtoDefault,
    Proxy,
    Referer,
    /// otpost cannot make such a request, for this reason.
    Refused(&'static str),
    Request,
    Tls12,
    Tls13,
    Url,
    UrlQuery,
    User,
}

impl Meaning {
    /// Finds an option by its long name, or by an unambiguous beginning of it.
    pub(crate) fn of(name: &str) -> Named {
        // `--no-` disables an option that is on by default.
        let plain = name.strip_prefix("no-").unwrap_or(name);
        let mut begun = None;
        let mut count = 0_usize;
        for row in TABLE {
            for long in row.names.split(" | ").filter_map(|names| names.split(' ').next()) {
                // The whole name wins at once, although `--data` also begins `--data-raw`.
                if long == plain {
                    // Without the option, curl sends the plain request.
                    let meaning = if plain == name { row.meaning } else { Self::Idle };
                    return Named::Known { meaning, takes_value: row.takes_value };
                }
                if long.starts_with(name) {
                    count = count.saturating_add(1);
                    begun = Some(row);
                }
            }
        }
        // curl accepts the beginning of a name if no other name begins with it.
        match begun.filter(|_| count == 1) {
            Some(OptionRow { meaning, takes_value, .. }) => {
                Named::Known { meaning: *meaning, takes_value: *takes_value }
            }
            None if count > 1 => Named::Ambiguous,
            None => Named::Unknown,
        }
    }

    /// Finds an option by its letter.
    pub(crate) fn of_letter(letter: char) -> Named {
        let has = |row: &&OptionRow| {
            let mut shorts = row.names.split(" | ").filter_map(|names| names.split(' ').nth(1));
            shorts.any(|short| short.chars().eq([letter]))
        };
        match TABLE.iter().find(has) {
            Some(OptionRow { meaning, takes_value, .. }) => {
                Named::Known { meaning: *meaning, takes_value: *takes_value }
            }
            None => Named::Unknown,
        }
    }
}

/// The result of the search for an option.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Named {
    /// The name is the beginning of several options.
    Ambiguous,
    Known {
        meaning: Meaning,
        takes_value: bool,
    },
    Unknown,
}

struct OptionRow {
    meaning: Meaning,
    takes_value: bool,
    /// The names, separated by `|`, each followed by its letter if it has one.
    names: &'static str,
}

const fn flags(meaning: Meaning, names: &'static str) -> OptionRow {
    OptionRow { meaning, takes_value: false, names }
}

const fn values(meaning: Meaning, names: &'static str) -> OptionRow {
    OptionRow { meaning, takes_value: true, names }
}

/// The options of curl 8. Those for FTP, mail and terminals are omitted, so that they are reported
/// as unknown.
const TABLE: &[OptionRow] = &[
    values(Meaning::ProtoDefault, "proto-default"),
    values(Meaning::Noted("a spec sets its proxy under `connection`"), "noproxy"),
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
    flags(Meaning::Digest, "digest"),
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
        Meaning::Noted("TLS below 1.2 is not supported"),
        "ssl-allow-beast | sslv2 2 | sslv3 3 | tlsv1 1 | tlsv1.0 | tlsv1.1",
    ),
    flags(
        Meaning::Noted("names are resolved by the system; set your own resolver in code"),
        "doh-cert-status | doh-insecure",
    ),
    values(
        Meaning::Noted("names are resolved by the system; set your own resolver in code"),
        "connect-to | doh-url | resolve",
    ),
    flags(
        Meaning::Noted("otpost::provider::Retry decides when a retry is safe"),
        "retry-all-errors | retry-connrefused",
    ),
    values(
        Meaning::Noted("otpost::provider::Retry decides when a retry is safe"),
        "retry | retry-delay | retry-max-time",
    ),
    flags(
        Meaning::Noted("these settings of TLS are left to the TLS library"),
        "ca-native | cert-status | dump-ca-embed | ssl-no-revoke | ssl-revoke-best-effort",
    ),
    values(
        Meaning::Noted("these settings of TLS are left to the TLS library"),
        "capath | ciphers | crlfile | curves | ech | sigalgs | tls13-ciphers",
    ),
    flags(
        Meaning::Noted("set the options of a proxy in code, with `TransportOptions`"),
        "proxy-basic | proxy-ca-native | proxy-insecure | proxy-ssl-allow-beast | \
         proxy-ssl-auto-client-cert | proxy-tlsv1 | proxytunnel p",
    ),
    values(
        Meaning::Noted("set the options of a proxy in code, with `TransportOptions`"),
        "proxy-cacert | proxy-capath | proxy-cert | proxy-cert-type | proxy-ciphers | \
         proxy-crlfile | proxy-header | proxy-key | proxy-key-type | proxy-pass | \
         proxy-pinnedpubkey | proxy-tls13-ciphers | proxy-user U",
    ),
    values(Meaning::Pin, "pinnedpubkey"),
    values(Meaning::Proxy, "proxy x"),
    values(Meaning::Referer, "referer e"),
    flags(Meaning::Refused("a HEAD request sends no message"), "head I"),
    values(
        Meaning::Refused("a Unix socket is not supported"),
        "abstract-unix-socket | unix-socket",
    ),
    values(
        Meaning::Refused("it requests a part of a page or a changed page, and sends no message"),
        "continue-at C | etag-compare | range r | time-cond z",
    ),
    flags(
        Meaning::Refused("only direct connections and HTTP proxies are supported"),
        "haproxy-protocol",
    ),
    values(
        Meaning::Refused("only direct connections and HTTP proxies are supported"),
        "haproxy-clientip | preproxy | proxy1.0 | socks4 | socks4a | socks5 | socks5-hostname",
    ),
    flags(
        Meaning::Refused("the server would choose the authentication: write --basic or --digest"),
        "anyauth",
    ),
    flags(Meaning::Refused("it prints a page and sends nothing"), "manual M | version V"),
    values(Meaning::Refused("it prints a page and sends nothing"), "help h"),
    values(Meaning::Refused("its options are in a file, not in the command"), "config K"),
    values(
        Meaning::Refused("signatures of AWS are not supported: they change with each request"),
        "aws-sigv4",
    ),
    values(Meaning::Refused("the body is in a file, not in the command"), "upload-file T"),
    values(
        Meaning::Refused("the certificate has to be a PEM file"),
        "cert-type | engine | key-type",
    ),
    flags(
        Meaning::Refused("the credentials are in a netrc file, not in the command: use -u"),
        "netrc n | netrc-optional",
    ),
    values(
        Meaning::Refused("the credentials are in a netrc file, not in the command: use -u"),
        "netrc-file",
    ),
    values(Meaning::Refused("a key with a passphrase is not supported"), "pass"),
    flags(
        Meaning::Refused("only Basic authentication at a proxy is supported"),
        "proxy-anyauth | proxy-digest | proxy-negotiate | proxy-ntlm",
    ),
    values(
        Meaning::Refused("a request target other than the URL is not supported"),
        "request-target",
    ),
    flags(
        Meaning::Refused("the authentication of Windows domains is not supported"),
        "negotiate | ntlm | ntlm-wb",
    ),
    values(
        Meaning::Refused("variables of curl are not supported: use those of the shell"),
        "variable",
    ),
    values(Meaning::Request, "request X"),
    flags(Meaning::Tls12, "tlsv1.2"),
    flags(Meaning::Tls13, "tlsv1.3"),
    values(Meaning::Url, "url"),
    values(Meaning::UrlQuery, "url-query"),
    values(Meaning::User, "user u"),
];
