#!/usr/bin/env python3
# What it has of the process that started it: nothing.
import os
import signal

left = []
for number in range(3, 1024):
    try:
        os.fstat(number)
        left.append(number)
    except OSError:
        pass
print("Content-Type: text/plain\n")
print(left, sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())), os.getpgid(0) == os.getpid())
