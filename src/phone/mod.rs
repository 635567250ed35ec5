//! Phone numbers in E.164 form, masked wherever they are printed.

mod number;
mod prefix;
mod region;

pub use number::{PhoneNumber, PhoneNumberError};
pub use prefix::{Prefix, PrefixError};
pub use region::{Region, RegionError, RegionPolicy, RegionRefused};

pub(crate) use number::calling_code_len;
