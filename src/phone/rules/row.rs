//! One row of the table of region rules, which takes 16 bytes.

use super::sender::{ReportMeaning, SenderRule};

/// The rules of a region.
///
/// Rules that few regions have (quiet hours, text rules, bank rules, notes, dates) are in separate
/// tables. The row contains the index of its entry in each of them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RuleRow {
    pub(super) region: [u8; 2],
    pub(super) names: SenderRule,
    pub(super) generic_refused: Option<bool>,
    pub(super) numbers: SenderRule,
    pub(super) short_codes: Option<bool>,
    pub(super) reports: ReportMeaning,
    pub(super) hours: u8,
    pub(super) texts: u8,
    pub(super) bank: u8,
    pub(super) note: u8,
    pub(super) date: u8,
    /// A bit set of the sources: bit `n` stands for entry `n` of the table of sources.
    pub(super) sources: u16,
}

/// Creates a row from the code of the region, a blank, and a letter for each of names, generic
/// names, numbers, short codes and reports.
pub(super) const fn row(letters: &[u8; 8], places: [u8; 5], sources: u16) -> RuleRow {
    let [first, second, _, names, generic, numbers, short, reports] = *letters;
    let [hours, texts, bank, note, date] = places;
    RuleRow {
        region: [first, second],
        names: sender(names),
        generic_refused: answer(generic),
        numbers: sender(numbers),
        short_codes: answer(short),
        reports: meaning(reports),
        hours,
        texts,
        bank,
        note,
        date,
        sources,
    }
}

// A letter that is not known means that the rule is unknown. It must never become a permission.
const fn sender(letter: u8) -> SenderRule {
    match letter {
        b'a' => SenderRule::Accepted,
        b'c' => SenderRule::Replaced,
        b'l' => SenderRule::Local,
        b'n' => SenderRule::Refused,
        b'r' => SenderRule::Registered,
        _ => SenderRule::Unknown,
    }
}

const fn answer(letter: u8) -> Option<bool> {
    match letter {
        b'n' => Some(false),
        b'y' => Some(true),
        _ => None,
    }
}

const fn meaning(letter: u8) -> ReportMeaning {
    match letter {
        b'c' => ReportMeaning::Carrier,
        b'h' => ReportMeaning::Handset,
        b'n' => ReportMeaning::None,
        _ => ReportMeaning::Unknown,
    }
}
