"""A submission on its way in: its fields as a person reads them, and how it is stored."""
from __future__ import annotations

import time

from chapbook.errors import Duplicate
from chapbook.signing import blake2b

from . import attachments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chapbook.config import Config
    from chapbook.db import Database
    from chapbook.fields import Upload

NAME_MAX, LABEL_MAX, SHOWN_MAX = 255, 500, 500            # characters, as in the tables
SUMMARY_MAX, FILENAME_MAX, TYPE_MAX = 200, 255, 255
REPEAT_WITHIN = 600                                       # seconds
CHUNK = 65_536                                            # bytes
# What turns the direction of letters: with it, a name that ends in .exe can look like one in .png.
_TURNS = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e"
                                "\u2066\u2067\u2068\u2069"))


class Field:
    """One field as it was filled in: its name, its label, and each value with how it reads.

    A value is text; `shown` is the label of an option, None where that is the value itself.
    """

    __slots__ = ("name", "label", "values", "uploads")

    def __init__(
        self, name: str, label: str, values: Iterable[tuple[str, str | None]] = (),
        uploads: Iterable[Upload] = (),
    ) -> None:
        self.name = name
        self.label = label
        self.values = list(values)
        self.uploads = list(uploads)

    @property
    def text(self) -> str:
        """The values as a person reads them, divided by commas; "" where there are none."""
        return ", ".join([shown or value for value, shown in self.values])


class Received:
    """One submission on its way in: what `store` needs of it."""

    def __init__(self, form: str, fields: Sequence[Field]) -> None:
        self.form = form
        self.fields = fields
        self.reply_to: str | None = None
        self.reasons: list[str] = []          # words of spam.REASONS
        self.notes: list[str] = []            # words of notices.NOTES
        self.received_at = int(time.time())
        self._content_hash = ""

    @property
    def uploads(self) -> list[Upload]:
        """All files, in the order of the form."""
        return [upload for field in self.fields for upload in field.uploads]

    @property
    def content_hash(self) -> str:
        """What two submissions with the same answers have in common."""
        if not self._content_hash:
            self._content_hash = self._hashed()
        return self._content_hash

    def _hashed(self) -> str:
        found = blake2b(digest_size=32)
        for field in self.fields:
            texts = [field.name, *(value for value, _ in field.values)]
            found.update("".join([f"{len(text)}:{text}" for text in texts]).encode())
            for upload in field.uploads:
                found.update(f"{upload.size}:{upload.name}".encode())
                upload.file.seek(0)
                while part := upload.file.read(CHUNK):
                    found.update(part)
            found.update(b";")
        return found.hexdigest()

    def repeat_key(self, client: str) -> str:
        """What a double click has in common: form, client and content."""
        parts = f"{len(self.form)}:{self.form}{client}:{self.content_hash}"
        return blake2b(parts.encode(), digest_size=32).hexdigest()


def summary(fields: Sequence[Field]) -> str:
    """The first answers on one line, at most 200 characters, for lists."""
    line = ""
    for field in fields:
        words = " ".join(field.text[:SUMMARY_MAX * 4].split())
        line += (", " if line and words else "") + words
        if len(line) > SUMMARY_MAX:
            return line[:SUMMARY_MAX - 1] + "…"
    return line


def repeated(db: Database, key: str, now: int) -> int | None:
    """The id of the very same submission of at most ten minutes ago, counted; None for a new one.

    An older one of this key gives the key up.
    """
    found = db.one("SELECT id, received_at FROM submission WHERE repeat_key = :key", key=key)
    if found is None:
        return None
    if found.received_at > now - REPEAT_WITHIN:
        db.run("UPDATE submission SET repeats = repeats + 1 WHERE id = :id", id=found.id)
        return int(found.id)
    db.run("UPDATE submission SET repeat_key = NULL WHERE id = :id", id=found.id)
    return None


def store(db: Database, config: Config, received: Received, repeat_key: str) -> int | None:
    """Store a submission and its files; its id. None where another of this key came first.

    The files are there before the transaction ends, and go with it if it fails.
    """
    try:
        new = db.insert(
            "INSERT INTO submission (form, received_at, state, spam, reasons, notes, summary,"
            " reply_to, content_hash, repeat_key)"
            " VALUES (:form, :at, 'new', :spam, :reasons, :notes, :summary, :reply_to, :content,"
            " :key)",
            form=received.form, at=received.received_at, spam=bool(received.reasons),
            reasons=" ".join(received.reasons), notes=" ".join(received.notes),
            summary=summary(received.fields), reply_to=received.reply_to,
            content=received.content_hash, key=repeat_key,
        )
    except Duplicate:
        db.run("UPDATE submission SET repeats = repeats + 1 WHERE repeat_key = :key",
               key=repeat_key)
        return None
    for position, field in enumerate(received.fields):
        _store_field(db, new, position, field)
        for upload in field.uploads:
            _store_file(db, config, new, position, field, upload)
    return new


def _store_field(db: Database, id: int, position: int, field: Field) -> None:
    values: list[tuple[str | None, str | None]] = list(field.values)
    if not values and not field.uploads:
        values = [(None, None)]
    for part, (value, shown) in enumerate(values):
        db.run(
            "INSERT INTO submission_value"
            " (submission_id, position, part, name, label, value, shown)"
            " VALUES (:id, :position, :part, :name, :label, :value, :shown)",
            id=id, position=position, part=part, name=field.name[:NAME_MAX],
            label=field.label[:LABEL_MAX], value=value, shown=shown and shown[:SHOWN_MAX],
        )


def _store_file(
    db: Database, config: Config, id: int, position: int, field: Field, upload: Upload
) -> None:
    kind = upload.type if upload.type.isascii() and upload.type.isprintable() else ""
    db.run(
        "INSERT INTO submission_file"
        " (submission_id, position, name, label, filename, type, size, path)"
        " VALUES (:id, :position, :name, :label, :filename, :type, :size, :path)",
        id=id, position=position, name=field.name[:NAME_MAX], label=field.label[:LABEL_MAX],
        filename=" ".join(upload.name.translate(_TURNS).split())[:FILENAME_MAX] or "file",
        type=kind[:TYPE_MAX],
        size=upload.size, path=attachments.keep(config, upload),
    )
