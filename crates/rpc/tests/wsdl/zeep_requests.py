"""What zeep would send: reads a list of cases from stdin, each a WSDL, a port, a method, its arguments and a request, and writes
for each the canonical forms of that request's and of zeep's own Header and Body. Nothing is sent."""

import json
import sys

import zeep
from lxml import etree
from zeep.xsd.valueobjects import AnyObject

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def value(client, given):
    """JSON as zeep takes it: `xsi:type` is a type's object, what a wildcard takes an element's."""
    if isinstance(given, list):
        return [value(client, item) for item in given]
    if not isinstance(given, dict):
        return given
    given = dict(given)
    if set(given) == {"<any>"}:
        return [wild(client, name, item) for name, item in given["<any>"]]
    said = given.pop("xsi:type", None)
    members = {name: value(client, item) for name, item in given.items()}
    return members if said is None else client.get_type(said)(**members)


def wild(client, name, item):
    """An element of whatever name: one that the WSDL declares, or text in one."""
    try:
        return AnyObject(client.get_element(name), value(client, item))
    except zeep.exceptions.LookupError:
        element = etree.Element(name)
        element.text = str(item)
        return element


def canonical(element):
    """Names with their namespaces, attributes in order, no prefixes, no comments, and no white space between elements."""
    attributes = {}
    for name, written in element.attrib.items():
        if name == XSI + "type":
            prefix, _, local = written.rpartition(":")
            written = "{%s}%s" % (element.nsmap.get(prefix or None, ""), local)
        attributes[name] = written
    children = [canonical(child) for child in element if isinstance(child.tag, str)]
    text = "" if children else element.text or ""
    return [element.tag, sorted(attributes.items()), text, children]


def parts(envelope):
    return [canonical(part) for part in envelope if len(part) or etree.QName(part).localname == "Body"]


results = []
clients = {}
for case in json.load(sys.stdin):
    ours = parts(etree.fromstring(case["ours"].encode()))
    try:
        client = clients.setdefault(case["wsdl"], zeep.Client(case["wsdl"]))
        service = client.bind(port_name=case["port"]) if case["port"] else client.service
        message = client.create_message(service, case["method"], **value(client, case["args"]))
        theirs = parts(message)
    except Exception as why:  # what zeep says is the test's to show
        theirs = "%s: %s" % (type(why).__name__, why)
    results.append([ours, theirs])
json.dump(results, sys.stdout)
