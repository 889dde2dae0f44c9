"""A service behind Callpost that speaks XML-RPC: Python's own server, unmodified."""
import sys
import time
from xmlrpc.client import Fault
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer

NAMES = {int: "int", str: "string", bool: "bool", float: "double", list: "list", dict: "struct"}


class Keeping(SimpleXMLRPCRequestHandler):
    """With connections that carry more than one call."""
    protocol_version = "HTTP/1.1"


class Methods:
    def mirror(self, values):
        """The values, and what they are here."""
        return {"kinds": [NAMES[type(value)] for value in values], "values": values}

    def only(self):
        return ["one"]

    def subtract(self, a, b):
        return a - b

    def refuse(self, why):
        raise Fault(4711, "No: " + why)

    def slow(self, seconds):
        note("slow")
        time.sleep(seconds)
        return "done"


def note(name):
    with open(sys.argv[2], "a") as journal:
        journal.write(name + "\n")


class Server(__import__("socketserver").ThreadingMixIn, SimpleXMLRPCServer):
    daemon_threads = True


server = Server(("127.0.0.1", int(sys.argv[1])), requestHandler=Keeping, logRequests=False)
server.register_instance(Methods())
server.serve_forever()
