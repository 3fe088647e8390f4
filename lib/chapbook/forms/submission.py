"""What a visitor has sent, together with the form that they have filled in."""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..fields import Upload
    from ..multidict import MultiDict
    from ..response import Response
    from .markup import Control, Document, Form
    from .validity import Verdict


class Submission:
    """A form that came back.

    `form` and `document` are the form and its page as this visitor would be shown them now, `page`
    that page as an answer; `fields` and `files` all that was sent, unknown names too; `pressed` the
    button; `verdict` what the form says of it. `age` is how many seconds the form was open, and
    None where that is not known: a static page has no token, nor has what no browser has sent.
    """

    def __init__(
        self, page: Response, document: Document, form: Form, fields: MultiDict[str],
        files: MultiDict[Upload], pressed: Control | None, verdict: Verdict, token: str | None,
        age: float | None,
    ) -> None:
        self.page, self.document, self.form = page, document, form
        self.fields, self.files, self.pressed = fields, files, pressed
        self.verdict, self.token, self.age = verdict, token, age

    @property
    def text(self) -> str:
        """The HTML of the page."""
        return self.document.text
