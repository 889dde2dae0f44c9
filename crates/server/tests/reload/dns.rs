//! `[dns]`.

use dns::{Answer, Records};

use super::bed::Bed;
use super::{CASE, Case};

/// What a name server that is given to be asked says of a name, and whether it is believed.
fn said(bed: &Bed) -> String {
    match bed.runtime.block_on(bed.setup().dns.txt("name.example")) {
        Answer::Records(Records { records, validated, .. }) => {
            let proven = if validated { "proven" } else { "said" };
            format!("{} {proven}", String::from_utf8_lossy(&records[0]))
        }
        other => format!("{other:?}"),
    }
}

/// Whether what is said is believed of servers that are not all here.
fn believes(bed: &Bed) -> String {
    format!("{:?}", bed.setup().dns).contains("believes: true").to_string()
}

pub(crate) const CASES: &[Case] = &[
    Case {
        key: "dns.servers",
        values: ["[\"NAMES0\"]", "[\"NAMES1\"]"],
        look: said,
        seen: ["one proven", "two said"],
        ..CASE
    },
    Case {
        key: "dns.trusted",
        with: &[("dns.servers", "[\"NAMES0\", \"192.0.2.53\"]")],
        values: ["false", "true"],
        look: believes,
        seen: ["false", "true"],
        ..CASE
    },
];

#[test]
fn other_name_servers_are_asked_and_believed_as_is_said() {
    super::play(&[], CASES);
}
