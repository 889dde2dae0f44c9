# Ruby's soap4r: calls declared in the program (rpc/encoded), and drivers made from both WSDLs. Over plain HTTP: for a
# client certificate it wants a library of its own.
# usage: ruby soap4r.rb URL KEY TAG                   exit 0 only when every answer was right
$VERBOSE = nil
require 'soap/rpc/driver'
require 'soap/wsdlDriver'

URL, KEY, TAG = ARGV
TEXT = "Za\u017c\u00f3\u0142\u0107 <&>".freeze
REST = ['sender@example.org', 'Subject', 'Hello world!', 'AdditionalHeader: XML-RPC mail sender'].freeze
FIELDS = %w[from subject text headers].freeze
WRONG = 'wrong@mail@example.org'.freeze
$failures = 0

def same(what, wanted, got)
  $stderr.puts(wanted == got ? "ok    #{what}" : "WRONG #{what}: wanted #{wanted.inspect}, got #{got.inspect}")
  $failures += 1 unless wanted == got
end

def fault
  yield
rescue SOAP::FaultError => e
  e.message
end

def sends(name, item)
  good, unwanted, wrong = ["wanted-#{TAG}-#{name}@example.org", "unwanted-#{TAG}@example.org", WRONG].map { |to| item.call(to) }
  ok = yield(KEY, [good])
  same("#{name} queued", ['ok', '1 message(s) successfully queued for sending.'], [ok.status, ok.user_message])
  denied = yield('wrong-key', [good])
  same("#{name} wrong key", [100, 'Error: Authorization failed.'], [denied.error_code.to_i, denied.user_message])
  [['0 were correct', [wrong]], ['1 were correct', [unwanted, wrong]]].each do |count, messages|
    refused = yield(KEY, messages)
    rows = refused.errors.respond_to?(:item) ? refused.errors.item : refused.errors
    row = [rows].flatten.first
    same("#{name} #{count}", [count, 50, WRONG], [refused.user_message, row.error_code.to_i, row.to])
  end
end

driver = SOAP::RPC::Driver.new(URL, 'urn:callpost')
{ 'getMonth' => %w[year month], 'send_message' => %w[api_key messages], 'noSuchMethod' => %w[x] }.each { |name, params| driver.add_method(name, *params) }
driver.add_method_as('echo', 'TestAPI.echo', 'text')
sends('encoded', ->(to) { [to, *REST] }) { |key, messages| driver.send_message(key, messages) }
same('encoded echo', TEXT, driver.echo(TEXT))
same('encoded getMonth', 'January 2003', driver.getMonth(2003, 1).split[0, 2].join(' '))
same('encoded month 13', 'month must be from 1 to 12, not 13', fault { driver.getMonth(2003, 13) })
same('encoded unknown method', 'there is no such method', fault { driver.noSuchMethod(1) })
{ 'rpc' => '?wsdl', 'document' => '?wsdl=document' }.each do |style, query|
  described = SOAP::WSDLDriverFactory.new(URL + query).create_rpc_driver
  call = lambda do |method, **values|
    style == 'rpc' ? described.send(method, *values.values).first : described.send(method, values)['return']
  end
  struct = ->(to) { FIELDS.zip(REST).to_h.merge('to' => to) }
  sends(style, struct) { |key, messages| call.call(:send_message, api_key: key, messages: { item: messages }) }
  same("#{style} getMonth", 'January 2003', call.call(:getMonth, year: 2003, month: 1).split[0, 2].join(' '))
  same("#{style} month 13", 'month must be from 1 to 12, not 13', fault { call.call(:getMonth, year: 2003, month: 13) })
end
exit($failures.zero? ? 0 : 1)
