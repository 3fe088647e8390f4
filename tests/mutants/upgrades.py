"""Mutants of upgrades: what is refused, who may go on, and what a kill must not break."""
from __future__ import annotations

from .mutant import Mutant

RELEASE = "lib/chapbook/upgrade/release.py"
STAGING = "lib/chapbook/upgrade/staging.py"
STEPS = "lib/chapbook/upgrade/steps.py"
MOVES = "lib/chapbook/upgrade/moves.py"
CLOSED = "lib/chapbook/closed.py"
PAGE = "cgi-bin/admin/upgrade.py"

OF_RELEASE = "tests/unit/upgrade/test_upgrade_release.py"
OF_STEPS = "tests/unit/upgrade/test_upgrade_steps.py"
OF_KILLS = "tests/unit/upgrade/test_upgrade_kills.py"
OF_PARTS = "tests/unit/upgrade/test_half_uploaded.py"
OF_PAGE = "tests/pages/test_admin_upgrade.py"

MUTANTS = [
    Mutant("upgrade-fits-the-release", RELEASE, "    if release.since != site.release:",
           "    if False:", OF_RELEASE),
    Mutant("upgrade-fits-the-host", RELEASE,
           "    if (new.profile, new.folders, new.how) != (site.profile, site.folders, site.how):",
           "    if False:", OF_RELEASE),
    Mutant("upgrade-more-members", RELEASE, "        self.archive.check_names(self._sums)\n", "",
           OF_RELEASE),
    Mutant("upgrade-another-python", RELEASE,
           '                    compile(data, name, "exec", dont_inherit=True)\n',
           "                    pass\n", OF_RELEASE),
    Mutant("upgrade-edits-are-kept", STAGING, "        elif edit.core or name in replace:",
           "        elif True:", OF_PAGE),
    Mutant("upgrade-edits-are-put-aside", STAGING,
           "            put += _aside(coming, edit, config)\n", "            pass\n", OF_PAGE),
    Mutant("upgrade-one-at-a-time", STEPS, "            _refuse_closed(config.root)\n"
           "            return", "            return", OF_STEPS),
    Mutant("upgrade-release-that-fails", STEPS, "    if why:\n        moves.fail", "    if False:\n"
           "        moves.fail", OF_STEPS),
    Mutant("upgrade-edits-before-going-back", STEPS, "            _put_aside(config)\n", "",
           OF_STEPS),
    Mutant("upgrade-token", MOVES,
           '                hashlib.sha256(value.encode("utf-8", "replace")).hexdigest(), wanted):',
           "                wanted, wanted):", OF_STEPS),
    Mutant("upgrade-killed-while-saving", MOVES, '    elif now == "saving":\n',
           "    elif False:\n", OF_KILLS),
    Mutant("upgrade-stopped-for-ever", MOVES, "    if not _tried(root):", "    if False:",
           OF_STEPS),
    Mutant("upgrade-journal-of-others", CLOSED,
           "if found.st_mode & 0o022 or found.st_uid not in (os.geteuid(), 0):", "if False:",
           OF_RELEASE),
    Mutant("upgrade-broken-lib", CLOSED, "        sys.excepthook = lambda kind, error, trace: "
           "_taken_back(root, error)\n", "        pass\n", OF_STEPS),
    Mutant("upgrade-closed-by-hand", CLOSED, "    if verdict == WAIT:\n        _answer()\n", "",
           OF_PARTS),
    Mutant("upgrade-own-password", PAGE, "    one = found(request, name)\n"
           "    reauthentication.confirm(request)\n", "    one = found(request, name)\n", OF_PAGE),
    Mutant("upgrade-by-ftp-alone", "templates/admin/upgrade/index.html", "{% if uploads %}",
           "{% if true %}", OF_PAGE),
    Mutant("upgrade-for-administrators", "lib/collection/permissions.py",
           'UPGRADES = Permission("administrator",', 'UPGRADES = Permission("editor",', OF_PAGE),
]
