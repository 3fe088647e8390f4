#!/usr/bin/env python3
import fcntl
import os

if not os.path.exists("count.txt"):            # in the folder of the script
    open("count.txt", "w").write("0")
with open("count.txt", "r+") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    count = int(file.read()) + 1
    file.seek(0)
    file.write(str(count))
print("Content-Type: text/plain\n\n%d visitors" % count, end="")
