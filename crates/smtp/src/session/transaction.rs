//! MAIL and RCPT: the envelope comes to be (RFC 5321 §3.3).

use std::sync::Arc;

use mail::ReversePath;

use crate::receiver::Verdict;
use crate::reply::{Reply, fixed};
use crate::transaction::{Hello, MailParameters, Path, Recipient, RecipientParameters, Transaction};

use super::{Open, Phase, RECIPIENT_OK, Session, StartTls};

impl Session {
    pub(super) fn mail(&mut self, reverse_path: ReversePath, parameters: MailParameters) {
        if let Err(reply) = self.may_mail(&reverse_path, &parameters) {
            return self.complain(&reply);
        }
        let transaction =
            Transaction { peer: Arc::clone(&self.peer), reverse_path, recipients: Vec::new(), parameters };
        self.open = Some(Open { transaction, refused: 0, chunked: None });
        self.say(&fixed::SENDER);
    }

    fn may_mail(&self, reverse_path: &ReversePath, parameters: &MailParameters) -> Result<(), Reply> {
        let hello = self.hello_said().ok_or(fixed::HELLO_FIRST)?;
        if self.settings.starttls == StartTls::Required && self.peer.tls.is_none() {
            return Err(fixed::TLS_FIRST);
        }
        if self.open.is_some() {
            return Err(fixed::NESTED_MAIL);
        }
        // RFC 5321 §4.1.1.11: only what was offered may be used, and HELO is told of nothing.
        let dsn = parameters.ret.is_some() || parameters.envid.is_some();
        if (hello == Hello::Helo && *parameters != MailParameters::default()) || (dsn && !self.settings.dsn) {
            return Err(fixed::PARAMETER_UNKNOWN);
        }
        // RFC 1870 §6.1.
        if parameters.size.is_some_and(|size| size > self.limits().message) {
            return Err(fixed::MESSAGE_TOO_BIG);
        }
        match reverse_path {
            ReversePath::Mailbox(mailbox) if mailbox.is_international() && !parameters.smtputf8 => {
                Err(fixed::NEEDS_SMTPUTF8)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn rcpt(&mut self, recipient: Recipient) {
        match self.may_rcpt(&recipient) {
            Ok(()) => self.phase = Phase::Asking(recipient),
            // RFC 5321 §4.5.3.1.10: too many recipients are no error; the client is to send the rest with another message.
            Err(reply) if reply.class() == 4 => self.say(&reply),
            Err(reply) => self.complain(&reply),
        }
    }

    fn may_rcpt(&self, recipient: &Recipient) -> Result<(), Reply> {
        self.hello_said().ok_or(fixed::HELLO_FIRST)?;
        let open = self.open.as_ref().ok_or(fixed::MAIL_FIRST)?;
        if open.chunked.is_some() {
            return Err(fixed::INSIDE_BDAT);
        }
        if recipient.parameters != RecipientParameters::default() && !self.settings.dsn {
            return Err(fixed::PARAMETER_UNKNOWN);
        }
        match &recipient.path {
            Path::Mailbox(mailbox) if mailbox.is_international() && !open.transaction.parameters.smtputf8 => {
                Err(fixed::NEEDS_SMTPUTF8)
            }
            _ if open.transaction.recipients.len() >= self.limits().recipients => Err(fixed::TOO_MANY_RECIPIENTS),
            _ => Ok(()),
        }
    }

    pub(super) fn decide_recipient(&mut self, recipient: Recipient, verdict: Verdict) {
        let refused = matches!(verdict, Verdict::Refuse(_));
        if let Some(open) = &mut self.open {
            match verdict {
                Verdict::Accept(_) => open.transaction.recipients.push(recipient),
                Verdict::TryLater(_) | Verdict::Refuse(_) => open.refused += 1,
            }
        }
        self.since_mail.refused += u32::from(refused);
        if self.since_mail.refused > self.limits().refused_recipients {
            return self.say(&fixed::TOO_MANY_ERRORS);
        }
        self.say(&verdict.into_reply(RECIPIENT_OK, "Recipient taken"));
    }

    /// Whether a message may begin now, by DATA or BDAT.
    pub(super) fn may_begin(&self) -> Result<(), Reply> {
        self.hello_said().ok_or(fixed::HELLO_FIRST)?;
        let open = self.open.as_ref().ok_or(fixed::MAIL_FIRST)?;
        match (open.transaction.recipients.is_empty(), open.refused) {
            (false, _) => Ok(()),
            (true, 0) => Err(fixed::RCPT_FIRST),
            // RFC 2920 §3.1: after a group of refused RCPTs the DATA that follows is refused as well.
            (true, _) => Err(fixed::NO_VALID_RECIPIENT),
        }
    }
}
