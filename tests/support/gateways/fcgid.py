"""A private Apache with mod_fcgid, which starts processes of apache/dispatch.fcgi as needed."""
from __future__ import annotations

from chapbook.cli.apache import Apache

from tests.support.gateways.apache import OnApache
from tests.support.sites import Site


class Fcgid(Apache):
    """The virtual host of the tree, or another, with mod_fcgid beside mod_cgid."""

    def _text(self, modules: str, wsgi: str, port: int) -> str:
        first, mark, rest = super()._text(modules, wsgi, port).partition("ScriptSock ")
        return (f'{first}LoadModule fcgid_module "{modules}/mod_fcgid.so"\n'
                f'FcgidIPCDir "{self.folder}"\n'
                f'FcgidProcessTableFile "{self.folder}/fcgid.table"\n'
                f"Define CHAPBOOK_FCGID\n{mark}{rest}")


class FcgidGateway(OnApache):
    """The virtual host of the tree by FastCGI."""

    name = "fcgid"
    cut_off = 500             # mod_fcgid's own: it reads the body before a process gets any of it

    def __init__(self, site: Site, configuration: str | None = None) -> None:
        super().__init__(site, Fcgid(str(site.root), configuration=configuration))
