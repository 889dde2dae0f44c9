//! DATA and BDAT: the message goes by, and is given to the receiver or refused as a whole.

use bytes::Bytes;
use mail::Envelope;

use crate::command::{Chunk, ChunkPlace};
use crate::data::{ChunkCheck, Decoder, LineFault, Piece};
use crate::receiver::{ReceivedMail, Verdict};
use crate::reply::{Reply, fixed};
use crate::transaction::{Path, Transaction};

use super::{Dialect, Event, Handed, MESSAGE_OK, Phase, Session, missing};

/// A message after DATA.
#[derive(Debug, Default)]
pub(super) struct DataPhase {
    decoder: Decoder,
    /// Octets given out, and octets read.
    length: u64,
    read: u64,
}

/// One chunk after BDAT, of which `left` octets are to come. A refused one is read all the same (RFC 3030 §4.2).
#[derive(Debug)]
pub(super) struct ChunkPhase {
    left: u64,
    size: u64,
    place: ChunkPlace,
    refusal: Option<Reply>,
}

/// A message that comes in chunks, over all of them.
#[derive(Debug, Default)]
pub(super) struct Chunked {
    check: ChunkCheck,
    length: u64,
}

impl Session {
    pub(super) fn begin_data(&mut self) {
        match self.may_begin() {
            Err(reply) => self.complain(&reply),
            // RFC 3030 §3: DATA may not follow BDAT in one transaction.
            Ok(()) if self.open.as_ref().is_some_and(|open| open.chunked.is_some()) => {
                self.complain(&fixed::INSIDE_BDAT);
            }
            Ok(()) => {
                self.say(&fixed::START_MAIL);
                self.phase = Phase::Data(DataPhase::default());
            }
        }
    }

    pub(super) fn data<'a>(&mut self, input: &'a [u8]) -> (usize, Option<Event<'a>>) {
        let limits = self.settings.limits;
        let Phase::Data(data) = &mut self.phase else { return (0, None) };
        let (used, piece) = data.decoder.decode(input);
        data.read += used as u64;
        let Piece::Text(text) = piece else {
            let outcome = data.outcome(limits.message);
            return (used, self.end_of_message(outcome));
        };
        data.length += text.len() as u64;
        if data.outcome(limits.message).is_ok() {
            return (used, self.hand_out(text));
        }
        let endless = data.read > limits.message.saturating_add(limits.refused_message);
        self.forget();
        if endless {
            self.say(&fixed::TOO_MUCH);
        }
        (used, None)
    }

    /// BDAT: its octets follow at once, welcome or not.
    pub(super) fn begin_chunk(&mut self, chunk: Option<Chunk>) {
        let Some(Chunk { size, place }) = chunk else {
            self.say(&fixed::BDAT_SYNTAX);
            self.phase = Phase::Closed;
            return;
        };
        let limits = self.settings.limits;
        let mut refusal = self.may_begin().err();
        if let (None, Some(open)) = (&refusal, &mut self.open) {
            let chunked = open.chunked.get_or_insert_default();
            chunked.length = chunked.length.saturating_add(size);
            refusal = (chunked.length > limits.message).then_some(fixed::MESSAGE_TOO_BIG);
        }
        if size > limits.message.saturating_add(limits.refused_message) {
            return self.say(&fixed::TOO_MUCH);
        }
        if size == 0 && place == ChunkPlace::Inner && self.is_idling() {
            return self.say(&fixed::TOO_MANY_COMMANDS);
        }
        if refusal.is_some() {
            self.forget();
        }
        self.phase = Phase::Chunk(ChunkPhase { left: size, size, place, refusal });
    }

    pub(super) fn chunk<'a>(&mut self, input: &'a [u8]) -> (usize, Option<Event<'a>>) {
        let Phase::Chunk(chunk) = &mut self.phase else { return (0, None) };
        if chunk.left == 0 {
            return (0, self.end_of_chunk());
        }
        if input.is_empty() {
            return (0, Some(Event::NeedMore));
        }
        let length = usize::try_from(chunk.left).map_or(input.len(), |left| left.min(input.len()));
        let bytes = &input[..length];
        chunk.left -= length as u64;
        if let (None, Some(chunked)) = (&chunk.refusal, self.open.as_mut().and_then(|open| open.chunked.as_mut())) {
            chunk.refusal = chunked.check.check(bytes).err().map(refusal);
        }
        if chunk.refusal.is_none() {
            return (length, self.hand_out(bytes));
        }
        self.forget();
        (length, None)
    }

    fn end_of_chunk<'a>(&mut self) -> Option<Event<'a>> {
        let Phase::Chunk(chunk) = std::mem::replace(&mut self.phase, Phase::Command) else { return None };
        let Some(chunked) = self.open.as_ref().and_then(|open| open.chunked.as_ref()) else {
            // The chunk of no transaction, or of one without recipients.
            self.complain(&chunk.refusal.unwrap_or(fixed::MAIL_FIRST));
            return None;
        };
        match (chunk.refusal, chunk.place) {
            (None, ChunkPlace::Last) => {
                let outcome = chunked.check.finish().map_err(refusal);
                self.end_of_message(outcome)
            }
            (Some(reply), ChunkPlace::Last) => self.end_of_message(Err(reply)),
            (None, ChunkPlace::Inner) => {
                self.say(&Reply::new(250, MESSAGE_OK, format!("{} octets taken", chunk.size)));
                None
            }
            (Some(reply), ChunkPlace::Inner) => {
                // RFC 3030 §4.2: the transaction is over; what is pipelined after it gets 503.
                self.abandon();
                self.complain(&reply);
                None
            }
        }
    }

    fn hand_out<'a>(&mut self, bytes: &'a [u8]) -> Option<Event<'a>> {
        if bytes.is_empty() {
            return None;
        }
        self.body = Handed::Bytes;
        Some(Event::Body(bytes))
    }

    fn forget(&mut self) {
        if self.body == Handed::Bytes {
            self.body = Handed::ToBeForgotten;
        }
    }

    /// Takes the transaction out: from here on it is the receiver's, or nobody's.
    fn end_of_message<'a>(&mut self, outcome: Result<(), Reply>) -> Option<Event<'a>> {
        self.phase = Phase::Command;
        let transaction = self.open.take()?.transaction;
        let recipients = transaction.recipients.len();
        match outcome.and_then(|()| self.received_mail(transaction)) {
            Ok(mail) => {
                self.body = Handed::Nothing;
                self.phase = Phase::Deciding(recipients);
                Some(Event::EndOfBody(Box::new(mail)))
            }
            Err(reply) => {
                self.forget();
                for _ in 1..self.replies(recipients) {
                    self.say(&reply);
                }
                self.complain(&reply);
                None
            }
        }
    }

    fn received_mail(&self, transaction: Transaction) -> Result<ReceivedMail, Reply> {
        let Transaction { peer, reverse_path, recipients, parameters } = transaction;
        let (mut mailboxes, mut recipient_parameters) = (Vec::new(), Vec::new());
        for recipient in recipients {
            mailboxes.push(match recipient.path {
                Path::Postmaster => self.settings.postmaster.clone(),
                Path::Mailbox(mailbox) => mailbox,
            });
            recipient_parameters.push(recipient.parameters);
        }
        let envelope = Envelope::new(reverse_path, mailboxes).ok_or(fixed::NO_VALID_RECIPIENT)?;
        Ok(ReceivedMail { peer, envelope, parameters, recipient_parameters, message: Bytes::new() })
    }

    pub(super) fn decide_message(&mut self, recipients: usize, mut verdicts: Vec<Verdict>) {
        verdicts.resize_with(recipients, missing);
        if verdicts.iter().any(|verdict| matches!(verdict, Verdict::Accept(_))) {
            self.since_mail = super::Counts::default();
        }
        if self.settings.dialect == Dialect::Smtp {
            verdicts = Verdict::worst(verdicts).into_iter().collect();
        }
        for verdict in verdicts {
            self.say(&verdict.into_reply(MESSAGE_OK, "Message taken"));
        }
    }

    /// RFC 2033 §4.2: LMTP answers the message for each recipient.
    fn replies(&self, recipients: usize) -> usize {
        match self.settings.dialect {
            Dialect::Smtp => 1,
            Dialect::Lmtp => recipients,
        }
    }
}

impl DataPhase {
    fn outcome(&self, limit: u64) -> Result<(), Reply> {
        match self.decoder.fault() {
            Some(fault) => Err(refusal(fault)),
            None if self.length > limit => Err(fixed::MESSAGE_TOO_BIG),
            None => Ok(()),
        }
    }
}

fn refusal(fault: LineFault) -> Reply {
    match fault {
        LineFault::BareCr | LineFault::BareLf => fixed::BARE_LINE_END,
        LineFault::Nul => fixed::NUL_IN_MESSAGE,
    }
}
