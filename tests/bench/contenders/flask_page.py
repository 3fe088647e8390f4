"""The guestbook page as Flask's documentation would have it, with this thread's kept connection."""
import os
import sys

import flask
import pymysql  # noqa: F401  (imported with the application, not by the first request)

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import raw  # noqa: E402  (the same query, headers and filter)
from settings import ROOT  # noqa: E402


class Request(flask.Request):
    """A request that knows its page's name, which base.html asks for."""

    @property
    def script(self):
        return self.endpoint


class Application(flask.Flask):
    """Flask with this site's template settings."""

    request_class = Request
    jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "keep_trailing_newline": True}


application = Application(
    __name__, template_folder=os.path.join(ROOT, "templates"),
    static_folder=os.path.join(ROOT, "htdocs"), static_url_path="")
application.jinja_env.filters["time"] = raw.when


@application.get("/", endpoint="index")
@application.get("/guestbook/feed", endpoint="guestbook/feed")
def elsewhere():
    """The pages that the guestbook links to."""
    return "not measured"


@application.get("/guestbook")
def guestbook():
    """The newest entries, or those before ?before=."""
    before = flask.request.args.get("before", type=int)
    entries, older = raw.latest(before)
    return flask.render_template(
        "guestbook.html", entries=entries, older=older, paged=before is not None,
        waits=False)


@application.context_processor
def names():
    """What every template may use."""
    return {"site": raw.SITE, "url": flask.url_for, "static": static, "flashes": list}


def static(name):
    """The path of a static file, with its hash."""
    return flask.url_for("static", filename=name, v=raw.fingerprint(name))


@application.after_request
def secured(response):
    """The same headers as every contender's."""
    response.headers.update(raw.HEADERS)
    return response
