"""A TCP proxy that can cut a database connection at the worst moment."""
from __future__ import annotations

import socket
import threading
from collections.abc import Callable


class CuttingProxy:
    """Passes bytes to `target` and back, until a packet from the client contains `cut_at`.

    With `after`, the server still gets that packet and its answer is swallowed; without, it never
    arrives. Either way both ends are closed. `cuts` counts down how often that is to happen.
    """

    def __init__(
        self, target: tuple[str, int], cut_at: bytes, *, after: bool, cuts: int = 1
    ) -> None:
        self.target = target
        self.cut_at = cut_at
        self.after = after
        self.cuts = cuts
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        self.threads: list[threading.Thread] = []

    def __enter__(self) -> CuttingProxy:
        self._start(self._accept)
        return self

    def __exit__(self, *reason: object) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join(10)

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self._start(self._serve, client, socket.create_connection(self.target))

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        quiet = threading.Event()
        back = threading.Thread(target=self._pass_back, args=(server, client, quiet), daemon=True)
        back.start()
        with client, server:
            while data := client.recv(65536):
                if self.cuts and self.cut_at in data:
                    self.cuts -= 1
                    if self.after:
                        quiet.set()
                        server.sendall(data)
                        server.shutdown(socket.SHUT_WR)
                        back.join(10)          # until the server has answered, to nobody
                    break
                server.sendall(data)
            for end in (client, server):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass                       # the other side was first
            back.join(10)

    @staticmethod
    def _pass_back(server: socket.socket, client: socket.socket, quiet: threading.Event) -> None:
        try:
            while data := server.recv(65536):
                if not quiet.is_set():
                    client.sendall(data)
            if not quiet.is_set():
                client.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass                               # one side is gone, and that ends it
