#!/usr/bin/perl
# Perl's SOAP::Lite over HTTP, SOAP 1.1 and 1.2.
# usage: soap_lite.pl URL KEY TAG [CA PEM]            exit 0 only when every answer was right
use strict;
use warnings;
use utf8;
use SOAP::Lite;

my ($url, $key, $tag, $ca, $pem) = @ARGV;
my $failures = 0;
my $january = "    January 2003\nMo Tu We Th Fr Sa Su\n       1  2  3  4  5\n 6  7  8  9 10 11 12\n"
    . "13 14 15 16 17 18 19\n20 21 22 23 24 25 26\n27 28 29 30 31\n";
my @rest = ('sender@example.org', 'Subject', 'Hello world!', 'AdditionalHeader: XML-RPC mail sender');

sub same {
    my ($what, $wanted, $got) = @_;
    $got = 'nothing' unless defined $got;
    my $right = $wanted eq $got;
    print STDERR $right ? "ok    $what\n" : "WRONG $what: wanted '$wanted', got '$got'\n";
    $failures++ unless $right;
}

for my $version ('1.1', '1.2') {
    my $mark = $version =~ tr/.//dr;
    my $soap = SOAP::Lite->soapversion($version)->uri('urn:callpost')->proxy($url, timeout => 30);
    $soap->transport->proxy->ssl_opts(SSL_cert_file => $pem, SSL_key_file => $pem, SSL_ca_file => $ca) if $ca;
    $soap->on_fault(sub { my ($client, $answer) = @_; die "no answer: " . $client->transport->status . "\n" unless ref $answer; $answer });
    same("$version getMonth", $january, $soap->call('getMonth', 2003, 1)->result);
    same("$version echo", 'Hello <&> world', $soap->call('TestAPI.echo', 'Hello <&> world')->result);
    my $ok = $soap->call('send_message', $key, [["wanted-$tag-soap$mark\@example.org", @rest]])->result || {};
    same("$version queued", 'ok', $ok->{status});
    same("$version queued", '1 message(s) successfully queued for sending.', $ok->{user_message});
    my $denied = $soap->call('send_message', 'wrong-key', [["wanted-$tag-soap$mark\@example.org", @rest]])->result || {};
    same("$version wrong key", 100, $denied->{error_code});
    same("$version wrong key", 'Error: Authorization failed.', $denied->{user_message});
    my ($unwanted, $wrong) = (["unwanted-$tag-soap$mark\@example.org", @rest], ['wrong@mail@example.org', @rest]);
    for my $case (['bad address', '0 were correct', $wrong], ['good and bad', '1 were correct', $unwanted, $wrong]) {
        my ($what, $count, @messages) = @$case;
        my $refused = $soap->call('send_message', $key, \@messages)->result || {};
        same("$version $what", $count, $refused->{user_message});
        my $row = $refused->{errors}[0];
        same("$version $what", 50, $row->{error_code});
        same("$version $what", 'Error: Recepient address (wrong@mail@example.org) incorrect', $row->{user_message});
    }
    for my $bad (['noSuchOperation', 1], ['getMonth', 2003, 13]) {
        my $answer = $soap->call(@$bad);
        same("$version $bad->[0]: a fault", 1, $answer->fault ? 1 : 0);
        print STDERR "      ", $answer->faultstring // $answer->valueof('//Fault/Reason/Text') // '', "\n" if $answer->fault;
    }
}
exit($failures ? 1 : 0);
