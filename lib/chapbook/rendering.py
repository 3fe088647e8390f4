"""What compiled Jinja2 code asks of its environment; all else is asked of Jinja2 itself.

This stands in for jinja2.Environment and jinja2.Template while one CGI request is answered, upon
the real jinja2.runtime. A test renders every construct of the language both ways and compares.
"""
from __future__ import annotations

import markupsafe
from jinja2.runtime import Context, StrictUndefined, new_context
from jinja2.utils import Cycler, Joiner, Namespace, generate_lorem_ipsum
from markupsafe import Markup, escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType
    from typing import Any

    from .compiled import Store


def _escaping() -> Callable[[str], str]:
    """MarkupSafe's own step from text to escaped text, without an object around it.

    It is not public, so it is taken only where it is there and does what it should.
    """
    text = """<a href="?b&c='d'">"""
    step: Any = getattr(markupsafe, "_escape_inner", None)
    if callable(step) and step(text) == str(escape(text)):
        return step  # type: ignore[no-any-return]
    return lambda text: str(escape(text))


_escaped = _escaping()


def shown(value: object) -> str:
    """What `{{ value }}` puts out: the text of escape(value), without a Markup made of it."""
    kind = type(value)
    if kind is str:
        return _escaped(value)  # type: ignore[arg-type]
    if kind is int:
        return str(value)
    return value if kind is Markup else escape(value)  # type: ignore[return-value]


class Renderer:
    """As much of jinja2.Environment as rendering needs."""

    autoescape, undefined, context_class, concat = True, StrictUndefined, Context, "".join
    is_async = sandboxed = False
    shown = staticmethod(shown)
    finalize = None

    def __init__(self, codes: Mapping[str, CodeType], store: Store) -> None:
        self._codes, self._store = codes, store
        self._made: dict[str, Template] = {}
        self.filters: dict[str, Any] = Builtin("jinja2.filters", "FILTERS")
        self.filters.update(e=escape, escape=escape, length=len, count=len)
        self.tests: dict[str, Any] = Builtin("jinja2.tests", "TESTS")
        self.globals: dict[str, Any] = {
            "range": range, "dict": dict, "lipsum": generate_lorem_ipsum, "cycler": Cycler,
            "joiner": Joiner, "namespace": Namespace,
        }
        store.configure(self)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store.make(), name)

    @property
    def policies(self) -> dict[str, Any]:
        """Jinja2's defaults, imported when a filter asks for them."""
        from jinja2.defaults import DEFAULT_POLICIES

        return DEFAULT_POLICIES

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`obj.attribute`, else `obj["attribute"]`, else undefined."""
        try:
            return getattr(obj, attribute)
        except AttributeError:
            pass
        try:
            return obj[attribute]
        except (TypeError, LookupError, AttributeError):
            return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`obj[argument]`, else the attribute of that name, else undefined."""
        try:
            return obj[argument]
        except (AttributeError, TypeError, LookupError):
            if isinstance(argument, str):
                try:
                    return getattr(obj, str(argument))
                except AttributeError:
                    pass
            return self.undefined(obj=obj, name=argument)

    def render(self, name: str, context: Mapping[str, Any]) -> str:
        """The text of a template."""
        template: Template = self.get_template(name)
        return template.render(context)

    def get_template(self, name: Any, parent: Any = None, globals: Any = None) -> Any:
        """The template of a name; a template stands for itself."""
        if isinstance(name, Template):
            return name
        if name not in self._made:
            self._made[name] = Template(self, self._codes[name])
        return self._made[name]

    def select_template(self, names: Any, parent: Any = None, globals: Any = None) -> Any:
        """The first of several templates that is there."""
        return self.get_template(next(name for name in names if name in self._codes))

    def get_or_select_template(self, names: Any, parent: Any = None, globals: Any = None) -> Any:
        """What `extends` and `include` accept: a name, or several."""
        one = isinstance(names, (str, Template))
        return self.get_template(names) if one else self.select_template(names)


class Builtin(dict[str, "Any"]):
    """The site's own filters or tests; Jinja2's are imported when a template names one of them."""

    def __init__(self, module: str, attribute: str) -> None:
        super().__init__()
        self._module, self._attribute = module, attribute

    def __missing__(self, name: str) -> Any:
        if self._module:
            from importlib import import_module

            module, self._module = self._module, ""
            given = dict(self)
            self.update(getattr(import_module(module), self._attribute))
            self.update(given)
            if name in self:
                return self[name]
        raise KeyError(name)

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default

    def __contains__(self, name: object) -> bool:
        if not super().__contains__(name) and self._module and isinstance(name, str):
            try:
                self.__missing__(name)
            except KeyError:
                return False
        return super().__contains__(name)


class Template:
    """One template's code, run: as much of jinja2.Template as rendering needs."""

    is_up_to_date = True

    def __init__(self, environment: Renderer, code: CodeType) -> None:
        space: dict[str, Any] = {
            "environment": environment, "__file__": code.co_filename, "__jinja_template__": self,
        }
        exec(code, space)                     # compiled by Jinja2 from the site's own template
        self.environment, self.name, self.filename = environment, space["name"], code.co_filename
        self.root_render_func, self.blocks = space["root"], space["blocks"]
        self._debug: str = space["debug_info"]

    def render(self, context: Mapping[str, Any]) -> str:
        """The text of the template; errors point at the template's own lines."""
        try:
            return "".join(self.root_render_func(self.new_context(dict(context))))
        except Exception:
            from jinja2.debug import rewrite_traceback_stack

            raise rewrite_traceback_stack() from None

    def new_context(self, vars: Any = None, shared: bool = False, locals: Any = None) -> Context:
        """The names that the code sees."""
        environment: Any = self.environment
        return new_context(
            environment, self.name, self.blocks, vars, shared, self.environment.globals, locals)

    def make_module(self, vars: Any = None, shared: bool = False, locals: Any = None) -> Exported:
        """What `import` gives."""
        return Exported(self, self.new_context(vars, shared, locals))

    def _get_default_module(self, context: Any = None) -> Exported:
        keys = context.globals_keys - self.environment.globals.keys() if context is not None else ()
        return self.make_module({key: context.parent[key] for key in keys} if keys else None)

    @property
    def debug_info(self) -> list[tuple[int, int]]:
        """Pairs of a line of the template and the line of its code."""
        pairs = [pair.split("=") for pair in self._debug.split("&")] if self._debug else []
        return [(int(line), int(code)) for line, code in pairs]

    def get_corresponding_lineno(self, lineno: int) -> int:
        """The template's line for a line of its code."""
        return next((line for line, code in reversed(self.debug_info) if code <= lineno), 1)


class Exported:
    """A template's exported names, and its text."""

    __module__ = "jinja2.environment"         # error messages name the class

    def __init__(self, template: Template, context: Context) -> None:
        self.__dict__["_body"] = list(template.root_render_func(context))
        self.__dict__.update(context.get_exported())
        self.__dict__["__name__"] = template.name

    def __html__(self) -> str:
        from markupsafe import Markup

        return Markup("".join(self.__dict__["_body"]))

    def __str__(self) -> str:
        return "".join(self.__dict__["_body"])


Exported.__name__ = Exported.__qualname__ = "TemplateModule"
