#!/usr/bin/env python3
import sys

sys.stdout.write("Content-Type: image/gif\r\n\r\n")
sys.stdout.flush()
sys.stdout.buffer.write(bytes(range(256)) * 300)
