"""The ways in: CGI, persistent processes, the built-in server, the shell. They know WSGI only."""
