//! The messages that are kept.

use std::collections::VecDeque;
use std::sync::Arc;

use otpost::SecretString;
use serde_json::Value;

use super::record::MessageDraft;

/// The maximum number of messages.
const MAX_MESSAGES: usize = 10_000;
/// The maximum number of bytes of all messages.
const MAX_BYTES: usize = 64 * 1_024 * 1_024;

/// A message with its place in the list.
pub(super) struct StoredMessage {
    pub(super) seq: u64,
    pub(super) id: String,
    pub(super) gateway: String,
    pub(super) to: Option<String>,
    pub(super) code: Option<String>,
    pub(super) text: Option<String>,
    pub(super) message_id: Option<String>,
    pub(super) is_delivered: bool,
    pub(super) client_id: Option<String>,
    /// The values of the message with which its reports are signed.
    pub(super) report_vars: Vec<(String, SecretString)>,
    /// The message as the API shows it.
    pub(super) json: Box<str>,
}

/// The newest messages. The oldest ones are dropped when there are too many.
#[derive(Default)]
pub(super) struct MessageList {
    messages: VecDeque<Arc<StoredMessage>>,
    bytes: usize,
    last: u64,
}

impl MessageList {
    pub(super) fn push(&mut self, draft: MessageDraft) -> Arc<StoredMessage> {
        let MessageDraft { gateway, to, code, text, message_id, client_id, .. } = draft;
        self.last = self.last.saturating_add(1);
        let (seq, id) = (self.last, format!("m-{}", self.last));
        // A client uses the same id again only for a retry.
        let before = client_id.as_ref().and_then(|client_id| {
            let mut newest_first = self.messages.iter().rev();
            newest_first.find(|known| {
                known.client_id.as_ref() == Some(client_id) && known.gateway == gateway
            })
        });
        let mut members = draft.members;
        members.insert("retry_of".to_owned(), before.map(|before| before.id.as_str()).into());
        members.insert("seq".to_owned(), seq.into());
        members.insert("id".to_owned(), id.as_str().into());
        let json = Value::Object(members).to_string().into_boxed_str();
        let (is_delivered, report_vars) = (draft.is_delivered, draft.report_vars);
        let stored = Arc::new(StoredMessage {
            seq,
            id,
            gateway,
            to,
            code,
            text,
            message_id,
            is_delivered,
            client_id,
            report_vars,
            json,
        });
        self.bytes = self.bytes.saturating_add(stored.size());
        self.messages.push_back(stored.clone());
        while self.messages.len() > MAX_MESSAGES || self.bytes > MAX_BYTES {
            let Some(oldest) = self.messages.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(oldest.size());
        }
        stored
    }

    /// Returns whether a message with this id of the application was delivered.
    pub(super) fn has_delivered(&self, gateway: &str, client_id: &str) -> bool {
        self.messages.iter().any(|known| {
            known.is_delivered
                && known.client_id.as_deref() == Some(client_id)
                && known.gateway == gateway
        })
    }

    /// Removes all messages. The numbers go on, so that `since` stays valid.
    pub(super) fn clear(&mut self) {
        self.messages.clear();
        self.bytes = 0;
    }

    /// Returns the number of the newest message, or 0.
    pub(super) const fn last(&self) -> u64 {
        self.last
    }

    /// Returns the messages with higher numbers, the oldest first.
    pub(super) fn since(&self, since: u64) -> impl DoubleEndedIterator<Item = &Arc<StoredMessage>> {
        // The numbers are in order, so the first one is found without looking at all.
        let start = self.messages.partition_point(|message| message.seq <= since);
        self.messages.range(start..)
    }
}

impl StoredMessage {
    fn size(&self) -> usize {
        let text = self.text.as_ref().map_or(0, String::len);
        // The JSON shows these values as `***` or cut off.
        let values = self.report_vars.iter().map(|(_, value)| value.expose().len());
        values.fold(self.json.len().saturating_add(text), usize::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use otpost::SecretString;
    use serde_json::Map;

    use super::{MAX_MESSAGES, MessageDraft, MessageList};

    fn draft(client_id: &str, gateway: &str, bytes: usize) -> MessageDraft {
        MessageDraft {
            gateway: gateway.to_owned(),
            to: None,
            code: None,
            text: Some("x".repeat(bytes)),
            message_id: None,
            client_id: Some(client_id.to_owned()),
            is_delivered: true,
            report_vars: Vec::new(),
            members: Map::new(),
        }
    }

    #[test]
    fn oldest_messages_are_dropped_first() {
        let mut list = MessageList::default();
        for at in 0..MAX_MESSAGES + 5 {
            list.push(draft(&at.to_string(), "a", 1));
        }
        let kept: Vec<u64> = list.since(0).map(|message| message.seq).collect();
        assert_eq!((kept.len(), kept[0], kept[MAX_MESSAGES - 1]), (10_000, 6, 10_005));
        assert_eq!(list.since(10_000).count(), 5);
        list.clear();
        assert_eq!((list.since(0).count(), list.last()), (0, 10_005));
        // Sixteen messages of 4 MiB and their JSON are more than 64 MiB.
        for _ in 0..20 {
            list.push(draft("b", "a", 4 * 1_024 * 1_024));
        }
        assert_eq!(list.since(0).count(), 15);
        assert_eq!(list.since(0).next_back().unwrap().seq, 10_025);
        // The values for reports count as well.
        let value = SecretString::from("x".repeat(8 * 1_024 * 1_024));
        for _ in 0..20 {
            let report_vars = vec![("token".to_owned(), value.clone())];
            list.push(MessageDraft { report_vars, ..draft("c", "a", 1) });
        }
        assert_eq!(list.since(0).count(), 7);
    }

    #[test]
    fn retry_is_linked_to_the_message_before() {
        let mut list = MessageList::default();
        let first = list.push(draft("one", "a", 1));
        assert!(first.json.contains("\"retry_of\":null"), "{}", first.json);
        // Another gateway can have got the same id.
        assert!(list.push(draft("one", "b", 1)).json.contains("\"retry_of\":null"));
        assert!(list.push(draft("one", "a", 1)).json.contains("\"retry_of\":\"m-1\""));
        assert!(list.push(draft("one", "a", 1)).json.contains("\"retry_of\":\"m-3\""));
        assert!(list.push(draft("two", "a", 1)).json.contains("\"retry_of\":null"));
    }
}
