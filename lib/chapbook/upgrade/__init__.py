"""Upgrades: another release in the place of this one, and a site that works at every moment.

`release` reads the zip and judges it, `staging` lays ready what it brings, `steps` takes the steps,
`moves` puts files and takes them back, `check` asks the new release whether it works, and `door` is
what a request meets meanwhile. Whatever is killed at whatever moment is finished or undone by the
next request: `chapbook.closed`.
"""
