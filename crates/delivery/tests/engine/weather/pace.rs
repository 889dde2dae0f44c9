//! Hops that are slow of speech cost no more than they must.

use std::time::Duration;

use testbed::weather::{Act, Hop, Manner, Replies};

use crate::bed::{Bed, PATIENCE, policy, relay, submission};

/// Mails of one measurement: enough that a stall of 40 ms at each would take seconds.
const MAILS: usize = 120;

/// How long a hop with this manner took to take them all on one connection, the best of three.
async fn time_of(replies: Replies) -> Duration {
    let mut best = Duration::MAX;
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
        best = best.min(taken[MAILS - 1].at - taken[0].at);
        bed.stop(PATIENCE).await;
    }
    best
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hop_with_nagles_algorithm_is_served_at_no_less_than_half_the_rate_of_the_same_without() {
    let (with, without) = (time_of(Replies::Nagle).await, time_of(Replies::Apart).await);
    assert!(with <= without * 2, "{MAILS} mails took {with:?} with Nagle's algorithm, {without:?} without");
}
