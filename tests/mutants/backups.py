"""Mutants of backups: the zip files of strangers, what is restored of them, who may."""
from __future__ import annotations

from .mutant import Mutant

ARCHIVE = "lib/chapbook/archive.py"
VALUES = "lib/chapbook/backup/values.py"
MANIFEST = "lib/chapbook/backup/manifest.py"
RESTORING = "lib/chapbook/backup/restoring.py"
LOADING = "lib/chapbook/backup/loading.py"
COPYING = "lib/chapbook/backup/copying.py"
SCRATCH = "lib/chapbook/backup/scratch.py"
PLACE = "lib/chapbook/backup/place.py"
ZIPPING = "lib/chapbook/backup/zipping.py"
WORK = "lib/chapbook/backup/work.py"
PAGE = "cgi-bin/admin/backup.py"

OF_ARCHIVE = "tests/unit/test_archive.py"
OF_HOSTILE = "tests/unit/backup/test_hostile.py"
OF_ROUND = "tests/unit/backup/test_round.py"
OF_KILLS = "tests/unit/backup/test_kills.py"
OF_PAGE = "tests/pages/test_admin_backup.py"

MUTANTS = [
    Mutant("archive-slip", ARCHIVE, 'part not in ("", ".", "..")', "True", OF_ARCHIVE),
    Mutant("archive-backslash", ARCHIVE, ' and "\\\\" not in name\n', "\n", OF_ARCHIVE),
    Mutant("archive-drive", ARCHIVE, '        and ":" not in name and all(', "        and all(",
           OF_ARCHIVE),
    Mutant("archive-nul", ARCHIVE, "if info.orig_filename != name or not", "if not", OF_ARCHIVE),
    Mutant("archive-links", ARCHIVE,
           "    if kind not in ((0, stat.S_IFDIR) if info.is_dir() else (0, stat.S_IFREG)):",
           "    if False:", OF_ARCHIVE),
    Mutant("archive-twice", ARCHIVE, "        if info.filename in names:", "        if False:",
           OF_ARCHIVE),
    Mutant("archive-file-and-folder", ARCHIVE,
           '        if following.startswith(name + "\\0"):', "        if False:", OF_ARCHIVE),
    Mutant("archive-total", ARCHIVE, "    if total > limits.total:", "    if False:", OF_ARCHIVE),
    Mutant("archive-one", ARCHIVE, "        if info.file_size > limits.one:", "        if False:",
           OF_ARCHIVE),
    Mutant("archive-ratio", ARCHIVE, "if total > limits.free and total > limits.ratio * packed:",
           "if False:", OF_ARCHIVE),
    Mutant("archive-overlap", ARCHIVE, "    _check_places(found, end)\n", "", OF_ARCHIVE),
    Mutant("archive-count", ARCHIVE,
           "    if count > limits.members or length > limits.members * ENTRY:", "    if False:",
           OF_ARCHIVE),
    Mutant("archive-encrypted", ARCHIVE,
           "    if info.flag_bits & (_ENCRYPTED | _PATCHED | _MASKED):", "    if False:",
           OF_ARCHIVE),
    Mutant("archive-sum", ARCHIVE, "if sha256 is not None and found.hexdigest() != sha256:",
           "if False:", OF_ARCHIVE),
    Mutant("archive-more-members", ARCHIVE, "for name in sorted(self.sizes.keys() - wanted):",
           "for name in ():", OF_ARCHIVE),
    Mutant("archive-over-a-file", ARCHIVE, "os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW",
           "os.O_WRONLY | os.O_CREAT", OF_ARCHIVE),
    Mutant("backup-json-twice", "lib/chapbook/plainjson.py", "if len(found) != len(pairs):",
           "if False:", OF_ARCHIVE),
    Mutant("backup-kinds", VALUES, "or type(found) is _TYPES[kind]:", "or True:", OF_HOSTILE),
    Mutant("backup-numbers", VALUES, "        if not _SMALLEST <= value <= _LARGEST:\n"
           '            raise ValueError("a number has more than 64 bits")\n        found = value',
           "        found = value", OF_HOSTILE),
    Mutant("backup-endless-row", VALUES, "        if len(rest) > LONGEST:", "        if False:",
           OF_HOSTILE),
    Mutant("backup-later-format", MANIFEST, "if type(number) is int and number > FORMAT:",
           "if False:", OF_HOSTILE),
    Mutant("backup-members-of-nothing", MANIFEST,
           "        if name != SETTINGS and not (name.startswith(FILES)\n"
           "                                     and is_content(name.removeprefix(FILES))):",
           "        if False:", OF_HOSTILE),
    Mutant("backup-tells-no-web-server", "lib/chapbook/backup/uploads.py",
           'and not any(part.lower().startswith(".ht") for part in name.split("/"))', "",
           f"{OF_HOSTILE} {OF_ROUND}"),
    Mutant("backup-lists-in-a-row", VALUES,
           "if len(line) > LONG and len(_TEXT.sub(b\"\", line)) > MOST_BARE * (count + 1):",
           "if False:", OF_HOSTILE),
    Mutant("backup-lists-in-the-list", MANIFEST,
           'if data.count(b"[") + data.count(b"{") > MOST_LISTS:', "if False:", OF_HOSTILE),
    Mutant("backup-tables-left-out", LOADING, "        if entry.name in left_out:",
           "        if False:", OF_HOSTILE),
    Mutant("backup-later-release", RESTORING, "    loading.refuse_newer(config, found)\n", "",
           OF_HOSTILE),
    Mutant("backup-rows-are-counted", LOADING, "        if count != entry.rows:",
           "        if False:", OF_HOSTILE),
    Mutant("backup-keys-in-scratch", SCRATCH, "            if broken:", "            if False:",
           OF_HOSTILE),
    Mutant("backup-keys-in-place", COPYING, "            _check_keys(session, engine)\n", "",
           OF_HOSTILE),
    Mutant("backup-same-file", RESTORING, 'if _seen(state["file"]) != state["seen"]:', "if False:",
           OF_PAGE),
    Mutant("backup-ends-sessions", COPYING,
           '        session.execute(f"DELETE FROM {quoted(name)}")\n    tables', "        pass\n"
           "    tables", OF_ROUND),
    Mutant("backup-mail-waits", LOADING, "held = rows.transact(mail.interrupt, rows, HELD_BACK)",
           "held = 0", OF_ROUND),
    Mutant("backup-place-stays", PLACE, "        if section in SECTIONS:", "        if False:",
           OF_ROUND),
    Mutant("backup-address-stays", PLACE, "            if (section, option) in OPTIONS:",
           "            if False:", OF_ROUND),
    Mutant("backup-password-of-the-database", PLACE,
           '    if found.get("database", {}).get("password"):', "    if False:", OF_ROUND),
    Mutant("backup-odd-uploads-stay", RESTORING, "    uploads.put_back(config)\n", "", OF_ROUND),
    Mutant("backup-settings-of-the-killed", RESTORING,
           '"replace")\n        work.keep(config, state)\n', '"replace")\n', OF_KILLS),
    Mutant("backup-mail-password-stays", PLACE, "    if any(option in mail and mail[option] !=",
           "    if any(False and mail[option] !=", OF_ROUND),
    Mutant("backup-is-private", ZIPPING, "os.O_CREAT | os.O_TRUNC, 0o600))\n        self._zip",
           "os.O_CREAT | os.O_TRUNC, 0o644))\n        self._zip", OF_ROUND),
    Mutant("backup-is-no-bomb", ZIPPING, "len(zlib.compress(data, 1)) * RATIO > len(data)", "True",
           OF_ROUND),
    Mutant("backup-site-is-closed", RESTORING, "        door.close(config)\n", "        pass\n",
           OF_ROUND),
    Mutant("backup-killed-is-judged-by-its-mark", RESTORING,
           '    if begun and copying.is_marked(config, state["mark"]):', "    if begun:",
           OF_KILLS),
    Mutant("backup-name-is-no-path", WORK, "    if not is_name(name):", "    if False:", OF_PAGE),
    Mutant("backup-of-one-moment", "lib/chapbook/backup/making.py",
           '    "sqlite": ("BEGIN",),', '    "sqlite": (),', OF_ROUND),
    Mutant("backup-download-wants-the-password", PAGE,
           "    reauthentication.confirm(request)\n    by(request, \"backup taken\", name)",
           "    by(request, \"backup taken\", name)", OF_PAGE),
    Mutant("backup-restore-wants-the-password", PAGE,
           "    reauthentication.confirm(request)\n    backups.begin_restore",
           "    backups.begin_restore", OF_PAGE),
    Mutant("backup-deleting-wants-the-password", PAGE,
           "    reauthentication.confirm(request)\n    by(request, \"backup deleted\", name)",
           "    by(request, \"backup deleted\", name)", OF_PAGE),
    Mutant("backup-for-administrators", "lib/collection/permissions.py",
           'BACKUPS = Permission("administrator"', 'BACKUPS = Permission("editor"', OF_PAGE),
]
