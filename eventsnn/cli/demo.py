"""``eventsnn demo``: exact spike times beside their closed form and beside those of a clock."""

from __future__ import annotations

import math
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .. import plotting
from ..groups import NeuronGroup
from ..monitors import SpikeMonitor, StateMonitor
from ..simulation import Network
from .figures import choose_backend
from .neurons import MANY_NEURONS, ONE_NEURON, STEP, Neuron, milliseconds, spike_times

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Microseconds in a millisecond.
MICRO = 1000.0
_CLOCK_COLOUR = "C1"


def demonstrate(out: str) -> int:
    """Simulate the tutorial neurons, print the comparison, save the figures.

    Parameters
    ----------
    out : str
        Folder for the figures; made if it does not exist.

    Returns
    -------
    int
        The exit status.
    """
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        print(f"eventsnn: cannot make the folder '{out}': {problem.strerror}", file=sys.stderr)
        return 1
    choose_backend()
    print("The neurons of Brian's first tutorial. Times in ms; what is off is in microseconds (us).")
    figures = {"relaxation": _relaxation()}
    for neuron in ONE_NEURON:
        figures[_slug(neuron.title)] = _one_neuron(neuron)
    figures["f-i-curve"] = _many_neurons(MANY_NEURONS)
    print(f"\nFigures, in {folder}:")
    for number, (name, figure) in enumerate(figures.items(), 1):
        figure.savefig(folder / f"{number}-{name}.png", dpi=150)
        print(f"    {number}-{name}.png")
    return 0


def _slug(title: str) -> str:
    return title.replace(",", "").replace(" ", "-")


# --- relaxation -----------------------------------------------------------------------------------------------


def _relaxation() -> Figure:
    group = NeuronGroup(1, "dv/dt = (1 - v)/tau : 1", namespace={"tau": milliseconds(10.0)}, name="relaxation")
    states = StateMonitor(group, "v", record=0, name="relaxation_states")
    Network(group, states).run(milliseconds(100.0))
    print("\nrelaxation: dv/dt = (1 - v)/(10 ms)")
    print(f"{'t':>7}{'v by eventsnn':>24}{'1 - exp(-t/tau)':>24}{'off':>10}")
    for t in (1.0, 10.0, 50.0, 100.0):
        value, true = float(states.at(milliseconds(t), "v")[0, 0]), 1 - (-Decimal(t) / 10).exp()
        print(f"{t:7g}{value:>24.17g}{true:>24.19f}{float(Decimal(value) - true):>10.1e}")
    figure, (above, below) = _two_panels()
    times = np.linspace(0.0, 100.0, 501)
    values = np.asarray(states.at(milliseconds(times), "v"))[0]
    plotting.trace(states, "v", ax=above)
    above.plot(times, -np.expm1(-times / 10.0), color=_CLOCK_COLOUR, linestyle="--", label="1 - exp(-t/tau)")
    above.set_title("Relaxation: eventsnn on its closed form")
    above.set_xlabel("")
    above.legend(frameon=False, loc="lower right")
    below.plot(times, (values + np.expm1(-times / 10.0)) / 2.0**-53, ".", markersize=3)
    below.set(xlabel="Time (ms)", ylabel="difference\n(roundings of 1.0)", ylim=(-4, 4))
    return figure


# --- one neuron -----------------------------------------------------------------------------------------------


def _one_neuron(neuron: Neuron) -> Figure:
    _, states, spikes = neuron.simulate(_slug(neuron.title).replace("-", "_"))
    ours, true, clock = spike_times(spikes), neuron.closed_form(), neuron.on_a_clock()[0].tolist()
    print(f"\n{neuron.title}: {_describe(neuron)}")
    print(f"{'spike':>7}{'eventsnn':>24}{'closed form':>24}{'off (us)':>10}{f'{STEP:g} ms clock':>16}{'off (us)':>10}")
    for number, (mine, exact) in enumerate(zip(ours, true, strict=True)):
        row = f"{number + 1:7d}{mine:>24.16f}{exact:>24.17f}{_off(mine, exact):>10.1e}"
        if number < len(clock):
            row += f"{clock[number]:>16.1f}{_off(clock[number], exact):>10.1f}"
        print(row)
    _print_other_counts(len(true), len(clock))
    return _draw_one_neuron(neuron, states, spikes, clock)


def _print_other_counts(true: int, clock: int) -> None:
    if true != clock:
        print(f"    the clock counts {clock} spikes in place of {true}")


def _off(found: float, true: Decimal) -> float:
    return float(Decimal(found) - true) * MICRO


def _describe(neuron: Neuron) -> str:
    rest = f"{neuron.rest[0]:g}{neuron.unit}"
    return (
        f"dv/dt = ({rest} - v)/({neuron.tau:g} ms), from {neuron.start:g}{neuron.unit}, "
        f"threshold {neuron.threshold:g}{neuron.unit}, reset {neuron.reset:g}{neuron.unit}"
    )


def _draw_one_neuron(neuron: Neuron, states: StateMonitor, spikes: SpikeMonitor, clock: list[float]) -> Figure:
    figure, (above, below) = _two_panels()
    plotting.trace(states, "v", spikes=spikes, threshold=neuron.with_unit(neuron.threshold), ax=above)
    above.set_title(neuron.title.capitalize())
    above.set_xlabel("")
    true = np.array([float(t) for t in neuron.closed_form()])
    both = min(len(true), len(clock))
    below.axhline(0.0, color="0.5", linewidth=0.8)
    below.plot(spike_times(spikes), (np.array(spike_times(spikes)) - true) * MICRO, "o", label="eventsnn")
    off = (np.array(clock[:both]) - true[:both]) * MICRO
    below.plot(true[:both], off, "s", color=_CLOCK_COLOUR, label=f"{STEP:g} ms clock")
    below.set(xlabel="Time (ms)", ylabel="spike time\noff by (us)")
    _name_marks(below)
    return figure


# --- many neurons ---------------------------------------------------------------------------------------------


def _many_neurons(neuron: Neuron) -> Figure:
    group, _, spikes = neuron.simulate("f_i_curve")
    times, neurons = neuron.on_a_clock()
    clock = [times[neurons == k].tolist() for k in range(len(group))]
    trains = [spike_times(spikes, k) for k in range(len(group))]
    true = [neuron.closed_form(k) for k in range(len(group))]
    rates = _true_rates(neuron)
    print(f"\nf-I curve: {len(group)} neurons, dv/dt = (v0 - v)/(10 ms), refractory for 5 ms, {neuron.duration:g} ms")
    print(
        f"{'neuron':>7}{'v0':>9}{'rate in Hz':>14}{'eventsnn':>12}{f'{STEP:g} ms clock':>14}"
        f"{'last spike':>24}{'off (us)':>10}"
    )
    for k in (33, 34, 40, 50, 66, 99):
        last = f"{trains[k][-1]:>24.14f}{_off(trains[k][-1], true[k][-1]):>10.1e}" if trains[k] else ""
        print(f"{k:7d}{neuron.rest[k]:9.4f}{rates[k]:14.5f}{len(trains[k]):12d}{len(clock[k]):14d}{last}")
    worst = max(
        abs(_off(a, b)) for mine, exact in zip(trains, true, strict=True) for a, b in zip(mine, exact, strict=True)
    )
    print(f"    {len(spikes)} spikes, none more than {worst:.1e} us from its closed form")
    wrong = sum(len(a) != len(b) for a, b in zip(clock, true, strict=True))
    errors = [_last_error(mine, exact) for mine, exact in zip(clock, true, strict=True)]
    print(
        f"    the clock counts {len(times)}, wrong in {wrong} neurons; "
        f"its last spikes are up to {max(map(abs, errors)):.1f} ms off"
    )
    ours = [_last_error(mine, exact) for mine, exact in zip(trains, true, strict=True)]
    return _draw_curve(group, spikes, neuron, ours, errors)


def _last_error(found: list[float], true: list[Decimal]) -> float:
    """Return by how many ms a neuron's last spike is off: from the true spike of the same number."""
    both = min(len(found), len(true))
    return _off(found[both - 1], true[both - 1]) / MICRO if both else 0.0


def _true_rates(neuron: Neuron) -> np.ndarray:
    """Return the firing rate of each neuron in Hz after its first spike."""
    rates = []
    for rest in neuron.rest:
        above = rest > neuron.threshold
        cycle = neuron.tau * math.log((rest - neuron.reset) / (rest - neuron.threshold)) if above else math.inf
        rates.append(1000.0 / (neuron.refractory + cycle))
    return np.array(rates)


def _draw_curve(
    group: NeuronGroup, spikes: SpikeMonitor, neuron: Neuron, ours: list[float], clock: list[float]
) -> Figure:
    figure, (above, below) = _two_panels()
    plotting.fi_curve(group.rest, spikes, milliseconds(neuron.duration), ax=above)
    above.set_title("f-I curve of 100 neurons")
    above.set_xlabel("")
    fires = np.array(spikes.count) > 0
    below.axhline(0.0, color="0.5", linewidth=0.8)
    below.plot(neuron.rest[fires], np.array(ours)[fires], ".", label="eventsnn")
    below.plot(neuron.rest[fires], np.array(clock)[fires], ".", color=_CLOCK_COLOUR, label=f"{STEP:g} ms clock")
    below.set(xlabel="v0", ylabel="last spike\noff by (ms)")
    _name_marks(below)
    return figure


def _name_marks(axes: Axes) -> None:
    """Put the legend above the axes, where it covers no marks."""
    axes.margins(y=0.2)
    axes.legend(frameon=False, loc="lower right", bbox_to_anchor=(1.0, 0.95), ncols=2)


def _two_panels() -> tuple[Figure, list[Axes]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
    return figure, [above, below]
