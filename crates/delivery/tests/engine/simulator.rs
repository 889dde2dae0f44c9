//! Recipients of the simulator, by the real path.

use std::time::Duration;

use delivery::{NextHop, SIMULATOR};
use spool::{AttemptKind, Submission};

use crate::bed::{Bed, policy, submission};

fn to(recipients: &[&str]) -> Submission {
    let addresses: Vec<String> = recipients.iter().map(|local| format!("{local}@{SIMULATOR}")).collect();
    submission("1@x", &addresses.iter().map(String::as_str).collect::<Vec<_>>())
}

#[tokio::test]
async fn a_simulated_recipient_behaves_as_its_name_says_in_every_mode_and_also_for_captured_mail() {
    for capture in [false, true] {
        let mut bed = Bed::new(policy(NextHop::Capture));
        let mail = to(&["delivered+shop", "bounce", "bounce+552-5.2.2", "nobody"]);
        bed.send(Submission { capture, ..mail }).await;
        let mut found = Vec::new();
        for _ in 0..4 {
            let report = bed.report().await;
            assert_eq!(report.attempt.site, SIMULATOR);
            found.push((report.attempt.kind, report.attempt.evidence.to_string()));
        }
        found.sort_by(|one, other| one.1.cmp(&other.1));
        assert_eq!(
            found,
            [
                (AttemptKind::Delivered, "250 2.6.0 simulated: nobody gets it".to_owned()),
                (AttemptKind::Failed, "550 5.1.1 simulated".to_owned()),
                (AttemptKind::Failed, "550 5.1.1 the simulator has no such recipient".to_owned()),
                (AttemptKind::Failed, "552 5.2.2 simulated".to_owned()),
            ]
        );
    }
}

#[tokio::test]
async fn a_greylisting_recipient_takes_each_mail_after_as_many_attempts_as_are_asked_for() {
    let mut bed = Bed::new(policy(NextHop::Capture));
    bed.send_all(vec![to(&["greylist+2"]), Submission { message_id: "2@x".into(), ..to(&["greylist+2"]) }]).await;
    let mut kinds = Vec::new();
    while kinds.len() < 6 {
        let report = bed.report().await;
        kinds.push(report.attempt.kind);
        if report.attempt.kind == AttemptKind::Deferred {
            assert_eq!(report.attempt.evidence.to_string(), "451 4.7.1 simulated: try again");
        }
        bed.later(Duration::from_secs(3600));
    }
    let count = |kind| kinds.iter().filter(|found| **found == kind).count();
    assert_eq!((count(AttemptKind::Deferred), count(AttemptKind::Delivered)), (4, 2), "{kinds:?}");
}

#[tokio::test]
async fn a_slow_recipient_holds_up_only_its_own_mail() {
    let mut bed = Bed::new(policy(NextHop::Capture));
    bed.send(to(&["slow+600"])).await;
    bed.send(to(&["delivered"])).await;
    let report = bed.report().await;
    assert_eq!((report.attempt.kind, report.entry.message), (AttemptKind::Delivered, 2));
}
