"""Unicode properties for `\\p{...}`: what Python's own tables answer exactly, and no guesses.

ECMA-262 section 22.2.2.9. The tables are those of the Unicode version that Python was made with, a
year or several older than the browser's: a letter that is younger is none here.
"""
from __future__ import annotations

from .escapes import HEX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .escapes import Reader, Test

_CATEGORIES = {
    "Cased_Letter": ("Lu", "Ll", "Lt"), "LC": ("Lu", "Ll", "Lt"),
    "Close_Punctuation": ("Pe",), "Connector_Punctuation": ("Pc",), "Control": ("Cc",),
    "cntrl": ("Cc",), "Currency_Symbol": ("Sc",), "Dash_Punctuation": ("Pd",),
    "Decimal_Number": ("Nd",), "digit": ("Nd",), "Enclosing_Mark": ("Me",),
    "Final_Punctuation": ("Pf",), "Format": ("Cf",), "Initial_Punctuation": ("Pi",),
    "Letter": ("L",), "Letter_Number": ("Nl",), "Line_Separator": ("Zl",),
    "Lowercase_Letter": ("Ll",), "Mark": ("M",), "Combining_Mark": ("M",), "Math_Symbol": ("Sm",),
    "Modifier_Letter": ("Lm",), "Modifier_Symbol": ("Sk",), "Nonspacing_Mark": ("Mn",),
    "Number": ("N",), "Open_Punctuation": ("Ps",), "Other": ("C",), "Other_Letter": ("Lo",),
    "Other_Number": ("No",), "Other_Punctuation": ("Po",), "Other_Symbol": ("So",),
    "Paragraph_Separator": ("Zp",), "Private_Use": ("Co",), "Punctuation": ("P",), "punct": ("P",),
    "Separator": ("Z",), "Space_Separator": ("Zs",), "Spacing_Mark": ("Mc",), "Surrogate": ("Cs",),
    "Symbol": ("S",), "Titlecase_Letter": ("Lt",), "Unassigned": ("Cn",),
    "Uppercase_Letter": ("Lu",),
    **{short: (short,) for short in (
        "C Cc Cf Cn Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm "
        "So Z Zl Zp Zs").split()},
}
_WHITE = frozenset("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | frozenset(
    map(chr, range(0x2000, 0x200B)))
_WIDE_HEX = frozenset(map(chr, [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF27),
                                *range(0xFF41, 0xFF47)]))
_STARTS = frozenset("\u1885\u1886\u2118\u212e\u309b\u309c")
_CONTINUES = frozenset("\xb7\u0387\u1369\u136a\u136b\u136c\u136d\u136e\u136f\u1370\u1371\u19da"
                       "\u200c\u200d\u30fb\uff65")
# Binary properties, by both names, that are good JavaScript without being in Python.
_UNKNOWN = frozenset(
    "Alphabetic Alpha Bidi_Control Bidi_C Case_Ignorable CI "
    "Changes_When_NFKC_Casefolded CWKCF Dash Default_Ignorable_Code_Point DI Deprecated Dep "
    "Diacritic Dia Emoji Emoji_Component EComp Emoji_Modifier EMod Emoji_Modifier_Base EBase "
    "Emoji_Presentation EPres Extended_Pictographic ExtPict Extender Ext Grapheme_Base Gr_Base "
    "Grapheme_Extend Gr_Ext IDS_Binary_Operator IDSB IDS_Trinary_Operator IDST Ideographic Ideo "
    "Logical_Order_Exception LOE Math Noncharacter_Code_Point NChar Pattern_Syntax Pat_Syn "
    "Quotation_Mark QMark Radical Sentence_Terminal STerm Soft_Dotted SD Terminal_Punctuation Term "
    "Unified_Ideograph UIdeo Variation_Selector VS Basic_Emoji Emoji_Keycap_Sequence "
    "RGI_Modifier_Sequence RGI_Flag_Sequence RGI_Emoji RGI_Emoji_Modifier_Sequence "
    "RGI_Emoji_Flag_Sequence RGI_Emoji_Tag_Sequence RGI_Emoji_ZWJ_Sequence".split())


def read_property(reader: Reader) -> Test:
    """The set of p{...} or P{...}, whose backslash has been read; P is not turned around here."""
    start = reader.at - 1
    sign = reader.peek()
    reader.at += 1
    stop = reader.source.find("}", reader.at)
    if not reader.take("{") or stop < 0:
        reader.fail(f"\\{sign} needs a property in braces, as in \\p{{L}}.", start)
    text = reader.source[reader.at:stop]
    reader.at = stop + 1
    name, equals, value = text.partition("=")
    if equals and name in ("Script", "sc", "Script_Extensions", "scx") and value.isidentifier():
        return _cannot(reader, start, f"Chapbook does not know which letters are {value}. Write "
                       "them as ranges, or \\p{L} for every letter.")
    if not equals and name in _UNKNOWN:
        return _cannot(reader, start, f"Chapbook does not know which characters are {name}. Write "
                       "them as ranges, or use a category such as \\p{L}, \\p{N}, \\p{P}.")
    test = None
    if equals and name in ("General_Category", "gc"):
        test = _category(value)
    elif not equals:
        test = _BINARY.get(name) or _category(name)
    if test is None:
        reader.fail(f"there is no property \\p{{{text}}}. Letters are \\p{{L}}, digits of all "
                    "scripts \\p{Nd}; upper and lower case matter in these names.", start)
    return test


def _cannot(reader: Reader, start: int, what: str) -> Test:
    reader.cannot(what, start)
    return lambda character: False


def _category(name: str) -> Test | None:
    wanted = _CATEGORIES.get(name)
    if wanted is None:
        return None
    return lambda character: category(character).startswith(wanted)


def category(character: str) -> str:
    """Two letters: Lu, Nd and so on."""
    import unicodedata

    return unicodedata.category(character)


def id_start(character: str) -> bool:
    """Whether an identifier may begin with the character (ID_Start)."""
    kind = category(character)
    return (kind[0] == "L" or kind == "Nl" or character in _STARTS) and character != "\u2e2f"


def id_continue(character: str) -> bool:
    """Whether an identifier may have the character (ID_Continue)."""
    return (id_start(character) or category(character) in ("Mn", "Mc", "Nd", "Pc")
            or character in _CONTINUES)


_BINARY: dict[str, Test] = {
    "Any": lambda character: True,
    "ASCII": str.isascii,
    "Assigned": lambda character: category(character) != "Cn",
    "ASCII_Hex_Digit": HEX.__contains__,
    "Hex_Digit": (HEX | _WIDE_HEX).__contains__,
    "White_Space": _WHITE.__contains__,
    "Uppercase": str.isupper,
    "Lowercase": str.islower,
    "Cased": lambda character: (
        character.isupper() or character.islower() or category(character) == "Lt"),
    "ID_Start": id_start,
    "ID_Continue": id_continue,
}
for _short, _long in (
    ("AHex", "ASCII_Hex_Digit"), ("Hex", "Hex_Digit"), ("space", "White_Space"),
    ("Upper", "Uppercase"), ("Lower", "Lowercase"), ("IDS", "ID_Start"), ("IDC", "ID_Continue"),
):
    _BINARY[_short] = _BINARY[_long]
