"""What is sent to the site and where it may not go: names of files, modules, templates, formats.

Only what can be told from one function is told: a value that goes through another function is
taken to have been checked there, and so is what is looked up in a dict by it.
"""
from __future__ import annotations

import ast

from .findings import Finding, line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .findings import Source
    from .texts import Texts

_SENT = frozenset({
    "query", "form", "fields", "files", "cookies", "headers", "json", "path_info", "body", "sent",
})
_SAME = frozenset({
    "strip", "lstrip", "rstrip", "lower", "upper", "casefold", "title", "replace", "removeprefix",
    "removesuffix", "format", "join", "encode", "decode", "get", "all", "split", "partition",
    "rpartition", "rsplit", "pop",
})
_FILES = {
    "open": 0, "os.open": 0, "os.remove": 0, "os.unlink": 0, "os.rename": 1, "os.replace": 1,
    "os.path.join": 1, "os.listdir": 0, "os.mkdir": 0, "os.makedirs": 0, "os.rmdir": 0,
    "shutil.rmtree": 0, "shutil.copyfile": 0, "shutil.move": 0, "pathlib.Path": 0,
    "chapbook.Response.file": 0,
}
_MODULES = frozenset({"importlib.import_module", "__import__"})
REGEXPS = frozenset(f"re.{name}" for name in (
    "compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"))
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def findings(source: Source, texts: Texts) -> Iterator[Finding]:
    """Where what was sent becomes a name that opens something."""
    yield from _anywhere(source, texts)
    for function in source.nodes:
        if isinstance(function, _FUNCTIONS):
            sent = _names_of_sent(source, function)
            for node in ast.walk(function):
                if isinstance(node, ast.Call):
                    yield from _call(source, node, sent)
                elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Call) and (
                    source.dotted(node.value.func) in ("globals", "locals", "vars")
                ):
                    yield _made(node, "a name of Python's", "write a dict of what may be chosen")


def _anywhere(source: Source, texts: Texts) -> Iterator[Finding]:
    """What has to be constant wherever it comes from."""
    for node in source.nodes:
        if not isinstance(node, ast.Call):
            continue
        name = source.dotted(node.func)
        if name in _MODULES and not _constant(texts, node, 0):
            yield Finding(line(node), "module", (
                "A module of a name that is not constant may be any module of this machine; write "
                "a dict of the functions that may be chosen."))
        elif name in ("chapbook.render", "chapbook.templates.render") and (
            not source.is_toolkit and not _constant(texts, node, 1)
        ):
            yield Finding(line(node), "template", (
                "A template of a name that is not constant may be any file of templates/; write "
                "its name, or take it out of a dict of literals."))
        elif name in REGEXPS and not source.is_toolkit and not _constant(texts, node, 0):
            yield Finding(line(node), "regexp", (
                "A regular expression that is not constant can keep the server busy for years; "
                "write a constant, or look for the text itself with `in`."))
        elif isinstance(node.func, ast.Attribute) and node.func.attr in (
            "from_string", "get_template") and not source.is_toolkit and (
            not _constant(texts, node, 0)
        ):
            yield Finding(line(node), "template", (
                "A template that is made from what is not constant runs what somebody puts into "
                "it; write a file of templates/ and give the values to render()."))


def _call(source: Source, node: ast.Call, sent: set[str]) -> Iterator[Finding]:
    name = source.dotted(node.func)
    if name in _FILES and any(_is_sent(each, sent) for each in node.args[_FILES[name]:]):
        yield _made(node, "the path of a file",
                    "store the file under a random name, as attachments.keep does, and the "
                    "visitor's name for it in the database")
    elif name in ("int", "float") and node.args and _is_sent(node.args[0], sent) and not (
        ast.unparse(node.args[0]).startswith("request.form")      # a field of the page's own form
    ):
        yield Finding(line(node), "number", (
            f"{name}() takes 1_000, spaces, digits of other alphabets and numbers of any length; "
            'write request.query.number("..."), type="number" in the form, or {...:int} in the '
            "address."))
    elif name.startswith("chapbook.mail") and any(
            each.arg == "to" and _is_sent(each.value, sent) for each in node.keywords):
        yield Finding(line(node), "recipient", (
            "This mail goes wherever the visitor says, so that anybody can have the site write to "
            "anybody; write to=request.config.site.owner, and the visitor's address as reply_to."))
    elif name in ("getattr", "setattr") and len(node.args) > 1 and _is_sent(node.args[1], sent):
        yield _made(node, "the name of an attribute", "write a dict of what may be chosen")
    elif name == "chapbook.redirect" and node.args and _begins_sent(node.args[0], sent):
        yield Finding(line(node), "redirect", (
            "This redirect goes where the visitor's link says, which may be a page that looks like "
            "the site's; write redirect(request.next()), or the path of a page."))
    elif isinstance(node.func, ast.Attribute) and node.func.attr in ("format", "format_map") and (
        _is_sent(node.func.value, sent)
    ):
        yield _made(node, "a format", "write a constant format and give it the value")
    elif isinstance(node.func, ast.Attribute) and node.func.attr == "strftime" and any(
        _is_sent(each, sent) for each in node.args
    ):
        yield _made(node, "a format", "take it out of a dict of literals")


def _begins_sent(node: ast.expr, sent: set[str]) -> bool:
    """Whether an address begins with what was sent; behind a path of the site it does no harm."""
    while True:
        if isinstance(node, ast.BinOp):
            node = node.left
        elif isinstance(node, ast.JoinedStr) and node.values:
            node = node.values[0]
        elif isinstance(node, ast.FormattedValue):
            node = node.value
        else:
            return _is_sent(node, sent)


def _made(node: ast.AST, what: str, instead: str) -> Finding:
    return Finding(line(node), "input", (
        f"What was sent becomes {what} here, so that a visitor chooses what is opened; {instead}."))


def _constant(texts: Texts, node: ast.Call, place: int) -> bool:
    return len(node.args) <= place or texts.of(node.args[place]) is not None


def _names_of_sent(source: Source, function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """The names in a function that hold what was sent: parts of the address, and what is of them.
    """
    names = [arg.arg for arg in [*function.args.posonlyargs, *function.args.args]]
    sent = set(names[1:]) if source.is_script and names[:1] == ["request"] else set()
    for _ in range(2):                            # a name may be of one that is bound below it
        for node in ast.walk(function):
            if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and (
                node.value is not None and _is_sent(node.value, sent)
            ):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                sent.update(each.id for target in targets for each in ast.walk(target)
                            if isinstance(each, ast.Name))
            elif isinstance(node, ast.For) and _is_sent(node.iter, sent):
                sent.update(each.id for each in ast.walk(node.target)
                            if isinstance(each, ast.Name))
    return sent


def _is_sent(node: ast.expr, sent: set[str]) -> bool:
    """Whether a value is what was sent, or text made of it."""
    if isinstance(node, ast.Name):
        return node.id in sent
    if isinstance(node, ast.Attribute):
        of_request = isinstance(node.value, ast.Name) and node.value.id == "request"
        return of_request and node.attr in _SENT or (
            node.attr in ("name", "filename") and _is_sent(node.value, sent))
    if isinstance(node, ast.Subscript):
        return _is_sent(node.value, sent)
    if isinstance(node, ast.JoinedStr):
        return any(_is_sent(each.value, sent) for each in node.values
                   if isinstance(each, ast.FormattedValue))
    if isinstance(node, ast.BinOp):
        return _is_sent(node.left, sent) or _is_sent(node.right, sent)
    if isinstance(node, (ast.Tuple, ast.List)):
        return any(_is_sent(each, sent) for each in node.elts)
    if isinstance(node, ast.IfExp):
        return _is_sent(node.body, sent) or _is_sent(node.orelse, sent)
    if isinstance(node, ast.BoolOp):
        return any(_is_sent(each, sent) for each in node.values)
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name):
            return node.func.id == "str" and any(_is_sent(each, sent) for each in node.args)
        if isinstance(node.func, ast.Attribute) and node.func.attr in _SAME:
            return _is_sent(node.func.value, sent) or node.func.attr in ("join", "format") and any(
                _is_sent(each, sent) for each in node.args)
    return False
