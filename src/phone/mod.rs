//! Phone numbers in E.164 form, masked wherever they are printed.

mod number;
#[cfg(feature = "phone")]
mod plan;
mod prefix;
mod region;
#[cfg(feature = "serde")]
mod serde;

pub use number::{PhoneNumber, PhoneNumberError};
#[cfg(feature = "phone")]
pub use plan::{KindPolicy, KindRefused, NumberKind};
pub use prefix::{Prefix, PrefixError};
pub use region::{Region, RegionError, RegionPolicy, RegionRefused};

pub(crate) use number::calling_code_len;
