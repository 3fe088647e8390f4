"""The way into the site from Phusion Passenger ("Setup Python App" in cPanel).

A copy of this file belongs into the folder of the application, beside lib/ and cgi-bin/.
"""
import os
import sys
ROOT = os.path.dirname(os.path.realpath(__file__))
if not os.path.isdir(ROOT + "/lib/chapbook"):
    ROOT = os.path.dirname(ROOT)
sys.path.insert(0, ROOT + "/lib")

os.umask(0o077)                     # what pages write is private, as in every other way of serving
from chapbook.server.reload import Reloader     # noqa: E402
application = Reloader(ROOT, files=True)
