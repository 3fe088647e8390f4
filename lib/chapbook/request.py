"""One request, the same in every gateway: what was asked, by whom, with which fields.

Nothing is parsed before it is used.
"""
from __future__ import annotations

from . import cookies, fields
from .body import Body
from .errors import BadRequest, UnsupportedMediaType
from .location import Location, lazy
from .multidict import MultiDict
from .paths import is_below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .config import Config
    from .db import Database
    from .fields import Upload
    from .flash import Flashes
    from .forms.submission import Submission
    from .response import Response
    from .session import Session
    from .user import User

VIEW = "chapbook.view"        # in the environ of a GET that is only made to read the page's forms


class Headers:
    """The headers, in any case of letters: `headers.get("Accept")`, `headers["User-Agent"]`."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self._environ = environ

    def get(self, name: str, default: str = "") -> str:
        """The value of a header, or `default` where it was not sent."""
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = "HTTP_" + key
        return str(self._environ.get(key, default))

    def __getitem__(self, name: str) -> str:
        if name not in self:
            raise KeyError(name)
        return self.get(name)

    def __contains__(self, name: str) -> bool:
        return self.get(name, "\n") != "\n"


class Request(Location):
    """What a handler is given.

    `method`, `id` (quote it to find the request in the log), `config`, `headers` and `environ` are
    there at once; everything else is worked out at its first use. Broken input raises a 400, too
    much of it a 413. Its addresses are those of `Location`.
    """

    def __init__(self, environ: dict[str, Any], config: Config) -> None:
        self.environ = environ
        self.config = config
        self.method: str = environ["REQUEST_METHOD"]
        self.id: str = environ.get("chapbook.request_id", "-")
        self.headers = Headers(environ)
        self.work: list[Callable[[], object]] = []

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.environ.get('REQUEST_URI', '')}>"

    # What was sent

    @lazy
    def query(self) -> MultiDict[str]:
        """The fields of the query string."""
        sent = self.environ.get("QUERY_STRING", "").encode("latin-1")
        return MultiDict(fields.pairs(sent, self.config, "the query"))

    def next(self, default: str = "index") -> str:
        """Where `?next=` leads, if that is a path of this site; else the page `default`."""
        wanted = self.query.get("next") or ""
        return wanted if is_below(wanted, self.root) else self.url_for(default)

    @lazy
    def cookies(self) -> dict[str, str]:
        """The cookies by name; oddly named or planted ones dropped (see `cookies.parse`)."""
        return cookies.parse(self.headers.get("Cookie"))

    @lazy
    def content_type(self) -> str:
        """The type of the body in lower case, without parameters: "application/json"."""
        return self.headers.get("Content-Type").partition(";")[0].strip().lower()

    @lazy
    def wants_json(self) -> bool:
        """Whether the client asks for JSON before a page: a script's fetch, not a visit."""
        accepted = self.headers.get("Accept").lower()
        json, html = accepted.find("application/json"), accepted.find("text/html")
        return json >= 0 and (html < 0 or json < html)

    @lazy
    def remote_address(self) -> str:
        """The visitor's address, seen through the proxies that `[site] proxies` names."""
        peer = str(self.environ.get("REMOTE_ADDR", ""))
        proxies: str = self.config.site.proxies
        if not proxies:
            return peer
        from . import forwarded

        return forwarded.client(peer, self.headers.get("X-Forwarded-For"), proxies)

    @lazy
    def body(self) -> Body:
        """The raw body, to be read once; `form`, `files` and `json` read it themselves."""
        limits = self.config.limits
        return Body(self.environ, limits.body_grace, limits.body_rate)

    @lazy
    def sent(self) -> tuple[MultiDict[str], MultiDict[Upload]]:
        """The fields and files as they were sent, those over their limit too, for the form."""
        kind, config = self.content_type, self.config
        if kind == "application/x-www-form-urlencoded":
            data = self.body.read_all(config.limits.body)
            return MultiDict(fields.pairs(data, config, "the form")), MultiDict()
        if kind == "multipart/form-data":
            sent = self.headers.get("Content-Type")
            texts, files = fields.multipart(self.body, sent, config)
            return MultiDict(texts), MultiDict(files)
        if self.body.length:
            raise UnsupportedMediaType(detail=f"Content-Type {kind[:80]!r} is no form")
        return MultiDict(), MultiDict()

    @lazy
    def form(self) -> Any:
        """What was filled in: the form's own fields, checked and typed, as a dict.

        A page with `form=None` gets the texts as they were sent, unchecked, as a MultiDict.
        """
        return self._within_limits()[0]

    @property
    def fields(self) -> MultiDict[str]:
        """The text fields as they were sent, urlencoded or multipart, unknown ones too."""
        return self.sent[0]

    @property
    def submission(self) -> Submission:
        """The form behind `form`: its labels, what was sent, how long it was open.

        AttributeError where no form was enforced.
        """
        found: Submission = self.__dict__["submission"]
        return found

    @lazy
    def files(self) -> MultiDict[Upload]:
        """The files of a submitted form; TooLarge where one is over its limit."""
        return self._within_limits()[1]

    def _within_limits(self) -> tuple[MultiDict[str], MultiDict[Upload]]:
        for name, upload in self.sent[1].pairs():
            if upload.limit is not None:
                raise fields.too_large(name, upload.limit)
        return self.sent

    @lazy
    def json(self) -> Any:
        """The document of a JSON body, its texts as clean as those of a form.

        UnsupportedMediaType for a body of another type, BadRequest for a broken one.
        """
        kind = self.content_type
        if kind != "application/json" and not kind.endswith("+json"):
            raise UnsupportedMediaType(detail=f"Content-Type {kind[:80]!r} is not JSON")
        import json

        data = self.body.read_all(self.config.limits.json)
        try:
            return _clean(json.loads(
                data.decode("utf-8"), parse_constant=_finite, parse_float=_finite
            ))
        except (ValueError, RecursionError) as error:
            raise BadRequest("The JSON sent is broken.", detail=str(error)) from error

    # What it may use

    @lazy
    def db(self) -> Database:
        """The site's database, connected at the first statement, the same for the whole request.

        Answering GET and HEAD it only reads. The handler of any other method runs in one
        transaction, committed before the answer goes out and rolled back by any error.
        Before the site is set up no visitor makes a database: Unavailable.
        """
        from . import db

        if self.config.is_new and self.config.database_is_missing:
            from .errors import Unavailable

            raise Unavailable(detail="The site is not set up yet: see its address /install.")
        return db.kept(self.config)

    @lazy
    def session(self) -> Session:
        """What the site remembers of this visit, as a mapping, and who is signed in."""
        from . import session

        return session.Session(self)

    @lazy
    def user(self) -> User | None:
        """Who is signed in; None for nobody, and for an account that was closed."""
        from .user import found

        account_id = self.session.account_id
        return None if account_id is None else found(self.db, account_id)

    @lazy
    def _flashes(self) -> Flashes:
        from . import flash

        return flash.Flashes(self)

    def flash(self, text: str) -> None:
        """Leave a short note for the next page that this visitor sees, within a minute."""
        self._flashes.add(text)

    def flashes(self) -> list[str]:
        """The notes for this page, which are not shown again; `flashes()` in a template."""
        if "_flashes" not in self.__dict__ and "flash=" not in self.headers.get("Cookie"):
            return []
        if VIEW in self.environ:              # a page that is read for its form, and seen by nobody
            return []
        return self._flashes.shown()

    def after(self, work: Callable[[], object]) -> None:
        """Have a function called once the answer is out, so that the visitor need not wait for it.

        It takes no arguments, should be done within seconds, and may never run: the process can be
        ended. An answer that is an error forgets it.
        """
        self.work.append(work)

    def wait_for_fields(self) -> None:
        """Read what was sent, and forget whose visit it was before all of it had come."""
        self.sent
        for name in ("session", "user"):
            self.__dict__.pop(name, None)

    def rewind(self) -> None:
        """Make it as new for another run of the handler; Unavailable where that cannot be."""
        held = self.__dict__
        self.work.clear()
        for name in ("json", "session", "user", "_flashes"):   # the handler may have changed them
            held.pop(name, None)
        if "sent" in held:
            for _, upload in held["sent"][1].pairs():
                upload.rewind()
        elif "body" in held:
            held["body"].rewind()

    def save(self) -> None:
        """Write what the handler has left in the session, in its transaction."""
        for name in ("session", "_flashes"):
            if name in self.__dict__:
                self.__dict__[name].save()

    def answered(self, response: Response) -> Response:
        """The answer with the cookies that session and notes want; it is no longer kept then."""
        for name in ("session", "_flashes"):
            if name in self.__dict__:
                response = self.__dict__[name].answered(response)
        return response

    def undo_saves(self) -> None:
        """Remove the copies of uploads that a handler saved whose writes are not kept."""
        if "sent" in self.__dict__:
            for _, upload in self.sent[1].pairs():
                upload.undo_saves()

    def keep_saves(self) -> None:
        """Let the copies of uploads that were saved until now stay, whatever comes."""
        if "sent" in self.__dict__:
            for _, upload in self.sent[1].pairs():
                upload.keep_saves()

    def close(self) -> None:
        """Let go of what this request held; the gateway calls it when the answer is made."""
        held = self.__dict__
        if "sent" in held:
            for _, upload in held["sent"][1].pairs():
                upload.file.close()


def _finite(text: str) -> float:
    value = float(text)
    if value - value:                                  # NaN, or one of the infinities
        raise ValueError(f"{text[:40]} is no number")
    return value


def _clean(value: Any) -> Any:
    """The JSON value with its texts, names too, in NFC and without controls."""
    if isinstance(value, str):
        return fields.clean(value.encode("utf-8"), "the JSON")
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(name): _clean(item) for name, item in value.items()}
    return value
