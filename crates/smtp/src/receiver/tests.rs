//! Verdicts and what they are to the client.

use super::Verdict;
use crate::reply::{EnhancedStatus, Reply};

const OK: EnhancedStatus = EnhancedStatus::new(2, 6, 0);

fn told(verdict: Verdict) -> String {
    verdict.into_reply(OK, "Taken").to_string()
}

#[test]
fn no_slip_turns_a_refusal_into_a_promise() {
    assert_eq!(told(Verdict::Refuse(Reply::new(250, OK, "x"))), "554 5.0.0 x");
    assert_eq!(told(Verdict::TryLater(Reply::plain(550, "x"))), "451 4.0.0 x");
    assert_eq!(told(Verdict::no(200, OK, "x")), "554 5.0.0 x");
    assert_eq!(told(Verdict::no(452, EnhancedStatus::new(4, 5, 3), "x")), "452 4.5.3 x");
    assert_eq!(told(Verdict::accept()), "250 2.6.0 Taken");
}

#[test]
fn one_reply_for_all_tells_the_worst() {
    let later = Verdict::no(451, EnhancedStatus::new(4, 3, 0), "later");
    let never = Verdict::no(550, EnhancedStatus::new(5, 1, 1), "never");
    let accept = Verdict::accept();
    assert_eq!(Verdict::worst(vec![accept.clone(), never.clone(), later.clone()]), Some(later));
    assert_eq!(Verdict::worst(vec![accept.clone(), never.clone(), accept.clone()]), Some(never));
    assert_eq!(Verdict::worst(vec![accept.clone()]), Some(accept));
    assert_eq!(Verdict::worst(vec![]), None);
}
