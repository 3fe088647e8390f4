"""Python that is killed (as by kill -9) at its nth change to the disk: KILL_AT says which.

With KILL_COUNT, the path of a file, it is not killed, and the file has how many there were.
"""
import os
import signal

_AT, _FILE = int(os.environ.get("KILL_AT", "0")), os.environ.get("KILL_COUNT", "")
_WHERE = os.environ.get("KILL_IN", "")               # only changes to what is below this folder
_count = 0
_open = os.open


def _counted(function):
    def called(*values, **named):
        global _count
        path = values[0] if isinstance(values[0], str) else ""
        if path.startswith(_WHERE) and "__pycache__" not in path:
            _count += 1
            if _count == _AT:
                os.kill(os.getpid(), signal.SIGKILL)
            if _FILE:
                with open(_FILE, "w") as file:
                    file.write(str(_count))
        return function(*values, **named)
    return called


if _AT or _FILE:
    for _name in ("rename", "replace", "link", "unlink", "mkdir", "rmdir", "utime", "chmod"):
        setattr(os, _name, _counted(getattr(os, _name)))
