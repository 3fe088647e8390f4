#!/usr/bin/env python3
import sys

# Bare line feeds, small letters, no space after the colon, a continued line.
sys.stdout.write("content-type:text/plain\nX-Long: one\n two\n\n")
sys.stdout.write("written")
