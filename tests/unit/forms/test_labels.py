"""What controls are called: the texts of labels and legends, and other names for people."""
from __future__ import annotations

import pytest

from chapbook.forms import markup
from chapbook.forms.markup import Control


def control(text: str) -> Control:
    """The only control of a page."""
    (found,) = markup.read(text).controls
    return found


@pytest.mark.parametrize("text, labels", [
    ("<label>Your\n name <input></label>", ["Your name"]),
    ("<label for=a>Name</label><input id=a>", ["Name"]),
    ("<input id=a><label for=a>Name</label><label for=a>Again</label>", ["Name", "Again"]),
    ("<label for=b>Name <input id=a></label>", []),
    ("<label for=a>Name <input id=a></label>", ["Name"]),
    ("<label for=a>One</label><label>Two<input id=a></label>", ["One", "Two"]),
    ("<label>Two<input id=a></label><label for=a>One</label>", ["Two", "One"]),
    ("<label>Size <select><option>S<option>M</select> please</label>", ["Size please"]),
    ("<label>Text <textarea>no</textarea><script>no</script> here</label>", ["Text here"]),
    ("<label>A&amp;B&nbsp;<em>now</em><!-- no --><?no?> <input></label>", ["A&B now"]),
    ("<label>a <output></output><input></label>", []), ("<label for=''>a <input></label>", []),
    ("<label>No <input type=hidden></label>", []),
    ("<label for=a>N</label><input type=hidden id=a>", []),
    ("<label for=a>N</label><p id=a></p><input id=a>", []), ("<label></label><input>", []),
    ("<label>Never closed <input>", ["Never closed"]), ("<p><label>a</p><input>", []),
    ("<label>a<label>b<input></label></label>", ["ab", "b"]),
    ("<label><svg><title>no</title></svg>yes<input></label>", ["yes"]),
])
def test_a_control_has_the_texts_of_its_labels(text: str, labels: list[str]) -> None:
    assert control(text).labels == labels


def test_a_label_has_one_control_and_wraps_them_all() -> None:
    text = "<label>a <input name=b> <input name=c> </label ><input name=d>"
    first, second, third = markup.read(text).controls
    assert (first.labels, second.labels, third.labels) == (["a"], [], [])
    assert first.label_stop == second.label_stop == text.index("<input name=d")
    assert third.label_stop is None


@pytest.mark.parametrize("text, legend", [
    ("<fieldset><legend> The <b>size</b> </legend><input>", "The size"),
    ("<fieldset><input><legend>Late</legend>", "Late"), ("<fieldset><input>", ""), ("<input>", ""),
    ("<fieldset><legend>a</legend><fieldset><legend>b</legend></fieldset><input>", "a"),
    ("<fieldset><legend>a</legend><fieldset><input>", ""),
    ("<fieldset><legend>a <input></legend>", "a"), ("<legend>a</legend><input>", ""),
    ("<fieldset><div><legend>a</legend></div><input>", ""),
])
def test_a_control_has_the_legend_of_the_fieldset_around_it(text: str, legend: str) -> None:
    assert control(text).legend == legend


@pytest.mark.parametrize("text, name", [
    ("<label>Name: * <input name=n aria-label=x></label>", "Name"),
    ("<label>*<input name=n></label>", "n"),
    ("<input name=n aria-label='Search ' title=t placeholder=p>", "Search"),
    ("<input name=n title=t placeholder=p>", "p"), ("<input name=n title=t>", "t"),
    ("<input name=first_name-x>", "first name x"), ("<input type=submit value=Go name=n>", "Go"),
    ("<button name=n>Send <b>now</b></button>", "Send now"), ("<input>", "text"),
    ("<input type=image alt=Go name=n>", "Go"), ("<button name=n></button>", "n"),
    ("<p id=l>By <b>id</b></p><span id=m>too</span><input aria-labelledby='l m x' title=t>",
     "By id too"),
])
def test_a_control_has_a_name_for_people(text: str, name: str) -> None:
    assert control(text).accessible_name == name
