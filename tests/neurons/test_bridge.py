"""Threshold crossings between two ticks, against quadrature, closed forms and paths on a fine grid."""

import math
from dataclasses import replace

import numpy as np
import pytest
import scipy.integrate
import scipy.special
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from passage_oracle import Passage

from eventsnn.neurons.bridge import ATTEMPTS, Distance, survive
from eventsnn.neurons.transition import Diffusion, between

TAU = 10.0
#: A leaky membrane whose noise has the standard deviation 1.
POWER = 2.0 / TAU


def membrane(theta=1.0, mu=0.0, tau=TAU, power=POWER):
    """Return the diffusion and the distance to threshold of ``dv = (mu - v)/tau dt + s dW``; tau may be infinite."""
    drift = mu if math.isinf(tau) else mu / tau
    d = Diffusion(*(np.array(part, dtype=float) for part in ([[[-1 / tau]]], [[drift]], [[[math.sqrt(power)]]])))
    return d, Distance.made(*d.coefficients, (-1.0,), theta)


def numbers(n, seed):
    """Return a source of n normal and n uniform numbers at a time."""
    random = np.random.default_rng(seed)
    return lambda n=n: (random.normal(size=n), random.random(n))


def largest_gap(samples, cumulative):
    """Return Kolmogorov's distance times the root of the number; above 2.23 once in 10 000 times."""
    n = len(samples)
    values = cumulative(np.sort(samples))
    steps = np.arange(n + 1) / n
    return math.sqrt(n) * max(np.max(steps[1:] - values), np.max(values - steps[:-1]))


class TestChance:
    def test_without_leak_it_is_that_of_a_brownian_bridge(self):
        _, distance = membrane(tau=math.inf, mu=0.3, power=0.09)
        bridge = distance.over(0.7)
        for start, end in ((0.1, 0.2), (0.05, 1.0), (1.3, 0.3)):
            assert bridge.exponent([1 - start], [1 - end]) == pytest.approx(2 * start * end / (0.09 * 0.7), rel=1e-14)

    @pytest.mark.parametrize("tau", [10.0, -10.0, 1e9])
    def test_at_rest_at_threshold_it_is_exact(self, tau):
        # 1e9: sinh(x)/x to the last digits
        _, distance = membrane(theta=0.5, mu=0.5, tau=tau)
        K = POWER * tau * math.sinh(2.5 / tau)
        assert distance.over(2.5).exponent([-0.2], [0.1]) == pytest.approx(2 * 0.7 * 0.4 / K, rel=1e-14)

    @pytest.mark.parametrize("step", [0.5, 1.0, 2.0, 3.0])
    @pytest.mark.parametrize("gap", [0.0, 0.5, 2.0, 4.0, -1.0, -4.0])
    def test_the_chance_keeps_its_bound_against_quadrature(self, step, gap):
        # threshold `gap` standard deviations above rest
        _, distance = membrane(theta=gap)
        bridge = distance.over(step)
        root = math.sqrt(bridge.variance)
        u = abs(bridge.sag([0.0], [0.0])) / root
        assert u == pytest.approx(abs(gap) * (1 - 1 / math.cosh(step / 2 / TAU)) / root, rel=1e-12)
        bound = u * u + (step / TAU) ** 2 * u / 10 + 2e-6
        for start in (0.1 * root, 0.7 * root, 2.0 * root):
            true = Passage(start, gap / TAU, TAU, POWER, step)
            for end in (0.1 * root, 0.7 * root, 1.5 * root):
                chance = math.exp(-bridge.exponent([gap - start], [gap - end]))
                # 2e-6 are the quadrature's
                assert abs(chance - true.chance_between(end)) < bound

    def test_there_is_none_where_an_end_is_beyond(self):
        _, distance = membrane()
        bridge = distance.over(0.1)
        x, ahead = [np.array([0.5, 1.0, 1.2, 0.5])], [np.array([1.0, 0.5, 0.5, 1.2])]
        assert bridge.exponent(x, ahead).tolist() == [0.0] * 4
        assert np.all(bridge.meets(x, ahead, np.nextafter(1.0, 0.0)))

    def test_without_noise_only_the_ends_decide(self):
        d = Diffusion(np.array([[[-0.1, 1.0], [0.0, -0.2]]]), np.zeros((1, 2)), np.array([[[0.0], [1.0]]]))
        bridge = Distance.made(*d.coefficients, (-1.0, 0.0), 1.0).over(0.5)
        meets = bridge.meets([np.array([0.9, 0.9]), 1.0], [np.array([0.99, 1.01]), 1.0], 0.0)
        assert meets.tolist() == [False, True]

    @given(st.floats(1e-6, 3.0), st.floats(1e-6, 3.0), st.floats(0.01, 5.0), st.floats(-3, 3))
    def test_what_is_out_of_reach_has_a_chance_below_one_draw(self, start, end, step, theta):
        _, distance = membrane(theta=theta)
        bridge = distance.over(step)
        if not bridge.is_in_reach(start, end) and abs(bridge.sag([0.0], [0.0])) < math.sqrt(bridge.variance) / 50:
            assert math.exp(-bridge.exponent([theta - start], [theta - end])) < 2.0**-53

    def test_one_neuron_has_the_bits_of_many(self):
        random = np.random.default_rng(1)
        n = 50
        tau = np.where(random.random(n) < 0.2, np.inf, random.uniform(-20, 20, n))
        d = Diffusion((-1 / tau)[:, None, None], random.normal(size=(n, 1)), random.uniform(0.1, 1, (n, 1, 1)))
        distance = Distance.made(*d.coefficients, (-1.0,), random.uniform(1, 2, n))
        bridge, x, ahead = distance.over(0.8), random.uniform(0, 1.2, n), random.uniform(0, 1.2, n)
        N, U = random.normal(size=n), random.random(n)
        exponents, meets = bridge.exponent([x], [ahead]), bridge.meets([x], [ahead], U)
        times = bridge.time(distance.of([x]), distance.of([ahead]), N, U)
        for k in range(n):
            alone, (a, b) = distance.some(k).over(0.8), ([float(x[k])], [float(ahead[k])])
            assert alone == bridge.some(k)
            assert alone.exponent(a, b) == exponents[k] and alone.meets(a, b, U[k]) == meets[k]
            assert alone.time(alone.distance.of(a), alone.distance.of(b), N[k], U[k]) == times[k]


class TestTime:
    @pytest.mark.parametrize("start, end", [(0.1, -0.1), (0.3, -0.02), (0.05, -0.6), (0.2, 0.0), (0.2, -1e-200)])
    def test_given_the_ends_times_are_distributed_as_a_bridge_demands(self, start, end):
        # density: first passage of a Brownian motion, then from threshold to the end; neither uses the inverse Gaussian
        power, step, n = 0.09, 0.7, 20_000
        _, distance = membrane(tau=math.inf, mu=0.3, power=power)
        times = distance.over(step).time(start, end, *numbers(n, 2)())
        t = step * np.sin(np.linspace(0, np.pi / 2, 20_001)[1:-1]) ** 2
        density = t**-1.5 * np.exp(-(start**2) / (2 * power * t)) * (step - t) ** -0.5
        density *= np.exp(-(end**2) / (2 * power * (step - t)))
        summed = scipy.integrate.cumulative_trapezoid(density, t, initial=0)
        # false alarm once in 10 000 times; the quadrature is a hundred times finer
        assert largest_gap(times, lambda s: np.interp(s, t, summed / summed[-1])) < 2.23

    def test_for_an_end_above_threshold_it_is_that_of_its_mirror_image(self):
        _, distance = membrane()
        bridge = distance.over(0.5)
        assert bridge.time(0.1, 0.2, 0.3, 0.4) == bridge.time(0.1, -0.2, 0.3, 0.4)

    @pytest.mark.parametrize("gap, step", [(0.0, 5.0), (0.0, 0.1), (2.0, 0.5)])
    def test_of_a_leaky_membrane_it_agrees_with_quadrature(self, gap, step):
        n = 20_000
        _, distance = membrane(theta=gap)
        root = math.sqrt(POWER * step)
        for start, end in ((0.2 * root, -0.4 * root), (1.0 * root, -0.1 * root)):
            times = distance.over(step).time(start, end, *numbers(n, 3)())
            t, share = Passage(start, gap / TAU, TAU, POWER, step).times_between(end)
            # false alarm once in 10 000 times, and as much again for the quadrature's error of some 1e-3
            assert largest_gap(times, lambda s, t=t, share=share: np.interp(s, t, share)) < 2.23 + 1e-3 * math.sqrt(n)

    tiny = st.one_of(st.floats(0.0, 10.0), st.floats(0.0, 1e-300), st.floats(1e100, 1e300))

    @given(tiny, st.one_of(tiny, tiny.map(lambda x: -x)), st.floats(-9, 9), st.floats(0, 1), st.floats(1e-12, 1e4))
    def test_it_lies_inside_the_step(self, start, end, normal, uniform, step):
        _, distance = membrane()
        assert 0.0 < distance.over(step).time(start, end, normal, uniform) <= step

    def test_without_noise_a_straight_path_meets_where_it_should(self):
        _, distance = membrane(tau=math.inf, power=0.0)
        assert distance.over(2.0).time(0.3, -0.1, 1.7, 0.2) == pytest.approx(1.5, rel=1e-15)


class TestSurvival:
    def surviving(self, theta, start, span, n, seed, x=None):
        d, distance = membrane(theta=theta)
        draw = numbers(n, seed)

        over, x = d.over(span), np.full(n, theta - start) if x is None else x

        def draws(attempt, who):
            normals, uniforms = draw(len(who))
            return over.take([x[who]], [normals]), uniforms

        return theta - survive(distance.over(span), [x], draws, *over.spread((-1.0,)))[0]

    @pytest.mark.parametrize("start, span", [(0.5, 2.0), (0.1, 5.0), (2.0, 0.5)])
    def test_states_are_those_of_a_killed_process(self, start, span):
        # level at rest: less its mirror image, by reflection
        n = 20_000
        left = self.surviving(0.0, start, span, n, 4)
        spread, mean = math.sqrt(POWER * TAU / 2 * -math.expm1(-2 * span / TAU)), start * math.exp(-span / TAU)
        D = np.linspace(0, mean + 9 * spread, 20_001)
        density = np.exp(-((D - mean) ** 2) / 2 / spread**2) - np.exp(-((D + mean) ** 2) / 2 / spread**2)
        summed = scipy.integrate.cumulative_trapezoid(density, D, initial=0)
        assert np.all(left > 0) and largest_gap(left, lambda x: np.interp(x, D, summed / summed[-1])) < 2.23

    def test_a_step_cut_in_two_is_met_as_often_as_a_whole_one(self):
        # level at rest: the chance has a closed form, by reflection in the changed time
        n, start, span, cut = 100_000, 0.6, 4.0, 1.5
        chance = math.erfc(start / math.sqrt(POWER * TAU * math.expm1(2 * span / TAU)))
        d, distance = membrane(theta=0.0)
        draw = numbers(n, 5)

        def meets(x, span):
            (N, U) = draw(len(x))
            return distance.over(span).meets([x], d.over(span).take([x], [N]), U)

        x = np.full(n, -start)
        first = meets(x, cut)
        later = meets(-self.surviving(0.0, start, cut, int(n - first.sum()), 6), span - cut)
        for count in (meets(x, span).sum(), first.sum() + later.sum()):
            # a binomial number, 4 standard deviations
            assert abs(count - n * chance) < 4 * math.sqrt(n * chance * (1 - chance))

    def test_a_whole_step_that_is_cut_at_its_bridge_is_met_as_often(self):
        # the end is drawn first and stays; the state at the cut is drawn between both ends, without having met it
        n, start, span, cut, theta = 100_000, 0.6, 4.0, 1.5, 0.0
        chance = math.erfc(start / math.sqrt(POWER * TAU * math.expm1(2 * span / TAU)))
        d, distance = membrane(theta=theta)
        first, rest, whole, draw = d.over(cut), d.over(span - cut), d.over(span), numbers(n, 12)
        x, (N, U), (_, V), (_, W) = np.full(n, -start), draw(), draw(), draw()
        ahead = whole.take([x], [N])[0]
        met = distance.over(span).meets([x], [ahead], U)
        early = met & (distance.over(span).time(start, -ahead, draw()[0], V) < cut)
        left = np.flatnonzero(~early)

        def draws(attempt, who):
            (one, u), (two, _) = draw(len(who)), draw(len(who))
            return between(first, rest, whole, [x[left][who]], [ahead[left][who]], ([one], [two])), u

        inside = survive(distance.over(cut), [x[left]], draws, *first.spread((-1.0,)))
        late = distance.over(span - cut).meets(inside, [ahead[left]], W[left])
        # a binomial number, 4 standard deviations
        assert abs(early.sum() + late.sum() - n * chance) < 4 * math.sqrt(n * chance * (1 - chance))

    def test_next_to_threshold_the_distance_is_that_of_rayleigh(self):
        # nobody survives by rejection: the fallback, whose law is the limit
        n, span = 20_000, 0.5
        left = self.surviving(0.0, 1e-12, span, n, 7)
        variance = POWER * TAU / 2 * -math.expm1(-2 * span / TAU)
        assert largest_gap(left, lambda x: -np.expm1(-(x**2) / 2 / variance)) < 2.23

    def test_draws_are_asked_for_who_is_left_only(self):
        _, distance = membrane(theta=0.0)
        asked, x = [], np.array([-0.1, -9.0])

        def draws(attempt, who):
            asked.append((attempt, who.tolist()))
            return [x[who]], np.where(attempt < 3, 0.0, 0.99) + np.zeros(len(who))

        survive(distance.over(0.5), [x], draws, [1.0], 1.0)
        assert asked == [(0, [0, 1]), (1, [0]), (2, [0]), (3, [0])]

    def test_after_so_many_attempts_there_is_an_end(self):
        d, distance = membrane(theta=0.0)
        asked = []

        def draws(attempt, who):
            asked.append(attempt)
            return [np.array([-1e-9])], np.array([0.1])

        together, variance = d.over(0.5).spread((-1.0,))
        (v,) = survive(distance.over(0.5), [np.array([-1e-9])], draws, together, variance)
        assert asked == list(range(ATTEMPTS + 1))
        # Rayleigh's law, inverted
        assert v[0] == pytest.approx(-math.sqrt(-2 * variance * math.log(0.9)), rel=1e-12)


def spike_times(d, distance, reset, x, step, steps, seed):
    """Return the times of all spikes of a population, and who fired; the state is reset at each, and noise goes on."""
    draw, over, bridge = numbers(len(x), seed), d.over(step), distance.over(step)
    x, times, who = np.array(x, dtype=float), [], []
    for number in range(steps):
        N, U = draw()
        ahead = over.take([x], [N])[0]
        firing = np.flatnonzero(bridge.meets([x], [ahead], U))
        before, after, rest = x[firing], ahead[firing], np.full(len(firing), step)
        while len(firing):
            N, U = draw(len(firing))
            t = distance.over(rest).time(distance.of([before]), distance.of([after]), N, U)
            rest = rest - t
            times.append((number + 1) * step - rest)
            who.append(firing)
            before = np.full(len(firing), reset)
            N, U = draw(len(firing))
            after = d.over(rest, firing).take([before], [N])[0]
            ahead[firing] = after
            again = distance.over(rest).meets([before], [after], U)
            firing, before, after, rest = firing[again], before[again], after[again], rest[again]
        x = ahead
    return np.concatenate(times), np.concatenate(who)


@pytest.mark.statistical
class TestComposed:
    """Steps one after the other."""

    @pytest.mark.parametrize("steps", [1, 3, 20])
    def test_first_passages_of_a_brownian_motion_do_not_depend_on_the_step(self, steps):
        # inverse Gaussian, whatever the step
        n, end, theta, mu, power = 100_000, 6.0, 1.0, 0.15, 0.3
        d, distance = membrane(theta=theta, tau=math.inf, mu=mu, power=power)
        times, who = spike_times(d, distance, -np.inf, np.zeros(n), end / steps, steps, 8)
        law = scipy.stats.invgauss(power / (mu * theta), scale=theta**2 / power)
        chance = law.cdf(end)
        assert abs(len(times) - n * chance) < 4 * math.sqrt(n * chance * (1 - chance))
        assert len(np.unique(who)) == len(who)
        assert largest_gap(times, lambda t: law.cdf(t) / chance) < 2.23

    @pytest.mark.parametrize("mu, deviation", [(0.0, 1.0), (0.5, 0.5), (1.5, 0.4)])
    @pytest.mark.parametrize("step", [0.1, 0.5, 1.0, 2.0])
    def test_the_rate_of_a_leaky_neuron_is_siegerts_whatever_the_step(self, mu, deviation, step):
        n, theta, reset, warm = 2000, 1.0, 0.0, 60.0
        duration = 600.0 if step == 0.1 else 2000.0
        s = math.sqrt(2) * deviation
        edges = (reset - mu) / s, (theta - mu) / s
        interval = TAU * math.sqrt(math.pi) * scipy.integrate.quad(lambda u: scipy.special.erfcx(-u), *edges)[0]
        d, distance = membrane(theta, mu, power=2 * deviation**2 / TAU)
        times, _ = spike_times(d, distance, reset, np.full(n, reset), step, round(duration / step), 9)
        expected = n * (duration - warm) / interval
        # Counts of n renewal processes whose intervals have a coefficient of variation of at most 1.16: 4 standard
        # deviations. The sag, to second order and in the times: 0.1 per cent at a step of tau/5, less in proportion.
        found = np.count_nonzero(times > warm)
        assert abs(found - expected) < 4 * 1.16 * math.sqrt(expected) + 0.001 * expected * step / 2.0

    def test_a_moving_threshold_is_met_as_by_paths_on_a_fine_grid(self):
        # v leaks to -3, theta from 1.6 to 1: both count for the pull. One step of 3/10 tau against 1024.
        A, b, B = [[-0.1, 0.0], [0.0, -0.2]], [-0.3, 0.2], [[math.sqrt(POWER)], [0.0]]
        d = Diffusion(*(np.array(part)[None] for part in (A, b, B)))
        distance = Distance.made(*d.coefficients, (-1.0, 1.0), 0.0)
        n, step, pieces, x = 150_000, 3.0, 1024, (1.0, 1.6)
        draw = numbers(n, 10)
        N, U = draw()
        coarse = distance.over(step).meets(list(x), d.over(step).take(list(x), [N, N]), U)
        random = np.random.default_rng(11)
        over, v, theta, lowest = d.over(step / pieces), np.full(n, x[0]), x[1], np.full(n, np.inf)
        for _ in range(pieces):
            v, theta = over.take([v, theta], [random.normal(size=n), 0.0])
            lowest = np.minimum(lowest, theta - v)
        # a walk that is looked at now and then passes 0.5826 of its standard deviations later (Siegmund 1979)
        fine = lowest < 0.5826 * math.sqrt(POWER * step / pieces)
        chance = fine.mean()
        # the difference of two shares, 4 standard deviations; without the pull it would be more than 6 off
        deviation = math.sqrt(2 * chance * (1 - chance) / n)
        assert abs(coarse.mean() - chance) < 4 * deviation
        straight = replace(distance, pull=(0.0, 0.0), push=0.0).over(step)
        assert straight.meets(list(x), d.over(step).take(list(x), [N, N]), U).mean() > chance + 6 * deviation


def test_one_neuron_has_the_bits_that_it_has_among_others():
    generator = np.random.default_rng(4)
    A, b, B = (generator.normal(size=(6, *shape)) for shape in ((2, 2), (2,), (2, 1)))
    # without noise, and without a leak
    B[1], A[2] = 0.0, 0.0
    distance = Distance.made(*Diffusion(A, b, B).coefficients, (-1.0, 0.5), generator.normal(size=6))
    for span in (1e-6, 0.3, 4.0):
        together = distance.over(span)
        assert [distance.some(k).over(span) for k in range(6)] == [together.some(k) for k in range(6)]
