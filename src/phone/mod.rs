//! Phone numbers in E.164 form, masked wherever they are printed.

mod number;

pub use number::{PhoneNumber, PhoneNumberError};

pub(crate) use number::calling_code_len;
