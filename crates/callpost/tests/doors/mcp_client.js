// The official TypeScript clients, 1.x and 2.x. Takes PACKAGE MODE and then `http URL KEY` or `stdio BINARY CONFIG KEYFILE`; exits 0 only
// if satisfied.
'use strict';
const assert = require('assert');

const [name, mode, way, ...rest] = process.argv.slice(2);
const isOld = name === '@modelcontextprotocol/sdk';
const load = (part) => require(isOld ? `${name}/client/${part}.js` : part === 'stdio' ? `${name}/stdio` : name);
const { Client } = load('index');
const version = mode === 'legacy' ? '2025-11-25' : '2026-07-28';

function transport() {
    if (way === 'http') {
        const [url, key] = rest;
        const { StreamableHTTPClientTransport } = load('streamableHttp');
        return new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { Authorization: `Bearer ${key}` } } });
    }
    const [binary, config, keyFile] = rest;
    const { StdioClientTransport } = load('stdio');
    return new StdioClientTransport({ command: binary, args: ['-c', config, 'mcp', '--key-file', keyFile] });
}

function text(result, isError = false) {
    assert.strictEqual(Boolean(result.isError), isError, JSON.stringify(result));
    return result.content[0].text;
}

async function main() {
    const negotiation = mode.startsWith('20') ? { pin: mode } : mode;
    const client = new Client({ name: 'judge', version: '1' }, isOld ? {} : { versionNegotiation: { mode: negotiation } });
    await client.connect(transport());
    const spoken = client.getNegotiatedProtocolVersion?.();
    if (spoken !== undefined) assert.strictEqual(spoken, version);
    const { tools } = await client.listTools();
    const send = tools.find((tool) => tool.name === 'send_message');
    assert.ok(send.annotations.readOnlyHint === false && send.annotations.openWorldHint === true);
    assert.ok(!tools.some((tool) => tool.name === 'TestAPI_echo') && tools.some((tool) => tool.name === 'registry_mirror'));

    const call = (tool, args) => client.callTool({ name: tool, arguments: args });
    assert.ok(text(await call('getMonth', { year: 2003, month: 1 })).startsWith('    January 2003\n'));
    assert.ok(text(await call('getMonth', { year: 2003, month: 13 }), true).includes('month'));
    assert.deepStrictEqual(JSON.parse(text(await call('registry_repeat', { text: 'zaż', count: 2 }))), ['zaż', 'zaż']);
    assert.ok(text(await call('registry_refuse', { why: 'closed' }), true).includes('No: closed'));
    const row = { to: 'ann@y.example', from: 'bob@x.example', subject: 'Hello', text: 'Hi.' };
    const sent = await call('send_message', { messages: [row] });
    assert.ok(text(sent) && sent.structuredContent.status === 'ok');
    await assert.rejects(call('TestAPI_echo', {}), /unknown tool/);
    await client.close();
}

main().then(() => { console.log('satisfied'); process.exit(0); }, (error) => { console.error(error); process.exit(1); });
