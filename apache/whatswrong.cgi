#!/bin/sh
''':'
# What is wrong with a Chapbook site that only says "Internal Server Error"? The last resort: this
# one file needs nothing but some Python (2.7 or newer), and says so where there is none.
#
# 1. Upload it into cgi-bin/ as whatswrong.py, in binary mode, with the permissions 755. (If there
#    is a chapbook.py in that folder, rename that one to chapbook-off.py, and upload this as
#    chapbook.py.)
# 2. Beside it, make a text file whatswrong-allow.txt with one word of at least 12 letters or
#    digits that nobody can guess.
# 3. Open https://your.site/cgi-bin/whatswrong.py?word=THAT-WORD (as chapbook.py: any address).
#
# It tells nothing to who does not know the word, and nothing to anybody an hour after the word was
# uploaded: then it deletes the file with the word. It shows no password, and changes nothing else.
# Delete it in the end.
for python in python3.13 python3.12 python3.11 python3.14 /opt/alt/python31[1-4]/bin/python3 \
    /opt/python*/bin/python3 /usr/local/bin/python3.1[1-4] /usr/local/bin/python3 python3 \
    /usr/bin/python3 python python2 python2.7
do
    found=$(command -v "$python" 2>/dev/null) || continue
    if "$found" -c "" 2>/dev/null; then exec "$found" "$0"; fi
    broken="$broken $found"
done
printf "Status: 500 No Python\r\nContent-Type: text/plain; charset=utf-8\r\n"
printf "Cache-Control: no-store\r\n\r\n"
echo "This host has no Python that pages could be run with."
if [ -n "$broken" ]; then echo "These are there, and do not run:$broken"; fi
echo "Ask your host which Python there is, and where: Chapbook needs Python 3.11 or newer."
exit 0
'''
# From here on it is Python, of any version.
import sys
sys.path.pop(0)               # this folder: a page in it may have the name of a part of Python
import os
import re
import stat
import subprocess
import time

HERE = os.path.dirname(os.path.realpath(__file__))
ALLOW = os.path.join(HERE, "whatswrong-allow.txt")
LIFE = 3600                   # seconds
LEAST = 12                    # letters of the word
NEEDED = (3, 11)
FIRST = "#!/usr/bin/env python3"
NAMES = ("calendar", "code", "copy", "email", "html", "http", "io", "json", "logging", "mail",
         "os", "queue", "random", "re", "select", "site", "socket", "statistics", "string", "sys",
         "test", "time", "token", "types", "uuid", "wave")
told = []


def tell(sentence, remedy):
    """One thing that is wrong, and what to do."""
    if (sentence, remedy) not in told:
        told.append((sentence, remedy))


def read(path, most=1000000):
    """The bytes of a file; None where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read(most)
    except (IOError, OSError):
        return None


def answer(status, text):
    """Send a page of plain text, and end."""
    head = ("Status: %s\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\nX-Robots-Tag: noindex\r\n\r\n" % status)
    data = head.encode("ascii") + (
        text if isinstance(text, bytes) else text.encode("utf-8", "replace"))
    while data:
        data = data[os.write(1, data):]
    os._exit(0)


def admit():
    """Go on for who knows the word, within its hour; else say how it is done, and nothing else."""
    how = ("To see what is wrong, make a text file whatswrong-allow.txt beside this script, with "
           "one word of\nat least %d letters or digits in it, and add ?word=THAT-WORD to this "
           "address.\n" % LEAST)
    try:
        age = time.time() - os.lstat(ALLOW).st_ctime
    except OSError:
        answer("403 Forbidden", how)
    if os.path.islink(ALLOW) or not -60 < age < LIFE:
        try:
            os.unlink(ALLOW)
        except OSError:
            pass
        answer("403 Forbidden", "The hour of the word is over.\n" + how)
    word = (read(ALLOW, 1000) or b"").lstrip(b"\xef\xbb\xbf").strip().decode("ascii", "replace")
    if not re.match(r"[A-Za-z0-9-]{%d,100}\Z" % LEAST, word):
        answer("403 Forbidden", "The word in the file is too short, or has other signs than "
               "letters, digits and hyphens.\n" + how)
    query = os.environ.get("QUERY_STRING", "")
    given = re.match(r"(?:.*&)?word=([A-Za-z0-9-]{1,100})(?:&|\Z)", query)
    given = given.group(1) if given else ""
    wrong = len(given) != len(word)
    for one, other in zip(given, word):
        wrong |= one != other
    if wrong:
        time.sleep(0.2)
        answer("403 Forbidden", how)


def find_site():
    """The folder that holds lib/: above this one, or where the script of a split site leads."""
    above = os.path.dirname(HERE)
    for name in ("chapbook.py", "chapbook-off.py"):
        found = re.search(br'^SITE = "([^"\r\n]+)"', read(os.path.join(HERE, name)) or b"", re.M)
        if found:
            site = os.path.realpath(os.path.join(HERE, found.group(1).decode("utf-8", "replace")))
            if not os.path.isdir(os.path.join(site, "lib", "chapbook")):
                tell("%s does not find the site: its line SITE = ... leads to a folder without "
                     "lib/chapbook, or to one that pages may not enter." % name,
                     "Correct that line: the folder that holds lib/, as seen from cgi-bin. Give "
                     "the folders on the way there the permissions 755, or 711.")
            return site
    return above


def short(site, path):
    """A path from the site's folder, or from that of this script."""
    for top in (site, os.path.dirname(HERE)):
        if path.startswith(top + os.sep):
            return path[len(top) + 1:]
    return os.path.basename(path)


def scripts(site):
    """The scripts that a web server starts."""
    for top in sorted({os.path.join(site, "cgi-bin"), HERE}):
        for folder, folders, names in os.walk(top):
            folders[:] = sorted(name for name in folders if name[:1] not in "._")
            for name in sorted(names):
                path = os.path.join(folder, name)
                if name[:1] not in "._" and name.endswith((".py", ".cgi", ".pl")):
                    if not os.path.isfile(path):
                        tell("%s is a link that leads nowhere, or no file." % short(site, path),
                             "Delete it.")
                    elif not os.path.samefile(path, __file__):
                        yield path


def check_python():
    """This Python, and which others there are."""
    version = "%d.%d" % sys.version_info[:2]
    if sys.version_info[:2] < NEEDED:
        tell("The newest Python that was found here is %s (%s). Pages need 3.11 or newer." %
             (version, sys.executable), "Ask your host for a newer Python: many have several, and "
             "a control panel in which to choose. Then write its path into the first lines of "
             "scripts, such as #!/usr/bin/python3.11")
        return
    usual = None
    for folder in os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin").split(":"):
        path = os.path.join(folder, "python3")
        if os.access(path, os.X_OK):
            usual = path
            break
    if usual is None:
        tell("The first line of pages (%s) finds no python3 here." % FIRST,
             "Write #!%s into the first lines of all pages instead." % sys.executable)
        return
    try:
        child = subprocess.Popen([usual, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
                                 stdout=subprocess.PIPE)
        said = child.communicate()[0].decode("ascii", "replace").strip()
    except OSError as error:
        return tell("No other program can be started: %s." % error.strerror,
                    "Ask your host to raise the limit of processes.")
    if re.match(r"\d+\.\d+\Z", said) and tuple(map(int, said.split("."))) < NEEDED:
        tell("The first line of pages (%s) finds Python %s, and they need 3.11 or newer. Python %s "
             "is there too." % (FIRST, said, version),
             "Write #!%s into the first lines of all pages instead." % sys.executable)


def check_scripts(site):
    """How each script begins, whose it is, and who may do what with it."""
    by_owner = os.stat(__file__).st_uid == os.geteuid()
    taken = getattr(sys, "stdlib_module_names", NAMES)
    for path in scripts(site):
        name, found, content = short(site, path), os.stat(path), read(path)
        if not found.st_mode & 0o100 or not os.access(path, os.R_OK | os.X_OK):
            tell("%s may not be executed." % name, "Give it the permissions 755.")
        if found.st_mode & 0o022:
            tell("%s may be changed by other users, so some hosts refuse to start it." % name,
                 "Give it the permissions 755: never 775, 777 or 666.")
        if by_owner and found.st_uid != os.geteuid():
            tell("%s belongs to another user than this script, so some hosts refuse to start it."
                 % name, "Delete it, and upload it once more.")
        if os.path.splitext(os.path.basename(path))[0] in taken and path.endswith(".py"):
            tell("%s has the name of a part of Python, which no other page can use then." % name,
                 "Give it another name.")
        if content is None:
            continue
        first = content.partition(b"\n")[0]
        if content.startswith(b"\xef\xbb\xbf"):
            tell("%s begins with an invisible mark (BOM), so it cannot be started." % name,
                 "Save it as UTF-8 without BOM, and upload it again.")
        elif first.endswith(b"\r"):
            tell("%s has the line ends of Windows, so it cannot be started." % name,
                 "Save it with Unix line ends, and upload it again in binary mode.")
        elif not first.startswith(b"#!"):
            tell("%s does not begin with #! and the name of a program." % name,
                 "Make this its first line, with nothing before it: " + FIRST)
        else:
            program = first[2:].split()[0] if first[2:].split() else b""
            if not os.access(program, os.X_OK):
                tell("%s wants to be run by %s, which is not here, or which pages may not use."
                     % (name, program.decode("ascii", "replace")), "Make its first line " + FIRST)
        if path.endswith(".py") and sys.version_info[:2] >= NEEDED:
            try:
                compile(content, name, "exec", 0, True)
            except (SyntaxError, ValueError) as error:
                tell("%s is no program of Python 3: %s (line %s)." % (
                    name, getattr(error, "msg", error), getattr(error, "lineno", "?")),
                     "Correct that line, or upload the file again.")
    for folder in sorted({HERE, os.path.join(site, "cgi-bin")}):
        if os.path.isdir(folder) and os.stat(folder).st_mode & 0o022:
            tell("The folder %s may be changed by other users, so some hosts start nothing in it."
                 % short(site, folder), "Give it the permissions 755.")


def check_site(site):
    """The rest of the site: is it there, can it be read and written, can it be loaded?"""
    if not os.path.isfile(os.path.join(site, "lib", "chapbook", "__init__.py")):
        tell("There is no lib/chapbook beside cgi-bin, or pages may not read it.",
             "Upload the folder lib once more, whole; folders need the permissions 755, files 644.")
    if not os.path.isdir(os.path.join(site, "templates")):
        tell("There is no folder templates.", "Upload it beside lib.")
    settings = os.path.join(site, "site.ini")
    if os.path.exists(settings):
        if stat.S_IMODE(os.stat(settings).st_mode) & 0o077:
            tell("Other users may read site.ini, so pages refuse to use it.",
                 "Give site.ini the permissions 600.")
        if read(settings) is None:
            tell("Pages may not read site.ini.", "It must belong to the user of the pages (number "
                 "%d), with the permissions 600." % os.geteuid())
    var = os.path.join(site, "var")
    if not os.access(var if os.path.isdir(var) else site, os.W_OK | os.X_OK):
        tell("Pages run as user number %d, who cannot write into %s." % (
            os.geteuid(), "var" if os.path.isdir(var) else "the folder of the site"),
             "Give that folder the permissions 755 or 700; it must belong to that user.")
    disk = os.statvfs(site)
    if disk.f_bavail * disk.f_frsize < 20 << 20:
        tell("The disk is full.", "Delete what is not needed, old backups first.")


def ask_doctor(site):
    """What the site's own doctor finds, where it can be loaded."""
    sys.path.insert(0, os.path.join(site, "lib"))
    os.environ.pop("GATEWAY_INTERFACE", None)     # or the toolkit would answer in our place
    try:
        from chapbook import doctor
        for finding in doctor.examine(site, deploy=True, offline=True):
            tell("%s (%s)" % (finding.sentence, finding.name), finding.remedy)
    except BaseException as error:
        tell("The site's own program cannot be loaded: %s: %s." % (type(error).__name__, error),
             "Upload lib, and vendor if it is there, once more, whole and in binary mode.")


def main():
    """Look at everything, and print it."""
    admit()
    sys.dont_write_bytecode = True
    site = find_site()
    for check in (check_python, lambda: check_scripts(site), lambda: check_site(site)):
        try:
            check()
        except Exception as error:
            tell("Some things could not be looked at: %s." % type(error).__name__,
                 "Mend what else is told here, and look again.")
    if sys.version_info[:2] >= NEEDED and os.path.isdir(os.path.join(site, "lib", "chapbook")):
        ask_doctor(site)
    known = sys.version_info[:3] + (os.geteuid(),)
    lines = ["What is wrong with this site", "",
             "Looked at with Python %d.%d.%d, as user number %d." % known, ""]
    for number, (sentence, remedy) in enumerate(told, 1):
        lines += ["%d. %s" % (number, sentence), "   What to do: " + remedy, ""]
    if not told:
        lines += ["Nothing, as far as this script can see: scripts can be started, and the site "
                  "can be loaded.", "If its addresses answer 500 all the same, a line of .htaccess "
                  "is refused. Rename .htaccess", "for a moment, and see whether plain files come "
                  "then; the host's error log names the line.", ""]
    lines += ["Delete this script and whatswrong-allow.txt when you are done.", ""]
    answer("200 OK", "\n".join(lines))


main()
