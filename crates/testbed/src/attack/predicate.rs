//! The language of expectations: alternatives parted by ` || `, each a list of predicates parted by ` && `.
//!
//! SMTP: `refused`, `closed`, `cap(X)`, `w[i]=SET` (the i-th wait, 0 is the greeting, -1 the last), `any=SET`, `dataend=SET`,
//! `last=SET`, `queued<=N`, `count354<=N`, `unsolicited==0`. HTTP: `rejected`, `accepted`, `answered`, `nokey`,
//! `http=SET`, `rpccode=A|B`, `appcode=A|B`, `responses<=N`, `body~RE`, `body!~RE`. Any: `elapsed<S`, `canary==0`,
//! `rssgrow<MB`, `probe`. Mail that reached the sink: `sink(TOK)<=N` and its kin. `!` before one turns it round.
//! SET is `2xx|4xx|5xx|NNN|close|none|never`.

use regex::bytes::{Regex, RegexBuilder};

use super::observed::Saw;

/// One predicate, perhaps turned round.
#[derive(Debug)]
pub(super) struct Predicate {
    pub(super) negated: bool,
    pub(super) claim: Claim,
}

/// What is claimed.
#[derive(Debug)]
pub(super) enum Claim {
    Refused,
    Closed,
    Accepted,
    Rejected,
    Answered,
    NoKey,
    Probe,
    Capability(String),
    Wait(isize, Set),
    Any(Set),
    DataEnd(Set),
    Last(Set),
    Http(Set),
    RpcCode(Vec<String>),
    AppCode(Vec<String>),
    Body(Regex),
    Count(Counter, Bound),
    Sink(SinkClaim),
}

/// What is counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Counter {
    Queued,
    Count354,
    Unsolicited,
    Elapsed,
    Responses,
    Canary,
    Growth,
}

/// A claim about the mails that reached the sink: about those that carry `word`, except where said.
#[derive(Debug)]
pub(super) struct SinkClaim {
    /// A macro's name, or a text.
    pub(super) word: String,
    pub(super) about: About,
}

/// What is claimed of them.
#[derive(Debug)]
pub(super) enum About {
    /// How many there are.
    Mails(Bound),
    /// How many carry it in envelope or header: smuggled ones.
    InHeader(Bound),
    /// How many are addressed to it.
    To(Bound),
    /// How many fields of this name they have.
    Fields(String, Bound),
    /// Each has a field of this name whose value matches.
    Value(String, Regex),
    /// No bare CR or LF, no NUL.
    Clean,
    /// Their longest line.
    LongestLine(Bound),
    /// How many answers there are to it.
    Replies(Bound),
    /// Answers to it have the null reverse-path.
    RepliesNull,
    /// Answers to it have a field of this name.
    RepliesHave(String),
}

/// `<=3`
#[derive(Debug)]
pub(super) struct Bound {
    operator: String,
    number: f64,
}

impl Bound {
    fn parse(text: &str) -> Option<Bound> {
        let text = text.trim();
        let operator = ["<=", ">=", "==", "<", ">"].into_iter().find(|o| text.starts_with(o))?;
        Some(Bound { operator: operator.to_owned(), number: text[operator.len()..].trim().parse().ok()? })
    }

    pub(super) fn holds(&self, value: f64) -> bool {
        match self.operator.as_str() {
            "<=" => value <= self.number,
            ">=" => value >= self.number,
            "<" => value < self.number,
            ">" => value > self.number,
            _ => (value - self.number).abs() < f64::EPSILON,
        }
    }
}

/// `5xx|250|close`
#[derive(Debug)]
pub(super) struct Set(Vec<String>);

impl Set {
    fn parse(text: &str) -> Set {
        Set(text.split('|').map(|part| part.trim().to_owned()).collect())
    }

    pub(super) fn has(&self, saw: Saw) -> bool {
        self.0.iter().any(|part| match saw {
            Saw::Close => part == "close",
            Saw::Nothing => part == "none",
            Saw::Never => part == "never",
            Saw::Code(code) => {
                part.strip_suffix("xx").map_or_else(|| *part == code.to_string(), |f| f == (code / 100).to_string())
            }
        })
    }

    pub(super) fn has_close(&self) -> bool {
        self.0.iter().any(|part| part == "close")
    }
}

/// Reads one predicate. `None` when it is none: a case that cannot be judged is a broken case.
pub(super) fn parse(text: &str) -> Option<Predicate> {
    let text = text.trim();
    let (negated, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
    let claim = plain(text).or_else(|| call(text)).or_else(|| wait(text)).or_else(|| matching(text));
    let claim = claim.or_else(|| equal(text)).or_else(|| counted(text))?;
    if let (Claim::Body(_), Some(_)) = (&claim, text.strip_prefix("body!~")) {
        return Some(Predicate { negated: !negated, claim });
    }
    Some(Predicate { negated, claim })
}

fn plain(text: &str) -> Option<Claim> {
    Some(match text {
        "refused" => Claim::Refused,
        "closed" => Claim::Closed,
        "accepted" => Claim::Accepted,
        "rejected" => Claim::Rejected,
        "answered" => Claim::Answered,
        "nokey" => Claim::NoKey,
        "probe" => Claim::Probe,
        _ => return None,
    })
}

/// `name(argument, argument)rest`
fn call(text: &str) -> Option<Claim> {
    let (name, rest) = text.split_once('(')?;
    let (arguments, rest) = rest.split_once(')')?;
    if !name.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let (word, field) = arguments.split_once(',').map_or((arguments, ""), |(w, f)| (w, f.trim()));
    if name == "cap" {
        return Some(Claim::Capability(word.to_ascii_uppercase()));
    }
    let field = field.to_owned();
    let bound = || Bound::parse(rest);
    let about = match name {
        "sink" => About::Mails(bound()?),
        "sinkhdr" => About::InHeader(bound()?),
        "sinkto" => About::To(bound()?),
        "sinkhas" => About::Fields(field, bound()?),
        "sinkval" => {
            let pattern = rest.trim().trim_start_matches('~').trim();
            let pattern = RegexBuilder::new(pattern).case_insensitive(true).dot_matches_new_line(true).build();
            About::Value(field, pattern.ok()?)
        }
        "sinkclean" => About::Clean,
        "sinkmaxline" => About::LongestLine(bound()?),
        "sinkreply" => About::Replies(bound()?),
        "sinkreplynull" => About::RepliesNull,
        "sinkreplyhas" => About::RepliesHave(field),
        _ => return None,
    };
    Some(Claim::Sink(SinkClaim { word: word.trim().to_owned(), about }))
}

/// `w[2]=5xx|close`
fn wait(text: &str) -> Option<Claim> {
    let (index, set) = text.strip_prefix("w[")?.split_once("]=")?;
    Some(Claim::Wait(index.parse().ok()?, Set::parse(set)))
}

fn matching(text: &str) -> Option<Claim> {
    let pattern = text.strip_prefix("body!~").or_else(|| text.strip_prefix("body~"))?;
    let pattern = RegexBuilder::new(pattern).dot_matches_new_line(true).build();
    Some(Claim::Body(pattern.ok()?))
}

fn equal(text: &str) -> Option<Claim> {
    let (name, spec) = text.split_once('=').filter(|(_, spec)| !spec.starts_with('='))?;
    let codes = || spec.split('|').map(str::to_owned).collect();
    Some(match name {
        "any" => Claim::Any(Set::parse(spec)),
        "dataend" => Claim::DataEnd(Set::parse(spec)),
        "last" => Claim::Last(Set::parse(spec)),
        "http" => Claim::Http(Set::parse(spec)),
        "rpccode" => Claim::RpcCode(codes()),
        "appcode" => Claim::AppCode(codes()),
        _ => return None,
    })
}

fn counted(text: &str) -> Option<Claim> {
    let (name, bound) = text.split_at(text.find(['<', '>', '='])?);
    let counter = match name {
        "queued" => Counter::Queued,
        "count354" => Counter::Count354,
        "unsolicited" => Counter::Unsolicited,
        "elapsed" => Counter::Elapsed,
        "responses" => Counter::Responses,
        "canary" => Counter::Canary,
        "rssgrow" => Counter::Growth,
        _ => return None,
    };
    Some(Claim::Count(counter, Bound::parse(bound)?))
}
