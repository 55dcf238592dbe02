"""The queue of predicted events against a plain sorted list."""

from math import inf

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from eventsnn.engine.queue import EventQueue

# few values, so that instants tie and predictions are replaced often
instants = st.one_of(st.sampled_from([0.0, 1.0, 1.5, 2.0, inf]), st.floats(0.0, 3.0))
neurons = st.tuples(st.integers(0, 2), st.integers(0, 3))


class QueueMachine(RuleBasedStateMachine):
    """Every rule is done to the queue and to a dictionary that is sorted when it is asked."""

    def __init__(self):
        super().__init__()
        self.queue, self.plain = EventQueue(), {}

    def sorted(self):
        return sorted((t, *key) for key, t in self.plain.items())

    @rule(entries=st.dictionaries(neurons, instants))
    def start_anew(self, entries):
        self.queue = EventQueue((t, *key) for key, t in entries.items())
        self.plain = {key: t for key, t in entries.items() if t < inf}

    @rule(instant=instants, key=neurons)
    def put(self, instant, key):
        self.queue.put(instant, *key)
        self.plain.pop(key, None)
        if instant < inf:
            self.plain[key] = instant

    @rule(key=neurons)
    def put_the_same_again(self, key):
        if key in self.plain:
            self.queue.put(self.plain[key], *key)

    @rule()
    def pop(self):
        if not self.plain:
            return
        first = min(self.plain.values())
        due = sorted(key for key, t in self.plain.items() if t == first)
        assert self.queue.pop_instant() == due
        for key in due:
            del self.plain[key]

    @rule()
    def drain(self):
        last = -inf
        for t, *_ in self.sorted():
            if t <= last:
                continue
            assert self.queue.first_time == t
            self.queue.pop_instant()
            last = t
        self.plain.clear()

    @invariant()
    def first_and_length_agree(self):
        assert len(self.queue) == len(self.plain)
        assert self.queue.first_time == min(self.plain.values(), default=inf)

    @invariant()
    def entries_agree(self):
        assert list(self.queue._entries) == self.sorted()
        assert self.queue._instants == self.plain


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, derandomize=True, database=None
)


def test_an_empty_queue_has_nothing_to_come():
    assert EventQueue().first_time == inf and len(EventQueue()) == 0


def test_never_is_not_kept():
    queue = EventQueue([(inf, 0, 0), (1.0, 0, 1)])
    queue.put(inf, 0, 2)
    assert len(queue) == 1 and queue.pop_instant() == [(0, 1)]


def test_instants_one_ulp_apart_are_two():
    from math import nextafter

    queue = EventQueue([(nextafter(1.0, 2.0), 0, 0), (1.0, 0, 1)])
    assert queue.pop_instant() == [(0, 1)]
    assert queue.pop_instant() == [(0, 0)]
