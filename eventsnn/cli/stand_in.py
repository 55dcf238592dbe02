"""eventsnn in place of brian2: the modules that ``import brian2`` finds in this process.

Every module of Brian's that scripts import from has a stand-in that offers eventsnn's names. A name that eventsnn
does not have is answered by an error that says so, whether it is imported or asked for.
"""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from .. import units
from .._version import __version__

#: The version of Brian whose interface this is, and which eventsnn provides it.
VERSION = f"2.9.0+eventsnn{__version__}"

#: Functions that lie over NumPy's, which would lose units or do not exist.
_UNIT_AWARE = "functions that know about units"
_UNIT_AWARE_NAMES = ["arange", "exprel", "linspace", "ones_like", "zeros_like"]

#: Modules that hold particular names, and where these are found.
_PARTICULAR = {
    "brian2": ("eventsnn",),
    "brian2.numpy_": (_UNIT_AWARE, "numpy"),
    "brian2.units": ("eventsnn.units",),
    "brian2.units.allunits": ("eventsnn.units.allunits",),
    "brian2.units.constants": ("eventsnn.units.constants",),
    "brian2.units.fundamentalunits": ("eventsnn.units",),
    "brian2.units.stdunits": ("eventsnn.units.stdunits",),
    "brian2.units.unitsafe": (_UNIT_AWARE, "numpy"),
    "brian2.units.unitsafefunctions": (_UNIT_AWARE, "numpy"),
}

#: Modules from which scripts import nouns and verbs: each offers all of eventsnn's.
_NOUNS = """
    only core core.clocks core.functions core.magic core.namespace core.network core.operations core.preferences
    core.variables devices devices.device equations equations.equations groups groups.group groups.neurongroup
    groups.subgroup input input.poissongroup input.poissoninput input.spikegeneratorgroup input.timedarray monitors
    monitors.ratemonitor monitors.spikemonitor monitors.statemonitor spatialneuron spatialneuron.morphology
    spatialneuron.spatialneuron synapses synapses.synapses utils utils.logger
"""
_GENERAL = frozenset(f"brian2.{name}" for name in _NOUNS.split())

#: What Brian has and scripts use; those that eventsnn lacks are told apart from mistyped names.
_BRIAN_NOUNS = """
    BrianLogger BrianObject Clock CodeRunner Cylinder DEFAULT_FUNCTIONS DEFAULT_UNITS Equations EventMonitor
    Expression Function Group MagicNetwork Morphology Network NetworkOperation NeuronGroup PoissonGroup PoissonInput
    PopulationRateMonitor Quantity Section Soma SpatialNeuron SpikeGeneratorGroup SpikeMonitor SpikeSource
    StateMonitor StateUpdateMethod Statements Subgroup Synapses TimedArray all_devices brian_prefs check_units
    collect declare_types defaultclock device euler exact exponential_euler get_device get_local_namespace get_logger
    get_or_create_runtime_device heun implementation linear linked_var magic_network milstein network_operation prefs
    profiling_summary reinit_and_delete reinit_devices restore restore_initial_state rk2 rk4 run scheduling_summary
    seed set_device set_parameters_from_dict start_scope std_silent stop store
    codegen hears importexport memory parsing stateupdaters
"""
_BRIAN_NAMES = frozenset(_BRIAN_NOUNS.split())

#: Packages around Brian that cannot work without it.
_COMPANIONS = {
    "brian2tools": "It reads Brian's own objects; eventsnn's groups have explain(), and eventsnn.plotting draws "
    "rasters, traces and f-I curves.",
    "brian2genn": "It generates code for Brian's clock, and eventsnn has none: leave out its import and set_device().",
    "brian2cuda": "It generates code for Brian's clock, and eventsnn has none: leave out its import and set_device().",
    "brian2hears": "It is built on Brian's clocked groups.",
    "brian2modelfitting": "It is built on Brian's code generation.",
}


class StandIn(ModuleType):
    """A module of Brian's name with eventsnn's content.

    Parameters
    ----------
    name : str
        Such as ``brian2.units``.
    sources : sequence of module
        Where its names are found, in this order.
    """

    def __init__(self, name: str, sources: Sequence[ModuleType]) -> None:
        super().__init__(name, f"eventsnn in place of {name}.")
        self._sources = sources
        self.__path__: list[str] = []  # it may have parts
        self.__all__ = self._public_names()
        if name == "brian2":
            self.__version__ = VERSION

    def _public_names(self) -> list[str]:
        if self.__name__ in _GENERAL:
            return [*sys.modules["eventsnn"].PUBLIC_NAMES, *sys.modules["eventsnn.units"].__all__]
        names = [name for source in self._sources for name in source.__all__ if not name.startswith("__")]
        return list(dict.fromkeys(names))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_sources" not in self.__dict__:
            raise AttributeError(f"module '{self.__name__}' has no attribute '{name}'")
        part = f"{self.__name__}.{name}"
        if part in _PARTICULAR or part in _GENERAL:
            return importlib.import_module(part)
        for source in self._sources:
            value = getattr(source, name, _NOTHING)
            if value is not _NOTHING and not _is_inner_module(value):
                return value
        raise AttributeError(describe_missing(self.__name__, name, self.__all__))

    def __dir__(self) -> list[str]:
        return sorted({*self.__dict__, *self.__all__})


class StandInFinder(MetaPathFinder, Loader):
    """Finds Brian's modules in eventsnn (an entry of ``sys.meta_path``)."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return how to load one of Brian's modules; None for any other module.

        Raises
        ------
        ImportError
            When eventsnn has no such part.
        """
        top, _, _ = name.partition(".")
        if top in _COMPANIONS:
            raise ImportError(f"{top} does not work with eventsnn in place of brian2. {_COMPANIONS[top]}", name=name)
        if top != "brian2":
            return None
        if name in _PARTICULAR or name in _GENERAL:
            return ModuleSpec(name, self, is_package=True)
        parent, _, last = name.rpartition(".")
        known = getattr(sys.modules.get(parent), "__all__", ())
        raise ImportError(describe_missing(parent, last, known), name=name)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the stand-in."""
        sources = _PARTICULAR.get(spec.name, ("eventsnn",))
        return StandIn(spec.name, [_load(source) for source in sources])

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: it was complete when made."""


def install() -> None:
    """Let every ``import brian2`` of this process find eventsnn, also where Brian itself is installed."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "brian2"]:
        del sys.modules[name]
    sys.meta_path.insert(0, StandInFinder())


def describe_missing(module: str, name: str, known: Sequence[str] = ()) -> str:
    """Say that eventsnn lacks something that a script wants from Brian."""
    start = f"eventsnn runs here in place of brian2, and has no '{name}'"
    if name in _BRIAN_NAMES:
        return f"{start}. What needs it has to run with Brian 2 itself."
    near = difflib.get_close_matches(name, {*known, *_BRIAN_NAMES}, n=1, cutoff=0.75)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return f"{start} in '{module}'.{hint}"


def is_missing(name: str | None) -> bool:
    """Return whether Brian has a name that eventsnn lacks."""
    return name is not None and name in _BRIAN_NAMES and not hasattr(sys.modules["eventsnn"], name)


def _load(source: str) -> ModuleType:
    if source != _UNIT_AWARE:
        return importlib.import_module(source)
    module = ModuleType(source)
    module.__dict__.update({name: getattr(units, name) for name in _UNIT_AWARE_NAMES}, __all__=_UNIT_AWARE_NAMES)
    return module


_NOTHING = object()


def _is_inner_module(value: Any) -> bool:
    return isinstance(value, ModuleType) and value.__name__.startswith("eventsnn.")
