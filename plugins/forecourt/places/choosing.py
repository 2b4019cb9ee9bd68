"""Which module a setting asks for, with what options: ``{"target": "s3", "bucket": "larkwood-hub"}``.

A module of places or targets names its class at its end, a dataclass whose fields are the options. What comes from
the environment alone is a field ``environ``, which no setting may name.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import pkgutil
import sys
import typing
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import msgspec

from forecourt.config import nearest
from forecourt.errors import SettingsError

_ENVIRON = "environ"


def choose(  # Any: options are as the module says
    setting: str, package: ModuleType, value: Mapping[str, Any], environ: Mapping[str, str]
) -> Any:
    """What a setting such as HUB_DEPLOY asks for, made with its options.

    The key of the module's name is the last word of the package: ``target`` for ``targets``, ``place`` for ``places``.
    Raises SettingsError with all that is wrong, also where what the module needs is not installed.
    """
    key = package.__name__.rpartition(".")[2].removesuffix("s")
    known = [module.name for module in pkgutil.iter_modules(package.__path__)]
    name = str(value.get(key, ""))
    chosen = _class(f"{package.__name__}.{name}", key.upper()) if name in known else None
    if chosen is None:
        offered = [each for each in known if _class(f"{package.__name__}.{each}", key.upper())]
        said = f'"{name}" is no {key}' if name else f'"{key}" is missing'
        raise SettingsError([f"{setting}: {said}; {nearest(name, offered)}"])
    needs = getattr(sys.modules[chosen.__module__], "NEEDS", "")
    if needs and importlib.util.find_spec(needs) is None:
        how = f"pip install --require-hashes -r requirements-{name}.lock"
        raise SettingsError([f"{setting}: {name} needs {needs}, which is not installed; {how}"])
    options = {option: given for option, given in value.items() if option != key}
    fields = {field.name: field for field in dataclasses.fields(chosen) if field.name != _ENVIRON}
    problems = [
        f'{setting}: "{option}" is not an option of {name}; {nearest(option, fields)}'
        for option in options
        if option not in fields
    ]
    problems += [
        f'{setting}: {name} needs "{option}"'
        for option, field in fields.items()
        if option not in options and _is_needed(field)
    ]
    problems += [
        f"{setting}: {problem}"
        for option in fields.keys() & options
        for problem in _typed(chosen, option, options)
    ]
    if problems:
        raise SettingsError(sorted(problems))
    if any(field.name == _ENVIRON for field in dataclasses.fields(chosen)):
        options[_ENVIRON] = environ
    try:
        return chosen(**options)
    except ValueError as error:
        raise SettingsError([f"{setting}: {error}"]) from error


def _class(module: str, attribute: str) -> type[Any] | None:
    return getattr(importlib.import_module(module), attribute, None)


def _is_needed(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _typed(chosen: type[Any], option: str, options: dict[str, Any]) -> list[str]:
    """Give an option the type of its field, or say why it cannot have it."""
    try:
        kind = typing.get_type_hints(chosen)[option]
        options[option] = msgspec.convert(options[option], type=kind, strict=False)
    except msgspec.ValidationError as error:
        return [f'"{option}": {error}']
    return []
