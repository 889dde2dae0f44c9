// A service behind Callpost: Node's soap, with the WSDL whose style STYLE names. It serves its WSDL itself.
// usage: STYLE=document node soap_server.js PORT
'use strict';
const fs = require('fs');
const http = require('http');
const path = require('path');
const soap = require('soap');

const style = process.env.STYLE;
const kind = value => (Array.isArray(value) ? 'list' : value === null ? 'null' : { number: 'number', object: 'struct' }[typeof value] ?? typeof value);
const many = one => (one === undefined || one === null ? [] : [].concat(one));

const methods = {
  repeat: ({ text, count }) => ({ repeatResult: { text: Array(Number(count)).fill(text) } }),
  mirror: ({ order }) => {
    const lines = many(order.lines && order.lines.line).map(({ name, tags }) => ({ name, tags: many(tags) }));
    const kinds = ['id', 'price', 'paid'].map(name => kind(order[name]));
    return { mirrorResult: { order: { ...order, lines: { line: lines } }, kinds: { text: [...kinds, 'list', String(lines.length)] } } };
  },
  refuse: ({ why }) => {
    throw { Fault: { faultcode: 'soap:Client', faultstring: 'No: ' + why } };
  },
  nothing: () => ({}),
};

const server = http.createServer((request, response) => response.writeHead(404).end());
const wsdl = fs.readFileSync(path.join(__dirname, style + '.wsdl'), 'utf8');
server.listen(Number(process.argv[2]), '127.0.0.1', () => soap.listen(server, '/', { Shop: { ShopPort: methods } }, wsdl));
