//! `[dns]`.

use std::net::{IpAddr, SocketAddr};

use super::declare::section;

/// RFC 1035 §4.2.
const PORT: u16 = 53;

section! {
    /// Where names are looked up.
    #[derive(Clone, Debug, PartialEq, Eq)]
    DNS: Dns = "dns", "Where names are looked up.";

    key servers: texts = [], now, "name servers, each an IP address or address:port; [] = those of /etc/resolv.conf";
    trusted: switch = false, now,
        "believe what they say they have proven (DNSSEC, the AD bit), wherever they are; false: only if all are on loopback";

    with (view) {
        /// The name servers; none: those of this machine.
        servers: Vec<SocketAddr> = view.each("servers", server);
    }
}

fn server(text: &str) -> Result<SocketAddr, String> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().map(|address| SocketAddr::from((address, PORT)));
    let address = address.or_else(|_| text.parse::<SocketAddr>()).ok().filter(|address| address.port() != 0);
    address.ok_or_else(|| format!("`{text}` is no name server; write 127.0.0.1, 192.0.2.53:5353 or [::1]:53"))
}

#[cfg(test)]
mod tests {
    use super::server;

    #[test]
    fn a_name_server_is_an_address_with_a_port_or_without() {
        for (text, is) in [
            ("127.0.0.1", "127.0.0.1:53"),
            ("192.0.2.53:5353", "192.0.2.53:5353"),
            ("::1", "[::1]:53"),
            ("[::1]", "[::1]:53"),
            ("[::1]:5353", "[::1]:5353"),
        ] {
            assert_eq!(server(text).map(|address| address.to_string()), Ok(is.to_owned()), "{text}");
        }
        for text in ["", "ns.example.org", "192.0.2.1:0", "192.0.2.1:", "192.0.2.1:65536"] {
            assert!(server(text).is_err(), "{text}");
        }
    }
}
