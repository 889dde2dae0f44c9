//! Questions and answers of the DNS as octets (RFC 1035 §4), as far as a test's name server needs them.

use std::net::{Ipv4Addr, Ipv6Addr};

/// A type of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    A,
    Cname,
    Ptr,
    Mx,
    Txt,
    Aaaa,
    Tlsa,
    /// Some other one: nothing is held of it.
    Other(u16),
}

const KINDS: [(Kind, &str, u16); 7] = [
    (Kind::A, "A", 1),
    (Kind::Cname, "CNAME", 5),
    (Kind::Ptr, "PTR", 12),
    (Kind::Mx, "MX", 15),
    (Kind::Txt, "TXT", 16),
    (Kind::Aaaa, "AAAA", 28),
    (Kind::Tlsa, "TLSA", 52),
];

impl Kind {
    pub(super) fn of_word(word: &str) -> Kind {
        KINDS.iter().find(|(_, known, _)| *known == word).unwrap_or_else(|| panic!("{word} is no type that is held")).0
    }

    fn of_number(number: u16) -> Kind {
        KINDS.iter().find(|(_, _, known)| *known == number).map_or(Kind::Other(number), |(kind, ..)| *kind)
    }

    pub(super) fn word(self) -> &'static str {
        KINDS.iter().find(|(kind, ..)| *kind == self).map_or("OTHER", |(_, word, _)| word)
    }

    fn number(self) -> u16 {
        match self {
            Kind::Other(number) => number,
            known => KINDS.iter().find(|(kind, ..)| *kind == known).map_or(0, |(.., number)| *number),
        }
    }

    /// The data of a record of this type, from its words.
    pub(super) fn data(self, text: &str) -> Vec<u8> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match self {
            Kind::A => text.parse::<Ipv4Addr>().expect("an IPv4 address").octets().to_vec(),
            Kind::Aaaa => text.parse::<Ipv6Addr>().expect("an IPv6 address").octets().to_vec(),
            Kind::Cname | Kind::Ptr => name(text),
            Kind::Mx => {
                let preference: u16 = words[0].parse().expect("a preference");
                [&preference.to_be_bytes()[..], &name(words[1])].concat()
            }
            Kind::Txt => {
                text.as_bytes().chunks(255).flat_map(|chunk| [&[octet(chunk.len())], chunk].concat()).collect()
            }
            Kind::Tlsa => {
                let numbers = words[..3].iter().map(|word| word.parse::<u8>().expect("a number"));
                let hex = words[3].as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("hex"));
                numbers.chain(hex.map(|pair| u8::from_str_radix(pair, 16).expect("hex"))).collect()
            }
            Kind::Other(_) => Vec::new(),
        }
    }
}

fn octet(length: usize) -> u8 {
    u8::try_from(length).expect("a length of one octet")
}

fn name(text: &str) -> Vec<u8> {
    let labels = text.trim_end_matches('.').split('.').filter(|label| !label.is_empty());
    labels.flat_map(|label| [&[octet(label.len())], label.as_bytes()].concat()).chain([0]).collect()
}

/// A question.
#[derive(Debug)]
pub(super) struct Question {
    id: [u8; 2],
    /// The name in lower case, without a final dot.
    pub(super) name: String,
    pub(super) kind: Kind,
    /// The question as it stands in the packet.
    octets: Vec<u8>,
    /// How long a datagram the client takes (RFC 6891 §6.2.3).
    room: usize,
    /// True where the client wants to hear what is proven: the AD or the DO bit.
    wants_proof: bool,
}

impl Question {
    pub(super) fn read(packet: &[u8]) -> Option<Question> {
        let wants_ad = packet.get(3)? & 0x20 != 0;
        let (mut at, mut labels) = (12, Vec::new());
        while let Some(length @ 1..=63) = packet.get(at).map(|length| usize::from(*length)) {
            labels.push(String::from_utf8_lossy(packet.get(at + 1..at + 1 + length)?).to_ascii_lowercase());
            at += 1 + length;
        }
        let kind = u16::from_be_bytes([*packet.get(at + 1)?, *packet.get(at + 2)?]);
        let end = at + 5;
        // The OPT record, where the packet goes on: root, type 41, its class is the room, and DO is in its TTL.
        let opt = packet.get(end..end + 11).filter(|opt| opt[..3] == [0, 0, 41]);
        Some(Question {
            id: [packet[0], packet[1]],
            name: labels.join("."),
            kind: Kind::of_number(kind),
            octets: packet.get(12..end)?.to_vec(),
            room: opt.map_or(512, |opt| usize::from(u16::from_be_bytes([opt[3], opt[4]]))),
            wants_proof: wants_ad || opt.is_some_and(|opt| opt[7] & 0x80 != 0),
        })
    }
}

/// An answer.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) answers: Vec<(String, Kind, Vec<u8>)>,
    /// Whether there is such a name.
    pub(super) is_known: bool,
    pub(super) is_proven: bool,
    has_failed: bool,
}

impl Default for Response {
    fn default() -> Response {
        Response { answers: Vec::new(), is_known: false, is_proven: true, has_failed: false }
    }
}

impl Response {
    pub(super) fn failed() -> Response {
        Response { is_known: true, is_proven: false, has_failed: true, ..Response::default() }
    }

    /// As one datagram: cut off where it does not fit.
    pub(super) fn datagram(&self, question: &Question) -> Vec<u8> {
        let whole = self.whole(question);
        if whole.len() <= question.room {
            return whole;
        }
        let mut cut = self.packet(question, &[]);
        cut[2] |= 0x02;
        cut
    }

    pub(super) fn whole(&self, question: &Question) -> Vec<u8> {
        self.packet(question, &self.answers)
    }

    fn packet(&self, question: &Question, answers: &[(String, Kind, Vec<u8>)]) -> Vec<u8> {
        let code = match (self.has_failed, self.is_known) {
            (true, _) => 2,
            (false, true) => 0,
            (false, false) => 3,
        };
        let proven = if self.is_proven && question.wants_proof { 0x20 } else { 0 };
        let count = u16::try_from(answers.len()).expect("a few records").to_be_bytes();
        // A response, recursion desired and available; one question, the answers, and nothing behind them.
        let head = [question.id[0], question.id[1], 0x81, 0x80 | proven | code, 0, 1, count[0], count[1], 0, 0, 0, 0];
        let mut packet = [&head[..], &question.octets].concat();
        for (at, kind, data) in answers {
            packet.extend(name(at));
            packet.extend(kind.number().to_be_bytes());
            // Class IN, and a time to live of nothing: what is changed is seen.
            packet.extend([0, 1, 0, 0, 0, 0]);
            packet.extend(u16::try_from(data.len()).expect("data of at most 64 KiB").to_be_bytes());
            packet.extend(data);
        }
        packet
    }
}
