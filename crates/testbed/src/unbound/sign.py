"""Signs a zone (DNSSEC) with a key of its own: ZONE LINES-FILE OUT-ZONE OUT-ANCHOR."""
import datetime, sys
import dns.dnssec, dns.name, dns.rdatatype, dns.zone
from cryptography.hazmat.primitives.asymmetric import ec

origin, lines, signed, anchor = sys.argv[1:5]
name = dns.name.from_text(origin)
zone = dns.zone.from_text(open(lines).read(), origin=name, relativize=False, check_origin=True)
private = ec.generate_private_key(ec.SECP256R1())
key = dns.dnssec.make_dnskey(private.public_key(), dns.dnssec.Algorithm.ECDSAP256SHA256, flags=257)
with zone.writer() as txn:
    dns.dnssec.sign_zone(zone, txn, keys=[(private, key)], lifetime=86400, add_dnskey=True)
zone.to_file(signed, relativize=False)
ds = dns.dnssec.make_ds(name, key, "SHA256")
open(anchor, "w").write(f"{origin} IN DS {ds}\n")
