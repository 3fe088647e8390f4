"""lib/cgi.py: what the documentation says of cgi holds, for it and for Python's own while there is.

Each test without `ours` runs on both modules where this Python has its own (3.11 and 3.12).
"""
from __future__ import annotations

import cgi as ours
import io
import os
from types import ModuleType

import pytest

from tests.support.lost import lost
from tests.support.wire import multipart

MODULES = {"ours": ours, "python": lost("cgi")}
URLENCODED = "application/x-www-form-urlencoded"
ODD = "----=_Part;x"


@pytest.fixture(params=[name for name, module in MODULES.items() if module is not None])
def cgi(request: pytest.FixtureRequest) -> ModuleType:
    """Our module, and Python's."""
    return MODULES[request.param]


def posted(module, body: bytes, kind: str = URLENCODED, query: str = "", **options):
    """A FieldStorage of a POST."""
    return module.FieldStorage(fp=io.BytesIO(body), environ={
        "REQUEST_METHOD": "POST", "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(body)),
        "QUERY_STRING": query}, **options)


def asked(module, query: str, **options):
    """A FieldStorage of a GET."""
    return module.FieldStorage(environ={"REQUEST_METHOD": "GET", "QUERY_STRING": query}, **options)


def test_a_form_is_like_a_dictionary_of_its_fields(cgi) -> None:
    form = asked(cgi, "name=Ann&addr=Here+and%20there&addr=x")
    assert sorted(form.keys()) == sorted(form) == ["addr", "name"] and len(form) == 2
    assert "name" in form and "nobody" not in form and bool(form) and not asked(cgi, "")
    assert form["name"].value == "Ann" and form["name"].name == "name"
    assert [item.value for item in form["addr"]] == ["Here and there", "x"]
    assert [(item.name, item.value) for item in form.list] == [
        ("name", "Ann"), ("addr", "Here and there"), ("addr", "x")]
    with pytest.raises(KeyError):
        form["nobody"]


def test_getvalue_getfirst_and_getlist(cgi) -> None:
    form = asked(cgi, "user=a&user=b&item=c")
    assert form.getvalue("user") == ["a", "b"] and form.getvalue("item") == "c"
    assert form.getvalue("none") is None and form.getvalue("none", "x") == "x"
    assert form.getfirst("user") == "a" and form.getfirst("none", "") == ""
    assert (form.getlist("user"), form.getlist("item"), form.getlist("none")) == (
        ["a", "b"], ["c"], [])


def test_empty_values_are_left_out_unless_they_are_kept(cgi) -> None:
    assert asked(cgi, "a=&b=1").keys() == ["b"]
    assert asked(cgi, "a=&b=1", keep_blank_values=True).getvalue("a") == ""
    assert posted(cgi, b"a=&b=1").getvalue("a") is None
    assert posted(cgi, b"a=", keep_blank_values=1).getvalue("a") == ""


def test_strict_parsing_raises_what_is_else_left_out(cgi) -> None:
    assert asked(cgi, "a&b=1").keys() == ["b"]
    with pytest.raises(ValueError):
        asked(cgi, "a&b=1", strict_parsing=True)


def test_the_separator_is_the_ampersand_unless_another_is_named(cgi) -> None:
    assert asked(cgi, "a=1;b=2").getvalue("a") == "1;b=2"
    assert asked(cgi, "a=1;b=2", separator=";").getvalue("b") == "2"


def test_a_field_of_a_query_has_the_attributes_of_a_file_and_no_file(cgi) -> None:
    field = asked(cgi, "a=1")["a"]
    assert (field.filename, field.file, field.list, field.type, field.disposition) == (None,) * 5
    assert (field.type_options, field.disposition_options, field.headers) == ({}, {}, {})
    assert repr(field) == "MiniFieldStorage('a', '1')"
    assert cgi.MiniFieldStorage("b", "2").value == "2"


def test_encoding_and_errors_are_those_that_are_named(cgi) -> None:
    assert posted(cgi, b"a=%FC", encoding="latin-1").getvalue("a") == "ü"
    assert posted(cgi, b"a=%FC").getvalue("a") == "\ufffd"
    kind, body = multipart(("a", None, b"\xfc"), ("b", "x", b"\xfc"))
    form = posted(cgi, body, kind, encoding="latin-1")
    assert (form.getvalue("a"), form.getvalue("b")) == ("ü", b"\xfc")
    assert posted(cgi, body, kind, errors="ignore").getvalue("a") == ""


def test_the_query_belongs_to_a_post(cgi) -> None:
    assert posted(cgi, b"a=1", query="b=2").getvalue("b") == "2"
    kind, body = multipart(("a", None, b"1"))
    form = posted(cgi, body, kind, "a=0&b=2")
    assert form.getlist("a") == ["0", "1"] and form.getvalue("b") == "2"


def test_a_file_has_its_name_its_type_and_its_content(cgi) -> None:
    kind, body = multipart(("photo", "C:\\boat.png", b"\0\r\n\xff" * 1000), ("text", None, b"x\ny"))
    form = posted(cgi, body, kind)
    photo = form["photo"]
    assert (photo.name, photo.filename, photo.type) == (
        "photo", "C:\\boat.png", "application/octet-stream")
    assert photo.file.read() == photo.value == b"\0\r\n\xff" * 1000 and photo.file.tell() == 0
    assert photo.disposition == "form-data"
    assert photo.disposition_options == {"name": "photo", "filename": "C:\\boat.png"}
    assert photo.headers["content-type"] == photo.headers["Content-Type"] == photo.type
    assert "content-disposition" in photo.headers and photo.headers.get("x-none") is None
    assert form.getvalue("text") == "x\ny" and form["text"].file.read() == "x\ny"
    assert (form["text"].filename, form["text"].type) == (None, "text/plain")
    assert form.type == "multipart/form-data" and form.headers["content-length"] == str(len(body))


def test_a_file_that_was_not_chosen_has_an_empty_name(cgi) -> None:
    kind, body = multipart(("photo", "", b""))
    photo = posted(cgi, body, kind)["photo"]
    assert (photo.filename, photo.value) == ("", b"")


@pytest.mark.parametrize("size", [0, 1, 999, 1000, 1001, 65_535, 65_536, 65_537, 200_000])
def test_contents_of_every_length_come_whole(cgi, size: int) -> None:
    for content in (b"x" * size, (b"\r\n--front\n\r" * size)[:size], b"\n" * size):
        kind, body = multipart(("a", "x", content), ("b", None, content))
        form = posted(cgi, body, kind)
        assert form["a"].value == content and form["b"].value == content.decode()


def test_lines_may_end_in_line_feeds_alone(cgi) -> None:
    content = b"one\r\ntwo\n\rthree"
    body = (b"--x\nContent-Disposition: form-data; name=\"a\"; filename=\"f\"\n\n" + content
            + b"\n--x\nContent-Disposition: form-data; name=b\n\n1\n--x--\n")
    form = posted(cgi, body, "multipart/form-data; boundary=x")
    assert form.getvalue("a") == content and form.getvalue("b") == "1"


def test_make_file_says_where_a_long_field_is_kept(cgi, tmp_path) -> None:
    made = []

    class Form(cgi.FieldStorage):
        def make_file(self):
            made.append(self.name)
            return open(tmp_path / f"{len(made)}", "wb+" if self.filename else "w+")

    kind, body = multipart(("small", None, b"x"), ("file", "f", b"y" * 1001),
                           ("text", None, b"z" * 5000))
    form = Form(io.BytesIO(body), environ={
        "REQUEST_METHOD": "POST", "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(body))})
    assert made == ["file", "text"] and form.getvalue("file") == b"y" * 1001
    assert (tmp_path / "1").read_bytes() == b"y" * 1001 and isinstance(form["small"], Form)


def test_a_part_that_is_multipart_itself_has_a_list(cgi) -> None:
    body = (b'--A\r\nContent-Disposition: form-data; name="name"\r\n\r\nLarry\r\n--A\r\n'
            b'Content-Disposition: form-data; name="files"\r\n'
            b'Content-Type: multipart/mixed; boundary=B\r\n\r\n'
            b'--B\r\nContent-Disposition: file; filename="one.txt"\r\nContent-Type: text/plain\r\n'
            b'\r\n1\r\n--B\r\nContent-Disposition: file; filename="two.gif"\r\n'
            b'Content-Type: image/gif\r\nContent-Transfer-Encoding: binary\r\n\r\n2\r\n--B--\r\n'
            b'--A--\r\n')
    form = posted(cgi, body, "multipart/form-data; boundary=A")
    assert form.getvalue("name") == "Larry"
    assert [(item.name, item.filename, item.value) for item in form["files"].list] == [
        (None, "one.txt", b"1"), (None, "two.gif", b"2")]
    assert form["files"].type == "multipart/mixed" and form["files"].file is None


def test_a_body_that_is_no_form_has_no_list(cgi) -> None:
    form = cgi.FieldStorage(fp=io.BytesIO(b'{"a": 1}'), environ={
        "REQUEST_METHOD": "PUT", "CONTENT_TYPE": "application/json"})
    assert form.list is None and form.type == "application/json"
    for use in (lambda: form["a"], form.keys, lambda: "a" in form, lambda: len(form)):
        with pytest.raises(TypeError):
            use()
    with pytest.raises(TypeError):
        bool(form)


def test_too_many_fields_are_a_value_error(cgi) -> None:
    kind, body = multipart(*((f"a{number}", None, b"") for number in range(4)))
    for form in (lambda: asked(cgi, "a=1&b=2&c=3&d=4", max_num_fields=3),
                 lambda: posted(cgi, b"a=1&b=2&c=3&d=4", max_num_fields=3),
                 lambda: posted(cgi, body, kind, max_num_fields=3)):
        with pytest.raises(ValueError):
            form()
    assert len(posted(cgi, body, kind, max_num_fields=4)) == 4


def test_arguments_of_other_kinds_are_refused(cgi) -> None:
    environ = {"REQUEST_METHOD": "POST"}
    for options in ({"fp": object()}, {"headers": "x"}, {"outerboundary": "x"}):
        with pytest.raises(TypeError):
            cgi.FieldStorage(**{"fp": io.BytesIO(), "environ": environ, **options})
    with pytest.raises(ValueError):
        cgi.FieldStorage(io.StringIO("a=1"), environ={**environ, "CONTENT_LENGTH": "3"})
    for kind in ("multipart/form-data", "multipart/form-data; boundary=é"):
        with pytest.raises(ValueError):
            posted(cgi, b"--x--", kind)


def test_a_text_file_is_read_by_its_bytes(cgi) -> None:
    file = io.TextIOWrapper(io.BytesIO(b"a=%C3%A9"), encoding="latin-1")
    form = cgi.FieldStorage(file, environ={"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "8"})
    assert form.getvalue("a") == "é"


def test_a_body_is_read_to_its_length_and_no_further(cgi) -> None:
    file = io.BytesIO(b"a=1&b=2")
    form = cgi.FieldStorage(file, environ={"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "3"})
    assert form.keys() == ["a"] and file.read() == b"&b=2"


def test_what_was_cut_off_is_told_by_done(cgi) -> None:
    kind, body = multipart(("a", None, b"1"), ("b", "f", b"x" * 5000))
    form = cgi.FieldStorage(io.BytesIO(body[:2000]), environ={
        "REQUEST_METHOD": "POST", "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(body))})
    assert form["a"].done == 0 and form["b"].done == -1


@pytest.mark.parametrize(("line", "value", "options"), [
    ("text/plain", "text/plain", {}),
    ("text/html; charset=utf-8", "text/html", {"charset": "utf-8"}),
    ('form-data; name="files"; filename="fo\\"o;bar"', "form-data",
     {"name": "files", "filename": 'fo"o;bar'}),
    ('attachment; FileName="a;b"; x=1', "attachment", {"filename": "a;b", "x": "1"}),
    ("a;b=;c= d ;e;=f", "a", {"b": "", "c": "d", "": "f"}),
    ('x; a="unclosed; b=2', "x", {"a": '"unclosed; b=2'}), ("", "", {}), (";a=1", "", {"a": "1"}),
])
def test_a_header_is_its_value_and_its_options(cgi, line: str, value: str, options) -> None:
    assert cgi.parse_header(line) == (value, options)


def test_parse_gives_lists_by_name(cgi) -> None:
    environ = {"REQUEST_METHOD": "GET", "QUERY_STRING": "a=1&b=2&a=3&c="}
    assert cgi.parse(io.BytesIO(), environ) == {"a": ["1", "3"], "b": ["2"]}
    assert cgi.parse(io.BytesIO(), environ, keep_blank_values=True)["c"] == [""]
    environ = {"REQUEST_METHOD": "POST", "QUERY_STRING": "b=2", "CONTENT_TYPE": URLENCODED,
               "CONTENT_LENGTH": "3"}
    assert cgi.parse(io.BytesIO(b"a=1"), environ) == {"a": ["1"], "b": ["2"]}


def test_parse_multipart_gives_lists_by_name(cgi) -> None:
    kind, body = multipart(("a", None, "é".encode()), ("f", "x", b"\xff"), ("a", None, b"2"))
    options = {"boundary": b"frontier", "CONTENT-LENGTH": str(len(body))}
    assert cgi.parse_multipart(io.BytesIO(body), options) == {"a": ["é", "2"], "f": [b"\xff"]}


def test_the_arguments_of_a_shell_stand_for_the_query(cgi, monkeypatch) -> None:
    monkeypatch.setattr("sys.argv", ["x.py", "a=1&b=2"])
    assert cgi.FieldStorage(environ={}).getvalue("b") == "2"


def test_names_that_were_dropped_before_say_what_came_in_their_place() -> None:
    for name in ("escape", "parse_qs", "parse_qsl", "log"):
        with pytest.raises(AttributeError, match="use .* in its place"):
            getattr(ours, name)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'$"):
        getattr(ours, "nonsense")
    for name in ours.__all__:
        assert getattr(ours, name)


def test_limits_hold_where_the_script_names_none(monkeypatch) -> None:
    kind, body = multipart(*((f"a{number}", None, b"") for number in range(1001)))
    for form in (lambda: posted(ours, body, kind), lambda: asked(ours, "a=1&" * 1001)):
        with pytest.raises(ValueError):
            form()
    monkeypatch.setattr(ours, "maxfields", 2000)           # a script knows better
    assert len(posted(ours, body, kind)) == 1001
    monkeypatch.setattr(ours, "maxlen", 10)
    kind, body = multipart(("a", None, b"1"))
    with pytest.raises(ValueError, match="Maximum content length"):
        posted(ours, body, kind)
    with pytest.raises(ValueError, match="Maximum content length"):
        ours.FieldStorage(io.BytesIO(body), {"content-type": kind}, environ={
            "REQUEST_METHOD": "POST"})
    monkeypatch.setattr(ours, "maxtext", 5)
    for headers in ({"content-length": "6"}, {}):
        with pytest.raises(ValueError, match="Maximum content length"):
            ours.FieldStorage(io.BytesIO(b"a=1234"), {"content-type": URLENCODED, **headers},
                              environ={"REQUEST_METHOD": "POST"})


@pytest.mark.parametrize("head", [
    "X-A: " + "b" * 9000, "\r\n".join(f"X-{number}: 1" for number in range(40)), "no header",
    "Content-Disposition: form-data; name=a\r\nContent-Length: 99"])
def test_too_long_and_broken_heads_of_parts_are_a_value_error_or_nothing(head: str) -> None:
    body = f"--x\r\n{head}\r\n\r\n1\r\n--x--\r\n".encode()
    try:
        form = posted(ours, body, "multipart/form-data; boundary=x")
    except ValueError:
        return
    assert form.getlist("a") in ([], ["1"])


def test_multipart_in_multipart_has_an_end() -> None:
    body = b"--x%d\r\n\r\n1\r\n--x%d--" % (9, 9)
    for level in range(8, -1, -1):
        body = (b"--x%d\r\nContent-Type: multipart/mixed; boundary=x%d\r\n\r\n%b\r\n--x%d--"
                % (level, level + 1, body, level))
    with pytest.raises(ValueError, match="too deep"):
        posted(ours, body, "multipart/form-data; boundary=x0")


def test_strict_parsing_refuses_a_body_that_was_cut_off() -> None:
    kind, body = multipart(("a", "f", b"x" * 100))
    with pytest.raises(ValueError):
        posted(ours, body[:90], kind, strict_parsing=True)


@pytest.mark.parametrize("make", [
    lambda size: multipart(("a", "x", b"\n" * size)),
    lambda size: multipart(("a", "x", b"\r\n--frontie" * (size // 11))),
    lambda size: multipart(("a", None, b"\r" * size)),
    lambda size: ("multipart/form-data; boundary=x", b"\n" * size + b"--x--\r\n"),
    lambda size: ("multipart/form-data; boundary=x", b'--x\nContent-Disposition: form-data; name=a;'
                  b' filename=f\n\n' + b"\n" * size + b"\n--x--\n"),
], ids=["newlines", "half-boundaries", "returns", "preamble", "line-feeds"])
def test_the_time_grows_with_the_length_of_a_body(grows_linearly, make) -> None:
    def read(sent) -> None:
        try:
            posted(ours, sent[1], sent[0]).list
        except ValueError:
            pass
    grows_linearly(read, make, 1_500_000)


def test_a_form_of_newlines_costs_a_small_part_of_what_it_did() -> None:
    """legacy-cgi, which is Python's own of old, takes seconds for three megabytes of them."""
    import time

    kind, body = multipart(("a", "x", b"\n" * 3_000_000))

    def took(module: ModuleType) -> float:
        begun = time.process_time()
        posted(module, body, kind)
        return time.process_time() - begun
    old = MODULES["python"]
    mine = min(took(ours) for _ in range(3))
    assert mine < (took(old) / 10 if old is not None else 0.5)


def test_a_large_upload_needs_little_memory() -> None:
    import tracemalloc

    kind, body = multipart(("a", "x", b"y" * (16 << 20)))
    file = io.BytesIO(body)
    tracemalloc.start()
    form = ours.FieldStorage(file, environ={
        "REQUEST_METHOD": "POST", "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(body))})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 << 20 and os.fstat(form["a"].file.fileno()).st_size == 16 << 20
