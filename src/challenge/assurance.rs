//! The kinds of requesters, and what a message has reserved for one of them.

use crate::store::CounterTag;

/// The number of bytes of an encoded [`Paid`].
pub(super) const PAID: usize = 9;

const HUMAN: u8 = 1;
const DEVICE: u8 = 2;
const SHARED: u8 = 4;
const CLIENT: u8 = 8;

/// The assurance about the requester of a message. Each kind has its own budget per recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assurance {
    /// A device on which the number has been verified, with the name of its counter.
    Device(CounterTag),
    /// Someone who the application knows to be a person.
    Human,
    Stranger,
}

impl Assurance {
    /// Returns the name, which is part of the names of counters.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Device(_) => "device",
            Self::Human => "human",
            Self::Stranger => "stranger",
        }
    }

    pub(super) const fn device(self) -> Option<CounterTag> {
        match self {
            Self::Device(tag) => Some(tag),
            Self::Human | Self::Stranger => None,
        }
    }

    pub(super) fn is_stranger(self) -> bool {
        self == Self::Stranger
    }
}

/// The reservation of a challenge's message. It travels encrypted with the token and with a queued
/// message, so that the same places can be given back later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paid {
    pub(super) by: Assurance,
    /// `true` if the message has a place in the buckets that all unknown numbers share.
    pub(super) is_shared: bool,
    /// The counter of the client, unless it has no limit. For a device it is that of the device.
    pub(super) client: Option<CounterTag>,
}

impl Paid {
    pub(super) fn to_bytes(self) -> [u8; PAID] {
        let (kind, client) = match self.by {
            Assurance::Device(tag) => (DEVICE, Some(tag)),
            Assurance::Human => (HUMAN, self.client),
            Assurance::Stranger => (0, self.client),
        };
        let shared = if self.is_shared { SHARED } else { 0 };
        let limited = if self.client.is_some() { CLIENT } else { 0 };
        let mut bytes = [0; PAID];
        let tag = client.map_or([0; 8], |tag| *tag.as_bytes());
        let parts = [kind | shared | limited].into_iter().chain(tag);
        bytes.iter_mut().zip(parts).for_each(|(place, byte)| *place = byte);
        bytes
    }

    pub(super) fn from_bytes(bytes: [u8; PAID]) -> Option<Self> {
        let [flags, tag @ ..] = bytes;
        let tag = CounterTag::new(tag);
        let by = match flags & (HUMAN | DEVICE) {
            0 => Assurance::Stranger,
            HUMAN => Assurance::Human,
            DEVICE => Assurance::Device(tag),
            _ => return None,
        };
        let client = (flags & CLIENT != 0).then_some(tag);
        Some(Self { by, is_shared: flags & SHARED != 0, client })
    }
}
