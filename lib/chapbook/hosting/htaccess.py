"""The `.htaccess` files of a site, where a host gives no more than those: made, not written."""
from __future__ import annotations

from ..response import OLD_HEADERS, SECURITY_HEADERS, TYPES

SPLIT, INSIDE = "split", "inside"
STUB = "/cgi-bin/chapbook.py"
DISPATCHER = "/apache/dispatch.wsgi"
RESPONDER = "/apache/dispatch.fcgi"
FASTCGI_TAKES = 131_072       # bytes of a body: FcgidMaxRequestLen where a host has not raised it

DENY = """\
# Nothing in this folder is for visitors. The rules of the site's .htaccess refuse it already; this
# refuses it once more, should those be lost.
Require all denied
"""

# What a host may run by an ending: left to the host, or its source could be read.
PROGRAMS = r"\.(?i:py|wsgi|cgi|fcgi|pl|rb|php\d?|phtml|phar|phps|asp|aspx|jsp)$"
SCRIPTS = ("py", "cgi", "pl", "sh", "rb", "lua", "tcl", "php")    # chapbook.server.program.ENDINGS
_NAME = "[A-Za-z0-9][A-Za-z0-9_-]*"
_PATH = "([^._/][^/]*(?:/[^._/][^/]*)*)"          # no name in it begins with a dot or underscore


def text(
    layout: str = SPLIT, *, script: str | None = None, options: bool = True, handler: bool = True,
    authorization: str = "rewrite", below: str = "", fastcgi: bool = False,
) -> str:
    """The site's own `.htaccess`, for the public folder ("split") or the site's root ("inside").

    `script`, by its path below that folder, answers what is no file: the stub, or the dispatcher
    of the tree. `options` and `handler` say whether the host lets Options and SetHandler be used
    there (`AllowOverride`); without them the host itself must run that script, by a ScriptAlias
    say. `authorization` says how the Authorization header gets to scripts: "rewrite" by setting a
    variable, which every host allows that has mod_setenvif, "CGIPassAuth" by that directive, ""
    not at all. `below` is the folder's address: "/club", "/~ann", "" at the top of its host.
    With `fastcgi` a process that stays answers (mod_fcgid); it needs `handler`, and CGI as well.
    """
    if layout not in (SPLIT, INSIDE) or authorization not in ("rewrite", "CGIPassAuth", ""):
        raise ValueError(f"no such layout or way of authorization: {layout} {authorization}")
    dispatcher = RESPONDER if fastcgi else DISPATCHER
    script = (script or (STUB if layout == SPLIT else dispatcher)).strip("/")
    parts = [_HEAD[layout].replace("SCRIPT", script)]
    parts.append(_begin(below))
    if options:
        parts.append("Options +ExecCGI -Indexes\n")
    if handler:
        parts.append(_handlers(layout, script, "fcgid-script" if fastcgi else "cgi-script"))
    parts.append(_AUTHORIZATION[authorization])
    parts += [_headers(), _errors(f"{below}/{script}"), _static_types()]
    if layout == INSIDE:
        parts.append(_SETTINGS.replace("BELOW", below.replace(".", "[.]")))
    parts.append(_rules(layout, script, direct=layout == INSIDE and not fastcgi))
    return "\n".join(part for part in parts if part)


def locks(script: str = DISPATCHER, *, handler: bool = True) -> dict[str, str]:
    """The `.htaccess` files of the folders below an "inside" one, by name; nothing in them is had.

    But for `script`, and for the scripts in cgi-bin/; `handler` as for `text`.
    """
    private = ("lib", "nginx", "templates", "vendor", "var")
    found = {f"{folder}/.htaccess": DENY for folder in private}
    folder, _, name = script.strip("/").rpartition("/")
    found["apache/.htaccess"] = DENY
    if folder == "apache":                    # it must answer on hosts without AuthConfig, too
        found["apache/.htaccess"] = _ALL_BUT.format(name=name.replace(".", "[.]"))
    found["cgi-bin/.htaccess"] = _SCRIPTS_ONLY + (_NEVER_SHOWN if handler else "")
    return found


_HEAD = {
    SPLIT: """\
# The public folder of a Chapbook site: a file in here is sent as it is, and every other address is
# for SCRIPT, which finds the site itself in a folder that visitors cannot reach.
#
# It needs a host with CGI and mod_rewrite that allows AllowOverride FileInfo, and Options where the
# line Options is used. "Internal Server Error" for everything: one line is not allowed, and
# the host's error log names it; ./chapbook doctor finds it too.
""",
    INSIDE: """\
# A Chapbook site by CGI where everything must lie in one public folder: this is .htaccess beside
# cgi-bin/ there. Nothing of the tree can be had but static files and pages: every other address is
# a page of the site, "not found" included. Private folders have an .htaccess of their own as well.
#
# It needs a host with CGI and mod_rewrite that allows AllowOverride FileInfo, AuthConfig and
# Options (most do). Better still, let the site lie above the public folder: see docs/hosting/.
""",
}

_SETTINGS = """\
# Settings are for nobody. The rules below refuse them as well.
RedirectMatch 404 "^BELOW/(?:[^/]*[.]ini|install-code-[^/]*|manifest[.]json|[.][^/]*)$"
"""
_ALL_BUT = """\
# Of this folder visitors get what that one script answers, and nothing else that lies in it.
<FilesMatch "^(?!{name}$)">
    RedirectMatch 404 "^"
</FilesMatch>
"""
_SCRIPTS_ONLY = f"""\
# Of this folder visitors get what scripts answer, and nothing else that lies in it.
<FilesMatch "^(?!{_NAME}\\.(?:{"|".join(SCRIPTS)})$)">
    RedirectMatch 404 "^"
</FilesMatch>
"""
_NEVER_SHOWN = f"""\
# Should the rules of the site's .htaccess be lost, these run or fail, but are not shown.
<FilesMatch "^{_NAME}\\.(?:{"|".join(SCRIPTS)})$">
    SetHandler cgi-script
</FilesMatch>
"""

_AUTHORIZATION = {
    "rewrite": "# For pages that read the Authorization header: Apache keeps it from scripts.\n"
               "<IfModule setenvif_module>\n"
               '    SetEnvIf Authorization "^(.+)$" HTTP_AUTHORIZATION=$1\n'
               "</IfModule>\n",
    "CGIPassAuth": "CGIPassAuth On\n",
    "": "",
}


def _begin(below: str) -> str:
    if below.startswith("/~"):                # mod_userdir: the top of a document root of its own
        below = "".join(below[1:].partition("/")[1:])
    return f"""\
# Where this folder is below the top of its host: empty, or /club for https://example.org/club/.
# The same goes before the addresses in the lines ErrorDocument; that of /~ann/ only there.
RewriteEngine On
RewriteRule "^" "-" [E=CHAPBOOK:{below}]

# Pages are UTF-8, and what is typed into their forms comes as what the page is.
AddDefaultCharset utf-8

# A page is written whole, so its Content-Length is true, and shows an answer that was cut off.
<IfModule env_module>
    SetEnv ap_trust_cgilike_cl 1
</IfModule>
"""


def _handlers(layout: str, script: str, handler: str) -> str:
    name = script.rpartition("/")[2]
    lines = [f'<Files "{name}">', f"    SetHandler {handler}", "</Files>"]
    if handler != "cgi-script":
        lines[2:2] = [
            "    # mod_fcgid answers longer bodies with an error: they get a process of their own.",
            f'    <If "%{{HTTP:Content-Length}} -gt {FASTCGI_TAKES} || '
            '-n %{HTTP:Transfer-Encoding}">', "        SetHandler cgi-script", "    </If>"]
    if layout == INSIDE:
        lines = [f'<FilesMatch "^{_NAME}\\.py$">', "    SetHandler cgi-script", "</FilesMatch>",
                 *(lines if not name.endswith(".py") else [])]
    return "\n".join(lines) + "\n"


def _headers() -> str:
    lines = ["# Whatever Apache answers itself has the headers that pages have.",
             "<IfModule headers_module>"]
    # What Apache runs and has no such header is an old script, and its page what it always was.
    for name, value in OLD_HEADERS:
        lines.append(f'    Header always set {name} "{value}" '
                     f"\"expr=-z %{{resp:{name}}} && %{{HANDLER}} == 'cgi-script' "
                     '&& %{REQUEST_STATUS} !~ /^(400|408|413)$/"')
    for name, value in SECURITY_HEADERS:
        lines.append(f'    Header always set {name} "{value}" "expr=-z %{{resp:{name}}}"')
    lines += ['    Header always set Cache-Control "no-store" "expr=-z %{resp:Cache-Control} && '
              '%{REQUEST_STATUS} -ge 400 && %{REQUEST_STATUS} -ne 412"', "</IfModule>"]
    return "\n".join(lines) + "\n"


def _errors(script: str) -> str:
    """The site's page, or a line, for what Apache refuses itself.

    To make a page for a body that could not be read would be to try and read it again.
    """
    lines = ["# What Apache refuses itself, and a script that ends before it answers, gets a page "
             "of the site."]
    lines += [f'ErrorDocument {status} "{script}/_refused/sound"' for status in (403, 404, 500)]
    for status, title, sentence in (
        (408, "Too slow", "What was sent took too long to arrive. Please try again."),
        (413, "Too large", "What was sent is larger than this site takes."),
        (416, "No such part", "The file does not have the part that was asked for."),
        (417, "Bad request", "The request expects something that this site does not do."),
    ):
        lines.append(f'ErrorDocument {status} "<!doctype html><html lang=en><title>{title}</title>'
                     f'<h1>{title}</h1><p>{sentence}</p></html>"')
    return "\n".join(lines) + "\n"


def _static_types() -> str:
    """Types and headers of static files: as chapbook.server.static sends them."""
    lines = [
        "# A static file: its type goes by the last ending of its name, and what has no known one",
        "# is a download that no browser guesses about. What a host may run is left to the host.",
        f'<FilesMatch "^(?!.*{PROGRAMS})">', "    SetHandler default-handler",
        "    ForceType application/octet-stream",
        "    <IfModule headers_module>",
        '        Header set Cache-Control "public, max-age=3600"',
        '        Header set Cache-Control "public, max-age=31536000, immutable" '
        '"expr=%{QUERY_STRING} =~ /^v=/"',
        "        RequestHeader unset Range env=CHAPBOOK_RANGES",
        "    </IfModule>", "</FilesMatch>", "<IfModule setenvif_module>",
        '    SetEnvIf Range "," CHAPBOOK_RANGES', "</IfModule>",
    ]
    endings: dict[str, list[str]] = {}
    for ending, kind in TYPES.items():
        endings.setdefault(kind, []).append(ending)
    for kind, names in endings.items():
        shown = f'"{kind}; charset=utf-8"' if kind.startswith("text/") else kind
        lines += [f'<FilesMatch "\\.(?i:{"|".join(names)})$">', f"    ForceType {shown}",
                  "</FilesMatch>"]
    return "\n".join(lines) + "\n"


def _rules(layout: str, script: str, direct: bool) -> str:
    """What an address leads to: the same as chapbook.server.dispatch and chapbook.server.static.

    Where it is `direct`, Apache itself finds most scripts.
    """
    top = "%{CONTEXT_DOCUMENT_ROOT}%{ENV:CHAPBOOK}"
    public, prefix = (top, "") if layout == SPLIT else (f"{top}/htdocs", "htdocs/")
    is_file = [f'RewriteCond "{public}/$3" -f', f'RewriteCond "{public}/$3" !-l',
               f'RewriteCond "{public}/$1" !-l', f'RewriteCond "{public}/$2" !-l']
    if layout == INSIDE:
        is_file.append(f'RewriteCond "$3" "!{PROGRAMS}"')
    else:                                # a host's log of errors often lies among the files
        is_file.append('RewriteCond "$3" "!^cgi-bin/|(?:^|/)error_log$"')
    path = f'"^(?=([^/]+))(?=([^/]+(?:/[^/]+)?)){_PATH}$"'
    dispatch = f'"{script}/$1" [B=%?#,NS,END]'
    ours = f"{script.replace('.', '[.]')}(?:/|$)"
    if layout == INSIDE:
        ours += f"|htdocs/(?!(?:.*/)?[._])|cgi-bin/{_NAME}[.]py(?:/|$)"
    lines = [
        "# What these rules lead to, and the page for what Apache refused, they lead nowhere else.",
        'RewriteCond "%{ENV:REDIRECT_STATUS}" "!^$"', f'RewriteRule "^(?:{ours})" "-" [END]', "",
        "# Where authorities look whether this folder is yours, before they give a certificate.",
        'RewriteRule "^[.]well-known/(?:acme-challenge|pki-validation|cpanel-dcv)/'
        r'[\w.-]+$" "-" [END]', "",
        *([] if layout == INSIDE else _others(script)),
        '# 1. A file is sent as it is, unless a name in its path begins with "." or "_", or is a',
        "# link's: it may lead to site.ini.",
        'RewriteCond "%{REQUEST_METHOD}" "!^(?:GET|HEAD)$"', *is_file,
        f'RewriteRule {path} "{script}/_refused/file" [END]', *is_file,
        f'RewriteRule {path} "{prefix}$3" [B=%?#,END]', "",
    ]
    if direct:
        lines += ["# 2. A script that may be executed answers for its name, and what follows it.",
                  '# Not to a query like "?--all": without a "=" in it, CGI makes its words',
                  "# arguments of the program (RFC 3875, 4.4)."]
        for pattern, target, into in (
            (f"^({_NAME})(/[^[:cntrl:]]*)?$", "$1", '"cgi-bin/$1.py$2" [B=%?#,END]'),
            ("^$", "index", '"cgi-bin/index.py" [END]'),
            (f"^cgi-bin/({_NAME})[.]py(/[^[:cntrl:]]*)?$", "$1", '"-" [END]'),
        ):
            lines += ['RewriteCond "%{QUERY_STRING}" "^$|="',
                      f'RewriteCond "{top}/cgi-bin/{target}.py" -f',
                      f'RewriteCond "{top}/cgi-bin/{target}.py" -x',
                      f'RewriteRule "{pattern}" {into}']
        lines += ["", "# 3. Everything else is for the dispatcher, which knows these rules too."]
    else:
        lines += ["# 2. Everything else is for the site, which knows these rules too."]
    return "\n".join([*lines, f'RewriteRule "(?s)^(.*)$" {dispatch}', ""])


def _others(script: str) -> list[str]:
    """Programs that were in the public cgi-bin/ before the site came: they stay what they were."""
    folder, _, name = script.rpartition("/")
    other = f"^{folder}/(?!{name.replace('.', '[.]')})({_NAME}[.][a-z]+)(?:/.*)?$"
    return ["# Other programs in the folder of our script are the host's to run, as before.",
            'RewriteCond "%{REQUEST_FILENAME}" -f', f'RewriteCond "$1" "{PROGRAMS}"',
            f'RewriteRule "{other}" "-" [END]', ""]
