"""Settings of the book. `make book` puts the chapters beside this file's copy and calls Sphinx (tools/book.py)."""

project = "How machines make images"
author = "the authors of the suite"
copyright = "text and figures: CC BY 4.0"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax"]
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # the chapters are committed with their outputs
nb_merge_streams = True
html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["_static"]
html_extra_path = ["_extra"]
html_css_files = ["book.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "use_download_button": False,
    "show_navbar_depth": 1,
    "show_toc_level": 2,
    "home_page_in_toc": True,
    # The book theme has its own bar. The theme below it listens to the first menu button of a page only, which would
    # be one in its own, hidden header: without these parts it has none.
    "navbar_start": [],
    "navbar_center": [],
    "navbar_end": [],
    "navbar_persistent": [],
}
mathjax_path = "tex-svg.js"  # one file, with its glyphs as curves: nothing else is loaded
mathjax_options = {"defer": "defer"}
mathjax3_config = {"svg": {"fontCache": "global"}}
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_google_docstring = True
suppress_warnings = ["myst.header"]
language = "en"
html_search_language = "en"
default_role = "code"  # docstrings write code in single backticks, as Markdown does
