"""What forms have received, taken away: CSV, JSON, and files."""
import csv
import html
import io
import re


def test_csv_is_saved_under_the_name_of_the_form(owner):
    owner.add("=1+1")
    answer = owner.get("/admin/take/csv/contact")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="contact-all.csv"'
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
    assert rows[0][4:] == ["Your name", "A plan"] and rows[1][4] == "'=1+1"


def test_what_is_taken_away_is_what_the_list_shows(owner):
    owner.add("Ann")
    owner.add("Bob", reasons="fast")
    assert [one["id"] for one in owner.get("/admin/take/json/contact").json()["submissions"]] == [1]
    page = owner.get("/admin/inbox/list/contact?show=spam&q=Bob")
    address = html.unescape(re.search(r'href="(/admin/take/json/[^"]+)"', page.text)[1])
    assert [one["id"] for one in owner.get(address).json()["submissions"]] == [2]


def test_a_file_is_saved_and_never_shown(owner):
    names = ("page.html", "pic.svg", "x.php", "a\"b.txt", "../../etc/passwd", "Zoë 😀.pdf", "con",
             "x" * 200)
    id = owner.add(files=[(name, b"<script>alert(1)</script>") for name in names])
    files = owner.read(id).files
    assert len(files) == len(names)
    for file in files:
        answer = owner.get(f"/admin/take/file/{id}/{file.id}")
        assert answer.body == b"<script>alert(1)</script>"
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Disposition"].startswith("attachment; ")
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["Cache-Control"] == "no-store"


def test_a_file_is_had_by_its_own_submission_alone(owner):
    first, second = owner.add(files=[("a.txt", b"a")]), owner.add(files=[("b.txt", b"b")])
    file = owner.read(first).files[0]
    assert owner.get(f"/admin/take/file/{second}/{file.id}").status == 404
