# SPDX-License-Identifier: GPL-2.0-only
"""Sphinx: scripts/docs builds Documentation/ with this."""

project = 'NIE'
author = 'The NIE project'
version = release = '0.1.0'
master_doc = 'index'
exclude_patterns = ['_build', 'ABI']
html_theme = 'alabaster'
html_theme_options = {'page_width': '60em'}
html_show_copyright = False
highlight_language = 'none'
smartquotes = False
