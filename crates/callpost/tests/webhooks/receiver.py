"""A receiver of webhooks: verifies by the published library, and notes what it takes, one line each.

Usage: receiver.py PORT FILE SECRET. While FILE.refuse exists it answers 503.
"""
import http.server
import json
import os
import sys

from standardwebhooks.webhooks import Webhook

port, file, secret = int(sys.argv[1]), sys.argv[2], sys.argv[3]
hook = Webhook(secret)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['content-length']))
        fields = {name.lower(): value for name, value in self.headers.items()}
        try:
            payload = hook.verify(body, fields)
        except Exception as error:
            payload = {'type': f'NOT VERIFIED: {error}', 'data': {}}
        refused = os.path.exists(file + '.refuse')
        if not refused:
            with open(file, 'a') as notes:
                data = payload['data']
                row = {'id': fields.get('webhook-id'), 'type': payload['type'], 'data': data}
                notes.write(json.dumps(row) + '\n')
        self.send_response(503 if refused else 204)
        self.send_header('content-length', '0')
        self.end_headers()

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(('127.0.0.1', port), Handler).serve_forever()
