"""Pages from Jinja2 templates: everything is escaped, an unknown name is an error, an edited template is live at once."""
from __future__ import annotations

import os

from . import filters
from .response import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from jinja2 import Environment

    from .config import Config
    from .request import Request

_environments: dict[tuple[str, str], Environment] = {}


def render(
    request: Request, template: str, /, *, status: int = 200, type: str = "text/html", **context: Any
) -> Response:
    """The answer that a template gives, as UTF-8 text of the given content type.

    The template sees what is passed here, and `request`, `site` (title, tagline, language, ...),
    `url("guestbook/feed", page=2)` and `static("style.css")`.
    """
    names = {
        "request": request, "site": request.config.site, "url": request.url_for, "static": request.static,
        "absolute": request.absolute, **context,
    }
    text = environment(request.config).get_template(template).render(names)
    return Response(text.encode("utf-8"), status, [("Content-Type", f"{type}; charset=utf-8")])


def environment(config: Config) -> Environment:
    """The Jinja2 environment of a site, made once in a process; its folder is `[paths] templates`."""
    folder = config.path(config.paths.templates)
    key = (folder, config.site.timezone)
    made = _environments.get(key)
    if made is None:
        import jinja2

        made = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folder), autoescape=True, undefined=jinja2.StrictUndefined,
            auto_reload=True, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        )
        made.filters.update(filters.made(config.site.timezone))
        made.globals["plural"] = filters.plural
        _environments[key] = made
    return made
