"""A site packed for a host: one zip, or the same as a folder; later an upgrade of what changed.

The same tree, profile and packages give the same bytes on every machine: nothing in them tells of
where, when and by whom they were packed. Settings, secrets and data (site.ini, var/) never go in.
"""
from __future__ import annotations

import hashlib
import os
from posixpath import relpath
from string import Template
from typing import NamedTuple

from .. import config as configuration
from ..errors import ConfigError
from . import bytecode, htaccess, tree, vendor
from .manifest import PRIVATE, PUBLIC, File, Manifest, ManifestError, check_name
from .tree import PLAIN, PROGRAM, Part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .profiles import Profile

START = "chapbook"
SECRETS = ("password", "user")               # options that are nobody else's business
_WITH_CODE = (PRIVATE + "lib/", PRIVATE + "vendor/")


class Packed(NamedTuple):
    """A site for one host: its manifest, and its files by their names in it."""

    manifest: Manifest
    parts: dict[str, Part]
    readme: str


def packed(root: str, htdocs: str, profile: Profile, version: str, requirements: Iterable[str],
           cache: str, *, compiled: Iterable[str] = (), below: str = "",
           say: Callable[[str], None] = lambda text: None) -> Packed:
    """The site at `root`, whose static files are in `htdocs`, for a host.

    `requirements` are the lines of what is to be in vendor/, `compiled` of what is compiled and
    wanted as well. `cache` is a folder for downloads and for work. `below` is the address of the
    public folder on its host, such as "/~ann".
    ConfigError for what cannot be packed, with what to do.
    """
    parts = {PRIVATE + name: part for name, part in tree.code(root, profile.interpreter).items()}
    static = tree.static(htdocs)
    parts |= {PUBLIC + name: part for name, part in static.items()}
    packages = vendor.pure(requirements)
    if compiled:
        more = vendor.compiled(compiled, profile.version, profile.platform, cache, say)
        packages = vendor.Vendored(packages.packages | more.packages, packages.files | more.files)
    parts |= {f"{PRIVATE}vendor/{name}": Part(PLAIN, data)
              for name, data in packages.files.items()}
    parts |= _for_the_host(root, htdocs, profile, below, static)
    if profile.kind != "wsgi":                # nginx is for who has a server of his own
        parts = {name: part for name, part in parts.items()
                 if not name.startswith(f"{PRIVATE}nginx/")}
    if profile.bytecode == "packed":
        parts |= _compiled(parts, profile, cache, say)
    files = {}
    for name, part in parts.items():
        try:
            check_name(name)
        except ManifestError as error:
            raise ConfigError(f"{error} Rename it, or move it elsewhere.") from error
        files[name] = File(hashlib.sha256(part.read()).hexdigest(), part.mode)
    manifest = Manifest.of(
        version, profile.name, {"private": profile.private, "public": profile.public},
        packages.packages, files, how_of(profile, below, bool(compiled)))
    return Packed(manifest, parts, _readme(root, profile, below))


def how_of(profile: Profile, below: str, with_compiled: bool) -> dict[str, str]:
    """The options that a later pack of the same site must have too, as the manifest has them."""
    return {"python": profile.interpreter, "version": profile.version, "below": below,
            "inside": "yes" if profile.inside else "no",
            "with-compiled": "yes" if with_compiled else "no"}


def _for_the_host(root: str, htdocs: str, profile: Profile, below: str,
                  static: Mapping[str, Part]) -> dict[str, Part]:
    """What is made for the host: host.ini, the command, and the way in."""
    made = {
        f"{PRIVATE}host.ini": Part(PLAIN, _host_ini(root, profile).encode()),
        f"{PRIVATE}{START}": Part(PROGRAM, _filled(root, "start.sh", {
            "PYTHON -P ": f"{profile.interpreter} -P "}).encode()),
        f"{PRIVATE}LICENSE": Part(PLAIN, _text(os.path.join(root, "LICENSE")).encode()),
    }
    own = os.path.join(htdocs, ".htaccess")
    more = f"\n# From htdocs/.htaccess:\n{_text(own)}" if os.path.isfile(own) else ""
    if profile.kind == "passenger":
        start = _text(os.path.join(root, "apache", "passenger_wsgi.py"))
        made[f"{PRIVATE}passenger_wsgi.py"] = Part(PLAIN, start.encode())
    if profile.kind in ("passenger", "wsgi"):
        if more:
            raise ConfigError("htdocs/.htaccess would not be read on a server of your own: put "
                              "its lines into apache/local.conf there, and remove it.")
    elif profile.inside:
        text = _htaccess("inside", profile, below) + more
        made[f"{PRIVATE}.htaccess"] = Part(PLAIN, text.encode())
        way = htaccess.RESPONDER if profile.kind == "fastcgi" else htaccess.DISPATCHER
        made |= {PRIVATE + name: Part(PLAIN, lock.encode())
                 for name, lock in htaccess.locks(way, handler=profile.handler).items()}
    else:
        if any(name.startswith("cgi-bin/") for name in static):
            raise ConfigError("htdocs/cgi-bin is where the one script goes that leads to the site: "
                              "move what is in it to another folder.")
        text = _htaccess("split", profile, below) + more
        made[f"{PUBLIC}.htaccess"] = Part(PLAIN, text.encode())
        site = relpath(profile.private, f"{profile.public}/cgi-bin")
        stub = _filled(root, "stub.py", {'SITE = "../../chapbook"': f'SITE = "{site}"'})
        made[PUBLIC + htaccess.STUB.lstrip("/")] = Part(
            PROGRAM, tree.prepared(stub.encode(), "stub.py", profile.interpreter))
    return made


def _htaccess(layout: str, profile: Profile, below: str) -> str:
    return htaccess.text(layout, options=profile.options, handler=profile.handler,
                         authorization=profile.authorization, below=below,
                         fastcgi=profile.kind == "fastcgi")


def _host_ini(root: str, profile: Profile) -> str:
    """What configuration reads beside site.ini: where the static files are, and what else is so."""
    sections = {"paths": {"htdocs": relpath(profile.public, profile.private)}}
    for section, options in profile.settings.items():
        sections[section] = sections.get(section, {}) | options
        if secret := [name for name in options if name in SECRETS]:
            raise ConfigError(
                f"The profile {profile.name} has a {secret[0]} in [host {section}], and all of the "
                "host may read host.ini: write it into site.ini there.")
    try:
        configuration.load(None, sections, root)
    except ConfigError as error:
        raise ConfigError(f"What the profile {profile.name} has for host.ini is wrong: "
                          f"{error}".replace("overrides: ", "")) from error
    lines = [f"# What this host is like, by ./chapbook pack --host {profile.name}. An upgrade "
             "replaces it:", "# what you want otherwise goes into site.ini, which comes after it."]
    for section, options in sections.items():
        lines += ["", f"[{section}]", *(f"{name} = {value}" for name, value in options.items())]
    return "\n".join(lines) + "\n"


def _compiled(parts: Mapping[str, Part], profile: Profile, cache: str,
              say: Callable[[str], None]) -> dict[str, Part]:
    """The compiled form of the modules among the parts, where there is the Python for it here."""
    if not bytecode.compiler(profile.version):
        say(f"There is no Python {profile.version} on this machine, so the zip has no compiled "
            "modules; the site works without, and starts more slowly.")
        return {}
    sources = {name: part.data for name, part in parts.items()
               if name.startswith(_WITH_CODE) and name.endswith(".py")}
    return {name: Part(PLAIN, data)
            for name, data in bytecode.compiled(sources, profile.version, cache).items()}


def _readme(root: str, profile: Profile, below: str) -> str:
    """What the zip says to who unpacks it."""
    name = {"wsgi": "README-server.txt", "passenger": "README-passenger.txt"}.get(
        profile.kind, "README-inside.txt" if profile.inside else "README.txt")
    title = f"A Chapbook site, packed for {profile.title}"
    return Template(_text(os.path.join(root, "apache", "hosts", name))).substitute(
        profile._asdict() | {"script": htaccess.STUB.lstrip("/"), "below": below,
                             "heading": f"{title}\n{'=' * len(title)}"})


def _filled(root: str, name: str, changes: Mapping[str, str]) -> str:
    """A file of apache/ with what this host has in place of what stands there."""
    text = _text(os.path.join(root, "apache", name))
    for old, new in changes.items():
        if old not in text:
            raise ConfigError(f"apache/{name} was changed: {old!r} is no longer in it, so it "
                              "cannot be packed. Put the line back.")
        text = text.replace(old, new)
    return text


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8-sig") as file:
            return file.read()
    except OSError as error:
        raise ConfigError(f"{path} cannot be packed: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} cannot be packed: its letters are not UTF-8. Save it as UTF-8 "
                          "in your editor.") from error
