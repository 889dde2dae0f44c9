"""An ordinary zeep client: all that it knows is a URL. usage: zeep_client.py URL

It prints how often it asked."""

import sys

import requests
import zeep
import zeep.transports

url, session, asked = sys.argv[1], requests.Session(), []
session.hooks["response"].append(lambda response, *_, **__: asked.append(response.status_code))
client = zeep.Client(url + "?wsdl", transport=zeep.transports.Transport(session=session))
address = client.service._binding_options["address"]
assert address.startswith(url), f"the WSDL leads to {address}, not to {url}"

assert client.service.repeat("zażółć", 2) == ["zażółć", "zażółć"]
assert client.service.repeat("x", 0) in (None, [])
order = {"id": 7, "price": 2.5, "paid": True, "lines": {"line": [{"name": "a", "tags": ["t"]}]}}
seen = client.service.mirror(order)
assert (seen.order.id, seen.order.price, seen.order.paid) == (7, 2.5, True), seen
try:
    client.service.refuse("closed")
    raise SystemExit("no fault")
except zeep.exceptions.Fault as fault:
    assert "No: closed" in fault.message, fault.message
assert asked == [200, 200, 200, 200, 500], asked
print(len(asked))
