//! How many refused requests of each client were noted in the journal lately.

use std::net::{IpAddr, Ipv6Addr};

use jiff::Timestamp;

use super::hourly::Hourly;

/// The refusals of this hour.
#[derive(Debug, Default)]
pub struct Refusals(Hourly);

impl Refusals {
    /// Counts one more refusal of this client, unless `most` of it were noted in this hour; false: they were. A stranger who
    /// is refused costs no disk without end.
    pub fn note(&self, client: IpAddr, most: usize, now: Timestamp) -> bool {
        self.0.admits(one(client).to_string(), most, now)
    }
}

/// Whoever has an IPv6 address has the whole /64 of it (RFC 6177).
pub(crate) fn one(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_has_so_many_refusals_noted_in_an_hour() {
        let (refusals, now) = (Refusals::default(), Timestamp::from_second(1_700_000_000).unwrap());
        let note = |client: &str| refusals.note(client.parse().unwrap(), 2, now);
        assert!(note("192.0.2.1") && note("::ffff:192.0.2.1") && !note("192.0.2.1"));
        assert!(note("192.0.2.2") && note("2001:db8::1") && note("2001:db8::ffff") && !note("2001:db8::2"));
        assert!(note("2001:db8:0:1::1"), "another network");
    }
}
