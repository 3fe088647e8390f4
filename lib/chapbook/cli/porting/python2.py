"""What in a script is Python 2, and what is gone from Python 3 by now: each with what to write."""
from __future__ import annotations

import re
from collections.abc import Iterator

from .source import Word, dotted

# Names that Python 3 does not have, or has elsewhere.
NAMES = {
    "raw_input": "input", "unicode": "str", "basestring": "str", "long": "int", "xrange": "range",
    "unichr": "chr", "reduce": "functools.reduce", "reload": "importlib.reload",
    "execfile": "exec(open(name).read())", "file": "open", "apply": "function(*arguments)",
    "cmp": "(a > b) - (a < b)", "intern": "sys.intern", "sys.maxint": "sys.maxsize",
    "os.getcwdu": "os.getcwd", "string.letters": "string.ascii_letters",
    "string.lowercase": "string.ascii_lowercase", "string.uppercase": "string.ascii_uppercase",
    "string.maketrans": "str.maketrans", "itertools.izip": "zip", "itertools.imap": "map",
    "urllib.urlopen": "urllib.request.urlopen", "urllib.quote": "urllib.parse.quote",
    "urllib.quote_plus": "urllib.parse.quote_plus", "urllib.unquote": "urllib.parse.unquote",
    "urllib.unquote_plus": "urllib.parse.unquote_plus",
    "urllib.urlencode": "urllib.parse.urlencode", "cgi.parse_qs": "urllib.parse.parse_qs",
    "cgi.parse_qsl": "urllib.parse.parse_qsl", "cgi.escape": "html.escape",
    "time.clock": "time.perf_counter", "types.StringType": "str", "types.ListType": "list",
    "types.DictType": "dict", "types.UnicodeType": "str",
}
_MAYBE_OWN = frozenset({"file", "long", "apply", "cmp", "reload", "intern", "reduce"})
METHODS = {
    "has_key": "key in dictionary", "iteritems": ".items()", "iterkeys": ".keys()",
    "itervalues": ".values()", "next": "next(iterator)", "isSet": ".is_set()",
}
_TEXTS = frozenset({"atoi", "atof", "join", "split", "replace", "strip", "lower", "upper", "find",
                    "lstrip", "rstrip", "capitalize", "zfill", "count", "splitfields",
                    "joinfields"})
MODULES = {
    "urllib2": "urllib.request", "urlparse": "urllib.parse", "cookielib": "http.cookiejar",
    "Cookie": "http.cookies", "httplib": "http.client", "HTMLParser": "html.parser",
    "htmlentitydefs": "html.entities", "StringIO": "io", "cStringIO": "io", "cPickle": "pickle",
    "ConfigParser": "configparser", "Queue": "queue", "SocketServer": "socketserver",
    "BaseHTTPServer": "http.server", "SimpleHTTPServer": "http.server",
    "CGIHTTPServer": "http.server", "xmlrpclib": "xmlrpc.client", "commands": "subprocess",
    "md5": "hashlib", "sha": "hashlib", "popen2": "subprocess", "thread": "threading",
    "sets": "set()", "rfc822": "email", "mimetools": "email", "MimeWriter": "email",
    "mimify": "email", "multifile": "email", "anydbm": "dbm", "dbhash": "dbm", "whichdb": "dbm",
    "dumbdbm": "dbm.dumb", "gdbm": "dbm.gnu", "UserDict": "collections", "UserList": "collections",
    "__builtin__": "builtins", "copy_reg": "copyreg", "robotparser": "urllib.robotparser",
    "email.Utils": "email.utils",
    "email.MIMEText": "email.message", "email.MIMEMultipart": "email.message",
    "email.Header": "email.header",
}
# Parts of Python 3 that are gone by 3.13 (PEP 594 and others).
GONE = {
    "crypt": "the accounts of Chapbook, or hashlib.scrypt", "imghdr": "Pillow",
    "sndhdr": "nothing of Python's", "telnetlib": "nothing of Python's",
    "nntplib": "nothing of Python's", "uu": "base64 or binascii", "pipes": "subprocess and shlex",
    "mailcap": "nothing of Python's", "imp": "importlib", "asyncore": "asyncio",
    "asynchat": "asyncio", "smtpd": "nothing of Python's", "distutils": "nothing of Python's",
    "xdrlib": "struct", "aifc": "nothing of Python's", "audioop": "nothing of Python's",
    "chunk": "nothing of Python's", "nis": "nothing of Python's", "spwd": "nothing of Python's",
    "formatter": "nothing of Python's", "parser": "ast", "symbol": "ast", "binhex": "base64",
}
_OCTAL = re.compile(r"0[0-9]+")
_LONG = re.compile(r"[0-9]+[lL]|0[xX][0-9a-fA-F]+[lL]")


def findings(statement: list[Word], prints: bool) -> Iterator[tuple[int, str]]:
    """Line and sentence of each trait of Python 2 in a statement.

    `prints` says that print is a function there (from __future__ import print_function).
    """
    first = statement[0]
    text = [word.text for word in statement]
    if first.text == "print" and not prints and _is_print_statement(text):
        yield first.line, ("print is a function in Python 3: print(...), and "
                           "print(..., file=sys.stderr) for print >>sys.stderr, ...")
    if first.text == "exec" and len(text) > 1 and text[1] not in ("(", "=", "."):
        yield first.line, "exec is a function in Python 3: exec(code); better, do without"
    if first.text == "except" and "," in text and "as" not in text and not _in_brackets(text, ","):
        yield first.line, "except E, e: is except E as e: in Python 3"
    if first.text == "raise" and "," in text and not _in_brackets(text, ","):
        yield first.line, 'raise E, "text" is raise E("text") in Python 3'
    if first.text == "def" and any(
            word == "(" and before in ("(", ",") for before, word in zip(text[2:], text[3:])
            if "=" not in text):
        yield first.line, "a function takes no brackets within its brackets in Python 3"
    for word in statement:
        if word.text == "`":
            yield word.line, "`x` is repr(x) in Python 3"
        elif word.text == "<>":
            yield word.line, "<> is != in Python 3"
        elif word.kind == "number" and _OCTAL.fullmatch(word.text) and word.text.strip("0"):
            yield word.line, f"{word.text} is 0o{word.text.lstrip('0')} in Python 3"
        elif word.kind == "number" and _LONG.fullmatch(word.text):
            yield word.line, f"{word.text} is {word.text[:-1]} in Python 3"
        elif word.kind == "string" and word.text[:2].lower() == "ur":
            yield word.line, 'ur"..." is r"..." in Python 3'
    if first.text in ("import", "from"):
        yield from _imports(statement)
        return
    yield from _names(statement)


def _is_print_statement(text: list[str]) -> bool:
    if len(text) == 1:
        return True
    if text[1] in ("=", ".", ",", ")", ":"):
        return False
    if text[1] != "(":
        return True
    depth = 0
    for place, word in enumerate(text[1:], 1):
        depth += (word in "([{") - (word in ")]}")
        if depth == 0:
            return place + 1 < len(text)          # print ("a"), "b"   or   print ("%s") % x
    return False


def _in_brackets(text: list[str], wanted: str) -> bool:
    """Whether each such word stands within brackets."""
    depth = 0
    for word in text:
        depth += (word in "([{") - (word in ")]}")
        if word == wanted and depth == 0:
            return False
    return True


def imported(statement: list[Word]) -> Iterator[str]:
    """The modules that an import statement names."""
    names = [name for name, _, _ in dotted(statement)]
    if statement[0].text == "from":
        yield from names[1:2]
        yield from (f"{names[1]}.{name}" for name in names[3:])
    elif statement[0].text == "import":
        skip = False
        for name in names[1:]:
            if name == "as" or skip:
                skip = not skip
            else:
                yield name


def _imports(statement: list[Word]) -> Iterator[tuple[int, str]]:
    line = statement[0].line
    for name in imported(statement):
        if name in MODULES:
            yield line, f"the module {name} is gone in Python 3; in its place is {MODULES[name]}"
        elif name.partition(".")[0] in GONE:
            yield line, (f"the module {name} is gone from Python by 3.13; in its place is "
                         f"{GONE[name.partition('.')[0]]}")


def _names(statement: list[Word]) -> Iterator[tuple[int, str]]:
    text = [word.text for word in statement]
    for name, end, line in dotted(statement):
        after = text[end + 1] if end + 1 < len(text) else ""
        if name in NAMES and not (name in _MAYBE_OWN and after != "("):
            if not (statement[0].text == "def" and end == 1):
                yield line, f"{name} is {NAMES[name]} in Python 3"
            continue
        last = name.rpartition(".")[2]
        if last in METHODS and after == "(" and "." in name + _before(text, end):
            if last != "next" or text[end + 2:end + 3] == [")"]:
                yield line, f".{last}() is {METHODS[last]} in Python 3"
        elif name.startswith("string.") and last in _TEXTS and after == "(":
            yield line, f"{name}(text) is a method of the text in Python 3: text.{last}()"


def _before(text: list[str], place: int) -> str:
    return text[place - 1] if place else ""
