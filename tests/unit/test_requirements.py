"""Whoever installs one of the requirements files has every package that the code for it imports."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = {"bot", "cogs", "sandbox", "tests", "benchmarks"}


def imported(folder):
    """The packages of others that the files of the folder import, however deep in a function."""
    found = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in statements(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - OURS


def statements(node):
    """All that are in it; to walk through expressions, too, takes longer than to read them."""
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.stmt | ast.excepthandler | ast.match_case):
            yield part
            yield from statements(part)


def required(file):
    """The names in the file and in those that it builds on, without extras and versions."""
    names = set()
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            names |= required(line.removeprefix("-r "))
        elif not line.startswith("#"):
            names.add(canonical(re.match(r"[\w.-]+", line)[0]))
    return names


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_all_that_is_imported_is_required_by_name():
    distributions, packages = packages_distributions(), set()
    for folders, file in (
        (["bot", "cogs"], "requirements.txt"),
        (["sandbox"], "requirements-demo.txt"),
        (["tests", "benchmarks"], "requirements-dev.txt"),
    ):
        packages |= set().union(*map(imported, folders))
        assert packages
        names = required(file)
        missing = {
            package
            for package in packages
            if names.isdisjoint(map(canonical, distributions.get(package, [])))
        }
        assert not missing, file
