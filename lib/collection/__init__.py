"""The collection's own subjects: every SQL statement and every rule, one module each."""
