//! How texts read as durations, sizes, hosts and networks; and which name is nearest.

use super::super::nearest::among;
use super::super::value::{duration, hop, listen, network, size};

#[test]
fn durations_have_units() {
    for (text, seconds) in [("90s", 90), ("5m", 300), ("2h", 7200), ("7d", 604_800), ("1h30m", 5400), ("0s", 0)] {
        assert_eq!(duration(text).map(|duration| duration.as_secs()), Ok(seconds), "{text}");
    }
    for wrong in ["", "5", "m", "5 m", "-5m", "5w", "99999999999999999999s", "99999999999999999d", "5mm", "1.5h", "9é"]
    {
        assert!(duration(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn sizes_are_powers_of_1000_or_by_name_of_1024() {
    for (text, octets) in
        [("10MB", 10_000_000), ("10MiB", 10 << 20), ("500kB", 500_000), ("2 GB", 2_000_000_000), ("7", 7)]
    {
        assert_eq!(size(text), Ok(octets), "{text}");
    }
    for wrong in ["", "MB", "10Mb/s", "-1", "1.5MB", "99999999999999999999", "9999999999999GiB"] {
        assert!(size(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn hosts_have_ports_and_ipv6_has_brackets() {
    let cases = [
        ("mail.example.edu", "mail.example.edu:25"),
        ("mail.example.edu:587", "mail.example.edu:587"),
        ("192.0.2.1", "192.0.2.1:25"),
        ("[::1]", "[::1]:25"),
        ("[fd00::1]:2525", "[fd00::1]:2525"),
    ];
    for (text, wanted) in cases {
        assert_eq!(hop(text, 25).map(|hop| hop.to_string()), Ok(wanted.to_owned()), "{text}");
    }
    for wrong in
        ["", ":25", "host:", "host:0", "host:65536", "::1", "[::1", "[host]:25", "[::1]25", "a b", "-a", "a..b"]
    {
        assert!(hop(wrong, 25).is_err(), "{wrong}");
    }
}

#[test]
fn addresses_to_listen_on_are_numbers() {
    assert_eq!(listen("localhost:8020"), "127.0.0.1:8020".parse().map_err(|_| String::new()));
    assert!(listen("[::]:8443").is_ok() && listen("8020").is_err() && listen("example.edu:80").is_err());
}

#[test]
fn a_network_may_be_one_address() {
    assert!(network("192.0.2.7").is_ok_and(|network| network.to_string() == "192.0.2.7/32"));
    assert!(network("10.0.0.0/33").is_err() && network("ten").is_err());
}

#[test]
fn the_nearest_name_is_a_slip_of_the_pen_away() {
    let names = ["smarthost", "mode", "tls", "retry"];
    assert_eq!(among("smart_host", names), Some("smarthost"));
    assert_eq!(among("Smart-Hosts", names), Some("smarthost"));
    assert_eq!(among("tsl", names), Some("tls"));
    assert_eq!(among("password", names), None);
    assert_eq!(among(&"x".repeat(10_000), names), None);
}
