#!/usr/bin/perl
print "Content-Type: text/html; charset=iso-8859-1\n\n<p>Grüße aus Köln</p>\n";
