"""Mutants of forms, and of what is kept: a form's promises, once-tokens, the database, settings."""
from __future__ import annotations

from .mutant import Mutant

VALIDITY = "lib/chapbook/forms/validity.py"
CHOICES = "lib/chapbook/forms/choices.py"
TEXTS = "lib/chapbook/forms/texts.py"
FILES = "lib/chapbook/forms/uploads.py"
FLOW = "lib/chapbook/forms/flow.py"
ONCE = "lib/chapbook/forms/once.py"
CONFIG = "lib/chapbook/config.py"
MYSQL = "lib/chapbook/engines/mysql.py"
SQLITE = "lib/chapbook/engines/sqlite.py"
GUESTBOOK = "lib/collection/guestbook.py"
SUBMISSIONS = "lib/collection/submissions.py"
OF_FORMS = ("tests/unit/forms/test_validity.py tests/unit/forms/test_choices.py "
            "tests/unit/forms/test_texts.py tests/unit/forms/test_uploads.py")
OF_FLOW = "tests/unit/forms/test_flow.py tests/unit/test_page.py"
OF_ONCE = "tests/unit/forms/test_once.py"
OF_SETTINGS = "tests/unit/test_config.py"
OF_MYSQL = "tests/unit/test_db_mysql.py"
OF_SQLITE = "tests/unit/test_db_sqlite.py"
OF_ENTRIES = "tests/collection/test_guestbook.py tests/collection/test_guestbook_moderation.py"

MUTANTS = [
    Mutant("form-is-enforced", "lib/chapbook/page.py", "if not submission.verdict.fits:",
           "if False:", OF_FLOW),
    Mutant("form-has-only-its-fields", FLOW,
           'request.__dict__["form"] = dict(submission.verdict.values)',
           'request.__dict__["form"] = {**dict(request.fields.pairs()),\n'
           "                                    **submission.verdict.values}", OF_FLOW),
    Mutant("form-that-is-not-shown", FLOW,
           "if page.status != 200 or not isinstance(page.body, bytes):",
           "if not isinstance(page.body, bytes):", OF_FLOW),
    Mutant("form-hidden", VALIDITY, "    if sent != [expected]:", "    if False:", OF_FORMS),
    Mutant("form-readonly", VALIDITY, "    if control.readonly and not _same(control, text):",
           "    if False:", OF_FORMS),
    Mutant("form-disabled", VALIDITY, "if control.name and not control.disabled and not",
           "if control.name and not", OF_FORMS),
    Mutant("form-required", VALIDITY, " or control.required and not barred:", ":", OF_FORMS),
    Mutant("form-repeated", VALIDITY,
           '    if len(sent) > 1:\n        raise Refused(control, "repeated")\n', "", OF_FORMS),
    Mutant("form-equal", VALIDITY,
           "if other in verdict.values and verdict.values[other] != verdict.values[name]:",
           "if False:", OF_FORMS),
    Mutant("form-file-for-text", VALIDITY, '    if sent_files and "file" not in kinds:',
           "    if False:", OF_FORMS),
    Mutant("form-maxlength", TEXTS, "if most is not None and length - added > most:", "if False:",
           OF_FORMS),
    Mutant("form-longest-line", TEXTS, "        most = MOST_LINE\n", "        pass\n",
           OF_FORMS),
    Mutant("form-minlength", TEXTS, "    if length < least:", "    if False:", OF_FORMS),
    Mutant("form-one-line", TEXTS, '    if "\\n" in text:', "    if False:", OF_FORMS),
    Mutant("form-pattern", TEXTS, "if not all(map(compiled.fits, addresses)):", "if False:",
           OF_FORMS),
    Mutant("form-email", TEXTS, "        if not all(map(fits, addresses)):", "        if False:",
           OF_FORMS),
    Mutant("form-options", CHOICES,
           "        if sent[0] not in values(control):", "        if False:",
           OF_FORMS),
    Mutant("form-options-disabled", CHOICES,
           "for option in control.options if not option.disabled]",
           "for option in control.options]", OF_FORMS),
    Mutant("form-radio", CHOICES, "if not any(values(button)[0] == sent[0] for button in buttons):",
           "if False:", OF_FORMS),
    Mutant("form-checkbox", CHOICES, "    if sent and sent[0] != own:", "    if False:", OF_FORMS),
    Mutant("form-accept", FILES, "if tokens and not fits(upload, tokens):", "if False:",
           "tests/unit/forms/test_uploads.py"),
    Mutant("form-file-size", FILES, "most is not None and upload.size > most:", "False:",
           "tests/unit/forms/test_uploads.py"),
    Mutant("form-files-count", FILES, "if len(sent) > 1 and not control.multiple:", "if False:",
           "tests/unit/forms/test_uploads.py"),
    Mutant("once-signature", ONCE,
           "not signing.is_mac(\n"
           "        signing.key(config, PURPOSE), raw[:size], raw[size:]\n    ):",
           "False:", OF_ONCE),
    Mutant("once-age", ONCE, "return (-TOO_NEW < passed <= config.forms.open,", "return (True,",
           OF_ONCE),
    Mutant("once-done", FLOW, "        if first is not None:\n", "        if False:\n", OF_ONCE),
    Mutant("once-for-its-address", ONCE, "parts = [request.url.encode(), token.encode(),",
           "parts = [token.encode(),", OF_ONCE),
    Mutant("once-is-not-stored", ONCE, '    made["Cache-Control"] = "no-store"  ', "    pass  ",
           OF_ONCE),
    Mutant("once-without-cookies", ONCE, ' if name.lower() != "set-cookie")', ")", OF_ONCE),
    Mutant("once-read-by-another", FLOW,
           'if first is not None and submission is None and first.body and not first["Location"]:',
           "if False:", f"{OF_ONCE} {OF_FLOW}"),
    Mutant("settings-are-private", CONFIG,
           "if stat.S_IMODE(os.stat(path).st_mode) & 0o077:", "if False:", OF_SETTINGS),
    Mutant("settings-of-public-folders", CONFIG,
           'if (path + "/").startswith(os.path.join(folder, "")):', "if False:", OF_SETTINGS),
    Mutant("settings-of-the-address", CONFIG,
           '    _check_base_url(str(sections["site"]["base_url"]))\n', "", OF_SETTINGS),
    Mutant("sql-strict", MYSQL, '"STRICT_ALL_TABLES,ONLY_FULL', '"ONLY_FULL', OF_MYSQL, mysql=True),
    Mutant("sql-quotes", MYSQL, "PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES", "PIPES_AS_CONCAT", OF_MYSQL,
           mysql=True),
    Mutant("sql-local-infile", MYSQL, "local_infile=False", "local_infile=True", OF_MYSQL,
           mysql=True),
    Mutant("sql-statement-limit", MYSQL,
           '            f" /*M!100100 , max_statement_time={limit:g} */"\n', "", OF_MYSQL,
           mysql=True),
    Mutant("sql-lock-limit", MYSQL, "innodb_lock_wait_timeout={wait}, lock_wait_timeout={wait}",
           "innodb_lock_wait_timeout=50", f"{OF_MYSQL} tests/unit/test_db_lost.py", mysql=True),
    Mutant("sql-get-reads-only", MYSQL, '"WRITE" if migrating else "ONLY"', '"WRITE"',
           f"{OF_MYSQL} tests/unit/test_db.py", mysql=True),
    Mutant("sqlite-get-reads-only", SQLITE, "query_only={'OFF' if self._migrating else 'ON'}",
           "query_only=OFF", f"{OF_SQLITE} tests/unit/test_db.py"),
    Mutant("sqlite-durable", SQLITE, "PRAGMA synchronous=FULL", "PRAGMA synchronous=OFF",
           OF_SQLITE),
    Mutant("sqlite-foreign-keys", SQLITE, "foreign_keys={'OFF' if self._migrating else 'ON'}",
           "foreign_keys=OFF", OF_SQLITE),
    Mutant("sqlite-statement-limit", SQLITE, "        if self._limit:\n            connection.set",
           "        if False:\n            connection.set", "tests/unit/test_db.py"),
    Mutant("sqlite-is-private", SQLITE, "os.O_EXCL | os.O_CLOEXEC, 0o600)",
           "os.O_EXCL | os.O_CLOEXEC, 0o644)", OF_SQLITE),
    Mutant("sql-nul", "lib/chapbook/sql.py",
           'if "\\0" in text or not (text.isascii() or _is_unicode(text)):', "if False:",
           "tests/unit/test_sql.py"),
    Mutant("sql-numbers", "lib/chapbook/sql.py", "if not _SMALLEST <= number <= _LARGEST:",
           "if False:", "tests/unit/test_sql.py"),
    Mutant("guestbook-shows-what-is-approved", GUESTBOOK,
           "WHERE state = 'approved' AND id < :before", "WHERE id < :before", OF_ENTRIES),
    Mutant("guestbook-counts-what-is-approved", GUESTBOOK,
           "SELECT COUNT(*) FROM guestbook_entry WHERE state = :state",
           "SELECT COUNT(*) FROM guestbook_entry WHERE :state <> ''", OF_ENTRIES),
    Mutant("submission's-own-files", SUBMISSIONS,
           '" WHERE id = :id AND submission_id = :submission", id=id',
           '" WHERE id = :id AND :submission > 0", id=id', "tests/collection/test_submissions.py"),
    Mutant("search-words-are-literal", "lib/chapbook/sql.py",
           'return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")', "return word",
           "tests/collection/test_submissions.py"),
    Mutant("guestbook-moderation", GUESTBOOK, 'return bool(moderation == "all")', "return False",
           OF_ENTRIES),
]
