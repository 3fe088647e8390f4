"""Imports that wait: a CGI page starts as fast as it imports, and libraries import too much.

`wait_for("ssl")` finds the real module, as `import ssl` would, but runs its code only when somebody
takes a name from it; `from ssl import X` is such a use, a plain `import ssl` is not. Nothing is
replaced: who uses the module gets the module. The same holds for a package, whose submodules can be
imported before it.

This is for a process that answers one request in one thread, and `one_shot` says whether this is
one: a persistent server pays for an import once, and imports as usual.
"""
from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

one_shot = False


class _Waiting(ModuleType):
    """A module whose code has not run; only names that it does not have yet come to __getattr__."""

    def __getattr__(self, name: str) -> Any:
        if type(self) is _Waiting:
            spec: Any = self.__spec__
            self.__class__ = ModuleType           # type: ignore[assignment]
            spec._initializing = True
            try:
                spec.loader.exec_module(self)
            except BaseException:
                sys.modules.pop(spec.name, None)  # as a failed import does
                raise
            finally:
                spec._initializing = False
        return getattr(self, name)


def wait_for(*names: str) -> None:
    """Let each module wait, unless it is loaded already or cannot be found on the path."""
    from importlib._bootstrap import module_from_spec    # importlib.util's, less its imports

    for name in names:
        if name not in sys.modules:
            spec = PathFinder.find_spec(name)
            if spec is not None and spec.loader is not None and spec.origin:
                module = module_from_spec(spec)
                module.__class__ = _Waiting
                sys.modules[name] = module


class withheld:
    """A block in which importing one of the names raises ImportError, as if it were not there."""

    def __init__(self, *names: str) -> None:
        self._names = [name for name in names if name not in sys.modules]

    def __enter__(self) -> None:
        for name in self._names:
            sys.modules[name] = None              # type: ignore[assignment]

    def __exit__(self, *error: object) -> None:
        for name in self._names:
            if sys.modules.get(name, self) is None:
                del sys.modules[name]


def mend(error: BaseException) -> bool:
    """Remove the compiled file that an import broke off at; False where it was nothing of the kind.

    On a full disk Python keeps the first part of a module's .pyc and takes it for all of it from
    then on (gh-126606), so that a site would be down until somebody deletes that file by hand.
    """
    trace = error.__traceback__ if isinstance(error, (EOFError, ValueError, TypeError)) else None
    while trace is not None:
        code, names = trace.tb_frame.f_code, trace.tb_frame.f_locals
        path = names.get("bytecode_path")
        if code.co_name == "_compile_bytecode" and path and code.co_filename.startswith("<frozen "):
            import os

            try:
                os.unlink(path)
            except OSError:
                return False                      # such as one of a package that root installed
            return True
        trace = trace.tb_next
    return False
