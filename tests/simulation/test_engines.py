"""Runs on one engine or the other: what is asked for, what is said, and that going over changes no bit."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path

import numpy as np
import pytest
import zoo

from eventsnn import (
    ArgumentError,
    Hz,
    Network,
    NetworkOperation,
    NeuronGroup,
    PerformanceWarning,
    PoissonGroup,
    SimulationError,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    magic_network,
    ms,
    run,
    second,
    seed,
    start_scope,
)
from eventsnn.engine import choice, reference
from eventsnn.engine.choice import COMPILED, REFERENCE, Choice, Here, ObstacleError
from eventsnn.engine.compiled.driver import Outcome
from eventsnn.simulation import running

ROOT = Path(__file__).resolve().parents[2]


class FakeDriver:
    """In place of the compiled engine: the reference engine with the other's manners, and a list of what it did."""

    def __init__(self) -> None:
        self.spans: list[tuple[float, float, int]] = []
        self.problem: Exception | None = None
        # hands over now and then
        self.chance: random.Random | None = None

    def advance(self, machine, end, control, threads=1):
        assert not machine.has_begun
        self.spans.append((control.now, end, threads))
        if self.problem is not None:
            raise self.problem
        until = end if self.chance is None else min(end, control.now + self.chance.choice([0.0, 0.4, 3.0, 50.0]))
        stopped_at = reference.advance(machine, until, control)
        if stopped_at is not None:
            return Outcome(stopped_at, "stopped")
        return Outcome(until, "end" if until == end else "handover")


@pytest.fixture
def driver(monkeypatch) -> FakeDriver:
    fake = FakeDriver()
    monkeypatch.setattr(running, "driver", fake)
    monkeypatch.setattr(choice, "find_obstacle", lambda machine: None)
    monkeypatch.setattr(choice, "find_compiler", lambda: "a compiler")
    monkeypatch.setattr(choice, "has_other_functions", lambda: False)
    # whatever other tests have left in the cache folder
    monkeypatch.setattr(choice, "has_kept", lambda module: False)
    here = Here()
    for module in (choice, running):
        monkeypatch.setattr(module, "HERE", here)
    return fake


def small_network(**options) -> tuple[Network, SpikeMonitor]:
    group = NeuronGroup(3, "dv/dt = (1.1 - v)/(10*ms) : 1", threshold="v > 1", reset="v = 0", name="cells")
    spikes = SpikeMonitor(group)
    return Network(group, spikes, **options), spikes


# --- what is asked for ------------------------------------------------------------------------------------------------


def test_small_work_goes_to_the_reference_engine(driver):
    network, spikes = small_network()
    network.run(100 * ms)
    assert driver.spans == [] and len(spikes) == 12


def test_an_engine_that_is_asked_for_works(driver):
    network, spikes = small_network()
    network.run(50 * ms, engine="compiled", threads=2)
    network.run(50 * ms, engine="reference")
    assert driver.spans == [(0.0, 50.0, 2)] and len(spikes) == 12


def test_a_run_takes_the_networks_own_engine_unless_it_is_given_another(driver):
    network, _ = small_network(engine="compiled", threads=3)
    network.run(10 * ms)
    network.run(10 * ms, engine="auto")
    network.threads, network.engine = 4, "reference"
    network.run(10 * ms)
    network.run(10 * ms, engine="compiled")
    network.run(10 * ms, engine="compiled", threads=1)
    assert driver.spans == [(0.0, 10.0, 3), (30.0, 40.0, 4), (40.0, 50.0, 1)]


def test_run_without_a_network_takes_an_engine_too(driver):
    group = NeuronGroup(3, "dv/dt = (1.1 - v)/(10*ms) : 1", threshold="v > 1", reset="v = 0")
    assert group is not None
    run(10 * ms, engine="compiled", threads=2)
    assert driver.spans == [(0.0, 10.0, 2)]
    assert "engine 'auto'; the last run took the compiled engine (asked for)" in str(magic_network.describe())


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"engine": "fast"}, "engine.*: expected 'auto', 'reference' or 'compiled', found 'fast'"),
        ({"engine": 3}, "engine.*: expected 'auto', 'reference' or 'compiled', found 3"),
        ({"threads": 0}, "threads.*: expected one thread or more, found 0"),
        ({"threads": 1.5}, "threads.*: expected a whole number of threads, found 1.5"),
        ({"threads": True}, "threads.*: expected a whole number of threads, found True"),
        ({"threads": "2"}, "threads.*: expected a whole number of threads, found '2'"),
    ],
)
def test_engines_and_threads_that_make_no_sense_are_refused(option, message):
    network, _ = small_network()
    with pytest.raises(ArgumentError, match=f"run.{message}"):
        network.run(1 * ms, **option)
    with pytest.raises(ArgumentError, match=f"Network.{message}"):
        Network(**option)
    ((name, value),) = option.items()
    with pytest.raises(ArgumentError, match=f"Network.{message}"):
        setattr(network, name, value)
    assert network.t == 0 * ms and not network.has_run


def test_numbers_of_numpy_are_threads(driver):
    small_network()[0].run(1 * ms, engine="compiled", threads=np.int64(2))
    assert driver.spans == [(0.0, 1.0, 2)]


def test_a_network_that_the_compiled_engine_cannot_take_is_refused_with_the_reason(driver, monkeypatch):
    monkeypatch.setattr(choice, "find_obstacle", lambda machine: "group 'cells' has custom events")
    network, spikes = small_network()
    words = r"run\(engine='compiled'\): the compiled engine cannot take this network: group 'cells' has custom events\."
    with pytest.raises(ObstacleError, match=words):
        network.run(10 * ms, engine="compiled")
    assert network.t == 0 * ms and not network.has_run and issubclass(ObstacleError, SimulationError)
    # and can be run otherwise
    network.run(100 * ms)
    assert len(spikes) == 12 and driver.spans == []


# --- what is said -----------------------------------------------------------------------------------------------------


def test_explain_says_which_engine_would_begin_and_simulates_nothing(driver, monkeypatch):
    network, spikes = small_network()
    text = str(network.explain(100 * ms))
    assert text.startswith("the reference engine (about ") and text.endswith("could take this network")
    assert str(network.explain(1 * ms, engine="compiled")) == "the compiled engine (asked for)"
    long, work = 2.5e7 * second, "about 11000 s of work is expected"
    assert str(network.explain(long)).startswith(f"the reference engine ({work}, a guess; ")
    monkeypatch.setattr(choice, "has_kept", lambda module: True)
    assert str(network.explain(long)) == f"the compiled engine ({work})"
    monkeypatch.setattr(choice, "find_obstacle", lambda machine: "group 'cells' is odd")
    refusal = "the compiled engine cannot take this network: group 'cells' is odd"
    assert refusal in str(network.explain(1 * ms)) and refusal in str(network.explain(long))
    assert str(network.explain(1 * ms, engine="compiled")).startswith("no engine: run(engine='compiled')")
    assert network.t == 0 * ms and not network.has_run and len(spikes) == 0 and driver.spans == []


def test_describe_says_which_engine_took_the_last_run(driver):
    network, _ = small_network(threads=2)
    assert str(network.describe()).split("\n")[1] == "engine 'auto', 2 threads"
    network.run(1 * ms, engine="compiled")
    assert str(network.describe()).split("\n")[1].endswith("; the last run took the compiled engine (asked for)")


def test_the_arguments_come_last_so_that_brians_order_stays():
    network, _ = small_network()
    with pytest.raises(TypeError):
        network.run(1 * ms, None, 1 * ms, {}, None, 0, "compiled")  # type: ignore[misc]


# --- going over -------------------------------------------------------------------------------------------------------


def let_engines_change(monkeypatch, number: int) -> None:
    """Let every stretch, and every instant of the reference engine, end with another choice."""
    rng = random.Random(number)
    monkeypatch.setattr(reference, "POLL_EVERY", 1)
    monkeypatch.setattr(running, "ASIDE", 1e-4)
    monkeypatch.setattr(running, "choose", lambda *_: Choice(rng.choice([REFERENCE, COMPILED]), "chance", 0.0))


@pytest.mark.parametrize("number", range(12))
def test_going_over_to_the_other_engine_and_back_changes_no_bit(number, driver, monkeypatch):
    expected = zoo.run(number, 13.0, 30.0)
    driver.chance = random.Random(number) if number % 2 else None
    with monkeypatch.context() as patch:
        let_engines_change(patch, number)
        assert zoo.run(number, 13.0, 30.0) == expected
    assert driver.spans


def timed_network() -> tuple[Network, list]:
    start_scope()
    seed(7)
    group = NeuronGroup(
        5, "dv/dt = (I - v)/(10*ms) : 1\nI : 1", threshold="v > 1", reset="v = 0", refractory=1 * ms, name="cells"
    )
    group.I = "1.2 + 0.1*i"
    source = PoissonGroup(5, 200 * Hz)
    synapses = Synapses(source, group, on_pre="v_post += 0.05", delay=0.3 * ms)
    synapses.connect()
    spikes, states = SpikeMonitor(group), StateMonitor(group, "v", record=True, dt=0.7 * ms)
    group.run_regularly("I += 0.01*rand()", dt=3 * ms)
    seen: list = []

    def look():
        seen.append((float(network.t), group.v[:].tolist(), spikes.num_spikes))

    def change(t):
        look()
        group.v += 0.1

    network = Network(group, source, synapses, spikes, states)
    network.add(NetworkOperation(look, dt=5 * ms))
    network.at([7.3, 20] * ms, change)
    network.at(11 * ms, look, when="end")
    return network, [seen, spikes, states, group]


def outcome_of(network, parts, *durations):
    for duration in durations:
        network.run(duration * ms)
    seen, spikes, states, group = parts
    return seen, np.array(spikes.t).tolist(), states.v.tolist(), np.array(states.t).tolist(), group.I[:].tolist()


@pytest.mark.parametrize("number", range(6))
def test_timed_code_sees_the_same_whatever_engine_works_in_between(number, driver, monkeypatch):
    expected = outcome_of(*timed_network(), 25, 8)
    with monkeypatch.context() as patch:
        let_engines_change(patch, number)
        assert outcome_of(*timed_network(), 25, 8) == expected
    with monkeypatch.context() as patch:
        patch.setattr(running, "choose", lambda *_: Choice(COMPILED, "always"))
        assert outcome_of(*timed_network(), 25, 8) == expected
    assert driver.spans


def test_a_run_that_is_stopped_in_the_compiled_engine_goes_on(driver):
    def attempt(engine):
        network, (seen, spikes, states, _) = timed_network()
        network.at(9.1 * ms, network.stop)
        network.run(25 * ms, engine=engine)
        stopped_at = float(network.t / ms)
        network.run(10 * ms, engine=engine)
        return stopped_at, seen, np.array(spikes.t).tolist(), states.v.tolist()

    assert attempt("compiled") == attempt("reference")
    assert driver.spans


def test_large_work_goes_over_when_the_first_second_has_borne_it_out(driver, monkeypatch):
    for name in ("PATIENCE", "MEASURABLE"):
        monkeypatch.setattr(choice, name, 0.02)
    monkeypatch.setattr(choice, "COMPILING", 0.03)
    monkeypatch.setattr(reference, "POLL_EVERY", 4)
    network, spikes = small_network()
    network.run(100 * second)
    ((since, until, _),) = driver.spans
    assert 0.0 < since < 90000.0 and until == 100000.0
    line = str(network.describe()).split("\n")[1]
    assert "took the reference engine (about" in line and "), then the compiled engine (about" in line
    assert np.array_equal(spikes.t, reference_times(100 * second))


def reference_times(duration):
    network, spikes = small_network()
    network.run(duration, engine="reference")
    return spikes.t


def test_an_error_in_the_compiled_engine_leaves_the_network_where_it_was(driver):
    driver.problem = SimulationError("Simulation stopped at t = 0 ms: as told")
    network, spikes = small_network()
    with pytest.raises(SimulationError, match="as told"):
        network.run(10 * ms, engine="compiled")
    driver.problem = None
    network.run(100 * ms)
    assert network.t == 100 * ms and len(spikes) == 12


# --- without a compiler -----------------------------------------------------------------------------------------------


class CompilerError(Exception):
    """As one of Numba's."""


CompilerError.__module__ = "numba.core.errors"


def test_a_compiler_that_fails_is_given_up_with_a_warning(driver):
    driver.problem = CompilerError(
        "Failed in nopython mode\n\x1b[1mNo implementation of function\x1b[0m\nand much more"
    )
    network, spikes = small_network()
    words = (
        r"^run\(engine='compiled'\): Numba fails here \(CompilerError: No implementation of function\), so the "
        r"reference engine runs, with the same results\.$"
    )
    with pytest.warns(PerformanceWarning, match=words):
        network.run(100 * ms, engine="compiled")
    assert len(spikes) == 12 and len(driver.spans) == 1
    # whoever does not ask for it is not told
    network.run(100 * ms)
    assert len(driver.spans) == 1


def test_a_missing_compiler_is_told_to_those_who_ask_for_it(driver, monkeypatch):
    monkeypatch.setattr(choice, "find_compiler", lambda: None)
    monkeypatch.setattr(choice, "why_no_compiler", lambda: "Numba is not installed")
    network, spikes = small_network()
    with pytest.warns(PerformanceWarning) as told:
        network.run(100 * ms, engine="compiled")
    assert [str(warning.message) for warning in told] == [
        "run(engine='compiled'): Numba is not installed, so the reference engine runs, with the same results. "
        "Numba is installed with: pip install numba"
    ]
    assert told[0].filename == __file__
    assert len(spikes) == 12 and driver.spans == []
    assert str(network.explain(1 * ms, engine="auto")).startswith("the reference engine (")


def test_a_missing_compiler_is_told_once_to_those_who_wait_long(driver, monkeypatch):
    monkeypatch.setattr(choice, "find_compiler", lambda: None)
    monkeypatch.setattr(choice, "why_no_compiler", lambda: "Numba is not installed")
    for name, value in {"PATIENCE": 0.01, "MEASURABLE": 0.01, "COMPILING": 0.01, "WORTH_SAYING": 0.02}.items():
        monkeypatch.setattr(choice, name, value)
    monkeypatch.setattr(reference, "POLL_EVERY", 4)
    network, _ = small_network()
    with pytest.warns(PerformanceWarning, match="^run: Numba is not installed, so the ref.* 50 times as fast") as told:
        network.run(100 * second)
        network.run(100 * second)
    assert len(told) == 1


def script(text: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


SMALL = """
    import sys
    {first}
    from eventsnn import *
    G = NeuronGroup(3, 'dv/dt = (1.1 - v)/(10*ms) : 1', threshold='v > 1', reset='v = 0')
    S = Synapses(G, G, on_pre='v_post += 0.01', delay=1*ms)
    S.connect()
    M = SpikeMonitor(G)
    run(200*ms{options})
    print(np.array(M.t).tolist())
    print('numba' in sys.modules and sys.modules['numba'] is not None, file=sys.stderr)
"""


def test_a_small_script_loads_no_compiler():
    text = SMALL.format(first="", options="").replace(", file=sys.stderr", "")
    assert script(text).split("\n")[1] == "False"


@pytest.mark.parametrize(
    "first",
    ["sys.modules['numba'] = None", "import os, warnings; warnings.simplefilter('ignore')"],
    ids=["missing", "interpreted"],
)
def test_without_a_compiler_the_results_are_the_same(first):
    switched_off = {"NUMBA_DISABLE_JIT": "1"} if "os" in first else {}
    first += "; import warnings; warnings.simplefilter('ignore')"
    expected = script(SMALL.format(first="", options=""))
    assert script(SMALL.format(first=first, options=", engine='compiled'"), **switched_off) == expected


def test_no_warning_without_need(driver):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        small_network()[0].run(10 * ms, engine="compiled")
