"""Python's xmlrpc.client, and JSON-RPC over urllib: send_message's options and members, what became of mail, and its events.

usage: options.py URL KEY TAG [CA PEM]              exit 0 only when every answer was right
"""

import base64
import json
import ssl
import sys
import urllib.request
import xmlrpc.client

url, key, tag, ca, pem = (sys.argv[1:] + ["", ""])[:5]
failures = 0
context = None
if ca:
    context = ssl.create_default_context(cafile=ca)
    context.load_cert_chain(pem)
server = xmlrpc.client.ServerProxy(url, use_builtin_types=True, context=context)
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))


def verdict(right, what):
    global failures
    print("ok   " if right else "WRONG", what, file=sys.stderr)
    failures += not right


def json_rpc(method, *params):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    answer = opener.open(urllib.request.Request(url, body, {"Content-Type": "application/json"})).read()
    return json.loads(answer)["result"]


OCTETS = bytes(range(256))
message = {"to": f"wanted-{tag}@example.org", "from": "sender@example.org", "subject": "Subject", "text": "Hello world!",
           "html": "<p>Hello world!</p>", "tags": ["invoice"], "metadata": {"order": "48123"}, "expires": "2h"}
by_xml = message | {"attachments": [{"filename": "a.bin", "content": xmlrpc.client.Binary(OCTETS)}]}
by_json = message | {"attachments": [{"filename": "a.bin", "content": base64.b64encode(OCTETS).decode()}]}
again = {"idempotency_key": f"order-{tag}"}
bad = {"to": "wrong@mail@example.org", "from": "sender@example.org", "subject": "Subject", "text": "Hello world!"}

checked = server.send_message(key, [by_xml, bad], {"dry_run": True})
verdict((checked["status"], checked["errors"][0]["index"], checked["user_message"]) == ("error", 1, "1 were correct"), checked)
first = server.send_message(key, [by_xml], again)
verdict((first["status"], len(first["message_ids"])) == ("ok", 1), first)
verdict(json_rpc("send_message", key, [by_json], again) == first, "made again in another protocol: the same answer")
other = json_rpc("send_message", key, [by_json | {"text": "Hullo"}], again)
verdict((other["error_code"], other["user_message"])
        == (130, "Error: Idempotency key already used with another payload."), other)
try:
    server.send_message(key, [by_xml], {"colour": "red"})
    verdict(False, "an unknown option")
except xmlrpc.client.Fault as fault:
    verdict(fault.faultCode == -32602 and "options.colour" in fault.faultString, fault)

later = json_rpc("send_message", key, [bad, message | {"to": f"later-{tag}@example.org", "send_at": "2099-01-01T00:00:00Z"}],
                 {"partial": True})
verdict(later["errors"][1]["error_code"] == 62, f"too far ahead: {later}")
cancelled = json_rpc("message_cancel", key, first["message_ids"])
verdict((cancelled[0]["cancelled"], cancelled[0]["recipients"][0]["state"]) == (1, "cancelled"), cancelled)
status = server.message_status(key, first["message_ids"] + ["nobody@example.org"])
verdict([row.get("state") or row["recipients"][0]["state"] for row in status] == ["cancelled", "unknown"], status)

partly = json_rpc("send_message", key, [bad, message], {"partial": True, "priority": "high"})
verdict((partly["status"], partly["user_message"], [bool(one) for one in partly["message_ids"]])
        == ("error", "1 message(s) were submitted successfully", [False, True]), partly)
cursor, told = "", []
while True:
    piece = server.events(key, cursor, 2)
    if piece["cursor"] == cursor or (not piece["events"] and cursor == ""):
        break
    cursor = piece["cursor"]
    told += piece["events"]
mine = [(event["type"], event["tags"], event["metadata"]) for event in told if event["message_id"] == first["message_ids"][0]]
labels = (["invoice"], {"order": "48123"})
verdict(mine[0] == ("queued", *labels) and mine[-1] == ("cancelled", *labels), mine)
verdict(json_rpc("events", "wrong-key")["error_code"] == 100, "a wrong key")
sys.exit(failures != 0)
