//! Phone numbers in E.164 form, masked wherever they are printed.

mod error;
mod number;
mod numbering;
#[cfg(feature = "phone")]
mod plan;
mod prefix;
mod region;
mod rules;
#[cfg(feature = "serde")]
mod serde;
mod written;

pub use error::PhoneNumberError;
pub use number::PhoneNumber;
#[cfg(feature = "phone")]
pub use plan::{KindPolicy, KindRefused, NumberKind};
pub use prefix::{Prefix, PrefixError};
pub use region::{Region, RegionError, RegionPolicy, RegionRefused};
pub use rules::{
    BankRule, QuietHours, RegionRules, ReportMeaning, RuleSource, SenderRule, TextRule,
};

pub(crate) use numbering::calling_code_len;
