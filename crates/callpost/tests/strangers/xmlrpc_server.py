"""Python's own XML-RPC server, with introspection. usage: xmlrpc_server.py PORT"""
import sys
from xmlrpc.server import SimpleXMLRPCServer


def add(a, b):
    """Adds two numbers.

    Both of them.
    """
    return a + b


server = SimpleXMLRPCServer(("127.0.0.1", int(sys.argv[1])), logRequests=False)
server.register_function(add)
server.register_introspection_functions()
server.serve_forever()
