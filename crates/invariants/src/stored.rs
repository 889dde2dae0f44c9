//! Rows of the store: whatever damage left in their columns, they are read or refused as damaged, and what a seal is over
//! is never read as something else.
//!
//! The first octet chooses what the row is of; the others are columns, as [`encode`] writes them.

use jiff::Timestamp;
use mail::{Envelope, Mailbox, ReversePath};
use spool::sqlite::stored::{Column, Record, Rows, Table};
use spool::{AcceptedRequest, Answered, CallKey, Decision, Kind, Origin, Proof, ProvenBy, Refusal, Submission};

pub(crate) fn check(octets: &[u8]) {
    let Some((table, columns)) = decode(octets) else { return };
    ROWS.with(|rows| match rows.read(table, &columns) {
        Err(refusal) => assert!(matches!(refusal, Refusal::Damaged(_)), "{refusal:?}"),
        Ok(record) => {
            assert_eq!(rows.read(table, &columns).as_ref(), Ok(&record), "the same row, another record");
            says_what_stands_there(&record, &columns);
            comes_back(rows, &record);
            if is_sealed(table, &columns) {
                is_never_another(rows, (table, &record), &columns);
            }
        }
    });
}

thread_local! {
    static ROWS: Rows = Rows::new().expect("tables in memory");
}

fn is_sealed(table: Table, columns: &[Column]) -> bool {
    table.sealed().last().is_some_and(|seal| columns[*seal] != Column::Null)
}

fn says_what_stands_there(record: &Record, columns: &[Column]) {
    let Record::Entry(item) = record else { return };
    let texts = [&item.message_id, &item.owner].map(|text| Column::Text(text.clone().into_bytes()));
    assert_eq!([&texts[0], &texts[1]], [&columns[6], &columns[9]]);
    let times = [item.due, item.queued].map(|time| Column::Integer(time.as_microsecond()));
    assert_eq!([&times[0], &times[1]], [&columns[2], &columns[13]]);
    assert_eq!(Mailbox::parse(&item.recipient.to_string()).as_ref(), Ok(&item.recipient));
}

/// What was read is written and read as the same.
fn comes_back(rows: &Rows, record: &Record) {
    let (table, written) = match record {
        Record::Taken(request) => (Table::Taken, rows.taken(request)),
        Record::Answered(request) => (Table::Answered, rows.answered(request)),
        _ => return,
    };
    let mut back = rows.read(table, &written.expect("a record is written")).expect("and read");
    // How often it was answered again is written only by counting.
    if let (Record::Answered(back), Record::Answered(record)) = (&mut back, record) {
        back.replays = record.replays;
    }
    assert_eq!(&back, record);
}

/// With a bit of a sealed column changed, or its class, it is refused or says the same.
fn is_never_another(rows: &Rows, (table, record): (Table, &Record), columns: &[Column]) {
    for &place in table.sealed() {
        for damaged in damages(&columns[place]) {
            let mut columns = columns.to_vec();
            columns[place] = damaged;
            match rows.read(table, &columns) {
                Err(refusal) => assert!(matches!(refusal, Refusal::Damaged(_)), "{refusal:?}"),
                Ok(read) => assert_eq!(&read, record, "column {place}: {:?}", columns[place]),
            }
        }
    }
}

fn damages(column: &Column) -> Vec<Column> {
    let flips = |octets: &[u8]| {
        let step = octets.len() / 16 + 1;
        (0..octets.len()).step_by(step).map(|place| flipped(octets, place)).collect::<Vec<_>>()
    };
    let mut all = match column {
        Column::Null => vec![Column::Integer(0), Column::Text(b"x".to_vec())],
        Column::Integer(number) => (0..64).step_by(5).map(|bit| Column::Integer(number ^ 1 << bit)).collect(),
        Column::Real(_) => Vec::new(),
        Column::Text(octets) => {
            flips(octets).into_iter().map(Column::Text).chain([Column::Blob(octets.clone())]).collect()
        }
        Column::Blob(octets) => {
            flips(octets).into_iter().map(Column::Blob).chain([Column::Text(octets.clone())]).collect()
        }
    };
    all.push(Column::Real(0.5));
    all
}

fn flipped(octets: &[u8], place: usize) -> Vec<u8> {
    let mut octets = octets.to_vec();
    octets[place] ^= 1 << (place % 8);
    octets
}

/// A row as the fuzzer writes it: what it is of, and for each column its class, and what that needs.
///
/// # Panics
/// A column is longer than 65,535 octets.
#[must_use]
pub fn encode(table: Table, columns: &[Column]) -> Vec<u8> {
    let choice = Table::ALL.iter().position(|other| *other == table).expect("a table");
    let mut octets = vec![u8::try_from(choice).expect("few tables")];
    for column in columns {
        let (class, value) = match column {
            Column::Null => (0, Vec::new()),
            Column::Integer(number) => (1, number.to_le_bytes().to_vec()),
            Column::Real(number) => (2, number.to_le_bytes().to_vec()),
            Column::Text(text) => (3, counted(text)),
            Column::Blob(blob) => (4, counted(blob)),
        };
        octets.push(class);
        octets.extend(value);
    }
    octets
}

fn counted(octets: &[u8]) -> Vec<u8> {
    let length = u16::try_from(octets.len()).expect("short columns");
    [&length.to_le_bytes(), octets].concat()
}

/// What a row is of, and its columns; where the octets end, nothing. `None` without an octet.
#[must_use]
pub fn decode(mut octets: &[u8]) -> Option<(Table, Vec<Column>)> {
    let table = Table::ALL[usize::from(*octets.split_off_first()?) % Table::ALL.len()];
    let columns = (0..table.columns()).map(|_| one(&mut octets).unwrap_or(Column::Null)).collect();
    Some((table, columns))
}

fn one(octets: &mut &[u8]) -> Option<Column> {
    let class = octets.split_off_first()?;
    let number = |octets: &mut &[u8]| octets.split_off(..8)?.try_into().ok();
    let run = |octets: &mut &[u8]| {
        let length = u16::from_le_bytes(octets.split_off(..2)?.try_into().ok()?);
        let length = usize::from(length).min(octets.len());
        octets.split_off(..length).map(<[u8]>::to_vec)
    };
    Some(match class % 5 {
        1 => Column::Integer(i64::from_le_bytes(number(octets)?)),
        2 => Column::Real(f64::from_le_bytes(number(octets)?)),
        3 => Column::Text(run(octets)?),
        4 => Column::Blob(run(octets)?),
        _ => Column::Null,
    })
}

/// Rows to begin with: as the store writes them, and one of each of the others.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let rows = Rows::new().expect("tables in memory");
    let at = Timestamp::from_second(1_700_000_000).expect("a time");
    let (text, number) = (|text: &str| Column::Text(text.into()), |number| Column::Integer(number));
    let empty = Column::Null;
    let attempt = [number(1), number(2), text("a:25"), text("4.7.1 wait"), number(3), number(451), number(4 << 20)];
    let act = [number(1), number(2)];
    let key = [
        text("shop"),
        Column::Blob([vec![7; 64], vec![0; 8]].concat()),
        text("{}"),
        number(1),
        empty.clone(),
        number(3),
    ];
    let call = ["2ab", "c@d.example", "getMonth", "soap"].map(text);
    let ends = [empty.clone(), number(1), number(2), number(0), text("text/xml"), Column::Blob(vec![60]), number(2)];
    let mut entry = rows.entry(submission(), "68f0-a", at).expect("an entry");
    let queued = encode(Table::Entry, &entry);
    entry[0] = number(10);
    entry.splice(17..24, attempt.clone());
    let requests =
        [None, Some(decision())].map(|decision| encode(Table::Taken, &rows.taken(&taken(decision, at)).unwrap()));
    let answers = [None, Some((envelope(), b"x".as_slice().into()))]
        .map(|answer| encode(Table::Answered, &rows.answered(&answered(answer, at)).unwrap()));
    let others = [
        queued,
        encode(Table::Entry, &entry),
        encode(Table::Attempt, &attempt),
        encode(Table::Act, &act),
        encode(Table::Key, &key),
        encode(Table::Pending, &[&[number(1)], &call[..], &ends[..]].concat()),
    ];
    others.into_iter().chain(requests).chain(answers).collect()
}

fn mailbox(text: &str) -> Mailbox {
    Mailbox::parse(text).expect("an address")
}

fn envelope() -> Envelope {
    Envelope::for_one(ReversePath::Mailbox(mailbox("a@b.example")), mailbox("\"c d\"@e.example"))
}

fn submission() -> Submission {
    Submission {
        envelope: envelope(),
        message: b"Subject: x\r\n\r\ny\r\n".as_slice().into(),
        message_id: "1@b.example".into(),
        kind: Kind::Message,
        owner: "key shop".into(),
        next_hop: Some("hop.example:25".into()),
        capture: true,
        wishes: spool::Wishes::default(),
    }
}

fn decision() -> Decision {
    Decision {
        asker: mailbox("a@b.example"),
        address: mailbox("z@e.example"),
        proof: Proof { by: ProvenBy::Spf, identity: "a@b.example".into(), domain: Some("b.example".into()) },
        is_privileged: true,
    }
}

fn call_key() -> CallKey {
    CallKey::Called { sender: mailbox("a@b.example"), id: "1@b.example".into() }
}

fn taken(decision: Option<Decision>, at: Timestamp) -> AcceptedRequest {
    AcceptedRequest {
        id: "t1".into(),
        key: decision.is_some().then(call_key),
        digest: [7; 32],
        service: "calendar".into(),
        origin: Origin { client: Some(([192, 0, 2, 1], 25).into()), tls: Some("TLS 1.3".into()), ..Origin::default() },
        decision,
        envelope: envelope(),
        message: b"Subject: x\r\n\r\ny\r\n".as_slice().into(),
        at,
        started: None,
        holder: spool::Holder::default(),
    }
}

fn answered(answer: Option<(Envelope, bytes::Bytes)>, expires: Timestamp) -> Answered {
    Answered {
        key: call_key(),
        digest: [7; 32],
        expires,
        replays: 2,
        answer,
        answer_id: "2@b.example".into(),
        story: "TestAPI.echo".into(),
        file: Some("0a1b.mail".into()),
    }
}
