//! A hop that is away, or as good as: one outage is one failure, whatever was open.

use std::time::Duration;

use testbed::weather::{Act, End, Hop, Manner, Moment};

use super::judge::Bounds;
use super::play::{Play, mails};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_that_meets_a_hop_that_is_down_is_through_soon_after_its_return() {
    let mut play = Play::to("down when the burst comes", Hop::fine());
    play.hop.down(End::Close);
    play.load(mails(), 1).await;
    play.away(End::Close, Duration::from_secs(4)).await;
    play.judged(Bounds::outage()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_with_open_connections_costs_its_own_time() {
    for (name, end) in [("a restart with open connections", End::Close), ("a crash with open connections", End::Reset)]
    {
        let mut play = Play::to(name, Hop::fine());
        play.load(mails(), 1).await;
        play.until_told(mails() / 4).await;
        play.away(end, Duration::from_secs(3)).await;
        play.judged(Bounds::outage()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hop_that_resets_each_connection_in_its_greeting_costs_its_own_time() {
    let script = |moment: Moment<'_>| match moment {
        Moment::Greeting(_) => Act::End(End::Reset),
        _ => Act::Usual,
    };
    let mut play = Play::to("resets in the greeting", Hop::with(Manner::default(), script));
    play.load(mails(), 1).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    play.hop.clear();
    play.clear();
    play.judged(Bounds::outage()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hop_that_says_421_to_everybody_for_a_while_costs_its_own_time() {
    let script = |moment: Moment<'_>| match moment {
        Moment::Greeting(_) => Act::SayAndEnd("421 4.3.2 in maintenance".into(), End::Close),
        _ => Act::Usual,
    };
    let mut play = Play::to("421 in the greeting", Hop::with(Manner::default(), script));
    play.load(mails(), 1).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    play.hop.clear();
    play.clear();
    play.judged(Bounds::outage()).await;
}
