#!/usr/bin/env python3
"""Keeps what is posted, in a file, so that tests see whether anything happened."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + "/lib")

from chapbook import Page, Response, run


def show(request):
    """What was kept so far."""
    path = request.config.path("var", "kept.txt")
    return Response.file(path) if os.path.exists(path) else Response.text("")


def keep(request):
    """Keep one word, and say so slowly enough to be overtaken by others."""
    word = request.form["word"]
    with open(request.config.path("var", "kept.txt"), "a", encoding="utf-8") as file:
        file.write(word[:100] + "\n")
    return Response.text(f"kept {word}\n")


application = Page(get=show, post=keep, form=None)

if __name__ == "__main__":
    run(application)
