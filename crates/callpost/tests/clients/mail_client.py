"""Python's smtplib and email: requests in every protocol and packaging, each answer matched by its In-Reply-To.

usage: mail_client.py send PORT FOLDER              mails the requests, leaves sent.json in the folder
       mail_client.py match FOLDER                  reads *.eml there; exit 0 only when each request has its one answer
"""

import email
import email.message
import email.policy
import email.utils
import json
import pathlib
import smtplib
import sys
import xml.etree.ElementTree
import xmlrpc.client

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"


def soap(envelope, year):
    return (f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{envelope}"><e:Body><m:getMonth '
            f'xmlns:m="urn:calendar"><year>{year}</year><month>1</month></m:getMonth></e:Body></e:Envelope>')


def xml_rpc(year):
    return xmlrpc.client.dumps((year, 1), "getMonth")


def json_rpc(year):
    return json.dumps({"jsonrpc": "2.0", "method": "getMonth", "params": {"year": year, "month": 1}, "id": year})


def single(body, subtype, cte):
    mail = email.message.EmailMessage()
    mail.set_content(body.encode(), *subtype.split("/"), cte=cte)
    return mail


def with_attachment(body, subtype):
    mail = email.message.EmailMessage()
    mail.set_content("My request is attached.\n")
    mail.add_attachment(body.encode(), *subtype.split("/"), filename="request")
    return mail


def with_alternative(body, subtype):
    mail = email.message.EmailMessage()
    mail.set_content("Your program cannot read this.\n")
    mail.add_alternative(body.encode(), *subtype.split("/"))
    return mail


def requests():
    """Each with a year of its own, so that a wrong match shows."""
    yield 2001, single(soap(SOAP_11, 2001), "text/xml", "base64")
    yield 2002, single(soap(SOAP_12, 2002), "application/soap+xml", "quoted-printable")
    yield 2003, single(xml_rpc(2003), "text/xml", "8bit")
    yield 2004, single(json_rpc(2004), "application/json", "base64")
    yield 2005, with_attachment(soap(SOAP_11, 2005), "application/octet-stream")
    yield 2006, with_attachment(json_rpc(2006), "application/json")
    yield 2007, with_alternative(xml_rpc(2007), "text/xml")
    plain = email.message.EmailMessage()
    plain.set_content(json_rpc(2008))
    yield 2008, plain
    wrong = email.message.EmailMessage()
    wrong.set_content(json_rpc(10000))
    yield 10000, wrong


def send(port, folder):
    sent = {}
    with smtplib.SMTP("127.0.0.1", int(port), timeout=30) as server:
        for year, mail in requests():
            mail["From"], mail["To"], mail["Subject"] = "Klient <client@localhost>", "calendar@localhost", f"getMonth {year}"
            mail["Message-ID"] = email.utils.make_msgid(domain="client.example.org")
            server.send_message(mail)
            sent[mail["Message-ID"]] = year
    (folder / "sent.json").write_text(json.dumps(sent))


def result(answer):
    """What the answer says, read by its type."""
    body = answer.get_body() if answer.is_multipart() else answer
    octets = (body or list(answer.iter_attachments())[0]).get_payload(decode=True)
    if octets.lstrip()[:1] == b"{":
        document = json.loads(octets)
        return document["result"] if "result" in document else document["error"]["message"]
    if b"methodResponse" in octets[:200]:
        return xmlrpc.client.loads(octets)[0][0]
    tree = xml.etree.ElementTree.fromstring(octets)
    return next(element.text for element in tree.iter() if element.tag == "return")


def match(folder):
    open_requests = json.loads((folder / "sent.json").read_text())
    for file in sorted(folder.glob("*.eml")):
        answer = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        asked, said = answer["In-Reply-To"].strip(), result(answer)
        year = open_requests.pop(asked)  # a second answer to one request is a KeyError
        right = "year must be from 1 to 9999" in said if year == 10000 else said.startswith(f"    January {year}\nMo Tu")
        print("ok   " if right else "WRONG", year, repr(said[:60]), file=sys.stderr)
        assert right and asked in answer["References"] and answer["Auto-Submitted"] == "auto-replied", answer
        assert answer["Message-ID"] and email.utils.parseaddr(answer["To"])[1] == "client@localhost", answer
    assert not open_requests, f"no answer to {open_requests}"


if sys.argv[1] == "send":
    send(sys.argv[2], pathlib.Path(sys.argv[3]))
else:
    match(pathlib.Path(sys.argv[2]))
