"""What lib/cgi.py and lib/cgitb.py consist of: the lost modules of Python, for old scripts."""
