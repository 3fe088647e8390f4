"""The ./chapbook command, for people: serve, new, migrate, check."""
