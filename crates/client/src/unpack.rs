//! Answers out of their content codings (RFC 9110 §8.4), within bounds and leniently: their calls have run.

use std::io::{ErrorKind, Read};

use budget::Reservation;
use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};
use hyper::header::{self, HeaderMap};

/// How much is unpacked before the limits are looked at again, in octets.
const STEP: u64 = 1 << 20;

/// An answer is packed so often at most.
const MAX_CODINGS: usize = 3;

/// How a gzip member begins (RFC 1952 §2.3.1).
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// How much may come of it.
pub(super) struct Room<'h> {
    /// Octets of one answer, packed and unpacked.
    pub(super) largest: usize,
    /// Room in the budget.
    pub(super) held: &'h mut Reservation,
}

/// The octets, unpacked.
///
/// # Errors
/// They are too many, or are not what their coding is.
pub(super) fn unpack(headers: &HeaderMap, packed: Vec<u8>, room: &mut Room<'_>) -> Result<Vec<u8>, String> {
    let fields = headers.get_all(header::CONTENT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    let codings: Vec<String> =
        fields.flat_map(|field| field.split(',')).map(|word| word.trim().to_lowercase()).collect();
    if codings.len() > MAX_CODINGS {
        return Err(format!("it is packed more than {MAX_CODINGS} times"));
    }
    let is_labelled = codings.iter().any(|coding| coding.ends_with("gzip"));
    let mut bytes = packed;
    for coding in codings.iter().rev() {
        bytes = match coding.as_str() {
            // What is called so and is not, is as it is: proxies unpack and leave the label.
            "gzip" | "x-gzip" if bytes.starts_with(&GZIP) => room.members(&bytes)?,
            "deflate" if is_zlib(&bytes) => room.read(ZlibDecoder::new(bytes.as_slice()), bytes.len())?,
            "deflate" if !is_text(&bytes) => room.read(DeflateDecoder::new(bytes.as_slice()), bytes.len())?,
            _ => bytes,
        };
    }
    match !is_labelled && bytes.starts_with(&GZIP) {
        // QUIRK: PHP programs that pack themselves forget to say so. No document begins so.
        true => room.members(&bytes),
        false => Ok(bytes),
    }
}

impl Room<'_> {
    /// All members (RFC 1952 §2.2); what follows them is not looked at.
    fn members(&mut self, packed: &[u8]) -> Result<Vec<u8>, String> {
        let (mut bytes, mut rest) = (Vec::new(), packed);
        while rest.starts_with(&GZIP) {
            let mut member = GzDecoder::new(rest);
            self.append(&mut member, (&mut bytes, packed.len()))?;
            rest = member.into_inner();
        }
        Ok(bytes)
    }

    fn read(&mut self, mut decoder: impl Read, packed: usize) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        self.append(&mut decoder, (&mut bytes, packed))?;
        Ok(bytes)
    }

    fn append(&mut self, decoder: &mut impl Read, (bytes, packed): (&mut Vec<u8>, usize)) -> Result<(), String> {
        loop {
            match decoder.by_ref().take(STEP).read_to_end(bytes) {
                Ok(0) => return Ok(()),
                Ok(_) => self.admit(bytes.len(), packed)?,
                // Broken off, perhaps in the check sum: whether the document in it is whole, its reader sees.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return self.admit(bytes.len(), packed),
                Err(_) => return Err("it is not what its Content-Encoding says".to_owned()),
            }
        }
    }

    fn admit(&mut self, length: usize, packed: usize) -> Result<(), String> {
        if length > self.largest {
            return Err(format!("it is larger than {} octets", self.largest));
        }
        match self.held.grow(length + packed) {
            true => Ok(()),
            false => Err("there is no room for it now".to_owned()),
        }
    }
}

/// RFC 1950 §2.2. Servers in the field send `deflate` without its head, too.
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [first, second, ..] if first & 0x0F == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0)
}

/// A document of any protocol begins so.
fn is_text(bytes: &[u8]) -> bool {
    matches!(bytes.trim_ascii_start().first(), Some(b'<' | b'{' | b'[' | 0xEF) | None)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use hyper::header::{CONTENT_ENCODING, HeaderMap, HeaderValue};

    use super::{Room, unpack};
    use budget::MemoryBudget;

    const DOCUMENT: &[u8] = b"<methodResponse><params/></methodResponse>";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(coding: &str, packed: &[u8], largest: usize) -> Result<Vec<u8>, String> {
        let mut headers = HeaderMap::new();
        if !coding.is_empty() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_str(coding).unwrap());
        }
        let mut held = MemoryBudget::new(1 << 20).nothing();
        unpack(&headers, packed.to_vec(), &mut Room { largest, held: &mut held })
    }

    #[test]
    fn every_way_in_which_servers_pack_is_unpacked() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(DOCUMENT).unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
        raw.write_all(DOCUMENT).unwrap();
        let members = [gzip(&DOCUMENT[..9]), gzip(&DOCUMENT[9..]), b"\0\0".to_vec()].concat();
        let whole = gzip(DOCUMENT);
        for (coding, packed) in [
            ("gzip", whole.clone()),
            ("X-GZIP", whole.clone()),
            ("gzip", members),
            ("gzip", whole[..whole.len() - 8].to_vec()),
            ("deflate", zlib.finish().unwrap()),
            ("deflate", raw.finish().unwrap()),
            ("gzip, gzip", gzip(&whole)),
            ("identity", DOCUMENT.to_vec()),
            ("", whole.clone()),
            ("gzip", DOCUMENT.to_vec()),
            ("deflate", DOCUMENT.to_vec()),
            ("utf-8", DOCUMENT.to_vec()),
        ] {
            assert_eq!(unpacked(coding, &packed, 1000).as_deref(), Ok(DOCUMENT), "{coding}");
        }
    }

    #[test]
    fn a_bomb_and_garbage_are_no_answer() {
        let bomb = gzip(&vec![b' '; 1 << 24]);
        assert!(bomb.len() < 1 << 15);
        assert!(unpacked("gzip", &bomb, 1000).unwrap_err().contains("larger"));
        assert!(unpacked("gzip", &bomb, 1 << 25).unwrap_err().contains("no room"));
        assert!(unpacked("gzip,gzip,gzip,gzip", DOCUMENT, 1000).is_err());
        let mut garbled = gzip(DOCUMENT);
        garbled[15] ^= 0xFF;
        assert_ne!(unpacked("gzip", &garbled, 1000).as_deref(), Ok(DOCUMENT));
    }
}
