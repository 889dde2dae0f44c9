//! The scenarios: what the weather is, and what it may cost.

use std::time::Duration;

use delivery::{ByMx, Dialect, HostPort, NextHop, Relay, Tls};
use std::sync::Arc;
use testbed::NameServer;
use testbed::weather::{Act, End, Hop, Manner, Moment, Replies, Wire};

use super::judge::Bounds;
use super::play::{Play, mails};
use crate::mx::by_mx;

const SECOND: Duration = Duration::from_secs(1);

fn manner(replies: Replies) -> Manner {
    Manner { replies, ..Manner::default() }
}

/// A script in which something happens to every `every`-th of a kind.
fn nth(number: usize, every: usize) -> bool {
    number % every == every - 1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hop_that_talks_oddly_gets_every_mail_once_and_at_once() {
    for (name, replies) in [
        ("replies octet by octet", Replies::Octets),
        ("replies that end in LF alone", Replies::LineFeeds),
        ("replies of several codes", Replies::Mixed),
        ("Nagle's algorithm and separate replies", Replies::Nagle),
    ] {
        let mut play = Play::to(name, Hop::with(manner(replies), |_| Act::Usual));
        play.clear();
        play.load(mails(), 1).await;
        play.judged(Bounds::at_once()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_distance_costs_only_its_round_trips() {
    let hop = Hop::fine();
    let wire = Wire::to(hop.address());
    wire.round_trip(Duration::from_millis(50));
    let mut play = Play::over("50 ms of distance", hop, wire);
    play.clear();
    play.load(mails(), 1).await;
    play.judged(Bounds::at_once()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_holds_up_only_its_own_mail() {
    let pace = Manner { pace: 400, ..Manner::default() };
    let mut play = Play::to("a slow reader", Hop::with(pace, |_| Act::Usual));
    play.clear();
    play.load(mails(), 1).await;
    play.judged(Bounds::at_once()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn greylisted_mail_is_through_after_the_first_step_of_the_ladder() {
    let script = |moment: Moment<'_>| match moment {
        Moment::Recipient { times: 0, .. } => Act::say("451 4.7.1 greylisted, come again"),
        _ => Act::Usual,
    };
    let mut play = Play::to("greylisting", Hop::with(Manner::default(), script));
    play.clear();
    play.load(mails(), 1).await;
    play.judged(Bounds { first: Duration::from_secs(40), ..Bounds::ladder(1) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recipients_beyond_what_a_hop_takes_at_once_go_in_the_next_transaction() {
    let script = |moment: Moment<'_>| match moment {
        Moment::Recipient { before: 5.., .. } => Act::say("452 4.5.3 five are enough"),
        _ => Act::Usual,
    };
    let mut play = Play::to("452 after 5 recipients", Hop::with(Manner::default(), script));
    play.clear();
    play.load(mails() / 10, 12).await;
    play.judged(Bounds::at_once()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hop_that_says_421_now_and_then_costs_a_step_of_the_ladder_at_most() {
    let script = |moment: Moment<'_>| match moment {
        Moment::Mail(number) if number < mails() / 2 && nth(number, 7) => {
            Act::SayAndEnd("421 4.7.0 enough for now".into(), End::Close)
        }
        _ => Act::Usual,
    };
    let mut play = Play::to("421 at every 7th mail", Hop::with(Manner::default(), script));
    play.clear();
    play.load(mails(), 1).await;
    play.judged(Bounds::ladder(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_in_the_text_loses_and_repeats_nothing() {
    let script = |moment: Moment<'_>| match moment {
        Moment::Data(number) if number < mails() / 2 && nth(number, 10) => Act::CutText(9, End::Reset),
        _ => Act::Usual,
    };
    let mut play = Play::to("a reset in the text of every 10th", Hop::with(Manner::default(), script));
    play.clear();
    play.load(mails(), 1).await;
    play.judged(Bounds::ladder(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_in_place_of_the_reply_to_the_final_dot_repeats_that_mail_alone() {
    let script = |moment: Moment<'_>| match moment {
        Moment::Dot(number) if number < mails() / 2 && nth(number, 10) => Act::End(End::Reset),
        _ => Act::Usual,
    };
    let mut play = Play::to("a reset after every 10th final dot", Hop::with(Manner::default(), script));
    play.clear();
    play.load(mails(), 1).await;
    play.judged(Bounds::ladder(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hop_that_falls_silent_costs_its_time_out_and_no_more() {
    let script = |moment: Moment<'_>| match moment {
        Moment::Mail(5) | Moment::Dot(40) => Act::Silence,
        _ => Act::Usual,
    };
    let hop = Hop::with(Manner::default(), script);
    let mut play = Play::set("silence", hop, None, |policy| {
        policy.timeouts.command = SECOND;
        policy.timeouts.final_dot = SECOND;
    });
    play.clear();
    play.load(mails(), 1).await;
    play.judged(Bounds::ladder(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_that_breaks_where_it_was_only_an_offer_costs_nothing() {
    let script = move |moment: Moment<'_>| match moment {
        Moment::StartTls => Act::SayAndEnd("220 go on".into(), End::Reset),
        _ => Act::Usual,
    };
    let babbler = |moment: Moment<'_>| match moment {
        Moment::StartTls => Act::SayAndUtter("220 go on".into(), b"\x15\x03\x03\x00\x02\x02\x28".to_vec()),
        _ => Act::Usual,
    };
    let offers = Manner { extensions: &["PIPELINING", "STARTTLS"], ..Manner::default() };
    for (name, hop) in [
        ("a handshake that is reset", Hop::with(offers, script)),
        ("a handshake of nonsense", Hop::with(offers, babbler)),
    ] {
        let host = HostPort::parse(&hop.address().to_string(), 25).unwrap();
        let mut play = Play::set(name, hop, None, |policy| {
            policy.routes.rest = NextHop::Relay(Arc::new(Relay::to(host, Tls::Opportunistic)));
        });
        play.clear();
        play.load(mails(), 1).await;
        play.judged(Bounds::at_once()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_an_lmtp_server_and_resets_after_its_final_dots_lose_nothing() {
    let script = |moment: Moment<'_>| match moment {
        Moment::Dot(number) if number < mails() / 2 && nth(number, 10) => Act::End(End::Reset),
        _ => Act::Usual,
    };
    let hop = Hop::with(Manner::default(), script);
    let host = HostPort::parse(&hop.address().to_string(), 24).unwrap();
    let mut play = Play::set("an LMTP server that restarts", hop, None, |policy| {
        let relay = Relay { dialect: Dialect::Lmtp, ..Relay::to(host, Tls::Off) };
        policy.routes.rest = NextHop::Relay(Arc::new(relay));
    });
    play.load(mails() / 5, 5).await;
    play.until_told(mails() / 20).await;
    play.away(End::Close, 2 * SECOND).await;
    play.judged(Bounds::ladder(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_exchangers_of_which_the_best_is_away_and_the_other_restarts_cost_its_own_time() {
    let names = NameServer::start(
        "weather.example MX 10 away.weather.example
         weather.example MX 20 mx.weather.example
         away.weather.example A 127.0.0.2
         mx.weather.example A 127.0.0.1",
    );
    let hop = Hop::fine();
    let port = hop.address().port();
    let mut play = Play::set("a mail exchanger that restarts, a better one is away", hop, None, |policy| {
        policy.dns = by_mx(&names, port).dns;
        policy.routes.rest = NextHop::Mx(ByMx { port, tls: Tls::Opportunistic });
    });
    play.load(mails(), 1).await;
    play.until_told(mails() / 4).await;
    play.away(End::Close, 3 * SECOND).await;
    play.judged(Bounds::outage()).await;
}
