"""A page script as the dispatcher has it: loaded from its source, and refused where CGI would fail.

What is wrong is said in every gateway alike, by its cause. A script that works at home must not
turn out to be a bare 500 on a host that starts it as a program.
"""
from __future__ import annotations

import os
import sys
import types
from _thread import RLock

from .errors import ServerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

TAKEN = frozenset({
    "cgi", "cgitb", "chapbook", "collection", "jinja2", "markupsafe", "multipart", "oldcgi",
    "pymysql",
})

_loading = RLock()            # scripts change sys.path, which all threads share


def application_of(path: str, folder: str) -> WSGI | None:
    """The `application` that a script defines; None where it defines none, and it is not run then.

    `folder` is cgi-bin. __pycache__ is not asked, for it tells versions apart by the second only.
    Raises ServerError for a script that no web server could start, and what the script raises.
    """
    with open(path, "rb") as file:
        source = file.read()
    name = os.path.relpath(path, os.path.dirname(folder))
    try:
        code = compile(source, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        if b"(application)" in source or source[:2] != b"#!":
            raise
        return None                               # a program of another Python, or no Python
    if "application" not in code.co_names:
        return None                               # some other program
    if ("chapbook" not in code.co_names and ("*",) not in code.co_consts
            and not _defines(source, path)):
        return None                               # one that knows the word, of a form say
    if problem := _not_startable(source, os.path.splitext(os.path.basename(path))[0], name):
        raise ServerError(detail=f"{name}: {problem}")
    module = types.ModuleType("page:" + os.path.relpath(path, folder).removesuffix(".py"))
    module.__file__ = path
    sys.modules[module.__name__] = module         # where dataclasses and pickle look for a class's
    with _loading:
        before = list(sys.path)
        try:
            exec(code, module.__dict__)           # the site's own script, as any import would
            added = sys.path[:len(sys.path) - len(before)]
        except SystemExit as error:
            raise ServerError(
                detail=f"{name}: the script ended while it was loaded; `run(application)` must "
                       "stand below `if __name__ == \"__main__\":`"
            ) from error
        finally:
            sys.path[:] = before                  # its first lines put lib/ there once more
    if "chapbook" in code.co_names and _lib(folder) not in map(os.path.realpath, added):
        up = "os.path.dirname(" * (2 + os.path.relpath(path, folder).count("/"))
        raise ServerError(
            detail=f"{name}: the line that finds lib/ is missing, or is for another folder; here "
                   f"it is: sys.path.insert(0, {up}os.path.realpath(__file__)"
                   f"{')' * up.count('(')} + \"/lib\")"
        )
    application: WSGI | None = getattr(module, "application", None)
    if not callable(application):
        raise TypeError(
            f"{name}: `application` must be a Page or Routes (any WSGI callable), "
            f"not {application!r}"
        )
    return application


def _defines(source: bytes, path: str) -> bool:
    """Whether a program gives the name `application` to something, anywhere."""
    import symtable

    text: Any = source                            # bytes are taken, whatever their coding line says
    tables = [symtable.symtable(text, path, "exec")]
    top = tables[0]
    for table in tables:                          # which grows meanwhile
        tables += table.get_children()
        if "application" in table.get_identifiers():
            symbol = table.lookup("application")
            if (table is top or symbol.is_declared_global()) and (
                symbol.is_assigned() or symbol.is_imported()
            ):
                return True
    return False


def _not_startable(source: bytes, stem: str, name: str) -> str:
    """Why a web server could not start this script as a program; empty where it could."""
    first = source.partition(b"\n")[0]
    if source.startswith(b"\xef\xbb\xbf"):
        return "it begins with a byte order mark, before #!; save it as UTF-8 without BOM"
    if not first.startswith(b"#!"):
        return "its first line must be #!/usr/bin/env python3"
    if first.endswith(b"\r"):
        return f"its lines end as Windows has them (CR LF); mend it with: sed -i 's/\\r$//' {name}"
    if b"__main__" not in source:
        return 'it must end in: if __name__ == "__main__": run(application)'
    if is_taken(stem):
        return f"{stem!r} is the name of a Python module, which this file hides from every page; " \
               "rename it"
    return ""


def is_taken(stem: str) -> bool:
    """Whether a script of this name would hide a module from every page.

    Under CGI a script's own folder is the first in which Python looks for a module.
    """
    return stem in sys.stdlib_module_names or stem in TAKEN


def _lib(folder: str) -> str:
    return os.path.realpath(os.path.join(os.path.dirname(folder), "lib"))
