"""The compiled engine: large networks in windows of their smallest delay, with the bits of the reference engine.

It works on flat arrays (`tables`) that `survey` makes of a `Machine`, calls the very kernels that the reference engine
calls, and hands over to that engine whatever comes up too rarely to be compiled (`driver`). Nothing here is imported by
the rest of the package but `survey.find_obstacle` and `driver.advance`.
"""
