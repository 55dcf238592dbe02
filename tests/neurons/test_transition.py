"""Transitions of linear equations with noise, judged by hundreds of digits and by what they mean."""

import mpmath
import numpy as np
import pytest
import scipy.linalg

from eventsnn.neurons.bridge import Distance, at_distance
from eventsnn.neurons.transition import Diffusion, between, find_factor

mp = mpmath.mp.clone()
# exp(900 ms/(10 ms)) stands beside its inverse in one matrix, squared
mp.dps = 700
EPS = 2.0**-52


def truth(A, b, B, span):
    """Return E, c and S: Van Loan's block exponential, in so many digits that its cancellation does not matter."""
    m, s = len(b), mp.mpf(span)
    A, B, b = mp.matrix(A.tolist()), mp.matrix(B.tolist()), mp.matrix([[x] for x in b.tolist()])
    block, drift = mp.zeros(2 * m), mp.zeros(m + 1)
    block[:m, :m], block[:m, m:], block[m:, m:] = -A, B * B.T, A.T
    drift[:m, :m], drift[:m, m:] = A, b
    both, shift = mp.expm(block * s), mp.expm(drift * s)
    E = both[m:, m:].T
    return E, shift[:m, m], E * both[:m, m:]


def entries(transition, m):
    """Return E, c and L as plain matrices of one neuron."""
    one = transition.of(0)
    return np.array(one.mean), np.array(one.shift), np.array(one.factor).reshape(m, m)


def diffusion(A, b, B):
    return Diffusion(*(np.array(part, dtype=float)[None] for part in (A, b, B)))


SYSTEMS = {
    "membrane and threshold, apart": ([[-0.1, 0.0], [0.0, -0.01]], [0.5, 0.2], [[0.4], [0.0]]),
    "noise through a current": ([[-0.05, 100.0], [0.0, -0.2]], [0.3, 0.0], [[0.0], [0.01]]),
    "noise through two currents": (
        [[-0.1, 3.0, 0.0], [0.0, -0.2, 0.5], [0.0, 0.0, -0.5]],
        [0.1, 0, 0],
        [[0], [0], [1]],
    ),
    "adaptation": ([[-0.1, -0.1], [0.004, -0.01]], [0.0, 0.3], [[0.2, 0.0], [0.0, 0.1]]),
    "resonator, one source for both": ([[-0.05, 0.6], [-0.6, -0.05]], [0.1, 0.2], [[0.3], [0.1]]),
    "equal rates": ([[-0.1, 1.0], [0.0, -0.1]], [0.0, 0.1], [[0.1], [0.2]]),
    "stiff": ([[-0.1, 0.2], [0.0, -90.0]], [0.0, 3.0], [[0.0], [2.0]]),
    "growing": ([[0.2, 0.1], [0.0, -0.1]], [1.0, 0.0], [[0.3], [0.2]]),
    "no couplings": ([[0.0, 0.0], [0.0, 0.0]], [1.0, -2.0], [[1.0, 0.5], [0.0, 2.0]]),
    "integrated twice": ([[0, 1.0, 0], [0, 0, 1.0], [0, 0, 0]], [0, 0, 1.0], [[0], [0], [1.0]]),
}
SPANS = (1e-9, 0.0371, 0.1, 1.0, 7.5)


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("name", SYSTEMS)
def test_every_entry_has_its_own_digits(name, span):
    A, b, B = (np.array(part, dtype=float) for part in SYSTEMS[name])
    m = len(b)
    E, c, L = entries(diffusion(A, b, B).over(span), m)
    E_true, c_true, S_true = truth(A, b, B, span)
    # 20 to 24 terms of the series, the first of which dominate, and up to ten doublings with 3 roundings each
    digits = 32 * EPS
    scale = max(abs(x) for x in E_true)
    for i in range(m):
        for j in range(m):
            # entries of the resonator pass through zero; a decay is one less what has gone
            size = scale if "resonator" in name else max(abs(E_true[i, j]), i == j)
            assert abs(mp.mpf(E[i, j]) - E_true[i, j]) <= digits * size
            S = mp.fsum(mp.mpf(x) * mp.mpf(y) for x, y in zip(L[i].tolist(), L[j].tolist(), strict=True))
            assert abs(S - S_true[i, j]) <= digits * mp.sqrt(S_true[i, i] * S_true[j, j])
        assert abs(mp.mpf(c[i]) - c_true[i]) <= digits * max(abs(c_true[i]), abs(mp.mpf(b[i]) * span) * scale)


def test_one_variable_is_within_four_ulp():
    random = np.random.default_rng(1)
    n = 3000
    span = 10.0 ** random.uniform(-6, 1, n)
    z = 10.0 ** random.uniform(-18, 0, n) * random.choice((-1.0, 1.0), n) * (random.random(n) > 0.02)
    a, b, B = z / span, random.normal(size=n), random.normal(size=(n, 2))
    over = Diffusion(a[:, None, None], b[:, None], B[:, None]).over(span, np.arange(n))
    with mp.workdps(40):
        for k in range(n):
            A, s, (p, q) = mp.mpf(a[k]), mp.mpf(span[k]), map(mp.mpf, B[k].tolist())
            E, c, S = mp.exp(A * s), mp.mpf(b[k]) * s, (p * p + q * q) * s
            if a[k]:
                c, S = c * mp.expm1(A * s) / (A * s), S * mp.expm1(2 * A * s) / (2 * A * s)
            for value, true in ((over.mean[0][0][k], E), (over.shift[0][k], c), (over.factor[0][0][k], mp.sqrt(S))):
                assert abs(mp.mpf(value) - true) <= 4 * EPS * abs(true)


def test_one_variable_and_several_agree():
    a, b, B = -0.3, 0.7, 0.4
    single = diffusion([[a]], [b], [[B]]).over(2.3).of(0)
    pair = diffusion([[a, 0.0], [0.0, a]], [b, 1.0], [[B, 0.0], [0.0, 1.0]]).over(2.3).of(0)
    for one, two in ((single.mean, pair.mean), (single.factor, pair.factor)):
        assert two[0][0] == pytest.approx(one[0][0], rel=20 * EPS) and two[0][1] == 0.0
    assert pair.shift[0] == pytest.approx(single.shift[0], rel=20 * EPS)


@pytest.mark.parametrize("name", SYSTEMS)
def test_two_spans_make_one(name):
    d, m = diffusion(*SYSTEMS[name]), len(SYSTEMS[name][1])
    (E, c, L), (E1, c1, L1), (E2, c2, L2) = (entries(d.over(span), m) for span in (3.0, 1.25, 1.75))
    # entries differ by ten orders of magnitude: each is compared on the scale of its row and column
    together, S = E2 @ L1 @ L1.T @ E2.T + L2 @ L2.T, L @ L.T
    spread = np.sqrt(np.diag(S))
    assert np.all(abs(E2 @ E1 - E) <= 200 * EPS * (abs(E2) @ abs(E1)))
    assert np.all(abs(E2 @ c1 + c2 - c) <= 200 * EPS * (abs(E2) @ abs(c1) + abs(c2)))
    assert np.all(abs(together - S) <= 200 * EPS * np.outer(spread, spread))


@pytest.mark.parametrize("name", SYSTEMS)
def test_no_time_changes_nothing(name):
    m = len(SYSTEMS[name][1])
    E, c, L = entries(diffusion(*SYSTEMS[name]).over(0.0), m)
    assert np.array_equal(E, np.eye(m)) and not c.any() and not L.any()


@pytest.mark.parametrize(
    "name", ["adaptation", "noise through two currents", "resonator, one source for both", "stiff"]
)
def test_after_a_long_time_all_is_stationary(name):
    A, b, B = (np.array(part, dtype=float) for part in SYSTEMS[name])
    E, c, L = entries(diffusion(A, b, B).over(1e5), len(b))
    assert abs(E).max() == 0.0
    assert np.allclose(A @ c, -b, rtol=0, atol=1e-12 * abs(A) @ abs(c))
    # Lyapunov's equation, entry by entry
    S = L @ L.T
    assert np.all(abs(A @ S + S @ A.T + B @ B.T) <= 1e-12 * (abs(A) @ abs(S) + abs(S) @ abs(A).T))


def test_where_a_block_exponential_overflows_all_digits_stay():
    A, b, B = (np.array(part, dtype=float) for part in SYSTEMS["stiff"])
    block = np.block([[-A, B @ B.T], [np.zeros((2, 2)), A.T]])
    _, _, L = entries(diffusion(A, b, B).over(1.0), 2)
    both, S = scipy.linalg.expm(block), np.array(truth(A, b, B, 1.0)[2].tolist(), dtype=float)
    spread = np.sqrt(np.outer(np.diag(S), np.diag(S)))
    assert np.max(abs(both[2:, 2:].T @ both[:2, 2:] - S) / spread) > 1.0
    assert np.max(abs(L @ L.T - S) / spread) < 32 * EPS


def test_variables_without_noise_need_no_numbers():
    over = diffusion(*SYSTEMS["membrane and threshold, apart"]).over(0.5)
    assert over.noisy == (0,)
    assert over.take([1.0, 2.0], [0.0]) == over.take([1.0, 2.0], [0.0, 9.0]) == over.expect([1.0, 2.0])


def test_variables_that_move_alike_share_a_number():
    over = diffusion([[-0.1, 0.0], [0.0, -0.1]], [0.0, 0.0], [[1.0], [3.0]]).over(2.0)
    assert over.noisy == (0,) and over.factor[1][0] == pytest.approx(3 * over.factor[0][0], rel=4 * EPS)


def test_a_singular_covariance_has_columns_of_zeros():
    random = np.random.default_rng(2)
    for rank in (0, 1, 2, 3):
        B = random.normal(size=(4, rank)) * np.array([1e-8, 1.0, 1e3, 1.0])[:, None]
        S = B @ B.T
        L = find_factor(S[..., None])[..., 0]
        spread = np.sqrt(np.diag(S))
        assert np.all(abs(L @ L.T - S) <= 1e-12 * np.outer(spread, spread)) and np.all(np.triu(L, 1) == 0)
        assert np.count_nonzero(np.diag(L)) == rank


def some_of_all(n=60):
    """Return a diffusion of n neurons of seven kinds."""
    random = np.random.default_rng(3)
    kinds = random.integers(0, 7, n)
    A, b, B = random.normal(size=(7, 3, 3)), random.normal(size=(7, 3)), random.normal(size=(7, 3, 2))
    return Diffusion(A[kinds], b[kinds], B[kinds]), kinds


def test_equal_neurons_are_reckoned_once_and_each_as_if_alone():
    d, kinds = some_of_all()
    assert len(d._A) == 7
    everyone, n = d.over(0.7), len(kinds)
    spans = np.random.default_rng(4).uniform(0, 9, n)
    own, x, N = d.over(spans, np.arange(n)), np.arange(3.0 * n).reshape(3, n), np.cos(np.arange(3.0 * n)).reshape(3, n)
    ahead = everyone.take(list(x), list(N))
    for k in range(n):
        assert everyone.of(k) == d.over(0.7, k) and own.of(k) == d.over(float(spans[k]), k)
        alone = d.over(0.7, k).take(x[:, k].tolist(), N[:, k].tolist())
        # to the last bit
        assert alone == [column[k] for column in ahead] and all(type(v) is float for v in alone)


def test_coefficients_come_back_as_they_were_given():
    d, _ = some_of_all()
    A, b, B = d.coefficients
    shared = diffusion([[-0.1]], [0.0], [[2.0]]).coefficients
    assert np.shape(A) == (3, 3, 60) and np.shape(b) == (3, 60) and np.shape(B) == (3, 2, 60)
    assert shared == (((-0.1,),), (0.0,), ((2.0,),))


def test_many_draws_have_the_mean_and_the_covariance():
    A, b, B = (np.array(part, dtype=float) for part in SYSTEMS["adaptation"])
    n, x = 100_000, [2.0, -1.0]
    N = np.random.default_rng(5).normal(size=(2, n))
    ahead = np.array(diffusion(A, b, B).over(4.0).take(x, list(N)))
    E, c, S = (np.array(part.tolist(), dtype=float) for part in truth(A, b, B, 4.0))
    spread = np.sqrt(np.diag(S))
    # means of n normal numbers and their products, 4 standard deviations: false alarm once in 3000 runs
    assert np.all(abs(ahead.mean(axis=1) - (E @ x + c.ravel())) < 4 * spread / np.sqrt(n))
    assert np.all(abs(np.cov(ahead) - S) < 4 * np.sqrt(2 / n) * np.outer(spread, spread))


def test_a_state_at_a_given_distance_is_a_gaussian_vector_given_a_component():
    A, b, B = SYSTEMS["adaptation"]
    d = diffusion(A, b, B)
    over, weights, n = d.over(1.5), (-1.0, -0.3), 100_000
    distance = Distance.made(*d.coefficients, weights, 1.0)
    N = np.random.default_rng(6).normal(size=(2, n))
    v, w = at_distance(over, distance, [0.4, 0.1], list(N), 0.2)
    assert np.allclose(1.0 - v - 0.3 * w, 0.2, rtol=0, atol=1e-14)
    (mean_v, mean_w), L = over.expect([0.4, 0.1]), np.array(over.factor)
    S, g = L @ L.T, np.array(weights)
    excess, variance = 0.2 - (1.0 - mean_v - 0.3 * mean_w), g @ S @ g
    given_mean, given_variance = mean_w + (S @ g)[1] / variance * excess, S[1, 1] - (S @ g)[1] ** 2 / variance
    # 4 standard deviations of a mean and of a variance: false alarm once in 8000 runs
    assert abs(w.mean() - given_mean) < 4 * np.sqrt(given_variance / n)
    assert abs(w.var() - given_variance) < 4 * np.sqrt(2 / n) * given_variance


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_numbers_that_lead_to_a_state_are_found_again(name):
    d, m = diffusion(*SYSTEMS[name]), len(SYSTEMS[name][1])
    over, x = d.over(0.3), [0.4, -1.0, 0.7][:m]
    numbers = [(0.3, -1.2, 2.0)[j] if j in over.noisy else 0.0 for j in range(m)]
    # a current's noise reaches a voltage by its own path in part only: a few digits go
    assert over.normals_for(x, over.take(x, numbers)) == pytest.approx(numbers, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", SYSTEMS)
def test_between_two_ends_states_are_those_of_a_gaussian_vector(name):
    A, b, B = (np.array(part, dtype=float) for part in SYSTEMS[name])
    d, m, n, x = diffusion(A, b, B), len(b), 40_000, [0.4, -1.0, 0.7][: len(b)]
    first, rest, whole = d.over(0.7), d.over(0.3), d.over(1.0)
    ahead = whole.take(x, [1.0, -0.5, 0.8][:m])
    normals = np.random.default_rng(7).normal(size=(2, m, n))
    inside = np.array(np.broadcast_arrays(*between(first, rest, whole, x, ahead, (list(normals[0]), list(normals[1])))))
    (_, _, L1), (E2, _, L2) = entries(first, m), entries(rest, m)
    S1, S2 = L1 @ L1.T, L2 @ L2.T
    # written with an inverse that the noise reaches in all directions
    gain = S1 @ E2.T @ np.linalg.pinv(E2 @ S1 @ E2.T + S2, rcond=1e-12, hermitian=True)
    spread = np.sqrt(np.maximum(np.diag(S1 - gain @ E2 @ S1), 0)) + 1e-9 * np.sqrt(np.diag(S1))
    mean = np.array(first.expect(x)) + gain @ (np.array(ahead) - whole.expect(x))
    # 4.5 standard deviations of a mean, and of a covariance: false alarm once in 3000 runs of all
    assert np.all(abs(inside.mean(axis=1) - mean) <= 4.5 * spread / np.sqrt(n) + 1e-12)
    assert np.all(
        abs(np.cov(inside) - (S1 - gain @ E2 @ S1)) <= 4.5 * np.sqrt(2 / n) * np.outer(spread, spread) + 1e-15
    )


@pytest.mark.parametrize("m", [1, 2, 3])
def test_one_neuron_has_the_bits_that_it_has_among_others(m):
    generator = np.random.default_rng(m)
    A, b, B = (generator.normal(size=(7, *shape)) for shape in ((m, m), (m,), (m, 2)))
    B[2] = 0.0
    diffusion = Diffusion(A, b, B)
    for span in (1e-9, 0.01, 0.2, 3.0):
        together = diffusion.over(np.full(7, span), np.arange(7))
        for k in range(7):
            alone = Diffusion(*(part[k : k + 1] for part in (A, b, B)))
            assert diffusion.over(span, k) == together.of(k) == alone.over(span, 0)
