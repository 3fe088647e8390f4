"""JavaScript's regular expressions (ECMA-262 section 22.2, the v flag), read and run by states."""
