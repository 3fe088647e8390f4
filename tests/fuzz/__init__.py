"""Fuzz targets: every reader of what strangers write, fed with what nobody would write."""
