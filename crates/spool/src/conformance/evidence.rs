//! The evidence of attempts: what was recorded is what is read, part by part.

use mail::evidence::{Cause, GivenUp, Reason, Stage};
use mail::{EnhancedStatus, Evidence, Protection, Reply, TlsOutcome, TlsPolicy};

use super::{Fixture, at, mail, parcel};
use crate::{Attempt, AttemptKind, Course, Next, Refusal, Report};

/// Whatever decided an attempt is read back as it was, of the last attempt and of the ones before.
///
/// # Errors
/// The store's refusal.
pub async fn evidence_reads_back_as_it_was(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    let all = evidence();
    let entry = store.commit(parcel(vec![mail("one", &["a@x.example"])?]), at(0)).await?.entries[0].id;
    for evidence in &all {
        assert_eq!(store.claim(1, at(9)).await?.len(), 1);
        let (kind, site) = (AttemptKind::Deferred, "mx.example.net:25".to_owned());
        let protection = (evidence.stage.is_some()).then_some(PROTECTION);
        let attempt = Attempt { at: at(1), kind, site, evidence: evidence.clone(), protection };
        let report = Report { entry, attempt, next: Next::Retry(at(2)), bounce: None, course: Course::default() };
        store.record(vec![report], at(1)).await?;
        let last = store.trace(entry.to_string()).await?.chapters.remove(0).attempts.pop();
        let last = last.map(|attempt| (attempt.evidence, attempt.protection));
        assert_eq!(last, Some((evidence.clone(), protection)));
    }
    let attempts = store.trace(entry.to_string()).await?.chapters.remove(0).attempts;
    assert_eq!(attempts.into_iter().map(|attempt| attempt.evidence).collect::<Vec<_>>(), all);
    Ok(())
}

const PROTECTION: Protection =
    Protection { policy: TlsPolicy::Dane, outcome: TlsOutcome::Verified, version: 0x0304, certificate: [0xfe; 32] };

/// Every stage, every reason, and every form that a reply can have.
fn evidence() -> Vec<Evidence> {
    let reply = |code, status, text: &'static str| Evidence::replied(Stage::EndOfData, Reply::new(code, status, text));
    let mut all = vec![
        reply(250, EnhancedStatus::parse("2.0.0"), "Ok: queued as 4F2"),
        reply(550, EnhancedStatus::parse("5.999.999"), "no such user\n\nask \"the\" postmaster "),
        reply(599, None, ""),
        reply(451, EnhancedStatus::parse("4.7.1"), "later").given_up(GivenUp { tries: 20, looks: 0 }),
        Evidence::outside(Reason::Closed).given_up(GivenUp { tries: u32::MAX >> 1, looks: u32::MAX }),
        Evidence::outside(Cause::Unparsed("550 5.1.1 as an older version kept it".into())),
    ];
    all.extend(Reason::ALL.map(|reason| Evidence::outside(reason.with("what is known: ł\"\0"))));
    all.extend(Stage::ALL.map(|stage| Evidence::at(stage, Reason::TimedOut)));
    all
}
