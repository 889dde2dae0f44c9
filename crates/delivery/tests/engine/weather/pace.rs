//! Hops that are slow of speech cost no more than they must.

use std::time::Duration;

use testbed::weather::{Act, Hop, Manner, Replies};

use crate::bed::{Bed, PATIENCE, policy, relay, submission};

/// Mails of one measurement.
const MAILS: usize = 120;

/// The shortest time for which Nagle's algorithm waits: until the receiver acknowledges what it has not answered.
const STALL: Duration = Duration::from_millis(40);

/// How often a hop with this manner stalled between two mails of one connection, the best of three: counted, since how long all
/// of them take is the machine's affair.
async fn stalls_of(replies: Replies) -> usize {
    let mut best = MAILS;
    for _ in 0..3 {
        let hop = Hop::with(Manner { replies, ..Manner::default() }, |_| Act::Usual);
        let mut policy = policy(relay(hop.address()));
        policy.connections = 1;
        let mut bed = Bed::new(policy);
        bed.send_all((0..MAILS).map(|number| submission(&format!("{number}@x"), &["b@y.example"])).collect()).await;
        for _ in 0..MAILS {
            bed.report().await;
        }
        let taken = hop.record().taken;
        assert_eq!((taken.len(), hop.connections()), (MAILS, 1));
        best = best.min(taken.windows(2).filter(|pair| pair[1].at - pair[0].at >= STALL).count());
        bed.stop(PATIENCE).await;
    }
    best
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hop_with_nagles_algorithm_stalls_no_more_than_the_same_without() {
    let (with, without) = (stalls_of(Replies::Nagle).await, stalls_of(Replies::Apart).await);
    assert!(with <= without + MAILS / 4, "of {MAILS} mails {with} stalled with Nagle's algorithm, {without} without");
}
