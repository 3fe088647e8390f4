"""Which expressions are constant text, whatever is sent to the site: the only ones fit for SQL.

Constant is a literal, what is put together from literals alone, a name that is bound to nothing
else, and what is looked up in a dict, list or tuple of such. A number that counts is constant, too.
"""
from __future__ import annotations

import ast
from itertools import product

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MOST, _DEEPEST = 32, 24
_KEPT = frozenset({"sorted", "tuple", "list", "reversed", "set"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_LOOPS = (ast.For, ast.AsyncFor, ast.comprehension)


class _Unknown(Exception):
    """An expression is not constant."""


class Scope:
    """The names of a module, a function or a comprehension, and what each is bound to."""

    def __init__(self, node: ast.AST, around: Scope | None) -> None:
        self.around = around
        self.bound: dict[str, list[tuple[str, ast.expr | None, int]]] = {}
        if isinstance(node, _FUNCTIONS):
            given = node.args
            for arg in [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg,
                        given.kwarg]:
                if arg is not None:
                    self._bind(ast.Name(arg.arg), "unknown", None)
        if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp)):
            for loop in node.generators:
                self._loop(loop.target, loop.iter)
        else:
            for child in _own_nodes(node):
                self._take(child)

    def _take(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, "value", node.value)
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
            if node.value is not None:
                self._bind(node.target, "value", node.value)
        elif isinstance(node, ast.AugAssign):
            self._bind(node.target, "more", node.value)
        elif isinstance(node, _LOOPS):
            self._loop(node.target, node.iter)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            self._bind(node.optional_vars, "unknown", None)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            kind = {"append": "item", "insert": "item", "add": "item", "extend": "items",
                    "update": "unknown", "setdefault": "unknown"}
            if node.func.attr in kind and isinstance(node.func.value, ast.Name):
                self._bind(node.func.value, kind[node.func.attr], node.args[-1])

    def _bind(self, target: ast.expr, how: str, value: ast.expr | None, part: int = -1) -> None:
        if isinstance(target, ast.Name):
            self.bound.setdefault(target.id, []).append((how, value, part))
        elif isinstance(target, (ast.Tuple, ast.List)):
            for each in target.elts:
                self._bind(each, "unknown", None)
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            self._bind(target.value, "item", value)

    def _loop(self, target: ast.expr, over: ast.expr) -> None:
        if isinstance(target, ast.Tuple):
            for number, each in enumerate(target.elts):
                self._bind(each, "each", over, number)
        else:
            self._bind(target, "each", over)

    def found(self, name: str) -> tuple[Scope, list[tuple[str, ast.expr | None, int]]] | None:
        """The nearest scope that binds a name, and all that binds it there."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.bound:
                return scope, scope.bound[name]
            scope = scope.around
        return None


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a module or function, without those of functions and comprehensions in it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, (*_FUNCTIONS, ast.ClassDef, ast.ListComp, ast.GeneratorExp)):
            yield from _own_nodes(child)


class Texts:
    """Works out the texts that expressions of one file can be.

    `elsewhere(name)` gives the module and expression that an imported name stands for, or None.
    """

    def __init__(
        self, tree: ast.Module,
        elsewhere: Callable[[str], tuple[Texts, ast.expr] | None] = lambda name: None,
    ) -> None:
        self.module = Scope(tree, None)
        self._elsewhere = elsewhere
        self._scopes: dict[ast.AST, Scope] = {}
        self._place(tree, self.module)

    def _place(self, node: ast.AST, scope: Scope) -> None:
        for child in ast.iter_child_nodes(node):
            inside = Scope(child, scope) if isinstance(child, (
                *_FUNCTIONS, ast.ListComp, ast.GeneratorExp, ast.SetComp)) else scope
            self._scopes[child] = scope
            self._place(child, inside)

    def of(self, node: ast.expr) -> list[str] | None:
        """The texts that an expression can be; None where it is not constant."""
        try:
            return self._texts(node, self._scopes.get(node, self.module), 0)
        except _Unknown:
            return None

    def _texts(self, node: ast.expr | None, scope: Scope, deep: int) -> list[str]:
        if deep > _DEEPEST or node is None:
            raise _Unknown
        scope, deep = self._scopes.get(node, scope), deep + 1
        if isinstance(node, ast.Constant) and isinstance(node.value, (str, int)):
            return [str(node.value)]
        if isinstance(node, ast.JoinedStr):
            return _joined([self._texts(part, scope, deep) for part in node.values])
        if isinstance(node, ast.FormattedValue) and node.format_spec is None:
            return self._texts(node.value, scope, deep)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return _joined([self._texts(part, scope, deep) for part in (node.left, node.right)])
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            return self._texts(node.left, scope, deep)
        if isinstance(node, ast.IfExp):
            return self._any([node.body, node.orelse], scope, deep)
        if isinstance(node, ast.BoolOp):
            return self._any(node.values, scope, deep)
        if isinstance(node, ast.NamedExpr):
            return self._texts(node.value, scope, deep)
        if isinstance(node, ast.Subscript):
            return self._any(self._members(node.value, scope, deep), scope, deep)
        if isinstance(node, ast.Call):
            return self._call(node, scope, deep)
        if isinstance(node, ast.Name):
            return self._name(node.id, scope, deep)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return self._imported(f"{node.value.id}.{node.attr}", scope, deep)
        raise _Unknown

    def _any(self, nodes: list[ast.expr], scope: Scope, deep: int) -> list[str]:
        found = [text for node in nodes for text in self._texts(node, scope, deep)]
        if not found:
            raise _Unknown
        return found[:_MOST]

    def _name(self, name: str, scope: Scope, deep: int) -> list[str]:
        known = scope.found(name)
        if known is None:
            return self._imported(name, scope, deep)
        place, bindings = known
        texts: list[str] = []
        more: list[list[str]] = []
        for how, value, part in bindings:
            if how == "value":
                texts += self._texts(value, place, deep)
            elif how == "more":
                more.append(["", *self._texts(value, place, deep)])
            elif how == "each" and _counts(value, part):
                texts.append("1")
            elif how == "each" and value is not None:
                texts += self._any(self._parts(value, part, place, deep), place, deep)
            else:
                raise _Unknown
        return _joined([texts, *more])

    def _imported(self, name: str, scope: Scope, deep: int) -> list[str]:
        found = self._elsewhere(name) if scope.found(name.partition(".")[0]) is None else None
        if found is None:
            raise _Unknown
        texts, node = found
        return texts._texts(node, texts.module, deep)

    def _call(self, node: ast.Call, scope: Scope, deep: int) -> list[str]:
        function = node.func
        if not isinstance(function, ast.Attribute):
            raise _Unknown
        if function.attr == "join" and len(node.args) == 1:
            between = self._texts(function.value, scope, deep)
            parts = self._any(self._members(node.args[0], scope, deep), scope, deep)
            return [one.join(parts) for one in between]
        if function.attr == "replace" and len(node.args) == 2:
            old, new = (self._texts(each, scope, deep) for each in node.args)
            return [text.replace(old[0], one)
                    for text in self._texts(function.value, scope, deep) for one in new]
        if function.attr == "get" and node.args:
            return self._any([*self._members(function.value, scope, deep), *node.args[1:]],
                             scope, deep)
        if function.attr in ("strip", "upper", "lower") and not node.args:
            return self._texts(function.value, scope, deep)
        raise _Unknown

    def _members(self, node: ast.expr, scope: Scope, deep: int) -> list[ast.expr]:
        """The expressions that a list, tuple, set or dict of literals has as values."""
        if deep > _DEEPEST:
            raise _Unknown
        scope, deep = self._scopes.get(node, scope), deep + 1
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return [one for each in node.elts for one in (
                self._members(each.value, scope, deep) if isinstance(each, ast.Starred)
                else [each])]
        if isinstance(node, ast.Dict) and None not in node.keys:
            return node.values
        if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp)):
            return [node.elt]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return [*self._members(node.left, scope, deep), *self._members(node.right, scope, deep)]
        if isinstance(node, ast.IfExp):
            return [*self._members(node.body, scope, deep),
                    *self._members(node.orelse, scope, deep)]
        if isinstance(node, ast.Subscript):
            if isinstance(node.slice, ast.Slice):
                return self._members(node.value, scope, deep)
            return [one for each in self._members(node.value, scope, deep)
                    for one in self._members(each, scope, deep)]
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in _KEPT and len(node.args) == 1:
                return self._members(node.args[0], scope, deep)
            if isinstance(node.func, ast.Attribute) and node.func.attr == "values":
                return self._members(node.func.value, scope, deep)
        if isinstance(node, ast.Name):
            return self._bound_members(node.id, scope, deep)
        raise _Unknown

    def _bound_members(self, name: str, scope: Scope, deep: int) -> list[ast.expr]:
        known = scope.found(name)
        if known is None:
            raise _Unknown
        place, bindings = known
        found: list[ast.expr] = []
        for how, value, part in bindings:
            if value is None or how == "unknown":
                raise _Unknown
            if how == "item":
                found.append(value)
            elif how == "each":
                for each in self._parts(value, part, place, deep):
                    found += self._members(each, place, deep)
            else:
                found += self._members(value, place, deep)
        return found

    def _parts(self, over: ast.expr, part: int, scope: Scope, deep: int) -> list[ast.expr]:
        """What the name at a place of `for a, b in over` goes through."""
        if isinstance(over, ast.Call) and isinstance(over.func, ast.Name):
            if over.func.id == "enumerate" and part == 1:
                return self._members(over.args[0], scope, deep)
        if isinstance(over, ast.Call) and isinstance(over.func, ast.Attribute) and (
            over.func.attr == "items"
        ):
            if part == 1:
                return self._members(over.func.value, scope, deep)
            over, part = over.func.value, -1
        if isinstance(over, ast.Name) and part == -1:
            known = scope.found(over.id)
            if known and len(known[1]) == 1 and isinstance(known[1][0][1], ast.Dict):
                return [key for key in known[1][0][1].keys if key is not None]
        members = self._members(over, scope, deep)
        if part == -1:
            return members
        return [each.elts[part] for each in members
                if isinstance(each, (ast.Tuple, ast.List)) and part < len(each.elts)]


def _counts(over: ast.expr | None, part: int) -> bool:
    """Whether a loop's name is a number that counts: by range(), or the first of enumerate()."""
    return isinstance(over, ast.Call) and isinstance(over.func, ast.Name) and (
        over.func.id == "range" and part == -1 or over.func.id == "enumerate" and part == 0)


def _joined(parts: list[list[str]]) -> list[str]:
    if not all(parts):
        return [""] if not parts else _joined([part for part in parts if part])
    found: list[str] = []
    for texts in product(*parts):
        found.append("".join(texts))
        if len(found) == _MOST:
            break
    return found
