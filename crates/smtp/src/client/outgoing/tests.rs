//! Dot-stuffing by slices: what leaves is the message, stuffed, whatever the size of the steps.

use std::io::IoSlice;

use bytes::{Buf, Bytes};
use proptest::prelude::{Strategy, any, prop_assert_eq, proptest};

use super::Outgoing;
use crate::client::survey::Survey;

/// Takes everything out in steps of `step` octets, through the vectored way, as a slow connection would.
fn drain(outgoing: &mut Outgoing, step: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while outgoing.has_remaining() {
        let taken = {
            let mut slices = [IoSlice::new(&[]); 3];
            let filled = outgoing.chunks_vectored(&mut slices);
            let seen: Vec<u8> = slices[..filled].iter().flat_map(|slice| slice.iter().copied()).take(step).collect();
            out.extend_from_slice(&seen);
            seen.len()
        };
        assert!(taken > 0, "octets remain but no slice shows them");
        outgoing.advance(taken);
    }
    out
}

fn stuffed(body: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(body.to_vec()).unwrap();
    text.split_inclusive("\r\n")
        .map(|line| if line.starts_with('.') { format!(".{line}") } else { line.into() })
        .collect::<String>()
        .into_bytes()
}

#[test]
fn a_line_that_begins_with_a_dot_gets_another() {
    let body = Bytes::from_static(b".a\r\n..\r\nb.\r\n.\r\n");
    let mut outgoing = Outgoing::default();
    outgoing.push_body(body.clone(), Survey::of(&body).unwrap().dots);
    assert_eq!(drain(&mut outgoing, 64), b"..a\r\n...\r\nb.\r\n..\r\n");
    assert_eq!(outgoing.queued(), outgoing.written());
}

#[test]
fn a_body_without_such_lines_is_one_slice_of_the_message_itself() {
    let body = Bytes::from_static(b"Subject: x\r\n\r\nText\r\n");
    let mut outgoing = Outgoing::default();
    outgoing.push_body(body.clone(), Survey::of(&body).unwrap().dots);
    assert_eq!(outgoing.chunk().as_ptr(), body.as_ptr());
    assert_eq!(outgoing.chunk().len(), body.len());
}

proptest! {
    #[test]
    fn any_body_in_any_steps_comes_out_stuffed(
        lines in proptest::collection::vec(proptest::collection::vec(proptest::char::ranges(vec!['.'..='.', 'a'..='b'].into()), 0..4), 0..12),
        step in any::<u8>().prop_map(|step| usize::from(step % 9) + 1),
    ) {
        let body: String = lines.iter().map(|line| line.iter().collect::<String>() + "\r\n").collect();
        let body = Bytes::from(body);
        let mut outgoing = Outgoing::default();
        outgoing.push(Bytes::from_static(b"DATA\r\n"));
        outgoing.push_body(body.clone(), Survey::of(&body).unwrap().dots);
        outgoing.push(Bytes::from_static(b".\r\n"));
        let mut expected = b"DATA\r\n".to_vec();
        expected.extend(stuffed(&body));
        expected.extend(b".\r\n");
        prop_assert_eq!(drain(&mut outgoing, step), expected);
        prop_assert_eq!(outgoing.queued(), outgoing.written());
    }
}
