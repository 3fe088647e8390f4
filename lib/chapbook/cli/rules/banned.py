"""Calls that no page needs and that have opened many sites; of each, what to write instead."""
from __future__ import annotations

import ast

from .findings import Finding, line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .findings import Source

_RUNS = "runs whatever text it is given as part of the site"
_READS = "runs what whoever wrote that data has put in"
_SHELL = "gives its text to a shell, in which ; and $( ) start other programs"
_AWAY = ("asks an address on behalf of the site: one that a visitor chose may be of the machine "
         "itself or of its network, and a page would wait for it")
_JSON = "write json.loads and json.dumps"
_LIST = 'write subprocess.run(["program", "argument"]), a list and no shell'
_LEAVE = "let a chore of ./chapbook cron fetch what is needed, from an address in site.ini"

# Of a name: the rule, why, and what to write instead.
NAMES: dict[str, tuple[str, str, str]] = {
    "eval": ("run-text", _RUNS, "write a dict of functions, or int() and json.loads for values"),
    "exec": ("run-text", _RUNS, "import a module, or write a dict of functions"),
    "compile": ("run-text", _RUNS, "import a module, or write a dict of functions"),
    "builtins.eval": ("run-text", _RUNS, "write a dict of functions"),
    "builtins.exec": ("run-text", _RUNS, "write a dict of functions"),
    "yaml.load": ("run-data", _READS, "write yaml.safe_load"),
    "yaml.load_all": ("run-data", _READS, "write yaml.safe_load_all"),
    "yaml.full_load": ("run-data", _READS, "write yaml.safe_load"),
    "yaml.unsafe_load": ("run-data", _READS, "write yaml.safe_load"),
    "os.system": ("shell", _SHELL, _LIST),
    "os.popen": ("shell", _SHELL, _LIST),
    "subprocess.getoutput": ("shell", _SHELL, _LIST),
    "subprocess.getstatusoutput": ("shell", _SHELL, _LIST),
    "tempfile.mktemp": (
        "temporary", "gives a name that somebody else can make a file of before it is opened",
        "write tempfile.TemporaryFile(dir=...)"),
    "http.cookies.SimpleCookie": (
        "cookies", "drops all cookies when a single one of another program is odd",
        "read request.cookies, and write response.set_cookie(...)"),
    "signal.SIGTERM": (
        "sigterm", "is how servers and hosts end a process; one that catches it is killed in the "
        "middle of its work", "leave it alone: what was begun is rolled back"),
}
# Of a module that is imported; its parts as well.
MODULES: dict[str, tuple[str, str, str]] = {
    "pickle": ("run-data", _READS, _JSON), "marshal": ("run-data", _READS, _JSON),
    "shelve": ("run-data", _READS, "write a table"), "dill": ("run-data", _READS, _JSON),
    "random": (
        "random", "can be worked out from what it gave before, and then every token that it made",
        "write secrets.choice, secrets.randbelow or secrets.token_urlsafe"),
    "urllib.request": ("outbound", _AWAY, _LEAVE), "http.client": ("outbound", _AWAY, _LEAVE),
    "requests": ("outbound", _AWAY, _LEAVE), "httpx": ("outbound", _AWAY, _LEAVE),
    "aiohttp": ("outbound", _AWAY, _LEAVE), "urllib3": ("outbound", _AWAY, _LEAVE),
    "pycurl": ("outbound", _AWAY, _LEAVE),
}
_WEAK = frozenset({"hashlib.md5", "hashlib.sha1"})


def findings(source: Source) -> Iterator[Finding]:
    """Where a file uses what is banned."""
    seen: set[tuple[int, str]] = set()
    for node, whole in source.imports():
        for module, told in MODULES.items():
            if whole == module or whole.startswith(module + "."):
                if (line(node), module) not in seen:
                    yield _banned(node, module, told)
                seen.add((line(node), module))
    excused = {node.func for node in source.nodes
               if isinstance(node, ast.Call) and _is(node, "usedforsecurity", False)}
    for node, name in source.references():
        if name in NAMES:
            yield _banned(node, name, NAMES[name])
        elif name in _WEAK and node not in excused:
            yield _weak(node, name)
    for node in source.nodes:
        yield from _of_node(source, node)


def _banned(node: ast.AST, name: str, told: tuple[str, str, str]) -> Finding:
    rule, why, instead = told
    return Finding(line(node), rule, f"{name} {why}; {instead}.")


def _weak(node: ast.AST, name: str) -> Finding:
    return Finding(line(node), "weak-hash", (
        f"{name} no longer protects anything, since two texts of one hash can be made; write "
        "hashlib.sha256, or usedforsecurity=False where it only tells whether a file changed."))


def _of_node(source: Source, node: ast.AST) -> Iterator[Finding]:
    if isinstance(node, ast.Call):
        shell = next((each.value for each in node.keywords if each.arg == "shell"), None)
        if shell is not None and not (isinstance(shell, ast.Constant) and not shell.value):
            yield Finding(line(node), "shell", f"shell=True {_SHELL}; {_LIST}.")
        if source.dotted(node.func) == "hashlib.new" and node.args and (
            isinstance(node.args[0], ast.Constant) and node.args[0].value in ("md5", "sha1")
        ) and not _is(node, "usedforsecurity", False):
            yield _weak(node, f"hashlib.{node.args[0].value}")
    elif isinstance(node, ast.Assert) and (source.is_script or not _narrows(node.test)):
        yield Finding(line(node), "assert", (
            "assert is left out where Python runs with -O, and what it should refuse passes; write "
            "if ...: raise Forbidden(), or another of chapbook.errors."))
    elif isinstance(node, ast.Compare) and any(
        isinstance(each, (ast.Eq, ast.NotEq)) for each in node.ops
    ) and any(map(_is_digest, [node.left, *node.comparators])):
        yield Finding(line(node), "compare", (
            "== on a hash takes longer the more of it is right, so that it can be found step by "
            "step; write hmac.compare_digest(one, other)."))
    elif isinstance(node, ast.ExceptHandler):
        yield from _caught(source, node)


def _caught(source: Source, node: ast.ExceptHandler) -> Iterator[Finding]:
    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    names = [source.dotted(kind) if kind is not None else "" for kind in kinds]
    if node.type is None:
        yield Finding(line(node), "except", (
            "except: without a name catches the end of the process and misspelt names as well; "
            "write the errors that are meant, such as except ValueError:."))
    elif {"BaseException", "SystemExit"}.intersection(names) and not any(
        isinstance(each, ast.Raise) and each.exc is None for each in ast.walk(node)
    ):
        yield Finding(line(node), "except", (
            f"except {ast.unparse(node.type)}: catches the end of the process and goes on; write "
            "except Exception:, or raise as its last line."))


def _narrows(test: ast.expr) -> bool:
    """Whether a test tells mypy a type alone: without it the next use of the value fails.

    What the request has is decided by the visitor, and is no matter of types.
    """
    if ast.unparse(test).startswith(("request.", "isinstance(request.")):
        return False
    if isinstance(test, ast.Compare):
        return isinstance(test.ops[0], ast.IsNot) and isinstance(
            test.comparators[0], ast.Constant) and test.comparators[0].value is None
    return isinstance(test, ast.Call) and ast.unparse(test.func) == "isinstance"


def _is(node: ast.Call, name: str, value: object) -> bool:
    """Whether a call gives a keyword just this constant."""
    return any(each.arg == name and isinstance(each.value, ast.Constant)
               and each.value.value is value for each in node.keywords)


def _is_digest(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and (
        node.func.attr in ("digest", "hexdigest"))
