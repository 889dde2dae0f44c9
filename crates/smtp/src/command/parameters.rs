//! The parameters that extensions add to MAIL and RCPT (RFC 5321 §4.1.2: `keyword[=value]`).

use crate::reply::{Reply, fixed};
use crate::transaction::{Body, MailParameters, Notify, RecipientParameters, Ret};

/// Octets of ENVID (RFC 3461 §4.4) and of ORCPT (RFC 3461 §4.2), as written.
const ENVID: usize = 100;
const ORCPT: usize = 500;
/// And of AUTH (RFC 4954 §5).
const AUTH: usize = 500;

pub(super) fn mail(text: &str) -> Result<MailParameters, Reply> {
    let (mut parameters, mut submitter) = (MailParameters::default(), None);
    for (keyword, value) in words(text) {
        match keyword.to_ascii_uppercase().as_str() {
            "SIZE" => set(&mut parameters.size, value.and_then(size))?,
            "BODY" => set(&mut parameters.body, value.and_then(body))?,
            "RET" => set(&mut parameters.ret, value.and_then(ret))?,
            "ENVID" => set(&mut parameters.envid, value.filter(|text| is_xtext(text, ENVID)).map(str::to_owned))?,
            // RFC 4954 §5: whom the mail was submitted by somewhere. Nobody here is trusted to say so, and it is let pass.
            "AUTH" => set(&mut submitter, value.filter(|text| *text == "<>" || is_xtext(text, AUTH)))?,
            "SMTPUTF8" if value.is_none() && !parameters.smtputf8 => parameters.smtputf8 = true,
            "SMTPUTF8" => return Err(fixed::PARAMETER_SYNTAX),
            _ => return Err(fixed::PARAMETER_UNKNOWN),
        }
    }
    Ok(parameters)
}

pub(super) fn recipient(text: &str) -> Result<RecipientParameters, Reply> {
    let mut parameters = RecipientParameters::default();
    for (keyword, value) in words(text) {
        match keyword.to_ascii_uppercase().as_str() {
            "NOTIFY" => set(&mut parameters.notify, value.and_then(notify))?,
            "ORCPT" => set(&mut parameters.orcpt, value.filter(|text| is_orcpt(text)).map(str::to_owned))?,
            _ => return Err(fixed::PARAMETER_UNKNOWN),
        }
    }
    Ok(parameters)
}

fn words(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let words = text.split(' ').filter(|word| !word.is_empty());
    words.map(|word| word.split_once('=').map_or((word, None), |(keyword, value)| (keyword, Some(value))))
}

/// A parameter stands once, and has a value that can be read.
fn set<T>(place: &mut Option<T>, value: Option<T>) -> Result<(), Reply> {
    if place.is_some() || value.is_none() {
        return Err(fixed::PARAMETER_SYNTAX);
    }
    *place = value;
    Ok(())
}

/// RFC 1870 §3: up to 20 digits, which may be more than 64 bits; more than that is too large in any case.
fn size(text: &str) -> Option<u64> {
    let sound = (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    sound.then(|| text.parse().unwrap_or(u64::MAX))
}

fn body(text: &str) -> Option<Body> {
    match text.to_ascii_uppercase().as_str() {
        "7BIT" => Some(Body::SevenBit),
        "8BITMIME" => Some(Body::EightBitMime),
        _ => None,
    }
}

fn ret(text: &str) -> Option<Ret> {
    match text.to_ascii_uppercase().as_str() {
        "FULL" => Some(Ret::Full),
        "HDRS" => Some(Ret::Headers),
        _ => None,
    }
}

fn notify(text: &str) -> Option<Notify> {
    let mut notify = Notify::default();
    if text.eq_ignore_ascii_case("NEVER") {
        return Some(notify);
    }
    for word in text.split(',') {
        match word.to_ascii_uppercase().as_str() {
            "SUCCESS" => notify.success = true,
            "FAILURE" => notify.failure = true,
            "DELAY" => notify.delay = true,
            _ => return None,
        }
    }
    Some(notify)
}

/// RFC 3461 §4.2: an address type, a semicolon, xtext; with SMTPUTF8 the address may be UTF-8 (RFC 6533 §3).
fn is_orcpt(text: &str) -> bool {
    let Some((kind, address)) = text.split_once(';') else { return false };
    let atom = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let shown = kind.eq_ignore_ascii_case("utf-8") && address.len() <= ORCPT;
    atom && (shown || is_xtext(address, ORCPT))
}

/// RFC 3461 §4: printable US-ASCII without `=`, where `+` begins two upper-case hexadecimal digits.
fn is_xtext(text: &str, length: usize) -> bool {
    let mut parts = text.split('+');
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'=');
    let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
    let escaped = |part: &str| part.bytes().take(2).filter(|&byte| hex(byte)).count() == 2;
    (1..=length).contains(&text.len())
        && parts.next().is_some_and(plain)
        && parts.all(|part| escaped(part) && plain(part))
}
