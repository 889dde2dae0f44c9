#!/usr/bin/perl
# Perl's RPC::XML::Client: typed values, nil and i8, requests packed in gzip and sent from a file.
# usage: rpc_xml.pl URL KEY TAG [CA PEM]             exit 0 only when every answer was right
use strict;
use warnings;
use utf8;
use RPC::XML;
use RPC::XML::Client;

my ($url, $key, $tag, $ca, $pem) = @ARGV;
my $failures = 0;
my @rest = ('sender@example.org', 'Subject', 'Hello world!', 'AdditionalHeader: XML-RPC mail sender');
$RPC::XML::ALLOW_NIL = 1;
$RPC::XML::ENCODING = 'utf-8';
my $client = RPC::XML::Client->new($url);
$client->useragent->ssl_opts(SSL_cert_file => $pem, SSL_key_file => $pem, SSL_ca_file => $ca) if $ca;
binmode STDERR, ':utf8';

sub same {
    my ($what, $wanted, $got) = @_;
    $got = 'nothing' unless defined $got;
    my $right = $wanted eq $got;
    print STDERR $right ? "ok    $what\n" : "WRONG $what: wanted '$wanted', got '$got'\n";
    $failures++ unless $right;
}

sub answer {
    my $answer = $client->send_request(@_);
    return ref $answer ? $answer : die "no answer: $answer\n";
}

for my $value (RPC::XML::string->new('007'), RPC::XML::string->new('Hello <&> world'), RPC::XML::int->new(-5),
    RPC::XML::i8->new('1099511627776'), RPC::XML::boolean->new(1), RPC::XML::nil->new(), RPC::XML::base64->new("\0\xff")) {
    my $echo = answer('TestAPI.echo', $value);
    same('echo of ' . ref $value, $value->as_string, $echo->as_string);
}
same('echo of a struct', 'a 1', join ' ', %{ answer('TestAPI.echo', { a => 1 })->value });
my $ok = answer('send_message', $key, [["wanted-$tag\@example.org", @rest]])->value;
same('queued', 'ok 1 message(s) successfully queued for sending. 0', "$ok->{status} $ok->{user_message} " . @{ $ok->{errors} });
my $denied = answer('send_message', 'wrong-key', [["wanted-$tag\@example.org", @rest]])->value;
same('wrong key', '100 Error: Authorization failed.', "$denied->{error_code} $denied->{user_message}");
my $refused = answer('send_message', $key, [["unwanted-$tag\@example.org", @rest], ['wrong@mail@example.org', @rest]])->value;
same('good and bad', '1 were correct 50', "$refused->{user_message} $refused->{errors}[0]{error_code}");
for my $case ([-32602, 'getMonth', 2003, 13], [-32601, 'no.such.method']) {
    my ($code, @call) = @$case;
    my $fault = answer(@call);
    same("$call[0] is a fault", $code, $fault->is_fault ? $fault->code : 'no fault');
}
$client->compress_requests(1);
$client->compress_thresh(10);
same('packed', 'x' x 5000, answer('TestAPI.echo', 'x' x 5000)->value);
$client->compress_requests(0);
$client->message_file_thresh(100);
same('from a file', 'y' x 5000, answer('TestAPI.echo', 'y' x 5000)->value);
exit($failures ? 1 : 0);
