use std::fmt;

use subtle::ConstantTimeEq;

use super::ChallengeId;

/// Defines a type for opaque bytes that a store keeps. Alone they reveal nothing.
macro_rules! opaque {
    ($(#[$docs:meta])* $name:ident, $length:literal) => {
        $(#[$docs])*
        #[derive(Clone, Copy)]
        pub struct $name([u8; $length]);

        impl $name {
            /// Creates the value from its bytes.
            #[must_use]
            pub const fn new(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// Returns the bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }

        // All of these types compare in constant time, so a store cannot choose the wrong `==`.
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
    /// The MAC (keyed digest) of a code and of everything that the code is bound to. `==` compares
    /// in constant time.
    Mac,
    16
);
opaque!(
    /// The salt from which a code is derived, together with the pepper and the challenge's id. It
    /// is kept in the store only.
    Salt,
    16
);
opaque!(
    /// The idempotency key of an attempt. It is a keyed digest that covers the guess, so a
    /// different guess is a different attempt.
    Nonce,
    8
);
opaque!(
    /// The keyed digest of the data that a challenge is bound to, such as the amount and the payee.
    Binding,
    8
);
/// A challenge to open.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewChallenge {
    /// The id of the challenge.
    pub id: ChallengeId,
    /// The MAC of the code.
    pub mac: Mac,
    /// The salt from which the code was derived.
    pub salt: Salt,
    /// The digest of the binding, which a [resend](super::ChallengeStore::resend) has to repeat.
    /// Defaults to zeros.
    pub binding: Binding,
    /// The maximum number of attempts that are compared, at least 1.
    pub attempts: u16,
}

impl NewChallenge {
    /// Creates a challenge without a binding. 0 `attempts` count as 1.
    #[must_use]
    pub const fn new(id: ChallengeId, mac: Mac, salt: Salt, attempts: u16) -> Self {
        let attempts = if attempts == 0 { 1 } else { attempts };
        Self { id, mac, salt, binding: Binding::new([0; 8]), attempts }
    }

    /// Sets the digest of the binding. Defaults to zeros.
    #[must_use]
    pub const fn with_binding(mut self, binding: Binding) -> Self {
        self.binding = binding;
        self
    }
}
