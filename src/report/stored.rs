//! Delivery states as stores keep them.

use std::time::{Duration, UNIX_EPOCH};

use super::state::DeliveryState;
use crate::provider::{DeliveryReport, ReportStatus};
use crate::store::{StatusRecord, StoreError, StoreErrorKind};

/// The statuses. The position of each is that of its bit in a store, so the order never changes.
const BITS: [ReportStatus; 6] = [
    ReportStatus::Delivered,
    ReportStatus::Expired,
    ReportStatus::Pending,
    ReportStatus::Rejected,
    ReportStatus::Undeliverable,
    ReportStatus::Unknown,
];

impl DeliveryState {
    /// Returns this state for a store: the bits of the status and of those that it replaces, the
    /// milliseconds of the time or zeros, and the gateway's code.
    pub(super) fn to_record(&self) -> StatusRecord {
        let Some(status) = self.status() else { return StatusRecord::default() };
        // The only rule for reports that come late or twice is `ReportStatus::then`.
        let replaces = bits(|stored| stored.then(status) != stored);
        let at = self.at().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let millis = at.and_then(|at| u64::try_from(at.as_millis()).ok()).unwrap_or_default();
        let code = self.gateway_code().unwrap_or_default();
        let detail = [&millis.to_be_bytes(), code.as_bytes()].concat();
        StatusRecord::new(bits(|other| other == status), replaces, detail)
    }

    /// Reads a state from a store.
    pub(super) fn from_record(record: &StatusRecord) -> Result<Self, StoreError> {
        let corrupt = || StoreError::new(StoreErrorKind::Corrupt);
        if record.status == 0 {
            return Ok(Self::new());
        }
        let status =
            BITS.into_iter().find(|status| bits(|other| other == *status) == record.status);
        let status = status.ok_or_else(corrupt)?;
        let (millis, code) = record.detail.split_first_chunk::<8>().ok_or_else(corrupt)?;
        let code = core::str::from_utf8(code).map_err(|_| corrupt())?;
        let mut report = DeliveryReport::new("", status).with_gateway_code(code);
        let millis = Some(u64::from_be_bytes(*millis)).filter(|millis| *millis > 0);
        let at = millis.and_then(|millis| UNIX_EPOCH.checked_add(Duration::from_millis(millis)));
        if let Some(at) = at {
            report = report.with_time(at);
        }
        let mut state = Self::new();
        state.apply(&report);
        Ok(state)
    }
}

/// Returns the bits of the statuses for which `is` returns `true`.
fn bits(is: impl Fn(ReportStatus) -> bool) -> u8 {
    let set = BITS.into_iter().zip(0..).filter(|(status, _)| is(*status));
    set.fold(0, |bits, (_, place): (_, u32)| bits | 1_u8.wrapping_shl(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_keep_states_and_their_rule() {
        let at = UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
        for status in BITS {
            for report in [
                DeliveryReport::new("acme", status),
                DeliveryReport::new("acme", status).with_gateway_code("30005").with_time(at),
            ] {
                let mut state = DeliveryState::new();
                state.apply(&report);
                let record = state.to_record();
                assert_eq!(DeliveryState::from_record(&record).unwrap(), state);
                for stored in BITS {
                    let mut before = DeliveryState::new();
                    before.apply(&DeliveryReport::new("acme", stored));
                    let is_changed = record.follows(&before.to_record());
                    assert_eq!(before.apply(&report), is_changed, "{stored} {status}");
                }
            }
        }
        assert_eq!(
            DeliveryState::from_record(&StatusRecord::default()).unwrap(),
            DeliveryState::new()
        );
        for corrupt in [
            StatusRecord::new(3, 0, [0; 8]),
            StatusRecord::new(64, 0, [0; 8]),
            StatusRecord::new(1, 0, [0; 7]),
            StatusRecord::new(1, 0, [[0; 8], [255; 8]].concat()),
        ] {
            assert!(DeliveryState::from_record(&corrupt).is_err(), "{corrupt:?}");
        }
    }
}
