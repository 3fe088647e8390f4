"""Pages from Jinja2 templates: all is escaped, unknown names are errors, edits are live at once."""
from __future__ import annotations

import os
from _thread import _local as local

from . import filters, later
from .errors import ConfigError
from .response import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from jinja2 import Environment, FileSystemLoader

    from .config import Config
    from .request import Request

_environments: dict[tuple[str, str], Environment] = {}
_zones: dict[str, dict[str, Callable[..., Any]]] = {}        # as many as there are, at the most


class _Reader(local):
    """Whose page this thread is making: macros, in which times stand too, know no request."""

    zone = ""


_reader = _Reader()


def render(
    request: Request, template: str, /, *, status: int = 200, type: str = "text/html",
    **context: Any,
) -> Response:
    """The answer that a template gives, as UTF-8 text of the given content type.

    The template sees what is passed here, and `request`, `site` (title, tagline, language, ...),
    `url("guestbook/feed", page=2)`, `static("style.css")` and `flashes()`. Times are shown in the
    time zone of `request.user`, where the page has asked for that, else in that of the site.
    """
    names = {
        "request": request, "site": request.config.site, "url": request.url_for,
        "static": request.static, "absolute": request.absolute, "flashes": request.flashes,
        **context,
    }
    # Only where somebody has asked already who it is: a page for everybody is not to ask.
    user = request.__dict__.get("user")
    _reader.zone = "" if user is None else user.timezone
    return Response(
        _text(request.config, template, names).encode("utf-8"), status,
        [("Content-Type", f"{type}; charset=utf-8")],
    )


def environment(config: Config) -> Environment:
    """Jinja2's environment for a site, made once in a process, over its templates/."""
    key = (config.path("templates"), config.site.timezone)
    made = _environments.get(key)
    if made is None:
        import jinja2

        from .jinja import Environment

        files = jinja2.FileSystemLoader(key[0])
        made = Environment(
            loader=jinja2.FunctionLoader(lambda name: _source(files, name)), auto_reload=True,
            autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        _furnish(made, config)
        _environments[key] = made
    return made


def _source(files: FileSystemLoader, name: str) -> tuple[str, str, Callable[[], bool]]:
    """A template's source, its file, and whether that is still the same, by more than its time."""
    from . import compiled

    environment: Any = None                       # of no use to this loader
    path = files.get_source(environment, name)[1]
    known = compiled.signature(path)              # before the source is read for good
    return files.get_source(environment, name)[0], path, lambda: compiled.signature(path) == known


def _furnish(environment: Any, config: Config) -> None:
    from jinja2.utils import pass_context

    made = filters.made(config.site.timezone)
    environment.filters.update(made)
    for name in filters.OF_TIMES:                 # with the context, they are none of constants
        environment.filters[name] = pass_context(_in_zone(made[name], name))
    environment.globals["plural"] = filters.plural


def _in_zone(own: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A filter of times which shows them in the zone of who reads the page."""
    def shown(context: object, seconds: int) -> Any:
        return _made(_reader.zone).get(name, own)(seconds) if _reader.zone else own(seconds)
    return shown


def _made(zone: str) -> dict[str, Callable[..., Any]]:
    """The filters of a zone, made once; none for one that this machine does not know any more."""
    made = _zones.get(zone)
    if made is None:
        try:
            made = filters.made(zone)
        except ConfigError:
            made = {}
        _zones[zone] = made
    return made


def _text(config: Config, template: str, names: dict[str, Any]) -> str:
    if not later.one_shot:
        return environment(config).get_template(template).render(names)
    from . import compiled

    # Jinja2 works out filters of constants when it compiles, so the code hangs on the filters, too.
    makers = (__file__, filters.__file__, os.path.join(os.path.dirname(__file__), "jinja.py"))
    settings = (config.site.timezone, *map(compiled.signature, makers))
    store = compiled.Store(
        config.path("templates"), config.path(config.paths.cache),
        lambda: environment(config), lambda small: _furnish(small, config), settings,
    )
    return store.render(template, names)
