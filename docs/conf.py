"""Configuration of the documentation: ``python -m sphinx -W -b html docs docs/_build/html``."""

import re
import warnings
from pathlib import Path

_version_file = Path(__file__).resolve().parent.parent / "eventsnn" / "_version.py"

project = "eventsnn"
author = "The eventsnn authors"
copyright = "2026, The eventsnn authors"
release = re.search(r'__version__ = "(.+?)"', _version_file.read_text(encoding="utf-8"))[1]
version = release

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.doctest",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "matplotlib.sphinxext.plot_directive",
]
exclude_patterns = ["_build", "reference/generated"]

# Pages of prose are Markdown, with formulas as $v(t)$; pages with figures are reStructuredText, since the
# plot directive does not work in Markdown.
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3

# Docstrings have NumPy's sections and some of our own.
napoleon_google_docstring = False
napoleon_custom_sections = ["Accuracy", "Source"]
napoleon_use_rtype = False
autosummary_generate = True
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_member_order = "bysource"

# Code on pages runs: {plot} blocks with their figures, {doctest} and {testcode} blocks against their output.
# Docstrings are left to pytest, which gives each one the names of its own module.
plot_include_source = True
plot_html_show_source_link = False
plot_html_show_formats = False
plot_formats = [("svg", 100)]
plot_pre_code = ""
plot_rcparams = {"figure.figsize": (6.4, 3.2), "figure.constrained_layout.use": True}
plot_apply_rcparams = True
doctest_test_doctest_blocks = ""
# pages that only connect, or only draw what is connected, run nothing
warnings.filterwarnings("ignore", message=".*was made but never run")

html_theme = "furo"
html_title = f"eventsnn {release}"
