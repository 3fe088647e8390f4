"""Which text is constant, whatever is sent: what may be SQL, a pattern or a template's name."""
from __future__ import annotations

import ast

import pytest

from chapbook.cli.rules.texts import Texts


def texts_of(code: str) -> list[str] | None:
    """The texts that the argument of `wanted(...)` can be."""
    tree = ast.parse(code)
    call = next(node for node in ast.walk(tree) if isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "wanted")
    return Texts(tree).of(call.args[0])


@pytest.mark.parametrize(("code", "texts"), [
    ("wanted('a' 'b')", ["ab"]),
    ("A = 'a'\nwanted(A + 'b')", ["ab"]),
    ("A = 'a'\nwanted(f'{A}b')", ["ab"]),
    ("def f(x):\n    wanted('a' if x else 'b')", ["a", "b"]),
    ("A = {'x': 'a', 'y': 'b'}\ndef f(x):\n    wanted(A[x])", ["a", "b"]),
    ("A = {'x': {'y': 'a'}}\ndef f(x, y):\n    wanted(A[x][y])", ["a"]),
    ("A = {'x': 'a'}\ndef f(x):\n    wanted(A.get(x, 'b'))", ["a", "b"]),
    ("def f(x):\n    sql = 'a'\n    if x:\n        sql += 'b'\n    wanted(sql)", ["a", "ab"]),
    ("A = {'x': 'a', 'y': 'b'}\ndef f(x):\n    l = ['c']\n    for k, v in A.items():\n"
     "        l.append(v)\n    wanted(' AND '.join(l))", ["c AND a AND b"]),
    ("A = {'x': 'a'}\ndef f(g):\n    wanted(', '.join(A[n] for n in g))", ["a"]),
    ("def f(g):\n    wanted(', '.join(f':p{n}' for n, _ in enumerate(g)))", [":p1"]),
    ("for n in ('a', 'b'):\n    wanted(f'{n}!')", ["a!", "b!"]),
    ("A = 'a :w'\ndef f(g):\n    for n, w in enumerate(g):\n"
     "        wanted(A.replace(':w', f':w{n}'))", ["a :w1"]),
])
def test_what_is_made_of_literals_alone_is_constant(code: str, texts: list[str]) -> None:
    assert texts_of(code) == texts


@pytest.mark.parametrize("code", [
    "def f(x):\n    wanted(x)",
    "def f(x):\n    wanted(f'a {x}')",
    "def f(x):\n    wanted('a %s' % x)",
    "def f(x):\n    wanted('a {}'.format(x))",
    "def f(x):\n    wanted('a' + x)",
    "def f(x):\n    sql = 'a'\n    sql += x\n    wanted(sql)",
    "def f(x):\n    sql = 'a'\n    sql = x\n    wanted(sql)",
    "A = 'a'\ndef f(A):\n    wanted(A)",
    "def f(x):\n    l = ['a']\n    l.append(x)\n    wanted(' '.join(l))",
    "def f(x):\n    l = ['a']\n    l.extend(x)\n    wanted(' '.join(l))",
    "def f(x):\n    d = {'a': 'b'}\n    d.update(x)\n    wanted(d['a'])",
    "def f(x):\n    d = {'a': 'b'}\n    d['c'] = x\n    wanted(d['a'])",
    "def f(x):\n    d = {'a': 'b', **x}\n    wanted(d['a'])",
    "def f(x):\n    for a in x:\n        wanted(a)",
    "def f(x):\n    for k, v in x.items():\n        wanted(v)",
    "def f(x):\n    wanted(', '.join(name for name in x))",
    "def f(x):\n    wanted(', '.join(f'{n}' for _, n in enumerate(x)))",
    "def f(x):\n    with x as a:\n        wanted(a)",
    "def f(x):\n    a, b = x\n    wanted(a)",
    "def f(x):\n    wanted('a'.replace('a', x))",
    "def f(x):\n    wanted(f'{1:{x}}')",
    "A = 'a' + A\nwanted(A)",
    "wanted(unknown)",
])
def test_what_anything_else_goes_into_is_not(code: str) -> None:
    assert texts_of(code) is None
