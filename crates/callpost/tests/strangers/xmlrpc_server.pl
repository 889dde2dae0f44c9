# Perl's XMLRPC::Lite as a server, which tells nothing of itself. usage: perl xmlrpc_server.pl PORT
use strict;
use warnings;
use XMLRPC::Transport::HTTP;

package Sum;
sub add { my (undef, @numbers) = @_; my $sum = 0; $sum += $_ for @numbers; return $sum }

package main;
XMLRPC::Transport::HTTP::Daemon->new(LocalAddr => '127.0.0.1', LocalPort => $ARGV[0], ReuseAddr => 1)->dispatch_to('Sum')->handle;
