#!/usr/bin/env python3
"""The way into the site from Apache: every page by mod_wsgi; by CGI, what is not plainly one script."""
import os
import sys
ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.path.insert(0, ROOT + "/lib")

if __name__ == "__main__":
    from chapbook import run
    from chapbook.server.dispatch import Dispatcher
    run(Dispatcher(ROOT))
else:
    # What pages write is private. In Apache's own processes nothing else says so (a daemon has its
    # own setting), and of what Apache itself writes, nothing is made by these processes.
    os.umask(0o077)
    from chapbook.server.reload import Reloader
    application = Reloader(ROOT)
