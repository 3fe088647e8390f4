"""The site's .htaccess where it makes every answer an error: which of its lines the host refuses.

Such a line makes Apache answer 500 to all below the file's folder. So the file is set aside while
its parts are tried, one half after the other, in an .htaccess of a folder with a random name, which
is asked for over HTTP. Where the whole site lies in the public folder, another rule that keeps
everybody out stands in its place; without one that the host accepts, nothing is tried.
"""
from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager, suppress

from .findings import Finding, named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .place import Place
    from .probe import Probe

NAME = ".htaccess"
MOST_BYTES = 1 << 20
KEPT = ".htaccess-kept-by-doctor"       # Apache gives out no file whose name begins with .ht
PROGRAMS = ("sethandler", "addhandler", "action", "fcgidwrapper")
GUARDS = ("Require all denied\n", 'RewriteEngine On\nRewriteRule "^" "-" [F]\n', "Deny from all\n")
REWRITING = ("rewriteengine", "rewritebase", "rewriteoptions", "rewritecond", "rewriterule")
LOOPING = 508
# Answered at the fourth time around, long before Apache gives up.
_STOP = f'''RewriteEngine On
ErrorDocument {LOOPING} default
RewriteCond "%{{ENV:REDIRECT_REDIRECT_REDIRECT_REDIRECT_STATUS}}" "."
RewriteRule "^" "-" [R={LOOPING},END]
'''
_LINKS = 'RewriteEngine On\nRewriteRule "^never$" "-"\n'
_ASKED = "asked.html"


def top(place: Place) -> str:
    """The folder of the site's .htaccess; empty where it has none."""
    for folder in (place.config.htdocs, place.root):
        put_back(folder)
        if os.path.isfile(os.path.join(folder, NAME)):
            return folder
    return ""


def refused(place: Place, probe: Probe) -> Iterator[Finding]:
    """The lines that the host refuses; nothing where the file is not what makes the site fail."""
    folder = top(place)
    if not folder:
        return
    lines = _read(folder)
    with _set_aside(place, probe, folder) as is_guarded, _folder(place, folder) as test:
        if is_guarded is None or not test or _fails(place, probe, test, ""):
            return
        bad = _bad(place, probe, test, units(lines))
        if not bad and not is_guarded and _status(place, probe, test, _LINKS) == 403:
            yield Finding(
                "htaccess-links",
                "The host answers \"Forbidden\" to everything, because it allows rules for "
                f"addresses ({NAME}) only together with links.",
                f"Write into {place.short(os.path.join(folder, NAME))}, as its first line: Options "
                "+SymLinksIfOwnerMatch    (where the host refuses that, ask it to set it)",
                [os.path.join(folder, NAME)])
    yield from _told(place, os.path.join(folder, NAME), bad)


def loops(place: Place, probe: Probe) -> Iterator[Finding]:
    """The rules for addresses go around in a circle."""
    folder = top(place)
    if not folder:
        return
    rules = [line for unit in units(_read(folder)) for line in unit
             if line.split()[0].lower() in REWRITING[1:]]
    with _folder(place, folder) as test:
        if test and _status(place, probe, test, _STOP + "\n".join(rules) + "\n", "deep") == LOOPING:
            yield Finding(
                "rewrite-loop",
                "The rules for addresses send every request on to themselves, until the web server "
                f"gives up and answers 500: {place.short(os.path.join(folder, NAME))}.",
                "Take out what you have added there below RewriteEngine On; or make the file anew. "
                "A rule that is to be the last one ends in [END].")


def put_back(folder: str) -> None:
    """Give back an .htaccess that a doctor who was interrupted has set aside.

    Where somebody has made another one meanwhile that stays, and the old one is put beside it.
    """
    kept, path = os.path.join(folder, KEPT), os.path.join(folder, NAME)
    if not os.path.isfile(kept) or os.path.islink(kept):
        return
    with suppress(OSError):                       # it is for who may write there
        if not os.path.lexists(path) or _read(folder) in GUARDS:
            os.replace(kept, path)
        elif os.path.samefile(kept, path):        # by then it was not yet gone
            os.unlink(kept)
        else:
            os.replace(kept, kept + "-old")


def _read(folder: str) -> str:
    try:
        with open(os.path.join(folder, NAME), encoding="utf-8", errors="replace") as file:
            return file.read(MOST_BYTES)
    except OSError:
        return ""


def units(text: str) -> list[list[str]]:
    """The directives of a configuration, each as its lines: a section goes with all in it."""
    found: list[list[str]] = []
    depth = 0
    for line in re.sub(r"\\\n", "", text.replace("\r\n", "\n")).splitlines():
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        if depth:
            found[-1].append(stripped)
        else:
            found.append([stripped])
        depth += stripped.startswith("</") * -1 or stripped.startswith("<")
    return found


def _bad(
    place: Place, probe: Probe, test: str, parts: list[list[str]], around: tuple[str, ...] = ()
) -> list[str]:
    """The refused lines among these directives, inside the sections that are `around` them."""
    if not parts or not _fails(place, probe, test, _written(parts, around)):
        return []
    if len(parts) > 1:
        half = len(parts) // 2
        return [line for part in (parts[:half], parts[half:])
                for line in _bad(place, probe, test, part, around)]
    [unit] = parts
    if len(unit) > 1:
        inner = _bad(place, probe, test, units("\n".join(unit[1:-1])), (*around, unit[0]))
        return inner or [unit[0]]
    words = unit[0].split()
    if words[0].lower() == "options" and len(words) > 2:    # of which one alone may be refused
        bad = [word for word in words[1:] if _fails(
            place, probe, test, _written([[f"{words[0]} {word}"]], around))]
        return [f"{words[0]} {' '.join(bad)}"] if bad else unit
    return unit


def _written(parts: list[list[str]], around: tuple[str, ...]) -> str:
    ends = [f"</{section.strip('<>').split()[0]}>" for section in reversed(around)]
    return "\n".join([*around, *(line for unit in parts for line in unit), *ends, ""])


def _told(place: Place, path: str, bad: list[str]) -> Iterator[Finding]:
    kinds: dict[str, list[str]] = {}
    for line in bad:
        word = line.split()[0].lower()
        kind = "options" if word == "options" else "handler" if word in PROGRAMS else "line"
        kinds.setdefault(kind, []).append(line)
    where = place.short(path)
    take_out = f"Take it out of {where} (./chapbook doctor --deploy --fix does it for you)"
    if lines := kinds.get("options"):
        yield Finding(
            "htaccess-options",
            "The host does not let a site set this in .htaccess, and answers 500 to everything: "
            f"{named(lines)}.",
            f"{take_out}. CGI then runs where the host has switched it on itself, mostly in "
            "cgi-bin; if pages come as text afterwards, ask your host for Options ExecCGI.",
            (path, *lines))
    if lines := kinds.get("handler"):
        yield Finding(
            "htaccess-handler",
            "The host does not let a site say how its files are run, and answers 500 to everything:"
            f" {named(lines)}.",
            f"{take_out}, with the section around it. Programs then run where the host runs them "
            "itself, mostly in cgi-bin; if pages come as text afterwards, ask your host for CGI.",
            (path, *lines))
    if lines := kinds.get("line"):
        yield Finding(
            "htaccess-line",
            f"The host refuses a line of {where}, and answers 500 to everything: {named(lines)}.",
            f"{take_out}; or ask your host to allow it (AllowOverride).", (path, *lines))


@contextmanager
def _set_aside(place: Place, probe: Probe, folder: str) -> Iterator[bool | None]:
    """Without the site's .htaccess; True where a guard stands in its place, None where it stays."""
    inside = os.path.realpath(folder) == place.root
    path, kept = os.path.join(folder, NAME), os.path.join(folder, KEPT)
    mode = os.stat(path).st_mode & 0o777
    try:
        os.link(path, kept, follow_symlinks=False)
    except OSError:
        yield None
        return
    try:
        is_guarded: bool | None = False
        if not inside:
            os.unlink(path)
        else:
            is_guarded = None
            for guard in GUARDS:
                # In one move: there is no moment without any.
                _write(place, path + "-new", guard, mode)
                os.replace(path + "-new", path)
                if probe.get("/site.ini").status == 403:
                    is_guarded = True
                    break
        yield is_guarded
    finally:
        os.replace(kept, path)


@contextmanager
def _folder(place: Place, folder: str) -> Iterator[str]:
    """A folder for tests below this one; empty where none can be made."""
    path = os.path.join(folder, f"doctor-{os.urandom(8).hex()}")
    try:
        os.mkdir(path, 0o755)
        os.chmod(path, 0o755)
        _write(place, os.path.join(path, _ASKED), "asked\n", 0o644)
        if place.is_root:
            os.chown(path, place.user, place.group)
    except OSError:                               # closed, or no room
        shutil.rmtree(path, ignore_errors=True)
        yield ""
        return
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _fails(place: Place, probe: Probe, test: str, text: str) -> bool:
    return _status(place, probe, test, text) >= 500


def _status(place: Place, probe: Probe, test: str, text: str, name: str = _ASKED) -> int:
    """The status of the answer below a folder that has these lines in its .htaccess."""
    path = os.path.join(test, NAME)
    _write(place, path + "-new", text, 0o644)
    os.replace(path + "-new", path)
    return probe.get(f"/{os.path.basename(test)}/{name}").status


def _write(place: Place, path: str, text: str, mode: int) -> None:
    """Make a file anew, which belongs to the user of the scripts."""
    with suppress(FileNotFoundError):
        os.unlink(path)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        os.fchmod(file, mode)
        if place.is_root:
            os.fchown(file, place.user, place.group)
        os.write(file, text.encode())
    finally:
        os.close(file)
