"""Reads mails as Python's email package does, for a test to compare with what was sent.

usage: read_mail.py FILE…                            a JSON list: of each mail its fields, its text, its longest line
"""

import email
import email.header
import email.policy
import json
import sys


def read(path):
    with open(path, "rb") as file:
        octets = file.read()
    mail = email.message_from_bytes(octets, policy=email.policy.compat32)

    def value(raw):
        unfolded = raw.replace("\n ", " ").replace("\n\t", "\t")
        return str(email.header.make_header(email.header.decode_header(unfolded)))

    return {
        "fields": [[name, value(raw)] for name, raw in mail.items()],
        "defects": [repr(defect) for part in mail.walk() for defect in part.defects],
        "encoding": mail["Content-Transfer-Encoding"],
        "text": mail.get_payload(decode=True).decode(mail.get_content_charset()),
        "longest": max(map(len, octets.split(b"\n"))),
        "carriage_returns": octets.count(b"\r"),
    }


print(json.dumps([read(path) for path in sys.argv[1:]]))
