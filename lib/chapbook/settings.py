"""site.ini written anew by a page: single values change, every other line stays as it was.

`plan` works out the new text and touches nothing; `Plan.write` puts it in place. It is checked by
`config.load` before it is the site's, replaces the old file in one move, and every process reads
the new settings with its next request.
"""
from __future__ import annotations

import os
import stat
from contextlib import contextmanager

from . import config as configuration
from .errors import ConfigError, Conflict, Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .config import Config

    Values = Mapping[str, Mapping[str, str]]

MOST_BYTES = 1 << 20          # of the file
PATIENCE = 3.0                # seconds that somebody waits for another who writes it
_BOM = "\ufeff"
_CHANGED = (
    "site.ini was changed in the meantime, by hand or in another window, so nothing was written. "
    "Please open the settings again, look, and repeat your change."
)
_BUSY = "Somebody else is writing site.ini at this moment. Please try again in a moment."


class Plan:
    """What site.ini shall be: `lines` to paste by hand, and `changed`: names as "[site] title"."""

    def __init__(self, path: str, root: str, seen: str, text: str, changes: Values) -> None:
        self._path, self._root, self._seen, self._text = path, root, seen, text
        self.changed = [f"[{section}] {option}" for section in changes for option in
                        changes[section]]
        self.lines = "\n\n".join(
            "\n".join([f"[{section}]", *(f"{option} = {value}" for option, value in
                                         changes[section].items())])
            for section in changes)

    @property
    def can_be_written(self) -> bool:
        """Whether this process may put a file into the folder of site.ini, and replace that."""
        if not self._path:
            return False
        folder = os.path.dirname(self._path)
        return os.access(folder, os.W_OK | os.X_OK) and (
            not os.path.exists(self._path) or os.access(self._path, os.W_OK))

    def write(self) -> None:
        """Put the new text in place; once more does nothing.

        Conflict where the file is no longer the one that was seen, ConfigError for a text that
        would not be settings, Unavailable where the disk does not take it. The old file is there
        and whole after each of them.
        """
        if not self._path:
            raise ConfigError("These settings come from no file, so there is none to be written.")
        with _locked(os.path.dirname(self._path)):
            now = _read(self._path)
            if now == self._text:
                return                        # a second run of the same handler
            if _hash(now) != self._seen:
                raise Conflict(_CHANGED)
            try:
                self._replace()
            except OSError as error:
                raise Unavailable(
                    f"site.ini could not be written ({error.strerror}), and is as it was. Please "
                    "see to the disk, or write the lines there by hand.",
                    detail=f"{self._path}: {error}") from error

    def _replace(self) -> None:
        folder, name = os.path.split(self._path)
        new = os.path.join(folder, f".{name}.{os.urandom(8).hex()}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        try:
            with open(os.open(new, flags, 0o600), "wb") as file:
                file.write(self._text.encode("utf-8"))
                file.flush()
                _keep_owner(file.fileno(), self._path)
                os.fsync(file.fileno())
            _check(new, self._path, self._root)
            os.replace(new, self._path)
        finally:
            if os.path.lexists(new):
                os.unlink(new)
        _keep_name(folder)


def plan(config: Config, changes: Values, seen: str) -> Plan:
    """What site.ini is to be with other values: texts by section and option.

    `seen` is the `fingerprint` of the file that the changes were made from. ValueError for a value
    of several lines.
    """
    path = _path(config)
    text = _read(path)
    for section in changes:
        for option, value in changes[section].items():
            if "\n" in value or "\r" in value or value != value.strip():
                raise ValueError(f"[{section}] {option}: a value is one line, without spaces "
                                 "around it")
            text = with_value(text, section, option, value)
    return Plan(path, config.root, seen, text, changes)


def fingerprint(config: Config) -> str:
    """A hash that tells whether site.ini is still the same; that of nothing where there is none."""
    return _hash(_read(_path(config)))


def with_value(text: str, section: str, option: str, value: str) -> str:
    """The text of an ini file with another value for one option; all other lines are kept.

    An option that is not there yet comes after the last one of its section, and a section that is
    not there in the end.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split("\n")
    inside, last = False, -1
    for number, line in enumerate(lines):
        bare = line.strip().removeprefix(_BOM)
        if bare[:1] == "[" and bare[-1:] == "]":
            if inside:
                break
            inside = bare[1:-1].strip() == section
            last = number if inside else last
        elif inside and bare and bare[0] not in "#;":
            last = number
            name, sep, _ = line.partition("=")
            if name.strip() == option:
                space = "" if line[len(name) + 1:][:1].strip() else " "
                lines[number] = (f"{name}{sep}{space}{value}".rstrip()
                                 + ("\r" if line.endswith("\r") else ""))
                return "\n".join(lines)
    new = f"{option} = {value}".rstrip()
    if last >= 0:
        lines[last] = lines[last].removesuffix("\r")
        lines[last:last + 1] = [lines[last] + end.removesuffix("\n"), new + end.removesuffix("\n")]
        whole = "\n".join(lines)
        return whole if whole.endswith("\n") else whole.removesuffix("\r") + end
    before = text if not text or text.endswith("\n") else text + end
    return f"{before}{end if before else ''}[{section}]{end}{new}{end}"


def _path(config: Config) -> str:
    return os.path.realpath(config.file) if config.file else ""


def _read(path: str) -> str:
    """The file's text with its own line ends; "" where there is none."""
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ConfigError(f"{path} cannot be opened: {error.strerror}.") from error
    if len(data) > MOST_BYTES:
        raise ConfigError(f"{path} is larger than settings can be.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text: save it as UTF-8.") from error


def _hash(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _check(new: str, path: str, root: str) -> None:
    """ConfigError, about the file as the owner knows it, where the new one is not settings."""
    try:
        configuration.load(new, root=root)
    except ConfigError as error:
        raise ConfigError(str(error).replace(new, path)) from error


def _keep_owner(file: int, path: str) -> None:
    """Have the new file belong to whom the old one belongs, where root is at work."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return
    os.fchmod(file, stat.S_IMODE(found.st_mode) & 0o700)
    if os.geteuid() == 0:
        os.fchown(file, found.st_uid, found.st_gid)


def _keep_name(folder: str) -> None:
    """Have the disk keep the new file's name through a power cut, where it can be asked to."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError:
        pass                                  # it is in place already
    finally:
        os.close(handle)


@contextmanager
def _locked(folder: str) -> Iterator[None]:
    """A `with` block that one process is in at a time; the folder itself is what is locked.

    Unavailable where it is not to be had in time: whoever may look into the folder can hold it.
    """
    import fcntl
    import time

    until = time.monotonic() + PATIENCE

    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise Unavailable(_BUSY, detail="the folder of site.ini is locked") from None
                time.sleep(0.02)
            except OSError:
                break                         # a disk without locks: the hash is still compared
        yield
    finally:
        os.close(handle)
