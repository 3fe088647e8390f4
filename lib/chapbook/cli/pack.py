"""./chapbook pack: this site as one zip for a host that has Python, a web server, and no shell."""
from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import click

import chapbook
from chapbook.config import ROOT
from chapbook.doctor import scripts
from chapbook.doctor.place import Place
from chapbook.errors import ConfigError
from chapbook.hosting import pack as packing, profiles, tree, writing
from chapbook.hosting.manifest import Manifest

from . import environment

if TYPE_CHECKING:
    from chapbook.hosting.pack import Packed
    from chapbook.hosting.profiles import Profile

# What .venv has and a host needs not; click it does: for the command, in its cron or shell.
OWN = ("waitress",)
# What --with-compiled adds: better hashes of passwords, pictures, MySQL's newer way to sign in.
COMPILED = ("passwords", "pictures")
RSA = "PyMySQL[rsa]"
# Where what is packed must not lie: it would be in the next zip, or in everybody's browser.
OURS = (*tree.PARTS, *tree.ALSO, "htdocs", "var")


@click.command()
@click.option("--host", metavar="PROFILE",
              help="The kind of host: a name from apache/hosts, or an .ini file of your own.")
@click.option("--out", metavar="FOLDER", default=os.path.join(ROOT, "build"),
              help="Where to write to; build/ here if it is not said.")
@click.option("--since", metavar="OLD",
              help="Only what changed since then, for /admin/upgrade: the zip or folder that was "
                   "packed before, or manifest.json from the host.")
@click.option("--python", metavar="3.x", default="",
              help="The host's Python: another version than the profile's, or its whole path.")
@click.option("--with-compiled", is_flag=True,
              help="With argon2, Pillow and cryptography, made for that Python and a usual Linux.")
@click.option("--inside", is_flag=True,
              help="All in the public folder, for a host where nothing lies outside of it.")
@click.option("--public", metavar="FOLDER", default="",
              help="What the host calls its public folder.")
@click.option("--private", metavar="FOLDER", default="", help="Another name for the private one.")
@click.option("--below", metavar="/PATH", default="",
              help="The address of the public folder, where it is not the top of its host: /~ann.")
def pack(host: str | None, out: str, since: str | None, python: str, with_compiled: bool,
         inside: bool, public: str, private: str, below: str) -> None:
    """Pack this site for a host, as a zip to upload and as a folder with the same files.

    \b
        ./chapbook pack --host cpanel
        ./chapbook pack --host cpanel --since build/chapbook-cpanel-0.1.0.zip

    Your own pages, templates and static files go in, and what the site imports; site.ini, var/ and
    tests do not. The README.txt in the zip says what to do with it. --since takes the other
    options from what was packed before.
    """
    if os.path.relpath(os.path.realpath(out), os.path.realpath(ROOT)).split(os.sep)[0] in OURS:
        raise click.UsageError(f"--out {out} lies in the site itself, and the next pack would take "
                               "it along: choose a folder beside lib, such as build.")
    old = writing.since(since) if since else None
    if old is None and not host:
        raise click.UsageError("--host is missing. There are: " + ", ".join(profiles.names(ROOT)) +
                               "; apache/hosts/default.ini explains how to add one.")
    if old is not None:
        if host in profiles.names(ROOT) and host != old.profile:
            raise ConfigError(f"{since} was packed for {old.profile}, and this is for {host}: "
                              "an upgrade cannot move a site. Leave --host out; or pack without "
                              "--since, for a new site.")
        before = old.how
        python, below = python or before.get("python", ""), below or before.get("below", "")
        inside = inside or before.get("inside") == "yes"
        with_compiled = with_compiled or before.get("with-compiled") == "yes"
        if not inside:
            public, private = public or old.folders["public"], private or old.folders["private"]
        elif not public:
            public = old.folders["private"]
    profile = _profile(host or old.profile if old else host or "", python, public, private, inside,
                       old)
    if below and not re.fullmatch(r"(?:/[A-Za-z0-9~_-][\w.~-]*+)++", below, re.ASCII):
        raise click.UsageError(f"--below {below} is no path of an address: write it like /club.")
    made = packing.packed(
        ROOT, os.path.join(ROOT, "htdocs"), profile, chapbook.__version__, _requirements(),
        os.path.join(ROOT, "var", "cache"), compiled=_compiled() if with_compiled else (),
        below=below, say=click.echo)
    for finding in scripts.can_be_started(Place(ROOT)):
        click.echo(f"{finding.sentence}\n    {finding.remedy}", err=True)
    if old is None:
        _write(made, profile, out)
    else:
        _check_same(made.manifest, old, since or "")
        _write_upgrade(made, old, out)


def _profile(host: str, python: str, public: str, private: str, inside: bool,
             old: Manifest | None) -> Profile:
    """The profile with what the command line says instead."""
    profile = profiles.read(ROOT, host, python=python, public=public, private=private,
                            inside=inside)
    version = old.how.get("version", "") if old and python == old.how.get("python") else ""
    return profile._replace(version=version or profile.version)


def _write(made: Packed, profile: Profile, out: str) -> None:
    """Write zip and folder, and say what to do with them."""
    name = os.path.join(out, f"chapbook-{profile.name}-{made.manifest.version}")
    content = writing.whole(made, profile.mode)
    try:
        writing.write_folder(content, name)
        writing.write_zip(content, f"{name}.zip")
    except OSError as error:
        raise click.ClickException(f"{name} cannot be written: {error.strerror}.") from error
    size = os.path.getsize(f"{name}.zip")
    click.echo(f"{_shown(name)}.zip: {len(content.parts)} files, {size / 1e6:.1f} MB, "
               f"release {made.manifest.release}, for {profile.title}.")
    click.echo(f"{_shown(name)}/ holds the same as a folder.")
    click.echo("Python on the host: " + profile.interpreter)
    click.echo(f"Next: what README.txt in it says; {profile.guide} tells more. Keep the zip, for "
               "the next --since.")


def _write_upgrade(made: Packed, old: Manifest, out: str) -> None:
    """Write the zip of what changed, and say what is in it."""
    content = writing.upgrade(made, old)
    name = os.path.join(out, f"chapbook-{made.manifest.profile}-{made.manifest.version}-upgrade-"
                             f"{made.manifest.release[:8]}.zip")
    try:
        writing.write_zip(content, name)
    except OSError as error:
        raise click.ClickException(f"{name} cannot be written: {error.strerror}.") from error
    removed = sum(1 for each in old.files if each not in made.manifest.files)
    click.echo(f"{_shown(name)}: {len(content.parts) - 1} files to be replaced or added, {removed} "
               f"to be removed; from release {old.release} to {made.manifest.release}.")
    click.echo("Next: sign in to the site as an administrator, and open /admin/upgrade. When that "
               "is done, keep this zip: the next --since is since this one.")


def _check_same(new: Manifest, old: Manifest, since: str) -> None:
    """Refuse to lead a site from one host to another by an upgrade."""
    if (new.profile, new.folders) != (old.profile, old.folders):
        raise ConfigError(
            f"{since} was packed for {old.profile} with the folders {_named(old)}, and this is for "
            f"{new.profile} with {_named(new)}: an upgrade cannot move a site. Leave --host and "
            "the folders out, and they are as before; or pack without --since, for a new site.")


def _named(manifest: Manifest) -> str:
    return " and ".join(manifest.folders.values())


def _requirements() -> list[str]:
    """What goes into vendor/: what setup.cfg says that an installation needs, and the command."""
    return [line for line in environment.requirements("serve") if _word(line) not in OWN]


def _word(line: str) -> str:
    return re.split(r"[^\w.-]", line, maxsplit=1)[0]


def _compiled() -> list[str]:
    return [*(line for extra in COMPILED for line in environment.requirements(extra)), RSA]


def _shown(path: str) -> str:
    """A path as short as it can be said from here."""
    short = os.path.relpath(path)
    return path if short.startswith("..") else short
