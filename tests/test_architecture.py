"""The table of layers: which module may import which.

A module may import from the rows above its own, from its own row, and from its own package; never from a row
below. Imports inside the package are relative and stand at the top of the file. Optional libraries are
imported inside the functions that need them, so that ``import eventsnn`` stays quick. No module imports
itself through others.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

# From top to bottom. A name stands for eventsnn/<name>.py or for the whole folder eventsnn/<name>/.
ROWS = (
    ("errors", "_jit", "_kept", "_version"),
    ("units", "border", "instants", "philox", "normals", "randomness"),
    ("equations",),
    ("crossing",),
    ("store", "views"),
    ("neurons",),
    ("synapses",),
    ("stimuli",),
    ("recording",),
    ("clocks",),
    ("groups",),
    ("monitors",),
    ("engine",),
    ("simulation",),
    ("models",),
    ("plotting", "pylab", "compatibility"),
    ("cli", "__main__"),
    ("__init__",),
)
OPTIONAL = {"matplotlib", "mpl_toolkits", "scipy", "tqdm", "numba", "llvmlite", "IPython", "pandas"}

PACKAGE = Path(__file__).resolve().parent.parent / "eventsnn"
ROW_OF = {name: number for number, row in enumerate(ROWS) for name in row}


@dataclass(frozen=True)
class Import:
    """One imported module, and how it is written in the file."""

    target: str  # dotted name from the root: "eventsnn.errors", "numpy"
    line: int
    is_relative: bool
    is_inside_function: bool
    is_for_types: bool  # stands under `if TYPE_CHECKING:`


def read_package(folder: Path) -> dict[str, str]:
    """Return the source of every file by its dotted name, as in ``eventsnn.neurons.__init__``."""
    return {
        ".".join((folder.name, *path.relative_to(folder).with_suffix("").parts)): path.read_text("utf-8")
        for path in sorted(folder.rglob("*.py"))
    }


def module_of(file: str) -> str:
    """Return the name by which a file is imported."""
    return file.removesuffix(".__init__")


def find_imports(file: str, source: str, sources: Iterable[str]) -> list[Import]:
    """Return all imports of a file, wherever in it they stand."""
    found: list[Import] = []
    modules = {module_of(name) for name in sources}

    def visit(node: ast.AST, in_function: bool, for_types: bool) -> None:
        if isinstance(node, ast.Import | ast.ImportFrom):
            is_relative = isinstance(node, ast.ImportFrom) and node.level > 0
            for target in targets_of(node, file, modules):
                found.append(Import(target, node.lineno, is_relative, in_function, for_types))
        in_function = in_function or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for child in node.body:
                visit(child, in_function, True)
            for child in node.orelse:
                visit(child, in_function, for_types)
            return
        for child in ast.iter_child_nodes(node):
            visit(child, in_function, for_types)

    visit(ast.parse(source), False, False)
    return found


def targets_of(node: ast.Import | ast.ImportFrom, file: str, modules: set[str]) -> Iterator[str]:
    """Yield the modules that one statement imports; ``from . import x`` is x when x is a module."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    base = node.module or ""
    if node.level:
        above = file.split(".")[: -node.level]
        base = ".".join([*above, base] if base else above)
    for alias in node.names:
        as_module = f"{base}.{alias.name}"
        yield as_module if as_module in modules else base


def cell_of(module: str) -> str:
    """Return the name under which a module stands in the table."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def is_ours(module: str) -> bool:
    return module.split(".")[0] == "eventsnn"


def find_strangers(sources: dict[str, str]) -> list[str]:
    """Name the modules that have no place in the table."""
    strangers = sorted({cell_of(module_of(file)) for file in sources} - set(ROW_OF))
    return [
        f"eventsnn/{name} is in no row of the table. Give it a place in ROWS of tests/test_architecture.py: "
        "below all that it imports, above all that imports it."
        for name in strangers
    ]


def find_upward_imports(sources: dict[str, str]) -> list[str]:
    """Name the imports that run against the table."""
    complaints = []
    for file, source in sources.items():
        for found in find_imports(file, source, sources):
            here, there = cell_of(module_of(file)), cell_of(found.target)
            if not is_ours(found.target) or here not in ROW_OF:
                continue
            if there not in ROW_OF:
                complaints.append(f"{file}, line {found.line}: {found.target} is in no row of the table.")
            elif ROW_OF[there] > ROW_OF[here]:
                complaints.append(
                    f"{file}, line {found.line}: {here} (row {ROW_OF[here] + 1}) may not import "
                    f"{found.target} (row {ROW_OF[there] + 1}). Move what both need to a row above, or turn "
                    "the call around."
                )
    return complaints


def find_bad_manners(sources: dict[str, str]) -> list[str]:
    """Name absolute imports of our own, hidden imports, and optional libraries at the top of a file."""
    complaints = []
    for file, source in sources.items():
        for found in find_imports(file, source, sources):
            where = f"{file}, line {found.line}"
            is_optional = found.target.split(".")[0] in OPTIONAL
            if is_ours(found.target) and not found.is_relative:
                complaints.append(f"{where}: write the import of {found.target} as a relative one.")
            if is_optional and not found.is_inside_function and not found.is_for_types:
                complaints.append(f"{where}: import {found.target} inside the function that needs it.")
            if not is_optional and found.is_inside_function:
                complaints.append(f"{where}: import {found.target} at the top of the file.")
    return complaints


def find_cycle(sources: dict[str, str]) -> str | None:
    """Return one chain of modules that import each other in a circle, or None."""
    graph = {
        module_of(file): {found.target for found in find_imports(file, source, sources) if is_ours(found.target)}
        for file, source in sources.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return " <- ".join(error.args[1])
    return None


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    return read_package(PACKAGE)


def test_every_module_has_a_place_in_the_table(sources):
    complaints = find_strangers(sources)
    assert not complaints, "\n".join(complaints)


def test_no_module_imports_from_a_row_below_its_own(sources):
    complaints = find_upward_imports(sources)
    assert not complaints, "\n".join(complaints)


def test_imports_are_relative_and_at_the_top_and_optional_libraries_wait(sources):
    complaints = find_bad_manners(sources)
    assert not complaints, "\n".join(complaints)


def test_no_modules_import_each_other_in_a_circle(sources):
    cycle = find_cycle(sources)
    assert cycle is None, f"These modules import each other in a circle: {cycle}"


def test_importing_the_package_loads_no_optional_library():
    program = "import sys, eventsnn; print(eventsnn.__file__); print(*sorted(sys.modules), sep='\\n')"
    root = PACKAGE.parent
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    file, *loaded = done.stdout.split()
    assert file == str(PACKAGE / "__init__.py"), "eventsnn/__init__.py is missing, or another eventsnn was found."
    found = {name.split(".")[0] for name in loaded} & {"matplotlib", "scipy", "numba"}
    assert not found, f"`import eventsnn` loads {', '.join(sorted(found))}: import inside the function that needs it."


class TestTheTestItself:
    """A test that cannot fail holds nothing."""

    def test_finds_a_module_without_a_place(self):
        assert "eventsnn/novelty is in no row" in find_strangers({"eventsnn.novelty.parts": ""})[0]

    @pytest.mark.parametrize(
        "line",
        [
            "from .engine import reference",
            "from .engine.reference import f",
            "from . import simulation, errors",
        ],
    )
    def test_finds_an_import_from_below(self, line):
        sources = {
            "eventsnn.__init__": "",
            "eventsnn.errors": "",
            "eventsnn.units": line,
            "eventsnn.simulation": "",
            "eventsnn.engine.__init__": "",
            "eventsnn.engine.reference": "",
        }
        complaints = find_upward_imports(sources)
        assert len(complaints) == 1 and "eventsnn.units, line 1: units (row 2) may not import" in complaints[0]

    def test_allows_the_same_row_the_same_package_and_rows_above(self):
        sources = {
            "eventsnn.__init__": "from .units import *",
            "eventsnn.errors": "",
            "eventsnn.units": "from .errors import UnitError",
            "eventsnn.border": "from . import units\nfrom .units import Quantity",
            "eventsnn.neurons.__init__": "from . import lif",
            "eventsnn.neurons.lif": "from ..border import f\nfrom .family import Family",
            "eventsnn.neurons.family": "import numpy as np\nfrom .. import errors",
        }
        assert find_strangers(sources) == find_upward_imports(sources) == find_bad_manners(sources) == []
        assert find_cycle(sources) is None

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("from eventsnn.errors import UnitError", "as a relative one"),
            ("def f():\n    from .errors import UnitError", "at the top of the file"),
            ("import scipy.special", "inside the function"),
            ("class A:\n    from matplotlib import pyplot", "inside the function"),
        ],
    )
    def test_finds_bad_manners(self, text, complaint):
        (found,) = find_bad_manners({"eventsnn.errors": "", "eventsnn.units": text})
        assert complaint in found

    @pytest.mark.parametrize(
        "text",
        ["def f():\n    import scipy", "if TYPE_CHECKING:\n    from matplotlib.axes import Axes"],
    )
    def test_allows_optional_libraries_in_functions_and_for_types(self, text):
        assert find_bad_manners({"eventsnn.units": text}) == []

    def test_finds_a_circle(self):
        sources = {
            "eventsnn.groups": "from .monitors import M",
            "eventsnn.monitors": "def f():\n    from . import groups",
        }
        assert find_cycle(sources) is not None
