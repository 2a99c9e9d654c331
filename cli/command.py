"""What every command has in common: how its options are named in errors, and read from a file."""

from __future__ import annotations

import contextlib
import difflib
import os
from collections.abc import Iterable, Iterator

import click
from click.core import ParameterSource

from powplasma.errors import InvalidInput

_NEAREST_FIRST = [
    ParameterSource.COMMANDLINE,
    ParameterSource.ENVIRONMENT,
    ParameterSource.DEFAULT_MAP,
    ParameterSource.DEFAULT,
]


def nearest(name: str, names: Iterable[str]) -> str:
    """A question for the name that may have been meant, to be put behind an error; or nothing."""
    close = difflib.get_close_matches(name, list(names), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def nearer(ctx: click.Context, first: str, second: str) -> tuple[object, object]:
    """The values of two options that exclude each other, without one that was set farther away.

    What the command line says beats the environment, and that the settings file. If both were
    set in the same place, both are given back.
    """
    values = [ctx.params[first], ctx.params[second]]
    if None not in values:
        sources = [
            _NEAREST_FIRST.index(ctx.get_parameter_source(name) or ParameterSource.DEFAULT) for name in (first, second)
        ]
        values = [value if source == min(sources) else None for value, source in zip(values, sources, strict=True)]
    return values[0], values[1]


class Command(click.Command):
    """A command whose errors name the option that a value came from, and where it was set."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As in click, after a look at the settings file's table for this command."""
        with options_named(ctx):
            self._check_settings(ctx)
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """As in click."""
        with options_named(ctx):
            return super().invoke(ctx)

    def _check_settings(self, ctx: click.Context) -> None:
        options = {param.name: param for param in self.params if isinstance(param, click.Option) and param.name}
        for key, value in list((ctx.default_map or {}).items()):
            option = options.get(key)
            table = ".".join(ctx.command_path.split()[1:])
            where = f"{ctx.obj}: [{table}] {key}"
            if option is None:
                raise click.UsageError(f"{where}: no such option{nearest(key, options)}", ctx)
            if option.is_flag and not isinstance(value, bool):
                raise click.UsageError(f"{where}: {value!r} is neither true nor false", ctx)
            if not option.is_flag and (isinstance(value, bool) or not isinstance(value, str | int | float)):
                raise click.UsageError(f"{where}: {value!r} is neither text nor a number", ctx)
            if option.multiple and ctx.default_map is not None:
                # As in the environment: the values of an option that may be repeated are words of one text.
                ctx.default_map[key] = str(value).split()


@contextlib.contextmanager
def options_named(ctx: click.Context) -> Iterator[None]:
    """Turns an ``InvalidInput`` of the library, which names parameters, into one that names options.

    Both that and what click itself refuses say where the value came from, if not from the command line.
    """
    try:
        yield
    except InvalidInput as error:
        raise click.UsageError(error.describe(_option(ctx, error.field)) + _source(ctx, error.field), ctx) from error
    except click.BadParameter as error:
        source = _source(ctx, error.param.name) if error.param is not None and error.param.name else ""
        if not source:
            raise
        raise click.BadParameter(error.message + source, error.ctx, error.param) from error


def _option(ctx: click.Context, field: str) -> str:
    for param in ctx.command.params:
        if param.name == field and isinstance(param, click.Option):
            return max(param.opts, key=len)
    return field


def _source(ctx: click.Context, field: str) -> str:
    match ctx.get_parameter_source(field):
        case ParameterSource.ENVIRONMENT:
            return f" [from the environment: {_variable(ctx, field)}]"
        case ParameterSource.DEFAULT_MAP:
            return f" [from {ctx.obj}]"
        case _:
            return ""


def _variable(ctx: click.Context, field: str) -> str:
    """The environment variable that an option's value came from: its own if that is set, as in click."""
    for param in ctx.command.params:
        if param.name == field and isinstance(param.envvar, str) and os.environ.get(param.envvar):
            return param.envvar
    return f"{ctx.auto_envvar_prefix}_{field.upper()}"
