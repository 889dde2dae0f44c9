//! One mailed request: found, run at most once, and its answer committed together with what it causes, before the 250.

use aws_lc_rs::digest;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use mail::answer::Packaging;
use mail::header::Headers;
use mail::payload::{self, Candidate, LimitError};
use mail::{Mailbox, ReversePath};
use rpc::{Caller, Document};
use smtp::EnhancedStatus;
use smtp::{ReceivedMail, Verdict};
use spool::{Answered, CallKey, Commit, Kind, Parcel, Refusal, Spool, Submission};

use super::guard::{self, Standing};
use super::{answer_mail, later, set_aside};
use crate::config::Service;
use crate::house::{House, to_one};
use crate::method::Effects;

/// How long one whose id has no `@` is: the client of 2003 counts 2, 3, 4 in every run.
const REMEMBERED_BARE: SignedDuration = SignedDuration::from_mins(10);

/// A request under way.
pub(super) struct Asked<'a> {
    pub(super) house: &'a House,
    pub(super) service: &'a Service,
    pub(super) mail: &'a ReceivedMail,
    pub(super) headers: Headers<'a>,
    /// The address that was asked.
    pub(super) address: Mailbox,
    /// The one address that gets the answer.
    pub(super) answer_to: Mailbox,
    pub(super) now: Timestamp,
    /// How the request was packed; its answer is packed so too.
    pub(super) packaging: Packaging,
    pub(super) digest: [u8; 32],
    pub(super) way: Way<'a>,
}

/// A request that has run, and whose effects and answer wait to become true together.
#[derive(Default)]
pub(super) struct Ran {
    pub(super) effects: Effects,
    pub(super) answer: Option<Submission>,
    pub(super) story: String,
}

/// A mail that is not to be run.
pub(super) enum Other {
    /// It gets no answer, for this reason.
    Silent(String),
    /// It is not taken.
    Refused(Verdict),
}

/// Where a mail was sent to.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'a> {
    /// The service.
    pub(super) service: &'a Service,
    /// Which of its addresses.
    pub(super) address: &'a Mailbox,
}

/// How a mail came, where that makes a difference.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way<'a> {
    /// By a program that waits for the verdict.
    Live,
    /// From the drop folder, under this name: taken in once.
    Left(&'a str),
}

/// Answers a mail at a service's address: what only the store is asked for runs before the 250, everything else after it.
pub(super) async fn answer(house: &House, at: At<'_>, mail: &ReceivedMail, way: Way<'_>) -> Verdict {
    match read(house, at, mail, way) {
        Ok((asked, document)) => asked.answer(document).await,
        Err(Other::Silent(why)) => set_aside(house, mail, &format!("not answered: {why}")).await,
        Err(Other::Refused(verdict)) => verdict,
    }
}

/// Finds the request in a mail.
pub(super) fn read<'a>(
    house: &'a House,
    at: At<'a>,
    mail: &'a ReceivedMail,
    way: Way<'a>,
) -> Result<(Asked<'a>, Document), Other> {
    let At { service, address } = at;
    let address = address.clone();
    let headers = Headers::of(&mail.message);
    let silent = |why: &str| Err(Other::Silent(why.to_owned()));
    if let Some(verdict) = guard::refuse_brought(service, mail, &headers) {
        return Err(Other::Refused(verdict));
    }
    if let Some(silence) = guard::silence(house, mail) {
        return silent(&silence.to_string());
    }
    let Some(answer_to) = mail::etiquette::reply_address(&headers, &mail.envelope.reverse_path) else {
        return silent("no address to answer to");
    };
    if !guard::allows(service, &answer_to) {
        return silent("the address to answer to is not among those served");
    }
    let (document, packaging) = match find(&mail.message) {
        Ok(Some(found)) => found,
        Ok(None) => return Err(Other::Refused(no_request())),
        Err(limit) => {
            return Err(Other::Refused(Verdict::no(550, EnhancedStatus::new(5, 6, 0), limit.to_string())));
        }
    };
    let mut digest = [0; 32];
    digest.copy_from_slice(digest::digest(&digest::SHA256, &document.bytes).as_ref());
    let asked = Asked { packaging, address, house, service, mail, headers, answer_to, now: house.now(), digest, way };
    Ok((asked, document))
}

/// A person's mail, say. In a transaction, the client keeps it; nobody is mailed about it.
fn no_request() -> Verdict {
    let text = "This is no request: JSON-RPC, XML-RPC or SOAP is expected here";
    Verdict::no(550, EnhancedStatus::new(5, 6, 0), text)
}

/// The same id for another request.
pub(super) fn other_payload() -> Verdict {
    let text = "This Message-ID came before with another request: nothing was run";
    Verdict::no(550, EnhancedStatus::new(5, 6, 0), text)
}

/// The first part that is a request; else the first that claims to be one, which then gets its fault.
fn find(message: &[u8]) -> Result<Option<(Document, Packaging)>, LimitError> {
    let payload = payload::find(message, &payload::Limits::default())?;
    let is_request = |part: &Candidate<'_>| rpc::recognise::is_request(&part.bytes, part.charset.as_deref());
    let chosen = payload.candidates.iter().position(is_request);
    let chosen = chosen.or_else(|| payload.candidates.iter().position(|part| part.claims));
    let parts = payload.parts.into_iter().map(|part| rpc::Part {
        content_id: part.content_id,
        media_type: part.media_type,
        bytes: part.bytes.into_owned(),
    });
    Ok(chosen.and_then(|at| payload.candidates.into_iter().nth(at)).map(|part| {
        let document = Document {
            media_type: part.media_type,
            charset: part.charset,
            action: part.action,
            bytes: part.bytes.into_owned(),
            parts: parts.collect(),
        };
        (document, payload.packaging)
    }))
}

impl Way<'_> {
    /// What the story of a request from the drop folder ends with.
    fn mark(self) -> String {
        match self {
            Self::Live => String::new(),
            Self::Left(name) => format!(", drop/{name}"),
        }
    }
}

impl Asked<'_> {
    async fn answer(&self, document: Document) -> Verdict {
        let key = self.key();
        match self.stored(key.as_ref()).await {
            Ok(Some(stored)) => return self.repeat(stored).await,
            Ok(None) => {}
            Err(refusal) => return later(&refusal),
        }
        if self.service.work.upstream().is_some() {
            return self.take().await;
        }
        let ran = self.run(&document).await;
        match self.house.outbox.commit(self.commitment(key.clone(), ran)).await {
            Ok(_) => Verdict::Accept("Request run, answer queued".into()),
            // Another copy of this request was faster: it ran, this one did not.
            Err(Refusal::Duplicate(_)) => self.repeat_of(key).await,
            Err(refusal) => later(&refusal),
        }
    }

    /// Runs its calls.
    pub(super) async fn run(&self, document: &Document) -> Ran {
        let caller = self.caller();
        let mut performed = self.house.service(self.service, self.standing()).perform(document, &caller).await;
        let effects: Effects = performed.take_effects();
        let story = self.story(&performed.summary(), &caller.trace);
        let answer = performed.answer().map(|document| answer_mail::compose(self, &document));
        Ran { effects, answer, story }
    }

    /// What became of it, for `trace`.
    pub(super) fn story(&self, what: &str, trace: &str) -> String {
        format!("{what} by {} ({trace}){}", self.answer_to, self.way.mark())
    }

    /// What must become true together: the effects, the answer, and the record of it.
    pub(super) fn commitment(&self, key: Option<(CallKey, SignedDuration)>, ran: Ran) -> Commit {
        let Ran { effects, answer, story } = ran;
        let answered = key.map(|(key, remembered)| Answered {
            key,
            digest: self.digest,
            expires: self.now.saturating_add(remembered).unwrap_or(Timestamp::MAX),
            replays: 0,
            answer: answer.as_ref().map(|answer| (answer.envelope.clone(), answer.message.clone())),
            answer_id: answer.as_ref().map(|answer| answer.message_id.clone()).unwrap_or_default(),
            story,
        });
        let parcel = Parcel(effects.parcel.into_iter().chain(answer).collect());
        Commit { parcel, answered, ..Commit::default() }
    }

    async fn stored(&self, key: Option<&(CallKey, SignedDuration)>) -> Result<Option<Answered>, Refusal> {
        match key {
            Some((key, _)) => self.house.spool.answered(key.clone(), self.now).await,
            None => Ok(None),
        }
    }

    pub(super) async fn repeat_of(&self, key: Option<(CallKey, SignedDuration)>) -> Verdict {
        match self.stored(key.as_ref()).await {
            Ok(Some(stored)) => self.repeat(stored).await,
            Ok(None) => later(&Refusal::Unknown),
            Err(refusal) => later(&refusal),
        }
    }

    /// The stored answer again; nothing runs twice.
    async fn repeat(&self, stored: Answered) -> Verdict {
        if matches!(self.way, Way::Left(_)) && stored.story.ends_with(&self.way.mark()) {
            return Verdict::Accept("Taken in before".into());
        }
        if stored.digest != self.digest {
            return other_payload();
        }
        if stored.replays as usize >= self.house.config.limits.replays {
            return Verdict::Accept("Request was run before, its answer was sent often enough".into());
        }
        let Some((envelope, message)) = stored.answer else {
            return Verdict::Accept("Request was run before, no answer is owed".into());
        };
        let submission = Submission { envelope, ..self.outgoing(message, stored.answer_id) };
        let commit = Commit { parcel: Parcel(vec![submission]), replayed: Some(stored.key), ..Commit::default() };
        match self.house.outbox.commit(commit).await {
            Ok(_) => Verdict::Accept("Request was run before, its answer is queued again".into()),
            Err(refusal) => later(&refusal),
        }
    }

    /// What makes this the same request as another, and for how long. Ids without `@` are no keys by themselves.
    pub(super) fn key(&self) -> Option<(CallKey, SignedDuration)> {
        let id = match (mail::message_id::message_id(&self.headers), self.way) {
            (Some(id), _) => id,
            (None, Way::Left(name)) => return Some((CallKey(format!("drop {name}")), self.remembered())),
            (None, Way::Live) => return None,
        };
        let sender = match &self.mail.envelope.reverse_path {
            ReversePath::Mailbox(mailbox) => mailbox.to_string(),
            ReversePath::Null => self.answer_to.to_string(),
        };
        if id.bare.contains('@') {
            return Some((CallKey(format!("{sender} {}", id.bare)), self.remembered()));
        }
        let digest: String = self.digest.iter().map(|octet| format!("{octet:02x}")).collect();
        Some((CallKey(format!("{sender} {} {digest}", id.bare)), REMEMBERED_BARE))
    }

    fn remembered(&self) -> SignedDuration {
        SignedDuration::try_from(self.house.config.limits.remember).unwrap_or(SignedDuration::MAX)
    }

    fn standing(&self) -> Standing {
        guard::standing(self.service, &self.mail.peer)
    }

    fn caller(&self) -> Caller {
        let author = (self.standing() == Standing::Proven).then(|| self.answer_to.to_string());
        Caller {
            address: Some(guard::address(&self.mail.peer)),
            author,
            trace: self.house.trace(),
            ..Caller::default()
        }
    }

    /// An answer on its way: from a reverse-path on which nothing is ever answered.
    pub(super) fn outgoing(&self, message: Bytes, message_id: String) -> Submission {
        Submission {
            envelope: to_one(ReversePath::Null, &self.answer_to),
            message,
            message_id,
            kind: Kind::Answer,
            owner: self.service.name.clone(),
            next_hop: guard::answer_hop(self.mail, &self.headers),
            capture: false,
        }
    }
}
