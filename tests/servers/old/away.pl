#!/usr/bin/perl
print "Location: https://elsewhere.example/page?x=1\n\n";
