use std::fmt;

use subtle::ConstantTimeEq;

use super::ChallengeId;

/// Bytes that a store keeps and that say nothing by themselves.
macro_rules! opaque {
    ($(#[$docs:meta])* $name:ident, $length:literal) => {
        $(#[$docs])*
        #[derive(Clone, Copy)]
        pub struct $name([u8; $length]);

        impl $name {
            /// Of these bytes.
            #[must_use]
            pub const fn new(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.ct_eq(&other.0).into()
            }
        }

        impl Eq for $name {}

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(***)"))
            }
        }
    };
}

opaque!(
    /// A keyed digest of a code, of its challenge, and of all that it is bound to. `==` takes the
    /// same time wherever two differ.
    Mac,
    16
);
opaque!(
    /// What a code is made of besides the pepper and the challenge's identity. It lies in the store
    /// and nowhere else.
    Salt,
    16
);
opaque!(
    /// What makes an attempt the same as one before, whose answer was lost. It holds the guess, so
    /// that another guess is another attempt.
    Nonce,
    8
);
opaque!(
    /// A keyed digest of the data that a challenge is bound to, such as amount and payee.
    Binding,
    8
);
opaque!(
    /// Twelve bytes that come back with the success.
    Context,
    12
);

/// A challenge to be opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewChallenge {
    /// Its identity.
    pub id: ChallengeId,
    /// What the right guess is.
    pub mac: Mac,
    /// What its code was made of.
    pub salt: Salt,
    /// What comes back with the success.
    pub context: Context,
    /// The binding, which a [resend](super::ChallengeStore::resend) has to repeat. Defaults to
    /// zeros.
    pub binding: Binding,
    /// How many guesses are compared; at least one.
    pub attempts: u16,
}

impl NewChallenge {
    /// A challenge of these parts.
    #[must_use]
    pub const fn new(
        id: ChallengeId,
        mac: Mac,
        salt: Salt,
        context: Context,
        attempts: u16,
    ) -> Self {
        let attempts = if attempts == 0 { 1 } else { attempts };
        Self { id, mac, salt, context, binding: Binding::new([0; 8]), attempts }
    }

    /// Sets the binding.
    #[must_use]
    pub const fn with_binding(mut self, binding: Binding) -> Self {
        self.binding = binding;
        self
    }
}
