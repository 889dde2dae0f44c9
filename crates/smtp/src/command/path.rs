//! The paths of MAIL and RCPT: `<` address `>`, with quotes, and the source routes of long ago.

use mail::{Domain, Mailbox, ReversePath};

use crate::reply::{EnhancedStatus, Reply, fixed};
use crate::transaction::Path;

/// Reads a reverse-path and gives what follows it.
pub(super) fn reverse<'t>(text: &'t str, origin: Option<&Domain>) -> Result<(ReversePath, &'t str), Reply> {
    let (inside, rest) = bracketed(text).ok_or(fixed::MAIL_SYNTAX)?;
    if inside.is_empty() {
        return Ok((ReversePath::Null, rest));
    }
    Ok((ReversePath::Mailbox(mailbox(inside, EnhancedStatus::new(5, 1, 7), origin)?), rest))
}

/// Reads a forward-path and gives what follows it.
pub(super) fn forward<'t>(text: &'t str, origin: Option<&Domain>) -> Result<(Path, &'t str), Reply> {
    let (inside, rest) = bracketed(text).ok_or(fixed::RCPT_SYNTAX)?;
    if inside.is_empty() {
        return Err(fixed::NO_RECIPIENT);
    }
    if inside.eq_ignore_ascii_case("postmaster") {
        return Ok((Path::Postmaster, rest));
    }
    Ok((Path::Mailbox(mailbox(inside, EnhancedStatus::new(5, 1, 3), origin)?), rest))
}

fn mailbox(inside: &str, status: EnhancedStatus, origin: Option<&Domain>) -> Result<Mailbox, Reply> {
    let address = without_route(inside).ok_or_else(|| Reply::new(501, status, "Bad source route"))?;
    let at_origin = || Mailbox::parse(&format!("{address}@{}", origin?)).ok();
    Mailbox::parse(address)
        .or_else(|error| at_origin().ok_or(error))
        .map_err(|error| Reply::new(501, status, format!("Bad address: {error}")))
}

/// What stands in the brackets, and what after them. A `>` in a quoted string closes nothing.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix('<')?;
    let (mut quoted, mut escaped) = (false, false);
    let end = text.bytes().position(|byte| match byte {
        _ if std::mem::take(&mut escaped) => false,
        b'\\' if quoted => {
            escaped = true;
            false
        }
        b'"' => {
            quoted = !quoted;
            false
        }
        byte => byte == b'>' && !quoted,
    })?;
    let rest = &text[end + 1..];
    (rest.is_empty() || rest.starts_with(' ')).then_some((&text[..end], rest))
}

/// `@a,@b:user@c` is `user@c` (RFC 5321 §4.1.1.3: the route is to be ignored).
fn without_route(inside: &str) -> Option<&str> {
    if !inside.starts_with('@') {
        return Some(inside);
    }
    let (route, address) = inside.split_once(':')?;
    let sound = |hop: &str| {
        let name = hop.strip_prefix('@').unwrap_or_default();
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    route.split(',').all(sound).then_some(address)
}
