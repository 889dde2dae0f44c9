#!/usr/bin/perl
# Perl's Frontier::Client, the first XML-RPC client of Perl.
# usage: frontier.pl URL KEY TAG [CA PEM]             exit 0 only when every answer was right
use strict;
use warnings;
use Frontier::Client;

my ($url, $key, $tag, $ca, $pem) = @ARGV;
my $failures = 0;
my @rest = ('sender@example.org', 'Subject', 'Hello world!', 'AdditionalHeader: XML-RPC mail sender');
my $client = Frontier::Client->new(url => $url);
$client->{ua}->ssl_opts(SSL_cert_file => $pem, SSL_key_file => $pem, SSL_ca_file => $ca) if $ca;

sub same {
    my ($what, $wanted, $got) = @_;
    $got = 'nothing' unless defined $got;
    my $right = $wanted eq $got;
    print STDERR $right ? "ok    $what\n" : "WRONG $what: wanted '$wanted', got '$got'\n";
    $failures++ unless $right;
}

sub fault {
    eval { $client->call(@_) };
    return $@ =~ s/\s+$//r;
}

same('echo', 'Hello <&> world', $client->call('TestAPI.echo', 'Hello <&> world'));
same('echo of a string of digits', '007', $client->call('TestAPI.echo', $client->string('007')));
same('echo of a list', 'a b', join ' ', @{ $client->call('TestAPI.echo', ['a', 'b']) });
my $ok = $client->call('send_message', $key, [["wanted-$tag\@example.org", @rest]]);
same('queued', 'ok 1 message(s) successfully queued for sending. 0', "$ok->{status} $ok->{user_message} " . @{ $ok->{errors} });
my $denied = $client->call('send_message', 'wrong-key', [["wanted-$tag\@example.org", @rest]]);
same('wrong key', '100 Error: Authorization failed.', "$denied->{error_code} $denied->{user_message}");
my ($unwanted, $wrong) = (["unwanted-$tag\@example.org", @rest], ['wrong@mail@example.org', @rest]);
for my $case (['bad address', '0 were correct', $wrong], ['good and bad', '1 were correct', $unwanted, $wrong]) {
    my ($what, $count, @messages) = @$case;
    my $refused = $client->call('send_message', $key, \@messages);
    same($what, "$count 50", "$refused->{user_message} $refused->{errors}[0]{error_code}");
    same($what, 'Error: Recepient address (wrong@mail@example.org) incorrect', $refused->{errors}[0]{user_message});
}
same('getMonth', 'January 2003', join ' ', (split ' ', $client->call('getMonth', 2003, 1))[0, 1]);
my $said = 'Fault returned from XML RPC Server, fault code';
same('month 13 is a fault', "$said -32602: month must be from 1 to 12, not 13", fault('getMonth', 2003, 13));
same('an unknown method is a fault', "$said -32601: there is no such method", fault('no.such.method'));
exit($failures ? 1 : 0);
