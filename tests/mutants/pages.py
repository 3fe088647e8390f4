"""Mutants of the collection: pages of accounts and of the administration, and who may use them."""
from __future__ import annotations

from .mutant import Mutant

ENTERING = "lib/collection/entering.py"
MEMBERSHIP = "lib/collection/membership.py"
PROOF = "lib/collection/reauthentication.py"
PICTURES = "lib/collection/pictures.py"
PERMISSIONS = "lib/collection/permissions.py"
USERS = "lib/collection/users.py"
TAKE = "cgi-bin/admin/take.py"
OF_SIGNING_IN = "tests/pages/test_account_signin.py"
OF_LINKS = ("tests/pages/test_account_register.py tests/pages/test_account_confirm.py "
            "tests/pages/test_account_forgotten.py tests/pages/test_account_reset.py "
            "tests/pages/test_account_invitation.py")
OF_PROOF = ("tests/pages/test_account_password.py tests/pages/test_account_twofactor.py "
            "tests/pages/test_admin_user.py tests/pages/test_admin_settings.py")
OF_PICTURES = ("tests/collection/test_pictures.py tests/pages/test_account_details.py "
               "tests/pages/test_account_picture.py")
OF_USERS = "tests/pages/test_admin_user.py tests/pages/test_admin_users.py"
OF_THE_INBOX = "tests/pages/test_admin_take.py tests/pages/test_admin_inbox.py"
OWN = ('    if id == oneself.user(request).id:\n'
       '        raise Invalid("This is your own account: ')
ANY = OWN.replace("id == oneself.user(request).id", "False")
MATRIX = "tests/unit/test_cli_permissions.py"

MUTANTS = [
    Mutant("second-factor-is-asked", "cgi-bin/account/signin.py", "    if outcome.wants_code:",
           "    if False:", OF_SIGNING_IN),
    Mutant("second-factor-in-ten-minutes", ENTERING,
           ' or not 0 <= time.time() - held["at"] < LIVES:', ":", OF_SIGNING_IN),
    Mutant("second-factor-in-a-new-session", ENTERING, "    request.session.rotate()\n", "",
           OF_SIGNING_IN),
    Mutant("entered-while-it-holds", ENTERING,
           "    if not signin.admit(request.db, account.id, mark):", "    if False:",
           OF_SIGNING_IN),
    Mutant("accounts-by-invitation", MEMBERSHIP,
           'return request.config.accounts.registration in ("open", "approval")', "return True",
           OF_LINKS),
    Mutant("accounts-by-invitation-later", MEMBERSHIP,
           'if purpose == "confirm" and not is_open(request):\n        return None',
           "if False:\n        return None", OF_LINKS),
    Mutant("accounts-by-approval", MEMBERSHIP, 'state="waiting" if waits else "active"',
           'state="active"', OF_LINKS),
    Mutant("accounts-of-members", MEMBERSHIP, 'role=found.role or "member"',
           'role=found.role or "administrator"', OF_LINKS),
    Mutant("links-for-a-network", MEMBERSHIP,
           "wait = throttle.spend(db, [(ASKED, who(request).network)])", "wait = 0", OF_LINKS),
    Mutant("links-for-an-address", MEMBERSHIP,
           'not wait and not throttle.spend(db, [(MAILED, f"{what}\\n{key}")])', "not wait",
           OF_LINKS),
    Mutant("links-to-nobody", MEMBERSHIP, "(mail.discard if id is None else mail.release)",
           "mail.release", OF_LINKS),
    Mutant("reset-of-a-closed-account", MEMBERSHIP,
           'if account is None or account.state != "active":\n        raise Conflict',
           "if account is None:\n        raise Conflict", OF_LINKS),
    Mutant("reset-is-told", MEMBERSHIP,
           '    accountmail.notice(request, account, "password changed")\n', "", OF_LINKS),
    Mutant("proof-is-asked", PROOF, "    if not wanted(request):", "    if True:", OF_PROOF),
    Mutant("proof-of-an-empty-field", PROOF, "    oneself.prove(request)\n", "", OF_PROOF),
    Mutant("proof-lasts-a-quarter", PROOF, "and 0 <= now - held[1] < LASTS)", "and held[1] > 0)",
           OF_PROOF),
    Mutant("proof-is-the-password", "lib/collection/oneself.py",
           '    if outcome.account is None:\n        raise Invalid(**{FIELD: "This is not',
           '    if False:\n        raise Invalid(**{FIELD: "This is not', OF_PROOF),
    Mutant("proof-holds", "lib/collection/oneself.py",
           "    if not signin.admit(request.db, user(request).id, outcome.mark):", "    if False:",
           OF_PROOF),
    Mutant("proof-for-a-quarter", "lib/collection/oneself.py",
           "0 <= time.time() - at < PROOF_LASTS", "at > 0", OF_PROOF),
    Mutant("sign-out-ends-it", "cgi-bin/account/signout.py", "    request.session.sign_out()\n", "",
           "tests/pages/test_account_signout.py"),
    Mutant("second-factor-ends-others", "cgi-bin/account/twofactor.py",
           "    request.session.revoke_others()\n", "", "tests/pages/test_account_twofactor.py"),
    Mutant("second-factor-with-proof", "cgi-bin/account/twofactor.py",
           "    oneself.prove(request)\n", "", "tests/pages/test_account_twofactor.py"),
    Mutant("deletion-with-proof", "cgi-bin/account/delete.py", "    oneself.prove(request)\n", "",
           "tests/pages/test_account_delete.py"),
    Mutant("picture-pixels", PICTURES, " or size[0] * size[1] > MOST_PIXELS:", ":", OF_PICTURES),
    Mutant("picture-formats", PICTURES, "Image.open(file, formats=FORMATS)", "Image.open(file)",
           OF_PICTURES),
    Mutant("picture-without-metadata", PICTURES,
           'bare.save(out, "JPEG", quality=85, optimize=True)',
           'square.save(out, "JPEG", exif=image.getexif())', OF_PICTURES),
    Mutant("picture-names", PICTURES, "return len(stem) == 32 and _HEX.issuperset(stem) and ending",
           "return ending", OF_PICTURES),
    Mutant("picture-of-somebody", PICTURES,
           '"SELECT COUNT(*) FROM account WHERE picture = :name"',
           '"SELECT COUNT(*) + 1 FROM account WHERE picture = :name"', OF_PICTURES),
    Mutant("picture-in-a-sandbox", "cgi-bin/account/picture.py",
           '    response["Content-Security-Policy"] =', "    unused =", OF_PICTURES),
    Mutant("picture-limit", PICTURES, 'Limit("picture", 10, 60)', 'Limit("picture", 9999, 1)',
           OF_PICTURES),
    Mutant("files-in-a-sandbox", TAKE, '    response["Content-Security-Policy"] =', "    unused =",
           OF_THE_INBOX),
    Mutant("files-of-no-type", TAKE, '"application/octet-stream"', '"text/html"', OF_THE_INBOX),
    Mutant("one's-own-role", USERS,
           f'{OWN}only somebody else can change', f'{ANY}only somebody else can change', OF_USERS),
    Mutant("one's-own-account", USERS,
           f'{OWN}only somebody else can do', f'{ANY}only somebody else can do', OF_USERS),
    Mutant("may-export", "cgi-bin/account/export.py", "allow=permissions.ACCOUNT",
           'allow="everyone"', f"tests/pages/test_account_export.py {MATRIX}"),
    Mutant("may-see-an-account", PERMISSIONS, 'ACCOUNT = Permission("member"',
           'ACCOUNT = Permission("everyone"', MATRIX),
    Mutant("may-read-the-inbox", PERMISSIONS, 'INBOX = Permission("editor"',
           'INBOX = Permission("member"', MATRIX),
    Mutant("may-moderate", PERMISSIONS, 'MODERATION = Permission("editor"',
           'MODERATION = Permission("member"', MATRIX),
    Mutant("may-see-the-mail", PERMISSIONS, 'OUTBOX = Permission("administrator"',
           'OUTBOX = Permission("editor"', MATRIX),
    Mutant("may-change-users", PERMISSIONS, 'USERS = Permission("administrator"',
           'USERS = Permission("editor"', MATRIX),
    Mutant("may-change-settings", PERMISSIONS, 'SETTINGS = Permission("administrator", "Change the '
           'settings of the', 'SETTINGS = Permission("editor", "Change the settings of the',
           MATRIX),
    Mutant("may-read-errors", PERMISSIONS, 'ERRORS = Permission("administrator"',
           'ERRORS = Permission("editor"', MATRIX),
]
