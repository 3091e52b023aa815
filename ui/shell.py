"""The frame around every page: language, view switch, page list, the store's state, errors in plain words."""

from __future__ import annotations

from typing import Any

import streamlit as st

from locales import LANGUAGES, t
from ui import blocks, store, view

# Pages that work; those of later issues join when they do.
PAGES = (
    ("overview", "pages/overview.py", "", ":material/dashboard:"),
    ("district_map", "pages/district_map.py", "district_map", ":material/map:"),
    ("import_data", "pages/import_data.py", "import_data", ":material/upload_file:"),
    ("about", "pages/about.py", "about", ":material/info:"),
)


def navigation() -> Any:
    """Draw the sidebar and return the page to run."""
    lang = view.language()
    pages = [
        st.Page(path, title=t(f"nav.{name}", lang), icon=icon, url_path=url or None, default=not url)
        for name, path, url, icon in PAGES
    ]
    page = st.navigation(pages, position="sidebar")
    view.note_page(page.url_path)
    blocks.style(lang)
    with st.sidebar:
        view.choose("lang", list(LANGUAGES), label=t("app.language", lang), say=LANGUAGES.__getitem__, kind="segments")
        view.choose(
            "view", ["published", "analyst"], label=t("app.view_label", lang), kind="segments",
            say=lambda code: t(f"app.view_{code}", lang), help=t("app.view_help", lang),
        )  # fmt: skip
        st.caption(f"**{t('app.name', lang)}** · {t('app.tagline', lang)}")
        st.caption(f"{t('app.synthetic_badge', lang)}: {t('app.synthetic_note', lang)}")
    store.guard(lang)
    if view.analyst():
        st.warning(t("app.analyst_on", lang))
    return page
