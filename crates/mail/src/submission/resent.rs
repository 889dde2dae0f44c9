//! Mail that is sent again (RFC 5322 §3.6.6): each resending puts a block of `Resent-` fields on top.

use super::{Stamp, date, push_line};
use crate::field::{Form, push_addresses};
use crate::header::{Field, Headers};

/// The fields of a block, of which a program may write no two.
const ONCE: [&str; 4] = ["Resent-From", "Resent-Sender", "Resent-Date", "Resent-Message-ID"];
/// The others of a block.
const OTHERS: [&str; 4] = ["Resent-To", "Resent-Cc", "Resent-Bcc", "Resent-Reply-To"];

/// The fields of the latest resending, from the top; none where the mail is sent for the first time.
///
/// An earlier block begins where a trace field parts it from this one, or a field comes again that stands in a block
/// once. Other fields between them part nothing: programs put theirs wherever they like.
pub(super) fn latest<'a>(headers: &Headers<'a>) -> Vec<Field<'a>> {
    let mut block: Vec<Field<'a>> = Vec::new();
    for field in headers {
        let once = ONCE.iter().find(|name| field.is(name));
        let again = once.is_some_and(|name| block.iter().any(|earlier| earlier.is(name)));
        let parted = !block.is_empty() && (field.is("Received") || field.is("Return-Path"));
        if again || parted {
            break;
        }
        if once.is_some() || OTHERS.iter().any(|name| field.is(name)) {
            block.push(field);
        }
    }
    block
}

/// What RFC 5322 §3.6.6 demands of a resending and this one lacks.
pub(super) fn push_missing(out: &mut Vec<u8>, block: &[Field<'_>], stamp: &Stamp<'_>) {
    let lacks = |name: &str| !block.iter().any(|field| field.is(name));
    if lacks("Resent-From") {
        push_addresses(out, "Resent-From", [&stamp.author], Form::for_all([&stamp.author.mailbox]));
    }
    if lacks("Resent-Date") {
        push_line(out, "Resent-Date", &date(&stamp.now));
    }
    if lacks("Resent-Message-ID") {
        push_line(out, "Resent-Message-ID", &format!("<{}>", stamp.message_id));
    }
}
