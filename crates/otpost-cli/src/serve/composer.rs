//! The messages that are sent.

use std::fs::File;
use std::time::Duration;

use otpost::message::{
    Locale, MessageError, MessageTemplates, SegmentPolicy, SenderId, TextTemplate,
};
use otpost::phone::Region;
use otpost::{Code, Message, PhoneNumber};

use super::incoming::IncomingMessage;
use super::reply::ServeReply;
use crate::arguments::TextArguments;
use crate::error::CommandError;
use crate::input::{read_text, without_line_end};

/// More than the longest text, in bytes.
const MAX_TEMPLATE: u64 = 16 * 1_024;
const PURPOSE: &str = MessageTemplates::LOGIN;
/// The text if nothing else is configured.
const DEFAULT_TEXT: &str = "{{code}} is your code";

/// Composes messages from what callers send.
pub(super) struct Composer {
    templates: MessageTemplates,
    locale: Option<Locale>,
    lifetime: Duration,
    sender: Option<SenderId>,
    segments: SegmentPolicy,
    national: Option<Region>,
}

impl Composer {
    /// Reads the templates.
    pub(super) fn new(
        arguments: &TextArguments,
        national: Option<Region>,
    ) -> Result<Self, CommandError> {
        let templates = match &arguments.app {
            Some(app) => MessageTemplates::builtin(app)
                .map_err(|error| CommandError::Usage(format!("--app: {error}")))?,
            None => templates(&arguments.templates)?,
        };
        Ok(Self {
            templates,
            locale: arguments.locale.clone(),
            lifetime: Duration::from_secs(arguments.minutes.saturating_mul(60)),
            sender: arguments.sender.clone(),
            segments: SegmentPolicy::at_most(usize::from(arguments.segments)),
            national,
        })
    }

    pub(super) const fn templates(&self) -> &MessageTemplates {
        &self.templates
    }

    pub(super) const fn segments(&self) -> SegmentPolicy {
        self.segments
    }

    /// Returns the message, or the response that names the error.
    pub(super) fn compose(&self, incoming: &IncomingMessage) -> Result<Message, ServeReply> {
        let to = self.number(incoming.to.expose())?;
        let code = incoming.code.as_ref().map(|code| Code::parse(code.expose())).transpose();
        let code = code.map_err(|_| ServeReply::invalid("the code does not have 6 to 8 digits"))?;
        let locale = incoming.locale.as_deref().map(Locale::parse).transpose();
        let locale = locale.map_err(|_| ServeReply::invalid("`locale` is not a language tag"))?;
        let locale = locale.or_else(|| self.locale.clone());
        let message = match (&incoming.text, code) {
            (Some(text), code) => Message::new(to, text.clone())
                .map(|message| code.into_iter().fold(message, Message::with_code))
                .map_err(|error| refuse(&error))?,
            (None, Some(code)) => {
                let template = self.templates.find(PURPOSE, locale.as_ref());
                let template =
                    template.ok_or_else(|| ServeReply::invalid("the text is missing"))?;
                let message = Message::compose(to, template, &code, self.lifetime);
                message.map_err(|error| refuse(&error))?
            }
            (None, None) => return Err(ServeReply::invalid("the text is missing")),
        };
        if let Err(error) = self.segments.check(message.text().expose()) {
            return Err(ServeReply::invalid(format!("the text: {error}")));
        }
        let message = message.with_lifetime(self.lifetime);
        let message = locale.into_iter().fold(message, Message::with_locale);
        Ok(self.sender.iter().cloned().fold(message, Message::with_sender))
    }

    /// Parses a number. The error is dropped: it can repeat a character of the number.
    fn number(&self, text: &str) -> Result<PhoneNumber, ServeReply> {
        let number = match self.national {
            Some(region) => PhoneNumber::parse_national(text, region),
            None => PhoneNumber::normalize(text),
        };
        number.map_err(|_| {
            let form = match self.national {
                Some(region) => format!("a number of {region}, or \"+\" and the calling code"),
                None => "\"+\" followed by 7 to 15 digits (E.164)".to_owned(),
            };
            ServeReply::invalid(format!("invalid phone number: expected {form}"))
        })
    }
}

/// Reads `FILE` and `LOCALE=FILE`.
fn templates(arguments: &[String]) -> Result<MessageTemplates, CommandError> {
    let english = Locale::parse("en").map_err(|error| CommandError::Usage(error.to_string()))?;
    let mut templates = MessageTemplates::new();
    if arguments.is_empty() {
        let text = TextTemplate::parse(DEFAULT_TEXT);
        let text = text.map_err(|error| CommandError::Usage(error.to_string()))?;
        templates = templates.with_template(PURPOSE, english.clone(), text);
    }
    for argument in arguments {
        let split = argument.split_once('=');
        let tagged = split.and_then(|(tag, file)| Some((Locale::parse(tag).ok()?, file)));
        let (locale, file) = tagged.unwrap_or((english.clone(), argument));
        let refused =
            |problem: String| CommandError::Usage(format!("--template: {file}: {problem}"));
        let text = File::open(file).and_then(|file| read_text(file, MAX_TEMPLATE));
        let text = text.map_err(|error| refused(error.to_string()))?;
        let line = without_line_end(text.as_bytes()).len();
        let text = TextTemplate::parse(text.get(..line).unwrap_or_default());
        let text = text.map_err(|error| refused(error.to_string()))?;
        templates = templates.with_template(PURPOSE, locale, text);
    }
    Ok(templates)
}

fn refuse(error: &MessageError) -> ServeReply {
    ServeReply::invalid(format!("the text: {error}"))
}
