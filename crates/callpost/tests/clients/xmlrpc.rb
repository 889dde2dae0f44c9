#!/usr/bin/ruby
# Ruby's xmlrpc library.
# usage: ruby xmlrpc.rb URL KEY TAG [CA PEM]          exit 0 only when every answer was right to the letter
require 'json'
require 'openssl'
require 'uri'
require 'xmlrpc/client'

URL, KEY, TAG, CA, PEM = ARGV
EXPECTED = JSON.parse(File.read(File.join(__dir__, 'expected.json'), encoding: 'utf-8'))
$failures = 0

def verdict(right, what)
  warn((right ? 'ok    ' : 'WRONG ') + what)
  $failures += 1 unless right
end

# Equal as JSON text: same members, same order, same types.
def letters(what, wanted, got)
  wanted, got = [wanted, got].map { |value| JSON.generate(value) }
  verdict(wanted == got, wanted == got ? what : "#{what}: wanted #{wanted}, got #{got}")
end

def message(address)
  [address, 'sender@example.org', 'Subject', 'Hello world!', 'AdditionalHeader: XML-RPC mail sender']
end

def fault(client, code, *call)
  client.call(*call)
  verdict(false, "#{call} gave no fault")
rescue XMLRPC::FaultException => fault
  letters("fault of #{call}", code, fault.faultCode)
  fault.faultString
end

uri = URI(URL)
client = XMLRPC::Client.new3(host: uri.host, port: uri.port, path: uri.path, use_ssl: uri.scheme == 'https', timeout: 30)
if CA
  pem = File.read(PEM)
  client.http.ca_file = CA
  client.http.cert = OpenSSL::X509::Certificate.new(pem)
  client.http.key = OpenSSL::PKey.read(pem)
  client.http.verify_mode = OpenSSL::SSL::VERIFY_PEER
end

EXPECTED['values'].each { |value| letters("echo #{value.inspect}", value, client.call('TestAPI.echo', value)) }
letters('echo of several', [1, 'two'], client.call('TestAPI.echo', 1, 'two'))
letters('echo of nothing', [], client.call('TestAPI.echo'))
wanted, unwanted, wrong = ["wanted-#{TAG}@example.org", "unwanted-#{TAG}@example.org", 'wrong@mail@example.org'].map { |to| message(to) }
letters('queued', EXPECTED['queued'], client.call('send_message', KEY, [wanted]))
letters('wrong key', EXPECTED['unauthorised'], client.call('send_message', 'wrong-key', [wanted]))
letters('bad address', EXPECTED['refused'][0], client.call('send_message', KEY, [wrong]))
letters('good and bad', EXPECTED['refused'][1], client.call('send_message', KEY, [unwanted, wrong]))
letters('getMonth', EXPECTED['month'], client.call('getMonth', 2003, 1))
letters('month 13', EXPECTED['bad_month'], fault(client, -32602, 'getMonth', 2003, 13))
fault(client, -32601, 'no.such.method')
letters('multicall', ['one', EXPECTED['month']], client.multicall(['TestAPI.echo', 'one'], ['getMonth', 2003, 1]))
letters('proxy', EXPECTED['month'], client.proxy.getMonth(2003, 1))
exit($failures.zero? ? 0 : 1)
