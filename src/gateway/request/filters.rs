use super::values::{Slot, Source};
use crate::gateway::error::SpecError;
use crate::template::{Filter, FilterError, is_number_form};

/// Returns why a filter does not accept the value of a variable. The text does not contain the
/// value.
pub(in crate::gateway) fn refusal(name: &str, filters: &[Filter], error: FilterError) -> String {
    match filters.iter().find(|filter| filter.name() == error.filter) {
        Some(Filter::National(code)) => format!(
            "`{name}` is no number with the calling code {code}, which `national:{code}` needs: \
             send it as {{{{to}}}}, or its parts as {{{{calling_code}}}} and {{{{national_number}}}}"
        ),
        Some(Filter::Number) => {
            format!("`{name}` is no number of JSON: digits without a leading zero")
        }
        _ => format!("`{name}`: {error}"),
    }
}

/// Rejects filters that cannot work or would do harm, so that they fail here and not at the first
/// message.
pub(in crate::gateway) fn check_filters(
    slot: &Slot,
    filters: &[Filter],
    path: &str,
) -> Result<(), SpecError> {
    for (at, filter) in filters.iter().enumerate() {
        let of_number = is_number_form(filter);
        let fixed = matches!(
            slot.source,
            Source::Text | Source::Code | Source::To | Source::NationalNumber | Source::CallingCode
        );
        if of_number
            && !matches!(
                slot.source,
                Source::To | Source::Configured | Source::MessageVar | Source::Sender
            )
        {
            let problem =
                format!("`{}` needs a phone number, and `{}` is not one", filter.name(), slot.name);
            return Err(SpecError::new(path, problem, "use it with {{to}}"));
        }
        if *filter == Filter::Percent {
            let hint = "remove `percent`: a value is encoded for its place";
            return Err(SpecError::new(path, "the value would be encoded twice", hint));
        }
        let is_free = matches!(slot.source, Source::Configured | Source::MessageVar);
        let (needed, suits) = match filter {
            Filter::Date(_) | Filter::Epoch | Filter::EpochMs | Filter::Zone(_) => {
                ("a time", matches!(slot.source, Source::ExpiresAt | Source::Now))
            }
            Filter::Clamp(..) | Filter::Unit(_) => {
                ("a number of seconds", slot.source == Source::TtlSeconds)
            }
            Filter::Int => ("an id", slot.source == Source::MessageUuid),
            _ => ("", true),
        };
        if !suits && !is_free {
            let problem =
                format!("`{}` needs {needed}, and `{}` is not one", filter.name(), slot.name);
            let hint = "use `date`, `zone` and `epoch` with {{now}} and {{expires_at}}, `unit` and `clamp` with {{ttl_seconds}}, \
                        and `int` with {{message_uuid}}";
            return Err(SpecError::new(path, problem, hint));
        }
        let earlier = filters.get(..at).unwrap_or_default();
        let fits = match filter {
            // A time in another format is a time no more.
            Filter::Date(_) | Filter::Epoch | Filter::EpochMs | Filter::Zone(_) => {
                earlier.iter().all(|before| matches!(before, Filter::Zone(_)))
            }
            Filter::Clamp(..) | Filter::Unit(_) => {
                earlier.iter().all(|before| matches!(before, Filter::Clamp(..) | Filter::Unit(_)))
            }
            _ => true,
        };
        if !fits {
            let problem =
                format!("`{}` follows a filter whose result it cannot use", filter.name());
            let hint = "write `zone` before `date`, and only one of `date`, `epoch` and `epoch_ms`";
            return Err(SpecError::new(path, problem, hint));
        }
        let before = filters.iter().take(at);
        if of_number && before.into_iter().any(|before| *before != Filter::E164) {
            let problem =
                format!("`{}` follows a filter that does not return E.164", filter.name());
            return Err(SpecError::new(
                path,
                problem,
                "put it first, and use only one of its kind",
            ));
        }
        if matches!(filter, Filter::Truncate(_)) && fixed {
            let problem = format!("`{}` must not be truncated", slot.name);
            return Err(SpecError::new(path, problem, "remove the filter `truncate`"));
        }
        if let Filter::Map(pairs) = filter
            && slot.source == Source::Encoding
            && !["gsm7", "ucs2"].iter().all(|name| pairs.iter().any(|(from, _)| from == name))
        {
            let hint = "write map:gsm7=…,ucs2=…";
            return Err(SpecError::new(path, "the map does not contain both encodings", hint));
        }
    }
    Ok(())
}
