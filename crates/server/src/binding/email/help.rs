//! What a mail to `service+help@host` is answered with: a text for people, and the WSDL where the service has methods that are
//! known.

use bytes::Bytes;
use mail::Envelope;
use mail::answer::{AnswerKind, AnswerMail, Enclosure, Packaging, reply_subject};
use mail::etiquette::LOOP_FIELD;
use mail::header::Headers;
use mail::message_id::Thread;
use smtp::Verdict;
use spool::{Kind, ProvenBy, Submission};

use super::decide::Help;
use super::reply::answered_too_often;
use super::source::Arrived;
use super::{Handling, guard};
use crate::discovery::{self, Told};
use crate::method::privilege::Privilege;

impl Handling<'_> {
    /// Answers it, as often as one sender is answered.
    pub(super) async fn help(&self, arrived: &Arrived<'_>, help: &Help<'_>) -> Verdict {
        let (asker, proof) = (&help.decision.asker, &help.decision.proof);
        let most = self.setup.mail.answers_per_sender.filter(|_| proof.by == ProvenBy::Nothing);
        if most.is_some_and(|most| !self.node.senders.answer(asker, most, arrived.now)) {
            return answered_too_often();
        }
        match self.queue(arrived, self.told(arrived, help)).await {
            Ok(_) => Verdict::Accept("Question taken, its answer is queued".into()),
            Err(verdict) => verdict,
        }
    }

    fn told(&self, arrived: &Arrived<'_>, help: &Help<'_>) -> Submission {
        let Help { service, decision } = help;
        let privilege = if decision.is_privileged { Privilege::Proven } else { Privilege::Unproven };
        let methods = self.setup.service(service, privilege);
        let url = discovery::url(&self.setup.config);
        let Told { text, wsdl } = discovery::told_by_mail(methods, (service, &decision.address), url);
        let headers = Headers::of(&arrived.mail.message);
        let (subject, stamp) = (reply_subject(&headers), self.stamp());
        let mail = AnswerMail {
            from: &decision.address,
            to: &decision.asker,
            subject: Some(&subject),
            thread: Thread::answering(&headers),
            now: arrived.now,
            message_id: &stamp.message_id,
            kind: AnswerKind::Answer,
            packaging: Packaging::Single,
            media_type: "text/plain",
            charset: "utf-8",
            fields: &[(LOOP_FIELD, stamp.loop_marker)],
            document: text.as_bytes(),
        };
        let name = format!("{}.wsdl", discovery::name_in_wsdl(service));
        let enclosed = |wsdl: Vec<u8>| {
            mail.compose_with(&Enclosure { name: &name, media_type: "text/xml; charset=utf-8", octets: &wsdl })
        };
        Submission {
            envelope: Envelope::for_one(stamp.reverse_path.clone(), decision.asker.clone()),
            message: Bytes::from(wsdl.map_or_else(|| mail.compose(), enclosed)),
            message_id: stamp.message_id.clone(),
            kind: Kind::Answer,
            owner: service.name.clone(),
            next_hop: guard::answer_hop(arrived.mail, &headers),
            capture: false,
            wishes: spool::Wishes::default(),
        }
    }
}
