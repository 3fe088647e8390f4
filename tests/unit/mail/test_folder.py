"""Mail into a folder: whole files, private, one for each message however often it is tried."""
from __future__ import annotations

import os
import stat
import time

import pytest

from chapbook.mail import folder
from chapbook.mail.transports import Deferred
from chapbook.testing import site


def test_a_message_is_a_private_file_and_the_same_one_when_tried_again(tmp_path) -> None:
    config = site(str(tmp_path))
    os.umask(os.umask(0o077))
    for data in (b"first\r\n", b"second\r\n"):
        folder.Folder(config).deliver("a@b", "c@d", data, "0001-x", time.time() + 1000)
    folder.Folder(config).deliver("a@b", "c@d", b"new", "0002-y", time.time() + 1000)
    assert folder.names(config) == ["0002-y.eml", "0001-x.eml"]
    file = tmp_path / "var/mail/0001-x.eml"
    assert file.read_bytes() == b"second\r\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert len(os.listdir(file.parent)) == 2


def test_a_folder_that_is_not_there_is_empty(tmp_path) -> None:
    assert folder.names(site(str(tmp_path))) == []


def test_a_folder_that_cannot_be_written_to_is_told_with_the_next_step(tmp_path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var/mail").write_text("a file")
    with pytest.raises(Deferred, match=r"could not be written into .*\[mail\] folder") as error:
        folder.Folder(site(str(tmp_path))).deliver("a@b", "c@d", b"x", "x", time.time() + 1000)
    assert error.value.for_all


def test_a_disk_that_fails_leaves_nothing_behind(tmp_path, monkeypatch) -> None:
    def full(file: int) -> None:
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Deferred, match="No space left"):
        folder.Folder(site(str(tmp_path))).deliver("a@b", "c@d", b"x", "x", time.time() + 1000)
    assert os.listdir(tmp_path / "var/mail") == []
