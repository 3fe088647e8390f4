#!/usr/bin/env python3
"""The way into a site that lies above the public folder: this file alone is in its cgi-bin/.

Every address without a file of its own comes here by the rules of .htaccess. ./chapbook pack fills
in the first line and SITE, for the host that it packs for.
"""
import os
import sys

if sys.version_info < (3, 11):   # which could not even read what is imported below
    print("Status: 500 Internal Server Error\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
          "This site needs Python 3.11 or newer, and the first line of cgi-bin/chapbook.py starts "
          "Python %d.%d. Write the path of a newer one there; the host knows it." %
          sys.version_info[:2])
    sys.exit("chapbook.py: Python 3.11 or newer is needed")

SITE = "../../chapbook"          # the folder that holds lib/, as seen from the folder of this file
ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.realpath(__file__)), SITE))
sys.path[0] = ROOT + "/lib"      # instead of this folder: no file beside this one hides a module
try:
    from chapbook import run
    from chapbook.server.dispatch import Dispatcher
except ModuleNotFoundError as error:
    if error.name != "chapbook":
        raise
    print("Status: 500 Internal Server Error\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
          "The site was not found: in cgi-bin/chapbook.py the line SITE = ... must lead to the "
          "folder that holds lib/, and the web server must be allowed to read it.")
    sys.exit("chapbook.py: there is no %s/lib/chapbook, or it cannot be read" % ROOT)

if __name__ == "__main__":
    run(Dispatcher(ROOT))
