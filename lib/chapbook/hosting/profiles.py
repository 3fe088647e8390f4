"""Host profiles: what packing has to know of a host, in apache/hosts/NAME.ini.

default.ini there has every option with its explanation; a profile has those that differ. Sections
`[host mail]` and the like are no options of the profile: they become sections of host.ini.
"""
from __future__ import annotations

import os
import re
from typing import NamedTuple

from .. import ini
from ..errors import ConfigError

DEFAULT = "default"
CHOICES = {
    "[python] bytecode": ("host", "packed"),
    "[gateway] kind": ("cgi", "fastcgi", "passenger", "wsgi"),
    "[htaccess] authorization": ("CGIPassAuth", "rewrite", "none"),
    "[folders] mode": ("700", "711", "750", "755"),
}
SWITCHES = ("[folders] inside", "[htaccess] options", "[htaccess] handler")

# One or more folders; the configuration of a web server is made of them, and so is Python.
_FOLDER = re.compile(r"[A-Za-z0-9][\w.-]*+(?:/[A-Za-z0-9][\w.-]*+)*+", re.ASCII)
# The kernel takes a #! line of 127 bytes, older ones; an interpreter's path has no space.
_INTERPRETER = re.compile(r"/[\w./+-]{1,120}", re.ASCII)
_VERSION = re.compile(r"3\.(?:1[1-9]|[2-9]\d)")


class Profile(NamedTuple):
    """A host: what is in its file, with whatever the command line said instead."""

    name: str
    title: str
    guide: str
    home: str
    public: str
    private: str
    inside: bool
    mode: str                    # of the private folder
    interpreter: str
    version: str                 # "3.11"
    bytecode: str
    platform: str
    kind: str
    options: bool
    handler: bool
    authorization: str
    settings: dict[str, dict[str, str]]      # of host.ini


def names(root: str) -> list[str]:
    """The profiles that are there."""
    return sorted(name.removesuffix(".ini") for name in os.listdir(folder(root))
                  if name.endswith(".ini") and not name.startswith("."))


def folder(root: str) -> str:
    """Where the profiles of a tree are."""
    return os.path.join(root, "apache", "hosts")


def read(root: str, name: str, *, python: str = "", public: str = "", private: str = "",
         inside: bool = False) -> Profile:
    """The profile of this name, or in the .ini file of this path.

    `python` is another version ("3.12") or another interpreter ("/usr/bin/python3.12"), `public`
    and `private` are other folders. ConfigError for what cannot be, with what to do.
    """
    options, settings = _options(root, name)
    if inside:
        options["folders"]["inside"] = "yes"
    options["folders"]["public"] = public or options["folders"]["public"]
    options["folders"]["private"] = private or options["folders"]["private"]
    at = f"{name}: [folders]"
    for option in ("public", "private"):
        if not _FOLDER.fullmatch(options["folders"][option]):
            raise ConfigError(
                f"{at} {option} = {options['folders'][option]!r} can be no folder: write it "
                "without / at its ends, and without spaces, such as public_html.")
    _check_places(at, options)
    path, version = _python(name, options["python"], python)
    profile, folders, htaccess = options["profile"], options["folders"], options["htaccess"]
    if folders["inside"] == "yes":            # the tree is the public folder; visitors get a part
        folders["private"], folders["mode"] = folders["public"], "755"
        folders["public"] += "/htdocs"
    return Profile(
        os.path.basename(name).removesuffix(".ini"), profile["title"], profile["guide"],
        folders["home"], folders["public"], folders["private"], folders["inside"] == "yes",
        folders["mode"], path, version, options["python"]["bytecode"],
        options["python"]["platform"], options["gateway"]["kind"], htaccess["options"] == "yes",
        htaccess["handler"] == "yes", htaccess["authorization"].replace("none", ""), settings)


def _options(root: str, name: str) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """Every option of a profile, and the settings for host.ini."""
    options = ini.read(os.path.join(folder(root), f"{DEFAULT}.ini"))
    path = name if name.endswith(".ini") else os.path.join(folder(root), f"{name}.ini")
    if not os.path.isfile(path):
        raise ConfigError(
            f"There is no profile of a host called {name!r}. There are: {', '.join(names(root))}. "
            "For another host, copy apache/hosts/default.ini to a file of its name.")
    settings: dict[str, dict[str, str]] = {}
    for section, values in ini.read(path).items():
        if section.startswith("host "):
            settings[section.removeprefix("host ")] = values
            continue
        if section not in options:
            raise ConfigError(f"{path}: there is no section [{section}]; known are: "
                              f"{', '.join(options)}, and [host SECTION] for settings of the site.")
        for option, text in values.items():
            if option not in options[section]:
                raise ConfigError(f"{path}: [{section}] has no option {option!r}; known are: "
                                  f"{', '.join(options[section])}.")
            _check(f"{path}: [{section}] {option}", f"[{section}] {option}", text)
            options[section][option] = text
    return options, settings


def _check(where: str, option: str, text: str) -> None:
    """Refuse a value that is none of those there are."""
    known = ("yes", "no") if option in SWITCHES else CHOICES.get(option)
    if known and text not in known:
        raise ConfigError(f"{where} = {text!r} is unknown; known are: {', '.join(known)}.")


def _check_places(at: str, options: dict[str, dict[str, str]]) -> None:
    """Refuse folders of which one lies in the other, unless that is what the host is like."""
    public, private = options["folders"]["public"], options["folders"]["private"]
    kind = options["gateway"]["kind"]
    if kind in ("passenger", "wsgi"):
        if public != f"{private}/htdocs" or options["folders"]["inside"] == "yes":
            raise ConfigError(
                f"{at} with kind = {kind} all is in one folder, and public is its htdocs: write "
                f"public = {private}/htdocs, and leave inside = no.")
    elif kind == "fastcgi" and options["htaccess"]["handler"] == "no":
        raise ConfigError(f"{at} kind = fastcgi wants handler = yes: by .htaccess mod_fcgid learns "
                          "which script is to stay.")
    elif options["folders"]["inside"] == "no" and (
            f"{private}/".startswith(f"{public}/") or f"{public}/".startswith(f"{private}/")):
        raise ConfigError(
            f"{at} private = {private} and public = {public}: one lies in the other, and visitors "
            "would get what is private. Choose a folder beside the public one; where the host "
            "gives nothing else, inside = yes (or --inside) closes what lies in it.")


def _python(name: str, options: dict[str, str], asked: str) -> tuple[str, str]:
    """The path of the interpreter, and its version."""
    path, version = options["path"], options["version"]
    if asked.startswith("/"):
        path = asked
        found = re.search(r"3\.\d+$", asked)
        version = found[0] if found else version
    elif asked:
        version = asked
        if "{" not in path and not path.endswith(version):
            path = re.sub(r"python3(\.\d+)?$", f"python{version}", path)
    if not _VERSION.fullmatch(version):
        raise ConfigError(f"{name}: Python {version!r} will not do: Chapbook needs 3.11 or newer. "
                          "Write it like --python 3.12, or the path of the host's interpreter.")
    path = path.replace("{version}", version).replace("{digits}", version.replace(".", ""))
    if not _INTERPRETER.fullmatch(path):
        raise ConfigError(f"{name}: {path!r} can be no interpreter: write its whole path on the "
                          "host, such as /usr/bin/python3.")
    return path, version
