"""What NumPy's other functions do to quantities: ``np.mean(q)``, ``np.concatenate([q, r])``, ``np.interp``.

Most fall into families, given as tables of names: those that keep the dimension, those with a plain result,
those that multiply dimensions and those that write SI numbers to a file. The rest have a rule of their own.
What stands nowhere is refused by `Quantity`, so that no unit is dropped in silence.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import DimensionMismatchError, UnitError
from .dimensions import DIMENSIONLESS
from .quantity import FUNCTION_RULES, Quantity, split, with_dimensions
from .ufuncs import common_dimension, count_along, describe

# The positions of the arguments that are values, as opposed to an axis or a count; the values must share a
# dimension.
_KEEP = {
    (0,): """
        reshape ravel transpose matrix_transpose permute_dims squeeze expand_dims moveaxis swapaxes rollaxis
        flip fliplr flipud roll rot90 repeat tile resize take take_along_axis compress diagonal diag diagflat
        tril triu trim_zeros delete split array_split hsplit vsplit dsplit unstack broadcast_to copy astype
        concatenate concat stack hstack vstack dstack column_stack row_stack block
        sort partition sort_complex mean median percentile quantile std sum cumsum cumulative_sum
        nanmean nanmedian nanpercentile nanquantile nanstd nansum nancumsum
        max min amax amin nanmax nanmin ptp diff ediff1d round around fix real imag real_if_close nan_to_num
        zeros_like ones_like empty_like trace
        linalg.norm linalg.vector_norm linalg.matrix_norm linalg.trace linalg.diagonal
        fft.fft fft.ifft fft.rfft fft.irfft fft.fft2 fft.ifft2 fft.fftn fft.ifftn fft.fftshift
        fft.ifftshift""",
    (0, 1): "append union1d intersect1d setdiff1d setxor1d linspace geomspace full_like",
    (0, 2): "insert",
    (1,): "extract",
}
_PLAIN = {
    (0,): """
        argsort argmax argmin nanargmax nanargmin argpartition argwhere nonzero flatnonzero count_nonzero
        lexsort shape ndim size iscomplexobj isrealobj isreal iscomplex isneginf isposinf all any angle
        corrcoef""",
    (0, 1): "array_equal array_equiv searchsorted digitize isin in1d",
}
_PRODUCT = """
    dot vdot inner outer kron tensordot cross convolve correlate
    linalg.cross linalg.outer linalg.tensordot"""
# These see numbers and forget them again, or write them to a file in SI units
_SI = "save savez savez_compressed savetxt may_share_memory shares_memory result_type can_cast common_type"
# These treat each of their arguments apart
_EACH = "broadcast_arrays meshgrid atleast_1d atleast_2d atleast_3d"

# Keywords that hold values wherever they occur
_VALUE_KEYWORDS = {
    "a_min", "a_max", "min", "max", "fill_value", "initial", "values", "prepend", "append", "to_begin",
    "to_end", "constant_values", "start", "stop", "v", "x", "bins", "nan", "posinf", "neginf",
}  # fmt: skip
# Methods of arrays that go through the rules of this module
_METHODS = (
    "all any argmax argmin argpartition argsort clip cumprod cumsum diagonal dot max mean min nonzero "
    "prod ptp repeat round searchsorted std sum take trace var"
)


def _find(name: str):
    """Return a NumPy function by its dotted name, or None where this NumPy does not have it."""
    found: Any = np
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _rule_for(names: str):
    """Register the decorated function ``rule(func, args, kwargs)`` for some NumPy functions."""

    def register(rule):
        for name in names.split():
            func = _find(name)
            if func is not None:
                FUNCTION_RULES[func] = rule
        return rule

    return register


def _strip(func, args, kwargs, positions, infinity_is_neutral=False):
    """Return the arguments without units, and the dimension that all values share."""
    values, dims = [], []

    def plain(argument, is_value):
        if isinstance(argument, (list, tuple)):
            if _has_quantity(argument):
                return type(argument)([plain(element, is_value) for element in argument])
        elif isinstance(argument, dict) or argument is None or isinstance(argument, (str, type, np.dtype)):
            return argument
        carries_units = hasattr(argument, "dim")
        if not (is_value or carries_units):
            return argument
        numbers, dim = split(argument)
        values.append(numbers)
        dims.append(dim)
        return numbers if carries_units else argument

    stripped = [plain(arg, positions is None or k in positions) for k, arg in enumerate(args)]
    named = {key: plain(arg, key in _VALUE_KEYWORDS) for key, arg in kwargs.items() if key != "out"}
    if not dims:
        dim = DIMENSIONLESS
    else:
        verb = f"use {{a}} and {{b}} together in {func.__name__}"
        dim = common_dimension(values, dims, verb, infinity_is_neutral)
    if kwargs.get("out") is not None:
        name = func.__name__
        raise UnitError(f"{name}(..., out=...) is not available for quantities. Write x[:] = {name}(...).")
    return stripped, named, dim


def _has_quantity(values) -> bool:
    return any(_has_quantity(v) if isinstance(v, (list, tuple)) else hasattr(v, "dim") for v in values)


def _dress(result, dim):
    """Attach a dimension to a result, or to each array of several."""
    if isinstance(result, (list, tuple)):
        return type(result)([_dress(part, dim) for part in result])
    return with_dimensions(result, dim)


def _install_tables() -> None:
    for positions, names in _KEEP.items():

        def keep(func, args, kwargs, positions=positions):
            args, kwargs, dim = _strip(func, args, kwargs, positions)
            return _dress(func(*args, **kwargs), dim)

        _rule_for(names)(keep)
    for positions, names in _PLAIN.items():

        def strip(func, args, kwargs, positions=positions):
            args, kwargs, _ = _strip(func, args, kwargs, positions)
            return func(*args, **kwargs)

        _rule_for(names)(strip)


_install_tables()


@_rule_for(_PRODUCT)
def _product(func, args, kwargs):
    (a, dim_a), (b, dim_b) = split(args[0]), split(args[1])
    kwargs = {key: value for key, value in kwargs.items() if value is not None}
    return with_dimensions(func(a, b, *args[2:], **kwargs), dim_a * dim_b)


@_rule_for(_EACH)
def _each(func, args, kwargs):
    values, dims = zip(*(split(arg) for arg in args), strict=True)
    result = func(*values, **kwargs)
    if isinstance(result, (list, tuple)):
        return type(result)([with_dimensions(part, dim) for part, dim in zip(result, dims, strict=True)])
    return with_dimensions(result, dims[0])


@_rule_for(_SI)
def _si(func, args, kwargs):
    kwargs = {key: np.asarray(value) if hasattr(value, "dim") else value for key, value in kwargs.items()}
    return func(*[np.asarray(arg) if hasattr(arg, "dim") else arg for arg in args], **kwargs)


@_rule_for("array2string array_repr array_str")
def _text(func, args, kwargs):
    return repr(args[0]) if func is np.array_repr else str(args[0])


@_rule_for("clip")
def _clip(func, args, kwargs):
    args, kwargs, dim = _strip(func, args, kwargs, (0, 1, 2), infinity_is_neutral=True)
    return with_dimensions(func(*args, **kwargs), dim)


@_rule_for("var nanvar cov")
def _square(func, args, kwargs):
    args, kwargs, dim = _strip(func, args, kwargs, (0,))
    return with_dimensions(func(*args, **kwargs), dim**2)


@_rule_for("prod nanprod")
def _prod(func, args, kwargs):
    args, kwargs, dim = _strip(func, args, kwargs, (0,))
    axis = args[1] if len(args) > 1 else kwargs.get("axis")
    return with_dimensions(func(*args, **kwargs), dim ** count_along(np.asarray(args[0]), axis))


@_rule_for("cumprod nancumprod")
def _cumprod(func, args, kwargs):
    raise UnitError(f"The products along {describe(*split(args[0]))} would each have another dimension. "
                    "Divide by a unit first.")  # fmt: skip


@_rule_for("average")
def _average(func, args, kwargs):
    values, dim = split(args[0])
    weights, weight_dim = None, DIMENSIONLESS
    if kwargs.get("weights") is not None:
        weights, weight_dim = split(kwargs["weights"])
    result = func(values, *args[1:], **{**kwargs, "weights": weights})
    if isinstance(result, tuple):
        return with_dimensions(result[0], dim), with_dimensions(result[1], weight_dim)
    return with_dimensions(result, dim)


@_rule_for("unique")
def _unique(func, args, kwargs):
    args, kwargs, dim = _strip(func, args, kwargs, (0,))
    result = func(*args, **kwargs)
    if isinstance(result, tuple):
        return (with_dimensions(result[0], dim), *result[1:])
    return with_dimensions(result, dim)


@_rule_for("where")
def _where(func, args, kwargs):
    condition = np.asarray(args[0])
    if len(args) == 1:
        return func(condition)
    chosen, _, dim = _strip(func, args[1:], kwargs, (0, 1), infinity_is_neutral=True)
    return with_dimensions(func(condition, *chosen), dim)


@_rule_for("select")
def _select(func, args, kwargs):
    default = args[2] if len(args) > 2 else kwargs.get("default", 0)
    (choices, default), _, dim = _strip(func, (args[1], default), {}, (0, 1))
    return with_dimensions(func([np.asarray(c) for c in args[0]], choices, default), dim)


@_rule_for("interp")
def _interp(func, args, kwargs):
    named = dict(zip(("x", "xp", "fp", "left", "right", "period"), args, strict=False)) | kwargs
    across = {key: named[key] for key in ("x", "xp", "period") if named.get(key) is not None}
    along = {key: named[key] for key in ("fp", "left", "right") if named.get(key) is not None}
    x_values, _, _ = _strip(func, tuple(across.values()), {}, None)
    y_values, _, dim = _strip(func, tuple(along.values()), {}, None)
    return with_dimensions(func(**dict(zip([*across, *along], x_values + y_values, strict=True))), dim)


@_rule_for("trapezoid trapz")
def _trapezoid(func, args, kwargs):
    named = dict(zip(("y", "x", "dx", "axis"), args, strict=False)) | kwargs
    values, dim = split(named.pop("y"))
    for key in ("x", "dx"):
        if named.get(key) is not None:
            named[key], step = split(named[key])
            dim = dim * step
    return with_dimensions(func(values, **named), dim)


@_rule_for("gradient")
def _gradient(func, args, kwargs):
    values, dim = split(args[0])
    steps = [split(step) for step in args[1:]]
    results = func(values, *[step for step, _ in steps], **kwargs)
    if len({step_dim for _, step_dim in steps}) > 1:
        raise UnitError("gradient: the spacings differ in dimension. Call it once for each axis.")
    return _dress(results, dim / steps[0][1] if steps else dim)


@_rule_for("histogram histogram_bin_edges")
def _histogram(func, args, kwargs):
    named = dict(zip(("a", "bins", "range", "density", "weights"), args, strict=False)) | kwargs
    bins, limits, weights = named.get("bins", 10), named.get("range"), named.pop("weights", None)
    # A number of bins has no unit, their edges do
    compared = [named["a"]] + ([bins] if np.ndim(bins) else []) + list(limits if limits is not None else [])
    _, _, dim = _strip(func, tuple(compared), {}, None, infinity_is_neutral=True)
    named["a"] = split(named["a"])[0]
    named["bins"] = split(bins)[0] if np.ndim(bins) else bins
    named["range"] = tuple(float(limit) for limit in limits) if limits is not None else None
    weights, weight_dim = split(weights) if weights is not None else (None, DIMENSIONLESS)
    result = func(**named, weights=weights)
    if func is not np.histogram:
        return with_dimensions(result, dim)
    count_dim = weight_dim / dim if named.get("density") else weight_dim
    return with_dimensions(result[0], count_dim), with_dimensions(result[1], dim)


@_rule_for("histogram2d")
def _histogram2d(func, args, kwargs):
    named = dict(zip(("x", "y", "bins", "range", "density", "weights"), args, strict=False)) | kwargs
    (x, dim_x), (y, dim_y) = split(named.pop("x")), split(named.pop("y"))
    if _has_quantity([named.get("bins"), named.get("range"), named.get("weights")]):
        raise UnitError(
            "histogram2d: bins, range and weights are taken without units. "
            "Divide the data by their units first: histogram2d(x/ms, y/mV, bins=...)."
        )
    counts, edges_x, edges_y = func(x, y, **named)
    count_dim = (dim_x * dim_y) ** -1 if named.get("density") else DIMENSIONLESS
    edges = with_dimensions(edges_x, dim_x), with_dimensions(edges_y, dim_y)
    return (with_dimensions(counts, count_dim), *edges)


@_rule_for("bincount")
def _bincount(func, args, kwargs):
    named = dict(zip(("x", "weights", "minlength"), args, strict=False)) | kwargs
    weights, dim = split(named.pop("weights"))
    if hasattr(named["x"], "dim"):
        raise DimensionMismatchError(f"bincount counts whole numbers, got {describe(*split(named['x']))}.")
    return with_dimensions(func(named.pop("x"), weights, **named), dim)


@_rule_for("isclose allclose")
def _close(func, args, kwargs):
    named = dict(zip(("a", "b", "rtol", "atol", "equal_nan"), args, strict=False)) | kwargs
    # NumPy's own default would be 1e-8 volt or ampere: every picoampere would be close to every other
    compared = named.pop("a"), named.pop("b"), named.pop("atol", 0.0)
    (a, b, atol), _, _ = _strip(func, compared, {}, None, infinity_is_neutral=True)
    return func(a, b, atol=float(atol), **named)


@_rule_for("linalg.inv linalg.pinv")
def _inverse(func, args, kwargs):
    values, dim = split(args[0])
    return with_dimensions(func(values, *args[1:], **kwargs), dim**-1)


@_rule_for("linalg.solve")
def _solve(func, args, kwargs):
    (a, dim_a), (b, dim_b) = split(args[0]), split(args[1])
    return with_dimensions(func(a, b), dim_b / dim_a)


@_rule_for("copyto")
def _copyto(func, args, kwargs):
    target, source = args[0], args[1]
    if not isinstance(target, Quantity):
        raise UnitError(f"copyto: {describe(*split(source))} cannot be stored in an array without units.")
    func(np.asarray(target), target._fitting(source, "store {b} in {a}"), *args[2:], **kwargs)


def _method(name: str):
    function = getattr(np, name)

    def method(self: Quantity, *args: Any, **kwargs: Any) -> Any:
        return function(self, *args, **kwargs)

    method.__name__, method.__doc__ = name, f"Do ``numpy.{name}`` on this quantity."
    return method


for _name in _METHODS.split():
    setattr(Quantity, _name, _method(_name))
