"""What is promised by schemas, held against them: both WSDL documents against the schemas of WSDL 1.1 and of its SOAP binding,
answers in style document against the types of our WSDL, encoded answers against SOAP's encoding, all in valid envelopes.

The schemas are those that the package xmlschema brings.
usage: schemas.py URL KEY TAG [CA PEM]              exit 0 only when everything was valid
"""

import io
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

import requests
import xmlschema

url, key, tag, ca, pem = (sys.argv[1:] + ["", ""])[:5]
ENVELOPES = {"soap11": "http://schemas.xmlsoap.org/soap/envelope/", "soap12": "http://www.w3.org/2003/05/soap-envelope"}
ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
XSD = "http://www.w3.org/2001/XMLSchema"
FOLDER = os.path.join(os.path.dirname(xmlschema.__file__), "schemas", "WSDL")
session = requests.Session()
session.trust_env = False
if ca:
    session.verify, session.cert = ca, pem
failures = 0


def verdict(right, what):
    global failures
    print("ok   " if right else "WRONG", what, file=sys.stderr)
    failures += not right


def valid(schema, document, what):
    errors = [f"{error.path}: {error.reason}" for error in schema.iter_errors(document)]
    verdict(not errors, f"{what}: {errors}" if errors else what)


def schemas(first, *rest):
    """One schema of these, which may import each other: names of the package's files, or text."""
    source = lambda one: io.StringIO(one) if one.startswith("<") else os.path.join(FOLDER, one)
    schema = xmlschema.XMLSchema10(source(first), build=False)
    for one in rest:
        schema.add_schema(source(one))
    schema.build()
    return schema


def wsdl(query):
    answer = session.get(url + query)
    verdict(answer.headers["Content-Type"].startswith("text/xml"), f"{query}: its media type")
    # The SOAP 1.2 binding has no schema there; it is that of 1.1 in another namespace.
    text = answer.text.replace("http://schemas.xmlsoap.org/wsdl/soap12/", "http://schemas.xmlsoap.org/wsdl/soap/")
    valid(schemas("wsdl.xsd", "wsdl-soap.xsd"), text, f"{query}: by the schemas of WSDL 1.1 and its SOAP binding")
    broken = text.replace("<part name=", "<part nam=", 1)
    verdict(not schemas("wsdl.xsd").is_valid(broken), f"{query}: broken, it is not valid")
    return answer.text


def types(text):
    """The schemas inside a WSDL; the namespaces that are declared outside are put where they are used."""
    parts = re.findall("<xsd:schema.*?</xsd:schema>", text, re.DOTALL)
    declared = f'xmlns:xsd="{XSD}" xmlns:tns="urn:callpost"'
    return [part.replace("<xsd:schema ", f"<xsd:schema {declared} ", 1) for part in parts]


def ask(version, body):
    """The text of the answer, and what its Body holds."""
    namespace = ENVELOPES[version]
    media = "text/xml" if version == "soap11" else "application/soap+xml"
    envelope = f'<e:Envelope xmlns:e="{namespace}"><e:Body>{body}</e:Body></e:Envelope>'
    answer = session.post(url, data=envelope.encode(), headers={"Content-Type": f"{media}; charset=utf-8"})
    root = ElementTree.fromstring(answer.content)
    verdict(root.tag == f"{{{namespace}}}Envelope", f"{version}: the envelope is of the version that asked")
    return answer.text, root.find(f"{{{namespace}}}Body")[0]


def message(to):
    return (f"<item><to>{to}</to><from>sender@example.org</from><subject>Subject</subject><text>Hello world!</text></item>")


TYPED = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'


def requests_of(version):
    wanted, wrong = f"wanted-{tag}-{version}@example.org", "wrong@mail@example.org"
    unwanted = f"unwanted-{tag}@example.org"
    yield "getMonth", "<year>2003</year><month>1</month>"
    yield "getMonth", '<t:year xmlns:t="urn:callpost">2003</t:year><t:month xmlns:t="urn:callpost">1</t:month>'
    yield "TestAPI.echo", "<text>a &lt;b&gt;</text>"
    yield "TestAPI.echo", f'<text {TYPED} xsi:type="xsd:int">5</text>'
    yield "TestAPI.echo", "<text><a>1</a><b><c/></b></text>"
    yield "TestAPI.echo", f'<text {TYPED}><item xsi:type="xsd:int">1</item><item xsi:type="xsd:string">x</item></text>'
    yield "TestAPI.echo", f'<text {TYPED} xsi:nil="true"/>'
    yield "TestAPI.echo", ""
    yield "send_message", f"<api_key>{key}</api_key><messages>{message(wanted)}</messages>"
    yield "send_message", f"<api_key>wrong</api_key><messages>{message(wanted)}</messages>"
    yield "send_message", f"<api_key>{key}</api_key><messages>{message(wrong)}</messages>"
    yield "send_message", f"<api_key>{key}</api_key><messages>{message(unwanted)}{message(wrong)}</messages>"
    yield "system.listMethods", ""
    yield "system.getCapabilities", ""
    yield "system.methodHelp", "<method_name>getMonth</method_name>"
    yield "system.methodSignature", "<method_name>getMonth</method_name>"
    yield "system.methodSignature", "<method_name>TestAPI.echo</method_name>"
    call = f"<methodName {TYPED} xsi:type=\"xsd:string\">getMonth</methodName><params><item>2003</item><item>13</item></params>"
    yield "system.multicall", f"<calls><item>{call}</item></calls>"
    yield "system.multicall", f"<calls><item>{call}</item><item>{call}</item></calls>"


def in_style_document(types):
    """The envelopes of SOAP 1.2 have no schema there; but for faults they are those of 1.1 in another namespace."""
    schema = schemas("soap-envelope.xsd", "soap-encoding.xsd", *types)
    for version in ENVELOPES:
        for method, children in requests_of(version):
            request = f'<m:{method} xmlns:m="urn:callpost">{children}</m:{method}>'
            if "xmlns:t=" not in request and "xsi:nil" not in request:  # both are taken, and not described
                valid(schema, request, f"{version} {method}: the request {children}")
            text, answer = ask(version, request)
            verdict(answer.tag == f"{{urn:callpost}}{method}Response", f"{version} {method}: {answer.tag}")
            valid(schema, text.replace(ENVELOPES["soap12"], ENVELOPES["soap11"]), f"{version} {method}: {text}")
        for method, children in [("getMonth", "<year>2003</year><month>13</month>"), ("noSuchMethod", "")]:
            text, _ = ask(version, f'<m:{method} xmlns:m="urn:callpost">{children}</m:{method}>')
            if version == "soap11":
                valid(schema, text, f"{version} {method}: the fault")
            detail = ElementTree.fromstring(text).find(".//{urn:callpost:fault}fault")
            verdict(detail is not None, f"{version} {method}: a fault with detail")
            valid(schema, detail, f"{version} {method}: the detail of the fault")
    broken = '<m:getMonthResponse xmlns:m="urn:callpost"><m:return/></m:getMonthResponse>'
    verdict(not schema.is_valid(broken), "an answer in another form is not valid")


def encoded():
    """Every value of an answer to rpc/encoded says its type; a struct is known by its members."""
    echo = (f'<text {TYPED} xmlns:c="{ENCODING}" xsi:type="c:Array" c:arrayType="xsd:int[2]"><item>1</item><item>2</item></text>')
    for method, children in [("getMonth", '<year xsi:type="xsd:int">2003</year><month xsi:type="xsd:int">1</month>'),
                             ("TestAPI.echo", echo), ("system.listMethods", ""), ("system.multicall", "<calls/>")]:
        style = f'e:encodingStyle="{ENCODING}"'
        text, answer = ask("soap11", f'<m:{method} xmlns:m="urn:callpost" {TYPED} {style}>{children}</m:{method}>')
        valid(schemas("soap-envelope.xsd", "soap-encoding.xsd"), text, f"encoded {method}: {text}")
        bare = [node.tag for node in answer.iter() if len(node) == 0 and
                "{http://www.w3.org/2001/XMLSchema-instance}type" not in node.attrib]
        verdict(not bare, f"encoded {method}: without type: {bare} in {text}")


wsdl("?wsdl")
in_style_document(types(wsdl("?wsdl=document")))
encoded()
sys.exit(1 if failures else 0)
