"""Mutants of what goes out: headers, redirects, pages, files, mail, the log."""
from __future__ import annotations

from .mutant import Mutant

RESPONSE = "lib/chapbook/response.py"
FAILURE = "lib/chapbook/failure.py"
TEMPLATES = "lib/chapbook/templates.py"
ADDRESS = "lib/chapbook/mail/address.py"
OUTBOX = "lib/chapbook/mail/outbox.py"
LOG = "lib/chapbook/log.py"
OUTBOXES = "lib/collection/outboxes.py"
CHOICES = "lib/collection/choices.py"
ANSWERS = "tests/unit/test_response.py tests/unit/test_response_files.py"
ERRORS = ("tests/unit/test_failure.py tests/unit/test_errorpage.py tests/unit/test_debugpage.py "
          "tests/unit/test_application.py")
PAGES = "tests/unit/test_templates.py tests/unit/test_jinja.py"
LETTERS = ("tests/unit/mail/test_address.py tests/unit/mail/test_outbox.py "
           "tests/unit/mail/test_message.py")
SHEETS = "tests/collection/test_sheets.py"
LOGGED = "tests/unit/test_log.py"

MUTANTS = [
    Mutant("csp-default", RESPONSE, "default-src 'none';", "default-src *;", ANSWERS),
    Mutant("csp-scripts", RESPONSE, "script-src 'self';", "script-src 'self' 'unsafe-inline';",
           ANSWERS),
    Mutant("csp-styles", RESPONSE, "style-src 'self';", "style-src 'self' 'unsafe-inline';",
           ANSWERS),
    Mutant("csp-connections", RESPONSE, "connect-src 'self'; ", "connect-src *; ", ANSWERS),
    Mutant("csp-form-targets", RESPONSE, "form-action 'self'; ", "", ANSWERS),
    Mutant("csp-base", RESPONSE, "base-uri 'none'; ", "", ANSWERS),
    Mutant("csp-frames", RESPONSE, "; frame-ancestors 'none'\"", "\"", ANSWERS),
    Mutant("nosniff", RESPONSE, '    ("X-Content-Type-Options", "nosniff"),\n', "", ANSWERS),
    Mutant("frame-options", RESPONSE, '    ("X-Frame-Options", "DENY"),\n', "", ANSWERS),
    Mutant("referrer-policy", RESPONSE, '    ("Referrer-Policy", "same-origin"),\n', "", ANSWERS),
    Mutant("opener-policy", RESPONSE, '    ("Cross-Origin-Opener-Policy", "same-origin"),\n', "",
           ANSWERS),
    Mutant("headers-of-errors", RESPONSE, "headers += SECURITY_HEADERS if",
           "headers += () if self.status >= 400 else SECURITY_HEADERS if",
           f"{ANSWERS} {ERRORS}"),
    Mutant("headers-beside-the-page's-own", RESPONSE,
           "pair for pair in SECURITY_HEADERS if pair[0].lower() not in given\n", "", ANSWERS),
    Mutant("no-store-of-forms", RESPONSE,
           "isinstance(self.body, FileBody) or not self.has_form()", "True",
           f"{ANSWERS} tests/unit/test_page.py"),
    Mutant("no-store-with-cookies", RESPONSE, ' or "set-cookie" in given:', ":", ANSWERS),
    Mutant("private-where-a-cookie-came", RESPONSE,
           '"private, no-cache" if environ.get("HTTP_COOKIE") else "no-cache"', '"no-cache"',
           ANSWERS),
    Mutant("header-line-breaks", RESPONSE,
           "if not (value.isascii() and value.isprintable()) and any(", "if False and any(",
           ANSWERS),
    Mutant("header-names", RESPONSE, "if not name or not cookies.TOKEN.issuperset(name):",
           "if not name:", ANSWERS),
    Mutant("headers-of-the-server", RESPONSE,
           'if small in _NOT_OURS or small.startswith("proxy-"):', "if False:", ANSWERS),
    Mutant("headers-once", RESPONSE, "if small in given and small in _ONCE:", "if False:",
           ANSWERS),
    Mutant("redirect-to-a-path", RESPONSE, "    if not is_path(path):", "    if False:", ANSWERS),
    Mutant("redirect-to-another-host", RESPONSE,
           'text[:1] == "/" and text[1:2] != "/" and', 'text[:1] == "/" and', ANSWERS),
    Mutant("redirect-with-a-backslash", RESPONSE, ' and "\\\\" not in text\n', "\n", ANSWERS),
    Mutant("redirect-status", RESPONSE, "status: int = 303", "status: int = 302", ANSWERS),
    Mutant("download-is-saved", RESPONSE, 'f"attachment; filename=', 'f"inline; filename=',
           ANSWERS),
    Mutant("download-name", RESPONSE,
           'c if " " <= c <= "~" and c not in \'"\\\\%/\' else "_" for c in download',
           "c for c in download", ANSWERS),
    Mutant("debug-of-details", FAILURE, "if debug and problem.detail:", "if problem.detail:",
           ERRORS),
    Mutant("debug-of-tracebacks", FAILURE,
           "if problem.status >= 500 and request is not None and debug:",
           "if problem.status >= 500 and request is not None:", ERRORS),
    Mutant("debug-csp", FAILURE, "\"default-src 'none'; style-src", "\"style-src", ERRORS),
    Mutant("error-page-escapes", "lib/chapbook/errorpage.py", 'ord("<"): "&lt;"',
           'ord("<"): "<"', ERRORS),
    Mutant("debug-page-escapes", "lib/chapbook/debugpage.py", "from html import escape\n",
           "escape = str\n", ERRORS),
    Mutant("autoescape", TEMPLATES, "autoescape=True,", "autoescape=False,", PAGES),
    Mutant("autoescape-of-output", "lib/chapbook/rendering.py",
           "        return _escaped(value)  # type", "        return value  # type", PAGES),
    Mutant("unknown-names-in-templates", TEMPLATES, "undefined=jinja2.StrictUndefined, ", "",
           PAGES),
    Mutant("csv-formulas", "lib/collection/sheets.py",
           'return "\'" + text if text.startswith(_FORMULA) else text', "return text",
           SHEETS),
    Mutant("csv-file-name", "lib/collection/sheets.py",
           '"".join(c if c.isascii() and c.isalnum() else "-" for c in stem)', "stem",
           SHEETS),
    Mutant("one-address", ADDRESS, "if not _LOCAL.issuperset(local):", "if False:", LETTERS),
    Mutant("mail-domains", ADDRESS, "if not all(map(_is_label, labels)) or", "if", LETTERS),
    Mutant("mail-to-programs", OUTBOX, "    if not is_plain(to):", "    if False:", LETTERS),
    Mutant("mail-recipient", OUTBOX, "    to = checked(to)\n", "", LETTERS),
    Mutant("mail-reply-to", OUTBOX, "reply_to = checked(reply_to)", "pass", LETTERS),
    Mutant("mail-subject-on-one-line", OUTBOX,
           '    _refuse_controls(subject, "The subject", "\\t")\n', "", LETTERS),
    Mutant("mail-encoded-words", OUTBOX,
           'subject = " ".join(subject.split()).replace("=?", "= ?")',
           'subject = " ".join(subject.split())', LETTERS),
    Mutant("mail-text-controls", OUTBOX,
           '    _refuse_controls(text, "The text", "\\t\\n" + _ENDS)\n',
           "", LETTERS),
    Mutant("mail-read-back", "lib/chapbook/mail/message.py",
           "            if _is_as_meant(data, mail, sender, name):",
           "            if True:", LETTERS),
    Mutant("log-on-one-line", LOG, 'text.encode("unicode_escape", "backslashreplace")',
           'text.encode("ascii", "backslashreplace")', LOGGED),
    Mutant("log-is-private", LOG, "os.O_NOFOLLOW, 0o600)",
           "os.O_NOFOLLOW, 0o644)", LOGGED),
    Mutant("log-follows-no-link", LOG, " | os.O_NOFOLLOW, 0o600)", ", 0o600)", LOGGED),
    Mutant("log-is-bounded", LOG, '.encode("ascii")[:MOST_BYTES]', '.encode("ascii")', LOGGED),
    Mutant("log-of-facts-is-bounded", LOG,
           'return escaped(value) if len(value) <= most else escaped(value[:most]) + "..."',
           "return escaped(value)", LOGGED),
    Mutant("mail-shown-without-tokens", OUTBOXES, 'return _TOKEN.sub("[not shown]", text)',
           "return text", "tests/collection/test_outboxes.py"),
    Mutant("mail-under-way-is-left-alone", OUTBOX,
           "OR claim IS NULL OR due_at <= :now)", "OR due_at > 0 OR due_at <= :now)",
           "tests/pages/test_admin_outbox.py"),
    Mutant("deleting-is-written-down", CHOICES,
           'events.note(request.db, what, "done", who, None, about)', "pass",
           "tests/pages/test_admin_inbox.py"),
]
