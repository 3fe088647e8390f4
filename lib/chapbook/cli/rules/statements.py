"""SQL in Python: its text is constant, it names its columns, and its order is never left open."""
from __future__ import annotations

import ast
import re

from .findings import Finding, line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .findings import Source
    from .texts import Texts

    Keys = Mapping[str, list[frozenset[str]]]

_METHODS = frozenset({"all", "one", "value", "run", "insert"})
_DRIVERS = frozenset({"execute", "executemany", "executescript"})
_DATABASE = re.compile(r"(?:^|_)(?:db|database|connection|conn|cursor|cur|own|session)$")
_MADE_BY = frozenset({"connect", "kept", "cursor"})
_SQL = re.compile(
    r"\s*(?:SELECT\s|INSERT\s+(?:OR\s+\w+\s+|IGNORE\s+)?INTO\s|REPLACE\s+INTO\s|DELETE\s+FROM\s"
    r"|UPDATE\s+\S+\s+SET\s|WITH\s+\w+\s+AS\s)")
_STAR = re.compile(r"\bSELECT\s+(?:DISTINCT\s+)?(?:\w+\.)?\*|,\s*\w+\.\*\s*(?:,|FROM\b)",
                   re.IGNORECASE)
_CLAUSE = re.compile(r"\b(FROM|WHERE|GROUP\s+BY|ORDER\s+BY|LIMIT|HAVING)\b", re.IGNORECASE)
_TABLES = re.compile(r"(?:^|\bJOIN\s+|,\s*)(\w+)", re.IGNORECASE)
_BOUND = re.compile(r"(?:^|\bAND\s+)(?:\w+\.)?(\w+)\s*=\s*(?::\w+|'[^']*'|\d+)", re.IGNORECASE)
_QUOTED = re.compile(r"'[^']*'")


def findings(source: Source, texts: Texts, keys: Keys) -> Iterator[Finding]:
    """Where a file breaks the rules about SQL."""
    asked: set[ast.AST] = set()
    for node in source.nodes:
        if not isinstance(node, ast.Call) or not _is_asked(source, node):
            continue
        given = node.args[0] if node.args else next(
            (each.value for each in node.keywords if each.arg == "sql"), None)
        if given is None:
            continue
        asked.update(ast.walk(given))
        known = texts.of(given)
        if known is None:
            yield _built(given)
        else:
            yield from _of_texts(given, [text for text in known if _SQL.match(text)], keys)
    for node in source.nodes:
        if isinstance(node, ast.expr) and node not in asked and _is_built(node):
            asked.update(ast.walk(node))
            if texts.of(node) is None:
                yield _built(node)
        elif isinstance(node, ast.Constant) and node not in asked and (
            isinstance(node.value, str) and _SQL.match(node.value)
        ):
            yield from _stars(node, [node.value])


def _is_asked(source: Source, node: ast.Call) -> bool:
    """Whether a call gives its first argument to a database."""
    function = node.func
    if not isinstance(function, ast.Attribute) or function.attr not in _METHODS | _DRIVERS:
        return False
    owner = function.value
    if isinstance(owner, ast.Call):
        name = owner.func.attr if isinstance(owner.func, ast.Attribute) else source.dotted(
            owner.func).rpartition(".")[2]
        return name in _MADE_BY
    name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    if name.endswith("session"):
        return function.attr in _DRIVERS
    return bool(_DATABASE.search(name))


def _is_built(node: ast.expr) -> bool:
    """Whether an expression puts together what begins like SQL."""
    if isinstance(node, ast.JoinedStr):
        return bool(node.values) and _begins(node.values[0])
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
        left = node.left
        return _begins(left) or isinstance(left, (ast.BinOp, ast.JoinedStr)) and _is_built(left)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        owner = node.func.value
        return node.func.attr in ("format", "format_map", "replace") and (
            _begins(owner) or isinstance(owner, (ast.BinOp, ast.JoinedStr)) and _is_built(owner))
    return False


def _begins(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(
        _SQL.match(node.value))


def _built(node: ast.expr) -> Finding:
    return Finding(line(node), "sql-text", (
        "SQL is put together here from something that is not constant, and what somebody sends can "
        "become part of the statement; write a constant text with :name and give the value as "
        "name=..., and take the names of columns out of a dict of literals."))


def _of_texts(node: ast.AST, known: list[str], keys: Keys) -> Iterator[Finding]:
    yield from _stars(node, known)
    for text in known:
        fault = order(text, keys)
        if fault:
            yield Finding(line(node), "sql-order", fault)
            return


def _stars(node: ast.AST, known: list[str]) -> Iterator[Finding]:
    if any(_STAR.search(_QUOTED.sub("''", text)) for text in known):
        yield Finding(line(node), "sql-star", (
            "This asks for *, which is whatever columns the table has one day, secret ones too; "
            "name the columns that are wanted."))


def order(text: str, keys: Keys) -> str:
    """What is wrong with the order of the rows that a SELECT gives; "" where nothing is."""
    text = _QUOTED.sub("''", _outermost(text)).strip()
    if not text.upper().startswith("SELECT") or re.search(r"\bUNION\b", text, re.IGNORECASE):
        return ""
    clauses = {"SELECT": ""}
    name, last = "SELECT", len("SELECT")
    for found in _CLAUSE.finditer(text):
        clauses[name] = text[last:found.start()].strip()
        name, last = " ".join(found[1].upper().split()), found.end()
    clauses[name] = text[last:].strip()
    ordered = clauses.get("ORDER BY")
    if ordered is None:
        limit = clauses.get("LIMIT", "1").split()
        return "" if limit[:1] == ["1"] and len(limit) == 1 else (
            "These rows are limited in number and have no order, so that the database chooses "
            "which they are; add ORDER BY, ending in a column that is unique.")
    columns = _names(ordered)
    one = columns | {each.lower() for each in _BOUND.findall(clauses.get("WHERE", ""))}
    selected = clauses["SELECT"].split(None, 1)
    if selected[:1] and selected[0].upper() == "DISTINCT" and _names(selected[1]) <= one:
        return ""
    if "GROUP BY" in clauses:
        return "" if _names(clauses["GROUP BY"]) <= one else _open(ordered)
    tables = [each.lower() for each in _TABLES.findall(clauses.get("FROM", ""))]
    if not tables or any(table not in keys for table in tables):
        return ""
    return "" if any(key <= one for table in tables for key in keys[table]) else _open(ordered)


def _open(ordered: str) -> str:
    return (f"ORDER BY {ordered} leaves the order of rows open that have the same there, so that a "
            "page may show one twice and another never; end it in a column that is unique, as id.")


def _names(text: str) -> frozenset[str]:
    """The columns of a list, without their tables, directions and quotes."""
    return frozenset(each.split()[0].rpartition(".")[2].strip('"`').lower()
                     for each in text.split(",") if each.strip())


def _outermost(text: str) -> str:
    """The text without what stands in brackets."""
    kept, depth = [], 0
    for each in text:
        depth += (each == "(") - (each == ")")
        if depth == 0 or each == "(" and depth == 1:
            kept.append(" " if each in "()" else each)
    return "".join(kept)
