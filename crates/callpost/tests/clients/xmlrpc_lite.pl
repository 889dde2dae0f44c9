#!/usr/bin/perl
# Perl's XMLRPC::Lite, which sends "48123" as an int and any text beyond ASCII as base64.
# usage: xmlrpc_lite.pl URL KEY TAG [CA PEM]          exit 0 only when every answer was right
use strict;
use warnings;
use XMLRPC::Lite;

my ($url, $key, $tag, $ca, $pem) = @ARGV;
my $failures = 0;
my @rest = ('sender@example.org', 'Subject', 'Hello world!', 'AdditionalHeader: XML-RPC mail sender');
my $client = XMLRPC::Lite->proxy($url, timeout => 30);
$client->transport->proxy->ssl_opts(SSL_cert_file => $pem, SSL_key_file => $pem, SSL_ca_file => $ca) if $ca;

sub same {
    my ($what, $wanted, $got) = @_;
    $got = 'nothing' unless defined $got;
    my $right = $wanted eq $got;
    print STDERR $right ? "ok    $what\n" : "WRONG $what: wanted '$wanted', got '$got'\n";
    $failures++ unless $right;
}

sub result {
    my $answer = $client->call(@_);
    die "no answer\n" unless ref $answer;
    return $answer->fault ? { fault => $answer->faultcode } : $answer->result;
}

same('echo', 'Hello world', result('TestAPI.echo', 'Hello world'));
same('echo of a string of digits', '007', result('TestAPI.echo', XMLRPC::Data->type(string => '007')));
same('echo of bytes', "Za\xc5\xbc", result('TestAPI.echo', "Za\xc5\xbc"));
my $ok = result('send_message', $key, [["wanted-$tag\@example.org", @rest[0, 1], '48123', $rest[3]]]);
same('queued', 'ok', $ok->{status});
same('queued', '1 message(s) successfully queued for sending.', $ok->{user_message});
same('queued', 0, scalar @{ $ok->{errors} });
my $denied = result('send_message', 'wrong-key', [["wanted-$tag\@example.org", @rest]]);
same('wrong key', '100 Error: Authorization failed.', "$denied->{error_code} $denied->{user_message}");
my ($unwanted, $wrong) = (["unwanted-$tag\@example.org", @rest], ['wrong@mail@example.org', @rest]);
for my $case (['bad address', '0 were correct', $wrong], ['good and bad', '1 were correct', $unwanted, $wrong]) {
    my ($what, $count, @messages) = @$case;
    my $refused = result('send_message', $key, \@messages);
    same($what, $count, $refused->{user_message});
    my $row = $refused->{errors}[0];
    same($what, 50, $row->{error_code});
    same($what, 'error_code extra_headers from headers message subject text to user_message', join ' ', sort keys %$row);
    same($what, 'Error: Recepient address (wrong@mail@example.org) incorrect', $row->{user_message});
}
same('getMonth', 'January 2003', join ' ', (split ' ', result('getMonth', 2003, 1))[0, 1]);
same('month 13 is a fault', -32602, result('getMonth', 2003, 13)->{fault});
same('an unknown method is a fault', -32601, result('no.such.method')->{fault});
exit($failures ? 1 : 0);
