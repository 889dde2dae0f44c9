"""Python by JSON-RPC: jsonrpclib-pelix, jsonrpcclient over requests, and the standard library alone.

usage: json_rpc.py URL KEY TAG [CA PEM]             exit 0 only when every answer was right to the letter
"""

import json
import pathlib
import ssl
import sys
import urllib.request

import jsonrpcclient
import jsonrpclib
import jsonrpclib.config
import requests

url, key, tag, ca, pem = (sys.argv[1:] + ["", ""])[:5]
expected = json.loads(pathlib.Path(__file__).with_name("expected.json").read_text("utf-8"))
context = None
if ca:
    context = ssl.create_default_context(cafile=ca)
    context.load_cert_chain(pem)
session = requests.Session()
session.trust_env = False
if ca:
    session.verify, session.cert = ca, pem
failures = 0


class Refused(Exception):
    """An error object: code and message."""


def verdict(right, what):
    global failures
    print("ok   " if right else "WRONG", what, file=sys.stderr)
    failures += not right


def letters(what, wanted, got):
    """Equal as JSON text: same members, same order, same types."""
    wanted, got = json.dumps(wanted), json.dumps(got)
    verdict(wanted == got, what if wanted == got else f"{what}: wanted {wanted}, got {got}")


def with_pelix(method, params):
    config = jsonrpclib.config.Config(version=2.0)
    server = jsonrpclib.ServerProxy(url, config=config, context=context)
    for part in method.split("."):
        server = getattr(server, part)
    try:
        return server(*params)
    except jsonrpclib.ProtocolError as error:
        raise Refused(*error.args[0][:2]) from error


def with_jsonrpcclient(method, params):
    answer = session.post(url, json=jsonrpcclient.request(method, params), timeout=30)
    answer.raise_for_status()
    match jsonrpcclient.parse(answer.json()):
        case jsonrpcclient.Ok(result, _):
            return result
        case jsonrpcclient.Error(code, message, _, _):
            raise Refused(code, message)


def with_urllib(method, params):
    question = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, "id": 1.5}, ensure_ascii=False)
    handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)]
    # No Content-Type of ours: urllib then calls it a form.
    with urllib.request.build_opener(*handlers).open(url, question.encode(), timeout=30) as response:
        answer = json.load(response)
    assert answer.pop("jsonrpc") == "2.0" and repr(answer.pop("id")) == "1.5" and len(answer) == 1, answer
    if "error" in answer:
        raise Refused(answer["error"]["code"], answer["error"]["message"])
    return answer["result"]


def fault(call, method, params):
    try:
        return ["no fault", call(method, params)]
    except Refused as refused:
        return list(refused.args)


def message(name):
    return [f"{name}@example.org", "sender@example.org", "Subject", "Hello world!",
            "AdditionalHeader: XML-RPC mail sender"]


def calls(call, name):
    for value in expected["values"]:
        letters(f"{name}: echo {value!r}", value, call("TestAPI.echo", [value]))
    wanted, unwanted, wrong = (message(f"{to}") for to in (f"wanted-{tag}-{name}", f"unwanted-{tag}", "wrong@mail"))
    letters(f"{name}: queued", expected["queued"], call("send_message", [key, [wanted]]))
    letters(f"{name}: wrong key", expected["unauthorised"], call("send_message", ["wrong-key", [wanted]]))
    letters(f"{name}: bad address", expected["refused"][0], call("send_message", [key, [wrong]]))
    letters(f"{name}: good and bad", expected["refused"][1], call("send_message", [key, [unwanted, wrong]]))
    letters(f"{name}: getMonth", expected["month"], call("getMonth", [2003, 1]))
    letters(f"{name}: month 13", [-32602, expected["bad_month"]], fault(call, "getMonth", [2003, 13]))
    letters(f"{name}: unknown method", -32601, fault(call, "no.such.method", [])[0])


calls(with_pelix, "pelix")
calls(with_jsonrpcclient, "jsonrpcclient")
calls(with_urllib, "urllib")
batch = jsonrpclib.MultiCall(jsonrpclib.ServerProxy(url, context=context))
batch.TestAPI.echo("one")
batch.getMonth(2003, 1)
letters("pelix: batch", ["one", expected["month"]], list(batch()))
sys.exit(1 if failures else 0)
