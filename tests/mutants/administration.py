"""Mutants of the administration: one's own password, the settings, the log, the dashboard."""
from __future__ import annotations

from .mutant import Mutant

AGAIN = "lib/collection/reauthentication.py"
SETTINGS = "lib/chapbook/settings.py"
SITE_SETTINGS = "lib/collection/sitesettings.py"
LOG = "lib/collection/errorlog.py"
DASHBOARD = "lib/collection/dashboard.py"
USER_PAGE = "cgi-bin/admin/user.py"

OF_USER = "tests/pages/test_admin_user.py"
OF_SETTINGS = "tests/unit/test_settings.py"
OF_DASHBOARD = "tests/pages/test_admin_dashboard.py"
OF_LOG = "tests/collection/test_errorlog.py"

MUTANTS = [
    Mutant("own-password-of-whom", AGAIN, "held[0] == oneself.user(request).id", "held[0]",
           OF_USER),
    Mutant("own-password-to-delete", USER_PAGE,
           '    reauthentication.confirm(request)\n    users.change(request, id, "delete")',
           '    users.change(request, id, "delete")', OF_USER),
    Mutant("own-password-to-make-administrators", USER_PAGE,
           'if role == "administrator" or request.form.get(FIELD):', "if request.form.get(FIELD):",
           OF_USER),
    Mutant("own-password-for-administrators", USER_PAGE,
           "    if FIELD in request.form:", "    if False:", OF_USER),
    Mutant("own-password-to-invite-administrators", "cgi-bin/admin/invite.py",
           '    if role == "administrator":\n        reauthentication.confirm(request)\n', "",
           "tests/pages/test_admin_invite.py"),
    Mutant("own-password-is-counted", USER_PAGE,
           "get=doubt, post=delete, allow=permissions.USERS, once=False",
           "get=doubt, post=delete, allow=permissions.USERS", OF_USER),
    Mutant("settings-of-before", SETTINGS, "if _hash(now) != self._seen:", "if False:",
           OF_SETTINGS),
    Mutant("settings-checked-first", SETTINGS,
           "            _check(new, self._path, self._root)\n", "", OF_SETTINGS),
    Mutant("settings-one-line", SETTINGS, '"\\n" in value or "\\r" in value or ', "", OF_SETTINGS),
    Mutant("settings-private", SETTINGS, "os.open(new, flags, 0o600)",
           "os.open(new, flags, 0o644)", OF_SETTINGS),
    Mutant("settings-visit-too-short", SITE_SETTINGS,
           "if not SHORTEST <= _seconds(text) <= LONGEST:", "if False:",
           "tests/pages/test_admin_settings.py"),
    Mutant("log-follows-links", LOG, " | os.O_NOFOLLOW", "", OF_LOG),
    Mutant("log-what-turns-text-around", LOG, 'if letter.isprintable() or letter == "\\n"',
           "if letter", OF_LOG),
    Mutant("dashboard-for-whom", DASHBOARD, "if may(request, permission):", "if permission:",
           OF_DASHBOARD),
    Mutant("dashboard-errors-for-whom", "cgi-bin/admin/dashboard.py",
           "errors=dashboard.errors(request) if log else None",
           "errors=dashboard.errors(request)", OF_DASHBOARD),
]
