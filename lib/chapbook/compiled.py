"""Templates rendered from code that Jinja2 compiled earlier, without importing its compiler: 18 of
60 ms.

For one CGI request only; a persistent server keeps Jinja2's own environment. The code of a
template, and of all that it names, is kept below `[paths] cache`. Where all of it is there, of this
Python, this Jinja2, these settings and these sources, `jinja2.runtime` alone is imported. Otherwise
Jinja2 itself renders, and what it compiled is kept for the next request. The output is the same
either way.

The code is kept with marshal, which trusts what it reads: a folder that is not ours alone is not
read.
"""
from __future__ import annotations

import marshal
import os
import sys
import time

from . import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from jinja2 import Environment

    from .rendering import Renderer

FORMAT = 1
SETTLED = 2.0        # seconds: a source edited just now may be edited again unseen


class Stale(Exception):
    """Something is missing from the cache, or is not of today."""


class Store:
    """The compiled templates of one folder.

    `make` gives Jinja2's own environment, `configure` adds the site's filters and globals to the
    small one, and `settings` must change whenever either would compile a template to other code.
    """

    def __init__(
        self, folder: str, cache: str, make: Callable[[], Environment],
        configure: Callable[[Any], None], settings: object,
    ) -> None:
        self.folder = folder
        self.make = make
        self.configure = configure
        # One folder for each Python: two that took turns in one would throw away each other's work.
        self._cache = os.path.join(cache, f"templates-{sys.implementation.cache_tag}")
        later.wait_for("jinja2", "inspect", "ipaddress", "json")
        import jinja2                        # is there by now, or the error says that it is not

        package = list(jinja2.__path__)[0]
        self._key = (FORMAT, sys.version, repr(settings), folder, package,
                     signature(f"{package}/compiler.py"), signature(f"{package}/__init__.py"))

    def render(self, name: str, context: dict[str, Any]) -> str:
        """The text of a template."""
        try:
            renderer = self._renderer(name)
        except Stale:
            text: str = self.make().get_template(name).render(context)
            self.keep(name)
            return text
        return renderer.render(name, context)

    def _renderer(self, name: str) -> Renderer:
        """A renderer with the code of a template and of all that it names, or Stale."""
        try:
            folder = os.stat(self._cache)
            if folder.st_uid != os.geteuid() or folder.st_mode & 0o022:
                raise Stale(f"{self._cache} is not ours alone")
            codes: dict[str, Any] = {}
            wanted = [name]
            while wanted:
                name = wanted.pop()
                if name not in codes:
                    with open(os.path.join(self._cache, file_name(name)), "rb") as file:
                        key, source, code, names = marshal.load(file)
                    now = signature(os.path.join(self.folder, name))
                    if key != self._key or source != now or code is None:
                        raise Stale(name)
                    codes[name] = code
                    wanted += names
        except (OSError, ValueError, EOFError, TypeError) as error:
            raise Stale(str(error)) from error
        from .rendering import Renderer

        return Renderer(codes, self)

    def keep(self, name: str) -> None:
        """Compile a template and all that it names with Jinja2, and write that to the cache.

        What cannot be kept (an unwritable folder, a name computed at run time, a template that may
        be missing) is only slower, so nothing is raised.
        """
        from jinja2 import TemplateError, meta

        environment = self.make()
        done: set[str] = set()
        wanted = [name]
        try:
            os.makedirs(self._cache, 0o700, exist_ok=True)
            while wanted:
                name = wanted.pop()
                if name in done:
                    continue
                done.add(name)
                path = os.path.join(self.folder, name)
                before = signature(path)
                with open(path, encoding="utf-8") as file:
                    source = file.read()
                if before != signature(path) or time.time() - before[0] / 1e9 < SETTLED:
                    return
                named = list(meta.find_referenced_templates(environment.parse(source)))
                names = [known for known in named if known is not None]
                fixed = len(names) == len(named) and all(
                    os.path.isfile(os.path.join(self.folder, known)) for known in names)
                code = environment.compile(source, name, path) if fixed else None
                self._write(name, marshal.dumps((self._key, before, code, names if fixed else [])))
                wanted += names if fixed else []
        except (OSError, ValueError, TemplateError):
            return

    def _write(self, name: str, data: bytes) -> None:
        target = os.path.join(self._cache, file_name(name))
        draft = f"{target}.{os.getpid()}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with open(os.open(draft, flags, 0o600), "wb") as file:
            file.write(data)
        os.replace(draft, target)


def signature(path: str) -> tuple[int, int, int]:
    """What changes when a file is edited or replaced; OSError where there is none."""
    found = os.stat(path)
    return found.st_mtime_ns, found.st_size, found.st_ino


def file_name(name: str) -> str:
    """The cache file's name: one flat folder, whatever the template's name."""
    return name.replace("%", "%25").replace("/", "%2F") + ".code"
