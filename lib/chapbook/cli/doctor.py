"""./chapbook doctor: what is wrong with this installation, and what to do about it."""
from __future__ import annotations

import json
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
@click.option("--json", "as_json", is_flag=True, help="Print the findings for programs.")
def doctor(deploy: bool, offline: bool, url: str, plain_url: str, as_json: bool) -> None:
    """Look for what is wrong with this site: its files, settings and database.

    With --deploy also for what must be right before people come: what the running site answers,
    what can be fetched and must not, mail, cron, administrators. Run it as the user whom the pages
    run as. Red findings must be mended, amber ones should be; each is explained in docs/doctor.md.

    Nothing is changed. With --deploy two small files are put into htdocs/ and var/ for a moment,
    to see whether they can be fetched.
    """
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
