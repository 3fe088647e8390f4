"""What the lines of servers' logs mean: pattern, finding, sentence, remedy.

The words are those of Apache 2.4 (its AH-numbers stay through translations), of its modules cgid,
cgi, fcgid, wsgi and security, of suexec, env, Python 3, nginx, uWSGI and Passenger.
"""
from __future__ import annotations

import re

_BINARY = ("Save the script with Unix line ends and as UTF-8 without BOM, and upload it in binary "
           "mode; ./chapbook doctor --fix puts it right on the host.")
_FIRST = ("Make the first line #!/usr/bin/env python3, or write the path that your host names for "
          "Python.")
_LIB = ("Upload lib/ beside cgi-bin/, whole; packages go into vendor/. ./chapbook doctor names the "
        "page.")
_OWN = ("Give scripts and their folder to the user and group that pages run as, with permissions "
        "755 (files of others: upload them once more by FTP).")
_ALLOWED = ("Take that line out of .htaccess, or ask your host to allow it (AllowOverride); "
            "./chapbook doctor --deploy --fix does the first.")
_SLOW = ("Find out what the page waits for (a slow statement, another server), and let "
         "./chapbook cron do what takes longer than a few seconds.")
_MORE = "Ask your host for more, or let fewer processes run at a time."
_LARGER = ("Ask your host for a larger limit (FcgidMaxRequestLen, LimitRequestBody, "
           "client_max_body_size, SecRequestBodyLimit), or lower [limits] in site.ini, so that "
           "visitors are told before.")


def _rules(*rules: tuple[str, str, str, str]) -> tuple[tuple[re.Pattern[str], str, str, str], ...]:
    return tuple((re.compile(pattern), name, sentence, remedy)
                 for pattern, name, sentence, remedy in rules)


RULES = _rules(
    # How a script begins.
    (r"env: .?(?P<word>[\w./-]+)(?:\\r|\r|\^M)", "script-line-ends",
     "A script has the line ends of Windows, so a program named {word} and an invisible letter is "
     "looked for.", _BINARY),
    (r"env: .?(?P<word>[\w./-]+).?: Permission denied", "interpreter-closed",
     "The user of the pages may not run {word}.", _FIRST),
    (r"env: .?(?P<word>[\w./-]+).?: No such file", "interpreter-missing",
     "The web server does not find {word}, which is to run a script.", _FIRST),
    (r"\(8\)Exec format error", "script-start",
     "A script does not begin with #! and the name of a program; perhaps an invisible mark (BOM) "
     "stands before it.", _BINARY),
    (r"\(2\)No such file or directory:.*\bexec(?: of|v\w*| failed)", "interpreter-missing",
     "The program in the first line of a script is not there; line ends of Windows look like that "
     "too.", _FIRST + " " + _BINARY),
    (r"\(13\)Permission denied:.*\bexec(?: of|v\w*| failed)", "script-mode",
     "A script may not be executed, or the program in its first line may not.",
     "Give the script the permissions 755 (chmod 755); see that every folder above it, and its "
     "Python, can be entered by the user of the pages."),
    (r"AH0?2813|file permissions deny server execution", "script-mode",
     "A script may not be executed.", "Give it the permissions 755 (chmod 755)."),
    # suexec
    (r"target uid/gid \S+ mismatch with directory|program \(\d+/\d+\) mismatch", "script-owner",
     "suexec starts only scripts that belong to the user and group of the site, in folders that do "
     "as well.", _OWN),
    (r"file is writable by others|directory is writable by others", "code-writable",
     "suexec starts no script that others may change, nor one in a folder that others may change.",
     "chmod go-w on the script and its folder: permissions 755 for both, never 775 or 777."),
    (r"file has no execute permission", "script-mode", "suexec: a script may not be executed.",
     "Give it the permissions 755 (chmod 755)."),
    (r"suexec policy violation|command not in docroot|cannot run as forbidden|user mismatch \("
     r"|cannot get docroot information|file is either setuid|invalid target (?:user|group)",
     "log-suexec", "suexec refuses to start a script.",
     "The reason stands in suexec's own log, which your host can read: mostly the owner, the "
     "permissions, or the place of the script. " + _OWN),
    # .htaccess
    (r"Options? (?P<word>\S+ )?not allowed here", "htaccess-options",
     "The host does not allow Options in .htaccess ({word}).", _ALLOWED),
    (r"(?P<word>(?:Set|Add)Handler|Action) not allowed here", "htaccess-handler",
     "The host does not allow {word} in .htaccess.", _ALLOWED),
    (r": (?P<word>\S+) not allowed here", "htaccess-line",
     "The host does not allow {word} in .htaccess.", _ALLOWED),
    (r"Invalid command '(?P<word>[^']*)'", "htaccess-line",
     "Apache does not know the word {word}: it is mistyped, or its module is not there.",
     "Correct the line in .htaccess, or put it between <IfModule ...> and </IfModule>."),
    (r"AH00526|\.htaccess: (?:<\S+ )?.*(?:takes|requires|not closed|without matching)",
     "htaccess-line", "A line of the configuration is mistyped.", "Correct the line in .htaccess."),
    (r"AH00124|exceeded the limit of \d+ internal redirects", "rewrite-loop",
     "Rules for addresses send a request around in a circle.",
     "Take out what you have added in .htaccess below RewriteEngine On; the last rule ends in "
     "[END]."),
    (r"AH00670|(?:FollowSymLinks|SymLinksIfOwnerMatch).*is off.*RewriteRule"
     r"|Options FollowSymLinks and SymLinksIfOwnerMatch are both off", "htaccess-links",
     "Apache allows rules for addresses only where links are allowed.",
     "Write into .htaccess, as its first line: Options +SymLinksIfOwnerMatch"),
    (r"AH00529|unable to (?:check|read) htaccess file", "log-unreadable",
     "The web server cannot enter a folder, or read its .htaccess.",
     "Folders need permissions 755 (711 for your home), .htaccess 644."),
    (r"ExecCGI is off in this directory|AH02809", "cgi-off",
     "Programs may not be run in this folder.",
     "Put scripts where the host runs them (mostly cgi-bin), or write Options +ExecCGI into "
     ".htaccess."),
    # What is sent, and what comes back
    (r"malformed header from script '?(?P<word>[^':]*)", "output-early",
     "The script {word} writes something before its headers.",
     "Take out what it prints (print, os.system), or let it write to sys.stderr."),
    (r"exceeds MaxRequestLen|larger than the configured limit|AH01587"
     r"|client intended to send too large body|Request body .*is larger than", "body-limit",
     "The host refused a form, because it was larger than the host allows.", _LARGER),
    (r"ModSecurity: Access denied", "firewall",
     "The host's firewall (mod_security) refused a request.",
     "Ask your host to switch off that rule for your site; its number stands in the line, as id."),
    # Python
    (r"No module named '?(?P<word>chapbook|collection)\b", "lib-missing",
     "A page does not find lib/.", _LIB),
    (r"No module named '?(?P<word>[\w.]+)|cannot import name '(?P<other>\w+)'", "script-import",
     "A page needs something that is not there: {word}{other}.", _LIB),
    (r"codec can't (?:en|de)code|UnicodeEncodeError", "encoding",
     "A page runs in a language that knows only English letters.",
     "Have pages run with LANG=C.UTF-8 (SetEnv LANG C.UTF-8; for mod_wsgi lang=C.UTF-8)."),
    (r"can't start new thread", "thread-cap", "No more threads can be started.", _MORE),
    (r"\bSyntaxError\b|\bIndentationError\b|\bTabError\b", "script-syntax",
     "A page is no program that this Python understands.",
     "Look at the lines before this one in the log; a page for Python 2, or a Python older than "
     "3.11, does that."),
    (r"No space left on device|Disk quota exceeded", "disk-full", "The disk is full.",
     "Delete what is not needed, old backups first, or ask your host for more room."),
    (r"PermissionError: .*?'(?P<word>[^']*)'", "var-unwritable",
     "A page may not use {word}.", "Give it to the user of the pages, with permissions 700."),
    (r"MemoryError|\(12\)Cannot allocate memory|died, killed by signal 9|Out of memory",
     "log-memory", "The memory that the host gives is used up.", _MORE),
    (r"\(11\)Resource temporarily unavailable|BlockingIOError: \[Errno 11\]|fork: retry"
     r"|can't apply process slot", "process-cap", "No more processes can be started.", _MORE),
    # Servers that pass requests on
    (r"Timeout waiting for output from CGI|AH01220|read data timeout in \d+ seconds"
     r"|upstream timed out|Timeout when reading response headers|HARAKIRI|Script timed out before",
     "log-slow", "A page took longer than the server waits.", _SLOW),
    (r"connect\(\) to \S+ failed|AH01079|AH00957|Unable to connect to WSGI daemon"
     r"|failed to make connection to backend|Could not spawn process for application",
     "log-gateway", "The web server does not reach the process that answers for the site.",
     "See that it runs, and that its socket has the name, the folder and the rights that the web "
     "server's configuration says (docs/hosting/)."),
    (r"no python application found|unable to load app|does not contain WSGI application"
     r"|no app loaded", "log-no-application",
     "The server found no application in the file that it was given.",
     "Name apache/dispatch.wsgi there, or passenger_wsgi.py for Passenger (docs/hosting/)."),
    # Addresses
    (r"client denied by server configuration|AH01630", "log-denied",
     "The web server keeps an address from everybody. For files of lib/, var/ and the like that is "
     "in order.",
     "If it is a page: in the virtual host, the folder needs Require all granted; where only an "
     ".htaccess is yours, make it anew."),
    (r"script not found or unable to stat|AH02811|AH01264", "log-not-found",
     "The web server looks for a script in a place where none is.",
     "Compare the path in the line with where the file lies; ScriptAlias or .htaccess leads "
     "there."),
)

# What is left in a log when a script has ended without an answer.
SYMPTOMS = _rules(
    (r"End of script output before headers|Premature end of script headers|AH01309"
     r"|Truncated or oversized response headers|upstream prematurely closed|cannot be loaded as "
     r"Python module|Exception occurred processing WSGI script|error reading data from FastCGI",
     "log-ended-early", "A script ended before it answered, and the log has no more about it.",
     "Run ./chapbook doctor, or upload apache/whatswrong.cgi; where scripts run by suexec, its own "
     "log has the reason."),
)
