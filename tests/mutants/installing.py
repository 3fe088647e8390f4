"""Mutants of the installer: the one-time code, what is written once, what may be in a database."""
from __future__ import annotations

from .mutant import Mutant

CODE = "lib/chapbook/passcode.py"
PAGES = "lib/chapbook/installing/pages.py"
STATE = "lib/chapbook/installing/state.py"
WRITING = "lib/chapbook/installing/writing.py"
DATABASE = "lib/chapbook/installing/database.py"
ADMINISTRATOR = "lib/chapbook/installing/administrator.py"
FINISHING = "lib/chapbook/installing/finishing.py"
PROBING = "lib/chapbook/installing/probing.py"

OF_CODE = "tests/unit/test_passcode.py"
OF_PAGE = "tests/pages/test_install.py"
OF_FILES = "tests/unit/installing/test_installing_files.py"
OF_DATABASE = "tests/unit/installing/test_choosing_database.py"
OF_FIRST = "tests/unit/installing/test_first_administrator.py"
OF_KILLS = "tests/unit/installing/test_killed_installers.py"

MUTANTS = [
    Mutant("code-private", CODE, "os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)",
           "os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)", OF_CODE),
    Mutant("code-hour", CODE, "    return -60 < at - code.made < LIFE ", "    return True ",
           OF_CODE),
    Mutant("code-cookie-hour", CODE, "        if not -60 < now - moment < LIFE:\n",
           "        if False:\n", OF_CODE),
    Mutant("code-cookie-mark", CODE, "_is_fresh(code, moment) and compare_digest(\n"
           "                _mark(code, moment), mark\n            ):",
           "_is_fresh(code, moment):", OF_CODE),
    Mutant("code-cookie-strict", CODE, 'same_site="Strict"', 'same_site="Lax"', OF_CODE),
    Mutant("code-guessed", CODE,
           "    if len(text) < LEAST or len(set(text)) < LEAST_KINDS:\n        return None\n", "",
           OF_CODE),
    Mutant("code-link", CODE, "os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK",
           "os.O_RDONLY | os.O_NONBLOCK", OF_CODE),
    Mutant("code-open-to-write", CODE, " or stat.S_IMODE(found.st_mode) & 0o022:", ":", OF_CODE),
    Mutant("code-tries", CODE, "            if free_at > now + (BURST - 1) * EVERY:\n",
           "            if False:\n", OF_CODE),
    Mutant("installer-code", PAGES,
           "if not self._open and not passcode.admitted(request):", "if False:", OF_PAGE),
    Mutant("installer-closed", PAGES, "        if state.is_set_up(request.config):\n"
           "            raise NotFound(state.CLOSED)\n", "", OF_PAGE),
    Mutant("installer-makes-the-database", "lib/chapbook/request.py",
           "        if self.config.is_new and self.config.database_is_missing:\n",
           "        if False:\n", "tests/unit/test_failure.py"),
    Mutant("installer-of-root", STATE, "        if os.geteuid() == 0:\n"
           "            _give_away(config)\n", "", OF_FILES),
    Mutant("installer-kept", PAGES, '        response["Cache-Control"] = "no-store"\n', "",
           OF_PAGE),
    Mutant("installer-left-for-good", STATE, " and 0 <= time.time() - state.since < UNFINISHED)",
           ")", OF_FILES),
    Mutant("installer-answers-private", STATE, "os.O_WRONLY | os.O_CREAT | os.O_EXCL | "
           "os.O_NOFOLLOW, 0o600)\n        try:", "os.O_WRONLY | os.O_CREAT | os.O_EXCL | "
           "os.O_NOFOLLOW, 0o640)\n        try:", OF_PAGE),
    Mutant("installer-answers-of-others", STATE, " or stat.S_IMODE(found.st_mode) & 0o077:", ":",
           OF_FILES),
    Mutant("installer-alone", STATE, "fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)", "pass",
           OF_PAGE),
    Mutant("installer-writes-once", WRITING, "        os.link(new, path)\n",
           "        os.replace(new, path)\n", OF_FILES),
    Mutant("installer-one-line", WRITING, "if not all(line.isprintable() for line in lines):",
           "if False:", OF_FILES),
    Mutant("installer-left-over", FINISHING, "    writing.remove_left_over(work.config)\n", "",
           OF_KILLS),
    Mutant("database-foreign", DATABASE, '    if "schema_step" not in tables or foreign:\n',
           "    if False:\n", OF_PAGE),
    Mutant("database-adopted", DATABASE,
           '    if found == OURS and given.get("adopt") != "yes":\n', "    if False:\n", OF_PAGE),
    Mutant("administrator-second", ADMINISTRATOR,
           "    if db.value(_THERE):\n        raise Conflict(ALREADY)\n", "", OF_FIRST),
    Mutant("administrator-common", ADMINISTRATOR, "    if fault is not None:\n", "    if False:\n",
           OF_PAGE),
    Mutant("outside-bars", PROBING, "any(finding[0] in BARRING for finding in self.findings)",
           "False", "tests/servers/test_install.py"),
]
