"""The one-time code: who can read a file in the site's folder is its owner, before any account is.

`make` writes a file with a code beside site.ini, which its owner reads by FTP or a file manager.
Who types it gets a cookie, that holds for an hour, as long as that file is there: to delete the
file ends it. Where this process may not write there, or its files could not be read by the owner,
the owner makes such a file: one line of at least 20 letters and digits.

Nothing of this needs a database, a session or the site's secret.
"""
from __future__ import annotations

import os
import stat
import time

from . import cookies
from .errors import Invalid, TooManyRequests, Unavailable, user
from .forwarded import block

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .config import Config
    from .request import Request

BEGINNING, END = "install-code-", ".txt"
LIFE = 3600                   # seconds
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"       # none that is taken for another
LENGTH, GROUP = 24, 4         # 24 of 31 letters: 118 bits
LEAST, LEAST_KINDS = 20, 8    # letters of a code that the owner has thought up, and different ones
MOST_BYTES = 4096             # of the file
COOKIE = "code"
TRIES = ".install-tries"
BUCKETS = 4096                # of visitors who share their wrong tries
BURST, EVERY = 10, 60         # wrong tries at once, and seconds until there is one more

_TEXT = """{code}

The line above is the code for setting up your site. Type or copy it into the page that asks for it.
It holds for one hour, until {until} UTC, and lets whoever knows it set up this site:
show it to nobody, and delete this file when the site is set up.
"""


class Code:
    """A code that holds: the `path` of its file, its `text` (letters alone), when it was `made`."""

    def __init__(self, path: str, text: str, made: float) -> None:
        self.path, self.text, self.made = path, text, made


def make(config: Config) -> str:
    """Write a file with a new code, unless one holds already; gives the path of its file.

    Files whose hour is over are removed. Unavailable, in words for the owner, where no file can be
    written, or none that the owner could read.
    """
    known = codes(config)
    if known:
        return known[0].path
    forget(config, stale=True)
    code = "".join(LETTERS[byte % len(LETTERS)] for byte in _bytes(LENGTH))
    shown = "-".join(code[start:start + GROUP] for start in range(0, LENGTH, GROUP))
    until = time.strftime("%Y-%m-%d %H:%M", time.gmtime(time.time() + LIFE))
    text = _TEXT.format(code=shown, until=until).encode()
    problem = ""
    for folder in _folders(config):
        try:
            if os.geteuid() not in (0, os.stat(folder).st_uid):
                problem = f"the page runs as {user()}, and what it writes you could not read"
                continue
            path = os.path.join(folder, f"{BEGINNING}{os.urandom(8).hex()}{END}")
            _write(path, text)
        except OSError as error:
            problem = f"the folder {os.path.basename(folder)} takes no new file ({error.strerror})"
            continue
        return path
    raise Unavailable(f"No file with a code could be written: {problem}. {own(config)}")


def own(config: Config) -> str:
    """How the owner makes a file with a code by hand, in two sentences."""
    return (
        f"You can make one yourself: a text file named {BEGINNING}WORD{END}, with any word of your "
        f"own for WORD, in the folder {os.path.basename(config.root)} (it holds lib and templates)."
        f" Write a code into it, at least {LEAST} letters and digits that nobody can guess; it "
        "holds for one hour from then on."
    )


def codes(config: Config) -> list[Code]:
    """The codes that hold now, the newest first."""
    now = time.time()
    found = [_read(path) for path in _files(config)]
    held = [code for code in found if code is not None and -LIFE < now - code.made < 2 * LIFE]
    return sorted((code for code in held if _is_fresh(code, now)), key=lambda code: -code.made)


def right(config: Config, given: str) -> Code | None:
    """The code that was given, if it holds; spaces, hyphens and the case of letters do not count.

    Whoever lets visitors try uses `enter`, which counts their tries.
    """
    from hmac import compare_digest

    text = _letters(given[:MOST_BYTES]).encode()
    matching = [code for code in codes(config) if compare_digest(code.text.encode(), text)]
    return matching[0] if matching else None


def enter(request: Request, given: str) -> tuple[str, str]:
    """The header that admits who has given the right code: a cookie, for an hour.

    Invalid, with the field `code`, for a wrong or old one; TooManyRequests after many of these. A
    code that was made here is right even then: nobody guesses it, and behind a proxy of the host a
    stranger's tries are counted with the owner's.
    """
    config = request.config
    code = right(config, given)
    wait = 0 if code and _is_ours(code) else _wait(config, request.remote_address)
    if wait:
        raise TooManyRequests(
            "There were too many wrong codes. Please wait "
            f"{'a minute' if wait <= 60 else f'{wait // 60 + 1} minutes'}, and copy the code from "
            "its file.", retry_after=wait)
    if code is None:
        raise Invalid(code=(
            "This is not the code, or its hour is over. Look for the newest file whose name begins "
            f"with {BEGINNING} in the folder {os.path.basename(config.root)} (the one that holds "
            "lib and templates), and copy its first line."))
    name, attributes = cookies.own(request, COOKIE)
    now = int(time.time())
    value = f"{now}.{_mark(code, now)}"
    return "Set-Cookie", cookies.header(
        name, value, max_age=LIFE, same_site="Strict", **attributes)


def admitted(request: Request) -> bool:
    """Whether this visitor has given a code within the last hour whose file is still there."""
    from hmac import compare_digest

    now, found = time.time(), request.cookies
    # Its name may change while a site is set up: with https as its address it gets another.
    for value in [found.get("__Host-" + COOKIE, ""), found.get(COOKIE, "")]:
        given, _, mark = value.partition(".")
        if not (given.isascii() and given.isdigit() and len(given) < 12 and mark.isascii()):
            continue
        moment = int(given)
        if not -60 < now - moment < LIFE:
            continue
        for path in _files(request.config):
            code = _read(path)
            if code is not None and _is_fresh(code, moment) and compare_digest(
                _mark(code, moment), mark
            ):
                return True
    return False


def forget(config: Config, stale: bool = False) -> None:
    """Remove the files with codes, or those alone that nobody can use any more."""
    for path in _files(config, unfinished=True):
        try:
            if not stale or time.time() - os.lstat(path).st_mtime > 2 * LIFE:
                os.unlink(path)
        except OSError:
            pass                              # it belongs to its owner, who was told to delete it
    if not stale:
        for folder in _folders(config):
            try:
                os.unlink(os.path.join(folder, TRIES))
            except OSError:
                pass


def _folders(config: Config) -> list[str]:
    """Where a file with a code may lie; the first is beside site.ini."""
    return [config.root, config.path(config.paths.var)]


def _files(config: Config, unfinished: bool = False) -> list[str]:
    """The paths of files with codes; `unfinished` ones too, which a killed process has left."""
    found = []
    for folder in _folders(config):
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            continue
        found += [os.path.join(folder, name) for name in names
                  if name.startswith(BEGINNING) and (
                      name.endswith(END) or unfinished and f"{END}." in name)]
    return found[:100]


def _read(path: str) -> Code | None:
    """The code in a file; None for a file that others can have put there, or a code too weak."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        found = os.fstat(handle)
        folder = os.stat(os.path.dirname(path))
        if not stat.S_ISREG(found.st_mode) or stat.S_IMODE(found.st_mode) & 0o022:
            return None
        if found.st_uid not in (0, os.geteuid(), folder.st_uid):
            return None
        if found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) & 0o077:
            os.fchmod(handle, 0o600)
        data = os.read(handle, MOST_BYTES)
    except OSError:
        return None
    finally:
        os.close(handle)
    lines = data.decode("utf-8-sig", "replace").split("\n")
    text = _letters(next((line for line in lines if line.strip()), ""))
    if len(text) < LEAST or len(set(text)) < LEAST_KINDS:
        return None
    return Code(path, text, found.st_mtime)


def _is_fresh(code: Code, at: float) -> bool:
    return -60 < at - code.made < LIFE        # the clocks of a file server differ a little


def _is_ours(code: Code) -> bool:
    """Whether a code looks as `make` makes them, its file's name too."""
    word = os.path.basename(code.path)[len(BEGINNING):-len(END)]
    return (len(word) == 16 and set(word) <= set("0123456789abcdef")
            and len(code.text) == LENGTH and set(code.text) <= set(LETTERS))


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _mark(code: Code, moment: int) -> str:
    """The keyed hash (RFC 2104) by which a cookie is known, 64 hex digits; the code is its key."""
    import hmac

    return hmac.new(code.text.encode(), f"admitted {moment}".encode(), "sha256").hexdigest()


def _bytes(count: int) -> list[int]:
    """So many random numbers below the greatest multiple of the letters: each letter as likely."""
    most = 256 - 256 % len(LETTERS)
    found: list[int] = []
    while len(found) < count:
        found += [byte for byte in os.urandom(count) if byte < most]
    return found[:count]


def _write(path: str, text: bytes) -> None:
    """A new file for its owner's eyes, complete or not at all."""
    new = f"{path}.{os.urandom(4).hex()}"
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        try:
            os.write(handle, text)
            if os.geteuid() == 0:
                folder = os.stat(os.path.dirname(path))
                os.fchown(handle, folder.st_uid, folder.st_gid)
        finally:
            os.close(handle)
        os.rename(new, path)
    except OSError:
        os.unlink(new)
        raise


def _wait(config: Config, address: str) -> int:
    """Count one try of a visitor: 0 where it is allowed, else for how many seconds it is not.

    Each bucket of visitors has one moment: when all that was spent will have come back. Where
    nothing can be written nothing is counted; the code alone is long enough.
    """
    import fcntl
    import hashlib

    number = int.from_bytes(hashlib.sha256(block(address).encode()).digest()[:4], "big") % BUCKETS
    now = int(time.time())
    for folder in _folders(config):
        path = os.path.join(folder, TRIES)
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            known = int.from_bytes(os.pread(handle, 8, number * 8), "big")
            free_at = min(max(known, now), now + BURST * EVERY)
            if free_at > now + (BURST - 1) * EVERY:
                return free_at - now - (BURST - 1) * EVERY
            os.pwrite(handle, (free_at + EVERY).to_bytes(8, "big"), number * 8)
            return 0
        except OSError:
            continue
        finally:
            os.close(handle)
    return 0
