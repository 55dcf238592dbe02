"""The `eventsnn` command: scripts behave as under Python, brian2 is eventsnn, and what it says is true."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import mpmath
import pytest

from eventsnn import ms
from eventsnn._version import __version__
from eventsnn.cli import main
from eventsnn.cli.neurons import MANY_NEURONS, ONE_NEURON, spike_times
from eventsnn.cli.source import Script, ScriptError, read_script, without_magics
from eventsnn.cli.warmup import NETWORKS

ROOT = Path(__file__).resolve().parent.parent


def environment():
    """A server's: no screen, and no backend chosen."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "MPLBACKEND")}
    return {**inherited, "PYTHONPATH": str(ROOT)}


def eventsnn(*arguments, **options):
    command = [sys.executable, "-m", "eventsnn", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment(), **options)


@pytest.fixture
def script(tmp_path):
    """Write a script and return its path."""

    def write(text, name="script.py"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return write


# --- the command itself ---------------------------------------------------------------------------------------


def test_version_is_printed(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0 and capsys.readouterr().out == f"eventsnn {__version__}\n"


def test_python_m_eventsnn_is_the_command_and_loads_no_matplotlib():
    done = eventsnn("--version")
    assert (done.returncode, done.stdout) == (0, f"eventsnn {__version__}\n")
    code = "import sys, eventsnn.cli; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment())
    assert done.stdout == "False\n"


def test_without_a_command_help_is_shown_and_the_status_is_2(capsys):
    assert main([]) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and re.search(r"run +run a Brian 2 script exactly", shown.err)


@pytest.mark.parametrize("command", ["run", "explain", "demo", "warmup"])
def test_each_command_has_help_with_an_example(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0 and f"example: eventsnn {command}" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["run", "explain"])
def test_a_missing_script_is_an_error_with_status_2(command, capsys, tmp_path):
    assert main([command, "nowhere.py"]) == 2
    assert capsys.readouterr().err == "eventsnn: there is no file 'nowhere.py'\n"
    assert main([command, str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"eventsnn: '{tmp_path}' is a folder, not a script\n"


def test_a_script_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "image.py").write_bytes(b"\x89PNG\r\n\xff")
    with pytest.raises(ScriptError, match="is not a Python script"):
        read_script(str(tmp_path / "image.py"))


# --- a script behaves as under Python -------------------------------------------------------------------------


def test_a_script_finds_its_surroundings_and_passes_its_status_on(script, tmp_path):
    (tmp_path / "helper.py").write_text("from brian2 import ms\nanswer = 42*ms\n")
    path = script("""
        import os, sys
        from helper import answer
        print(sys.argv[1:], __name__, __file__, sys.path[0], answer)
        print(sys.argv[0] == __file__, sys.modules['__main__'].__dict__ is globals())
        sys.exit(3)
        """)
    done = eventsnn("run", "script.py", "-q", "--flag", "x", cwd=tmp_path)
    assert done.returncode == 3
    assert done.stdout == f"['-q', '--flag', 'x'] __main__ script.py {path.parent} 42. ms\nTrue True\n"
    assert done.stderr == ""


def test_an_error_is_shown_as_python_shows_it(script):
    path = script("""\
        from brian2 import *
        %matplotlib inline
        def f(x):
            return 1/x
        try:
            f(0)
        except ZeroDivisionError:
            raise KeyError('k')
        """)
    done = eventsnn("run", path)
    plain = path.read_text().replace("from brian2 import *\n%matplotlib inline", "\n")
    path.write_text(plain)
    expected = subprocess.run([sys.executable, path], capture_output=True, text=True)
    assert done.returncode == expected.returncode == 1
    assert done.stderr == expected.stderr
    assert 'script.py", line 8' in done.stderr


def test_a_mistake_of_eventsnns_user_shows_the_users_lines_only(script):
    path = script("""\
        from brian2 import *
        G = NeuronGroup(1, 'dv/dt = (1 - v)/tua : 1')
        H = G
        run(10*ms)
        """)
    done = eventsnn("run", path)
    assert done.returncode == 1
    head, _, rest = done.stderr.partition("eventsnn.errors.UnknownNameError: group 'neurongroup'")
    assert head == f'Traceback (most recent call last):\n  File "{path}", line 4, in <module>\n    run(10*ms)\n'
    assert "'tua' is not defined" in rest and "never run" not in rest


def test_a_syntax_error_is_shown_with_its_line(script):
    path = script("""\
        %matplotlib inline
        x = = 1
        """)
    done = eventsnn("run", path)
    assert done.returncode == 1
    assert done.stderr.startswith(f'  File "{path}", line 2\n    x = = 1\n') and "Traceback" not in done.stderr


def test_a_text_given_to_exit_is_an_error(script):
    done = eventsnn("run", script("import sys; sys.exit('bad luck')"))
    assert (done.returncode, done.stderr) == (1, "bad luck\n")


def test_standard_input_is_read_for_a_dash():
    done = eventsnn("run", "-", "x", input="import sys\nprint(sys.argv)\nnowhere\n")
    assert (done.returncode, done.stdout) == (1, "['-', 'x']\n")
    assert 'File "<stdin>", line 3, in <module>\n' in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
def test_ctrl_c_ends_with_130(script):
    path = script("import time\nprint('ready', flush=True)\ntime.sleep(60)\n")
    command = [sys.executable, "-m", "eventsnn", "run", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
        process.stdout.readline()
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        complaint = process.communicate()[1]
    assert process.returncode == 130 and complaint.rstrip().endswith(b"KeyboardInterrupt")


# --- lines for IPython ----------------------------------------------------------------------------------------


def run_text(text):
    names = {}
    exec(Script(None, "<text>", textwrap.dedent(text)).compile(), names)
    return names


def test_lines_for_ipython_do_nothing_and_the_others_keep_their_numbers():
    names = run_text("""\
        %matplotlib inline # activate inline plotting
        %%capture
        !pip install brian2
        dict?
        ??dict
        if True:
            %config InlineBackend.figure_format = 'retina'
        import sys
        line = sys._getframe().f_lineno
        get_ipython().run_line_magic('matplotlib', 'inline')
        """)
    assert names["line"] == 9


def test_a_timed_statement_is_carried_out():
    names = run_text("%time x = 1\n%timeit -n 10 -r 3 y = 2\nif x:\n    %prun z = 3\n")
    assert (names["x"], names["y"], names["z"]) == (1, 2, 3)


def test_percent_signs_inside_expressions_and_strings_stay():
    names = run_text('''\
        %matplotlib inline
        a = (17
        % 5)
        b = """
        %matplotlib inline
        !x
        """
        c = 17 \\
        % 5
        d = [1,
             2]
        %autoreload 2
        ''')
    assert (names["a"], names["c"], names["b"]) == (2, 2, "\n%matplotlib inline\n!x\n")


def test_a_script_without_such_lines_is_left_alone():
    text = "a = (17\n% 5)\n"
    assert without_magics(text) == text


# --- brian2 is eventsnn ---------------------------------------------------------------------------------------


def test_brians_modules_are_found_in_eventsnn(script):
    path = script("""
        import brian2, brian2 as b2, brian2.numpy_ as np
        from brian2 import *
        from brian2 import NeuronGroup, Network, SpikeMonitor, seed
        from brian2.units import second, ms, Hz
        from brian2.units.allunits import metre, mvolt
        from brian2.units.stdunits import mV as millivolt
        from brian2.units.fundamentalunits import get_dimensions, DimensionMismatchError
        from brian2.units.constants import zero_celsius
        from brian2.units.unitsafe import exp as safe_exp
        from brian2.monitors.spikemonitor import SpikeMonitor as S
        from brian2.core.network import Network as N
        import eventsnn
        assert b2 is brian2 and brian2.NeuronGroup is eventsnn.NeuronGroup is NeuronGroup
        assert S is eventsnn.SpikeMonitor and N is eventsnn.Network and millivolt is mV and mvolt == mV
        assert brian2.units.fundamentalunits.Quantity is Quantity and brian2.core.magic.run is run
        assert str(np.linspace(0*ms, 1*ms, 3)) == '[0.  0.5 1. ] ms' and np.random.rand(2).shape == (2,)
        assert brian2.__version__.startswith('2.')
        names = {}
        exec('from brian2.only import *', names)
        assert names['NeuronGroup'] is NeuronGroup and 'plot' not in names
        exec('from brian2.numpy_ import *', names)
        try:
            np.exp(3*mV)
        except DimensionMismatchError:
            print('ok')
        """)
    done = eventsnn("run", path)
    assert (done.stdout, done.stderr, done.returncode) == ("ok\n", "", 0)


def test_what_eventsnn_lacks_is_named(script):
    attempts = {
        "from brian2 import SpatialNeuron": "ImportError: eventsnn runs here in place of brian2, and has no "
        "'SpatialNeuron'. What needs it has to run with Brian 2 itself.",
        "import brian2; brian2.SpatialNeuron": "AttributeError: eventsnn runs here in place of brian2, and has no "
        "'SpatialNeuron'. What needs it has to run with Brian 2 itself.",
        "import brian2.codegen": "ImportError: eventsnn runs here in place of brian2, and has no 'codegen'. "
        "What needs it has to run with Brian 2 itself.",
        "from brian2 import NeuronGrop": "ImportError: eventsnn runs here in place of brian2, and has no 'NeuronGrop' "
        "in 'brian2'. Did you mean 'NeuronGroup'?",
        "import brian2.units.nonsense": "ImportError: eventsnn runs here in place of brian2, and has no 'nonsense' "
        "in 'brian2.units'.",
        "import brian2tools": "ImportError: brian2tools does not work with eventsnn in place of brian2. It reads "
        "Brian's own objects; eventsnn's groups have explain(), and eventsnn.plotting draws rasters, traces and "
        "f-I curves.",
    }
    path = script(f"""
        import brian2
        assert not hasattr(brian2, 'SpatialNeuron')
        for attempt in {list(attempts)!r}:
            try:
                exec(attempt)
            except Exception as problem:
                print(f'{{type(problem).__name__}}: {{problem}}')
        from brian2 import *
        SpatialNeuron()
        """)
    done = eventsnn("run", path)
    assert done.stdout.splitlines() == list(attempts.values())
    assert done.stderr.endswith(
        "NameError: name 'SpatialNeuron' is not defined\neventsnn runs here in place of brian2, and has no "
        "'SpatialNeuron'. What needs it has to run with Brian 2 itself.\n"
    )


def test_brian2_stays_absent_where_nobody_runs_a_script():
    assert not any(type(finder).__name__ == "StandInFinder" for finder in sys.meta_path)


# --- report, figures ------------------------------------------------------------------------------------------

BUSY = """\
from brian2 import *
prefs.codegen.target = 'numpy'
prefs.codegen.target = 'numpy'
tau = 10*ms
v = 5
G = NeuronGroup(2, '''dv/dt = (1 - v)/tau : 1
                      dw/dt = 1/second : 1''', threshold='v > 0.8', reset='v = 0', method='euler')
M = SpikeMonitor(G)
for _ in range(2):
    run(25*ms)
print(M.num_spikes)
plot(M.t/ms, M.i)
show()
"""

REPORT = f"""\
--- eventsnn {__version__}: every spike and every state at its exact time, no time step ---
neurongroup: 2 neurons, 50 ms in 2 runs, 6 spikes
    dv/dt: leaky relaxation, closed form
    dw/dt: perfect integrator, closed form
    threshold v > 0.8: logarithm
notes:
    script.py:2: prefs.codegen.target has no meaning in eventsnn and is ignored.
    script.py:10: group 'neurongroup': method='euler' was asked for; the exact solution is used instead.
"""


def test_the_report_goes_to_standard_error_and_figures_are_not_lost_in_silence(script):
    done = eventsnn("run", script(BUSY))
    warning, _, report = done.stderr.partition("\n")
    assert done.stdout == "6\n"
    assert warning.startswith("eventsnn: script.py:10: group 'neurongroup': 'v' is a variable of its equations and")
    assert (
        report == REPORT + "figures: 1 not shown, as there is no screen; 'eventsnn run --save-figures DIR' saves them\n"
    )


STEPPED = """\
from brian2 import *
G = NeuronGroup(1, 'dv/dt = (2 - v**3)/(10*ms) : 1', threshold='v > 1', reset='v = 0', method='rk2')
H = NeuronGroup(1, 'dv/dt = (2 - v)/(10*ms) : 1')
run(25*ms)
"""


def test_the_report_says_what_ran_on_a_clock(script):
    lines = eventsnn("run", script(STEPPED)).stderr.splitlines()
    exact = "every spike and every state at its exact time, no time step"
    assert lines[:6] == [
        f"--- eventsnn {__version__}: {exact}, but for groups on a clock ---",
        "neurongroup: 1 neuron, 25 ms",
        "    dv/dt: 'rk2' with a step of 0.1 ms, not exact",
        "    threshold v > 1: interpolated inside the step",
        "neurongroup_1: 1 neuron, 25 ms",
        "    dv/dt: leaky relaxation, closed form",
    ]


def test_quiet_leaves_only_what_needs_attention(script):
    done = eventsnn("run", "--quiet", script(BUSY))
    assert done.stdout == "6\n"
    assert len(done.stderr.splitlines()) == 1 and "'v' is a variable" in done.stderr


def test_figures_are_saved_at_each_show_and_at_the_end(script, tmp_path):
    path = script("""
        import matplotlib.pyplot as plt
        from pylab import show
        plt.plot([1, 2]); plt.figure(); plt.show()
        plt.plot([3]); assert len(plt.gca().lines) == 1; show()
        plt.plot([4])
        raise SystemExit(4)
        """)
    done = eventsnn("run", "--save-figures", tmp_path / "new" / "figures", path)
    folder = tmp_path / "new" / "figures"
    assert done.returncode == 4
    assert sorted(file.name for file in folder.iterdir()) == [f"figure-{k}.png" for k in range(1, 5)]
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in folder.iterdir())
    assert done.stderr == f"figures: {folder / 'figure-1.png'} to figure-4.png\n"


def test_a_script_that_simulates_nothing_gets_no_report(script):
    assert eventsnn("run", script("print(1)")).stderr == ""


# --- explain --------------------------------------------------------------------------------------------------


def test_explain_simulates_nothing_and_goes_on_after_a_refusal(script):
    path = script("""\
        from brian2 import *
        def simulate(tau):
            G = NeuronGroup(3, 'dv/dt = (1 - v)/tau : 1', threshold='v > 0.8', reset='v = 0', method='rk4')
            net = Network(G)
            net.run(1e9*second)
            print('t =', net.t)
        simulate(10*ms)
        start_scope()
        H = NeuronGroup(1, 'dv/dt = v**3/second : 1', name='cubic')
        run(1*second)
        start_scope()
        K = NeuronGroup(1, 'dw/dt = 1/tau : 1')
        run(1*second, namespace={'tau': 5*ms})
        """)
    done = eventsnn("explain", path)
    first, second, third, last = done.stdout.split("\n\n")
    assert re.match(r"script.py:5: run\(1\. G\w+\)\ngroup 'neurongroup': 3 neurons, solved exactly", first)
    assert "leaky relaxation" in first and "method='rk4' was asked for; the exact solution is used instead." in first
    assert re.match(r"script.py:10: run\(1\. \w+\)\nNoExactSolutionError: group 'cubic'", second)
    assert "perfect integrator" in third
    assert last == "groups: 3 explained, 1 of them refused\n"
    assert (done.returncode, done.stderr) == (1, "")


def test_explain_succeeds_when_all_is_exact(script):
    text = "from brian2 import *\nG = NeuronGroup(1, 'dv/dt = 1/ms : 1')\nrun(5*ms)\n"
    done = eventsnn("explain", script(text))
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.endswith("groups: 1 explained\n")


def test_explain_says_why_a_script_stopped_before_it_shows_the_error(script):
    text = "from brian2 import *\nG = NeuronGroup(1, 'v : 1', threshold='v > 1', reset='v = 0')\nM = SpikeMonitor(G)\n"
    path = script(text + "run(5*ms)\nprint(M.t[-1])\n")
    done = eventsnn("explain", path)
    assert done.returncode == 1 and done.stdout.endswith("groups: 1 explained\n")
    reason, trace = done.stderr.split("\n", 1)
    assert reason == (
        "The script stopped with this error, probably because 'eventsnn explain' simulates nothing: time stands still "
        "and nothing is recorded. What comes later is not explained."
    )
    assert trace.startswith("Traceback") and "IndexError" in trace
    for other, seen in (("import sys; sys.exit(3)\n", ""), ("G.nonsense = 1\n", "Traceback")):
        done = eventsnn("explain", script(text + other))
        assert done.returncode in (1, 3)
        assert done.stderr.startswith(f"The script ended here; what comes later is not explained.\n{seen}")


def test_explain_overwrites_no_checkpoint_and_no_figure(script, tmp_path):
    path = script("""\
        import io
        import matplotlib
        matplotlib.use('TkAgg')
        from brian2 import *
        import matplotlib.pyplot as plt
        G = NeuronGroup(1, 'dv/dt = 1/ms : 1')
        net = Network(G)
        net.store('a', filename='kept.evsnn')
        net.store('in memory')
        for k in range(3):
            net.restore('in memory')
            net.restore(filename=f'nowhere{k}.evsnn')
            net.run(1*ms)
        start_scope()
        G = NeuronGroup(1, 'dv/dt = 1/ms : 1')
        run(1*ms)
        store(filename='kept.evsnn')
        plt.plot([1, 2])
        savefig('kept.png')
        plt.gcf().savefig('kept.png')
        drawn = io.BytesIO()
        plt.savefig(drawn)
        assert len(drawn.getvalue()) > 1000
        plt.show()
        plt.gcf().show()
        """)
    for kept in ("kept.evsnn", "kept.png"):
        (tmp_path / kept).write_text("results")
    done = eventsnn("explain", path, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["kept.evsnn", "kept.png", "script.py"]
    assert all((tmp_path / kept).read_text() == "results" for kept in ("kept.evsnn", "kept.png"))
    skipped = "  skipped: the file is not written, as nothing is simulated\n"
    assert f"script.py:8: store(filename='kept.evsnn')\n{skipped}" in done.stdout
    assert (
        "script.py:12: restore(filename='nowhere0.evsnn')\n  skipped: the file is not read, the state stays as it is\n"
        "the same at 2 more calls\n"
    ) in done.stdout


def test_explain_says_once_what_many_runs_have_in_common(script):
    path = script("""\
        from brian2 import *
        def simulate(I, equations):
            G = NeuronGroup(1, equations, threshold='v > 1', reset='v = 0')
            S = Synapses(G, G, on_pre='v_post += 1')
            S.connect()
            net = Network(G, S)
            G.I = I
            net.run(1*second)
            return G
        for I in range(20):
            simulate(I, 'dv/dt = (I - v)/ms : 1\\nI : 1')
        for I in range(2):
            simulate(I, 'dv/dt = (I - v**3)/ms : 1\\nI : 1')
        start_scope()
        G = NeuronGroup(1, 'dv/dt = 1/ms : 1')
        run(1*ms)
        run(2*ms)
        """)
    done = eventsnn("explain", path)
    first, second, third, last = done.stdout.split("\n\n")
    assert "group 'neurongroup': 1 neuron" in first and "Synapses 'synapses'" in first
    assert first.endswith("\nthe same at 19 more runs")
    assert "NoExactSolutionError" in second and second.endswith("\nthe same at 1 more run")
    assert third.startswith("script.py:16: run(1. ms)\n") and third.endswith("the same at 1 more run (script.py:17)")
    assert last == "groups: 3 explained, 1 of them refused; synapses: 1\n"


def test_explain_names_timed_code(script):
    path = script("""\
        from brian2 import *
        G = NeuronGroup(1, 'dv/dt = (I - v)/ms : 1\\nI : 1')
        G.run_regularly('I = 1 - I', dt=20*ms, when='end')
        @network_operation(dt=5*ms)
        def look():
            raise ValueError
        net = Network(collect())
        net.at(3*ms, look.function)
        net.run(50*ms)
        """)
    shown = eventsnn("explain", path).stdout
    assert shown.partition("\nengine: ")[0].endswith("""
timed code: CodeRunner 'neurongroup_run_regularly': I = 1 - I, every 20. ms, in the slot 'end'
timed code: NetworkOperation 'networkoperation': look, every 5. ms
timed code: Appointment of look: 3 ms""")
    assert shown.endswith("\n\ngroups: 1 explained\n")


@pytest.mark.parametrize("ending", ["by an error", "well"])
def test_an_error_that_ends_a_program_is_its_last_word(script, ending):
    path = script(f"""\
        from eventsnn import *
        def build():
            G = NeuronGroup(1, 'v : 1')
            1 / {0 if ending == "by an error" else 1}
            return G
        H = NeuronGroup(1, 'v : 1')
        G = build()
        """)
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, env=environment())
    if ending == "well":
        assert done.returncode == 0 and done.stderr.count("was made but never run") == 2
    else:
        assert done.returncode == 1 and done.stderr.endswith("ZeroDivisionError: division by zero\n")
        assert "never run" not in done.stderr


def test_the_report_counts_all_runs_of_a_scan(script):
    path = script("""\
        from brian2 import *
        G = NeuronGroup(1, 'dv/dt = rate : 1\\nrate : Hz', threshold='v > 1', reset='v = 0')
        M, also = SpikeMonitor(G), SpikeMonitor(G, record=False)
        store()
        for rate in [10, 20, 40]*Hz:
            restore()
            G.rate = rate
            run(1025*ms)
        run(100*ms)
        print(M.num_spikes)
        """)
    done = eventsnn("run", path)
    assert done.stdout == "44\n"
    assert "neurongroup: 1 neuron, 3175 ms in 4 runs, 74 spikes\n" in done.stderr


def test_explain_says_which_engine_would_run_each_network_and_why(script):
    path = script("""\
        from brian2 import *
        G = NeuronGroup(1, 'dv/dt = (1 - v)/ms : 1', name='cells')
        net = Network(G, engine='compiled')
        net.run(50*ms)
        net.run(50*ms, engine='reference')
        net.run(1*second, engine='auto')
        """)
    done = eventsnn("explain", path)
    engines = [line for line in done.stdout.split("\n") if line.startswith("engine: ")]
    # runs that are the same but for their engine are told once
    assert engines == ["engine: the compiled engine (asked for)"] and "the same at 2 more runs" in done.stdout
    assert done.returncode == 0


# --- engines --------------------------------------------------------------------------------------------------

ENGINES = """\
    from brian2 import *
    from eventsnn.simulation import running
    original = running.Run.__init__
    def note(run, network, surroundings, end, watch, engine, threads):
        print(engine, threads)
        original(run, network, surroundings, end, watch, 'reference', 1)
    running.Run.__init__ = note
    G = NeuronGroup(1, 'dv/dt = (1 - v)/ms : 1')
    run(1*ms)
    run(1*ms, engine='reference', threads=3)
    net = Network(NeuronGroup(1, 'dv/dt = (1 - v)/ms : 1'), engine='compiled', threads=4)
    net.run(1*ms)
    """


def test_run_takes_an_engine_and_threads_for_what_the_script_leaves_open(script):
    path = script(ENGINES)
    assert eventsnn("run", path).stdout == "auto 1\nreference 3\ncompiled 4\n"
    done = eventsnn("run", "--engine", "compiled", "--threads", "2", path)
    assert (done.stdout, done.returncode) == ("compiled 2\nreference 3\ncompiled 4\n", 0)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--engine", "fast"], "invalid choice: 'fast'"),
        (["--threads", "0"], "expected one thread or more, found 0"),
        (["--threads", "some"], "invalid _number_of_threads value: 'some'"),
    ],
)
def test_engines_and_threads_that_make_no_sense_are_refused(arguments, complaint, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["run", *arguments, "script.py"])
    assert ended.value.code == 2 and complaint in capsys.readouterr().err


def test_warmup_without_a_compiler_says_why_and_fails(monkeypatch):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    done = eventsnn("warmup")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "eventsnn: there is nothing to compile with: NUMBA_DISABLE_JIT is set\n"


def test_warmup_makes_every_network_that_it_names():
    for make in NETWORKS.values():
        make().run(5 * ms, engine="reference")


@pytest.mark.slow
def test_warmup_fills_the_cache_and_says_where_it_is(tmp_path, monkeypatch):
    pytest.importorskip("numba")
    monkeypatch.setenv("EVENTSNN_CACHE_DIR", str(tmp_path))
    done = eventsnn("warmup")
    (folder,) = tmp_path.iterdir()
    assert done.returncode == 0, done.stderr
    assert re.search(rf"^kept in {folder}: \d+ functions, \d+\.\d MB; \d+\.\d s in all$", done.stdout, re.MULTILINE)
    # nothing is compiled again
    kept = sorted(path.name for path in folder.iterdir())
    assert eventsnn("warmup").returncode == 0 and sorted(path.name for path in folder.iterdir()) == kept


# --- demo -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    done = eventsnn("demo", "--out", folder / "figures")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout, folder / "figures"


def test_demo_prints_exact_times_beside_closed_forms_and_the_clock(demo):
    rows = [line.split() for line in demo[0].splitlines()]
    with mpmath.workdps(30):
        period = 10 * mpmath.log(5)
        for k, clock in enumerate(["16.0", "32.1", "48.2"], 1):
            (row,) = [row for row in rows if len(row) == 6 and row[4] == clock and row[0] == str(k)][:1]
            # printed with 16 and 17 digits after the point
            assert abs(mpmath.mpf(row[1]) - k * period) < 1e-15 * k * period + 1e-16
            assert abs(mpmath.mpf(row[2]) - k * period) <= 1e-17
            assert float(row[5]) == pytest.approx(1000 * (float(clock) - float(k * period)), abs=0.06)
            assert abs(float(row[3])) < 1e-10


def test_demo_saves_its_figures(demo):
    text, folder = demo
    files = sorted(file.name for file in folder.iterdir())
    assert len(files) == 6 and all(f"    {name}\n" in text for name in files)
    assert all((folder / name).read_bytes().startswith(b"\x89PNG") for name in files)


def test_demo_closed_forms_are_those_of_mpmath_and_of_eventsnn():
    for number, neuron in enumerate(ONE_NEURON):
        _, _, spikes = neuron.simulate(f"demo_{number}")
        found, true = spike_times(spikes), neuron.closed_form()
        assert found == pytest.approx([float(t) for t in true], rel=1e-15)
    with mpmath.workdps(40):
        first = -10 * mpmath.log1p(-1 / mpmath.mpf(float(MANY_NEURONS.rest[50])))
        expected = [first + k * (first + 5) for k in range(len(MANY_NEURONS.closed_form(50)))]
        for mine, true in zip(MANY_NEURONS.closed_form(50), expected, strict=True):
            assert abs(mpmath.mpf(str(mine)) - true) < 1e-25


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        # printed by Brian 2.9.0 with its default step
        (0, [16.0, 32.1, 48.2]),
        (1, [16.0, 37.0]),
        (2, [8.0, 23.0, 38.0]),
        (3, [6.9, 17.0, 27.1, 37.2, 47.3]),
    ],
)
def test_the_clock_of_the_demo_reports_what_brian_reports(number, expected):
    times, _ = ONE_NEURON[number].on_a_clock()
    assert times.round(6).tolist() == expected


NETWORK = """
from brian2 import *
G = NeuronGroup(2, 'dv/dt = -v/(10*ms) : 1', threshold='v > 1', reset='v = 0', name='cells')
P = SpikeGeneratorGroup(1, [0, 0], [1, 4]*ms, name='input')
S = Synapses(P, G, on_pre='v_post += 2', delay=1*ms, name='onto')
S.connect()
M = SpikeMonitor(G)
run(10*ms)
print(M.num_spikes)
"""


def test_a_network_is_explained_and_reported_with_its_stimuli_and_synapses(script):
    path = script(NETWORK)
    done = eventsnn("explain", path)
    assert "Synapses 'onto': 2 from input to cells\n  pre: waits for spikes of input, delay 1 ms\n" in done.stdout
    assert done.stdout.endswith("groups: 1 explained; stimuli: 1; synapses: 1\n")
    done = eventsnn("run", path)
    assert done.stdout == "4\n"
    assert "onto: 2 synapses, 10 ms\n    from input to cells, delays as given\n" in done.stderr
    assert "input: 1 neuron, 10 ms\n    stimulus: 2 given spikes" in done.stderr
