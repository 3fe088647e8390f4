#!/usr/bin/env python3
"""Picture: the pictures of people, for who is signed in."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import NotFound, Page, Response, Routes, run
from collection import permissions, pictures


def show(request, name):
    """One picture, by the random name of its file."""
    if not pictures.is_somebodys(request.db, name):
        raise NotFound("There is no such picture.")
    kind = pictures.TYPES[name.rpartition(".")[2]]
    response = Response.file(pictures.path_of(request.config, name), type=kind)
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=86400"      # another picture has another name
    return response


application = Routes({"/{name}": Page(get=show, allow=permissions.PICTURES)})

if __name__ == "__main__":
    run(application)
