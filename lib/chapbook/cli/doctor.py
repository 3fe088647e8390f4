"""./chapbook doctor: what is wrong with this installation, and what to do about it."""
from __future__ import annotations

import json
import signal
import sys
import textwrap

import click

from chapbook import config, doctor as examiner
from chapbook.doctor import RED, Finding

WIDTH = 80


@click.command()
@click.option("--deploy", is_flag=True,
              help="Demand what a site needs that people come to, and ask the running site.")
@click.option("--offline", is_flag=True,
              help="Ask neither the running site nor the mail server; with --deploy.")
@click.option("--url", default="", metavar="URL",
              help="Where the running site is asked, if not at its base_url; with --deploy.")
@click.option("--plain-url", default="", metavar="URL",
              help="Where it answers without encryption, if not at port 80; with --deploy.")
@click.option("--fix", is_flag=True,
              help="Offer to mend what can be mended, one thing after the other.")
@click.option("--yes", is_flag=True, help="With --fix: mend all of it without being asked.")
@click.option("--log", "logs", type=click.Path(exists=True, dir_okay=False), multiple=True,
              help="Read this log of a web server instead, and say what it tells.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings for programs.")
def doctor(
    deploy: bool, offline: bool, url: str, plain_url: str, fix: bool, yes: bool,
    logs: tuple[str, ...], as_json: bool,
) -> None:
    """Look for what is wrong with this site: its files, settings and database.

    With --deploy also for what must be right before people come: what the running site answers,
    what can be fetched and must not, mail, cron, administrators. Run it as the user whom the pages
    run as. Red findings must be mended, amber ones should be; each is explained in docs/doctor.md.

    Nothing is changed without --fix, which asks before. With --deploy small files are put into the
    site's folders for a moment, to see what the web server does with them; where it refuses a line
    of .htaccess, that file is set aside for some seconds to find out which.
    """
    if logs:
        found = [finding for path in logs for finding in _read(path)]
    else:
        for ended in (signal.SIGTERM, signal.SIGHUP):        # by a closed window, too
            if signal.getsignal(ended) is signal.SIG_DFL:    # nohup has it go on
                signal.signal(ended, lambda number, frame: sys.exit(1))    # tidies up on the way
        found = examiner.examine(
            config.ROOT, deploy=deploy, offline=offline, url=url, plain=plain_url)
    if fix and not as_json and _mend(found, yes):
        click.echo("Looking again.\n")
        found = examiner.examine(
            config.ROOT, deploy=deploy, offline=offline, url=url, plain=plain_url)
    if as_json:
        click.echo(json.dumps([finding.as_dict() for finding in found], indent=2))
    else:
        for finding in found:
            click.echo(told(finding) + "\n")
        click.echo(_count(found))
    if any(finding.severity == RED for finding in found):
        raise SystemExit(1)


def _read(path: str) -> list[Finding]:
    from chapbook.doctor import serverlog

    try:
        return serverlog.read(path)
    except OSError as error:
        raise click.ClickException(
            f"{path} cannot be read ({error.strerror}). Many logs are for the host alone: save the "
            "part that its control panel shows to a file, and name that.") from error


def _mend(found: list[Finding], yes: bool) -> bool:
    """Ask for each finding that can be mended; whether anything was done."""
    from chapbook.doctor import mending
    from chapbook.doctor.place import Place

    done = False
    for repair in mending.offers(Place(config.ROOT), found):
        click.echo(told(repair.finding))
        if yes or click.confirm(f"  {repair.question}", default=False):
            click.echo(f"  {repair.do()}\n")
            done = True
    return done


def told(finding: Finding) -> str:
    """A finding for a terminal: what it is, what was seen, what to do."""
    seen = textwrap.fill(finding.sentence, WIDTH, initial_indent="  ", subsequent_indent="  ",
                         break_long_words=False, break_on_hyphens=False)
    # Not filled: a command is copied whole.
    remedy = finding.remedy.replace("\n", "\n     ")
    return f"{finding.severity.upper():<5} {finding.name}\n{seen}\n  -> {remedy}"


def _count(found: list[Finding]) -> str:
    if not found:
        return "Nothing is wrong, as far as the doctor can see."
    red = sum(finding.severity == RED for finding in found)
    return (f"Red, to be mended before people come: {red}. Amber, should be mended: "
            f"{len(found) - red}.\ndocs/doctor.md says more of each.")
