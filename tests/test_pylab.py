"""The names of the star import: NumPy at once, matplotlib when called."""

import os
import subprocess
import sys

import numpy as np
import pytest

from eventsnn import pylab
from eventsnn.units import Quantity, linspace, ms, mV

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


@pytest.fixture(autouse=True)
def no_open_figures():
    yield
    plt.close("all")


def run_python(code):
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ, MPLBACKEND="Agg"))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_import_loads_neither_matplotlib_nor_other_heavy_parts():
    code = (
        "import sys\nfrom eventsnn.pylab import *\n"
        "heavy = ('matplotlib', 'scipy', 'numba', 'numpy.f2py', 'numpy.testing')\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    assert run_python(code) == "[]"


def test_a_brian_tutorial_plots():
    code = """
import sys
from eventsnn.pylab import *
from eventsnn.units import *
t, v = linspace(0*ms, 10*ms, 5), rand(5)*mV
figure(figsize=(12, 4)); subplot(121); plot(t/ms, v/mV, label='v'); xlabel('Time (ms)'); legend()
axvline(3*ms, ls='--'); plot(t, v)
subplot(122); hist(t, bins=np.linspace(0, 1, 5), weights=list(ones(5)/(2*0.1*ms))); plt.title('x')
print(gcf().axes[0].lines[-1].get_xdata()[-1], rcParams['lines.linewidth'] > 0, mpl.__name__)
show()
"""
    assert run_python(code) == "0.01 True matplotlib"


def test_matplotlib_may_be_imported_after_quantities_exist():
    code = """
from eventsnn.units import *
t = [1, 2, 3]*ms
import matplotlib.pyplot as plt
plt.plot(t*1, [1, 2, 3]*mV); plt.errorbar(t, t, yerr=t); plt.hist(t, bins=[0, 1, 2]); plt.bar(t, t)
plt.gcf().canvas.draw()
print(plt.gca().lines[0].get_xdata(orig=False).tolist())
"""
    assert run_python(code) == "[0.001, 0.002, 0.003]"


@pytest.mark.parametrize(
    "draw",
    [
        lambda p, t, v: p.plot(t, v),
        lambda p, t, v: p.plot([0 * ms, 3 * ms], [1 * mV, 2 * mV]),
        lambda p, t, v: p.scatter(t, v, c=v),
        lambda p, t, v: p.bar(t, v, width=0.1 * ms),
        lambda p, t, v: p.errorbar(t, v, yerr=v),
        lambda p, t, v: p.fill_between(t, v, 0),
        lambda p, t, v: p.hist(t, bins=np.linspace(0, 1, 5)),
        lambda p, t, v: p.hist(t, range=(0, 1)),
        lambda p, t, v: p.axvspan(1 * ms, 2 * ms),
        lambda p, t, v: p.xlim(0, 3 * ms),
        lambda p, t, v: p.ylim(0 * mV, 3 * mV),
        lambda p, t, v: p.eventplot([t, t]),
        lambda p, t, v: p.vlines(t, 0, 1),
        lambda p, t, v: p.step(t, v),
        lambda p, t, v: p.stem(t, v),
        lambda p, t, v: p.boxplot(v),
        lambda p, t, v: p.text(1 * ms, 1 * mV, "here"),
        lambda p, t, v: p.imshow(np.outer(v, np.ones(3)), vmin=0 * mV),
        lambda p, t, v: p.pcolormesh(t, t, np.outer(v, np.ones(5))),
        lambda p, t, v: p.semilogy(t, v),
    ],
)
@pytest.mark.parametrize("where", ["ours", "matplotlib"])
def test_quantities_are_drawn_in_si(draw, where):
    t, v = [0, 1, 2, 3, 4] * ms, [1, 2, 5, 2, 1] * mV
    if where == "matplotlib" and "imshow" in draw.__code__.co_names:
        pytest.skip("an image of quantities must be stripped by the caller; our imshow does it")
    draw(pylab if where == "ours" else plt, t, v)
    plt.gcf().canvas.draw()


def test_builtins_are_those_that_pylab_keeps():
    names = pylab.star_namespace()
    assert names["abs"] is abs and names["min"] is min and names["max"] is max and names["round"] is round
    assert names["pow"] is pow and names["bool"] is bool and names["bytes"] is bytes
    assert names["sum"] is np.sum and names["any"] is np.any and names["all"] is np.all
    assert not {"int", "float", "str", "len", "print", "range", "input"} & set(names)


def test_where_names_meet_the_same_one_wins_as_in_pylab():
    assert pylab.random == np.random.random and pylab.power == np.random.power
    assert pylab.fft is np.fft.fft and pylab.norm is np.linalg.norm
    assert pylab.gray.__doc__.startswith("Do ``matplotlib.pyplot.gray``")
    assert pylab.linspace is linspace and isinstance(pylab.arange(0 * ms, 1 * ms, 0.5 * ms), Quantity)
    assert "cm" not in pylab.STAR_NAMES


def test_every_star_name_is_there():
    assert set(pylab.__all__) == set(pylab.STAR_NAMES)
    assert all(hasattr(pylab, name) for name in pylab.STAR_NAMES)
    expected = "np plt mpl pi e inf nan exp log sqrt zeros ones rand randn randint choice figure plot show trapz in1d"
    assert set(expected.split()) <= set(pylab.STAR_NAMES)


def test_every_function_of_pyplot_is_listed():
    own = {n for n, f in vars(plt).items() if not n.startswith("_") and getattr(f, "__module__", "") == plt.__name__}
    own = {n for n in own if callable(getattr(plt, n)) and not isinstance(getattr(plt, n), type)}
    assert own <= set(pylab.PYPLOT_NAMES)


def test_a_name_that_matplotlib_no_longer_has_says_so():
    gone = pylab._forwarder("matplotlib.pyplot", "plot_in_five_dimensions")
    message = r"matplotlib\.pyplot\.plot_in_five_dimensions does not exist in matplotlib \d"
    with pytest.raises(AttributeError, match=message):
        gone()


def test_forwarders_say_what_they_are():
    assert pylab.plot.__name__ == "plot"
    assert "importing matplotlib first" in pylab.plot.__doc__


def test_proxies_reach_what_they_stand_for():
    assert pylab.plt.figure is plt.figure and "figure" in dir(pylab.plt)
    pylab.rcParams["lines.linewidth"] = 2.5
    assert matplotlib.rcParams["lines.linewidth"] == 2.5 and "lines.linewidth" in pylab.rcParams
    matplotlib.rcdefaults()
