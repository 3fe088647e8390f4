#!/usr/bin/python3 -u
import os, sys, time

print("Content-Type: text/plain\n")
print("one", flush=True)
pid = os.fork()
if pid == 0:
    print("two, by a child")
    sys.stderr.write("a word\nfor the log \x1b[31m\n")
    os._exit(0)
os.waitpid(pid, 0)
print("three")
sys.exit(3)
