"""The names of NumPy and pyplot that ``from eventsnn import *`` brings along, as Brian's star import does.

NumPy's names are the real ones; where two of its modules share a name, the same one wins as in pylab
(``random`` is a function that draws numbers). Python's own ``abs``, ``min``, ``max``, ``pow``, ``round``,
``bool`` and ``bytes`` stay; ``sum``, ``any`` and ``all`` become NumPy's, as Brian's users know them. Names of
pyplot are thin callables: matplotlib is imported when the first of them is called.
"""

from __future__ import annotations

import builtins
import datetime
import importlib
import sys
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy

from .units import Quantity, arange, exprel, linspace, ones_like, zeros_like
from .units.plotting import register_quantities_with_matplotlib

_PYPLOT = """
    Annotation Arrow Artist AutoLocator Axes Button Circle Figure FixedFormatter FixedLocator
    FormatStrFormatter FuncFormatter GridSpec IndexLocator Line2D LinearLocator LogFormatter
    LogFormatterExponent LogFormatterMathtext LogLocator MaxNLocator MultipleLocator Normalize
    NullFormatter NullLocator PolarAxes Polygon Rectangle ScalarFormatter Slider Subplot SubplotSpec
    Text Widget acorr angle_spectrum annotate arrow autoscale autumn axes axhline axhspan axis axline
    axvline axvspan bar bar_label barbs barh bone box boxplot broken_barh cla clabel clf clim close
    cohere colorbar connect contour contourf cool copper csd cycler delaxes disconnect draw draw_all
    draw_if_interactive ecdf errorbar eventplot figaspect figimage figlegend fignum_exists figtext
    figure fill fill_between fill_betweenx findobj flag gca gcf gci get get_backend get_cmap
    get_current_fig_manager get_figlabels get_fignums get_plot_commands get_scale_names getp ginput gray
    grid grouped_bar hexbin hist hist2d hlines hot hsv imread imsave imshow inferno
    install_repl_displayhook interactive ioff ion isinteractive jet legend locator_params loglog magma
    magnitude_spectrum margins matshow minorticks_off minorticks_on new_figure_manager nipy_spectral
    pause pcolor pcolormesh phase_spectrum pie pie_label pink plasma plot polar prism psd quiver
    quiverkey rc rc_context rcdefaults rgrids savefig sca scatter sci semilogx semilogy set_cmap
    set_loglevel setp show specgram spring spy stackplot stairs stem step streamplot subplot
    subplot2grid subplot_mosaic subplot_tool subplots subplots_adjust summer suptitle switch_backend
    table text thetagrids tick_params ticklabel_format tight_layout title tricontour tricontourf
    tripcolor triplot twinx twiny uninstall_repl_displayhook violinplot viridis vlines
    waitforbuttonpress winter xcorr xkcd xlabel xlim xscale xticks ylabel ylim yscale yticks
"""
#: Functions and classes of ``matplotlib.pyplot`` that are called, as of matplotlib 3.11; one that the
#: installed version does not have says so when called.
PYPLOT_NAMES = tuple(_PYPLOT.split())

# Functions that pylab takes from elsewhere in matplotlib
_MATPLOTLIB_NAMES = {
    "matplotlib.dates": """
        date2num num2date datestr2num drange DateFormatter DateLocator RRuleLocator YearLocator MonthLocator
        WeekdayLocator DayLocator HourLocator MinuteLocator SecondLocator rrule relativedelta""",
    "matplotlib.cbook": "flatten silent_list",
    "matplotlib.mlab": "detrend detrend_linear detrend_mean detrend_none window_hanning window_none",
}
_MAPPINGS = ("rcParams", "rcParamsDefault", "colormaps")
# Names of NumPy that mean something else in Python, and that people expect to keep their meaning
_KEPT_BUILTINS = ("abs", "bool", "bytes", "max", "min", "pow", "round")


class LazyModule(ModuleType):
    """A module that is imported when something in it is first asked for."""

    def __init__(self, name: str) -> None:
        super().__init__(name, f"Stands for ``{name}`` until something in it is used.")

    def __getattr__(self, attribute: str) -> Any:
        # Tools that look through the user's names ask for these; they are no reason to load matplotlib
        if attribute.startswith("__") and attribute.endswith("__") and self.__name__ not in sys.modules:
            raise AttributeError(attribute)
        return getattr(_load(self.__name__), attribute)

    def __setattr__(self, attribute: str, value: Any) -> None:
        if attribute.startswith("__"):
            super().__setattr__(attribute, value)
        else:
            setattr(_load(self.__name__), attribute, value)

    def __dir__(self) -> list[str]:
        return dir(_load(self.__name__))


class NumPyWithUnits(ModuleType):
    """NumPy, but for the few functions that it does not let quantities take over."""

    def __init__(self) -> None:
        super().__init__("numpy", numpy.__doc__)
        self.arange, self.linspace = arange, linspace

    def __getattr__(self, attribute: str) -> Any:
        return getattr(numpy, attribute)

    def __dir__(self) -> list[str]:
        return dir(numpy)


class LazyMapping:
    """Stands for a dictionary such as ``rcParams`` in a module not yet imported."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def _target(self):
        return getattr(_load(self._module), self._name)

    def __getitem__(self, key: Any) -> Any:
        return self._target()[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._target()[key] = value

    def __contains__(self, key: object) -> bool:
        return key in self._target()

    def __iter__(self) -> Iterator:
        return iter(self._target())

    def __len__(self) -> int:
        return len(self._target())

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return getattr(self._target(), attribute)

    def __repr__(self) -> str:
        return repr(self._target())


def _load(name: str) -> ModuleType:
    """Import a part of matplotlib, and teach matplotlib to draw quantities."""
    module = importlib.import_module(name)
    register_quantities_with_matplotlib(Quantity)
    return module


def _forwarder(module: str, name: str):
    """Return a callable that passes its arguments on to ``module.name``, with quantities as SI numbers."""

    def forward(*args: Any, **kwargs: Any) -> Any:
        try:
            function = getattr(_load(module), name)
        except AttributeError:
            version = sys.modules["matplotlib"].__version__
            raise AttributeError(f"{module}.{name} does not exist in matplotlib {version}.") from None
        plain = [_without_units(arg) for arg in args]
        return function(*plain, **{key: _without_units(value) for key, value in kwargs.items()})

    forward.__name__ = forward.__qualname__ = name
    forward.__doc__ = f"Do ``{module}.{name}``, importing matplotlib first; quantities are drawn in SI units."
    return forward


def _without_units(argument):
    """Return an argument for matplotlib: SI numbers for a quantity, or for each in a short list."""
    if hasattr(argument, "dim"):
        return numpy.asarray(argument)
    if isinstance(argument, (list, tuple)) and type(argument) in (list, tuple):
        return type(argument)([_without_units(element) for element in argument])
    return argument


def _numpy_names() -> dict:
    """Return NumPy's public names; fft, random and linalg come over the others, as in pylab."""
    modules = (numpy, numpy.fft, numpy.random, numpy.linalg)
    # Parts of NumPy that it loads on demand (f2py, testing, ...) stay unloaded here too
    parts = [name for name in numpy.__all__ if name not in vars(numpy)]
    found: dict = {name: LazyModule(f"numpy.{name}") for name in parts}
    for module in modules:
        public = [name for name in module.__all__ if not name.startswith("_") and name not in parts]
        found.update({name: getattr(module, name) for name in public})
    # It would run NumPy's own tests, or be taken for one of ours
    del found["test"]
    # Gone from newer versions of NumPy, but still in many scripts
    found.setdefault("trapz", getattr(numpy, "trapezoid", None))
    found.setdefault("in1d", numpy.isin)
    found.update({name: getattr(builtins, name) for name in _KEPT_BUILTINS})
    return found


def star_namespace() -> dict[str, Any]:
    """Return every name of NumPy and pyplot for the star import, with what it stands for.

    NumPy lies over pyplot, and what knows about units over both. There is no ``cm`` for colour maps, since
    that is the centimetre; ``plt.cm`` is at hand.
    """
    names = {name: _forwarder("matplotlib.pyplot", name) for name in PYPLOT_NAMES}
    for module, listed in _MATPLOTLIB_NAMES.items():
        names.update({name: _forwarder(module, name) for name in listed.split()})
    names.update({name: LazyMapping("matplotlib", name) for name in _MAPPINGS})
    names.update({name: LazyModule(f"matplotlib.{name}") for name in ("style", "cbook", "mlab")})
    names.update(_numpy_names())
    names.update(arange=arange, linspace=linspace, ones_like=ones_like, zeros_like=zeros_like, exprel=exprel)
    with_units = NumPyWithUnits()
    names.update(np=with_units, numpy=with_units, ma=numpy.ma, plt=plt, mpl=mpl, matplotlib=mpl)
    # Modules that pylab lets slip out, and that scripts use without importing them
    names.update(datetime=datetime, sys=sys, time=time)
    return names


plt = LazyModule("matplotlib.pyplot")
mpl = LazyModule("matplotlib")

_NAMESPACE = star_namespace()
# numpy itself goes on meaning NumPy in this file
globals().update({name: value for name, value in _NAMESPACE.items() if name != "numpy"})

#: The names for the star import.
STAR_NAMES = sorted(_NAMESPACE)
__all__ = STAR_NAMES
register_quantities_with_matplotlib(Quantity)
