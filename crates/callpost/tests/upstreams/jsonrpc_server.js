// A service behind Callpost that speaks JSON-RPC 2.0: Node's own HTTP server, and the specification.
const http = require('http');
const fs = require('fs');

function kind(value) {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'double';
  return { string: 'string', boolean: 'bool', object: 'struct' }[typeof value];
}

const pause = seconds => new Promise(resolve => setTimeout(resolve, 1000 * seconds));

const methods = {
  mirror: values => ({ kinds: values.map(kind), values }),
  only: () => ['one'],
  subtract: (a, b) => a - b,
  refuse: why => { throw { code: 4711, message: 'No: ' + why }; },
  slow: async seconds => {
    fs.appendFileSync(process.argv[3], 'slow\n');
    await pause(seconds);
    return 'done';
  },
};

async function answer(call) {
  const head = { jsonrpc: '2.0', id: call.id };
  const method = methods[call.method];
  if (!method) return { ...head, error: { code: -32601, message: 'Method not found' } };
  if (!Array.isArray(call.params ?? [])) return { ...head, error: { code: -32602, message: 'Positions, please' } };
  try {
    return { ...head, result: await method(...(call.params ?? [])) };
  } catch (error) {
    return { ...head, error };
  }
}

http.createServer((request, response) => {
  const chunks = [];
  request.on('data', chunk => chunks.push(chunk));
  request.on('end', async () => {
    const said = await answer(JSON.parse(Buffer.concat(chunks)));
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(said));
  });
}).listen(Number(process.argv[2]), '127.0.0.1');
