"""The texts below the fields of models, which are their descriptions in the document.

pydantic would read them (`use_attribute_docstrings`) while the models are imported: a tenth of a second at each start, for one document
that few processes are asked for.
"""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel


def field_texts(model: type[BaseModel]) -> dict[str, str]:
    """The texts of the fields that have one, by name.

    A field that a subclass declares again has that class's text, or none.
    """
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        for name in inspect.get_annotations(each):
            found.pop(name, None)
        if issubclass(each, BaseModel) and each is not BaseModel:
            found |= _of_module(each.__module__).get(each.__name__, {})  # those made of generics have no source
    return found


@cache
def _of_module(name: str) -> dict[str, dict[str, str]]:
    """The texts of a module's classes, by their names."""
    tree = ast.parse(Path(str(sys.modules[name].__file__)).read_bytes())
    return {node.name: _of_class(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _of_class(node: ast.ClassDef) -> dict[str, str]:
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(node.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }
