//! Phone numbers in E.164 form, masked wherever they are printed.

mod number;
mod prefix;

pub use number::{PhoneNumber, PhoneNumberError};
pub use prefix::{Prefix, PrefixError};

pub(crate) use number::calling_code_len;
