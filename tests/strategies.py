"""Hypothesis strategies: parameters that hurt, and whole groups."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st
from laws import Setup

from eventsnn import ms

#: From shallow to hopeless: how far the resting value may lie above threshold, relative.
MARGINS = (1e-3, 1e-6, 1e-9, 1e-12, 1e-15)


def signed(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers of either sign whose size is spread evenly over decades."""
    size = st.floats(math.log10(low), math.log10(high)).map(lambda e: 10.0**e)
    return st.builds(lambda x, s: s * x, size, st.sampled_from([1.0, -1.0]))


def positive(low: float, high: float) -> st.SearchStrategy[float]:
    """Positive numbers whose size is spread evenly over decades."""
    return st.floats(math.log10(low), math.log10(high)).map(lambda e: 10.0**e)


def moderate(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers in an interval, zero among them but none so small that 40 digits do not hold it beside 1."""
    return st.floats(low, high).map(lambda x: x if abs(x) > 1e-12 else 0.0)


@st.composite
def near(draw: st.DrawFn, x: float) -> float:
    """A double close to `x`, a few ulp or a small part away, on either side; never `x` itself."""
    side = draw(st.sampled_from([1.0, -1.0]))
    if draw(st.booleans()):
        y = x
        for _ in range(draw(st.integers(1, 5))):
            y = math.nextafter(y, side * math.inf)
        return y
    y = x * (1 + side * draw(st.sampled_from(MARGINS)))
    return y if y != x else math.nextafter(x, side * math.inf)


@st.composite
def crossings(draw: st.DrawFn) -> tuple[float, float, float, float]:
    """``(x, level, rest, tau)``: ordinary, near to each other in any combination, of any scale and sign of tau."""
    scale = draw(positive(1e-12, 1e12))
    level = draw(st.sampled_from([0.0, 1.0, -1.0, 20.0, -50.0])) * scale
    other = moderate(-100.0, 100.0).map(lambda a: a * scale)
    close = near(level) if level else signed(1e-15, 1.0).map(lambda a: a * scale)
    rest = draw(st.one_of(other, close))
    x = draw(st.one_of(other, close, near(rest) if rest else close))
    tau = draw(signed(1e-6, 1e9))
    return x, level, rest, tau


grid = st.integers(1, 63 * 64).map(lambda k: k / 64.0)  # 64ths of a millisecond arrive unrounded


@st.composite
def groups(draw: st.DrawFn) -> Setup:
    """Groups of one to four neurons of every kind that is solved exactly, so that spikes come within some ms."""
    n = draw(st.integers(1, 4))

    def each(low: float, high: float) -> np.ndarray:
        return np.array(draw(st.lists(moderate(low, high), min_size=n, max_size=n)))

    ref = draw(st.sampled_from([0.0, 0.25, 1.0, 2.7, 5.0]))
    values = {"I": each(-0.5, 4.0), "tau": each(0.5, 20.0) * ms, "theta": each(0.3, 1.5), "v": each(-1.0, 3.0)}
    parameters = "\nI : 1\ntau : second\ntheta : 1\nref : second\nw_inf : 1"
    values["ref"] = (np.full(n, ref) if draw(st.booleans()) else each(0.0, 6.0)) * ms
    values["w_inf"] = each(-2.0, 2.0)
    flag = draw(st.sampled_from(["", " (unless refractory)"]))
    motion = draw(st.sampled_from(["(I - v)/tau", "I/tau", "(I - v*int(not_refractory))/tau", "I/(4*ms) - v/tau"]))
    equations = f"dv/dt = {motion} : 1{flag}\ndw/dt = (w_inf - w)/(3*ms) : 1" + parameters
    threshold = draw(
        st.sampled_from(
            [
                "v > theta",
                "theta < v",
                "v >= theta",
                "v > theta and w > 0.1",
                "v > theta or w > 1.5",
                "v > theta and not (w < -0.2)",
                "v > theta and t > (1 + i)*4*ms",
                "0.2 < v < theta and t > 3*ms",
                "v < -theta or v > theta",
            ]
        )
    )
    reset = draw(
        st.sampled_from(
            [
                "v = 0",
                "v -= theta",
                "v = 0.3*v\nw += 0.1",
                "v = 0; theta += 0.07",
                "v = 0; w = -0.5; tau *= 1.1",
                "v = 0.4*rand()*theta",
                "v = 0\nI = 0.98*I + 0.01*t/ms",
            ]
        )
    )
    refractory = draw(
        st.sampled_from(
            [
                2.25 * ms,
                0.5 * ms,
                "ref + 0.1*ms",
                "0.2*ms + rand()*ms",
                "t - lastspike < 1.5*ms",
                "w > 0.05 and t - lastspike < 7*ms",
                "t - lastspike < 0.5*ms or w < -0.1 and t - lastspike < 5*ms",
                "v > 0.5*theta and t - lastspike < 5*ms or t - lastspike <= 0.25*ms",
            ]
        )
    )
    return Setup(n, equations, threshold, reset, refractory, values)
