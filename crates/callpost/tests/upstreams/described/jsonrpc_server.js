// A service behind Callpost: Node's jayson, with an OpenRPC document at /openrpc.json and as the answer of rpc.discover
// (unless DISCOVER is no). Its methods insist on what the document says: names for some, positions for others.
// usage: node jsonrpc_server.js PORT
'use strict';
const jayson = require('jayson');

const kind = value => (Array.isArray(value) ? 'list' : value === null ? 'null' : Number.isInteger(value) ? 'int' : typeof value);
const wrong = callback => callback({ code: -32602, message: 'not as described' });

const order = {
  title: 'Order',
  type: 'object',
  required: ['id', 'lines'],
  properties: {
    id: { type: 'integer' },
    price: { type: 'number' },
    paid: { type: 'boolean' },
    lines: { type: 'array', items: { $ref: '#/components/schemas/Line' } },
  },
};
const line = { title: 'Line', type: 'object', properties: { name: { type: 'string' }, tags: { type: 'array', items: { type: 'string' } } } };
const texts = { type: 'array', items: { type: 'string' } };
const seen = { title: 'Seen', type: 'object', properties: { order: { $ref: '#/components/schemas/Order' }, kinds: texts } };
const method = (name, paramStructure, params, schema) => ({
  name, paramStructure, summary: `What the shop does: ${name}.`,
  params: Object.entries(params).map(([name, schema]) => ({ name, required: true, schema })),
  result: { name: 'result', schema },
});
const document = {
  openrpc: '1.3.2',
  info: { title: 'Shop', version: '1' },
  methods: [
    method('repeat', 'by-position', { text: { type: 'string' }, count: { type: 'integer' } }, texts),
    method('mirror', 'by-name', { order: { $ref: '#/components/schemas/Order' } }, { $ref: '#/components/schemas/Seen' }),
    method('refuse', 'either', { why: { type: 'string' } }, { type: 'string' }),
  ],
  components: { schemas: { Order: order, Line: line, Seen: seen } },
};

const methods = {
  repeat: (given, callback) => (Array.isArray(given) ? callback(null, Array(given[1]).fill(given[0])) : wrong(callback)),
  mirror: (given, callback) => {
    if (Array.isArray(given)) return wrong(callback);
    const { id, price, paid, lines } = given.order;
    return callback(null, { order: given.order, kinds: [kind(id), kind(price), kind(paid), kind(lines), String(lines.length)] });
  },
  refuse: (given, callback) => callback({ code: 4711, message: 'No: ' + (given.why ?? given[0]) }),
};

// jayson keeps names with `rpc.` for itself, but lets a router answer them.
const discover = new jayson.Method({ handler: (_, callback) => callback(null, document) });
const router = name => (name === 'rpc.discover' && process.env.DISCOVER !== 'no' ? discover : jayson.server(methods)._methods[name]);
const server = jayson.server(methods, { router }).http();
const [answer] = server.listeners('request');
server.removeAllListeners('request');
server.on('request', (request, response) => {
  if (request.method === 'GET' && request.url === '/openrpc.json') response.end(JSON.stringify(document));
  else answer.call(server, request, response);
});
server.listen(Number(process.argv[2]), '127.0.0.1');
