"""The benchmarks' own scripts run through, and give what the closed forms say; nothing is timed.

Sizes are small and the engine is the reference, so that this takes seconds.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings

import micro
import numpy as np
import pytest
import scaling
import workloads
from cases import MODES, QUICK, SIZES, TITLES, WORKLOADS, Case, cases_of, sizes_of
from fresh import Failed, Program, available_cores
from goals import GOALS, judge
from simulators import definitions, measuring, ours, scaled
from table import tables

import eventsnn


def words(text):
    """Return the words of a command line."""
    return text.split()


def run(workload, size, duration=None, mode="group", seed=1):
    """Run a workload here and return its row."""
    duration = duration or definitions.duration_of(workload, size)
    found = argparse.Namespace(
        workload=workload, size=size, duration=duration, mode=mode, seed=seed, threads=1, engine="reference"
    )
    with warnings.catch_warnings():
        # W8 is on the clock
        warnings.simplefilter("ignore", eventsnn.ExactnessNote)
        return ours.simulate(found)


@pytest.mark.parametrize("workload", ["W1a", "W1b"])
def test_the_first_neurons_fire_at_their_closed_form(workload):
    facts = run(workload, 1)["facts"]
    assert facts["spikes"] == 3
    # three times a sum of rounded numbers below 64 ms, in us
    assert facts["error_us"] <= 3 * 1000 * 2.0**-47


def test_fi_neurons_fire_as_often_as_the_formula_says():
    facts = run("W2", 200)["facts"]
    assert facts["spikes"] == definitions.count_fi_spikes(200, 1000.0) == 10520
    # up to 200 intervals, each of a few roundings of times below 1024 ms, in us
    assert facts["error_us"] <= 200 * 4 * 1000 * 2.0**-43


def test_the_number_of_spikes_at_full_size_is_that_of_the_definition():
    assert definitions.count_fi_spikes(100_000, 1000.0) == 5_261_247
    assert definitions.count_fi_spikes(10_000, 1000.0) == 526_124
    assert len(definitions.listed_spikes(100_000)) == 3643


def test_brunel_neurons_fire_when_driven_above_threshold():
    row = run("W3", 50, 20.0)
    assert row["events"] == 5 * row["facts"]["spikes"]
    # 20 kHz times 0.1 mV times 20 ms drive to twice the threshold: an interval of 2 + 20 log 3 = 24 ms without noise,
    # and a first spike at 20 log 2 = 13.9 ms
    assert 30.0 <= row["facts"]["rate_hz"] <= 100.0


def test_cuba_stays_alive():
    row = run("W4", 200, 50.0)
    # the start alone makes about one in seven fire
    assert row["facts"]["spikes"] > 20
    assert row["events"] == 80 * row["facts"]["spikes"]


@pytest.mark.parametrize("mode", ours.KICKS)
def test_kicks_of_each_kind_fire_the_sparse_network(mode):
    row = run("W5", 400, 500.0, mode)
    # 0.48 Hz: about 96 spikes
    assert 48 <= row["facts"]["spikes"] <= 192
    assert row["events"] == 100 * row["facts"]["spikes"]


def test_listed_kicks_are_those_of_the_definition():
    who, times = definitions.sparse_kicks(50, 400.0, seed=3)
    trains = definitions.sparse_trains(50, 400.0, seed=3)
    assert sum(map(len, trains)) == len(who) and np.all(np.diff(times) >= 0)
    for k, train in enumerate(trains):
        np.testing.assert_array_equal(train, times[who == k])


def test_listed_inputs_make_the_spikes_of_the_recursion():
    facts = run("W6", 1000)["facts"]
    assert facts["spikes"] == facts["exact_spikes"] == len(definitions.listed_spikes(1000))
    # spikes are at inputs; what is off are units on the way in and out: an ulp or two of 1001 ms, in us
    assert facts["error_us"] <= 2 * 1000 * 2.0**-43


def test_weights_stay_in_their_bounds_and_begin_evenly():
    facts = run("W7", 1000, 500.0)["facts"]
    assert facts["spikes"] > 0
    # half a second moves the mean by a percent or so; drawn evenly, it has a standard error of 0.009
    assert abs(facts["w_mean"] - 0.5) < 0.05
    assert 0.0 < facts["w_low"] < 0.2 and 0.0 < facts["w_high"] < 0.2


def test_noisy_neurons_fire_about_as_often_as_without_noise():
    row = run("W8", 60, 300.0)
    assert len(row["facts"]["block_hz"]) == 60
    # 55 Hz; noise adds to the 52.6 Hz of W2
    assert 45.0 < row["facts"]["rate_hz"] < 65.0


def test_every_workload_has_a_title_and_sizes():
    assert set(TITLES) == set(SIZES) == set(QUICK) == set(WORKLOADS)
    assert set(ours.MINIATURES) == set(ours.WORKLOADS) == set(WORKLOADS) - {"cold"}
    assert all(set(modes) <= set(WORKLOADS) for modes in MODES.values())


def test_goals_name_cases_that_are_run():
    for goal in GOALS:
        assert goal.size in SIZES[goal.workload]
        assert goal.mode in MODES[goal.simulator][goal.workload]


def test_goals_are_judged_by_ratios_of_the_same_run():
    seconds = {
        ("W4", 4000, "ours", ""): (0.2, 0.2),
        ("W4", 4000, "brian2", "cpp"): (0.08, 0.08),
        ("W4", 4000, "nest", "ps"): (1.6, 1.6),
        ("W6", 1_000_000, "ours", ""): (0.02, 0.02),
    }
    lines = judge(lambda *key: seconds.get(key))
    assert [line.split("x  ")[-1] for line in lines[1:]] == ["NOT reached", "reached", "aim reached"]
    assert "published, not measured here" in lines[-1]


def options(*arguments, monkeypatch):
    """Return the options of the command line."""
    monkeypatch.setattr("sys.argv", ["workloads.py", *arguments])
    return workloads.read_options()


def test_sizes_and_simulators_are_taken_from_the_command_line(monkeypatch):
    found = options("W1", "W5", "--nest", "some/python", "--size", "300", monkeypatch=monkeypatch)
    assert found.workloads == ["W1a", "W1b", "W5"]
    assert sizes_of("W5", found) == [(300, 1000.0)] and sizes_of("W1a", found) == [(1, 50.0)]
    cases = list(cases_of("W5", 300, 1000.0, found))
    assert [case.simulator for case in cases] == ["ours"] * 3 + ["nest"] * 2
    assert [case.is_listed for case in cases] == [False, False, True, False, True]
    with pytest.raises(SystemExit):
        options("W9", monkeypatch=monkeypatch)


def test_a_round_runs_fresh_processes_and_the_table_says_what_agrees(monkeypatch):
    found = options("W2", "--quick", "--rounds", "2", "--engine", "reference", monkeypatch=monkeypatch)
    found.size = [60]
    results = workloads.run_cases(list(cases_of("W2", 60, 200.0, found)), found)
    lines = tables("W2", 60, 200.0, results)
    assert [len(rows) for rows in results.values()] == [2, 2]
    assert f"all {definitions.count_fi_spikes(60, 200.0)} spikes" in lines[2] and "eventsnn" in lines[2]
    assert "NumPy loop" in lines[3]


def made_up(workload, simulator, mode, **facts):
    """Return a case and a row of it, as if it had been run."""
    case = Case(workload, 10, 100.0, simulator, mode, Program("python", []))
    measured = {"build": 0.1, "loop": 2.0, "cpu": 2.0, "peak": 50.0, "whole": 3.0}
    return case, [{"who": simulator, "events": 10, "outside": 5, **measured, "facts": {"rate_hz": 2.0, **facts}}]


def test_rates_are_judged_by_the_exact_peers():
    results = dict([made_up("W3", "ours", ""), made_up("W3", "nest", "ps", rate_hz=4.0), made_up("W3", "arbor", "")])
    lines = tables("W3", 10, 100.0, results)
    assert ["-33.33%" in lines[2], "+100.00%" in lines[3], "-50.00%" in lines[4]] == [True] * 3


def test_the_other_workloads_have_tables_too():
    noisy = [made_up("W8", who, "", block_hz=[1.0, x]) for who, x in (("ours", 2.0), ("plain_numpy", 1.0))]
    assert "+0.500 +- 0.354 Hz of the NumPy loop" in tables("W8", 10, 100.0, dict(noisy))[2]
    weights = {"w_mean": 0.4, "w_low": 0.2, "w_high": 0.1, "late_hz": 10.0}
    assert "mean w 0.400, 20% low" in tables("W7", 10, 100.0, dict([made_up("W7", "ours", "", **weights)]))[2]
    assert (
        "9 spikes, -10.00%"
        in tables("W6", 10, 100.0, dict([made_up("W6", "nest", "ps", spikes=9, exact_spikes=10)]))[2]
    )
    cold = tables("cold", 1, 50.0, dict([made_up("cold", "ours", ""), made_up("cold", "brian2", "cython")]))
    assert cold[-1].split() == ["Brian", "2", "Cython,", "cache", "filled", "3.000", "1.00"]


def test_a_program_that_fails_says_its_last_words():
    with pytest.raises(Failed, match="ZeroDivisionError"):
        Program(sys.executable, ["-c", "1/0"]).run()
    with pytest.raises(Failed, match="no measurement"):
        Program(sys.executable, ["-c", "print('hello')"]).run()
    with pytest.raises(Failed, match=r"more than 0.2 s"):
        Program(sys.executable, ["-c", "import time; time.sleep(60)"], limit=0.2).run()


def test_a_program_that_stays_runs_once_for_each_line():
    script = (
        "import json, sys\n"
        "for k, _ in enumerate(sys.stdin):\n"
        "    print('said on the way', flush=True)\n"
        "    print(json.dumps(dict(k=k)), flush=True)\n"
    )
    program = Program(sys.executable, ["-c", script], available_cores()[-1:], stands=True)
    assert [program.run()["k"] for _ in range(3)] == [0, 1, 2]
    program.close()
    program = Program(sys.executable, ["-c", "pass"], stands=True)
    with pytest.raises(Failed, match="ended"):
        program.run()
    program.close()


def test_the_scaled_network_keeps_its_rate():
    found = scaled.parser().parse_args(
        words("--neurons 100 --fan 20 --rate 50 --shortest 0.1 --longest 5 --idle 50 --events 2e4 --engine reference")
    )
    row = scaled.measure(found)
    # 200 ms at 50 Hz; kicks of both signs cancel but for a percent or so
    assert row["duration"] == 200.0
    assert row["spikes"] == pytest.approx(1000, rel=0.05)
    assert row["events"] < 20 * row["spikes"]


def test_curves_are_printed_and_drawn(tmp_path):
    said: list[str] = []
    figure, file = tmp_path / "curves.svg", tmp_path / "curves.json"
    arguments = words("neurons delays --events 200 --points 1 --rounds 1 --engine reference")
    scaling.main([*arguments, "--figure", str(figure), "--json", str(file)], said.append)
    assert figure.stat().st_size > 1000
    curves = json.loads(file.read_text())
    assert list(curves) == ["neurons", "delays"] and curves["neurons"][0][1]["events"] > 0
    assert any("synapses per neuron" in title for title in scaling.TITLES.values()) and len(said) == 4


def test_pieces_are_timed(capsys):
    micro.main(words("queue flights delivery --number 200 --sizes 10 --passes 1 --engine reference"))
    told = capsys.readouterr().out
    assert all(name in told for name in micro.TARGETS)
    assert "replace a prediction" in told and "heap, in and out" in told


def test_facts_and_weights_are_what_they_say():
    judged = measuring.weight_facts(np.array([0.0, 0.0075, 0.15, 0.15]), np.array([1.0, 9.0, 10.0]), 10.0)
    assert judged == {"w_mean": pytest.approx(2.05 / 4), "w_low": 0.5, "w_high": 0.5, "late_hz": 1000.0}
    assert measuring.count_events("W3", 1250, 1000.0, 10) == (1250, 25_000_000)
