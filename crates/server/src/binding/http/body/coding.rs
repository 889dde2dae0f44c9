//! Content codings of a request undone: RFC 9110 §8.4.

use std::io::Read;

use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};
use hyper::header::{self, HeaderMap};

use super::{BodyReservation, Unreadable};

/// How much is unpacked before the limits are looked at again, in octets.
const STEP: usize = 1 << 14;

/// Most members of one gzip body: each takes time of its own, however short it is.
const MEMBERS: usize = 4096;

/// Most codings of one body.
const MOST: usize = 2;

/// How a body was packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// RFC 1952.
    Gzip,
    /// RFC 1950.
    Deflate,
}

/// The codings in the order in which they were applied (RFC 9110 §8.4: over all fields of the name).
pub(super) fn of(headers: &HeaderMap) -> Result<Vec<Coding>, Unreadable> {
    let values = headers.get_all(header::CONTENT_ENCODING).iter();
    let written = values.map(|value| value.to_str().unwrap_or("?")).collect::<Vec<_>>().join(",");
    let names = written.split(',').map(|name| name.trim().to_ascii_lowercase());
    let mut codings = Vec::new();
    for name in names.filter(|name| !name.is_empty() && name != "identity") {
        codings.push(match name.as_str() {
            "gzip" | "x-gzip" => Coding::Gzip,
            "deflate" => Coding::Deflate,
            other => return Err(Unreadable::Encoding(other.chars().take(40).collect())),
        });
    }
    if codings.len() > MOST { Err(Unreadable::Encoding(written.chars().take(40).collect())) } else { Ok(codings) }
}

impl Coding {
    /// The octets as they were before.
    pub(super) fn undo(self, packed: &[u8], place: &mut BodyReservation) -> Result<Vec<u8>, Unreadable> {
        place.keep(packed.len());
        let (mut rest, mut bytes) = (packed, Vec::new());
        match self {
            Self::Gzip => return members(rest, place),
            Self::Deflate if is_zlib(packed) => unpack(ZlibDecoder::new(&mut rest), &mut bytes, place)?,
            // RFC 9110 §8.4.1.2: some send the compressed data without the wrapper.
            Self::Deflate => unpack(DeflateDecoder::new(&mut rest), &mut bytes, place)?,
        }
        if rest.is_empty() { Ok(bytes) } else { Err(Unreadable::Garbled) }
    }
}

/// RFC 1952 §2.2: members follow each other, and their contents are one. Zeros behind the last are padding, as gzip reads
/// it.
fn members(mut rest: &[u8], place: &mut BodyReservation) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Vec::new();
    for _ in 0..MEMBERS {
        unpack(GzDecoder::new(&mut rest), &mut bytes, place)?;
        if rest.iter().all(|octet| *octet == 0) {
            return Ok(bytes);
        }
    }
    Err(Unreadable::Members(MEMBERS))
}

fn unpack(mut decoder: impl Read, bytes: &mut Vec<u8>, place: &mut BodyReservation) -> Result<(), Unreadable> {
    let mut piece = [0; STEP];
    loop {
        let length = decoder.read(&mut piece).map_err(|_| Unreadable::Garbled)?;
        if length == 0 {
            return Ok(());
        }
        place.make_room(bytes, (length, None))?;
        bytes.extend_from_slice(&piece[..length]);
    }
}

/// RFC 1950 §2.2: the method is 8, and the two octets are a multiple of 31.
fn is_zlib(packed: &[u8]) -> bool {
    matches!(packed, [first, second, ..] if first & 0x0F == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0)
}

#[cfg(test)]
#[path = "coding/tests.rs"]
mod tests;
