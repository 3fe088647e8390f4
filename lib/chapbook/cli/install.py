"""./chapbook install: the steps of the installer in a shell, asked one by one or given by flags."""
from __future__ import annotations

import sys
from collections.abc import Callable

import click

from chapbook import config as configuration
from chapbook import passcode
from chapbook.accounts import passwords
from chapbook.accounts.events import SHELL
from chapbook.config import CHOICES, Config
from chapbook.doctor import RED
from chapbook.errors import HTTPError, Invalid
from chapbook.installing import (
    administrator, database, finishing, mail, probing, requirements, site, state, writing,
)

Answers = dict[str, str]

# Each flag, the step and the answer it is, and what to ask. A secret is read from a file.
QUESTIONS = {
    site.STEP: (
        ("--title", "title", "Name of the site", ""),
        ("--tagline", "tagline", "Line below it, may be empty", ""),
        ("--url", "base_url", "Address of the site, such as https://example.org", ""),
        ("--owner", "owner", "Your e-mail address, which gets what forms receive", ""),
        ("--timezone", "timezone", "Time zone, such as Europe/Paris", "UTC"),
        ("--language", "language", "Language of the pages", "en"),
    ),
    database.STEP: (
        ("--database", "engine", "Database: sqlite or mysql", "sqlite"),
        ("--database-name", "name", "Name of the database", ""),
        ("--database-user", "user", "User of the database", ""),
        ("--database-password-file", "password", "Password of that user", ""),
        ("--database-host", "host", "Host of the database", "localhost"),
        ("--database-port", "port", "Its port", "3306"),
        ("--database-socket", "socket", "Its socket, if the host names one", ""),
        ("--database-tls", "tls",
         "Encryption: auto (where it is offered), required (always) or off (never)", "auto"),
    ),
    administrator.STEP: (
        ("--name", "name", "Name of the administrator", ""),
        ("--address", "address", "E-mail address to sign in with", ""),
        ("--password-file", "password", "Password", ""),
    ),
    mail.STEP: (
        ("--mail", "via", "How mail leaves: sendmail, smtp or folder (not yet)", "folder"),
        ("--mail-sender", "sender", "Sender, empty for your own address", ""),
        ("--mail-program", "sendmail", "Path of the host's program", ""),
        ("--mail-host", "host", "Mail server", ""),
        ("--mail-port", "port", "Its port", "587"),
        ("--mail-tls", "tls", "Encryption: starttls, tls or off", "starttls"),
        ("--mail-user", "user", "User there, if any", ""),
        ("--mail-password-file", "password", "Password there", ""),
    ),
}
ONLY_FOR = {                  # what an answer is not asked for without
    database.STEP: {name: ("engine", "mysql") for name in database.OPTIONS[1:]},
    mail.STEP: {**{name: ("via", "smtp") for name in mail.OF_SMTP}, "sendmail": ("via", "sendmail"),
                "sender": ("via", "sendmail smtp")},
}
KINDS = {"engine": CHOICES["[database] engine"], "via": CHOICES["[mail] via"]}


def _flags(command: Callable[..., None]) -> Callable[..., None]:
    for step, questions in reversed(QUESTIONS.items()):
        for flag, name, words, default in reversed(questions):
            kind = click.Choice(KINDS[name]) if name in KINDS else None
            if flag.endswith("-file"):
                words = f"A file with it, in one line: {words[:1].lower()}{words[1:]}."
            command = click.option(flag, f"{step}_{name}", default=None, type=kind,
                                   help=words.rstrip(".") + ".")(command)
    return command


@click.command()
@_flags
@click.option("--generate", is_flag=True, help="Make the administrator's password up, and print it "
              "once.")
@click.option("--adopt", is_flag=True, help="Take over the Chapbook site that the database holds.")
@click.option("--try-mail", metavar="ADDRESS", help="Send a letter there, to see that it arrives.")
@click.option("--look", is_flag=True, help="Ask the site at its address for what nobody may have; "
              "for a site that is served already.")
@click.option("--yes", is_flag=True, help="Ask nothing: all is in the flags, or as usual.")
@click.option("--code", is_flag=True, help="Only write a file with the one-time code for the "
              "installer in the browser.")
def install(
    generate: bool, adopt: bool, try_mail: str | None, look: bool, yes: bool, code: bool,
    **flags: str | None,
) -> None:
    """Set up this site: its database, first administrator, settings and mail.

    What no flag says is asked. With --yes, or where there is no terminal, nothing is: then the
    flags must say at least the title, the url, the owner, and the administrator's name, address
    and password. It can be interrupted and run again until it is done, and then no more.
    """
    settings = configuration.load(None, root=configuration.ROOT)
    if state.is_set_up(settings):
        raise click.ClickException(
            "This site is set up already: there is a site.ini. To change it, edit that file; "
            "./chapbook user add makes more accounts.")
    if code:
        click.echo(passcode.make(settings))
        return
    asker = _Asker(flags, generate, ask=not yes and _is_terminal())
    if asker.asks:
        click.echo("Enter alone takes what stands in brackets. Ctrl-C ends it: nothing is set up "
                   "before the last answer.")
    _check_host(settings)
    kept = state.read(settings)
    if not kept.phase or finishing.missing(kept):
        _answer(settings, asker, adopt, try_mail, look)
    done = finishing.run(settings, SHELL)
    click.echo("\nThe site is set up. What is left to do:\n")
    for item in done.items:
        click.echo(f"  {item.title}: {item.text}" + (f"\n      {item.line}" if item.line else ""))
    if asker.generated:
        click.echo("\nThe administrator's password, shown this once and kept nowhere:", err=True)
        click.echo(asker.generated)


def _answer(
    settings: Config, asker: _Asker, adopt: bool, try_mail: str | None, look: bool
) -> None:
    """Have every step answered and kept."""
    known = asker.step(site.STEP, lambda given: site.taken(settings, given))
    state.keep(settings, site.STEP, known)
    if look:
        _look(settings, known["base_url"])
    adopted = {"adopt": "yes"} if adopt else {}
    base = asker.step(database.STEP, lambda given: database.taken(settings, {**given, **adopted}))
    state.keep(settings, database.STEP, base)
    if administrator.is_there(database.with_database(settings, base)):
        click.echo("The database has an administrator already; nobody is made a second one.")
        first = {"known": "yes", "of": database.label(base)}
    else:
        first = asker.step(
            administrator.STEP,
            lambda given: administrator.taken(settings, {"again": given["password"], **given}))
    state.keep(settings, administrator.STEP, first)
    way = asker.step(mail.STEP, lambda given: mail.taken(settings, given, known))
    if try_mail:
        with _told():
            click.echo(mail.send_trial(settings, way, known, try_mail))
    state.keep(settings, mail.STEP, way)


class _Asker:
    """Gets the answers of a step from the flags, and what is missing from whoever sits there."""

    def __init__(self, flags: dict[str, str | None], generate: bool, ask: bool) -> None:
        self._flags, self._generate, self.asks = flags, generate, ask
        self.generated = ""

    def step(self, step: str, take: Callable[[Answers], Answers]) -> Answers:
        """The answers to keep, asked again until they will do."""
        again: dict[str, str] = {}
        while True:
            given: Answers = {}
            for flag, name, words, default in QUESTIONS[step]:
                other, value = ONLY_FOR.get(step, {}).get(name, ("", ""))
                if other and given.get(other, "") not in value.split():
                    continue
                given[name] = self._one(step, flag, name, words, default, again.get(name))
            try:
                return self._agreed(take, given)
            except Invalid as error:
                if not self.asks:
                    raise click.ClickException(_said(error, step)) from error
                again = {name: text for name, text in error.fields.items() if name in given}
                if not again:             # about none of the answers: any may have to be another
                    click.echo("\n".join(error.fields.values()) or error.sentence, err=True)
                    again = dict.fromkeys(given, "")

    def _agreed(self, take: Callable[[Answers], Answers], given: Answers) -> Answers:
        try:
            return take(given)
        except Invalid as error:
            if not (self.asks and "adopt" in error.fields):
                raise
            click.echo(error.fields["adopt"], err=True)
            if not click.confirm("Take it over?"):
                raise Invalid("Choose another database.") from error
            return take({**given, "adopt": "yes"})

    def _one(
        self, step: str, flag: str, name: str, words: str, default: str, fault: str | None
    ) -> str:
        """One answer; asked anew where the last one has a `fault`, which is said first."""
        key = f"{step}_{name}"
        is_secret = flag.endswith("-file")
        known = self._flags.get(key)
        if known is not None and fault is None:
            return _line_of(known) if is_secret else known
        if is_secret and step == administrator.STEP and self._generate:
            self.generated = self.generated or passwords.generated()
            return self.generated
        if not self.asks:
            return default
        if fault:
            click.echo(fault, err=True)
        kind = click.Choice(KINDS[name]) if name in KINDS else None
        if is_secret:
            said: str = click.prompt(words, hide_input=True, default="", show_default=False,
                                     confirmation_prompt=step == administrator.STEP)
            return said
        said = click.prompt(words, default=known or default, show_default=bool(known or default),
                            type=kind, show_choices=False)
        self._flags[key] = said
        return said


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _line_of(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path} cannot be read: {error}") from error


def _check_host(settings: Config) -> None:
    """Say what the host lacks; ClickException where that is too much."""
    requirements.mend(settings)
    lines = requirements.met(settings)
    for line in lines:
        for sentence, remedy in line.said:
            click.echo(f"{line.colour}: {sentence}\n    {remedy}", err=True)
    if not requirements.can_go_on(lines):
        raise click.ClickException("What is marked red must be mended first.")
    if not writing.can_write(settings):
        raise click.ClickException(f"You may not write into {settings.root}, where site.ini "
                                   "belongs: run this as the user to whom it belongs.")
    state.prepare_var(settings)


def _look(settings: Config, address: str) -> None:
    seen = probing.look(settings, address)
    for _, colour, sentence, remedy in seen.findings:
        click.echo(f"{colour}: {sentence}\n    {remedy}", err=True)
    if seen.bars:
        raise click.ClickException("Everybody can fetch what the site stores: mend that first.")
    if not any(finding[1] == RED for finding in seen.findings):
        click.echo(f"{address} gives out nothing that it must not.")


class _told:
    """A `with` block in which what cannot be done is a sentence."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Invalid):
            raise click.ClickException(_said(error, mail.STEP)) from error
        if isinstance(error, HTTPError):
            raise click.ClickException(error.detail or error.sentence) from error


def _said(error: Invalid, step: str) -> str:
    """The sentences of an error, each with the flag that it is about."""
    flags = {"to": "--try-mail", "again": "--password-file",
             **{name: flag for flag, name, _, _ in QUESTIONS[step]}}
    lines = [f"{flags.get(name, '--' + name)}: {text}" for name, text in error.fields.items()]
    return "\n".join(lines) or error.sentence
