//! The PROXY protocol, versions 1 and 2: a proxy that carries octets says first whose they are. Read from proxies that are
//! trusted alone; one that speaks HTTP instead is let pass, and says it in header fields.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// What version 2 begins with (PROXY protocol §2.2).
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// What version 1 begins with (§2.1), and its octets at most.
const WORD: &[u8] = b"PROXY ";
const LINE: usize = 107;

/// Octets of a header of version 2 at most: beyond the addresses there may be a proxy's own remarks.
const LONGEST: usize = 4096;

/// How soon a header that has come in part is looked at again. It comes in one piece but for odd chances.
const AGAIN: Duration = Duration::from_millis(10);

/// What a connection begins with.
#[derive(Debug, PartialEq, Eq)]
enum Beginning {
    /// No header.
    None,
    /// Perhaps a header, of which more must come.
    Part,
    /// A header of so many octets, and whose connection it is; none: the proxy's own.
    Whole(usize, Option<SocketAddr>),
    /// A header that cannot be read.
    Broken,
}

/// Takes the header off the connection, where it begins with one: whose it is; none: the proxy's own.
///
/// # Errors
/// The connection is broken, or the header.
pub(super) async fn take(stream: &mut TcpStream) -> io::Result<Option<SocketAddr>> {
    let mut seen = vec![0; SIGNATURE.len() + 4 + LONGEST];
    let mut before = 0;
    loop {
        let octets = stream.peek(&mut seen).await?;
        match beginning(&seen[..octets]) {
            Beginning::None => return Ok(None),
            Beginning::Whole(length, source) => {
                stream.read_exact(&mut seen[..length]).await?;
                return Ok(source);
            }
            Beginning::Part if octets == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            Beginning::Part => {
                if octets == before {
                    tokio::time::sleep(AGAIN).await;
                }
                before = octets;
            }
            Beginning::Broken => return Err(io::Error::new(io::ErrorKind::InvalidData, "a PROXY header that is none")),
        }
    }
}

fn beginning(seen: &[u8]) -> Beginning {
    let begins = |with: &[u8]| seen.iter().zip(with).all(|(one, other)| one == other);
    match () {
        () if begins(SIGNATURE) => second(seen),
        () if begins(WORD) => first(seen),
        () => Beginning::None,
    }
}

/// `PROXY TCP4 192.0.2.7 203.0.113.1 4711 443` and a line end; `PROXY UNKNOWN` and whatever follows.
fn first(seen: &[u8]) -> Beginning {
    let Some(end) = seen.windows(2).position(|pair| pair == b"\r\n").filter(|end| end + 2 <= LINE) else {
        return if seen.len() < LINE { Beginning::Part } else { Beginning::Broken };
    };
    let Ok(line) = std::str::from_utf8(&seen[..end]) else { return Beginning::Broken };
    let words: Vec<&str> = line.split(' ').skip(1).collect();
    let source = |address: &str, port: &str| {
        let address = address.parse::<IpAddr>().ok().filter(|address| address.is_ipv4() == (words[0] == "TCP4"))?;
        Some(SocketAddr::new(address, port.parse().ok()?))
    };
    match words[..] {
        ["UNKNOWN", ..] => Beginning::Whole(end + 2, None),
        ["TCP4" | "TCP6", address, _, port, _] => match source(address, port) {
            Some(source) => Beginning::Whole(end + 2, Some(source)),
            None => Beginning::Broken,
        },
        _ => Beginning::Broken,
    }
}

fn second(seen: &[u8]) -> Beginning {
    let Some((&[command, family, high, low], rest)) =
        seen.get(SIGNATURE.len()..).and_then(|rest| rest.split_first_chunk::<4>())
    else {
        return Beginning::Part;
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > LONGEST || command >> 4 != 2 {
        return Beginning::Broken;
    }
    let Some(body) = rest.get(..length) else { return Beginning::Part };
    let whole = |source| Beginning::Whole(SIGNATURE.len() + 4 + length, source);
    match (command & 0xf, family) {
        // LOCAL: the proxy asks for itself. Families that are not TCP over IP say nothing that is of use here.
        (0, _) => whole(None),
        (1, 0x11) => in_4(body).map_or(Beginning::Broken, |source| whole(Some(source))),
        (1, 0x21) => in_6(body).map_or(Beginning::Broken, |source| whole(Some(source))),
        (1, _) => whole(None),
        _ => Beginning::Broken,
    }
}

fn in_4(body: &[u8]) -> Option<SocketAddr> {
    let (address, port) = (body.first_chunk::<4>()?, body.get(8..12)?.first_chunk::<2>()?);
    Some(SocketAddr::new(Ipv4Addr::from(*address).into(), u16::from_be_bytes(*port)))
}

fn in_6(body: &[u8]) -> Option<SocketAddr> {
    let (address, port) = (body.first_chunk::<16>()?, body.get(32..36)?.first_chunk::<2>()?);
    Some(SocketAddr::new(Ipv6Addr::from(*address).into(), u16::from_be_bytes(*port)))
}

#[cfg(test)]
mod tests {
    use super::{Beginning, LINE, SIGNATURE, beginning};

    fn second(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        [SIGNATURE.as_slice(), &[command, family], &length, body].concat()
    }

    /// It is read so with more behind it, and cut anywhere it waits for the rest.
    #[track_caller]
    fn is_read(header: &[u8], source: Option<&str>) {
        let source = source.map(|source| source.parse().unwrap());
        let followed = [header, b"GET / HTTP/1.1\r\n"].concat();
        assert_eq!(beginning(&followed), Beginning::Whole(header.len(), source));
        for end in 1..header.len() {
            assert_eq!(beginning(&header[..end]), Beginning::Part, "{end}");
        }
    }

    #[test]
    fn a_header_of_either_version_is_taken_whole() {
        is_read(b"PROXY TCP4 192.0.2.7 203.0.113.1 4711 443\r\n", Some("192.0.2.7:4711"));
        is_read(b"PROXY TCP6 2001:db8::7 2001:db8::1 4711 443\r\n", Some("[2001:db8::7]:4711"));
        is_read(b"PROXY UNKNOWN\r\n", None);
        is_read(b"PROXY UNKNOWN 1 2 3 4\r\n", None);
        let four = [192, 0, 2, 7, 203, 0, 113, 1, 0x12, 0x67, 1, 0xbb];
        is_read(&second(0x21, 0x11, &four), Some("192.0.2.7:4711"));
        is_read(&second(0x21, 0x11, &[four.as_slice(), b"\x03\x00\x01x"].concat()), Some("192.0.2.7:4711"));
        let mut six = [0; 36];
        (six[0], six[15], six[32], six[33]) = (0x20, 7, 0x12, 0x67);
        is_read(&second(0x21, 0x21, &six), Some("[2000::7]:4711"));
        is_read(&second(0x20, 0, b""), None);
        is_read(&second(0x21, 0x31, &[0; 216]), None);
    }

    #[test]
    fn what_is_no_header_is_let_pass_and_what_is_a_broken_one_is_not() {
        for other in [&b"GET / HTTP/1.1\r\n"[..], b"\x16\x03\x01\x02", b"PRI * HTTP/2.0", b"POST / HTTP/1.1\r\n"] {
            assert_eq!(beginning(other), Beginning::None);
        }
        let long = [b"PROXY TCP4 ".as_slice(), &[b'1'; LINE]].concat();
        for broken in [
            &b"PROXY TCP4 192.0.2.7\r\n"[..],
            b"PROXY TCP4 2001:db8::7 2001:db8::1 4711 443\r\n",
            b"PROXY TCP4 192.0.2.7 203.0.113.1 99999 443\r\n",
            b"PROXY  TCP4 192.0.2.7 203.0.113.1 1 443\r\n",
            &long,
            &second(0x11, 0x11, &[0; 12]),
            &second(0x22, 0x11, &[0; 12]),
            &second(0x21, 0x11, &[0; 11]),
            &second(0x21, 0x11, &[0; 5000]),
        ] {
            assert_eq!(beginning(broken), Beginning::Broken, "{broken:?}");
        }
    }
}
