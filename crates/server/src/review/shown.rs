//! Records as a caller sees them: masked by class of data, days and amounts as the console reads them.

use super::guard::Caller;
use model::{Day, Stamp};
use rights::{Field, Shown, mask_identifier, mask_name};

/// A field's value for a caller.
pub(super) fn field(caller: &Caller, field: Field, value: &str) -> String {
    match field.shown_to(caller.role()) {
        Shown::Whole => value.to_owned(),
        Shown::Hidden => String::new(),
        Shown::Masked | Shown::MaskedForGood => match field {
            Field::PersonName => mask_name(value),
            Field::Reviewer if value.is_empty() => String::new(),
            Field::Reviewer => "医保经办".to_owned(),
            _ => mask_identifier(value),
        },
    }
}

/// RFC 3339, Beijing time.
pub(super) fn moment(stamp: Stamp) -> String {
    written_moment(&stamp.to_string())
}

/// [`moment`] of a record that holds the stamp as a text.
pub(super) fn written_moment(stamp: &str) -> String {
    format!("{}+08:00", stamp.replacen(' ', "T", 1))
}

/// `yyyy-MM-dd`, when there is one.
pub(super) fn day(day: Option<Day>) -> Option<String> {
    day.map(|day| day.to_string())
}
