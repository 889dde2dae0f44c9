//! Holds what was seen against what was expected.

use super::expand::Words;
use super::observed::{Observed, Outcome, Saw};
use super::predicate::{self, About, Claim, Counter, Set, SinkClaim};
use crate::Received;

/// The error names what was false in each alternative.
pub(super) fn alternatives(expect: &str, observed: &Observed, mails: &[Received], words: &Words) -> Result<(), String> {
    let mut falsehoods = Vec::new();
    for alternative in expect.split(" || ") {
        let wrong: Vec<&str> = alternative
            .split(" && ")
            .filter(|text| {
                let predicate = predicate::parse(text).unwrap_or_else(|| panic!("no predicate: {text}"));
                holds(&predicate.claim, observed, mails, words) == predicate.negated
            })
            .collect();
        // "Accepted" and then nothing bad in the mail says little if the mail never came.
        let never_came = alternative.contains("accepted")
            && alternative.contains("sink")
            && !alternative.contains("sink(TOK)")
            && !mails.iter().any(|mail| contains(&mail.wire, &words.token));
        match (wrong.is_empty(), never_came) {
            (true, false) => return Ok(()),
            (true, true) => falsehoods.push("the accepted mail never reached the sink".to_owned()),
            (false, _) => falsehoods.push(wrong.join(" && ")),
        }
    }
    Err(falsehoods.join(" || "))
}

fn holds(claim: &Claim, seen: &Observed, mails: &[Received], words: &Words) -> bool {
    let missing = if seen.closed { Saw::Close } else { Saw::Nothing };
    match claim {
        Claim::Refused => seen.queued == 0,
        Claim::Closed => seen.closed,
        Claim::Accepted => seen.outcome == Some(Outcome::Ok),
        Claim::Rejected => {
            let refused = seen.status.is_some_and(|s| s >= 400) || seen.http() == Saw::Close;
            seen.outcome == Some(Outcome::Error) || refused
        }
        Claim::Answered => seen.status.is_some(),
        Claim::NoKey => !contains(&seen.raw, &words.key),
        Claim::Probe => seen.probe.is_empty(),
        Claim::Capability(keyword) => seen.capabilities.contains(keyword),
        Claim::Wait(index, set) => {
            let from_end = seen.waits.len().checked_add_signed(*index).filter(|_| *index < 0);
            let at = usize::try_from(*index).ok().or(from_end);
            set.has(at.and_then(|at| seen.waits.get(at)).copied().unwrap_or(missing))
        }
        Claim::Any(set) => any_reply(set, seen),
        Claim::DataEnd(set) => set.has(seen.data_end.unwrap_or(missing)),
        Claim::Last(set) => set.has(seen.last.unwrap_or(missing)),
        Claim::Http(set) => set.has(seen.http()),
        Claim::RpcCode(codes) => codes.iter().any(|code| seen.rpc_codes.contains(code)),
        Claim::AppCode(codes) => codes.iter().any(|code| seen.app_codes.contains(code)),
        Claim::Body(pattern) => pattern.is_match(&seen.raw),
        Claim::Count(counter, bound) => bound.holds(count(*counter, seen)),
        Claim::Sink(claim) => sink_holds(claim, mails, words),
    }
}

fn any_reply(set: &Set, seen: &Observed) -> bool {
    seen.replies.iter().any(|(code, _)| set.has(Saw::Code(*code))) || (set.has_close() && seen.closed)
}

#[allow(clippy::cast_precision_loss, reason = "counts of a test are small")]
fn count(counter: Counter, seen: &Observed) -> f64 {
    match counter {
        Counter::Queued => seen.queued as f64,
        Counter::Count354 => seen.count354 as f64,
        Counter::Unsolicited => seen.unsolicited as f64,
        Counter::Responses => seen.responses as f64,
        Counter::Canary => seen.canary as f64,
        Counter::Elapsed => seen.elapsed.as_secs_f64(),
        Counter::Growth => seen.growth_mb.unwrap_or(0.0),
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts of a test are small")]
fn sink_holds(claim: &SinkClaim, mails: &[Received], words: &Words) -> bool {
    let word = words.value(&claim.word).unwrap_or(&claim.word);
    let in_envelope =
        |mail: &Received| mail.mail_from.contains(word) || mail.recipients.iter().any(|r| r.contains(word));
    let carrying: Vec<&Received> = mails.iter().filter(|m| contains(&m.wire, word) || in_envelope(m)).collect();
    let replies = || mails.iter().filter(|mail| answers(mail, word));
    let fields =
        |mail: &Received, name: &str| mail.headers().iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).count();
    match &claim.about {
        About::Mails(bound) => bound.holds(carrying.len() as f64),
        About::InHeader(bound) => {
            let found = mails.iter().filter(|mail| contains(header_block(&mail.wire), word) || in_envelope(mail));
            bound.holds(found.count() as f64)
        }
        About::To(bound) => bound.holds(mails.iter().filter(|mail| mail.is_for(word)).count() as f64),
        About::Fields(name, bound) => bound.holds(carrying.iter().map(|m| fields(m, name)).sum::<usize>() as f64),
        About::Value(name, pattern) => carrying.iter().all(|mail| {
            mail.headers().iter().any(|(n, v)| n.eq_ignore_ascii_case(name) && pattern.is_match(v.as_bytes()))
        }),
        About::Clean => carrying.iter().all(|mail| is_clean(&mail.wire)),
        About::LongestLine(bound) => {
            let lines = carrying.iter().flat_map(|mail| mail.wire.split(|b| *b == b'\n'));
            bound.holds(lines.map(|l| l.trim_ascii_end().len()).max().unwrap_or(0) as f64)
        }
        About::Replies(bound) => bound.holds(replies().count() as f64),
        About::RepliesNull => replies().all(|mail| mail.mail_from.trim_start().starts_with("<>")),
        About::RepliesHave(name) => replies().all(|mail| fields(mail, name) > 0),
    }
}

fn answers(mail: &Received, word: &str) -> bool {
    mail.headers().iter().any(|(name, value)| {
        (name.eq_ignore_ascii_case("In-Reply-To") || name.eq_ignore_ascii_case("References")) && value.contains(word)
    })
}

fn contains(bytes: &[u8], word: &str) -> bool {
    crate::http::find(bytes, word.as_bytes()).is_some()
}

/// Up to the first empty line, whichever line ends it is made of.
fn header_block(wire: &[u8]) -> &[u8] {
    let ends = [b"\r\n\r\n".as_slice(), b"\n\n"].map(|end| crate::http::find(wire, end).unwrap_or(wire.len()));
    &wire[..ends[0].min(ends[1])]
}

fn is_clean(wire: &[u8]) -> bool {
    wire.iter().enumerate().all(|(i, byte)| match byte {
        b'\r' => wire.get(i + 1) == Some(&b'\n'),
        b'\n' => i > 0 && wire[i - 1] == b'\r',
        0 => false,
        _ => true,
    })
}
