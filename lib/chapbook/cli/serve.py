"""./chapbook serve: this site in a browser, with nothing to set up."""
from __future__ import annotations

import errno
import os
import signal
import socket
from typing import Any

import click

from chapbook import config

from .site import has_accounts, prepare


class Port(click.IntRange):
    """A port, and a sentence for what is none."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        try:
            return int(super().convert(value, param, ctx))
        except click.BadParameter:
            self.fail(f"{value!r} is no port: a whole number from {self.min} to {self.max} is "
                      "wanted.", param, ctx)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True,
              help="Address to listen on; 0.0.0.0 lets the whole network in.")
@click.option("--port", default=8000, show_default=True, type=Port(0, 65535),
              help="Port to listen on; 0 picks a free one.")
@click.option("--apache", is_flag=True, help="Serve through a private Apache, by CGI.")
@click.option("--wsgi", is_flag=True, help="Serve through a private Apache, by mod_wsgi.")
def serve(host: str, port: int, apache: bool, wsgi: bool) -> None:
    """Serve this site at http://127.0.0.1:8000 until you press Ctrl-C.

    The first start makes the database (SQLite, unless site.ini names another) and puts a few
    entries into the guestbook. Scripts, templates and modules that you edit or add take effect
    on reload. --apache and --wsgi use the configuration in apache/, in an Apache of their own
    that touches nothing else on this machine.
    """
    if apache and wsgi:
        raise click.UsageError("--apache is by CGI and --wsgi by mod_wsgi: choose one.")
    # A shell that starts it in the background (with &) has it ignored; kill -INT is to end it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    settings = config.current()
    port = free(host, port)
    prepare(settings, demonstration=True)
    if apache or wsgi:
        from .apache import serve as serve_apache
        serve_apache(config.ROOT, host, port, "wsgi" if wsgi else "cgi",
                     settings.path(settings.paths.log, "chapbook.log"), tell)
    else:
        from chapbook.server.builtin import serve as serve_builtin
        if os.geteuid() == 0:
            click.echo("Its scripts run as root, because you do; any other user would do as well.")
        serve_builtin(config.ROOT, host, port, tell, mails=True)


def tell(host: str, port: int) -> None:
    """Say where the site is and what to try, now that it answers."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    click.echo(f"Serving at http://{f'[{name}]' if ':' in name else name}:{port}/ "
               "(Ctrl-C ends it)")
    if name != host:
        click.echo("Everybody on your network can reach it.")
    click.echo("Try: edit templates/index.html and reload; ./chapbook new recipes makes a page.")
    if not has_accounts(config.current()):
        click.echo("Nobody can sign in yet; this makes an account that may do everything:\n"
                   "  ./chapbook user add you@example.org --role administrator")


def free(host: str, port: int) -> int:
    """The port, or any free one for 0, after trying it; ClickException when it cannot be had."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, kind) as probe:
            # As servers do: a port that was closed a moment ago is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except socket.gaierror as error:
        raise click.ClickException(
            f"There is no address {host!r} on this machine ({error.strerror}). "
            "Leave --host out for this machine alone.") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            why = (f"Port {port} is taken, perhaps by another ./chapbook serve. "
                   f"Try: ./chapbook serve --port {port + 1 if port < 65535 else 8001}")
        elif error.errno == errno.EACCES:
            why = f"Port {port} is for root only. Try a port from 1024: --port 8000"
        elif error.errno == errno.EADDRNOTAVAIL:
            why = (f"{host} is not an address of this machine. Leave --host out, or use 0.0.0.0 "
                   "for the whole network.")
        else:
            why = f"Cannot listen on {host} port {port}: {os.strerror(error.errno or 0)}."
        raise click.ClickException(why) from error
