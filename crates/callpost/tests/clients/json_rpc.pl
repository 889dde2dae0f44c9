#!/usr/bin/perl
# Perl's JSON::RPC client. It is of JSON-RPC 1.1's time: its caller writes `jsonrpc => '2.0'` into the call, and it adds
# a member `version` that 2.0 does not know.
# usage: json_rpc.pl URL KEY TAG [CA PEM]             exit 0 only when every answer was right
use strict;
use warnings;
use File::Basename qw(dirname);
use JSON;
use JSON::RPC::Legacy::Client;

my ($url, $key, $tag, $ca, $pem) = @ARGV;
my $failures = 0;
my $client = JSON::RPC::Legacy::Client->new;
$client->ua->timeout(30);
$client->ua->ssl_opts(SSL_cert_file => $pem, SSL_key_file => $pem, SSL_ca_file => $ca) if $ca;
my $canonical = JSON->new->canonical->allow_nonref->utf8;
my $expected = do {
    open my $file, '<', dirname(__FILE__) . '/expected.json' or die "expected.json: $!";
    local $/;
    decode_json(<$file>);
};

# Equal as JSON text with sorted members: a Perl hash has no order.
sub letters {
    my ($what, $wanted, $got) = @_;
    ($wanted, $got) = map { $canonical->encode($_) } $wanted, $got;
    my $right = $wanted eq $got;
    print STDERR $right ? "ok    $what\n" : "WRONG $what: wanted $wanted, got $got\n";
    $failures++ unless $right;
}

sub answer {
    my ($method, @params) = @_;
    my $call = { jsonrpc => '2.0', method => $method, params => \@params, id => "call-$method" };
    my $answer = $client->call($url, $call);
    die $client->status_line . "\n" unless $answer;
    return $answer->is_success ? $answer->result : [$answer->error_message->{code}, $answer->error_message->{message}];
}

sub message {
    return [$_[0], 'sender@example.org', 'Subject', 'Hello world!', 'AdditionalHeader: XML-RPC mail sender'];
}

letters('echo', $_, answer('TestAPI.echo', $_)) for @{ $expected->{values} };
my ($wanted, $unwanted, $wrong) = map { message($_) } "wanted-$tag\@example.org", "unwanted-$tag\@example.org", 'wrong@mail@example.org';
letters('queued', $expected->{queued}, answer('send_message', $key, [$wanted]));
letters('wrong key', $expected->{unauthorised}, answer('send_message', 'wrong-key', [$wanted]));
letters('bad address', $expected->{refused}[0], answer('send_message', $key, [$wrong]));
letters('good and bad', $expected->{refused}[1], answer('send_message', $key, [$unwanted, $wrong]));
letters('getMonth', $expected->{month}, answer('getMonth', 2003, 1));
letters('month 13', [-32602, $expected->{bad_month}], answer('getMonth', 2003, 13));
letters('unknown method', -32601, answer('no.such.method')->[0]);
exit($failures ? 1 : 0);
