"""What the forms of a page consist of: forms, controls, options, and the texts that name them.

All offsets are indexes into the text that was read. Texts of labels, legends and options are cut
out of it when somebody asks: a form that is filled in rightly never needs them.
"""
from __future__ import annotations

from .words import inside, plain, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .tokens import Tag

MOST_NAMES = 10           # ids in aria-labelledby
_TEXTS = frozenset({
    "date", "datetime-local", "email", "month", "number", "password", "search", "tel", "text",
    "textarea", "time", "url", "week",
})
_REQUIRABLE = _TEXTS | {"checkbox", "file", "radio", "select-multiple", "select-one"}
_MULTIPLE = frozenset({"email", "file", "select-multiple"})
_ASKING_NOTHING = frozenset({"hidden", "submit", "image", "reset", "button"})


class Document:
    """A page: its `text`, its `forms` and `outputs` in tree order, and every `id` in `ids`.

    `controls` are all that there are, those that belong to no form as well.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.forms: list[Form] = []
        self.controls: list[Control] = []
        self.outputs: list[Output] = []
        self.ids: set[str] = set()
        self.tags_by_id: dict[str, Tag] = {}        # the first of each, none of templates


class Form:
    """A form, from its start tag to `stop`, after its end tag or at the end of the page.

    `controls` are those it owns, in the order of the page: those after its start tag and before its
    end tag without a `form` attribute, and those anywhere that name it by one. `action` is as
    written, without spaces around, None where there is none. `open_stop` is after the start tag.
    """

    def __init__(self, tag: Tag, stop: int) -> None:
        attributes = tag.attributes
        action = attributes.get("action")
        method = attributes.get("method", "").lower()
        enctype = attributes.get("enctype", "").lower()
        self.tag = tag
        self.start = tag.start
        self.open_stop = tag.stop
        self.stop = stop
        self.attributes = attributes
        self.id = attributes.get("id", "")
        self.name = attributes.get("name", "")
        self.action = action.strip("\t\n\f\r ") if action is not None else None
        self.method = method if method in ("post", "dialog") else "get"
        self.enctype = (enctype if enctype in ("multipart/form-data", "text/plain")
                        else "application/x-www-form-urlencoded")
        self.controls: list[Control] = []

    def __repr__(self) -> str:
        return f"<Form {self.id or self.name or self.action!r} of {len(self.controls)} controls>"


class Control:
    """An input, textarea, select or button; `type` is its state, as in the DOM's `type`.

    `default` is the value it is rendered with: the attribute, or the text of a textarea. `content`
    holds the offsets inside a textarea or select, and `stop` is after the whole element. `disabled`
    counts fieldsets, too. `label_stop` is after the label around it, None where there is none.
    """

    def __init__(self, document: Document, tag: Tag, type: str) -> None:
        self.document = document
        self.text = document.text
        self.tag = tag
        self.element = tag.name
        self.type = type
        self.attributes = tag.attributes
        self.name = tag.attributes.get("name", "")
        self.default = tag.attributes.get("value", "")
        self.start = tag.start
        self.stop = tag.stop
        self.content: tuple[int, int] | None = None
        self.options: list[Option] = []
        self.form: Form | None = None
        self.disabled = "disabled" in tag.attributes
        self.in_datalist = False
        self.label_stop: int | None = None
        self.label_spans: list[tuple[int, int]] = []
        self.fieldset: Fieldset | None = None

    @property
    def id(self) -> str:
        """Its id, "" without one."""
        return self.attributes.get("id", "")

    @property
    def title(self) -> str:
        """Its title, which words what a pattern asks for; "" without one."""
        return self.attributes.get("title", "")

    @property
    def required(self) -> bool:
        """True where it must have a value, and its type can be required."""
        return "required" in self.attributes and self.type in _REQUIRABLE

    @property
    def readonly(self) -> bool:
        """True where the visitor may not change it, and its type can be so."""
        return "readonly" in self.attributes and self.type in _TEXTS

    @property
    def multiple(self) -> bool:
        """True where it takes several values: selects, e-mail addresses and files."""
        return "multiple" in self.attributes and self.type in _MULTIPLE

    @property
    def is_submitter(self) -> bool:
        """True where pressing it sends the form."""
        return self.type in ("submit", "image")

    @property
    def labels(self) -> list[str]:
        """The texts of its labels, in the order of the page; none of controls inside of them."""
        return [words(self.text, *span) for span in self.label_spans]

    @property
    def legend(self) -> str:
        """The text of the legend of the fieldset around it; "" without one."""
        span = self.fieldset.legend_span if self.fieldset else None
        return words(self.text, *span) if span else ""

    @property
    def group_name(self) -> str:
        """What the radio buttons or checkboxes of its name are called together.

        The legend of the fieldset around them, if that is theirs alone; or else their name in
        words.
        """
        own = self.fieldset is not None and self.fieldset.is_of(self.name)
        return own and self.legend.rstrip("*: \xa0") or self._name_in_words()

    @property
    def accessible_name(self) -> str:
        """What it is called in front of people, without `:` and `*` at the end."""
        return self.given_name or self._name_in_words() or self.type

    @property
    def given_name(self) -> str:
        """The same where the page says it, by a label or the like; "" where it does not."""
        for name in self._names():
            name = name.rstrip("*: \xa0")
            if name:
                return name
        return ""

    def _name_in_words(self) -> str:
        return " ".join(self.name.replace("_", " ").replace("-", " ").split())

    def _names(self) -> list[str]:
        get = self.attributes.get
        own: list[str] = []
        if self.element == "button":
            own = [words(self.text, self.tag.stop, self.stop)]
        elif self.type in ("submit", "reset", "button"):
            own = [self.default]
        elif self.type == "image":
            own = [get("alt", "")]
        return [*self.labels, get("aria-label", "").strip(), self._labelled_by(), *own,
                get("placeholder", "").strip(), get("title", "").strip()]

    def _labelled_by(self) -> str:
        """The texts of the elements that `aria-labelledby` names."""
        names = self.attributes.get("aria-labelledby", "").split()[:MOST_NAMES]
        tags = [self.document.tags_by_id[name] for name in names
                if name in self.document.tags_by_id]
        return " ".join([inside(self.text, tag) for tag in tags])

    def __repr__(self) -> str:
        return f"<Control {self.type} {self.name!r}>"


class Option:
    """An option of a select, with what is sent for it (`value`) and what is read (`label`)."""

    def __init__(self, text: str, tag: Tag) -> None:
        self.text = text
        self.tag = tag
        self.start = tag.start
        self.stop = tag.stop
        self.content = (tag.stop, tag.stop)
        self.disabled = "disabled" in tag.attributes
        self.selected = "selected" in tag.attributes

    @property
    def value(self) -> str:
        """The value attribute, else its text."""
        given = self.tag.attributes.get("value")
        return plain(self.text, *self.content) if given is None else given

    @property
    def label(self) -> str:
        """The label attribute, else its text."""
        return self.tag.attributes.get("label") or plain(self.text, *self.content)

    def __repr__(self) -> str:
        return f"<Option {self.value!r}>"


class Fieldset:
    """A group of controls; `legend_span` has the offsets of what is inside its first legend."""

    def __init__(self, tag: Tag) -> None:
        self.tag = tag
        self.legend_span: tuple[int, int] | None = None
        self._first: str | None = None
        self._choices: dict[str, int] = {}

    def add(self, control: Control) -> None:
        """Note a control that is in it, and in no fieldset within."""
        if control.type in _ASKING_NOTHING:
            return
        if self._first is None:
            self._first = control.name
        if control.type in ("radio", "checkbox"):
            # A checkbox alone is a question of its own; a radio button is one of a group.
            count = self._choices.get(control.name, control.type == "radio")
            self._choices[control.name] = count + 1

    def is_of(self, name: str) -> bool:
        """Whether it begins with the choices of this name, and has no other group of choices."""
        return self._first == name and not any(
            count > 1 for other, count in self._choices.items() if other != name)


class Output:
    """An `<output>`: `names` are the words of its `for`, `content` the offsets inside it."""

    def __init__(self, tag: Tag, form: Form | None) -> None:
        self.tag = tag
        self.names = tag.attributes.get("for", "").split()
        self.form = form
        self.content = (tag.stop, tag.stop)
        self.stop = tag.stop
