"""Every kernel runs compiled and interpreted, with the same bits."""

import importlib
import math
import pkgutil
import random
import struct

import pytest
from compiled import compiled

import eventsnn
from eventsnn._jit import KERNELS

for module in pkgutil.walk_packages(eventsnn.__path__, "eventsnn."):
    if module.name.startswith(("eventsnn.neurons", "eventsnn.crossing", "eventsnn.instants")):
        importlib.import_module(module.name)

DRAWS = 300


def time(rng):
    return rng.choice([0.0, 10.0 ** rng.uniform(-9, 4), rng.uniform(0.0, 50.0)])


def value(rng):
    return rng.choice([0.0, rng.uniform(-100.0, 100.0), rng.gauss(0, 1) * 10.0 ** rng.uniform(-12, 6)])


def tau(rng):
    return 10.0 ** rng.uniform(-3, 3)


def family(rng):
    """Kind and parameters of a variable that moves by itself."""
    kind = rng.randrange(3)
    second = tau(rng) if kind == 0 else value(rng)
    return kind, value(rng), second, rng.choice([-1.0, 1.0]) * 10.0 ** rng.uniform(-3, 1)


def rates(rng):
    n = rng.randint(1, 4)
    near = -(10.0 ** rng.uniform(-3, 1))
    pool = [near, near, near * (1 + 1e-15), near * (1 + 1e-9), 0.0, -(10.0 ** rng.uniform(-3, 2)), 0.01]
    chosen = tuple(sorted((rng.choice(pool) for _ in range(n)), reverse=True))
    return chosen, tuple(rng.choice([0.0, 1e-18 * r]) for r in chosen), 0, n - 1, time(rng)


def two_rates(rng):
    w = rng.uniform(-3, 3)
    return complex(-rng.random(), w), 1e-17j, complex(-rng.random(), rng.choice([w, -w, 0.0])), 0j, time(rng)


#: What each kernel that others call from outside its module is tried with. Those that follow have tests of their own:
#: quadratic in test_quadratic.py, the drive in test_leaky_drive.py, random numbers in test_normals.py; they call all
#: others in their modules.
ARGUMENTS = {
    "instants.two_sum": lambda rng: (value(rng), value(rng)),
    "instants.later": lambda rng: (value(rng), 1e-16 * value(rng), time(rng)),
    "instants.elapsed": lambda rng: (value(rng), 0.0, value(rng), 1e-17),
    "crossing.differences.exponential": lambda rng: (value(rng), 1e-18, time(rng)),
    "crossing.differences.difference": rates,
    "crossing.differences.difference_of_two": lambda rng: (-tau(rng), 0.0, tau(rng), time(rng)),
    "crossing.differences.oscillation": lambda rng: (complex(-rng.random(), rng.uniform(-3, 3)), 1e-17 + 0j, time(rng)),
    "crossing.differences.quotient": lambda rng: (complex(value(rng), 1.0), complex(1.0, value(rng))),
    "crossing.differences.complex_difference_of_two": two_rates,
    "crossing.shared.pair": lambda rng: (rng.random(), tau(rng), time(rng)),
    "crossing.shared.pair_and_next": lambda rng: (rng.random(), t := tau(rng), -t, 1e-18, time(rng)),
    "neurons.dispatch.flow": lambda rng: ((f := family(rng))[0], value(rng), *f[1:], time(rng)),
    "neurons.dispatch.speed": lambda rng: ((f := family(rng))[0], value(rng), *f[1:]),
    "neurons.dispatch.time_to_pass": lambda rng: (
        (f := family(rng))[0],
        x := value(rng),
        level := x + value(rng),
        level > x,
        *f[1:],
    ),
    "neurons.dispatch.evaluate": lambda rng: (
        value(rng),
        s := time(rng),
        0.0,
        s + rng.choice([-1.0, 5.0]),
        0.0,
        s + time(rng),
        *family(rng),
        *family(rng),
    ),
}
ELSEWHERE = ("quadratic", "leaky_drive", "leaky_response", "double_double", "leaky", "integrator", "philox", "normals")
ELSEWHERE += ("interpolated", "stepping", "bulk_loop", "exponential", "poisson")
ELSEWHERE += ("linear", "driven")
ELSEWHERE += (
    "arrivals",
    "beginning",
    "calendar",
    "currents",
    "differences",
    "inputs",
    "many",
    "many_beginning",
    "neuron",
)
ELSEWHERE += ("quiet", "solo", "windows", "deeds", "heaps", "instants", "moments", "rounds", "several", "spike_texts")


def bits(result):
    if isinstance(result, tuple):
        return tuple(bits(x) for x in result)
    if isinstance(result, complex):
        return bits(result.real), bits(result.imag)
    return "nan" if math.isnan(result) else struct.pack("d", result)


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_compiled_and_interpreted_give_the_same_bits(name):
    pytest.importorskip("numba")
    kernel = KERNELS[f"eventsnn.{name}"]
    fast, rng = compiled(kernel), random.Random(name)
    for _ in range(DRAWS):
        arguments = ARGUMENTS[name](rng)
        assert bits(fast(*arguments)) == bits(kernel(*arguments)), arguments


def test_every_kernel_is_tried_here_or_in_the_tests_of_its_family():
    names = {name.removeprefix("eventsnn.") for name in KERNELS} - set(ARGUMENTS)
    assert [name for name in sorted(names) if name.split(".")[-2] not in ELSEWHERE] == []


def test_no_kernel_of_the_compiled_engine_calls_itself():
    # kept inside another one, such a kernel would be loaded by a later process with calls that lead nowhere
    def callees(function):
        named = (function.__globals__.get(name) for name in function.__code__.co_names)
        return [thing for thing in named if thing in KERNELS.values()]

    waiting = [f for name, f in KERNELS.items() if name.startswith("eventsnn.engine.compiled.")]
    assert len(waiting) > 50
    seen = set()
    while waiting:
        function = waiting.pop()
        assert function not in callees(function), function
        new = [callee for callee in callees(function) if callee not in seen]
        seen.update(new)
        waiting += new
