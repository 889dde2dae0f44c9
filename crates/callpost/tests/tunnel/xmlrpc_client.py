"""Python's own XML-RPC client. usage: xmlrpc_client.py URL"""

import sys
import xmlrpc.client

server = xmlrpc.client.ServerProxy(sys.argv[1])
assert server.subtract(7, 4) == 3
assert server.mirror([1, "zażółć", 2.5])["kinds"] == ["int", "string", "double"]
try:
    server.refuse("closed")
    raise SystemExit("no fault")
except xmlrpc.client.Fault as fault:
    assert (fault.faultCode, fault.faultString) == (4711, "No: closed"), fault
