// Node's jayson, by JSON-RPC: single calls, a batch, a notification.
// usage: node jayson.js URL KEY TAG [CA PEM]          exit 0 only when every answer was right to the letter
'use strict';
const jayson = require('jayson/promise');
const { url, tls, expected, letters, calls, run } = require('./expected.js');

const client = url.startsWith('https:') ? jayson.Client.https({ ...parts(url), ...tls }) : jayson.Client.http(parts(url));

function parts(text) {
  const { hostname, port, pathname } = new URL(text);
  return { hostname, port, path: pathname };
}

async function call(method, params) {
  const answer = await client.request(method, params);
  if ('error' in answer) {
    throw answer.error;
  }
  return answer.result;
}

run(async () => {
  await calls(call, (error) => [error.code, error.message]);
  letters('by name', expected.month, await call('getMonth', { month: 1, year: 2003 }));
  const batch = [client.request('TestAPI.echo', ['one'], 'a', false), client.request('no.such.method', [], undefined, false)];
  const answers = await client.request(batch);
  letters('batch', [['a', 'one'], [-32601]], answers.map((a) => (a.error ? [a.error.code] : [a.id, a.result])));
  letters('notification', undefined, await client.request('TestAPI.echo', ['nobody hears'], null));
});
