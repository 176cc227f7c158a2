"""Small changes to a module that a test should notice: operators of Python, and of SQL text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.provider import OperatorProvider

# Of each family of cosmic-ray's operators, those whose mutants differ by a hair.
OPERATORS = re.compile(
    "AddNot|ReplaceTrueWithFalse|ReplaceFalseWithTrue|ReplaceAndWithOr|ReplaceOrWithAnd"
    "|ReplaceContinueWithBreak|ExceptionReplacer|NumberReplacer|ZeroIterationForLoop"
    "|ReplaceUnaryOperator_Delete_Not|ReplaceComparisonOperator_(Lt_LtE|LtE_Lt|Gt_GtE|GtE_Gt"
    "|Eq_NotEq|NotEq_Eq|Is_IsNot|IsNot_Is)|ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_Div"
    "|Div_Mul|FloorDiv_Mul|BitOr_BitAnd)"
)
SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|WHERE|CASE)\b")
TERM = (
    r"(?<=\b{} )(?:NOT )?[\w.]+ (?:=|<>|<=|>=|<|>|IS NOT|IS|IN) "
    r"(?:NULL|\(SELECT.*?\){{2}}|[\w.:?']+)"
)
IN_SQL = [
    *((TERM.format(word), "1") for word in ("WHERE", "AND", "OR", "WHEN", "ON")),
    (r"<=", "<"), (r"<(?![=>])", "<="), (r">=", ">"), (r"(?<!<)>(?!=)", ">="),
    (r"\bAND\b", "OR"), (r"\bOR\b", "AND"),
    (r"\bIS NULL\b", "IS NOT NULL"), (r"\bIS NOT NULL\b", "IS NULL"),
    (r"\bNOT (?=EXISTS|\w+ OR)", ""), (r"(?<!NOT )\bEXISTS\b", "NOT EXISTS"),
    (r" \+ ", " - "), (r" - ", " + "), (r"\bmax\(", "min("), (r"\bmin\(", "max("),
    (r"\bsum\(", "max("), (r" DESC\b", ""), (r"(ORDER BY [\w.]+)(?=[,\n)\"]| LIMIT)", r"\1 DESC"),
    (r"(?<=ORDER BY )[\w. ]+, ", ""),
    (r"(?<!SELECT )(?<!LIMIT )\b[01]\b", lambda found: str(int(found[0]) + 1)),
]  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A module with one change; `line` is where, `what` the line as it is then."""

    path: str
    line: int
    what: str
    code: str


def mutants(path: Path) -> Iterator[Mutant]:
    """All of a module, each once."""
    source = path.read_text()
    seen = {_meaning(source)}
    for code in (*_of_python(source), *_of_calls(source), *_of_sql(source)):
        try:
            meaning = _meaning(code)
        except SyntaxError:
            continue
        if meaning not in seen:
            seen.add(meaning)
            pairs = zip(source.splitlines(), code.splitlines(), strict=False)
            line, what = next((n, new) for n, (old, new) in enumerate(pairs, 1) if old != new)
            yield Mutant(str(path), line, what.strip(), code)


def _of_python(source: str) -> Iterator[str]:
    provider = OperatorProvider()
    for name in filter(OPERATORS.fullmatch, provider):
        operator = provider[name]()
        places = chain.from_iterable(map(operator.mutation_positions, ast_nodes(get_ast(source))))
        for occurrence, _ in enumerate(places):
            yield mutate_code(source, operator, occurrence) or source


def _of_calls(source: str) -> Iterator[str]:
    """Leave out a statement that only calls something, and a field that `replace` changes."""
    for node in ast.walk(ast.parse(source)):
        is_log = _text(node, source).startswith("log.")
        match node:
            case ast.Expr(value=ast.Call() | ast.Await()) if not is_log:
                yield _cut(source, node, "pass")
            case ast.Call(func=ast.Name("replace")):
                for keyword in node.keywords:
                    yield _cut(source, keyword, "")


def _of_sql(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Constant | ast.JoinedStr) and SQL.search(_text(node, source))):
            continue
        start, text = _offset(source, node.lineno, node.col_offset), _text(node, source)
        for pattern, new in IN_SQL:
            for found in re.finditer(pattern, text, re.DOTALL):
                instead = found.expand(new) if isinstance(new, str) else new(found)
                at = start + found.start()
                yield source[:at] + instead + source[start + found.end() :]


def _text(node: ast.AST, source: str) -> str:
    return ast.get_source_segment(source, node) or ""


def _offset(source: str, line: int, column: int) -> int:
    before = source.encode().splitlines(keepends=True)[: line - 1]
    line_text = source.encode().splitlines(keepends=True)[line - 1]
    return len(b"".join(before).decode()) + len(line_text[:column].decode())


def _cut(source: str, node: ast.expr | ast.stmt | ast.keyword, instead: str) -> str:
    start = _offset(source, node.lineno, node.col_offset)
    end = _offset(source, node.end_lineno or 0, node.end_col_offset or 0)
    rest = source[end:]
    return source[:start] + instead + (rest if instead else re.sub(r"^\s*,", "", rest))


def _meaning(source: str) -> str:
    """The syntax tree without annotations and kinds of parameters and of classes."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef():
                node.decorator_list = []
            case ast.AnnAssign():
                node.annotation = ast.Constant(None)
            case ast.arguments():
                node.args = [*node.posonlyargs, *node.args, *node.kwonlyargs]
                node.defaults = [*node.defaults, *filter(None, node.kw_defaults)]
                node.posonlyargs, node.kwonlyargs, node.kw_defaults = [], [], []
            case ast.arg():
                node.annotation = None
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                node.returns = None
    return ast.dump(tree)
