//! `getMonth(year, month)`: the text of Python's `calendar.month(year, month)`, byte for byte.

use jiff::civil::Date;
use rpc::{Caller, Code, Fault, Typed};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Effects;

/// Width of the calendar in columns: seven days of two digits and six spaces.
const WIDTH: usize = 20;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The service that the ancestor of 2003 shipped.
pub struct GetMonth;

/// Its parameters.
#[derive(Deserialize, JsonSchema)]
pub struct Ask {
    /// From 1 to 9999.
    #[schemars(range(min = 1, max = 9999))]
    year: i64,
    /// From 1 to 12.
    #[schemars(range(min = 1, max = 12))]
    month: i64,
}

impl Typed<Effects> for GetMonth {
    type Params = Ask;
    type Result = String;
    const HELP: &'static str = "The calendar of one month as text, Monday first.";

    async fn run(&self, _caller: &Caller, ask: Ask) -> Result<(String, Effects), Fault> {
        Ok((month(ask.year, ask.month)?, Effects::default()))
    }
}

/// The calendar of one month, Monday first, each line without trailing spaces, the last with its line feed.
///
/// # Errors
/// A year outside 1–9999 (Python's `MINYEAR`, `MAXYEAR`) or a month outside 1–12.
pub fn month(year: i64, month: i64) -> Result<String, Fault> {
    let date = |year: i64, month: i64| Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok();
    if !(1..=9999).contains(&year) {
        return Err(Fault::new(Code::InvalidParams, format!("year must be from 1 to 9999, not {year}")).at("year"));
    }
    let Some(first) = date(year, month) else {
        return Err(Fault::new(Code::InvalidParams, format!("month must be from 1 to 12, not {month}")).at("month"));
    };
    Ok(text(first))
}

fn text(first: Date) -> String {
    let name = MONTHS.get(first.month().unsigned_abs() as usize - 1).copied().unwrap_or_default();
    let title = format!("{name} {}", first.year());
    let margin = (WIDTH - title.len()) / 2;
    let mut text = format!("{:margin$}{title}\nMo Tu We Th Fr Sa Su\n", "");
    let mut column = first.weekday().to_monday_zero_offset();
    text.push_str(&"   ".repeat(column.unsigned_abs().into()));
    for day in 1..=first.days_in_month() {
        text.push_str(&format!("{day:2}"));
        column = (column + 1) % 7;
        let ends_line = column == 0 || day == first.days_in_month();
        text.push(if ends_line { '\n' } else { ' ' });
    }
    text
}

#[cfg(test)]
mod tests;
