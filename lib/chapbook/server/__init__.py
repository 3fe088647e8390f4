"""The ways in: CGI, the dispatcher for persistent processes, the built-in server, the command line. They know WSGI only."""
