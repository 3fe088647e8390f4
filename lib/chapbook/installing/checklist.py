"""What is left to do when the site is set up: on the last page, and in a file for later."""
from __future__ import annotations

import os
import stat
import sys
from shlex import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..config import Config

FILE = "checklist.txt"        # in var/


class Item:
    """One thing to do: its `title`, a `text` of a sentence or two, and a `line` to copy, or ""."""

    def __init__(self, title: str, text: str, line: str = "") -> None:
        self.title, self.text, self.line = title, text, line


def items(config: Config, left: list[str], noted: list[str]) -> list[Item]:
    """What is left to do for this site; `left` are files with codes that could not be removed,
    `noted` what the last step had to say."""
    found = [Item("Something to know", text) for text in noted]
    if left:
        found.append(Item(
            "Delete the file with the code",
            f"It is yours, so the page could not: {', '.join(map(os.path.basename, left))}."))
    mode = stat.S_IMODE(os.stat(config.root).st_mode)
    if mode & 0o022:
        found.append(Item(
            "Close the folder again",
            f"Others can write into the folder {os.path.basename(config.root)}: give it the "
            "permissions 755 in your FTP program."))
    if str(config.site.base_url).startswith("http:"):
        found.append(Item(
            "Have the site encrypted",
            "Most hosts give a certificate for nothing (in the control panel: SSL, or Let's "
            "Encrypt). Then write the address with https into site.ini, and have the host lead "
            "all visitors there.", f"base_url = https{str(config.site.base_url)[4:]}"))
    found.append(Item(
        "Let cron run once a minute",
        "It sends the mails that wait, and tidies up. In the control panel this is called cron "
        "jobs; the times are five asterisks.", f"* * * * * {cron(config)}"))
    if config.mail.via == "folder":
        found.append(Item(
            "Let mail leave",
            "As it is, mails are only written into files (var/mail). When you know your host's "
            "mail server, write it into site.ini, below [mail].", "via = smtp"))
    found += [
        Item("Switch on a second factor",
             "Sign in, and open your account: a code from your telephone keeps out whoever has "
             "come by your password."),
        Item("Make backups",
             "All that the site keeps is in its database and in var/. One page makes a file of "
             "it: take one now, and one every week.", f"{config.site.base_url}/admin/backup"),
        Item("Ask the doctor", "It looks at the whole site, and says what could be better.",
             f"{config.site.base_url}/doctor"),
    ]
    return found


def cron(config: Config) -> str:
    """The command that cron has to run on this machine."""
    command = config.path("chapbook")
    if os.access(command, os.X_OK):
        return f"{quote(command)} cron"
    paths = ":".join(path for path in (config.path("lib"), config.path("vendor"))
                     if os.path.isdir(path))
    return f"PYTHONPATH={quote(paths)} {quote(sys.executable)} -P -m chapbook.cli cron"


def keep(config: Config, found: list[Item]) -> None:
    """Write the list into var/, for whoever closes the window too soon; never raises."""
    path = os.path.join(config.path(config.paths.var), FILE)
    text = "What is left to do for this site\n\n" + "\n".join(
        f"[ ] {item.title}\n    {item.text}\n" + (f"    {item.line}\n" if item.line else "")
        for item in found)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        pass                                      # it is shown, too
