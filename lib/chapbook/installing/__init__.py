"""Setting up a site: from uploaded files to a first administrator, step by step, once.

What is answered is kept in a private file (`state`) until the last step (`finishing`) does all of
it in one go. The page of a browser (cgi-bin/install.py) and `./chapbook install` use the same
functions: a mistake is an `Invalid`, with a sentence for each answer that has to be another one.
"""
from __future__ import annotations
