//! The form of errors.

use super::Code;

#[test]
fn every_code_is_in_the_table_once_and_explained() {
    let all: Vec<Code> = Code::all().collect();
    for (at, code) in all.iter().enumerate() {
        assert!(!all[..at].contains(code), "{code} is there twice");
        assert!(!code.title().is_empty() && !code.explanation().is_empty(), "{code} is not explained");
        assert_eq!(code.to_string().parse(), Ok(*code));
    }
}
