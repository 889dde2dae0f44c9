"""keeps.py PORT NAME…: prints each NAME whose canned answer xmlrpc.client makes something of."""
import sys
import xmlrpc.client

for name in sys.argv[2:]:
    try:
        getattr(xmlrpc.client.ServerProxy("http://127.0.0.1:%s/" % sys.argv[1], allow_none=True), name)()
        print(name)
    except xmlrpc.client.Fault:
        print(name)
    except Exception:
        pass
