"""docs/hosting/matrix.md: each case of the contract on each gateway, as a run of tests finds it.

`.venv/bin/python -m tests.matrix` runs tests/servers/test_contract_*.py on every gateway, and
writes the page, if all of it holds. As root, since only root can try suexec.
"""
from __future__ import annotations

import ast
import os
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

TREE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TREE / "lib"))

from tests.servers.exceptions import EXCEPTIONS  # noqa: E402
from tests.support.gateways import EVERY  # noqa: E402

CONTRACT = sorted((TREE / "tests/servers").glob("test_contract_*.py"))
PAGE = TREE / "docs/hosting/matrix.md"

HEAD = """# Every case on every server

Made by a run of the tests (`.venv/bin/python -m tests.matrix`), which asks real servers: a row is
a case of the contract, a column a way of serving the same unchanged scripts. A number says how many
variants of the case were tried there, and that they hold. A letter stands for what cannot hold, and
the reason is at the end of the page.

{columns}

"""
WORDS = {
    "builtin": "the built-in server (`./chapbook serve`)",
    "apache-cgi": "Apache, CGI by mod_cgid, in a virtual host",
    "apache-mod-cgi": "Apache, CGI by mod_cgi (prefork), in a virtual host",
    "htaccess": "Apache, CGI, all by one `.htaccess`, the whole tree below the document root",
    "htaccess-plain": "Apache, CGI, an `.htaccess` without `Options`, the host's own `ScriptAlias`",
    "suexec": "Apache, CGI through suexec, as another user",
    "wsgi-daemon": "Apache, mod_wsgi, processes of its own",
    "wsgi-embedded": "Apache, mod_wsgi, inside Apache's processes",
    "fcgid": "Apache, FastCGI by mod_fcgid",
    "nginx-fastcgi": "nginx, FastCGI by a socket",
    "nginx-uwsgi": "nginx, uWSGI, WSGI",
    "uwsgi-cgi": "nginx, uWSGI, its plugin for CGI",
    "fcgiwrap": "nginx, CGI by fcgiwrap",
    "passenger": "Passenger (cPanel's *Setup Python App*)",
}


class Outcomes:
    """A plugin of pytest that notes what became of each case on each gateway."""

    def __init__(self) -> None:
        self.passed: dict[tuple[str, str], int] = Counter()
        self.failed: list[str] = []
        self._gateways: dict[str, tuple[str, str]] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note which gateway each test is of, and drop those that are of none."""
        for item in items:
            call = getattr(item, "callspec", None)
            if call is not None and "gateway" in call.params:
                case = item.name.partition("[")[0]
                self._gateways[item.nodeid] = case, call.params["gateway"]

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Count it."""
        if report.failed:
            self.failed.append(report.nodeid)
        elif report.when == "call" and report.passed and report.nodeid in self._gateways:
            self.passed[self._gateways[report.nodeid]] += 1


def cases(path: Path) -> list[str]:
    """The names of a file's tests that are tried on every gateway, in their order."""
    tree = ast.parse(path.read_text("utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef)
            and node.name.startswith("test_")
            and "gateway" in {argument.arg for argument in node.args.args}]


def sentence(case: str) -> str:
    """The name of a test as a sentence."""
    text = case.removeprefix("test_").replace("_", " ")
    return text[0].upper() + text[1:]


def page(passed: dict[tuple[str, str], int]) -> str:
    """The page, from how many variants of a case hold on a gateway."""
    letters: dict[str, str] = {}
    cells: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (case, gateway), reason in sorted(EXCEPTIONS.items()):
        letter = letters.setdefault(reason, chr(ord("a") + len(letters)))
        cell = cells[case.partition("[")[0], gateway]
        if letter not in cell:
            cell.append(letter)
    lines = [HEAD.format(columns="\n".join(
        f"{number}. `{name}`: {WORDS[name]}" for number, name in enumerate(EVERY, 1)))]
    for path in CONTRACT:
        title = (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").partition("\n")[0]
        title = title.partition(": ")[2].rstrip(".")
        lines.append(f"## {title[0].upper()}{title[1:]}\n")
        lines.append("| case | " + " | ".join(map(str, range(1, len(EVERY) + 1))) + " |")
        lines.append("|---|" + "---|" * len(EVERY))
        for case in cases(path):
            row = []
            for name in EVERY:
                count = passed.get((case, name), 0)
                row.append(" ".join([*([str(count)] if count else []), *cells[case, name]]))
            lines.append(f"| {sentence(case)} | " + " | ".join(row) + " |")
        lines.append("")
    if letters:
        lines.append("## Reasons\n")
        lines += [f"- **{letter}**: {reason}" for reason, letter in letters.items()]
        lines.append("")
    return "\n".join(lines)


def main() -> int:
    """Run the contract, write the page; 1 where something fails, and then nothing is written."""
    outcomes = Outcomes()
    os.environ["VARIANTS"] = "all"
    os.environ["CI"] = "true"                     # a server that is missing is a failure
    result = pytest.main(["-q", "-p", "no:cacheprovider", *map(str, CONTRACT)], [outcomes])
    if result or outcomes.failed:
        print(f"{len(outcomes.failed)} cases fail, so docs/hosting/matrix.md was not written.")
        return 1
    PAGE.write_text(page(outcomes.passed), "utf-8")
    print(f"{PAGE.relative_to(TREE)}: {len({case for case, _ in outcomes.passed})} cases on "
          f"{len(EVERY)} gateways, {sum(outcomes.passed.values())} tries")
    return 0


if __name__ == "__main__":
    sys.exit(main())
