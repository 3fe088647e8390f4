#!/usr/bin/perl -w
use strict;
read(STDIN, my $body, $ENV{CONTENT_LENGTH} || 0);
open(my $log, ">>", "thanks.log") or die $!;
print $log "$body\n";
print "Location: /thanks-page.html\n\n";
