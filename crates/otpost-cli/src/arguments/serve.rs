use std::net::SocketAddr;

use clap::Args;
use otpost::message::{Locale, SenderId};
use otpost::phone::{NumberKind, Region};

use super::gateway::GatewayArguments;

/// The arguments of `otpost serve`.
#[derive(Args)]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    pub(crate) gateway: GatewayArguments,
    /// The regions to which messages may be sent (ISO 3166-1 alpha-2), such as `CH,DE`.
    #[arg(long, required = true, value_delimiter = ',', value_name = "REGIONS")]
    pub(crate) regions: Vec<Region>,
    /// The address to listen on. Any other than a loopback address requires credentials.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8026")]
    pub(crate) listen: SocketAddr,
    #[command(flatten)]
    pub(crate) access: AccessArguments,
    #[command(flatten)]
    pub(crate) form: FormArguments,
    #[command(flatten)]
    pub(crate) text: TextArguments,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
    /// Also send to numbers of this kind, such as `voip`. Can be repeated.
    ///
    /// Without it, messages go to mobiles, and to numbers of plans that do not distinguish them
    /// from fixed lines.
    #[arg(long = "allow-kind", value_name = "KIND")]
    pub(crate) kinds: Vec<NumberKind>,
    /// Read numbers without a plus as people in this region write them.
    ///
    /// Without it, a number begins with a plus and the calling code.
    #[arg(long, value_name = "REGION")]
    pub(crate) national: Option<Region>,
    /// The time for a message in seconds, with its retries.
    ///
    /// Keep it below the 5 s that callers such as Supabase and Zitadel wait for the response.
    #[arg(long, value_name = "SECONDS", default_value_t = 4,
        value_parser = clap::value_parser!(u64).range(1..=60))]
    pub(crate) deadline: u64,
    /// The number of retries if the message was not sent.
    #[arg(long, value_name = "COUNT", default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(..=10))]
    pub(crate) retry: u32,
    /// Check everything, and send nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// The callers that may send messages.
#[derive(Args)]
pub(crate) struct AccessArguments {
    /// A caller and its secret, as `NAME=env:NAME` or `NAME=file:PATH`. Can be repeated.
    ///
    /// The secret has at least 16 characters. The caller gives it as bearer token, as password of
    /// basic authentication with its name, in the header `X-Api-Key`, or as a form field.
    // A text: clap would print what it cannot parse.
    #[arg(long = "caller", value_name = "NAME=SOURCE")]
    pub(crate) callers: Vec<String>,
    /// The secret of Supabase's hook `send_sms` (`v1,whsec_…`), as `env:NAME` or `file:PATH`.
    ///
    /// Enables `/hooks/supabase`. Several secrets are separated by `|`.
    #[arg(long, value_name = "SOURCE")]
    pub(crate) supabase: Option<String>,
    /// The signing key of Zitadel's HTTP provider, as `env:NAME` or `file:PATH`.
    ///
    /// Enables `/hooks/zitadel`. Can be repeated.
    #[arg(long, value_name = "SOURCE")]
    pub(crate) zitadel: Vec<String>,
    /// A host name by which callers reach this server, such as `otpost.internal`. Can be repeated.
    ///
    /// IP addresses and `localhost` are always accepted, on a loopback address only its own.
    #[arg(long = "host", value_name = "HOST")]
    pub(crate) hosts: Vec<String>,
}

/// The names of form fields.
#[derive(Args)]
pub(crate) struct FormArguments {
    /// The form field of the phone number.
    #[arg(long = "form-to", value_name = "FIELD", default_value = "to")]
    pub(crate) to: String,
    /// The form field of the text.
    #[arg(long = "form-text", value_name = "FIELD", default_value = "text")]
    pub(crate) text: String,
    /// The form field of the code, if the caller sends no text.
    #[arg(long = "form-code", value_name = "FIELD", default_value = "code")]
    pub(crate) code: String,
    /// The form field of the caller's secret.
    #[arg(long = "form-secret", value_name = "FIELD", default_value = "secret")]
    pub(crate) secret: String,
}

/// The text of messages for which the caller sends only a code.
#[derive(Args)]
pub(crate) struct TextArguments {
    /// The name of the application, for the built-in texts in 32 languages.
    #[arg(long, value_name = "NAME")]
    pub(crate) app: Option<String>,
    /// A file with a text that contains `{{code}}`, as `FILE` or `LOCALE=FILE`. Can be repeated.
    ///
    /// The first one is used for languages without a text. Without `--app` and `--template`, the
    /// text is `CODE is your code`.
    #[arg(long = "template", value_name = "FILE", conflicts_with = "app")]
    pub(crate) templates: Vec<String>,
    /// The language of messages for which the caller gives none, such as `de-CH`.
    #[arg(long, value_name = "LOCALE")]
    pub(crate) locale: Option<Locale>,
    /// The number of minutes for which a code is valid, for `{{minutes}}` in the text.
    #[arg(long = "valid", value_name = "MINUTES", default_value_t = 5,
        value_parser = clap::value_parser!(u64).range(1..=60))]
    pub(crate) minutes: u64,
    /// The sender. Defaults to the gateway's own sender.
    #[arg(long = "from", value_name = "SENDER")]
    pub(crate) sender: Option<SenderId>,
    /// The maximum number of segments of a text.
    #[arg(long, value_name = "COUNT", default_value_t = 3,
        value_parser = clap::value_parser!(u8).range(1..=10))]
    pub(crate) segments: u8,
}

/// The maximum numbers of messages. Messages that are refused or not sent do not count.
#[derive(Args, Clone, Copy)]
pub(crate) struct LimitArguments {
    /// The messages to one number per hour.
    #[arg(long = "limit-recipient", value_name = "COUNT", default_value_t = 6,
        value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) recipient: u16,
    /// The messages to one number per day.
    #[arg(long = "limit-recipient-day", value_name = "COUNT", default_value_t = 20,
        value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) recipient_day: u16,
    /// The messages per hour to numbers that differ only in the last three digits.
    #[arg(long = "limit-range", value_name = "COUNT", default_value_t = 50,
        value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) range: u32,
    /// The messages to one region per hour.
    #[arg(long = "limit-region", value_name = "COUNT", default_value_t = 300,
        value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) region: u32,
    /// The messages of one caller per hour.
    #[arg(long = "limit-caller", value_name = "COUNT", default_value_t = 500,
        value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) caller: u32,
    /// The messages of all callers per hour.
    #[arg(long = "limit-total", value_name = "COUNT", default_value_t = 500,
        value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) total: u32,
}
