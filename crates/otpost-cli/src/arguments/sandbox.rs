use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;

use crate::sandbox::magic_help;

/// The arguments of the sandbox.
#[derive(Args)]
pub(crate) struct SandboxArguments {
    /// Spec files in TOML, names of the catalogue, or `sample`, a gateway for a first try.
    ///
    /// Defaults to `sample` and the whole catalogue.
    #[arg(value_name = "GATEWAY")]
    pub(crate) gateways: Vec<String>,
    /// The address to listen on. Port 0 is a free port.
    ///
    /// An address that other machines can reach requires `--token`.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8025")]
    pub(crate) listen: SocketAddr,
    /// The source of a token for the page and the API, as `env:NAME` or `file:PATH`.
    ///
    /// Gateways need no token: applications send to them as to the real ones.
    #[arg(long, value_name = "SOURCE")]
    pub(crate) token: Option<String>,
    /// Another name by which browsers and tests reach the sandbox. Can be repeated.
    #[arg(long = "host", value_name = "NAME")]
    pub(crate) hosts: Vec<String>,
    /// A value that requests must have, as `NAME=env:NAME` or `NAME=file:PATH`. Can be repeated.
    ///
    /// Without it, any credentials are accepted.
    // A text: clap would print what it cannot parse.
    #[arg(long = "var", value_name = "NAME=SOURCE")]
    pub(crate) vars: Vec<String>,
    /// Refuse parameters, fields and unusual headers that the spec does not have.
    #[arg(long)]
    pub(crate) strict: bool,
    /// The time before a slow response, such as `10s`. At most one hour.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_time)]
    pub(crate) slow: Duration,
    /// The URL of the application that gets delivery reports, such as
    /// `http://127.0.0.1:3000/sms/reports`.
    ///
    /// Reports are sent by the API and the page, or after each message with `--deliver-after`.
    // A text: clap would print what it cannot parse, and the path can be a secret.
    #[arg(long, value_name = "URL")]
    reports: Option<String>,
    /// Report each message as delivered after this time, such as `2s`. At most one hour.
    #[arg(long, value_name = "TIME", value_parser = parse_time, requires = "reports")]
    pub(crate) deliver_after: Option<Duration>,
    /// Print the description of the API (OpenAPI 3.1), and exit.
    #[arg(long)]
    pub(crate) openapi: bool,
}

impl SandboxArguments {
    /// Returns the URL of `--reports`. An error does not repeat it.
    pub(crate) fn report_url(&self) -> Result<Option<ReportUrl>, String> {
        self.reports.as_deref().map(ReportUrl::parse).transpose()
    }
}

/// The URL to which delivery reports are sent.
#[derive(Clone)]
pub(crate) struct ReportUrl {
    url: String,
    /// The length of the scheme, host and port.
    origin: usize,
}

impl ReportUrl {
    fn parse(text: &str) -> Result<Self, String> {
        let form = "expected http://HOST:PORT/PATH without a query (the sandbox contains no TLS)";
        let rest = text.strip_prefix("http://").ok_or(form)?;
        let host = rest.split('/').next().unwrap_or_default();
        if host.is_empty() || text.contains(['?', '#', '@']) {
            return Err(form.to_owned());
        }
        let origin = "http://".len().saturating_add(host.len());
        Ok(Self { url: text.to_owned(), origin })
    }

    /// Returns the whole URL, whose path may be a secret of the application.
    pub(crate) fn as_str(&self) -> &str {
        &self.url
    }

    /// Returns the scheme, host and port.
    pub(crate) fn origin(&self) -> &str {
        self.url.get(..self.origin).unwrap_or_default()
    }
}

impl fmt::Debug for ReportUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportUrl").field("origin", &self.origin()).finish_non_exhaustive()
    }
}

/// Returns the end of the help.
pub(crate) fn after_help() -> String {
    format!(
        "{}\nExamples:\n  otpost sandbox\n  otpost sandbox acme.toml --var token=env:ACME_TOKEN",
        magic_help()
    )
}

fn parse_time(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).ok();
    let time = time.filter(|time| *time <= Duration::from_secs(3_600));
    time.ok_or_else(|| "expected a time of at most one hour, such as 10s".to_owned())
}
