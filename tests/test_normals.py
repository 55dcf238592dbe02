"""Normal numbers: the ziggurat's layers, its answers one by one, and the distribution."""

import math
from functools import cache
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventsnn import normals, philox, seed
from eventsnn.normals import fill_normals, normal_of, normals_of, normals_of_all
from eventsnn.randomness import Draws

KEY = 0x2B7E1516, 0x28AED2A6
ALL = 0xFFFFFFFF
word = st.integers(0, ALL)
keys = st.tuples(word, word)


# --- the layers --------------------------------------------------------------------------------------------------


def curve(x):
    return mpmath.exp(-(mpmath.mpf(x) ** 2) / 2)


def beyond(x):
    """Return the area of the tail."""
    return mpmath.sqrt(mpmath.pi / 2) * mpmath.erfc(mpmath.mpf(x) / mpmath.sqrt(2))


@cache
def edges():
    """Return where the layers end and their area, to 40 digits, from the condition that the last one ends at 0."""

    def heights(tail):
        area = tail * curve(tail) + beyond(tail)
        ends = [area / curve(tail), tail]
        for _ in range(254):
            ends.append(mpmath.sqrt(-2 * mpmath.log(curve(ends[-1]) + area / ends[-1])))
        return ends, area

    with mpmath.workdps(40):
        tail = mpmath.findroot(
            lambda r: curve((h := heights(r))[0][-1]) + h[1] / h[0][-1] - 1,
            (mpmath.mpf("3.6541528853610087"), mpmath.mpf("3.6541528853610089")),
        )
        ends, area = heights(tail)
        return [*ends, mpmath.mpf(0)], area


def test_the_tail_begins_where_all_layers_have_one_area():
    ends, area = edges()
    assert float(ends[1]) == normals.TAIL
    # 4.9e-3, and some roundings of 1.1e-16 of it
    assert abs(normals.AREA - area) < 1e-17
    # each end is found from the height of the one before, and every height up to 1 is rounded by up to 1.1e-16 several
    # times; an end x is off by as much over the slope there, x*y
    for x, end in zip((normals.SCALES * 2.0**53).tolist(), ends, strict=False):
        assert abs(x - end) * end * curve(end) < 256 * 2.2e-16


def test_all_layers_have_the_same_area():
    ends = [mpmath.mpf(x) for x in (normals.SCALES * 2.0**53).tolist()] + [mpmath.mpf(0)]
    assert [float(x) for x in ends[1:]] == normals.SURE.tolist()
    with mpmath.workdps(40):
        areas = [ends[0] * curve(ends[1])]
        areas += [x * (curve(y) - curve(x)) for x, y in pairwise(ends[1:])]
        assert abs(ends[1] * curve(ends[1]) + beyond(ends[1]) - areas[0]) < 1e-15
        assert max(abs(a - edges()[1]) for a in areas) < 1e-15
        # an area's share in the whole: the numbers' density is that of the curve to 1e-12
        assert max(abs(a / edges()[1] - 1) for a in areas) < 1e-12
        assert max(abs(x / end - 1) for x, end in zip(ends[:-1], edges()[0], strict=False)) < 5e-14
    floors = [float(curve(x)) for x in ends[1:-1]]
    assert np.abs(normals.FLOORS[1:] - floors).max() < 1.2e-16
    assert np.abs(normals.FLOORS[1:] + normals.HEIGHTS[1:] - [*floors[1:], 1.0]).max() < 2.3e-16


# --- one by one --------------------------------------------------------------------------------------------------


def slow_philox(counter, key):
    """Return four words, written after the paper: S-box of multiplications, then the permutation."""
    r, (k0, k1) = list(counter), key
    for j in range(10):
        keys = (k0 + j * 0x9E3779B9) % 2**32, (k1 + j * 0xBB67AE85) % 2**32
        (high_0, low_0), (high_1, low_1) = divmod(0xD2511F53 * r[0], 2**32), divmod(0xCD9E8D57 * r[2], 2**32)
        r = [high_1 ^ r[1] ^ keys[0], low_1, high_0 ^ r[3] ^ keys[1], low_0]
    return r


def slow_normal(k, counter, key, seen=None):
    """Return a normal number and how it came about, after the description at the top of the module, to 40 digits."""
    ends, _ = edges()

    def numbers():
        for attempt in range(1000):
            words = slow_philox((k // 2, attempt, counter % 2**32, counter // 2**32), key)
            yield words[2 * (k % 2)] * 2**32 + words[2 * (k % 2) + 1]

    def uniform(x):
        return mpmath.mpf((x // 2**37) * 2**26 + (x % 2**32) // 2**6) / 2**53

    own, path = numbers(), ""
    with mpmath.workdps(40):
        while True:
            bits = next(own)
            layer, place = bits % 256, bits // 2**10
            x = mpmath.mpf(place - 2**54 if place >= 2**53 else place) / 2**53 * ends[layer]
            if abs(x) < ends[layer + 1]:
                return float(x), path + "inside"
            if layer == 0:
                break
            low, high = curve(ends[layer]), curve(ends[layer + 1])
            if low + uniform(next(own)) * (high - low) < curve(x):
                return float(x), path + "under"
            path += "above "
        while True:
            y = -mpmath.log(1 - uniform(next(own))) / ends[1]
            if -2 * mpmath.log(1 - uniform(next(own))) > y * y:
                return float(mpmath.sign(x) * (ends[1] + y)), path + "tail"
            path += "short "


#: Neuron, counter, what `slow_normal` said, and how the number came about.
FROZEN = [
    (0, 77, 0.7317071237606625, "inside"),
    (1, 77, -0.4311294013634427, "inside"),
    (29, 77, -0.08930387800731687, "under"),
    (97, 77, 0.921948142336979, "under"),
    (175, 77, -1.2577316905267246, "above inside"),
    (576, 77, -0.03832126496307071, "above inside"),
    (4722, 77, 3.689700796343079, "tail"),
    (5609, 77, -3.6567844137192558, "tail"),
    (4914, 77, 1.3607186945312328, "above above inside"),
    (11682, 77, -0.3878401488436158, "above under"),
    (69777, 77, -3.8278821506151273, "short tail"),
]


def test_numbers_are_those_of_the_slow_description():
    counters = [0, 1, 77, 2**32, 2**64 - 1]
    for counter in counters:
        for k in [*range(40), 2**32, 2**33 - 1]:
            expected, _ = slow_normal(k, counter, KEY)
            # the ends, by which a number is multiplied, are right to 5e-14
            assert normal_of(k, counter & ALL, counter >> 32, *KEY) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("k, counter, value, path", FROZEN)
def test_numbers_are_what_they_were(k, counter, value, path):
    assert normal_of(k, counter & ALL, counter >> 32, *KEY) == pytest.approx(value, rel=1e-12)
    expected, its_path = slow_normal(k, counter, KEY)
    assert its_path == path and expected == pytest.approx(value, rel=1e-12)


# --- the same bits, however asked -----------------------------------------------------------------------------------


def alone(neurons, counter, key):
    return [normal_of(k, counter & ALL, counter >> 32, *key) for k in neurons]


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 40), st.lists(st.integers(0, 2**64 - 1), max_size=5), keys)
def test_a_number_is_the_same_alone_and_among_others(n, counters, key):
    expected = [alone(range(n), counter, key) for counter in counters]
    some = np.array(counters, np.uint64)
    assert normals_of_all(n, some, key).tolist() == expected
    who, which = np.tile(np.arange(n, dtype=np.uint64), len(counters)), np.repeat(some, n)
    assert normals_of(who, which, key).tolist() == [value for row in expected for value in row]
    back = normals_of(who[::-1], which[::-1], key)[::-1]
    assert back.tolist() == [value for row in expected for value in row]


@pytest.mark.parametrize("n", [2 * normals.BLOCKS - 1, 2 * normals.BLOCKS, 2 * normals.BLOCKS + 1, 20_001])
def test_cutting_into_pieces_changes_no_number(n):
    # among so many there are all ways by which numbers come about, see FROZEN
    counters = np.array([77, 2**63 + 5], np.uint64)
    values, everyone = normals_of_all(n, counters, KEY), np.arange(n, dtype=np.uint64)
    for counter, row in zip(counters, values, strict=True):
        assert (normals_of(everyone, np.array(counter), KEY) == row).all()
        assert (normals_of_all(n, np.array([counter]), KEY)[0] == row).all()
        shuffled = np.random.default_rng(1).permutation(everyone)
        assert (normals_of(shuffled, np.full(n, counter), KEY) == row[shuffled.astype(int)]).all()
    assert alone(range(n), 77, KEY) == values[0].tolist()


def test_draws_give_the_numbers_of_their_key_in_all_forms():
    seed(5)
    draws = Draws("a", "noise")
    n, ticks = 11, np.array([4, 5, 2**40])
    expected = [alone(range(n), counter, draws.key) for counter in ticks.tolist()]
    assert [[draws.normal(k, counter) for k in range(n)] for counter in ticks.tolist()] == expected
    assert draws.normals_of_all(n, ticks).tolist() == expected
    assert draws.normals(np.arange(n), ticks[:, np.newaxis]).tolist() == expected
    assert draws.normals(np.arange(n), ticks[:1]).tolist() == expected[0]
    assert draws.normals(np.arange(n), np.full(n, 4)).tolist() == expected[0]
    assert draws.normals(np.array([7, 3, 3]), 4).tolist() == [expected[0][k] for k in (7, 3, 3)]
    assert draws.normals(np.array([7, 3]), np.array([5, 4])).tolist() == [expected[1][7], expected[0][3]]
    assert draws.normals(3, ticks).tolist() == [row[3] for row in expected]
    assert draws.normals(np.arange(0), 4).shape == (0,) and draws.normals_of_all(0, ticks).shape == (3, 0)


def test_the_number_of_an_instant_belongs_to_its_64_bits():
    seed(5)
    draws = Draws("a", "noise")
    counter = int(np.array(12.5).view(np.uint64))
    assert draws.normal_at(3, 12.5) == draws.normal(3, counter)
    assert draws.normal_at(3, np.nextafter(12.5, 13.0)) == draws.normal(3, counter + 1)
    assert draws.normal_at(3, -0.0) == draws.normal_at(3, 0.0) == draws.normal(3, 0)
    instants = np.array([12.5, -0.0, -3.25, 1e-3])
    assert draws.normals_at(np.full(4, 3), instants).tolist() == [draws.normal_at(3, t) for t in instants.tolist()]
    assert draws.normals_at(np.arange(4), 12.5).tolist() == [draws.normal_at(k, 12.5) for k in range(4)]


@pytest.mark.parametrize("first", [0, 1, 6, 2**32 - 3])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 9])
def test_filling_an_array_gives_each_neurons_number(first, n):
    out = np.zeros(n)
    fill_normals(first, 5, ALL, *KEY, out)
    assert out.tolist() == alone(range(first, first + n), ALL << 32 | 5, KEY)


class TestCompiled:
    """Whatever is compiled has the bits of Python."""

    @pytest.fixture(autouse=True)
    def _needs_the_compiler(self):
        pytest.importorskip("numba")

    def test_the_words_of_a_block(self):
        from compiled import compiled

        fast, rng = compiled(philox.philox_words), np.random.default_rng(1)
        # the largest products, at which a signed number could run over
        extremes = [(ALL, 0, ALL, ALL, ALL, ALL), (0,) * 6, (ALL, ALL, 0, 0, 0, ALL), (1 << 31, 0, 1 << 31, 0, 0, 0)]
        for arguments in [*extremes, *rng.integers(0, 2**32, (300, 6)).tolist()]:
            assert fast(*arguments) == philox.philox_words(*arguments)

    def test_single_numbers(self):
        from compiled import compiled

        fast, rng = compiled(normal_of), np.random.default_rng(2)
        for k, counter, _, _ in FROZEN:
            assert fast(k, counter & ALL, counter >> 32, *KEY) == normal_of(k, counter & ALL, counter >> 32, *KEY)
        for k, *others in rng.integers(0, 2**32, (3000, 5)).tolist():
            assert fast(k, *others) == normal_of(k, *others)

    def test_arrays(self):
        from compiled import compiled

        fast, n = compiled(fill_normals), 20_001
        for counter in (77, 2**64 - 1):
            expected = normals_of_all(n + 1, np.array([counter], np.uint64), KEY)[0]
            for first in (0, 1):
                out = np.zeros(n)
                fast(first, counter & ALL, counter >> 32, *KEY, out)
                assert (out == expected[first : first + n]).all()
        for n in range(6):
            out = np.zeros(n)
            fast(3, 77, 0, *KEY, out)
            assert out.tolist() == alone(range(3, 3 + n), 77, KEY)


# --- the distribution ----------------------------------------------------------------------------------------------
#
# Every number below is a sum over independent draws, divided by its standard error: beyond 4 once in 16000. The seed is
# fixed. The short run makes 2*10**6 numbers, the statistical one 2*10**8.

N = 1000


def double_factorial(k):
    return math.prod(range(k, 0, -2))


def rows(counters, key=KEY, n=N):
    return normals_of_all(n, np.asarray(counters, np.uint64), key)


def hold(deviations, limit=4.0):
    assert max(abs(z) for z in deviations) < limit, deviations


def uniform_share(values, cells):
    """Return in which of equally probable cells the values are."""
    from scipy.special import ndtr

    return np.minimum((ndtr(values) * cells).astype(int), cells - 1)


def chi_square(counts, expected):
    """Return chi-square in units of its spread, nearly normal by its cube root (Wilson & Hilferty 1931)."""
    freedom = counts.size - 1
    ratio = float(((counts - expected) ** 2 / expected).sum()) / freedom
    return (ratio ** (1 / 3) - (1 - 2 / (9 * freedom))) / math.sqrt(2 / (9 * freedom))


class Tally:
    """Sums over many draws: moments, cells of equal probability, tails."""

    TAILS = (3.0, 3.5, normals.TAIL, 4.0, 4.5, 5.0)

    def __init__(self, cells):
        self.n, self.powers, self.cells = 0, np.zeros(8), np.zeros(cells, np.int64)
        self.tails = np.zeros((2, len(self.TAILS)), np.int64)

    def add(self, x):
        x = x.ravel()
        self.n += x.size
        power = np.ones_like(x)
        for j in range(8):
            power *= x
            self.powers[j] += power.sum()
        self.cells += np.bincount(uniform_share(x, len(self.cells)), minlength=len(self.cells))
        far = x[np.abs(x) > min(self.TAILS)]
        self.tails += [[np.count_nonzero(sign * far > level) for level in self.TAILS] for sign in (1, -1)]

    def check(self):
        # <x**p> = (p - 1)!! for even p, else 0; <x**2p> - <x**p>**2 is its variance
        for p in range(1, 9):
            mean = double_factorial(p - 1) if p % 2 == 0 else 0
            spread = math.sqrt((double_factorial(2 * p - 1) - mean**2) / self.n)
            hold([(self.powers[p - 1] / self.n - mean) / spread])
        hold([chi_square(self.cells, self.n / len(self.cells))])
        # where less than 25 are expected, a count is not yet normal, and 6 is as rare as 4 is elsewhere
        for j, level in enumerate(self.TAILS):
            expected = self.n * math.erfc(level / math.sqrt(2.0)) / 2.0
            hold((self.tails[:, j] - expected) / math.sqrt(expected), 4.0 if expected > 25 else 6.0)
        # Kolmogorov: P(sup > c/sqrt(n)) = 2 exp(-2 c**2), 1e-4 at c = 2.23; at the cells' ends only, so rarer still
        ladder = np.cumsum(self.cells) / self.n - np.arange(1, len(self.cells) + 1) / len(self.cells)
        assert np.abs(ladder).max() < 2.23 / math.sqrt(self.n)


def test_moments_tails_and_cells_are_those_of_the_normal_distribution():
    tally = Tally(1000)
    tally.add(rows(range(2000)))
    tally.check()


@pytest.mark.statistical
def test_many_numbers_are_normally_distributed_as_finely_as_the_layers_are_cut():
    # with no point compared with the curve the density would be wrong by 1.5 %, and chi-square by 200 of its spread
    tally = Tally(20_000)
    for begin in range(0, 200_000, 1000):
        tally.add(rows(range(begin, begin + 1000)))
    tally.check()


def test_the_tally_finds_a_ziggurat_without_its_corners(monkeypatch):
    # every first point taken as it is: 1 number in 80 is wrong
    monkeypatch.setattr(normals, "_complete", lambda *arguments: None)
    tally = Tally(1000)
    tally.add(rows(range(2000)))
    with pytest.raises(AssertionError):
        tally.check()


def kolmogorov(x):
    from scipy.special import ndtr

    grid = np.arange(x.size) / x.size
    steps = ndtr(np.sort(x)) - grid
    return max(steps.max(), 1.0 / x.size - steps.min()) * math.sqrt(x.size)


@pytest.mark.parametrize("who", ["one neuron", "one tick", "instants"])
def test_each_neuron_and_each_tick_has_normal_numbers(who):
    # 2 exp(-2 c**2) = 1e-4 at c = 2.23
    n = 50_000
    if who == "one neuron":
        sets = rows(range(n), n=2).T
    elif who == "one tick":
        sets = rows([1, 2, 2**35], n=n)
    else:
        bits = (np.arange(1, n + 1) * 0.1).view(np.uint64)
        sets = [normals_of(np.full(n, k, np.uint64), bits, KEY) for k in (0, 1)]
    assert max(kolmogorov(x) for x in sets) < 2.23


def joint(x, y):
    """Return how far two sets are from independent ones: correlations of them and their squares, and 16 x 16 cells."""
    x, y, root = x.ravel(), y.ravel(), math.sqrt(x.size)
    squares = (x * x - 1) * (y * y - 1)
    cells = np.bincount(uniform_share(x, 16) * 16 + uniform_share(y, 16), minlength=256)
    # <(x**2 - 1)**2> = 2, <x**2 (y**2 - 1)**2> = 2
    return [
        (x * y).sum() / root,
        squares.sum() / (2 * root),
        (x * (y * y - 1)).sum() / (math.sqrt(2) * root),
        ((x * x - 1) * y).sum() / (math.sqrt(2) * root),
        chi_square(cells, x.size / 256),
    ]


def pairs_of(name, count):
    x = rows(range(count))
    return {
        "both of one block": lambda: (x[:, ::2], x[:, 1::2]),
        "neighbours of different blocks": lambda: (x[:, 1:-1:2], x[:, 2::2]),
        "a block's and the next's": lambda: (x[:, :-2:2], x[:, 2::2]),
        # disjoint pairs: neighbouring products would share a number, which leaves them uncorrelated all the same
        "successive ticks": lambda: (x[:-1:2], x[1::2]),
        "ticks 16 apart": lambda: (x[:-16], x[16:]),
        "sources": lambda: (x, rows(range(count), (KEY[0] + 1, KEY[1]))),
        "sources, the other word": lambda: (x, rows(range(count), (KEY[0], KEY[1] ^ 1 << 31))),
        "neuron and tick exchanged": lambda: (x[:N], rows(range(N)).T[:count]),
        "halves of the counter": lambda: (x, rows(np.arange(count, dtype=np.uint64) << 32)),
        "a tick and an instant": lambda: (x, rows((0.1 * np.arange(1, count + 1)).view(np.uint64))),
    }[name]()


KINDS = [
    "both of one block",
    "neighbours of different blocks",
    "a block's and the next's",
    "successive ticks",
    "ticks 16 apart",
    "sources",
    "sources, the other word",
    "neuron and tick exchanged",
    "halves of the counter",
    "a tick and an instant",
]


@pytest.mark.parametrize("name", KINDS)
def test_numbers_are_independent_between(name):
    x, y = pairs_of(name, 200)
    if name == "neuron and tick exchanged":
        # a number of the diagonal would be paired with itself, others come twice
        above = np.triu_indices(min(x.shape), 1)
        x, y = x[above], y[above]
    hold(joint(x, y))


@pytest.mark.statistical
@pytest.mark.parametrize("name", [name for name in KINDS if name != "neuron and tick exchanged"])
def test_many_numbers_are_independent_between(name):
    hold(joint(*pairs_of(name, 10_000)))


def test_sums_over_neurons_and_over_ticks_are_normal():
    # what a network would notice: common drifts of neurons, or slow ones of a neuron
    x = rows(range(1000))
    for axis in (0, 1):
        sums = x.sum(axis=axis) / math.sqrt(x.shape[axis])
        # variance of n independent normals: standard error sqrt(2/n)
        hold([sums.sum() / math.sqrt(sums.size), (sums @ sums - sums.size) / math.sqrt(2 * sums.size)])
        assert kolmogorov(sums) < 2.23
    # the largest singular value of a square matrix of independent numbers is 2*sqrt(n), with a relative scatter of
    # 0.315*n**(-2/3) (Johnstone 2001, theorem 1.1, for its square); 4 of them are passed once in 10**4
    n = 300
    assert np.linalg.norm(x[:n, :n], 2) < 2 * math.sqrt(n) * (1 + 4 * 0.315 * n ** (-2 / 3))
