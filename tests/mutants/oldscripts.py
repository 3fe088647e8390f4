"""Mutants of old scripts: which files are run, with what, how they end, and what visitors see."""
from __future__ import annotations

from .mutant import Mutant

PROGRAM = "lib/chapbook/server/program.py"
CHILD = "lib/chapbook/server/child.py"
HEADS = "lib/chapbook/server/heads.py"
OUTPUT = "lib/chapbook/server/output.py"
VARIABLES = "lib/chapbook/server/variables.py"
FORM = "lib/oldcgi/form.py"
PARTS = "lib/oldcgi/parts.py"
OWNER = "lib/oldcgi/owner.py"
REPORT = "lib/oldcgi/report.py"

OF_PROGRAM = "tests/unit/test_program.py"
OF_SERVERS = "tests/servers/test_old_scripts.py"
OF_HEADS = "tests/unit/test_heads.py"
OF_CGI = "tests/unit/test_oldcgi.py"
OF_CGITB = "tests/unit/test_oldcgitb.py"

MUTANTS = [
    Mutant("old-endings", PROGRAM, "if ending not in ENDINGS or not", "if not", OF_SERVERS),
    Mutant("old-names", PROGRAM, 'or name[:1] in ("", "_", "-"):', "or False:", OF_SERVERS),
    Mutant("old-links", PROGRAM, " or os.path.realpath(path) != real:", ":", OF_PROGRAM),
    Mutant("old-mode", PROGRAM, "    if not mode & stat.S_IXUSR:", "    if False:", OF_PROGRAM),
    Mutant("old-first-bytes", PROGRAM, '    if first[:2] != b"#!" and first != b"\\x7fELF":',
           "    if False:", OF_PROGRAM),
    Mutant("old-admin", PROGRAM, '    if name.startswith("cgi-bin/admin/"):', "    if False:",
           OF_PROGRAM),
    Mutant("old-body-limit", PROGRAM, "    if body.length > most:", "    if False:", OF_PROGRAM),
    Mutant("old-body-check", PROGRAM, "            request.body.check()\n", "", OF_PROGRAM),
    Mutant("old-circle", PROGRAM, "        if count > MOST_REDIRECTS:", "        if False:",
           OF_PROGRAM),
    Mutant("old-looked-at", PROGRAM, "        if VIEW in environ:", "        if False:",
           "tests/unit/test_cli_forms.py"),
    Mutant("old-group", CHILD, "start_new_session=True", "start_new_session=False", OF_PROGRAM),
    Mutant("old-signals", CHILD, "            signal.pthread_sigmask(signal.SIG_SETMASK, ())\n",
           "            pass\n", OF_SERVERS),
    Mutant("old-files", CHILD, "umask=UMASK, bufsize=0)", "umask=UMASK, close_fds=False)",
           OF_SERVERS),
    Mutant("old-kill", CHILD, "for number in (signal.SIGTERM, signal.SIGKILL):",
           "for number in (signal.SIGTERM,):", OF_SERVERS),
    Mutant("old-left", OUTPUT, "        self._child.close()\n        self._tell(",
           "        self._tell(", OF_PROGRAM),
    Mutant("old-cpu", CHILD, "    if cpu:", "    if False:", OF_PROGRAM),
    Mutant("old-memory", CHILD, "    if memory:", "    if False:", OF_PROGRAM),
    Mutant("old-complaints", CHILD, "            self._complaints += data[:room]",
           "            self._complaints += data", OF_PROGRAM),
    Mutant("old-variables", VARIABLES,
           "    asked = {name: environ[name] for name in KNOWN if environ.get(name)}",
           "    asked = {name: value for name, value in environ.items() if isinstance(value, str)}",
           OF_PROGRAM),
    Mutant("old-proxy", VARIABLES, 'NEVER = frozenset({"HTTP_PROXY"})', "NEVER = frozenset()",
           OF_PROGRAM),
    Mutant("old-controls", HEADS, "    if found := _CONTROL.search(text):", "    if found := None:",
           OF_HEADS),
    Mutant("old-hop-by-hop", HEADS, 'if name in _SERVERS or name.startswith(("proxy-", "x-cgi-"))',
           'if name.startswith(("proxy-", "x-cgi-"))', OF_HEADS),
    Mutant("old-endless-head", HEADS,
           "    if len(data) - place > MOST_BYTES or count > MOST_FIELDS:", "    if False:",
           OF_HEADS),
    Mutant("old-length", OUTPUT, "            self._left = len(self._data)\n",
           "            self._left = head.length\n", OF_PROGRAM),
    Mutant("cgi-fields", PARTS, "        if left[0] < 0:", "        if False:", OF_CGI),
    Mutant("cgi-depth", PARTS, "        if depth >= MOST_DEPTH:", "        if False:", OF_CGI),
    Mutant("cgi-length", FORM, "    if number > most > 0 or number > cgi.maxlen > 0:",
           "    if False:", OF_CGI),
    Mutant("cgi-unknown-length", FORM, "        if self.length < 0 and not most:",
           "        if False:", OF_CGI),
    Mutant("cgitb-owner", OWNER, '    if "GATEWAY_INTERFACE" not in os.environ:', "    if True:",
           OF_CGITB),
    Mutant("cgitb-escapes", REPORT, "<p><b>{escape(said)}</b></p>", "<p><b>{said}</b></p>",
           OF_CGITB),
    Mutant("cgitb-secrets", REPORT, "        if any(word in name.lower() for word in SECRET):",
           "        if False:", OF_CGITB),
]
