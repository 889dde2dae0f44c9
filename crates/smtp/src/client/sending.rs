//! Mail transactions: groups of commands with PIPELINING, one command after the other without.

use bytes::Bytes;
use mail::evidence::{Evidence, Reason, Stage};

use super::capabilities::Extension;
use super::outcome::{End, Outcome, Tag, Verdict};
use super::transaction::{Open, Progress, Server, Transaction};
use super::{Asked, Dialogue, Expect, Gate, Phase};
use crate::reply::Reply;
use crate::session::Dialect;

impl Dialogue {
    /// True where [`Self::start`] may be called: the server is ready, and nothing is open, or only a final dot's reply is
    /// owed and the server pipelines (RFC 2920 §3.1: a new group may follow the data of the last one).
    #[must_use]
    pub fn can_start(&self) -> bool {
        self.phase == Phase::Ready
            && !self.quitting
            && match self.open.front() {
                None => true,
                Some(open) => self.open.len() == 1 && self.pipelines() && matches!(open.progress, Progress::Dot { .. }),
            }
    }

    /// Begins a transaction, where [`Self::can_start`]; where not, it ends at once as deferred. Its end is an event that
    /// bears the tag.
    pub fn start(&mut self, mail: Transaction<'_>) -> Tag {
        let tag = Tag(self.next_tag);
        self.next_tag += 1;
        let server = Server { capabilities: &self.capabilities, needs_reset: self.needs_reset };
        let mut open = Open::new(tag, mail, &server);
        if !self.can_start() {
            let evidence = Evidence::at(Stage::Unasked, Reason::SessionOver);
            open.settle_rest(&Outcome { verdict: Verdict::Deferred, evidence });
        }
        if open.is_settled() {
            self.finish(open, End::Decided);
            return tag;
        }
        self.needs_reset = false;
        self.open.push_back(open);
        if self.pipelines() {
            self.say_group()
        } else {
            self.say_next()
        }
        tag
    }

    fn pipelines(&self) -> bool {
        self.capabilities.has(Extension::Pipelining)
    }

    /// The whole group: DATA is its last (RFC 2920 §3.1).
    fn say_group(&mut self) {
        let Some(open) = self.open.back_mut() else { return };
        let start = self.outgoing.queued();
        let asked =
            open.expects().zip(open.commands.ends()).map(|(what, &end)| Asked { what, end: start + end as u64 });
        self.expected.extend(asked);
        self.outgoing.push(open.commands.all());
    }

    /// The next command of a server without PIPELINING.
    fn say_next(&mut self) {
        let Some(open) = self.open.back_mut() else { return };
        let expect = open.expects().nth(open.commands.taken());
        if let (Some(expect), Some(line)) = (expect, open.commands.next_line()) {
            self.command(line, expect);
        }
    }

    /// A reply to RSET, MAIL, RCPT or DATA: it belongs to the newest transaction.
    pub(super) fn on_envelope(&mut self, what: Expect, reply: &Reply) {
        let Some(open) = self.open.back_mut() else { return };
        match what {
            Expect::Mail => open.on_mail(reply),
            Expect::Recipient(recipient) => open.on_recipient(recipient, reply),
            Expect::Data => return self.on_data(reply),
            _ => {}
        }
        if !self.pipelines() {
            self.go_on();
        }
    }

    /// Without PIPELINING: the next command, unless every recipient is refused.
    fn go_on(&mut self) {
        match self.open.back() {
            Some(open) if open.is_settled() => self.give_up(),
            _ => self.say_next(),
        }
    }

    fn on_data(&mut self, reply: &Reply) {
        let Some(open) = self.open.back_mut() else { return };
        if reply.code() == 354 {
            // RFC 2033 §4.2: without a recipient it must not be said, and nobody knows what would be answered to the dot.
            if self.settings.dialect == Dialect::Lmtp && open.is_settled() {
                self.out_of_step(reply);
            } else if self.gate == Gate::Shut {
                open.progress = Progress::Held;
            } else {
                self.say_message();
            }
            return;
        }
        // Where all were refused, this is the 503 or 554 of RFC 2920 §3.1, and says nothing new.
        open.settle_rest(&Outcome::of(Stage::Data, reply));
        self.give_up();
    }

    /// The message and the final dot; only the dot where every recipient was refused and the server said 354 all the
    /// same (RFC 2920 §3.1).
    pub(super) fn say_message(&mut self) {
        let Some(open) = self.open.back_mut() else { return };
        let start = self.outgoing.queued();
        if open.has_accepted() && !open.is_settled() {
            self.outgoing.push_body(open.message.clone(), open.survey.dots);
            if open.survey.unended {
                self.outgoing.push(Bytes::from_static(b"\r\n"));
            }
        }
        open.message = Bytes::new();
        self.outgoing.push(Bytes::from_static(b".\r\n"));
        open.progress = Progress::Dot { start, end: self.outgoing.queued() };
        let replies = match self.settings.dialect {
            Dialect::Smtp => 1,
            Dialect::Lmtp => open.unsettled(),
        };
        (0..replies).for_each(|_| self.expect(Expect::FinalDot));
        self.say_quit();
    }

    /// The reply to the final dot: it belongs to the oldest transaction, and holds for all it was not refused for; of LMTP
    /// for the next of them (RFC 2033 §4.2).
    pub(super) fn on_final_dot(&mut self, reply: &Reply) {
        let Some(open) = self.open.front_mut() else { return };
        let outcome = Outcome::of(Stage::EndOfData, reply);
        match self.settings.dialect {
            Dialect::Smtp => open.settle_rest(&outcome),
            Dialect::Lmtp => open.settle_next(outcome),
        }
        if open.is_settled() {
            self.finish_sent();
        }
    }

    /// A reply to a part of the message: the server wants no more of it, whoever it is for.
    pub(super) fn on_refusal_of_rest(&mut self, reply: &Reply) {
        let Some(open) = self.open.front_mut() else { return };
        open.settle_rest(&Outcome::of(Stage::EndOfData, reply));
        self.finish_sent();
    }

    fn finish_sent(&mut self) {
        if let Some(open) = self.open.pop_front() {
            self.gate = Gate::Shut;
            self.finish(open, End::Decided);
        }
    }

    /// Ends the newest transaction before its data. The server may still hold it: RSET comes first next time.
    fn give_up(&mut self) {
        if let Some(open) = self.open.pop_back() {
            self.needs_reset = true;
            self.finish(open, End::Decided);
            self.say_quit();
        }
    }
}
