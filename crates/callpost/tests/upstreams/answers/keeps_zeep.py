"""keeps_zeep.py PORT NAME…: prints each NAME whose canned answer zeep makes something of, by a WSDL that promises anything."""
import logging
import sys
import tempfile

import zeep

logging.disable(logging.CRITICAL)
port, names = sys.argv[1], sys.argv[2:]
operation = '<w:operation name="%s"><w:input message="t:in"/><w:output message="t:out"/></w:operation>'
bound = (
    '<w:operation name="%s"><s:operation soapAction=""/><w:input><s:body use="literal" namespace="urn:x"/></w:input>'
    '<w:output><s:body use="literal" namespace="urn:x"/></w:output></w:operation>'
)
wsdl = (
    '<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" '
    'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:x" targetNamespace="urn:x"><w:message name="in"/>'
    '<w:message name="out"><w:part name="r" type="xs:anyType"/></w:message><w:portType name="p">%s</w:portType>'
    '<w:binding name="b" type="t:p"><s:binding style="rpc" transport="http://schemas.xmlsoap.org/soap/http"/>%s</w:binding>'
    '<w:service name="s"><w:port name="p" binding="t:b"><s:address location="http://127.0.0.1:%s/"/></w:port></w:service>'
    '</w:definitions>'
) % (''.join(operation % name for name in names), ''.join(bound % name for name in names), port)
with tempfile.NamedTemporaryFile('w', suffix='.wsdl') as file:
    file.write(wsdl)
    file.flush()
    client = zeep.Client(file.name)
for name in names:
    try:
        client.service[name]()
        print(name)
    except zeep.exceptions.TransportError:
        pass
    except zeep.exceptions.Fault as fault:
        if fault.message != 'Unknown fault occured':
            print(name)
    except Exception:
        pass
