"""A shared host for tests: Apache as one user, the scripts of a home folder as another by suexec.

What is on it came out of a zip, unpacked as a file manager does; nothing else of this tree is
there, neither .venv nor a shell.
"""
from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.support.gateways.base import Gateway
from tests.support.gateways.suexec import Suexec
from tests.support.sites import GROUP, USER, place

# Everything that a user may ask for in .htaccess is allowed.
FULL = """
DocumentRoot "{public}"
TraceEnable off
<Directory "{public}">
    Options FollowSymLinks
    AllowOverride All
    Require all granted
</Directory>
"""
# Options are the host's own, and so is the folder that scripts run in.
WITHOUT_OPTIONS = """
DocumentRoot "{public}"
TraceEnable off
ScriptAlias "/cgi-bin/" "{public}/cgi-bin/"
<Directory "{public}">
    Options SymLinksIfOwnerMatch
    AllowOverride FileInfo
    Require all granted
</Directory>
<Directory "{public}/cgi-bin">
    Options +ExecCGI
</Directory>
"""
# As the file managers of hosts extract: the modes are those of the zip, whatever the umask is.
_UNZIP = """
import os, sys, zipfile
os.umask(0o002)
with zipfile.ZipFile(sys.argv[1]) as file:
    file.extractall(".")
    for info in file.infolist():
        os.chmod(info.filename, info.external_attr >> 16 & 0o777)
"""


class Host(Gateway):
    """A home folder with public_html, served; `home` is its path. `stop` removes it."""

    name = "host"

    def __init__(self, configuration: str) -> None:
        top = Path(tempfile.mkdtemp(prefix="chapbook-home-", dir=place()))
        top.chmod(0o755)
        self._top = top
        self.home = top / "home"
        self.public = self.home / "public_html"
        try:
            self.public.mkdir(parents=True)
            for folder in (self.home, self.public):
                shutil.chown(folder, USER, GROUP)
            self.server = Suexec(
                str(self.home), configuration=configuration.format(public=self.public))
            self.server.start()
        except BaseException:
            shutil.rmtree(top)
            raise
        self.port = self.server.port

    def unpack(self, archive: Path) -> None:
        """Extract a zip in the home folder, as its user."""
        copy = self._top / archive.name
        shutil.copy(archive, copy)
        self.as_user("-c", _UNZIP, str(copy))

    def as_user(self, *arguments: str) -> str:
        """What the host's own Python prints, started by the user in the home folder."""
        ran = subprocess.run(
            ["/usr/bin/python3", "-I", *arguments], cwd=self.home, user=USER, group=GROUP,
            extra_groups=[], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def upload(self, name: str, data: bytes, mode: int = 0o644) -> Path:
        """Put a file below the home folder, as an FTP client does."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(mode)
        for each in (path, path.parent):
            shutil.chown(each, USER, GROUP)
        return path

    def stop(self) -> None:
        self.server.stop()
        shutil.rmtree(self._top)


def here() -> str | None:
    """Why there can be no such host on this machine, or None."""
    if not os.access("/usr/lib/apache2/suexec", os.X_OK):
        return "There is no suexec here (./chapbook check installs it)."
    return None
