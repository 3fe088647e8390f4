"""What the doctor can mend itself, when it is told to: nothing is changed before somebody agrees.

    for repair in mending.offers(place, findings):
        ...ask about repair.question...
        done = repair.do()

Each file is changed as its owner would change it, and only if that is who runs the doctor, or root.
"""
from __future__ import annotations

import os
import py_compile
import re
import stat
from contextlib import contextmanager

from .findings import Finding, named, printable
from .place import stat_of
from .rules import NAME
from .starts import FIRST_LINE, MARK, interpreter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .place import Place

    Change = Callable[[Place, str], None]

MOST_BYTES = 1 << 20          # of a script, or an .htaccess, that is rewritten
TAKEN_OUT = "# The host refuses this line (./chapbook doctor took it out): "
_RUN = 0o755
LINKS = "Options +SymLinksIfOwnerMatch\n"


class Repair:
    """One finding that can be mended: `question` asks whether to, `do` does it."""

    def __init__(self, place: Place, finding: Finding) -> None:
        self.finding = finding
        self._place = place
        what, self._change = _REPAIRS[finding.name]
        paths = _paths(finding)
        self.question = printable(what.format(files=named([place.short(path) for path in paths])))

    def do(self) -> str:
        """Mend it, and say what was done, or which file could not be changed and why."""
        done, failed = [], []
        for path in _paths(self.finding):
            try:
                with _as_owner(self._place, path):
                    if self.finding.name.startswith("htaccess-"):
                        _take_out(self._place, path, self.finding.about[1:])
                    else:
                        self._change(self._place, path)
                done.append(self._place.short(path))
            except (OSError, ValueError) as error:
                why = error.strerror if isinstance(error, OSError) and error.strerror else error
                failed.append(f"{self._place.short(path)} ({why})")
        said = f"Done: {named(done)}." if done else ""
        if failed:
            said += f" Could not be changed: {named(failed)}."
        return printable(said.strip())


def offers(place: Place, findings: Iterable[Finding]) -> list[Repair]:
    """What of these findings can be mended, in their order."""
    return [Repair(place, each) for each in findings
            if each.name in _REPAIRS and each.about and _fits(place, each)]


def _paths(finding: Finding) -> tuple[str, ...]:
    """The files that a finding is about; of one about .htaccess, that file alone."""
    return finding.about[:1] if finding.name.startswith("htaccess-") else finding.about


def _fits(place: Place, finding: Finding) -> bool:
    return finding.name != "interpreter-missing" or bool(interpreter(place, FIRST_LINE))


def _unix_lines(place: Place, path: str) -> None:
    _rewrite(path, lambda content: content.replace(b"\r\n", b"\n"))


def _no_mark(place: Place, path: str) -> None:
    _rewrite(path, lambda content: content.removeprefix(MARK))


def _first_line(place: Place, path: str) -> None:
    """The usual first line: in the place of one that names another Python, or before all."""
    def begun(content: bytes) -> bytes:
        text = content.lstrip()
        if text.startswith(b"#!") and content != text:
            return text                           # empty lines stood before it
        if text.startswith(b"#!"):
            if b"python" not in text.partition(b"\n")[0]:
                raise ValueError("it is no Python program")
            text = text.partition(b"\n")[2]
        elif not path.endswith(".py"):
            raise ValueError("nobody knows what it is written in")
        else:
            text = content
        return FIRST_LINE.encode() + b"\n" + text
    _rewrite(path, begun)


def _chmod(add: int, take: int) -> Change:
    def change(place: Place, path: str) -> None:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            raise ValueError("it is a link")
        mode = stat.S_IMODE(found.st_mode)
        more = add if add == _RUN or stat.S_ISDIR(found.st_mode) else add & 0o666
        wanted = (mode | more) & ~take
        if place.is_root:
            # By the open file: nobody can put a link to another one in its place meanwhile.
            file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                os.fchmod(file, wanted)
            finally:
                os.close(file)
        else:
            os.chmod(path, wanted)
    return change


def _compile(place: Place, path: str) -> None:
    """Compile all modules below a folder; by the hash of their text, which no transfer changes."""
    for folder, _, names in os.walk(path):
        for name in sorted(names):
            if name.endswith(".py"):
                try:
                    py_compile.compile(
                        os.path.join(folder, name), doraise=True,
                        invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
                except py_compile.PyCompileError:
                    continue                      # for another Python; what imports it knows


def _links(place: Place, path: str) -> None:
    _rewrite(path, lambda content: LINKS.encode() + content)


def _take_out(place: Place, path: str, lines: tuple[str, ...]) -> None:
    """Make comments of these lines of an .htaccess; of Options, only what is refused goes.

    With the first line of a section goes all of it.
    """
    if os.path.basename(path) != NAME:
        raise ValueError("it is no .htaccess")
    if not lines:
        return _links(place, path)

    def edited(content: bytes) -> bytes:
        kept, depth = [], 0
        text = re.sub(r"\\\r?\n", "", content.decode("utf-8", "surrogateescape"))
        for line in text.splitlines(keepends=True):
            stripped = line.strip()
            if depth or stripped.startswith("<") and stripped in lines:
                depth += stripped.startswith("<") - 2 * stripped.startswith("</")
                kept.append(f"{TAKEN_OUT}{stripped}\n")
            else:
                kept.append(_without(line, lines))
        return "".join(kept).encode("utf-8", "surrogateescape")
    _rewrite(path, edited)


def _without(line: str, lines: tuple[str, ...]) -> str:
    stripped = line.strip()
    words = stripped.split()
    if words and words[0].lower() == "options":
        bad = {word for each in lines if each.lower().startswith("options ")
               for word in each.split()[1:]}
        left = [word for word in words[1:] if word not in bad]
        if len(left) == len(words) - 1:
            return line
        return f"{TAKEN_OUT}{stripped}\n" + (f"Options {' '.join(left)}\n" if left else "")
    return f"{TAKEN_OUT}{stripped}\n" if stripped in lines else line


def _rewrite(path: str, change: Callable[[bytes], bytes]) -> None:
    """Replace a file's content in one move; its mode stays, and a link is no file."""
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
            raise ValueError("it is no small file")
        content = b""
        while block := os.read(file, MOST_BYTES):
            content += block
    finally:
        os.close(file)
    new = f"{path}-{os.urandom(4).hex()}"
    changed = change(content)
    if changed == content:
        raise ValueError("nothing of it was found there")
    opened = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(opened, "wb") as target:
            target.write(changed)
            os.fchmod(target.fileno(), stat.S_IMODE(found.st_mode))
        os.replace(new, path)
    except BaseException:
        os.unlink(new)
        raise


@contextmanager
def _as_owner(place: Place, path: str) -> Iterator[None]:
    """Root does it as the owner of the file, who can be led astray by nobody but himself."""
    found = stat_of(path)
    if not place.is_root or found is None or found.st_uid == 0:
        yield
        return
    os.setegid(found.st_gid)
    os.seteuid(found.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


_REPAIRS: dict[str, tuple[str, Change]] = {
    "script-line-ends": ("Save {files} with Unix line ends?", _unix_lines),
    "script-mark": ("Take the invisible mark from the beginning of {files}?", _no_mark),
    "script-start": (f"Let {{files}} begin with {FIRST_LINE}?", _first_line),
    "interpreter-missing": (f"Let {{files}} begin with {FIRST_LINE}?", _first_line),
    "script-mode": ("Let {files} be executed (permissions 755)?", _chmod(_RUN, 0o022)),
    "code-writable": ("Let nobody but their owner write {files}?", _chmod(0, 0o022)),
    "settings-open": ("Let nobody else read {files} (permissions 600)?", _chmod(0o600, 0o077)),
    "var-open": ("Let nobody else read {files}?", _chmod(0, 0o077)),
    "var-unwritable": ("Let their owner write {files}?", _chmod(0o700, 0)),
    "folder-closed": ("Let its owner write into {files}?", _chmod(0o700, 0)),
    "bytecode-unkept": ("Compile the modules below {files} now?", _compile),
    "htaccess-options": ("Take what the host refuses out of {files}?", _links),
    "htaccess-handler": ("Take what the host refuses out of {files}?", _links),
    "htaccess-line": ("Take what the host refuses out of {files}?", _links),
    "htaccess-links": ("Put a line into {files} that lets rules be used together with links?",
                       _links),
}
