"""The site's settings: `defaults.ini` beside this module, `host.ini` and `site.ini` beside `lib/`.

`host.ini` says what the host is like (where its public folder is), and holds no secrets; `site.ini`
is the owner's, private, and has the last word. Neither need exist. The collection adds sections of
its own in lib/collection/defaults.ini. A section that is there as `[form *]` may come once for each
name: `[form]` in site.ini is for all forms, `[form booking]` for one.
"""
from __future__ import annotations

import os
import stat

from . import ini
from .errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Value = bool | int | float | str

VERSION = "0.1.0"             # of the toolkit
HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

SIZES = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
CHOICES = {
    "[database] engine": ("sqlite", "mysql"),              # mysql is MariaDB too
    "[database] tls": ("auto", "required", "off"),
    "[accounts] registration": ("open", "approval", "invitation", "closed"),
    "[mail] via": ("folder", "smtp", "sendmail"),
    "[mail] tls": ("starttls", "tls", "off"),
    "[guestbook] moderation": ("no", "first", "all"),
}

HOST = "host.ini"
WRITTEN = ("[database] file", "[mail] folder")             # what [paths] does not name

_current: tuple[object, Config] | None = None


class Section:
    """One section: its options as attributes, each of the kind that its default shows."""

    def __init__(self, options: dict[str, Value]) -> None:
        self.__dict__.update(options)

    if TYPE_CHECKING:
        def __getattr__(self, name: str) -> Any: ...


class Config:
    """All sections as attributes: `config.site.title`, `config.limits.body` (bytes), ...

    Sizes are int bytes, durations float seconds, switches bool. `root` is the folder of lib/,
    `file` the path of the site.ini that is or would be read; "" where there is none to be written.
    """

    def __init__(
        self, root: str, sections: dict[str, dict[str, Value]], file: str = "",
    ) -> None:
        self.root, self.file = root, file
        self._named: dict[str, Section] = {}
        for name, options in sections.items():
            if " " in name:
                self._named[name] = Section(options)
            else:
                setattr(self, name, Section(options))

    if TYPE_CHECKING:
        def __getattr__(self, name: str) -> Section: ...

    def named(self, section: str, name: str) -> Section:
        """The options for one name: those of `[form booking]` upon those of `[form]`."""
        found: Section = getattr(self, section)
        own = self._named.get(f"{section} {name}")
        return found if own is None else Section({**vars(found), **vars(own)})

    def path(self, *parts: str) -> str:
        """An absolute path: the parts joined below the root, or as given where already absolute."""
        return os.path.join(self.root, *parts)

    @property
    def htdocs(self) -> str:
        """The folder of static files, which the web server gives to everybody: an absolute path."""
        return os.path.normpath(self.path(str(self.paths.htdocs)))

    @property
    def is_new(self) -> bool:
        """Whether the site was uploaded from a zip, and its installer has not set it up yet."""
        return (os.path.exists(self.path(HOST)) and not os.path.lexists(self.path("site.ini"))
                and os.path.exists(self.path("cgi-bin", "install.py")))

    @property
    def database_is_missing(self) -> bool:
        """Whether the database would be an SQLite file that nobody has made yet."""
        return (self.database.engine == "sqlite"
                and not os.path.exists(self.path(str(self.database.file))))


def current() -> Config:
    """The settings of this site, read again only when site.ini has changed.

    Raises ConfigError for an unknown option, a value of the wrong kind, a file open to others.
    """
    global _current
    path = os.path.join(ROOT, "site.ini")
    own = _signature(path)
    signature = own, _signature(os.path.join(ROOT, HOST))
    if _current is None or _current[0] != signature:
        _current = (signature, load(path if own else None))
        _current[1].file = path
    return _current[1]


def _signature(path: str) -> tuple[int, ...] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode)


def load(
    path: str | None = None, overrides: Mapping[str, Mapping[str, str]] | None = None,
    root: str = ROOT,
) -> Config:
    """Settings from defaults.ini, then host.ini in `root`, the file at `path`, and `overrides`.

    `overrides` are texts as an .ini file has them, by section and option; for tests.
    """
    sections: dict[str, dict[str, Value]] = {}
    texts = _defaults()
    repeatable = {section[:-2] for section in texts if section.endswith(" *")}
    texts = {section.removesuffix(" *"): options for section, options in texts.items()}
    for section, options in texts.items():
        sections[section] = {
            option: text if f"[{section}] {option}" in CHOICES else parsed(text)
            for option, text in options.items()
        }
    layers: list[tuple[str, Mapping[str, Mapping[str, str]]]] = []
    host = os.path.join(root, HOST)
    if os.path.exists(host):
        layers.append((host, ini.read(host)))
        _refuse_secrets(*layers[0])
    if path:
        layers.append((path, ini.read(path)))
        _refuse_readable(path)
    if overrides:
        layers.append(("overrides", overrides))
    places: list[tuple[str, str]] = []
    for source, layer in layers:
        for section in layer:
            base = section.partition(" ")[0]
            if section not in texts and base not in repeatable:
                raise ConfigError(
                    f"{source}: there is no section [{section}]; known are: {', '.join(texts)}."
                )
            known = sections.setdefault(section, {})
            for option, text in layer[section].items():
                if option not in texts[base]:
                    raise ConfigError(
                        f"{source}: [{section}] has no option {option!r}; "
                        f"known are: {', '.join(texts[base])}."
                    )
                known[option] = _same_kind(
                    f"{source}: [{section}] {option}", CHOICES.get(f"[{base}] {option}"), text,
                    texts[base][option])
                if section == "paths" or f"[{section}] {option}" in WRITTEN:
                    places.append((f"{source}: [{section}] {option}", text))
    public = os.path.normpath(os.path.join(root, str(sections["paths"]["htdocs"])))
    for where, text in places:
        if not where.endswith(" htdocs"):
            _refuse_public(where, root, public, text)
    _check_base_url(str(sections["site"]["base_url"]))
    if sections["site"]["proxies"]:
        from . import forwarded

        forwarded.networks(str(sections["site"]["proxies"]))
    return Config(root, sections, path or "")


def parsed(text: str) -> Value:
    """The value that an option's text stands for: a switch, number, size, duration, or the text."""
    if text in ("yes", "no"):
        return text == "yes"
    if text.isascii() and text.isdigit():
        return int(text)
    number, _, unit = text.partition(" ")
    if number.isascii() and number.isdigit():
        if unit in SIZES:
            return int(number) * SIZES[unit]
        if unit in SECONDS:
            return float(int(number) * SECONDS[unit])
    return text


def _defaults() -> dict[str, dict[str, str]]:
    """The options of the toolkit, then those of the collection, if it is there, as texts."""
    texts = ini.read(os.path.join(HERE, "defaults.ini"))
    try:
        texts.update(ini.read(os.path.join(os.path.dirname(HERE), "collection", "defaults.ini")))
    except ConfigError as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise
    return texts


def _same_kind(where: str, choices: tuple[str, ...] | None, text: str, default: str) -> Value:
    """The value of an option; ConfigError unless it is of the same kind as its default."""
    if choices is not None:
        if text not in choices:
            raise ConfigError(f"{where} = {text!r} is unknown; known are: {', '.join(choices)}.")
        return text
    kind = type(parsed(default))
    if kind is str:
        return text
    value = parsed(text)
    is_size, wants_size = text[-1:] == "B", default[-1:] == "B"
    if type(value) is kind and is_size is wants_size:
        return value
    if kind is bool:
        raise ConfigError(f"{where} = {text!r} must be yes or no.")
    if kind is int and not wants_size:
        raise ConfigError(f"{where} = {text!r} must be a whole number, such as {default}.")
    units = ", ".join(SIZES if wants_size else SECONDS)
    raise ConfigError(f"{where} = {text!r} needs a number and a unit ({units}), such as {default}.")


def _refuse_public(where: str, root: str, public: str, text: str) -> None:
    """Refuse a path that would have visitors' files, the log or the database sent to everybody."""
    path = os.path.normpath(os.path.join(root, text))
    for folder in (public, os.path.join(root, "cgi-bin")):
        if (path + "/").startswith(os.path.join(folder, "")):
            raise ConfigError(
                f"{where} lies in {os.path.basename(folder)}/, where everybody can read it: choose "
                "another folder."
            )


def _refuse_secrets(path: str, layer: Mapping[str, Mapping[str, str]]) -> None:
    for section, options in layer.items():
        if options.get("password"):
            raise ConfigError(
                f"{path}: a password does not belong here, where others may read it: write it into "
                f"site.ini, below [{section}]."
            )


def _check_base_url(text: str) -> None:
    """Refuse an address that links and the check of Origin could not be built on."""
    scheme, _, rest = text.partition("://")
    if text and (
        scheme not in ("http", "https") or rest[:1] in ("", "/") or rest.endswith("/")
        or not rest.isascii() or not rest.isprintable() or not frozenset(rest).isdisjoint(" ?#@\\")
    ):
        raise ConfigError(
            f"[site] base_url = {text!r} is no address of a site: write it like "
            "https://example.org or https://example.org/club, without a slash at the end."
        )


def _refuse_readable(path: str) -> None:
    if stat.S_IMODE(os.stat(path).st_mode) & 0o077:
        raise ConfigError(
            f"{path} can be read by other users of this machine, and it may hold a password. "
            f"Make it private: chmod 600 {os.path.basename(path)}"
        )
