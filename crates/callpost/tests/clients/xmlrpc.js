// Node's xmlrpc.
// usage: node xmlrpc.js URL KEY TAG [CA PEM]          exit 0 only when every answer was right to the letter
'use strict';
const xmlrpc = require('xmlrpc');
const { url, tls, calls, run } = require('./expected.js');

const { hostname, port, pathname } = new URL(url);
const options = { host: hostname, port, path: pathname, ...tls };
const client = url.startsWith('https:') ? xmlrpc.createSecureClient(options) : xmlrpc.createClient(options);

function call(method, params) {
  return new Promise((resolve, reject) => {
    client.methodCall(method, params, (error, value) => (error ? reject(error) : resolve(value)));
  });
}

run(() => calls(call, (error) => [error.faultCode, error.faultString]));
