// jayson's server, which knows no rpc.discover. usage: node jsonrpc_server.js PORT
'use strict';
const jayson = require('jayson');
new jayson.Server({ add: ([a, b], done) => done(null, a + b) }).http().listen(Number(process.argv[2]), '127.0.0.1');
