"""Mutants of FastCGI and of servers that hand on addresses as they came."""
from __future__ import annotations

from .mutant import Mutant

RECORDS = "lib/chapbook/server/records.py"
FASTCGI = "lib/chapbook/server/fastcgi.py"
ADDRESS = "lib/chapbook/server/address.py"
HTACCESS = "lib/chapbook/hosting/htaccess.py"
SPOKEN = "tests/unit/test_fastcgi.py"
LIFE = "tests/unit/test_fastcgi_life.py"

MUTANTS = [
    Mutant("fastcgi-variables-size", RECORDS, "if len(params) > MOST_PARAMS:", "if False:", SPOKEN),
    Mutant("fastcgi-variable-beyond-its-record", RECORDS, "if end > len(content):", "if False:",
           SPOKEN),
    Mutant("fastcgi-version", RECORDS, "if version != 1:", "if False:", SPOKEN),
    Mutant("fastcgi-other-roles", RECORDS, "if role == RESPONDER:", "if True:", SPOKEN),
    Mutant("fastcgi-one-request-at-a-time", RECORDS,
           "            if kind == BEGIN_REQUEST:\n                self._connection.end(number, "
           "CANT_MPX_CONN)\n            elif", "            if", SPOKEN),
    Mutant("fastcgi-error-stream-size", RECORDS, "and self._size <= MOST_ERRORS", "", SPOKEN),
    Mutant("fastcgi-half-an-answer", FASTCGI, "return False\n            self.start(",
           "return True\n            self.start(", SPOKEN),
    Mutant("fastcgi-private-files", FASTCGI, "    os.umask(0o077)", "    os.umask(0o022)", SPOKEN),
    Mutant("fastcgi-socket-inherited", FASTCGI, "    os.dup2(nothing, 0)", "    pass", SPOKEN),
    Mutant("fastcgi-those-who-wait", FASTCGI, "        self._answer_waiting()\n", "", LIFE),
    Mutant("address-below-another", ADDRESS, '(path + b"/").startswith(below + b"/")',
           "path.startswith(below)", "tests/unit/test_address.py"),
    Mutant("header-spaces", ADDRESS, 'value != value.strip(" \\t")', "False",
           "tests/unit/test_address.py"),
    Mutant("fastcgi-long-bodies", HTACCESS, "'-n %{HTTP:Transfer-Encoding}\">'", "'\">'",
           "tests/unit/hosting/test_htaccess.py"),
]
