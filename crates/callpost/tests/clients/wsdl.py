"""zeep and suds read the server's WSDL, in style rpc or document, and call what it describes: the calls are the same.

usage: [WSDL=?wsdl] wsdl.py URL KEY TAG [CA PEM]    exit 0 only when every answer was right
"""

import os
import ssl
import sys
import urllib.request

import requests
import suds.client
import suds.transport.http
import zeep
import zeep.plugins
import zeep.transports
import zeep.wsa

url, key, tag, ca, pem = (sys.argv[1:] + ["", ""])[:5]
wsdl = url + os.environ.get("WSDL", "?wsdl")
JANUARY = ("    January 2003\nMo Tu We Th Fr Sa Su\n       1  2  3  4  5\n 6  7  8  9 10 11 12\n"
           "13 14 15 16 17 18 19\n20 21 22 23 24 25 26\n27 28 29 30 31\n")
failures = 0


def verdict(right, what):
    global failures
    print("ok   " if right else "WRONG", what, file=sys.stderr)
    failures += not right


def message(to):
    return {"to": to, "from": "sender@example.org", "subject": "Subject", "text": "Hello world!"}


def sends(name, send):
    """Nothing is queued by these: a wrong key, a bad address, and one beside a good one."""
    unwanted = message(f"unwanted-{tag}@example.org")
    denied = send("wrong-key", {"item": [unwanted]})
    verdict((denied.status, denied.error_code) == ("error", 100), f"{name} wrong key: {denied}")
    wrong = message("wrong@mail@example.org")
    for count, messages in [("0 were correct", [wrong]), ("1 were correct", [unwanted, wrong])]:
        refused = send(key, {"item": messages})
        row = refused.errors.item[0]
        right = (refused.user_message, row.to, row.error_code) == (count, "wrong@mail@example.org", 50)
        verdict(right, f"{name} {count}: {refused}")


def queues(name, send, port):
    queued = send(key, {"item": [message(f"wanted-{tag}-{port}@example.org")]})
    verdict(queued.status == "ok", f"{name} queued: {queued}")


def with_zeep():
    session = requests.Session()
    session.trust_env = False
    if ca:
        session.verify, session.cert = ca, pem
    client = zeep.Client(wsdl, transport=zeep.transports.Transport(session=session, timeout=30))
    http = [(service.name, port.name) for service in client.wsdl.services.values() for port in service.ports.values()
            if port.binding_options.get("address", "").startswith("http")]
    verdict(bool(http), f"zeep finds ports for HTTP: {http}")
    for service, port in http:
        proxy = client.bind(service, port)
        proxy._binding_options["address"] = url
        if "getMonth" not in proxy._binding._operations:
            continue
        got = proxy.getMonth(2003, 1)
        verdict(got == JANUARY, f"zeep {port} getMonth: {got!r}")
        try:
            proxy.getMonth(2003, 13)
            verdict(False, f"zeep {port}: month 13 gave no fault")
        except zeep.exceptions.Fault as fault:
            verdict(True, f"zeep {port}: month 13: {fault.code}: {fault.message}")
        said = proxy["TestAPI.echo"]("Zażółć <&>")
        verdict(said == "Zażółć <&>", f"zeep {port} echo: {said!r}")
        sends(f"zeep {port}", proxy.send_message)
        queues(f"zeep {port}", proxy.send_message, port)


def with_zeep_addressed():
    """With WS-Addressing; from the WSDL in style document, which names the actions, zeep then writes it twice."""
    session = requests.Session()
    session.trust_env = False
    if ca:
        session.verify, session.cert = ca, pem
    history = zeep.plugins.HistoryPlugin()
    transport = zeep.transports.Transport(session=session, timeout=30)
    client = zeep.Client(wsdl, transport=transport, plugins=[zeep.wsa.WsAddressingPlugin(), history])
    for port in ["CallpostSoap11", "CallpostSoap12"]:
        proxy = client.bind("Callpost", port)
        proxy._binding_options["address"] = url
        got = proxy.getMonth(2003, 1)
        verdict(got == JANUARY, f"zeep addressed {port} getMonth: {got!r}")
        find = lambda envelope, name: envelope.findtext(f".//{{http://www.w3.org/2005/08/addressing}}{name}")
        sent, came = find(history.last_sent["envelope"], "MessageID"), find(history.last_received["envelope"], "RelatesTo")
        verdict(sent is not None and sent == came, f"zeep addressed {port}: {sent} is answered by {came}")


class WithCertificate(suds.transport.http.HttpTransport):
    """How suds is told to show a client certificate: by a handler of urllib's."""

    def u2handlers(self):
        context = ssl.create_default_context(cafile=ca)
        context.load_cert_chain(pem)
        return super().u2handlers() + [urllib.request.HTTPSHandler(context=context)]


def with_suds():
    transport = {"transport": WithCertificate()} if ca else {}
    client = suds.client.Client(wsdl, location=url, cache=None, timeout=30, **transport)
    for service in client.wsdl.services:
        ports = [port for port in service.ports if port.location.startswith("http") and "getMonth" in port.methods]
        for port in ports:
            client.set_options(service=service.name, port=port.name)
            got = client.service.getMonth(2003, 1)
            verdict(str(got).strip() == JANUARY.strip(), f"suds {port.name} getMonth: {got!r}")
            said = getattr(client.service, "TestAPI.echo")("Zażółć <&>")
            verdict(said == "Zażółć <&>", f"suds {port.name} echo: {said!r}")
            if port.name.endswith("Soap11"):  # suds speaks no SOAP 1.2, whatever the port says
                sends(f"suds {port.name}", client.service.send_message)


with_zeep()
with_zeep_addressed()
with_suds()
sys.exit(1 if failures else 0)
