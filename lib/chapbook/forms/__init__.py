"""Plain HTML forms as their own schema: found in the page, enforced, and shown again."""

ONCE = "_once"           # the token of a form that was rendered; no field of its author
