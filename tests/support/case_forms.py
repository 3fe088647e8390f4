"""Forms of our own making: what is chosen, grouped, disabled, pressed, and sent beside."""
from __future__ import annotations

from typing import Any

_RADIOS = "<input type=radio name=a value=1 {}><input type=radio name=a value=2 {}>"
_ONE = ("<select name=a {}><option value=''>Choose<option>1<option value=2 disabled>x<option>3"
        "</select>")
_MANY = ("<select name=a multiple {}><option>1<option selected>2<option disabled>3"
         "<option value=''>4</select>")
_OPTIONS = (
    "", "<option>", "<option value=''>", "<option value='' disabled selected>x<option>1",
    "<option disabled>1<option>2", "<option disabled selected>1<option>2",
    "<optgroup label=g><option value=''>x</optgroup><option>1",
    "<optgroup label=g disabled><option selected>1</optgroup><option>2",
    "<option> a  b\n c ", "<option label=L>t", "<option value=é>", "<option value='e\u0301'>x",
    "<option>1<option>1", "<option>a<!-- -->b", "<option><script>x</script>y", "<option>&lt;&amp;",
    "<option selected>1<option selected>2", "<hr><option>1", "<option>1</option>text<option>2",
    "<option><b>bold</b> x", "<option hidden>1<option>2", "<option value=''><option value=''>",
)
_BOXES = (
    (("1", ""), ("2", "")), (("1", "required"), ("2", "")), (("1", ""), ("1", "")),
    (("1", "required"), ("1", "required")), (("1", "disabled"), ("2", "")),
    (("1", "checked"), ("2", "checked required"), ("3", "")),
)
_TICKS: tuple[tuple[Any, ...], ...] = (
    (), (("check", 0, True),), (("check", 1, True),), (("check", 0, True), ("check", 1, True)))

# Each: the HTML, then what is done, as in tests.support.cases.Case.
FORMS: list[tuple[Any, ...]] = [
    *[(f"<input type=checkbox name=a {attributes}>", *acts)
      for attributes in (
          "", "required", "value=x", "value=x required", "checked", "checked required", "value",
          "value='' required", "disabled required", "readonly required", "value=' x '",
          "value='e\u0301'", "value='a&#10;b'")
      for acts in ((), [("check", 0, True)], [("check", 0, False)])],
    *[(_RADIOS.format(first, second), *acts)
      for first in ("", "required", "checked", "disabled", "required disabled", "checked disabled")
      for second in ("", "required", "checked", "disabled checked") for acts in _TICKS[:3]],
    *[(_ONE.format(attributes), *acts)
      for attributes in ("", "required", "required size=2", "disabled required", "required size=1",
                         "size=4")
      for acts in ((), [("choose", 0, [])], *([("choose", 0, [number])] for number in range(4)))],
    *[(_MANY.format(attributes), *acts)
      for attributes in ("", "required", "disabled", "required size=1")
      for acts in ((), *([("choose", 0, chosen)]
                         for chosen in ([], [0, 2], [2], [3], [0, 1, 2, 3])))],
    *[(f"<select name=a {attributes}>{options}</select>", *acts)
      for attributes in ("", "required", "multiple required") for options in _OPTIONS
      for acts in ((), [("choose", 0, [0])], [("choose", 0, [1])])],
    *[(f"<input type=file name=a {attributes}>", *acts)
      for attributes in ("", "required", "multiple", "multiple required", "disabled required",
                         "value=x")
      for acts in ((), [("files", 0, [["a.txt", "text/plain", 3]])],
                   [("files", 0, [["é.PNG", "", 0]])])],
    ("<input type=file name=a multiple>",
     ("files", 0, [["a", "", 1], ["b.pdf", "application/pdf", 2]])),
    # Several of one name
    *[("".join(f"<input type=checkbox name=a value={each} {flag}>" for each, flag in boxes), *acts)
      for boxes in _BOXES for acts in _TICKS],
    ("<input name=a><input name=a required>", ("set", 1, "x")),
    ("<input name=a><input name=a required>", ("set", 0, "x")),
    ("<input name=a value=1><textarea name=a>2</textarea><input type=hidden name=a value=3>",),
    ("<input type=hidden name=a value=0><input type=checkbox name=a value=1>",),
    ("<input type=hidden name=a value=0><input type=checkbox name=a value=1>", ("check", 1, True)),
    ("<input type=checkbox name=a value=1><input type=text name=a>", *_TICKS[1], ("set", 1, "1")),
    ("<select name=a><option>1<option>2</select><select name=a><option>1<option>2</select>",
     ("choose", 1, [1])),
    ("<select name=a multiple><option>1<option>2</select>"
     "<select name=a><option>1<option>2</select>",
     ("choose", 0, [0])),
    ("<input type=radio name=a value=1><input type=radio name=A value=1 required>",),
    ("<input type=radio value=1 required>",),
    ("<input type=radio name=a value=1 required><input type=checkbox name=a value=1>", *_TICKS[2]),
    # Around controls
    ("<fieldset disabled><input name=a required><legend><input name=b required></legend>"
     "</fieldset>",),
    ("<fieldset disabled><legend><input name=a required></legend><input name=b></fieldset>",
     ("set", 0, "x")),
    ("<fieldset disabled><legend>x</legend><legend><input name=a required></legend></fieldset>",),
    ("<fieldset disabled><div><legend><input name=a required></legend></div></fieldset>",),
    ("<fieldset disabled><legend><fieldset><input name=a required></fieldset></legend>"
     "</fieldset>",),
    ("<fieldset><legend><fieldset disabled><input name=a required></fieldset></legend>"
     "</fieldset>",),
    ("<fieldset disabled></fieldset><input name=a required>",),
    ("<datalist><input name=a required><select name=b required></select></datalist>"
     "<input name=c>",),
    ("<template><input name=a required></template><input name=b>",),
    ("<noscript><p>x</p></noscript><input name=b>",),
    ("<object><input name=a required></object>",), ("<svg><input name=a required></svg>",),
    ("<!-- <input name=a required> --><input name=b>",),
    ("<table><tr><td><input name=a required></table>",),
    ("<table><input type=hidden name=h value=1><input name=a><tr><td><input name=b></table>",),
    ("<p><form><input name=a required></form>",),
    ("<input name=a form=nowhere required><input name=b form=FORM><input name=c form=''>",),
    ("<iframe><input name=a required></iframe><input name=b>",),
    ("<select><input name=a required></select><input name=b>",),
    ("<textarea name=a>\n\nx</textarea>",), ("<textarea name=a>&lt;b&gt; <b></textarea>",),
    ("<textarea name=a required readonly></textarea>",), ("<input name=a required readonly>",),
    ("<input name=a readonly value=' x '>",), ("<input name=a readonly value='a&#10;b'>",),
    ("<input type=number name=a readonly required value=abc>",),
    ("<input type=number name=a min=5 value=3 readonly>",),
    ("<input type=date name=a required readonly value=2026-02-30>",),
    ("<input type=email name=a value=' x ' readonly>",),
    ("<input type=number name=a min=5 value=3>",), ("<input name=a value=abcdef maxlength=3>",),
    ("<input name=a value=a minlength=3 pattern='[b]'>",),
    ("<textarea name=a maxlength=2>abc</textarea>",),
    ("<input type=color name=a readonly required>",), ("<input type=range name=a readonly>",),
    ("<input type=color name=a alpha value=#11223344>",),
    ("<input type=color name=a colorspace=display-p3 value=#112233>",),
    # Hidden, named oddly, sent beside
    ("<input type=hidden name=a value=' x '>",), ("<input type=hidden name=a required>",),
    ("<input type=hidden name=a value='e\u0301'>",),
    ("<input type=hidden name=a value='1&#13;&#10;2&#13;3'>",),
    ("<input type=hidden name=_charset_>",), ("<input type=hidden name=_CHARSET_ value=x>",),
    ("<input name=_charset_>",), ("<input name='' required><input required><input name=b>",),
    ("<input name=isindex value=x>",), ("<input name='é'>",), ("<input name='e\u0301' required>",),
    ("<input name=' a ' value=x>",), ("<input name='a&#10;b' value=x>",),
    ("<input name=a dirname=a.dir value=x>",), ("<input name=a dirname=a.dir dir=rtl value=x>",),
    ("<input name=a dirname=''>",), ("<input name=a dirname=a.dir dir=auto>", ("set", 0, "שלום")),
    ("<textarea name=a dirname=d dir=auto></textarea>", ("set", 0, "x")),
    *[(f"<input type={kind} name=a dirname=d>",) for kind in (
        "search", "tel", "url", "email", "password", "hidden", "number", "submit", "date",
        "color")],
    ("<textarea name=a cols=5 wrap=hard maxlength=12></textarea>", ("edit", 0, "abcdefghij")),
    ("<textarea name=a cols=5 wrap=hard minlength=12></textarea>", ("edit", 0, "abcdefghij")),
    ("<textarea name=a cols=5 wrap=hard>abcdefghij klm</textarea>",),
    ("<textarea name=a cols=5 wrap=hard readonly>abc defghij</textarea>",),
    ("<input type=bogus name=a required>",), ("<input type='' name=a required>",),
    ("<input TYPE=NUMBER name=a required>",), ("<input type=' number' name=a>", ("set", 0, "x")),
    ("<input name=a pattern=b pattern=a>", ("set", 0, "a")),
    ("<output name=a>1</output><input name=b>",),
    ("<progress name=a></progress><meter name=a></meter><input name=b>",),
    # Buttons that nobody has pressed
    ("<button name=a value=1>x</button>",), ("<input type=submit name=a required>",),
    ("<input type=image name=a>",),
    ("<button type=button name=a value=1 required>x</button><button type=reset name=b>x</button>",),
    ("<input type=reset name=a>",), ("<input type=button name=a value=x>",),
]
# The HTML, and the number of the button that is pressed.
PRESSED: list[tuple[str, int]] = [
    ("<button name=a value=1>x</button><button name=a value=2>y</button>", 1),
    ("<button name=a>x</button>", 0), ("<button>x</button><input name=b>", 0),
    ("<button name=a value='e\u0301'>x</button>", 0),
    ("<input type=submit name=a value='Go on'>", 0), ("<input type=submit name=a>", 0),
    ("<input type=submit name=a value=''>", 0), ("<input type=image name=a>", 0),
    ("<input type=image>", 0), ("<input type=image name='é'>", 0),
    ("<input type=image name=a><input name=a.x>", 0),
    ("<button name=a value=1>x</button><input name=a value=1>", 0),
    ("<input name=a value=1><button name=a value=1>x</button>", 1),
    ("<button name=a value=1>x</button><input type=checkbox name=a value=1 checked>", 0),
    ("<button name=a value=1 formnovalidate>x</button><input name=b required>", 0),
    ("<button type=bogus name=a value=1>x</button>", 0),
    ("<button name=a value='1&#10;2'>x</button>", 0),
    ("<input type=hidden name=a value=1><button name=a value=1>x</button>", 1),
    ("<button name=a value=1 dirname=d>x</button>", 0),
    ("<button command=show-modal name=a value=1 type=submit>x</button>", 0),
    ("<fieldset disabled><legend><button name=a value=1>x</button></legend>"
     "<button name=a value=2>y</button></fieldset>", 0),
]
