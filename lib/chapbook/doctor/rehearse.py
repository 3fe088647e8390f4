"""Load every page as a web server would, in a process of its own, and tell what is in the way.

    python3 rehearse.py ROOT PAGE...          one line of JSON for each page that has a fault

The doctor starts it with the Python of the pages' first lines, which may be another one, so it uses
the standard library alone. A page is loaded and not run: what it does for visitors does not happen.
"""
from __future__ import annotations

import io
import json
import os
import sys
import tempfile
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OWN = ("chapbook", "collection")


def rehearsed(path: str) -> dict[str, Any]:
    """What is wrong with one page: its `kind`, `said`, `line` and `module`; empty if nothing is.

    Kinds: "syntax", "lib" (the toolkit is not found), "import", "fails", "output" (it writes before
    it answers).
    """
    try:
        with open(path, "rb") as file:
            code = compile(file.read(), path, "exec", dont_inherit=True)
    except SyntaxError as error:
        if error.filename not in (None, path):
            return {"kind": "fails", "said": str(error)}
        return {"kind": "syntax", "said": str(error.msg), "line": error.lineno or 0}
    except (OSError, ValueError):
        return {}                                 # its mode, and what is no text, are for others
    if "application" not in code.co_names:
        return {}                                 # no page: it may do anything when it is loaded
    module = types.ModuleType("page_" + os.path.basename(path)[:-3])
    module.__file__ = path
    sys.modules[module.__name__] = module
    sys.path.insert(0, os.path.dirname(path))     # as for any program
    output = _Output()
    try:
        exec(code, module.__dict__)               # the site's own script, as its server does
        if OWN[0] in code.co_names and not any(map(_has_toolkit, sys.path)):
            return {"kind": "lib"}                # found only because an earlier page has found it
    except ImportError as error:
        name = error.name or ""
        kind = "lib" if name.split(".")[0] in OWN and name.split(".")[0] not in sys.modules \
            else "import"
        return {"kind": kind, "said": str(error), "module": name, "line": _line(error, path)}
    except (Exception, SystemExit) as error:
        return {"kind": "fails", "said": type(error).__name__ + ": " + str(error),
                "line": _line(error, path)}
    finally:
        # What the toolkit has added, it adds once: the packages, which later pages need as well.
        sys.path[:] = [each for each in sys.path
                       if each != os.path.dirname(path) and not _has_toolkit(each)]
        written = output.ended()
    return {"kind": "output", "said": written} if written else {}


class _Output:
    """What gets to the real standard output from now on. What Python keeps back does not count:

    a page that answers throws that away.
    """

    def __init__(self) -> None:
        self._kept = os.dup(1)
        self._file = tempfile.TemporaryFile()
        os.dup2(self._file.fileno(), 1)
        sys.stdout = io.TextIOWrapper(open(1, "wb", closefd=False))

    def ended(self) -> str:
        """The beginning of what was written; standard output is what it was before."""
        size = self._file.seek(0, 2)
        self._file.seek(0)
        written = self._file.read(80).decode("utf-8", "replace") if size else ""
        _DROPPED.append(sys.stdout)               # or it would be flushed when it is forgotten
        sys.stdout = sys.__stdout__
        os.dup2(self._kept, 1)
        os.close(self._kept)
        return written or ("?" if size else "")


_DROPPED: list[Any] = []


def _has_toolkit(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, OWN[0], "__init__.py"))


def _line(error: BaseException, path: str) -> int:
    """The last line of the page itself on the way to an error; 0 where none is."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def main(pages: list[str]) -> None:
    """Tell of each of these pages."""
    for page in pages:
        found = rehearsed(page)
        if found:
            told = json.dumps(dict(found, page=page, version="%d.%d" % sys.version_info[:2]))
            os.write(1, (told + "\n").encode("ascii"))
    os._exit(0)                                   # without a flush of what was kept back


if __name__ == "__main__":
    main(sys.argv[1:])
