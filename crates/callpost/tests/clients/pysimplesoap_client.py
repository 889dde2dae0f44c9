"""pysimplesoap: without a WSDL, in the namespace it is given, and from both WSDLs; SOAP 1.1. It has no client certificates.

usage: pysimplesoap_client.py URL KEY TAG           exit 0 only when every answer was right
"""

import sys

from pysimplesoap.client import SoapClient, SoapFault

url, key, tag = sys.argv[1:4]
TEXT, WRONG = "Zażółć <&>", "wrong@mail@example.org"
failures = 0


def verdict(right, what):
    global failures
    print("ok   " if right else "WRONG", what, file=sys.stderr)
    failures += not right


def same(what, wanted, got):
    verdict(wanted == got, what if wanted == got else f"{what}: wanted {wanted!r}, got {got!r}")


def fault(call, **values):
    try:
        return call(**values)
    except SoapFault as said:
        return said.faultstring


def message(to):
    return {"to": to, "from": "sender@example.org", "subject": TEXT, "text": "Hello world!"}


plain = SoapClient(location=url, action="urn:callpost#", namespace="urn:callpost", soap_ns="soap", ns=False)
same("plain getMonth", "January 2003", " ".join(str(getattr(plain.getMonth(year=2003, month=1), "return")).split()[:2]))
same("plain month 13", "month must be from 1 to 12, not 13", fault(plain.getMonth, year=2003, month=13))
same("plain unknown method", "there is no such method", fault(plain.noSuchMethod, x=1))
for style, query in [("rpc", "?wsdl"), ("document", "?wsdl=document")]:
    client = SoapClient(wsdl=url + query, cache=None)
    # It takes lists of rpc/literal in a list of its own.
    items = (lambda *rows: {"item": list(rows)}) if style == "document" else (lambda *rows: [{"item": row} for row in rows])
    send = lambda word, *rows: client.send_message(api_key=word, messages=items(*map(message, rows)))["return"]
    same(f"{style} getMonth", "January 2003", " ".join(client.getMonth(year=2003, month=1)["return"].split()[:2]))
    same(f"{style} month 13", "month must be from 1 to 12, not 13", fault(client.getMonth, year=2003, month=13))
    ok = send(key, f"wanted-{tag}-{style}@example.org")
    same(f"{style} queued", ("ok", "1 message(s) successfully queued for sending."), (ok["status"], ok["user_message"]))
    denied = send("wrong-key", f"wanted-{tag}-{style}@example.org")
    same(f"{style} wrong key", (100, "Error: Authorization failed."), (denied["error_code"], denied["user_message"]))
    for count, rows in [("0 were correct", [WRONG]), ("1 were correct", [f"unwanted-{tag}@example.org", WRONG])]:
        refused = send(key, *rows)
        row = refused["errors"]["item"][0]
        same(f"{style} {count}", (count, 50, WRONG, TEXT), (refused["user_message"], row["error_code"], row["to"], row["subject"]))
sys.exit(1 if failures else 0)
