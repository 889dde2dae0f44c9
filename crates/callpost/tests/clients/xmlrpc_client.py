"""Python's xmlrpc.client against the server.

usage: xmlrpc_client.py URL KEY TAG [CA PEM]        exit 0 only when every answer was right to the letter
"""

import calendar
import datetime
import ssl
import sys
import xmlrpc.client

url, key, tag, ca, pem = (sys.argv[1:] + ["", ""])[:5]
FROM, HEADERS = "sender@example.org", "AdditionalHeader: XML-RPC mail sender"
failures = 0


def verdict(right, what):
    global failures
    print("ok   " if right else "WRONG", what, file=sys.stderr)
    failures += not right


def same(what, wanted, got):
    """Equal in value, type and, for structs, in the order of members."""
    right = repr(wanted) == repr(got)
    verdict(right, what if right else f"{what}: wanted {wanted!r}, got {got!r}")


def message(name):
    return [f"{name}@example.org", FROM, "Subject", "Hello world!", HEADERS]


def refused(good):
    return {
        "status": "error",
        "errors": [{
            "to": "wrong@mail@example.org", "from": FROM, "subject": "Subject", "message": "Hello world!",
            "extra_headers": HEADERS, "error_code": 50,
            "user_message": "Error: Recepient address (wrong@mail@example.org) incorrect",
            "text": "Hello world!", "headers": HEADERS,
        }],
        "user_message": f"{good} were correct",
    }


context = None
if ca:
    context = ssl.create_default_context(cafile=ca)
    context.load_cert_chain(pem)
server = xmlrpc.client.ServerProxy(url, allow_none=True, use_builtin_types=True, context=context)

values = [
    "Hello world", "Zażółć <&> ]]> \u2028 😀", "", " white ", "a\nb", 5, -2147483648, 2147483647, True, False, 1.5,
    -0.25, 1e300, {"a": 1, "b": [1, "x"]}, [], [1, [2, []]], {}, b"\x00\xff", datetime.datetime(2026, 1, 2, 3, 4, 5),
    None,
]
for value in values:
    try:
        same(f"echo {value!r}", value, server.TestAPI.echo(value))
    except xmlrpc.client.Error as error:
        verdict(False, f"echo {value!r}: {error!r}")
wrong = message("wrong@mail")
same("queued", {"status": "ok", "errors": [], "user_message": "1 message(s) successfully queued for sending."},
     server.send_message(key, [message(f"wanted-{tag}")]))
same("wrong key", {"status": "error", "error_code": 100, "user_message": "Error: Authorization failed."},
     server.send_message("wrong-key", [message(f"wanted-{tag}")]))
same("bad address", refused(0), server.send_message(key, [wrong]))
same("good and bad: nothing queued", refused(1), server.send_message(key, [message(f"unwanted-{tag}"), wrong]))
for method, arguments, code in (("no.such.method", (), -32601), ("getMonth", (2003, 13), -32602)):
    try:
        getattr(server, method)(*arguments)
        verdict(False, f"{method} is a fault")
    except xmlrpc.client.Fault as fault:
        same(f"{method} is a fault", code, fault.faultCode)
same("getMonth", calendar.month(2003, 1), server.getMonth(2003, 1))
batch = xmlrpc.client.MultiCall(server)
batch.TestAPI.echo("one")
batch.no.such.method()
results = batch()
same("multicall, first", "one", results[0])
try:
    results[1]
    verdict(False, "multicall, second is a fault")
except xmlrpc.client.Fault as fault:
    same("multicall, second is a fault", -32601, fault.faultCode)
methods = server.system.listMethods()
verdict({"TestAPI.echo", "send_message", "system.multicall"} <= set(methods), f"methods are listed: {methods}")
sys.exit(1 if failures else 0)
