#!/usr/bin/perl
# Perl's SOAP::Lite over mail: one program asks (and sends no Message-ID), another reads the answer.
# usage: soap_lite_mail.pl ask HOST PORT ENCODING     mails getMonth(2003, 1) to calendar@localhost
#        soap_lite_mail.pl read < MESSAGE             exit 0 only when SOAP::Lite itself reads January 2003 in it
use strict;
use warnings;
use MIME::Base64;
use MIME::QuotedPrint;
use SOAP::Lite;

my ($verb, $host, $port, $encoding) = @ARGV;
if ($verb eq 'ask') {
    my $query = join '&', 'From=client@localhost', 'Reply-To=client@localhost', 'Subject=getMonth',
        "Encoding=$encoding", "smtp=$host:$port";
    my $soap = SOAP::Lite->uri('urn:calendar')->proxy("mailto:calendar\@localhost?$query");
    $soap->getMonth(2003, 1);
    my $status = $soap->transport->status;
    die "not sent: $status\n" if $status;
    exit 0;
}
binmode STDIN;
my ($head, $body) = split /\r?\n\r?\n/, do { local $/; <STDIN> }, 2;
my ($decoded) = $head =~ /^Content-Transfer-Encoding:\s*(\S+)/mi;
$body = decode_base64($body) if lc($decoded // '') eq 'base64';
$body = decode_qp($body) if lc($decoded // '') eq 'quoted-printable';
my $answer = SOAP::Deserializer->new->deserialize($body);
die 'a fault: ' . $answer->faultstring . "\n" if $answer->fault;
die "no January in: $body\n" unless $answer->result =~ /^\s*January 2003\nMo Tu We Th Fr Sa Su\n/;
