//! The calendar against Python's own, all of it.

use std::process::Command;

use super::month;

/// Prints every month that Python knows, parted by form feeds.
const ALL: &str = "import calendar,sys
out=sys.stdout
for y in range(1,10000):
    for m in range(1,13): out.write(calendar.month(y,m)); out.write('\\f')";

#[test]
fn all_119988_months_are_those_of_python() {
    if !testbed::need(&[testbed::Requirement::Python]) {
        return;
    }
    let python = Command::new("python3").args(["-c", ALL]).output().expect("python3 is there");
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
    let text = String::from_utf8(python.stdout).unwrap();
    let mut months = 0;
    let all = (1..=9999).flat_map(|year| (1..=12).map(move |number| (year, number)));
    for ((year, number), expected) in all.zip(text.split_terminator('\u{c}')) {
        assert_eq!(month(year, number).unwrap(), expected, "{year}-{number}");
        months += 1;
    }
    assert_eq!(months, 119_988);
}

#[test]
fn what_is_no_month_is_named() {
    for (year, number, path, words) in [
        (2003, 13, "month", "month must be from 1 to 12, not 13"),
        (2003, 0, "month", "month must be from 1 to 12, not 0"),
        (2003, i64::MIN, "month", "month must be from 1 to 12"),
        (0, 1, "year", "year must be from 1 to 9999, not 0"),
        (10_000, 1, "year", "year must be from 1 to 9999, not 10000"),
        (i64::MAX, 1, "year", "year must be from 1 to 9999"),
    ] {
        let fault = month(year, number).unwrap_err();
        assert_eq!(fault.path, path);
        assert!(fault.message.starts_with(words), "{}", fault.message);
        assert!(fault.code.is_sender());
    }
}
