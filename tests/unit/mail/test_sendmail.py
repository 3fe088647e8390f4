"""The sendmail program: its arguments as a list, an environment of its own, its words told."""
from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chapbook.mail.sendmail import Sendmail
from chapbook.mail.transports import Deferred, Refused
from chapbook.testing import site

# By its own path: a first line takes no spaces, and the folder of this tree may have one.
PYTHON = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
PROGRAM = """#!{python} -IS
import json, os, sys
sent = sys.stdin.buffer.read().decode("latin-1")
with open({out!r}, "w") as file:
    json.dump([sys.argv[1:], sent, dict(os.environ), os.getcwd()], file)
{more}
"""
MESSAGE = b"Subject: x\r\n\r\n.\r\n..\r\nFrom me\r\nlast\r\n"


@pytest.fixture
def deliver(tmp_path: Path) -> Callable[..., Any]:
    """Delivers through a program that ends with these lines; what it was given."""
    (tmp_path / "var").mkdir()

    def delivered(more: str = "", sender: str = "jo@b.example", to: str = "ann@example.org",
                  timeout: int = 10) -> Any:
        program, out = tmp_path / "send mail;x", tmp_path / "out"
        program.write_text(PROGRAM.format(python=PYTHON, out=str(out), more=more))
        program.chmod(0o755)
        config = site(str(tmp_path), mail={"via": "sendmail", "sendmail": str(program),
                                           "timeout": f"{timeout} s"})
        Sendmail(config).deliver(sender, to, MESSAGE, "x", time.time() + 1000)
        return json.loads(out.read_text())
    return delivered


def test_it_gets_sender_and_recipient_as_arguments_and_the_message_as_input(deliver) -> None:
    arguments, sent, environ, folder = deliver()
    assert arguments == ["-i", "-f", "jo@b.example", "--", "ann@example.org"]
    assert sent == MESSAGE.decode().replace("\r\n", "\n")
    assert folder == "/"


def test_no_shell_and_nothing_of_our_environment_reaches_it(deliver, monkeypatch) -> None:
    for name in ("HTTP_USER_AGENT", "LD_PRELOAD_", "BASH_ENV", "X"):
        monkeypatch.setenv(name, "() { :;}; touch /tmp/never")
    address = "$(touch${IFS}x)`id`&{}'@example.org"
    arguments, _, environ, _ = deliver(to=address)
    assert arguments[-1] == address
    assert {name: value for name, value in environ.items() if name != "LC_CTYPE"} == {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}


@pytest.mark.parametrize("status", [65, 67, 68])
def test_an_address_that_it_refuses_for_good_has_failed(deliver, status: int) -> None:
    with pytest.raises(Refused, match=rf"ann@example.org for good \(status {status}\): No su.ch"):
        deliver(f"sys.stderr.write('No su\\x1bch  user\\n'); sys.exit({status})")


@pytest.mark.parametrize("status", [1, 69, 75, 78, 127])
def test_other_errors_are_tried_again(deliver, status: int) -> None:
    with pytest.raises(Deferred, match=rf"could not take the mail \(status {status}\): Queue full"):
        deliver(f"print('Queue full'); sys.exit({status})")
    with pytest.raises(Deferred, match="and said nothing"):
        deliver(f"sys.exit({status})")


def test_one_that_does_not_end_is_ended_with_its_children(deliver, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("chapbook.mail.sendmail.allowed", lambda config: 1.0)
    child = tmp_path / "child"
    with pytest.raises(Deferred, match="did not end within 1 seconds") as error:
        deliver("import signal\nif os.fork() == 0:\n"
                f"    open({str(child)!r}, 'w').write(str(os.getpid()))\nsignal.pause()")
    assert error.value.for_all
    give_up = time.monotonic() + 10
    while os.path.exists(f"/proc/{child.read_text()}/fd/0"):      # a zombie has none
        assert time.monotonic() < give_up


def test_a_daemon_that_it_leaves_behind_is_not_waited_for(deliver, tmp_path) -> None:
    child = tmp_path / "child"
    begun = time.monotonic()
    deliver("import signal\nif os.fork() == 0:\n    os.setsid()\n"
            f"    open({str(child)!r}, 'w').write(str(os.getpid()))\n    signal.pause()\n"
            f"while not os.path.exists({str(child)!r}) or not open({str(child)!r}).read(): pass")
    os.kill(int(child.read_text()), signal.SIGKILL)
    assert time.monotonic() - begun < 9


def test_a_program_that_does_not_read_is_no_trouble(tmp_path) -> None:
    (tmp_path / "var").mkdir()
    config = site(str(tmp_path), mail={"via": "sendmail", "sendmail": "/bin/true"})
    Sendmail(config).deliver("a@b.example", "c@d.example", b"x" * 1_000_000, "x", 2e9)


def test_a_program_that_is_not_there_is_told_with_the_next_step(tmp_path) -> None:
    (tmp_path / "var").mkdir()
    config = site(str(tmp_path), mail={"via": "sendmail", "sendmail": "/nowhere/sendmail"})
    with pytest.raises(Deferred, match=r"/nowhere/sendmail cannot be started \(No such file or "
                       r"directory\). Name the host's program in \[mail\] sendmail") as error:
        Sendmail(config).deliver("a@b.example", "c@d.example", MESSAGE, "x", 2e9)
    assert error.value.for_all


def test_nothing_is_handed_over_when_the_claim_is_about_to_end(deliver, tmp_path) -> None:
    config = site(str(tmp_path), mail={"via": "sendmail", "sendmail": "/bin/true"})
    with pytest.raises(Deferred, match="another worker may have the message"):
        Sendmail(config).deliver("a@b.example", "c@d.example", MESSAGE, "x", time.time())
