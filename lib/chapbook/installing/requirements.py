"""What the site needs of its host, in green, amber and red, before anything is asked."""
from __future__ import annotations

import os
import stat
import sys
import time

from .. import doctor
from ..doctor import bytecode
from ..errors import user
from . import writing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..config import Config

STEP = "requirements"
GREEN = "green"
COMPILED = ("lib", "vendor")
COMPILED_MODULES = "Compiled modules that are kept"     # as the doctor has it
COMPILE_WITHIN = 15.0         # seconds of one request


class Line:
    """One requirement: `title`, `colour` (green, amber, red), and pairs of sentence and remedy."""

    def __init__(self, title: str, colour: str, said: list[tuple[str, str]]) -> None:
        self.title, self.colour, self.said = title, colour, said


def met(config: Config) -> list[Line]:
    """All requirements, as they are at this moment."""
    lines = [
        Line(one.title, GREEN if one.severity == "ok" else one.severity,
             [(finding.sentence, finding.remedy) for finding in one.findings])
        for one in doctor.requirements(config.root)
    ]
    if not_compiled(config):
        lines = [line for line in lines if line.title != COMPILED_MODULES]
        lines.append(Line(COMPILED_MODULES, doctor.AMBER, [(
            "Python keeps no compiled modules here, so every page takes twice as long to start.",
            "The button below compiles them once. Do it again after each upload of lib.")]))
    return [*lines, _settings_folder(config)]


def can_go_on(lines: list[Line]) -> bool:
    """Whether none of them is red."""
    return all(line.colour != doctor.RED for line in lines)


def not_compiled(config: Config) -> bool:
    """Whether this Python keeps nothing that it compiles, and there is something to compile."""
    return sys.dont_write_bytecode and bool(_outdated(config, most=1))


def can_mend(config: Config) -> bool:
    """Whether `mend` would change anything."""
    return bool(_open_paths(config)) or not_compiled(config)


def mend(config: Config) -> str:
    """Close what the site stores to others, and compile the programs; what is left, as a sentence.

    Only what belongs to the user of the pages is changed.
    """
    for path in _open_paths(config):
        try:
            os.chmod(path, os.stat(path).st_mode & 0o700)
        except OSError:
            pass                                  # the next look tells
    left = compile_all(config) if not_compiled(config) else 0
    if not left:
        return ""
    return (f"{left} of the programs could not be compiled yet. Press the button again; if the "
            "number stays, pages may not write beside them.")


def _open_paths(config: Config) -> list[str]:
    """What of var/ others can read or write, and is ours to close."""
    found = []
    for folder, _, names in os.walk(config.path(config.paths.var)):
        for path in (folder, *(os.path.join(folder, name) for name in sorted(names))):
            known = os.lstat(path)
            is_ours = known.st_uid == os.geteuid() and not stat.S_ISLNK(known.st_mode)
            if is_ours and known.st_mode & 0o077:
                found.append(path)
    return found


def compile_all(config: Config, seconds: float = COMPILE_WITHIN) -> int:
    """Compile the modules of lib/ and vendor/ within so many seconds; how many are left."""
    import py_compile

    until = time.monotonic() + seconds
    waiting = _outdated(config)
    failed = 0
    for done, path in enumerate(waiting):
        if time.monotonic() > until:
            return len(waiting) - done
        try:
            py_compile.compile(path, doraise=True)
        except (OSError, py_compile.PyCompileError):
            failed += 1                           # not ours to write, or no Python of this version
    return failed


def _outdated(config: Config, most: int = 1 << 30) -> list[str]:
    found: list[str] = []
    for top in COMPILED:
        for folder, names, _ in os.walk(config.path(top)):
            names[:] = sorted(name for name in names if name != "__pycache__")
            found += bytecode.outdated(folder)
            if len(found) >= most:
                return found
    return found


def _settings_folder(config: Config) -> Line:
    """Whether site.ini can be written; where it cannot, there is another way."""
    title = "A folder for the settings"
    if os.path.exists(config.path("site.ini")) or writing.can_write(config):
        return Line(title, GREEN, [])
    owner = os.stat(config.root).st_uid
    name = os.path.basename(config.root)
    if owner == os.geteuid():
        return Line(title, doctor.AMBER, [(
            f"Pages may not write into the folder {name}, where the settings belong.",
            f"In your FTP program, give the folder {name} the permissions 755. Or leave it: you "
            "will get the file with the settings, to upload it yourself.")])
    return Line(title, doctor.AMBER, [(
        f"Pages run as the user {user()}, to whom the folder {name} does not belong: they cannot "
        "write the settings there.",
        f"In your FTP program, give the folder {name} the permissions 777 until the site is set up "
        "(the last page will remind you to take them away again).")])
