use std::time::Duration;

use super::http_gateway::HttpGateway;
use crate::provider::Stage;
use crate::transport::{Diagnosis, Finding, TransportOptions, diagnose, diagnose_http};

impl HttpGateway {
    /// Tests the connection to the gateway step by step: configuration, secrets, proxy, DNS, local
    /// address, TCP to each address, and TLS. No message and no credential is sent.
    ///
    /// A gateway with the application's own transport is tested with the default options, because
    /// its options are unknown.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::gateways;
    /// use otpost::provider::Stage;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // No server listens on this port.
    /// let gateway = gateways::kannel("http://127.0.0.1:9", "tester", "foobar").build()?;
    /// let diagnosis = gateway.diagnose().await;
    ///
    /// let failed = diagnosis.failed().ok_or("it is reached")?;
    /// assert_eq!(failed.stage, Stage::Tcp);
    /// assert_eq!(failed.what, "127.0.0.1:9 refused the connection (ECONNREFUSED)");
    /// println!("{diagnosis}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connections that it opened.
    #[doc(alias = "connection test")]
    pub async fn diagnose(&self) -> Diagnosis {
        self.test(false).await
    }

    /// Tests the connection like [`diagnose`](Self::diagnose), and then sends an HTTP request
    /// without credentials.
    ///
    /// The request is `OPTIONS` for the path of the gateway, without query and body, and then `GET`
    /// if the server seems not to accept this. If the path contains a variable, it is `/`. It finds
    /// servers that hang, ports of other services, `http://` in place of `https://`, redirects and
    /// wrong paths. No message and no credential is sent. The gateway may log the request.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connections that it opened.
    pub async fn diagnose_http(&self) -> Diagnosis {
        self.test(true).await
    }

    async fn test(&self, with_http: bool) -> Diagnosis {
        let mut diagnosis = Diagnosis::default();
        let plan = &self.plan;
        let origin = &plan.request.url.origin;
        let secrets = match plan.secrets.len() {
            0 => "no secret is given".to_owned(),
            1 => "1 secret is given".to_owned(),
            count => format!("{count} secrets are given"),
        };
        let what = format!("{}: {} to {origin}; {secrets}", plan.id, plan.request.method);
        diagnosis.push(Finding::good(Stage::Config, Duration::ZERO, what));
        // The application's transport decides whether `http://` is allowed, so it is not a finding
        // here.
        let default = || TransportOptions::new().with_http_allowed();
        let options = self.options.as_deref().cloned().unwrap_or_else(default);
        let path = plan.request.url.literal_path().unwrap_or_default();
        match format!("{origin}{path}").parse() {
            Ok(url) if with_http => diagnosis.append(diagnose_http(&url, &options).await),
            Ok(url) => diagnosis.append(diagnose(&url, &options).await),
            // The origin was validated when the gateway was built, so this should not occur.
            Err(_) => {
                let what = format!("{origin} is not a URL");
                let hint = "write https:// and a host";
                diagnosis.push(Finding::bad(Stage::Config, Duration::ZERO, what, hint));
            }
        }
        diagnosis
    }
}
