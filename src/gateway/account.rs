use super::exchange::GatewayExchange;
use super::http_gateway::HttpGateway;
use crate::provider::{Fate, Provider, Receipt, SendError, SendErrorKind, Stage};

/// The state of an account at a gateway.
///
/// # Examples
///
/// See [`HttpGateway::account`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    state: AccountState,
    credit: Option<String>,
}

/// The state of an account, from [`HttpGateway::account`](super::HttpGateway::account).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountState {
    /// The gateway accepts the credentials.
    Active,
    /// The gateway accepts the credentials, and its response has the outcome `no_credit`. A credit
    /// of 0 alone is `Active`: see [`Account::credit`].
    NoCredit,
    /// The gateway rejects the credentials.
    Unauthorized,
}

impl Account {
    /// Returns the state.
    #[must_use]
    pub const fn state(&self) -> AccountState {
        self.state
    }

    /// Returns the remaining credit, if the spec names its place and the response contains it. It
    /// has at most 64 bytes. A text is as the gateway writes it, and a JSON number may be written
    /// differently: `12.50` as `12.5`. Its unit differs between gateways: an amount of money, or a
    /// number of messages.
    #[must_use]
    pub fn credit(&self) -> Option<&str> {
        self.credit.as_deref()
    }
}

impl HttpGateway {
    /// Asks the gateway about the account, with the request under `[account]` in the spec. No
    /// message is sent. It is never called automatically.
    ///
    /// # Errors
    ///
    /// [`SendError`] if the spec has no `[account]`
    /// ([`Misconfigured`](SendErrorKind::Misconfigured)), and if the response does not show the
    /// state of the account, for example because the gateway could not be reached. Rejected
    /// credentials are no error.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the request.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::gateway::{AccountState, CallSpec, GatewaySpec, HttpGateway};
    /// use otpost::testing::ScriptedTransport;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let spec = GatewaySpec::builder("acme", "Acme SMS")
    ///     .post("https://sms.acme.example/send")
    ///     .form("to", "{{to}}")
    ///     .form("text", "{{text}}")
    ///     .account(CallSpec::get("https://sms.acme.example/balance").with_credit("/balance"))
    ///     .build();
    /// let transport = ScriptedTransport::new().answer(200, r#"{"balance":12.5}"#);
    /// let gateway = HttpGateway::builder(spec).build_with(transport)?;
    ///
    /// let account = gateway.account().await?;
    /// assert_eq!(account.state(), AccountState::Active);
    /// assert_eq!(account.credit(), Some("12.5"));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "balance")]
    #[doc(alias = "credit")]
    pub async fn account(&self) -> Result<Account, SendError> {
        let account =
            self.plan.account.as_ref().ok_or_else(|| refused("the spec has no [account]"))?;
        let answered = GatewayExchange::of_account(self.parts(), account).run(None).await;
        let without_credit = |state| Ok(Account { state, credit: None });
        match answered {
            Ok(answered) => Ok(Account { state: AccountState::Active, credit: answered.credit }),
            // The token request is refused before the call is sent.
            Err(error) if error.kind() == SendErrorKind::Unauthorized => {
                without_credit(AccountState::Unauthorized)
            }
            Err(error) if error.kind() == SendErrorKind::NoCredit => {
                without_credit(AccountState::NoCredit)
            }
            Err(error) => Err(error),
        }
    }

    /// Deletes the text of a message at the gateway, with the request under `[erase]` in the spec.
    /// It is never called automatically.
    ///
    /// # Errors
    ///
    /// [`SendError`] if the spec has no `[erase]`, if the receipt is from another gateway or
    /// contains no id ([`Misconfigured`](SendErrorKind::Misconfigured)), and if the gateway did not
    /// confirm the deletion. The [`Fate`] is that of the deletion: with
    /// [`Unknown`](Fate::Unknown), the text may have been deleted.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the text may or may not have been deleted.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::gateway::{CallSpec, GatewaySpec, HttpGateway};
    /// use otpost::testing::ScriptedTransport;
    /// use otpost::provider::Receipt;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let spec = GatewaySpec::builder("acme", "Acme SMS")
    ///     .post("https://sms.acme.example/messages")
    ///     .form("to", "{{to}}")
    ///     .form("text", "{{text}}")
    ///     .erase(CallSpec::delete("https://sms.acme.example/messages/{{message_id}}"))
    ///     .build();
    /// let transport = ScriptedTransport::new().answer(204, "");
    /// let gateway = HttpGateway::builder(spec).build_with(transport.clone())?;
    ///
    /// let receipt = Receipt::new("acme").with_message_id("17"); // from `send`
    /// gateway.erase(&receipt).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "delete")]
    pub async fn erase(&self, receipt: &Receipt) -> Result<(), SendError> {
        let call = self.plan.erase.as_ref().ok_or_else(|| refused("the spec has no [erase]"))?;
        if receipt.provider() != self.name() {
            return Err(refused("the receipt is from another gateway"));
        }
        let id = receipt
            .message_id()
            .filter(|id| !id.is_empty())
            .ok_or_else(|| refused("the receipt contains no message id"))?;
        GatewayExchange::of_erase(self.parts(), call, id).run(None).await.map(drop)
    }
}

fn refused(why: &'static str) -> SendError {
    SendError::new(SendErrorKind::Misconfigured, Fate::NotSent)
        .with_stage(Stage::Config)
        .with_source(why)
}
