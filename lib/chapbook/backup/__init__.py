"""Backups: all that a site holds as one zip file, from and into either database.

    path = making.make(config)                  # or `begin`, and `step` until it gives the path
    restoring.restore(config, path)

A backup has the rows of every table (catalog.py says which are left out), the uploads and site.ini.
docs/backup.md is for those who use it, and says what the file looks like.
"""
