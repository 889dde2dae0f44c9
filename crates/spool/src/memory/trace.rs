//! The whole story of one item.

use super::tables::Tables;
use crate::{Answered, EntryId, Item, MailTrace, RecipientTrace};

/// Recipients that the story of an address tells, at most.
const NEWEST: usize = 100;

impl Tables {
    pub(super) fn trace(&self, subject: &str) -> MailTrace {
        let subject = subject.trim().trim_start_matches('<').trim_end_matches('>');
        let mut story = MailTrace { pending: self.find_pending(subject), ..MailTrace::default() };
        story.answered = self.answer_named(subject);
        let mut names = vec![subject.to_owned()];
        names.extend(story.pending.iter().flat_map(|call| call.message_ids.iter().chain([&call.id])).cloned());
        names.extend(story.answered.iter().map(|answered| answered.answer_id.clone()));
        for id in self.meant(subject, &names) {
            names.push(id.message.to_string());
            names.push(self.messages[&id.message].submission.message_id.clone());
            story.chapters.extend(self.chapter(id));
        }
        if story.pending.is_none() {
            // A mail that carries a call of ours tells of the call, too.
            story.pending = self.awaited(&names).into_iter().next();
            names.extend(story.pending.iter().map(|call| call.id.clone()));
        }
        names.retain(|name| !name.is_empty());
        story.events = self.events.iter().filter(|event| names.contains(&event.about)).cloned().collect();
        story.events.sort_by_key(|event| event.at);
        story
    }

    fn chapter(&self, id: EntryId) -> Option<RecipientTrace> {
        let (item, row) = (self.item(id)?, self.rows.get(&id)?);
        Some(RecipientTrace {
            item: Item::Whole(Box::new(item)),
            attempts: row.attempts.clone(),
            acts: row.acts.clone(),
        })
    }

    fn answer_named(&self, subject: &str) -> Option<Answered> {
        let by_answer = || self.answered.values().find(|answered| answered.answer_id == subject);
        let by_id = || {
            let mut named = self
                .answered
                .iter()
                .filter(|(key, _)| key.strip_suffix(subject).is_some_and(|rest| rest.ends_with(' ')));
            named.next().map(|(_, answered)| answered)
        };
        self.answered.get(subject).or_else(by_answer).or_else(by_id).cloned()
    }

    fn meant(&self, subject: &str, names: &[String]) -> Vec<EntryId> {
        let (whole, message) = (subject.parse::<EntryId>().ok(), subject.parse::<i64>().ok());
        let by_id = |id: &EntryId| Some(*id) == whole || (whole.is_none() && Some(id.message) == message);
        let by_name = |id: &EntryId| {
            let message_id = &self.messages[&id.message].submission.message_id;
            message_id.contains('@') && names.contains(message_id)
        };
        let meant: Vec<EntryId> = self.rows.keys().filter(|id| by_id(id) || by_name(id)).copied().collect();
        if !meant.is_empty() || !subject.contains('@') {
            return meant;
        }
        let mut newest: Vec<EntryId> =
            self.rows.keys().rev().filter(|id| self.has_address(**id, subject)).take(NEWEST).copied().collect();
        newest.reverse();
        newest
    }

    fn has_address(&self, id: EntryId, address: &str) -> bool {
        let sender = self.messages[&id.message].submission.envelope.reverse_path.to_string();
        let recipient = self.rows[&id].recipient.to_string();
        [sender.trim_matches(['<', '>']), &recipient].iter().any(|known| known.eq_ignore_ascii_case(address))
    }
}
