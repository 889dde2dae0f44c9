//! What a filter wants, looked for in what has been read.

use mail::ReversePath;

use crate::queue::Words;
use crate::{Filter, Item, QueueItem, State};

impl Filter {
    /// True where this is wanted.
    pub(crate) fn wants(&self, item: &Item) -> bool {
        match item {
            Item::Whole(item) => self.wants_state(item.state) && self.wants_whole(item),
            // What it was cannot be known: it is shown where nothing is asked of it but its state.
            Item::Damaged { .. } => {
                matches!(self.state, None | Some(State::Damaged))
                    && Self { state: None, ..self.clone() } == Self::default()
            }
        }
    }

    fn wants_state(&self, state: State) -> bool {
        self.state.map_or_else(|| !matches!(state, State::Done | State::Dropped), |wanted| state == wanted)
    }

    fn wants_whole(&self, item: &QueueItem) -> bool {
        let Self { state: _, to, from, owner, kind, message_id, queued_before, subject, min_tries } = self;
        to.as_ref().is_none_or(|to| contains(&item.recipient.to_string(), to))
            && from.as_ref().is_none_or(|from| contains(&sender(&item.reverse_path), from))
            && owner.as_ref().is_none_or(|owner| *owner == item.owner)
            && kind.is_none_or(|kind| kind == item.kind)
            && message_id.as_ref().is_none_or(|id| *id == item.message_id)
            && subject.as_ref().is_none_or(|words| Words::of(words).are_in(&item.subject))
            && queued_before.is_none_or(|before| item.queued < before)
            && min_tries.is_none_or(|tries| item.tries >= tries)
    }
}

fn sender(path: &ReversePath) -> String {
    match path {
        ReversePath::Null => String::new(),
        ReversePath::Mailbox(mailbox) => mailbox.to_string(),
    }
}

fn contains(text: &str, part: &str) -> bool {
    text.to_ascii_lowercase().contains(&part.to_ascii_lowercase())
}
