"""Who may do what on this site: the one table. `./chapbook permissions` makes a page of it.

To let others in, change the role here; a page says `allow=permissions.INBOX`. Roles in order:
member, editor, administrator; who has one may all that those before it may.
"""
from __future__ import annotations

from chapbook.permissions import Permission

ACCOUNT = Permission("member", "See and change one's own account")
PICTURES = Permission("member", "See the pictures of others")

DASHBOARD = Permission("editor", "See what waits to be done")
INBOX = Permission("editor", "Read, mark, take away and delete what forms have received")
MODERATION = Permission("editor", "Approve and delete entries of the guestbook")

FORM_SETTINGS = Permission("administrator", "Change the settings of forms")
OUTBOX = Permission("administrator", "See the mail of the site, send it again, discard it")
USERS = Permission("administrator", "Invite, approve and close accounts, change their roles")
EVENTS = Permission("administrator", "Read who did what")
SETTINGS = Permission("administrator", "Change the settings of the site")
ERRORS = Permission("administrator", "Read what went wrong, with tracebacks")
UPGRADES = Permission("administrator", "Bring the site to another release, and back")
BACKUPS = Permission("administrator", "Make, download, restore and delete backups of the site")
