#!/usr/bin/env python3
"""The way into the site from Apache by FastCGI (mod_fcgid): a process that stays answers each page."""
import os
import sys
ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.path.insert(0, ROOT + "/lib")

if __name__ == "__main__":
    from chapbook.server.fastcgi import is_listening, serve
    if is_listening():
        from chapbook.server.reload import Reloader
        serve(Reloader(ROOT))
    # Where the host starts it anew for each request after all, or somebody tries it in a terminal.
    from chapbook import run
    from chapbook.server.dispatch import Dispatcher
    run(Dispatcher(ROOT))
