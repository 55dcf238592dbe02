"""The benchmark workloads in each simulator; every module is a program that runs one of them and prints one JSON line.

    python -m simulators.ours W3 --size 1250          # in the folder tests/benchmarks

`definitions` holds the numbers, the random networks and the exact answers, `scripts` the models as eventsnn and Brian 2
take them, `measuring` what is measured and how. Simulators are imported inside functions: none of them need be there.
"""
