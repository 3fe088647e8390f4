"""A private Apache that runs scripts as another user than its own: only root can try it."""
from __future__ import annotations

import os
import shutil

from chapbook.cli.apache import Apache
from chapbook.cli.packages import SUEXEC

from tests.support.gateways.apache import OnApache
from tests.support.mariadb import need
from tests.support.sites import GROUP, SUEXEC_ROOT, USER, Site

CALLER = "www-data"           # who alone may run suexec, and so the server


class Suexec(Apache):
    """Apache as one user, scripts as the owner of the site, whose files Apache may not read."""

    account = f"SuexecUserGroup {USER} {GROUP}"

    def __init__(self, root: str, configuration: str | None = None) -> None:
        super().__init__(root, user=CALLER, configuration=configuration)

    def _check_readable(self) -> None:
        assert self.root.startswith(SUEXEC_ROOT), f"suexec runs nothing in {self.root}"
        if not os.path.exists(SUEXEC):
            need("Apache's suexec is missing (./chapbook check installs it)")

    def _check_python(self) -> None:
        assert shutil.which("python3", path="/usr/local/bin:/usr/bin:/bin")   # all that it looks in

    def _text(self, modules: str, wsgi: str, port: int) -> str:
        text = super()._text(modules, wsgi, port)
        first, mark, rest = text.partition("ScriptSock ")
        return (f'{first}LoadModule suexec_module "{modules}/mod_suexec.so"\n'
                f"{self.account}\n{mark}{rest}")


class SuexecGateway(OnApache):
    """The virtual host of the tree by CGI, its scripts under suexec."""

    name = "suexec"
    of_one_request = True

    def __init__(self, site: Site) -> None:
        super().__init__(site, Suexec(str(site.root)))
