"""PyMySQL imported for one CGI request, without what it does not use there: 12 of 60 ms.

TLS, tracebacks and option files wait until they are used (see `later`); getpass is withheld,
because PyMySQL looks for the user's name at its import and we always give one. `cryptography` is
withheld for a Unix socket alone: PyMySQL encrypts a password with it only where the connection
itself is not private. OpenSSL is withheld where Python has the hashes for a password built in; who
imports hashlib afterwards gets the whole of it.
"""
from __future__ import annotations

import sys
from types import ModuleType

from ..later import wait_for, withheld

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HASHES = {"_md5", "_sha1"}.issubset(sys.builtin_module_names)


def import_pymysql(by_socket: bool) -> None:
    """Import PyMySQL the short way; where it has changed too much for that, leave it unimported."""
    if "pymysql" in sys.modules:
        return
    wait_for("ssl", "traceback")
    optionfile = ModuleType("pymysql.optionfile")
    setattr(optionfile, "Parser", _parser)
    sys.modules["pymysql.optionfile"] = optionfile
    less = ["getpass"]
    less += ["cryptography"] if by_socket else []
    less += ["_hashlib"] if HASHES and "hashlib" not in sys.modules else []
    try:
        with withheld(*less):
            import pymysql  # noqa: F401
    except ImportError:
        for name in [name for name in sys.modules if name.partition(".")[0] == "pymysql"]:
            del sys.modules[name]
    if "_hashlib" in less:
        sys.modules.pop("hashlib", None)
    if sys.modules.get("pymysql.optionfile") is optionfile:
        del sys.modules["pymysql.optionfile"]


def _parser(*args: Any, **kwargs: Any) -> Any:
    from pymysql.optionfile import Parser

    return Parser(*args, **kwargs)
