"""shaped_server.py PORT: answers XML-RPC as Odoo, rTorrent, WordPress and Bugzilla do, octet for octet in their habits, and
packs what it says for whoever asks for that. Arguments that they would refuse, it refuses."""
import gzip
import http.server
import sys
import xmlrpc.client

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def odoo(result):
    """Odoo is Python: nil allowed, False where a field is empty."""
    return xmlrpc.client.dumps((result,), methodresponse=True, allow_none=True)


def execute_kw(database, user, password, model, method, arguments, options):
    if model != 'res.partner':
        words = 'Traceback (most recent call last):\n  File "odoo/http.py"\nKeyError: \'%s\'\n' % model
        return xmlrpc.client.dumps(xmlrpc.client.Fault(1, words))
    assert (database, user, password, method) == ('db', 7, 'pw', 'search_read'), (database, user, password, method)
    assert arguments == [[['is_company', '=', True]]] and options == {'fields': ['name'], 'limit': 2}, (arguments, options)
    return odoo([{'id': 1, 'name': 'Zażółć', 'parent_id': False, 'comment': None, 'child_ids': [2, 3]}])


def multicall2(target, view, *commands):
    assert (target, view, commands) == ('', 'main', ('d.hash=', 'd.name=', 'd.size_bytes=')), (target, view, commands)
    row = '<array><data>\r\n<value><string>A1B2</string></value>\r\n<value><string>name</string></value>\r\n' \
          '<value><i8>5368709120</i8></value>\r\n</data></array>'
    return HEAD + '\r\n<methodResponse>\r\n<params>\r\n<param><value><array><data>\r\n<value>%s</value>\r\n' \
                  '</data></array></value></param>\r\n</params>\r\n</methodResponse>\r\n' % row


def fault(code, words, space=''):
    """rTorrent has i4, WordPress int, and much white space; both have a newline before the declaration with some plugins."""
    return space + HEAD + """
<methodResponse>
  <fault>
    <value>
      <struct>
        <member>
          <name>faultCode</name>
          <value>%s</value>
        </member>
        <member>
          <name>faultString</name>
          <value><string>%s</string></value>
        </member>
      </struct>
    </value>
  </fault>
</methodResponse>
""" % (code, words)


def posts(blog, user, password, wanted):
    assert blog == 1 and wanted == {'post_type': 'post', 'number': 1}, (blog, wanted)
    if password != 'pw':
        return fault('<int>403</int>', 'Incorrect username or password.', '\n')
    return '\n' + HEAD + """
<methodResponse>
  <params>
    <param>
      <value>
      <array><data>
  <value><struct>
  <member><name>post_id</name><value><string>1</string></value></member>
  <member><name>post_title</name><value><string>Hello &#38; world</string></value></member>
  <member><name>post_date</name><value><dateTime.iso8601>20260102T03:04:05</dateTime.iso8601></value></member>
  <member><name>post_date_gmt</name><value><dateTime.iso8601></dateTime.iso8601></value></member>
  <member><name>sticky</name><value><boolean>0</boolean></value></member>
  <member><name>terms</name><value><array><data>
</data></array></value></member>
</struct></value>
</data></array>
      </value>
    </param>
  </params>
</methodResponse>
"""


def bugs(wanted):
    if wanted.get('Bugzilla_api_key') != 'k':
        return '<?xml version="1.0" encoding="UTF-8"?><methodResponse><fault><value><struct><member><name>faultString</name>' \
               '<value><string>You must log in before using this part of Bugzilla.</string></value></member><member>' \
               '<name>faultCode</name><value><int>410</int></value></member></struct></value></fault></methodResponse>'
    assert wanted['ids'] == [42], wanted
    return '<?xml version="1.0" encoding="UTF-8"?><methodResponse><params><param><value><struct><member><name>bugs</name>' \
           '<value><array><data><value><struct><member><name>id</name><value><int>42</int></value></member><member>' \
           '<name>summary</name><value><string>It breaks</string></value></member><member><name>creation_time</name><value>' \
           '<dateTime.iso8601>20260102T03:04:05</dateTime.iso8601></value></member><member><name>dupe_of</name><value>' \
           '<nil/></value></member><member><name>whiteboard</name><value><string/></value></member><member>' \
           '<name>is_open</name><value><boolean>1</boolean></value></member><member><name>deadline</name><value/>' \
           '</member></struct></value></data></array></value></member><member><name>faults</name><value><array>' \
           '<data/></array></value></member></struct></value></param></params></methodResponse>'


def login(*who):
    return odoo(7 if who == ('db', 'admin', 'pw', {}) else False)


METHODS = {
    'authenticate': login,
    'execute_kw': execute_kw,
    'd.multicall2': multicall2,
    'wp.getPosts': posts,
    'Bug.get': bugs,
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        arguments, method = xmlrpc.client.loads(body, use_builtin_types=True)
        if 'User-Agent' not in self.headers:
            return self.send_error(403)
        known = METHODS.get(method)
        answer = known(*arguments) if known else fault('<i4>-506</i4>', "Method '%s' not defined" % method)
        octets = answer.encode()
        self.send_response(200)
        self.send_header('Content-Type', 'text/xml; charset=UTF-8')
        if 'gzip' in self.headers.get('Accept-Encoding', ''):
            octets = gzip.compress(octets)
            self.send_header('Content-Encoding', 'gzip')
        self.send_header('Content-Length', str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
