"""Plain HTML forms as their own schema: found in the page, enforced, and shown again."""
