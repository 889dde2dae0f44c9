// json-rpc-2.0, over Node's own HTTP: also a notification, and a call by name.
// usage: node json_rpc_2.js URL KEY TAG [CA PEM]      exit 0 only when every answer was right to the letter
'use strict';
const { JSONRPCClient } = require('json-rpc-2.0');
const { url, tls, expected, letters, calls, run } = require('./expected.js');

const carrier = require(url.startsWith('https') ? 'https' : 'http');
let last = 0;

function post(text) {
  const options = { method: 'POST', headers: { 'Content-Type': 'application/json' }, ...tls };
  return new Promise((resolve, reject) => {
    carrier.request(url, options, (answer) => {
      const chunks = [];
      last = answer.statusCode;
      answer.on('data', (chunk) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks).toString()));
    }).on('error', reject).end(text);
  });
}

const client = new JSONRPCClient(async (request) => {
  const text = await post(JSON.stringify(request));
  if (text) client.receive(JSON.parse(text));
});

run(async () => {
  await calls((method, params) => client.request(method, params), (error) => [error.code, error.message]);
  letters('getMonth by name', expected.month, await client.request('getMonth', { month: 1, year: 2003 }));
  client.notify('getMonth', [2003, 1]);
  await client.request('getMonth', [2003, 1]);
  const [one, two] = await client.requestAdvanced([
    { jsonrpc: '2.0', id: 'a', method: 'TestAPI.echo', params: ['x'] },
    { jsonrpc: '2.0', id: 'b', method: 'getMonth', params: [2003, 13] },
  ]);
  letters('a batch', ['x', -32602, 200], [one.result, two.error.code, last]);
});
