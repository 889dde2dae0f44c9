// What the Node programs send, and the answers they must see, to the letter.
'use strict';
const fs = require('fs');
const path = require('path');

const [url, key, tag, ca, pem] = process.argv.slice(2);
const expected = JSON.parse(fs.readFileSync(path.join(__dirname, 'expected.json'), 'utf8'));
const tls = ca ? { ca: fs.readFileSync(ca), cert: fs.readFileSync(pem), key: fs.readFileSync(pem) } : {};
let failures = 0;

function verdict(right, what) {
  process.stderr.write(`${right ? 'ok    ' : 'WRONG '}${what}\n`);
  failures += right ? 0 : 1;
}

/** Equal as JSON text: same members, same order, same types. */
function letters(what, wanted, got) {
  const [left, right] = [JSON.stringify(wanted), JSON.stringify(got)];
  verdict(left === right, left === right ? what : `${what}: wanted ${left}, got ${right}`);
}

function message(address) {
  return [address, 'sender@example.org', 'Subject', 'Hello world!', 'AdditionalHeader: XML-RPC mail sender'];
}

/**
 * The calls every program of this folder makes. `call(method, arguments)` promises the result or throws what the
 * library throws; `read(error)` gives that error's [code, text].
 */
async function calls(call, read) {
  const fault = async (method, params) => {
    try {
      return ['no fault', await call(method, params)];
    } catch (error) {
      return read(error);
    }
  };
  for (const value of expected.values) {
    letters(`echo ${JSON.stringify(value)}`, value, await call('TestAPI.echo', [value]));
  }
  const [wanted, unwanted, wrong] = [`wanted-${tag}@example.org`, `unwanted-${tag}@example.org`, 'wrong@mail@example.org'].map(message);
  letters('queued', expected.queued, await call('send_message', [key, [wanted]]));
  letters('wrong key', expected.unauthorised, await call('send_message', ['wrong-key', [wanted]]));
  letters('bad address', expected.refused[0], await call('send_message', [key, [wrong]]));
  letters('good and bad', expected.refused[1], await call('send_message', [key, [unwanted, wrong]]));
  letters('getMonth', expected.month, await call('getMonth', [2003, 1]));
  letters('month 13', [-32602, expected.bad_month], await fault('getMonth', [2003, 13]));
  letters('unknown method', -32601, (await fault('no.such.method', []))[0]);
}

/** Ends the program: 0 only when every answer was right. */
function run(program) {
  program().catch((error) => verdict(false, error.stack)).then(() => process.exit(failures ? 1 : 0));
}

module.exports = { url, key, tag, tls, expected, verdict, letters, message, calls, run };
