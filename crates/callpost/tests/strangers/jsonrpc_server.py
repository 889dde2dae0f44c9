"""jsonrpclib-pelix' server: no rpc.discover, but introspection in JSON-RPC. usage: jsonrpc_server.py PORT"""
import sys
from jsonrpclib.SimpleJSONRPCServer import SimpleJSONRPCServer


def add(a, b):
    """Adds two numbers."""
    return a + b


server = SimpleJSONRPCServer(("127.0.0.1", int(sys.argv[1])), logRequests=False)
server.register_function(add)
server.register_introspection_functions()
server.serve_forever()
