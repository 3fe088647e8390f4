"""A template for every construct of Jinja2: both ways of rendering must agree on all."""

SUPPORT = {
    "base.html": (
        '<t>{% block title %}T{{ site }}{% endblock %}</t>{% block main %}'
        '{% endblock %}|{% block foot scoped %}f{% endblock %}'
    ),
    "mid.html": (
        "{% extends 'base.html' %}{% block title %}M-{{ super() }}{% endblock %}"
        '{% block foot %}[{{ super() }}]{% endblock %}'
    ),
    "part.html": "inc:{{ name }}{{ x|default('no x') }}",
    "noctx.html": 'noctx:{{ site }}{{ name is defined }}',
    "macros.html": (
        "{% set version = 3 %}{% macro field(n, v='') %}<i {{ n }}={{ v }}"
        ' {{ varargs }} {{ kwargs|dictsort }}'
        ">{{ caller() if caller is defined else '' }}{% endmacro %}"
        '{% macro ctx() %}{{ name is defined }}{% endmacro %}{% set _private = 1 %}text'
    ),
}

CASES = {
    "extends": (
        "{% extends 'base.html' %}{% block title %}G·{{ super() }}{% endblock %}"
        '{% block main %}{{ name }}{{ self.title() }}{% endblock %}'
    ),
    "extends2": (
        "{% extends 'mid.html' %}{% block title %}G·{{ super() }}{{ super.super() }"
        '}{% endblock %}{% block foot %}{{ super() }}!{% endblock %}'
    ),
    "required": '{% block a required %}{% endblock %}',
    "include": (
        "{% set x = '<x>' %}{% include 'part.html' %}"
        "{% include 'noctx.html' without context %}{% include 'none.html' ignore missing %}"
    ),
    "include_loop": "{% for x in items %}{% include 'part.html' %}{% endfor %}",
    "include_list": "{% include ['none.html', 'part.html'] %}",
    "include_missing": "{% include 'none.html' %}",
    "include_dynamic": (
        "{% include 'pa' ~ 'rt.html' %}{% set t = 'part.html' %}{% include t %}"
    ),
    "extends_dynamic": '{% extends layout %}{% block main %}x{% endblock %}',
    "extends_cond": (
        "{% if flag %}{% extends 'base.html' %}{% endif %}{% block main %}"
        'x{{ flag }}{% endblock %}'
    ),
    "import": (
        "{% import 'macros.html' as m %}{{ m.field('a', '<b>', 1, z='&') }}"
        '{{ m.version }}{{ m.ctx() }}{{ m }}'
    ),
    "import_ctx": "{% import 'macros.html' as m with context %}{{ m.ctx() }}",
    "import_private": "{% import 'macros.html' as m %}{{ m._private }}",
    "import_missing": "{% from 'macros.html' import nothing %}{{ nothing() }}",
    "from": (
        "{% from 'macros.html' import field as f, version %}{% call f('q') %}"
        '<b>{{ name }}</b>{% endcall %}{{ version }}'
    ),
    "from_in_block": (
        "{% extends 'base.html' %}{% from 'macros.html' import field %}"
        "{% block main %}{{ field('q', v=name) }}{% endblock %}"
    ),
    "macro_local": (
        '{% macro m(a, b=2) %}{{ a }}{{ b }}{{ varargs }}{% endmacro %}{{ m(1) }}'
        "{{ m('<', 4, 5) }}{{ m.name }}{{ m.arguments }}"
    ),
    "macro_error": '{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}',
    "macro_undef": '{% macro m(a) %}{{ a }}{% endmacro %}{{ m() }}',
    "loop": (
        '{% for i in items %}{{ loop.index }}{{ loop.first }}{{ loop.last }}'
        "{{ loop.revindex }}{{ loop.cycle('a','b') }}{{ loop.changed(i) }}"
        "{{ loop.previtem|default('-') }}{{ loop.nextitem|default('-') }}"
        '{{ loop.length }};{% else %}none{% endfor %}{% for x in [] %}{% else %}'
        'empty{% endfor %}'
    ),
    "recursive": (
        '{% for n in tree recursive %}<li>{{ n.v }}{% if n.kids %}'
        '<ul>{{ loop(n.kids) }}</ul>{% endif %}{{ loop.depth }}{% endfor %}'
    ),
    "loop_if": (
        '{% for k, v in map.items() if v %}{{ k }}={{ v }} {% endfor %}'
        "{% for k in map|sort if k != 'a' %}{{ loop.index }}{{ k }}{% endfor %}"
    ),
    "set_ns": (
        '{% set ns = namespace(n=0) %}{% for i in items %}{% set ns.n = ns.n + i %}'
        '{% endfor %}{{ ns.n }}{% set b %}<p>{{ name }}</p>{% endset %}{{ b }}'
        '{% set c | upper %}x{{ name }}{% endset %}{{ c }}{% with q = 1 %}{{ q }}'
        '{% endwith %}'
    ),
    "filters1": (
        "{{ name|e }}{{ name|upper|lower|title }}{{ items|join(', ') }}"
        '{{ items|length }}{{ items|count }}{{ items|sum }}{{ items|first }}'
        "{{ items|last }}{{ name|replace('<','[') }}{{ '%s-%s'|format(1, name) }}"
    ),
    "filters2": (
        "{{ map|tojson }}{{ rows|map(attribute='id')|list }}"
        "{{ rows|selectattr('id','gt',1)|map(attribute='name')|join('<br>') }}"
        "{{ rows|groupby('kind')|list|length }}{{ items|batch(2)|list }}"
        '{{ name|truncate(5) }}{{ long|wordwrap(10) }}'
        "{{ 'a b http://x.org/?a=1&b'|urlize }}{{ {'a':'<'}|xmlattr }}"
        '{{ name|urlencode }}{{ long|indent }}{{ 1234567|filesizeformat }}'
        "{{ '<p>a</p>'|striptags }}"
    ),
    "filters3": (
        "{{ items|select('odd')|list }}{{ items|reject('odd')|list }}"
        "{{ rows|sort(attribute='name', reverse=true)|map(attribute='id')|list }}"
        '{{ items|random in items }}{{ 3.14159|round(2) }}{{ items|slice(2)|list }}'
        "{{ name|default('q') }}{{ nope|default('q') }}"
        "{{ name|attr('upper') is callable }}{{ items|max }}"
        "{{ rows|unique(attribute='kind')|list|length }}{{ 'x'|center(9) }}"
        '{{ name|wordcount }}{{ name|forceescape }}{{ name|pprint }}'
    ),
    "own_filters": '{{ context_name() }}{{ name|with_eval }}{{ name|with_environment }}',
    "no_filter": '{% if flag %}{{ name|nosuch }}{% endif %}x',
    "no_filter_dead": '{% if not flag %}{{ name|nosuch }}{% endif %}x',
    "no_test": '{{ 1 is nosuchtest }}',
    "tests": (
        '{{ name is string }}{{ 3 is odd }}{{ nope is defined }}'
        '{{ nope is undefined }}{{ items is iterable }}{{ 4 is divisibleby 2 }}'
        '{{ name is sameas name }}{{ 1 is in items }}{{ name is escaped }}'
        "{{ map is mapping }}{{ 'upper' is filter }}{{ 'zz' is filter }}{{ 'odd' is test }}"
    ),
    "undefined1": 'a\n{{ nope }}',
    "undefined2": 'a\nb{{ map.nope }}',
    "undefined3": '{% if nope %}x{% endif %}',
    "undefined4": '{% for x in nope %}{% endfor %}',
    "undefined5": '{{ rows[0].nope.deeper }}',
    "undefined6": '{{ nope() }}',
    "undefined7": '{{ items[9] }}',
    "undefined8": '{{ nope == 1 }}',
    "undefined_in_parent": (
        "{% extends 'base.html' %}{% block main %}\n\n{{ super() }}{{ nope }}{% endblock %}"
    ),
    "super_missing": '{% block a %}{{ super() }}{% endblock %}',
    "zero": 'line\nline\n{{ 1 // 0 }}',
    "raises_in_include": "x\n{% include 'part.html' %}{{ map['nope'] }}",
    "autoescape_off": (
        '{% autoescape false %}{{ name }}{{ name|upper }}{% endautoescape %}'
        '{{ name }}{% autoescape flag %}{{ name }}{% endautoescape %}'
    ),
    "safe": (
        '{{ name|safe }}{{ markup }}{{ markup + name }}{{ markup ~ name }}'
        "{{ name ~ '<' }}{{ (name ~ '<')|e }}"
    ),
    "filter_block": '{% filter upper %}a{{ name }}{% endfilter %}',
    "expr": (
        '{{ 1 if flag else 2 }}{{ items[1:] }}{{ items[-1] }}{{ not flag }}'
        "{{ 2 ** 3 }}{{ 7 // 2 }}{{ 'a' in 'abc' }}{{ (1, 2) }}{{ {'k': name} }}"
        "{{ name[0] }}{{ 1 < 2 < 3 }}{{ 'x' 'y' }}{{ none }}{{ 1.0 }}{{ thing.keys }}"
    ),
    "globals": (
        '{% for i in range(3) %}{{ i }}{% endfor %}{{ dict(a=1) }}'
        "{% set c = cycler('x','y') %}{{ c.next() }}{{ c.next() }}"
        "{% set j = joiner('|') %}{{ j() }}{{ j() }}"
        '{{ lipsum(n=1, min=5, max=6)|length > 0 }}'
    ),
    "whitespace": '  {%- if flag -%}  x  {%- endif -%}  \n y \n',
    "unicode": 'ñ€😀{{ text }}{{ text|length }}',
    "raw": '{% raw %}{{ x }}{% endraw %}{# c #}',
    "empty": '',
    "call_caller": (
        '{% macro list(xs) %}{% for x in xs %}{{ caller(x) }}{% endfor %}'
        '{% endmacro %}{% call(x) list(items) %}<{{ x }}>{% endcall %}'
    ),
    "scoped": '{% for i in items %}{% block b scoped %}{{ i }}{% endblock %}{% endfor %}',
    "syntax": '{% if %}',
    "missing_parent": "{% extends 'none.html' %}",
}
