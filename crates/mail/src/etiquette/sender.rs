//! Senders that are programs by their names: a mail system, a list or its manager (RFC 3834 §2).

use crate::address::parse_any;
use crate::envelope::ReversePath;
use crate::header::Headers;

/// True where the envelope's sender or an author is one. What follows a `+` in the local part does not count, nor does case.
pub(super) fn is_machine(headers: &Headers<'_>, reverse_path: &ReversePath) -> bool {
    let envelope = reverse_path.mailbox().map(crate::Mailbox::local_unquoted);
    let authors = headers.all("From").flat_map(|field| local_parts(&field.value()));
    envelope.into_iter().chain(authors).any(|local| is_program(&local))
}

/// A bare `bounces` is a reverse-path of ours and of others like us, under which requests leave.
fn is_program(local: &str) -> bool {
    let local = local.to_lowercase();
    let name = local.split('+').next().unwrap_or_default();
    matches!(name, "mailer-daemon" | "listserv" | "majordomo")
        || name.starts_with("owner-")
        || ["-owner", "-request", "-bounces"].iter().any(|end| name.ends_with(end))
}

/// The local parts that a field names, though it may not be one that can be answered: mail systems write
/// `MAILER-DAEMON (Mail Delivery System)` with no domain at all.
fn local_parts(value: &str) -> Vec<String> {
    match parse_any(value) {
        Ok(list) => list.into_iter().map(|named| named.mailbox.local_unquoted()).collect(),
        Err(_) => value.split(',').map(|piece| local_part(piece).to_owned()).collect(),
    }
}

/// What stands before the `@` in angle brackets, or else in the first word.
fn local_part(piece: &str) -> &str {
    let address = match piece.rsplit_once('<') {
        Some((_, address)) => address.split('>').next().unwrap_or_default(),
        None => piece.split_whitespace().next().unwrap_or_default(),
    };
    let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
    local.trim().trim_matches('"')
}
