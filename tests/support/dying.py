"""A process that is killed at the n-th of some moments: kill -9, at which nothing is tidied up."""
from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any


def dies(work: Callable[[], object], moments: list[tuple[Any, str]], number: int) -> bool:
    """Do the work in a process that is killed before the n-th call of any of these functions.

    They are given as objects and names of their attributes. Whether it was killed: with a number
    beyond the last call it comes to its end. AssertionError where it fails otherwise.
    """
    child = os.fork()
    if not child:
        try:
            left = number

            def watched(real: Callable[..., Any]) -> Callable[..., Any]:
                def call(*args: Any, **kwargs: Any) -> Any:
                    nonlocal left
                    left -= 1
                    if not left:
                        os.kill(os.getpid(), signal.SIGKILL)
                    return real(*args, **kwargs)
                return call

            for owner, name in moments:
                setattr(owner, name, watched(getattr(owner, name)))
            work()
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.__stderr__, flush=True)
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the process failed by itself; what it said is above"
    return False
