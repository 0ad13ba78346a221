"""Templates, compiled once a language: words and addresses that no request can change are set in as text.

A page then joins ready text and asks only for what differs from request to request; that is half of the time it took.
"""

from collections.abc import Callable, MutableMapping

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.compiler import CodeGenerator
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer
from litestar.plugins.jinja import JinjaTemplateEngine

from grants.shell.assets import asset
from grants.shell.config import ROOT
from grants.shell.language import LANGUAGES, Plural, _, language

SETTLED: dict[str, Callable] = {"_": _, "asset": asset, "language": language}


class Setting(NodeTransformer):
    """Puts the answer of a settled function in place of its call, where all it is given stands in the template."""

    def visit_Call(self, call: nodes.Call) -> nodes.Node:
        self.generic_visit(call)
        known = SETTLED.get(call.node.name) if isinstance(call.node, nodes.Name) else None
        if known is None or call.kwargs or not all(isinstance(given, nodes.Const) for given in call.args):
            return call
        said = known(*(given.value for given in call.args))
        return call if isinstance(said, Plural) else nodes.Const(said, lineno=call.lineno)  # a plural needs its number


class Generator(CodeGenerator):
    """Compiles a template with what is settled set in."""

    def visit_Template(self, template: nodes.Template, frame: object = None) -> None:
        super().visit_Template(Setting().visit(template), frame)


class Calling(Context):
    """Nothing that our templates call asks for jinja's own context, so calls go straight to what is called."""

    def call(self, called: Callable, *given, _loop_vars: object = None, _block_vars: object = None, **named) -> object:
        return called(*given, **named)


class Spoken(Environment):
    """The templates in one language."""

    code_generator_class = Generator
    context_class = Calling

    def make_globals(self, d: MutableMapping | None) -> MutableMapping:
        return {**self.globals, **(d or {})}  # a plain dict: the chained one is walked in Python for every import


class Engine(JinjaTemplateEngine):
    """Hands out each template in the language of the request."""

    def __init__(self, known: dict[str, object]):
        self.spoken = {code: environment(known) for code in LANGUAGES}
        super().__init__()

    @property
    def engine(self) -> Spoken:
        return self.spoken[language()]


def environment(known: dict[str, object]) -> Spoken:
    made = Spoken(
        loader=FileSystemLoader(ROOT / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, auto_reload=False,
    )
    made.globals |= SETTLED | known
    return made
