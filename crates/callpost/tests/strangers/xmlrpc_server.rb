# Ruby's XML-RPC server, with introspection and signatures. usage: ruby xmlrpc_server.rb PORT
require 'webrick'
require 'xmlrpc/server'
quiet = WEBrick::Log.new(nil, WEBrick::BasicLog::FATAL)
server = XMLRPC::Server.new(Integer(ARGV[0]), '127.0.0.1', 4, nil, false, true, { Logger: quiet, AccessLog: [] })
server.add_handler('add', [%w[int int int], %w[int int int int]], 'Adds two numbers.') { |*numbers| numbers.sum }
server.add_introspection
server.serve
