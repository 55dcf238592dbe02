"""Groups that go through many ticks at once: the same bits as tick by tick; who may do it, and who may not.

Most tests run the loop uncompiled, which is slow for many neurons but quick to make; some compile it.
"""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventsnn import (
    Hz,
    Network,
    NetworkOperation,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    PopulationRateMonitor,
    SimulationError,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    linked_var,
    ms,
    seed,
    start_scope,
)
from eventsnn._jit import find_compiler, jit
from eventsnn.engine import bulk
from eventsnn.engine.bulk_names import plain_names
from eventsnn.engine.bulk_texts import HEADER
from eventsnn.equations.compilable import COMPILABLE
from eventsnn.equations.rates import FOR_ONE
from eventsnn.instants import tick, ticks

pytestmark = pytest.mark.filterwarnings("ignore::eventsnn.ExactnessNote")


def load_plain(source: str) -> Any:
    """Return a made module that is not compiled."""
    names = plain_names()
    exec(source.removeprefix(HEADER), names)

    def run(*arguments):
        # numbers of arrays warn where those of compiled code do not
        with np.errstate(all="ignore"):
            return names["run"](*arguments)

    return type("Module", (), {"run": staticmethod(run)})


class Leaps:
    """How groups leap in a test, and how often they did."""

    def __init__(self) -> None:
        self.count = 0

    def switch(self, monkeypatch: pytest.MonkeyPatch, how: str, length: int = 300) -> None:
        """Let groups leap some steps of neurons at a time, compiled or plain, whatever it is worth; or never."""
        worth = np.inf if how == "never" else 0.0
        monkeypatch.setattr(bulk, "WORTH_LEAPING", worth)
        monkeypatch.setattr(bulk, "WORTH_LOADING", worth)
        monkeypatch.setattr(bulk, "WORTH_COMPILING", worth)
        monkeypatch.setattr(bulk, "LEAP", length)
        if how == "plain":
            monkeypatch.setattr(bulk, "load", load_plain)
            monkeypatch.setattr(bulk, "find_compiler", lambda: "none is needed")
            monkeypatch.setattr(bulk, "has_other_functions", lambda: False)
        land = bulk.Leaper.land

        def count(leaper, leap):
            self.count += 1
            land(leaper, leap)

        monkeypatch.setattr(bulk.Leaper, "land", count)


@pytest.fixture
def leaps() -> Leaps:
    return Leaps()


@dataclass
class Model:
    """A group, and how it is run."""

    equations: str
    threshold: str = "v > 1"
    reset: str = "v = 0"
    refractory: Any = False
    method: str = "euler"
    size: int = 7
    name: str = "noisy"
    step: float = 0.1
    cuts: tuple[float, ...] = (10.0,)
    start: dict[str, Any] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)

    def group(self) -> NeuronGroup:
        group = NeuronGroup(
            self.size,
            self.equations,
            threshold=self.threshold,
            reset=self.reset,
            refractory=self.refractory,
            method=self.method,
            dt=self.step * ms,
            namespace=self.constants,
            name=self.name,
        )
        for name, value in self.start.items():
            setattr(group, name, value)
        return group


def outcome(model: Model, number: int = 3) -> dict[str, Any]:
    """Return all that a run leaves."""
    start_scope()
    seed(number)
    group = model.group()
    spikes, counts = SpikeMonitor(group), SpikeMonitor(group, record=False)
    part = SpikeMonitor(group[: max(1, model.size // 2)])
    rate = PopulationRateMonitor(group)
    network = Network(group, spikes, counts, part, rate)
    for cut in model.cuts:
        network.run(cut * ms)
    store = group._store
    arrays = {name: getattr(store, name) for name in ("state", "since", "since_low", "until", "until_low", "lastspike")}
    inputs = dict(zip(group._solved.dynamics.law.inputs, group._solved.dynamics.inputs, strict=True))
    return {
        "times": spikes._record.times,
        "neurons": spikes._record.neurons,
        "times of a part": part._record.times,
        "neurons of a part": part._record.neurons,
        "counts": counts.count,
        "rate": rate._record.times,
        **arrays,
        **store.parameters,
        **{f"{name} as an input": values for name, values in inputs.items()},
    }


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    for name, value in expected.items():
        np.testing.assert_array_equal(np.array(found[name]), np.array(value), err_msg=name, strict=True)


def assert_leaping_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, model: Model, how: str = "plain", length: int = 300
) -> dict[str, Any]:
    with monkeypatch.context() as patch:
        Leaps().switch(patch, "never")
        expected = outcome(model)
    leaps = Leaps()
    with monkeypatch.context() as patch:
        leaps.switch(patch, how, length)
        found = outcome(model)
    assert leaps.count > 0
    assert_same(found, expected)
    return found


#: What is drawn of: equations, threshold, reset, refractory period, by what they name.
MEMBRANES = [
    "dv/dt = (I - v)/(5*ms) + 0.3*xi*(5*ms)**-0.5 : 1 (unless refractory)",
    "dv/dt = (I - v)/(5*ms) + 0.3*xi*(5*ms)**-0.5 : 1",
    "dv/dt = (I - v - w)/(5*ms) + (0.2*xi_a + s*xi_b)*(5*ms)**-0.5 : 1 (unless refractory)",
    "dv/dt = (I - v + 0.2*exp(clip((v - 0.8)/0.2, -5, 5)))/(5*ms) + s*xi*(5*ms)**-0.5 : 1",
    "dv/dt = (I*(1 + 0.5*sin(2*pi*t/(7*ms))) - v**3)/(5*ms) + s*xi*exp(-t/(30*ms))*(5*ms)**-0.5 : 1",
    "dv/dt = (drive - v)/(5*ms) + 0.3*xi*(5*ms)**-0.5 : 1 (unless refractory)\ndrive = I*(1 + i/(2.0*N)) + tanh(w) : 1",
    "dv/dt = (I - v)/(5*ms) + 0.2*xi*(5*ms)**-0.5*int(not_refractory) : 1",
]
ADAPTATIONS = [
    "dw/dt = (0.3*v - w)/(20*ms) : 1",
    "dw/dt = -w/(20*ms) : 1 (unless refractory)",
    "dw/dt = -w/(20*ms) + 0.1*xi_c*(20*ms)**-0.5 : 1",
    "dw/dt = -w/(20*ms) : 1\ndu/dt = (w - u)/(3*ms) + 0.2*xi_c*(3*ms)**-0.5 : 1",
    "w : 1",
    "w = 0.1*I : 1",
]
THRESHOLDS = ["v > 1", "v >= 1", "v > theta", "v > 1 + 0.2*w", "v > 1 and w > -0.5", "v**2 > 1 or not (v < 1)"]
RESETS = [
    "v = 0",
    "v -= 1",
    "v = 0.1*i/N",
    "theta += 0.1\nv = -0.2",
    "over = v - theta\nv = over*0.5",
    "v = 0; theta *= 1.1",
]
PERIODS = [
    False,
    2.5 * ms,
    0.1 * ms,
    0.03 * ms,
    0 * ms,
    "period",
    "1*ms + 2*ms*i/N",
    "0.5*ms*(1 + abs(v))",
    "(t - lastspike) + 1*ms",
]


#: Noise that a variable multiplies, and none at all.
MULTIPLICATIVE = [
    "dv/dt = (I - v)/(5*ms) + (s + 0.1*v)*xi*(5*ms)**-0.5 : 1 (unless refractory)\nw : 1",
    "dv/dt = (I - v + w)/(5*ms) + 0.2*v*xi_a*(5*ms)**-0.5 : 1\n"
    "dw/dt = -w/(9*ms) + 0.1*w*xi_b*cos(t/ms)*(9*ms)**-0.5 : 1",
]
NOISELESS = [
    "dv/dt = (I - v*(1 + w**2))/(5*ms) : 1\ndw/dt = (v - w*exp(-abs(v)))/(20*ms) : 1",
    "dv/dt = (I*(1 + s*sin(t/ms)) - v*(1 + w**2))/(5*ms) : 1 (unless refractory)\ndw/dt = (v**3 - w)/(20*ms) : 1",
]


@st.composite
def models(draw: Callable) -> Model:
    kind = draw(st.sampled_from(["additive", "additive", "multiplicative", "none"]))
    membranes = {"additive": MEMBRANES, "multiplicative": MULTIPLICATIVE, "none": NOISELESS}[kind]
    methods = {
        "additive": ["euler", "heun", "milstein"],
        "multiplicative": ["heun", "milstein"],
        "none": ["euler", "exponential_euler", "rk2", "rk4"],
    }[kind]
    equations = draw(st.sampled_from(membranes))
    if kind == "additive":
        equations += f"\n{draw(st.sampled_from(ADAPTATIONS))}"
    shared = draw(st.sampled_from(["", " (shared)"]))
    equations += f"\nI : 1\ns : 1{shared}\ntheta : 1\nperiod : second"
    n = draw(st.integers(1, 20))
    return Model(
        equations,
        draw(st.sampled_from(THRESHOLDS)),
        draw(st.sampled_from(RESETS)),
        draw(st.sampled_from(PERIODS)),
        draw(st.sampled_from(methods)),
        size=n,
        step=draw(st.sampled_from([0.1, 0.25, 0.07])),
        cuts=(*draw(st.lists(st.sampled_from([5.0, 3.33, 0.04, 1.0, 2.1]), min_size=1, max_size=3)), 4.0),
        start={
            "I": np.linspace(0.5, 2.5, n),
            "s": draw(st.floats(0.0, 0.5)),
            "theta": 1.0,
            "period": np.linspace(0.0, 3.0, n) * ms,
            "v": "rand()",
        },
    )


@settings(max_examples=60, deadline=None)
@given(models())
def test_leaps_give_the_same_bits_as_ticks(model):
    with pytest.MonkeyPatch.context() as patch:
        assert_leaping_changes_nothing(patch, model)


NOISY = "dv/dt = (I - v)/(5*ms) + 0.3*xi*(5*ms)**-0.5 : 1 (unless refractory)\nI : 1"


def require_compiler() -> None:
    if find_compiler() is None:
        pytest.skip("there is no compiler")


def noisy(**changes: Any) -> Model:
    """Return noisy neurons below and above threshold."""
    size = changes.pop("size", 12)
    given = {"equations": NOISY, "refractory": 2 * ms, "start": {"I": np.linspace(0.5, 2.5, size), "v": "rand()"}}
    return Model(**{**given, "size": size, **changes})


#: What is compiled differs in its types and loops: one variable or several, one source of noise or two, cubics.
COMPILED = {
    "one variable": noisy(size=130, cuts=(3.33, 20.0)),
    "everything": Model(
        "dv/dt = (I - v - w + 0.2*exp(clip((v - 0.8)/0.2, -5, 5)))/(5*ms) + (0.2*xi_a + s*xi_b)*(5*ms)**-0.5 : 1\n"
        "dw/dt = (0.3*v - w*sin(t/ms)**2)/(20*ms) + 0.1*xi_b*(20*ms)**-0.5 : 1 (unless refractory)\n"
        "I : 1\ns : 1 (shared)\ntheta : 1",
        "v > theta + 0.1*abs(w) and w > -1",
        "over = v - theta\nv = over*0.5\ntheta += 0.1*(t - lastspike + ms)/ms",
        "(1 + i/(1.0*N))*ms*(1 + int(w > 0))",
        size=70,
        cuts=(2.05, 20.0),
        start={"I": np.linspace(0.5, 2.5, 70), "s": 0.2, "theta": 1.0},
    ),
    "heun": Model(MULTIPLICATIVE[0] + "\nI : 1\ns : 1", method="heun", start={"I": 1.5, "s": 0.3}, size=9),
    "milstein": Model(MULTIPLICATIVE[1] + "\nI : 1", method="milstein", start={"I": 1.5, "w": 0.5}, size=9),
    "rk4": Model(NOISELESS[1] + "\nI : 1\ns : 1", method="rk4", start={"I": 1.5, "s": 0.3}, refractory=1 * ms, size=9),
}


def compiled_cases() -> list:
    return [name if name == "one variable" else pytest.param(name, marks=pytest.mark.slow) for name in COMPILED]


@pytest.mark.parametrize("name", compiled_cases())
def test_compiled_leaps_give_the_same_bits_as_ticks(name, monkeypatch, tmp_path):
    require_compiler()
    monkeypatch.setenv("EVENTSNN_CACHE_DIR", str(tmp_path))
    found = assert_leaping_changes_nothing(monkeypatch, COMPILED[name], "compiled", 20_000)
    assert len(found["times"]) > 0


# --- however the run goes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cuts", [(10.0,), (3.33, 3.33, 3.34), (0.04, 0.04, 9.92), (1.05, 8.95), (0.1,) * 100])
def test_cutting_a_run_changes_no_leap(cuts, monkeypatch, leaps):
    whole = outcome(noisy(cuts=(10.0,)))
    leaps.switch(monkeypatch, "plain")
    found = outcome(noisy(cuts=cuts))
    assert (leaps.count > 0) == (max(cuts) > 0.2)
    for name in ("times", "neurons", "until", "lastspike"):
        np.testing.assert_array_equal(found[name], whole[name], err_msg=name)


def run_with(things: Callable[[NeuronGroup], list], duration: float = 10.0, model: Model | None = None) -> tuple:
    """Return the spikes of noisy neurons that run with other things, their states, and the network."""
    start_scope()
    seed(5)
    group = (model or noisy()).group()
    monitor = SpikeMonitor(group)
    network = Network(group, monitor, *things(group))
    network.run(duration * ms)
    spikes = [*zip(monitor._record.times, monitor._record.neurons, strict=True)]
    return spikes, group._store.state.tolist(), group._store.since.tolist()


def test_timed_code_finds_the_group_at_its_time(monkeypatch, leaps):
    seen = []

    def things(group):
        group.run_regularly("v = 0.9*v + 0.01*rand()", dt=1.7 * ms)
        group.run_regularly("I *= 1.01", dt=2 * ms)
        return [NetworkOperation(lambda: seen.append(np.array(group.v).tolist()), dt=1.1 * ms)]

    expected, before = run_with(things), seen.copy()
    seen.clear()
    leaps.switch(monkeypatch, "plain", 60)
    assert run_with(things) == expected
    assert seen == before
    assert leaps.count > 5


def test_a_checkpoint_goes_on_bit_for_bit(monkeypatch, leaps):
    expected = outcome(noisy(cuts=(10.0,)))
    leaps.switch(monkeypatch, "plain")
    start_scope()
    seed(3)
    group = noisy().group()
    monitor = SpikeMonitor(group)
    network = Network(group, monitor)
    network.run(4.44 * ms)
    network.store()
    network.run(3 * ms)
    network.restore(restore_random_state=True)
    network.run(5.56 * ms)
    assert leaps.count > 2
    assert [*monitor._record.times] == [*expected["times"]]
    np.testing.assert_array_equal(group._store.until, expected["until"])


def test_others_run_beside_it_unchanged(monkeypatch, leaps):
    others: list = []

    def things(group):
        exact = NeuronGroup(3, "dv/dt = (1.5 - v)/(7*ms) : 1", threshold="v > 1", reset="v = 0", name="exact")
        synapses = Synapses(exact, exact, on_pre="v_post += 0.01", delay=1 * ms)
        synapses.connect(condition="i != j")
        tied = noisy(name="tied").group()
        drive = Synapses(exact, tied, on_pre="v_post += 0.1")
        drive.connect()
        monitor = SpikeMonitor(tied)
        others.append(monitor)
        return [exact, synapses, tied, drive, monitor]

    expected = run_with(things)
    leaps.switch(monkeypatch, "plain")
    assert run_with(things) == expected
    assert leaps.count > 0
    first, second = ([*zip(m._record.times, m._record.neurons, strict=True)] for m in others)
    assert first == second


# --- when it stops ----------------------------------------------------------------------------------------------------


def test_a_run_that_is_stopped_stands_at_one_instant(monkeypatch, leaps):
    """Stopped in the middle of a leap, by another group's instant, and then taken to its end."""
    expected = outcome(noisy(cuts=(10.0,)))
    leaps.switch(monkeypatch, "plain", 10_000)
    start_scope()
    seed(3)
    group = noisy().group()
    monitor, given_times = SpikeMonitor(group), SpikeGeneratorGroup(1, [0] * 4, [1.234, 2.5, 4.321, 7.0] * ms)
    network = Network(group, monitor, given_times)

    def stop(elapsed, done, start, duration):
        if done > 0.4 and network.t < 5 * ms:
            network.stop()

    network.run(10 * ms, report=stop, report_period=0 * ms)
    at = float(network.t / ms)
    assert 4.0 < at < 5.0
    assert all(t <= at for t in monitor._record.times)
    assert [*monitor._record.times] == [t for t in expected["times"] if t <= at]
    # nobody is a whole step behind, or ahead
    assert np.all((at - 0.1 - 1e-9 < group._store.since) & (group._store.since <= at))
    network.run((10.0 - at) * ms)
    assert [*monitor._record.times] == [*expected["times"]]


def test_an_error_elsewhere_leaves_the_group_at_its_time(monkeypatch, leaps):
    def attempt() -> tuple:
        start_scope()
        seed(3)
        group = noisy().group()
        monitor = SpikeMonitor(group)
        bad = NeuronGroup(1, "dv/dt = 1/ms : 1", threshold="v > 6.03", reset="v = 0/(v - v)", name="bad")
        with pytest.raises(SimulationError, match="bad"):
            Network(group, monitor, bad).run(10 * ms)
        return (
            [*monitor._record.times],
            group._store.state.tolist(),
            group._store.since.tolist(),
            np.array(group.v).tolist(),
        )

    expected = attempt()
    leaps.switch(monkeypatch, "plain", 10_000)
    assert attempt() == expected
    assert leaps.count > 0


@pytest.mark.parametrize(
    ("equations", "reset", "refractory", "words"),
    [
        ("dv/dt = v*v*v/ms + 0.1*xi*ms**-0.5 : 1", "v = 0", False, "becomes"),
        (NOISY, "v = 0/(I - 1.5)*0 + v*inf", 1 * ms, "after its reset"),
        (NOISY, "v = 0", "(20 - t/ms)*ms*0 + (3*ms - t)", "not negative"),
    ],
)
def test_what_goes_wrong_is_said_as_ever(equations, reset, refractory, words, monkeypatch, leaps):
    def attempt() -> tuple:
        start_scope()
        seed(3)
        start = {"v": 0.3, **({"I": 1.5} if "I : 1" in equations else {})}
        threshold = "v > 1" if equations == NOISY else "v > 1e300"
        group = Model(equations, threshold, reset, refractory, size=5, start=start).group()
        monitor = SpikeMonitor(group)
        with pytest.raises(Exception, match=words) as caught:
            Network(group, monitor).run(50 * ms)
        return str(caught.value), [*monitor._record.times], group._store.state.tolist()

    expected = attempt()
    leaps.switch(monkeypatch, "plain", 40)
    assert repr(attempt()) == repr(expected)


# --- who may ----------------------------------------------------------------------------------------------------------


def given_to(group):
    synapses = Synapses(PoissonGroup(2, 50 * Hz), group, on_pre="v_post += 0.01")
    synapses.connect()
    return [synapses.source, synapses]


def sent_by(group):
    target = NeuronGroup(2, "dv/dt = -v/(9*ms) : 1")
    synapses = Synapses(group, target, on_pre="v_post += 0.01")
    synapses.connect()
    return [target, synapses]


def linked_to(group):
    other = NeuronGroup(12, "dv/dt = (x - v)/(9*ms) : 1\nx : 1 (linked)", threshold="v > 1", reset="v = 0")
    other.x = linked_var(group, "I")
    return [other]


@pytest.mark.parametrize(
    "things",
    [
        given_to,
        sent_by,
        linked_to,
        lambda group: [PoissonInput(group, "v", 5, 50 * Hz, 0.01)],
        lambda group: [StateMonitor(group, "v", record=[1])],
        lambda group: [SpikeMonitor(group, variables="v")],
        lambda group: [SpikeMonitor(group, accuracy=True)],
    ],
)
def test_who_talks_to_others_goes_tick_by_tick(things, monkeypatch, leaps):
    expected = run_with(things, 2.0)
    leaps.switch(monkeypatch, "plain")
    assert run_with(things, 2.0) == expected
    assert leaps.count == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"refractory": "v > 0.5"},
        {"equations": NOISY + "\ng = rand() : 1", "threshold": "v > 1 + 0.1*g"},
        {"reset": "v = 0.1*rand()"},
        {"refractory": "1*ms + 1*ms*rand()"},
        {"equations": NOISY + "\ntheta : 1 (shared)", "reset": "v = 0; theta += 0.1"},
        {"equations": NOISY + "\ncount : integer", "reset": "v = 0; count += 1"},
        {
            "equations": NOISY.replace("(I - v)", "(current(t) - v)"),
            "constants": {"current": TimedArray([1, 2], 4 * ms)},
        },
        {"method": "exact"},
    ],
)
def test_what_the_loop_does_not_take_goes_tick_by_tick(changes, monkeypatch, leaps):
    model = noisy(**changes)
    expected = run_with(lambda group: [], 3.0, model)
    leaps.switch(monkeypatch, "plain")
    assert run_with(lambda group: [], 3.0, model) == expected
    assert leaps.count == 0


# --- the compiler -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", ["missing", "broken", "refuses"])
def test_without_a_compiler_all_is_as_ever(trouble, monkeypatch, leaps):
    expected = outcome(noisy())
    leaps.switch(monkeypatch, "compiled")
    asked = []
    if trouble == "missing":
        monkeypatch.setitem(sys.modules, "numba", None)
        monkeypatch.setattr(bulk, "find_compiler", find_compiler.__wrapped__)
    elif trouble == "broken":
        monkeypatch.setattr(bulk, "find_compiler", lambda: "a compiler")
        monkeypatch.setattr(bulk, "has_other_functions", lambda: False)
        monkeypatch.setattr(bulk, "load", lambda source: asked.append(1) or 1 / 0)
    else:
        monkeypatch.setattr(bulk, "find_compiler", lambda: "a compiler")
        monkeypatch.setattr(bulk, "has_other_functions", lambda: True)
    monkeypatch.setattr(bulk, "_HOPELESS", set())
    assert_same(outcome(noisy()), expected)
    assert leaps.count == 0 or trouble == "refuses"
    # what cannot be compiled is tried once
    outcome(noisy())
    assert len(asked) == (trouble == "broken")


SCRIPT = """
import sys, warnings
warnings.simplefilter('ignore')
from eventsnn import *
seed(1)
G = NeuronGroup({n}, 'dv/dt = (1.2 - v)/(5*ms) + 0.3*xi*(5*ms)**-0.5 : 1', threshold='v > 1', reset='v = 0', name='g')
M = SpikeMonitor(G)
run({duration}*ms)
print('numba' in sys.modules, sum(M._record.times).hex(), len(M.i))
"""


def script(n: int, duration: float, **environment: str) -> list[str]:
    """Return what a script in a process of its own says: whether it loaded the compiler, and its spikes."""
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(n=n, duration=duration)],
        env={**os.environ, "PYTHONPATH": root, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_small_work_loads_no_compiler():
    assert script(100, 10.0)[0] == "False"


@pytest.mark.slow
def test_compiled_code_is_kept_for_later_processes_where_the_user_says(tmp_path):
    require_compiler()
    first = script(4000, 300.0, EVENTSNN_CACHE_DIR=str(tmp_path))
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nbc")}
    assert first[0] == "True" and len(kept) == 3
    assert script(4000, 300.0, EVENTSNN_CACHE_DIR=str(tmp_path)) == first
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nbc")} == kept
    # where nothing can be kept it is compiled all the same
    assert script(4000, 300.0, EVENTSNN_CACHE_DIR="") == first


NUMBERS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.5, 3.0, 1e308, 5e-324, 710.0, -746.0, 1e16]
NUMBERS += [math.inf, -math.inf, math.nan]


@pytest.mark.parametrize("name", sorted(COMPILABLE))
def test_what_texts_call_has_the_same_bits_compiled(name):
    require_compiler()
    function, rng = COMPILABLE[name], random.Random(name)
    plain = {"both": FOR_ONE["all_of"], "either": FOR_ONE["any_of"], "truth": lambda x: float(bool(x))}
    reference, fast, n = plain.get(name) or FOR_ONE[name], jit(function), function.__code__.co_argcount
    for _ in range(500):
        some = [rng.choice([rng.choice(NUMBERS), rng.gauss(0, 1) * 10 ** rng.uniform(-6, 3)]) for _ in range(n)]
        assert repr(float(fast(*some))) == repr(float(reference(*some))), some


def test_many_ticks_have_the_bits_of_one():
    rng = random.Random(1)
    for step in [0.1, 0.07, 0.25, 1 / 3, 1e-3, 12.5, *(10 ** rng.uniform(-4, 2) for _ in range(50))]:
        numbers = np.array([0, 1, 2, 3, *(int(10 ** rng.uniform(0, 8)) for _ in range(300))])
        assert ticks(numbers, step).tolist() == [tick(int(number), step) for number in numbers]
