//! `[[peer]]`.

use mail::Mailbox;

use super::calls::mailbox;
use super::declare::words;
use super::table::{Form, Kind, Literal, Section, Word, key};
use super::view::Reading;

/// The section.
pub(super) const PEER: Section = Section {
    name: "peer",
    form: Form::Blocks,
    doc: "What is special about someone we call.",
    keys: &[
        key("address", Kind::Text, Literal::Unset, "whom").example(Literal::Text("service@old.example")),
        key(
            "match_by",
            Kind::Choice(MatchBy::WORDS),
            Literal::Text("ids"),
            "how its answers are matched: ids | subject (`Re:` and ours, as well: for Axis 1)",
        ),
        key(
            "callpost",
            Kind::Switch,
            Literal::Switch(false),
            "true: it is a Callpost, whose service has pass = \"http\"; requests of a [[connect]] go there whole",
        ),
    ],
};

words! {
    /// How the answers of a peer are matched.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub enum MatchBy {
        /// By the ids that a mail and its document have.
        #[default]
        "ids" => Ids,
        /// By `Re:` and the request's subject as well, which is made unique.
        "subject" => Subject,
    }
}

/// Someone we call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Whom.
    pub address: Mailbox,
    /// How its answers are matched.
    pub match_by: MatchBy,
    /// True where it takes whole HTTP requests.
    pub callpost: bool,
}

/// The peers, in order.
pub(super) fn peers(reading: &Reading<'_>) -> Vec<Peer> {
    let mut peers: Vec<Peer> = Vec::new();
    for view in reading.blocks("peer", None) {
        let Some(address) = view.parsed("address", mailbox) else { continue };
        if peers.iter().any(|other| other.address.same_mailbox(&address)) {
            view.contradicts("address", "another [[peer]] has that address");
        }
        peers.push(Peer { address, match_by: view.word("match_by"), callpost: view.switch("callpost") });
    }
    peers
}
