"""What an old script would have to become: read without being run, in words and line numbers."""
