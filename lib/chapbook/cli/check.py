"""./chapbook check: everything that must hold before a change is shared."""
from __future__ import annotations

import importlib.util
import os
import re
import shlex
import signal
import subprocess
import sys
from types import FrameType

import click

from chapbook.config import ROOT

from . import environment, forms, packages, rules

SERVER_TESTS = ("tests/servers", "tests/browser")
MOST_PROCESSES = 4            # each has a MariaDB of its own, an Apache, and a Chromium for a time


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--fast", is_flag=True,
              help="Leave out the tests that start web servers or a browser.")
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
def check(fast: bool, pytest_args: tuple[str, ...]) -> None:
    """Install what the tests need, then run flake8, mypy, two lints of our own, and all tests.

    What is missing is named first: Python packages go into .venv; Apache, mod_wsgi, MariaDB,
    Chromium, Java and lynx come from apt, as root or with sudo. No service is installed or started:
    the tests run private servers in folders of their own. Without a way to install them, those
    tests are skipped, except where CI is set, which makes a missing program a failure.

    The look at the forms in templates/ and htdocs/ finds what browsers pass over in silence: a
    field without a name or a label, names that collide, an action that no script answers. The
    rules (docs/rules.md) are about what opens a site to others: SQL made of text, markup that is
    not escaped, calls that run what somebody sends.

    Tests run on all cores, module by module; each process has its own servers.

    PYTEST_ARGS, such as "-k guestbook" or "tests/unit", choose tests; then only pytest runs, in
    one process unless they say "-n 2".
    """
    os.chdir(ROOT)
    if os.environ.get("CI"):
        os.environ.setdefault("NO_COLOR", "1")
    need_packages()
    if not fast:
        need_servers()
        need_browser()
        need_text_browser()
    failed = []
    if not pytest_args:
        for tool in ("flake8", "mypy"):
            click.echo(f"== {tool}")
            failed += [] if run(tool) == 0 else [tool]
        click.echo("== forms")
        failed += ["forms"] if forms.check(ROOT) else []
        click.echo("== rules")
        failed += ["rules"] if rules.check(ROOT) else []
    click.echo("== pytest")
    skipped = [f"--ignore={folder}" for folder in SERVER_TESTS] if fast else []
    status = run("pytest", *skipped, *(pytest_args or spread()))
    if failed:
        click.echo(f"{' and '.join(failed)} failed: see above.", err=True)
    sys.exit(status or bool(failed))


def spread() -> list[str]:
    """The arguments that have pytest use the cores of this machine; none where there is one.

    A module stays whole, and they go in their order, so that those that share a server come one
    after the other: those of the browser, which take longest, first.
    """
    cores = min(len(os.sched_getaffinity(0)), MOST_PROCESSES)
    few = ["-n", str(cores), "--dist", "loadfile", "--no-loadscope-reorder"]
    return few if cores > 1 else []


def run(module: str, *arguments: str) -> int:
    """Run a Python tool on the tree; its exit status.

    Ctrl-C and SIGTERM end the tool first, and then this process: tests have servers to end.
    """
    sys.stdout.flush()
    interrupted = False
    with subprocess.Popen([sys.executable, "-m", module, *arguments]) as tool:
        def terminated(number: int, frame: FrameType | None) -> None:
            tool.terminate()
            raise KeyboardInterrupt

        before = signal.signal(signal.SIGTERM, terminated)
        while tool.returncode is None:
            try:
                tool.wait()
            except KeyboardInterrupt:             # a terminal tells the tool of Ctrl-C, too
                interrupted = True
        signal.signal(signal.SIGTERM, before)
    if interrupted:
        raise KeyboardInterrupt
    return tool.returncode


def need_packages() -> None:
    """Install the test extra into .venv unless it is there; ClickException when that fails."""
    lines = environment.missing("test")
    if not lines:
        return
    names = [re.split(r"[<>=~!]", line)[0] for line in lines]
    click.echo(f"From PyPI into .venv, for the checks: {', '.join(names)}.")
    try:
        environment.install(*lines, extra="test")
    except environment.InstallError as error:
        raise click.ClickException(str(error)) from error


def need_servers() -> None:
    """Install the servers that the tests run privately; say it when they cannot be had."""
    install(packages.missing(), "for the tests that run pages in a real Apache and on a real "
                                "MariaDB", "No service is started.")
    compile_mod_wsgi()


def need_browser() -> None:
    """Install what the tests of pages in a real browser need; say it when it cannot be had."""
    if not install(packages.missing_browser(), "for the tests that use pages in a real browser, "
                                               "and the checker of HTML, which is in Java"):
        return
    lines = environment.missing("browser")
    if not lines:
        return
    click.echo("From PyPI into .venv, for the tests in a browser: playwright, which drives it, "
               "and two that judge pages, axe and the Nu HTML checker (100 MB).")
    try:
        environment.install(*lines, extra="browser")
    except environment.InstallError as error:
        if os.environ.get("CI"):
            raise click.ClickException(str(error)) from error
        click.echo(f"{error}\nGoing on without: tests that need them are skipped.", err=True)


def need_text_browser() -> None:
    """Install lynx, in which a form is filled in too; say it when it cannot be had."""
    install(packages.missing_text_browser(), "for a test that uses a page in a text browser")


def install(wanted: list[str], why: str, note: str = "") -> bool:
    """Install Debian packages and say why, or end in CI, or go on without them elsewhere.

    Whether all of them are there in the end.
    """
    if not wanted:
        return True
    line = shlex.join(packages.command(wanted))
    if packages.way() is not None:
        click.echo(f"From apt, {why}: {', '.join(wanted)}. {note}".rstrip())
        if packages.install(wanted):
            return True
        fault = "apt could not install them; its own words are above."
    else:
        fault = "This needs root or sudo, and apt."
    text = f"{fault} As root, run:\n  {line}"
    if os.environ.get("CI"):
        raise click.ClickException(text)
    click.echo(f"{text}\nGoing on without {', '.join(wanted)}: tests that need them are skipped.",
               err=True)
    return False


def compile_mod_wsgi() -> None:
    """Build mod_wsgi for just this Python where Apache's headers are there; the newest is best."""
    if importlib.util.find_spec("mod_wsgi") or not packages.can_compile_mod_wsgi():
        return
    click.echo("From PyPI into .venv, compiled for this Python and Apache: mod_wsgi.")
    try:
        # A cached wheel may have been built for another interpreter of the same version.
        environment.install("mod_wsgi>=5.0", options=("--no-cache-dir",))
    except environment.InstallError as error:
        if not packages.has_mod_wsgi():
            raise click.ClickException(
                f"{error}\nDebian's libapache2-mod-wsgi-py3 serves its own Python.") from error
        click.echo(f"{error}\nGoing on with the system's mod_wsgi.", err=True)
