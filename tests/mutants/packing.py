"""Mutants of what is packed for a host: what a manifest may name, what goes in, who may write."""
from __future__ import annotations

from .mutant import Mutant

MANIFEST = "lib/chapbook/hosting/manifest.py"
TREE = "lib/chapbook/hosting/tree.py"
PACK = "lib/chapbook/hosting/pack.py"
PROFILES = "lib/chapbook/hosting/profiles.py"
VENDOR = "lib/chapbook/hosting/vendor.py"
WRITING = "lib/chapbook/hosting/writing.py"
OF_MANIFESTS = "tests/unit/hosting/test_manifest.py"
OF_TREES = "tests/unit/hosting/test_tree.py"
OF_PACKS = "tests/unit/hosting/test_pack.py"
OF_VENDOR = "tests/unit/hosting/test_vendor.py"
OF_WRITING = "tests/unit/hosting/test_writing.py"
OF_PROFILES = "tests/unit/hosting/test_profiles.py"

MUTANTS = [
    Mutant("packed-copied-settings", TREE, r"|site\.ini|install-code-.*\.txt)", ")", OF_PACKS),
    Mutant("manifest-leads-up", MANIFEST, r'_WORD = re.compile(r"(?!\.{1,2}\Z)[^',
           '_WORD = re.compile(r"[^', OF_MANIFESTS),
    Mutant("manifest-names-settings", MANIFEST, "    if _KEPT.fullmatch(name) and name != LOCK:",
           "    if False:", OF_MANIFESTS),
    Mutant("manifest-is-whole", MANIFEST, "        if found.release != release_of(files):",
           "        if False:", OF_MANIFESTS),
    Mutant("manifest-set-uid", MANIFEST,
           ' or entry.mode not in ("644", "755"):', ":", OF_MANIFESTS),
    Mutant("manifest-planted-module", MANIFEST,
           "        found += [Difference(name, EXTRA)", "        [Difference(name, EXTRA)",
           OF_MANIFESTS),
    Mutant("packed-link", TREE, "        if stat.S_ISLNK(mode):", "        if False:", OF_TREES),
    Mutant("packed-hidden", TREE, r'    r"[.#]|.*(?:~|', r'    r"[#]|.*(?:~|', OF_TREES),
    Mutant("packed-below-visitors", PROFILES, 'f"{private}/".startswith(f"{public}/") or',
           "False or", OF_PROFILES),
    Mutant("packed-interpreter", PROFILES, "    if not _INTERPRETER.fullmatch(path):",
           "    if False:", OF_PROFILES),
    Mutant("packed-locks", PACK, "        made |= {PRIVATE + name: Part(PLAIN, lock.encode())",
           "        {PRIVATE + name: Part(PLAIN, lock.encode())", OF_PACKS),
    Mutant("packed-package", VENDOR, "        if not _is(data, file.hash.value):",
           "        if False:", OF_VENDOR),
    Mutant("packed-modes", WRITING, "_time_of(data), stat.S_IFREG | int(part.mode, 8))",
           "_time_of(data), stat.S_IFREG | 0o775)", OF_WRITING),
    Mutant("packed-over-others", WRITING, "_since_folder(path) is None:", "False:", OF_WRITING),
]
