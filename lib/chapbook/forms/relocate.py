"""A page whose relative links hold wherever it is sent from.

A form in /club/join.html that was filled in wrongly is shown again by the script that received it,
at another address, from which `style.css` would be another file.
"""
from __future__ import annotations

from .edits import Edits
from .markup import tags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .markup import Tag

SPACE = "\t\n\f\r "
_ANYWHERE = frozenset({"href", "src", "action", "formaction", "poster", "background", "longdesc",
                       "xlink:href"})
_SOMEWHERE = {"data": ("object",), "cite": ("blockquote", "q", "ins", "del")}
_SETS = frozenset({"srcset", "imagesrcset"})
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-")


def relocated(text: str, path: str) -> str:
    """The HTML of the page at `path` ("/club/join.html"), its relative addresses made absolute.

    They begin with a slash then. A form without an action gets that of its page. `#...` in a link
    stays, as it is a place in the page wherever that is; so does what has a host or a scheme. Where
    the page has a `<base>`, that alone is changed, for all others depend on it.
    """
    edits = Edits(text)
    found = [tag for tag in tags(text) if not tag.is_end]
    base = next((tag for tag in found if tag.name == "base" and "href" in tag.attributes), None)
    for tag in [base] if base is not None else found:
        for name, value in tag.attributes.items():
            moved = _moved_attribute(tag, name, value, path)
            if moved != value:
                edits.set(tag, name, moved)
    for tag in found:
        if tag.name == "form" and not tag.attributes.get("action", "").strip(SPACE):
            edits.set(tag, "action", path)
    return edits.made()


def _moved_attribute(tag: Tag, name: str, value: str, path: str) -> str:
    """The value of an attribute as it is from everywhere; as it was where it is no address."""
    if name in _SETS:
        return _moved_set(value, path)
    if name == "ping":
        return " ".join([moved(url, path) for url in value.split()])
    if name not in _ANYWHERE and tag.name not in _SOMEWHERE.get(name, ()):
        return value
    first = value.strip(SPACE)[:1]
    if not first:                                 # a link to the page itself; no picture of it
        return path if name == "formaction" or tag.name in ("a", "area") else value
    if first == "#" and name in ("action", "formaction"):
        return path + value.strip(SPACE)
    return moved(value, path)


def moved(value: str, path: str) -> str:
    """One address in the page at `path` as it is from everywhere; as it was where that is so."""
    url = value.strip(SPACE).replace("\t", "").replace("\n", "").replace("\r", "")
    if url[:1] in ("#", "/", "\\"):
        return value
    if url[:1] == "?":
        return path + url
    scheme, colon, _ = url.partition(":")
    if colon and scheme[:1].isalpha() and _LETTERS.issuperset(scheme):
        return value
    return _without_dots(path[:path.rfind("/") + 1] + url)


def _without_dots(url: str) -> str:
    """The address without `.` and `..` between the slashes of its path."""
    stop = min([at for at in (url.find("?"), url.find("#")) if at >= 0], default=len(url))
    if "/." not in url[:stop]:
        return url
    parts = url[:stop].split("/")[1:]
    kept: list[str] = []
    for part in parts:
        if part == "..":
            del kept[-1:]
        elif part != ".":
            kept.append(part)
    if parts[-1] in (".", ".."):
        kept.append("")
    start = "/" if kept[:1] != [""] or len(kept) == 1 else "/./"      # "//" would begin a host
    return start + "/".join(kept) + url[stop:]


def _moved_set(value: str, path: str) -> str:
    """A `srcset` with its addresses moved; each is followed by a descriptor, and by a comma."""
    words = value.split()
    starts = True                                 # an address comes next, and no descriptor
    for index, word in enumerate(words):
        if starts:
            url = word.strip(",")
            if url:
                words[index] = word.replace(url, moved(url, path), 1)
                starts = word.endswith(",")
        elif word.endswith(","):
            starts = True
        elif "," in word:                         # 2x,other.png
            descriptor, _, url = word.partition(",")
            words[index] = f"{descriptor}, {moved(url, path)}"
    joined = " ".join(words)
    return value if joined == " ".join(value.split()) else joined
