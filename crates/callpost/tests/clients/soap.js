// Node's soap, from our WSDL: SOAP 1.1 and 1.2. In style rpc it gives numbers as text, and it trims text unless told.
// usage: [WSDL=?wsdl] node soap.js URL KEY TAG [CA PEM]    exit 0 only when every answer was right to the letter
'use strict';
const https = require('https');
const soap = require('soap');
const { url, key, tag, tls, expected, verdict, letters, message, run } = require('./expected.js');

const query = process.env.WSDL || '?wsdl';
const FIELDS = ['to', 'from', 'subject', 'text', 'headers'];

/** A message as the struct that our WSDL describes. */
function struct(address) {
  return Object.fromEntries(message(address).map((value, place) => [FIELDS[place], value]));
}

/** What the library makes of numbers and lists: text; an object with `item`, null when it is empty. */
function read(answer) {
  const numbered = (row) => ('error_code' in row ? { ...row, error_code: Number(row.error_code) } : row);
  const errors = (list) => (list ? [].concat(list.item).map(numbered) : []);
  return numbered('errors' in answer ? { ...answer, errors: errors(answer.errors) } : answer);
}

const wsdl = tls.cert ? { wsdl_options: { httpsAgent: new https.Agent(tls) } } : {};

async function fault(call, pattern, what) {
  try {
    verdict(false, `${what}: ${JSON.stringify((await call())[0])}`);
  } catch (error) {
    verdict(pattern.test(error.message), `${what}: ${error.message}`);
  }
}

async function calls(name, options) {
  const client = await soap.createClientAsync(`${url}${query}`, { preserveWhitespace: true, normalizeNames: true, ...wsdl, ...options });
  if (tls.cert) {
    client.setSecurity(new soap.ClientSSLSecurity(tls.key, tls.cert, tls.ca, {}));
  }
  const port = Object.values(Object.values(client.describe())[0]);
  verdict(port.length > 0 && 'send_message' in port[0], `${name}: described`);
  client.setEndpoint(url);
  const send = async (word, to) => (await client.send_messageAsync({ api_key: word, messages: { item: to.map(struct) } }))[0].return;
  const [wanted, unwanted, wrong] = [`wanted-${tag}-${name}@example.org`, `unwanted-${tag}@example.org`, 'wrong@mail@example.org'];
  letters(`${name}: queued`, expected.queued, read(await send(key, [wanted])));
  letters(`${name}: wrong key`, expected.unauthorised, read(await send('wrong-key', [wanted])));
  letters(`${name}: bad address`, expected.refused[0], read(await send(key, [wrong])));
  letters(`${name}: good and bad`, expected.refused[1], read(await send(key, [unwanted, wrong])));
  for (const text of ['Za\u017c\u00f3\u0142\u0107 <&> \u{1f600}', '007', '  white  ']) {
    letters(`${name}: echo ${text}`, text, (await client.TestAPI_echoAsync({ text }))[0].return);
  }
  letters(`${name}: getMonth`, expected.month, (await client.getMonthAsync({ year: 2003, month: 1 }))[0].return);
  await fault(() => client.getMonthAsync({ year: 2003, month: 13 }), /month must be from 1 to 12, not 13/, `${name}: month 13`);
}

run(async () => {
  await calls('soap11', {});
  await calls('soap12', { forceSoap12Headers: true });
});
