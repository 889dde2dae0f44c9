"""A service behind Callpost: Python's XML-RPC server with its introspection; SIGNED=yes adds the signatures it leaves to others.
usage: python3 xmlrpc_server.py PORT"""
import os
import sys
from xmlrpc.client import Fault
from xmlrpc.server import SimpleXMLRPCServer

SIGNATURES = {
    "add": [["int", "int", "int"], ["int", "int"]],
    "repeat": [["array", "string", "int"]],
    "stamp": [["struct", "dateTime.iso8601", "base64"]],
    "refuse": [["string", "string"]],
}


class Shop:
    def add(self, a, b=1):
        """Adds two numbers; texts would be put one behind the other."""
        return a + b

    def repeat(self, text, count):
        """The text, that many times."""
        return [text] * count

    def stamp(self, when, raw):
        return {"kinds": [type(when).__name__, type(raw).__name__], "raw": raw.data[::-1].decode()}

    def refuse(self, why):
        raise Fault(4711, "No: " + why)


class Signed(SimpleXMLRPCServer):
    def system_methodSignature(self, name):
        return SIGNATURES.get(name, "signatures not supported")


kind = Signed if os.environ.get("SIGNED") else SimpleXMLRPCServer
server = kind(("127.0.0.1", int(sys.argv[1])), logRequests=False)
server.register_introspection_functions()
server.register_instance(Shop())
server.serve_forever()
