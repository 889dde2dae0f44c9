//! What the store tells people, as rows: what `--json` prints, and what the tables on a terminal are made of.

use jiff::Timestamp;
use mail::{EnhancedStatus, Evidence, Protection, Reply};
use serde::{Deserialize, Serialize};
use spool::queue::{Item, MailTrace, QueueItem, RecipientTrace, State};
use spool::{Act, Answered, Attempt, AttemptKind, CallState, Note, Pending, PendingOutcome, QueueAction};

use super::{Octets, shown};

mod entry_state;
mod waits;

pub use entry_state::EntryState;
pub use waits::Waits;

/// One recipient of one mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRow {
    /// `4711.2`.
    pub id: String,
    /// What has become of it.
    pub state: EntryState,
    /// Who gets it.
    pub to: String,
    /// The reverse-path; `<>` where it is null.
    pub from: String,
    /// Without brackets.
    pub message_id: String,
    /// What it is about: one line of at most 200 characters, without controls; empty where that is not known.
    #[serde(default)]
    pub subject: String,
    /// The trace id of the call or request that caused it; empty where none is known.
    #[serde(default)]
    pub trace: String,
    /// `message · answer · request · bounce · received`.
    pub kind: String,
    /// The key, service or peer that caused it.
    pub owner: String,
    /// Octets.
    pub size: u64,
    /// When it was queued.
    pub queued: Option<Timestamp>,
    /// When it is tried next; none where it is not.
    pub next: Option<Timestamp>,
    /// What it waits for; none where it is over, or on its way.
    #[serde(default)]
    pub waits: Option<Waits>,
    /// How many attempts there were.
    pub tries: u32,
    /// The last attempt's reply, or what is wrong with a damaged row.
    pub last: String,
    /// What decided the last attempt, in its parts; none where there was none.
    #[serde(default, flatten)]
    pub evidence: EvidenceRow,
}

impl QueueRow {
    /// The row of an item.
    #[must_use]
    pub fn of(item: &Item, away: &Away) -> Self {
        match item {
            Item::Whole(item) => Self::whole(item, away.now).waiting(item, away),
            Item::Damaged { id, cause } => Self {
                id: id.to_string(),
                state: EntryState::Damaged,
                to: String::new(),
                from: String::new(),
                message_id: String::new(),
                subject: String::new(),
                trace: String::new(),
                kind: String::new(),
                owner: String::new(),
                size: 0,
                queued: None,
                next: None,
                waits: Some(Waits::Release),
                tries: 0,
                last: cause.clone(),
                evidence: EvidenceRow::default(),
            },
        }
    }

    fn whole(item: &QueueItem, now: Timestamp) -> Self {
        Self {
            id: item.id.to_string(),
            state: EntryState::of(item),
            to: item.recipient.to_string(),
            from: item.reverse_path.mailbox().map_or_else(|| "<>".to_owned(), ToString::to_string),
            message_id: item.message_id.clone(),
            subject: item.subject.clone(),
            trace: item.trace.clone(),
            kind: item.kind.name().to_owned(),
            owner: item.owner.clone(),
            size: item.size,
            queued: Some(item.queued),
            next: (item.state == State::Queued).then_some(item.due),
            waits: match item.state {
                State::Queued => (item.due > now).then_some(Waits::Time { until: item.due }),
                State::Held | State::Damaged => Some(Waits::Release),
                State::Done | State::Dropped => None,
            },
            tries: item.tries,
            last: item.last.as_ref().map(|attempt| attempt.evidence.to_string()).unwrap_or_default(),
            evidence: item.last.as_ref().map(|attempt| EvidenceRow::of(&attempt.evidence)).unwrap_or_default(),
        }
    }
}

/// The destinations that cannot be reached now, as far as a daemon knows.
#[derive(Clone, Debug)]
pub struct Away {
    /// The time.
    pub now: Timestamp,
    /// The destinations.
    pub sites: Vec<delivery::SiteStatus>,
}

impl QueueRow {
    /// Mail that is due and waits for its destination alone is deferred, though nobody tried it.
    fn waiting(self, item: &QueueItem, away: &Away) -> Self {
        let site = away.sites.iter().find(|site| *site.destination == *item.destination);
        match site {
            Some(site) if item.state == State::Queued && item.due <= away.now => {
                let when = site.next_look.map_or_else(|| "now".to_owned(), |at| format!("at {at:.0}"));
                let error = site.last_error.as_ref().map(ToString::to_string).unwrap_or_default();
                let evidence = site.last_error.as_ref().map(|error| EvidenceRow::of(&error.evidence));
                let evidence = evidence.unwrap_or_default();
                let last = format!("waits for {}, looked at again {when}: {error}", site.name);
                let waits = Some(Waits::Destination { site: site.name.clone(), next_look: site.next_look });
                Self { state: EntryState::Deferred, next: site.next_look, waits, last, evidence, ..self }
            }
            _ => self,
        }
    }
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptRow {
    /// When it ended.
    pub at: Timestamp,
    /// How: `delivered · captured · deferred · failed · uncertain`.
    #[serde(with = "shown")]
    pub outcome: AttemptKind,
    /// Where to.
    pub site: String,
    /// The far server's own words.
    pub reply: String,
    /// What decided it, in its parts.
    #[serde(default, flatten)]
    pub evidence: EvidenceRow,
    /// How the connection was protected; none where nobody wanted it to be, or there was no connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protection: Option<ProtectionRow>,
}

/// How a connection was protected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtectionRow {
    /// Who wanted what: `opportunistic · required · dane · dane-unusable · mta-sts · mta-sts-testing`.
    pub policy: String,
    /// What came of it: `clear · clear-after-failure · unverified · verified`.
    pub outcome: String,
    /// The version of TLS.
    pub tls: Option<String>,
    /// The SHA-256 of the server's certificate, in hexadecimal digits.
    pub certificate: Option<String>,
    /// The same in words.
    pub words: String,
}

impl ProtectionRow {
    fn of(protection: &Protection) -> Self {
        Self {
            policy: protection.policy.name().to_owned(),
            outcome: protection.outcome.name().to_owned(),
            tls: protection.tls().map(str::to_owned),
            certificate: protection.fingerprint(),
            words: protection.to_string(),
        }
    }
}

/// What decided an attempt, in its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRow {
    /// The stage of the session: `connect · greeting · ehlo · starttls · tls · auth · mail · rcpt · data · end-of-data` and
    /// the others of [`mail::evidence::Stage`].
    pub stage: Option<String>,
    /// The code of the server's reply.
    pub code: Option<u16>,
    /// Its enhanced status code.
    pub enhanced: Option<String>,
    /// Where no reply decided it: the name of the reason, as [`mail::evidence::Reason`] has it.
    pub reason: Option<String>,
    /// The reply's text without codes, its lines parted by LF; or our words.
    pub text: Option<String>,
}

impl EvidenceRow {
    fn of(evidence: &Evidence) -> Self {
        let reply = evidence.reply();
        Self {
            stage: evidence.stage.map(|stage| stage.name().to_owned()),
            code: reply.map(Reply::code),
            enhanced: reply.and_then(Reply::enhanced).map(|status| status.to_string()),
            reason: evidence.reason().map(|reason| reason.name().to_owned()),
            text: Some(evidence.text()),
        }
    }
}

impl AttemptRow {
    fn of(attempt: &Attempt) -> Self {
        let (site, reply) = (attempt.site.clone(), attempt.evidence.to_string());
        let (outcome, evidence) = (attempt.kind, EvidenceRow::of(&attempt.evidence));
        let protection = attempt.protection.as_ref().map(ProtectionRow::of);
        Self { at: attempt.at, outcome, site, reply, evidence, protection }
    }
}

/// A call of ours by mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRow {
    /// Its id: eight digits.
    pub id: String,
    /// The small number under which `ask` showed it.
    #[serde(default)]
    pub shown: Option<u32>,
    /// The Message-ID of the mail that carries it, without brackets.
    #[serde(default)]
    pub message_id: String,
    /// Where it went.
    pub to: String,
    /// What was called.
    pub method: String,
    /// In which protocol.
    pub protocol: String,
    /// When.
    pub sent: Timestamp,
    /// Until when its answer is awaited.
    pub expires: Timestamp,
    /// `open · answered · bounced · expired · forgotten`.
    #[serde(with = "shown")]
    pub state: CallState,
    /// Where the answer is expected, if not at the daemon.
    pub listen: Option<String>,
    /// The answer document, or the status and the far server's words of a bounce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// The enhanced status of a bounce.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "shown::option")]
    pub enhanced: Option<EnhancedStatus>,
    /// The octets of the answer document, base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Octets>,
    /// The media type of the answer document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// The header of the mail that carries the call; known only to whoever has just sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
}

impl CallRow {
    /// The row of a call.
    #[must_use]
    pub fn of(call: &Pending) -> Self {
        let (document, media_type) = match &call.outcome {
            Some(PendingOutcome::Answered { media_type, document }) => (Some(document), Some(media_type.clone())),
            _ => (None, None),
        };
        Self {
            id: call.id.clone(),
            shown: call.shown,
            message_id: call.message_ids.first().cloned().unwrap_or_default(),
            to: call.to.to_string(),
            method: call.method.clone(),
            protocol: call.protocol.clone(),
            sent: call.sent,
            expires: call.expires,
            state: call.state(),
            listen: call.listen.clone(),
            answer: call.outcome.as_ref().and_then(told),
            enhanced: call.outcome.as_ref().and_then(PendingOutcome::bounce_status),
            document: document.map(|document| Octets(document.to_vec())),
            media_type,
            header: None,
        }
    }
}

/// What came back, as people see it: the answer document, or the status and the far server's words of a bounce.
fn told(outcome: &PendingOutcome) -> Option<String> {
    match outcome {
        PendingOutcome::Answered { document, .. } => Some(String::from_utf8_lossy(document).into_owned()),
        PendingOutcome::Bounced { status, words } => Some(bounced(*status, words)),
        PendingOutcome::Expired | PendingOutcome::Forgotten => None,
    }
}

fn bounced(status: Option<EnhancedStatus>, words: &str) -> String {
    status.map_or_else(|| words.to_owned(), |status| format!("{status} {words}").trim_end().to_owned())
}

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRow {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub text: String,
}

fn noted(note: &Note) -> String {
    match note {
        Note::Taken { id, service, proof } if proof.is_empty() => format!("taken as {id}: {service}"),
        Note::Taken { id, service, proof } => format!("taken as {id}: {service}, {proof}"),
        Note::Refused { service, words } => format!("refused: {service}: {words}"),
        Note::SentAgain { message_id, tries } => format!("sent again as {message_id}, the {tries}. time"),
        Note::Answered => "answered".to_owned(),
        Note::Bounced { status, words } => format!("bounced: {}", bounced(*status, words)),
        Note::Words(words) => words.clone(),
    }
}

fn answers(answered: &Answered) -> String {
    let file = answered.file.as_ref().map(|file| format!(", drop/{file}")).unwrap_or_default();
    format!("{}{file}", answered.story)
}

/// What people did to a recipient.
fn acts(chapter: &RecipientTrace) -> impl Iterator<Item = EventRow> {
    let id = chapter.item.id();
    let row = move |act: &Act| {
        let done = if act.verb == QueueAction::Retry { "to be tried now" } else { act.verb.past() };
        EventRow { at: act.at, text: format!("{id} {done} by hand") }
    };
    chapter.acts.iter().map(row)
}

/// One recipient's part of a story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChapterRow {
    /// As it stands.
    pub entry: QueueRow,
    /// Oldest first.
    pub attempts: Vec<AttemptRow>,
}

/// The whole story of one message or call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryRow {
    /// The recipients.
    pub recipients: Vec<ChapterRow>,
    /// The mailed request it answers.
    pub answers: Option<String>,
    /// The call of ours it carries.
    pub call: Option<CallRow>,
    /// The journal's lines about it.
    pub events: Vec<EventRow>,
    /// True where more was meant than is told: only the newest are.
    #[serde(default)]
    pub more: bool,
}

impl StoryRow {
    /// The rows of a story.
    #[must_use]
    pub fn of(story: &MailTrace, away: &Away) -> Self {
        let chapter = |chapter: &RecipientTrace| ChapterRow {
            entry: QueueRow::of(&chapter.item, away),
            attempts: chapter.attempts.iter().map(AttemptRow::of).collect(),
        };
        let note = |event: &spool::Event| EventRow { at: event.at, text: noted(&event.what) };
        let mut events: Vec<EventRow> =
            story.events.iter().map(note).chain(story.chapters.iter().flat_map(acts)).collect();
        events.sort_by_key(|event| event.at);
        Self {
            recipients: story.chapters.iter().map(chapter).collect(),
            answers: story.answered.as_ref().map(answers),
            call: story.pending.as_ref().map(CallRow::of),
            events,
            more: false,
        }
    }

    /// Tells another story with this one, each mail once.
    pub fn add(&mut self, other: Self) {
        let others = other.recipients.into_iter();
        let new: Vec<_> =
            others.filter(|one| self.recipients.iter().all(|known| known.entry.id != one.entry.id)).collect();
        self.recipients.extend(new);
        self.answers = self.answers.take().or(other.answers);
        self.call = other.call.or(self.call.take());
        let new: Vec<_> = other.events.into_iter().filter(|event| !self.events.contains(event)).collect();
        self.events.extend(new);
        self.events.sort_by_key(|event| event.at);
        self.more |= other.more;
    }

    /// True where nothing at all is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
