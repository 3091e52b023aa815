"""What every page carries: our style sheet, the page's language, charts that print whole, and words for upload boxes."""

from __future__ import annotations

import streamlit as st

from charts import theme
from locales import t
from ui import store, view

_PAGE = st.components.v2.component(
    "ieum_page",
    html="<span></span>",
    # Streamlit's page says lang="en" whatever it shows; a screen reader would read Korean with English sounds.
    # On paper a chart keeps its pixels and is cut at the margin: with a viewBox it scales to the sheet (ieum.css).
    js="""export default ({ data }) => {
        document.documentElement.lang = data.lang;
        if (window.ieumPrints) return;
        window.ieumPrints = true;
        window.addEventListener('beforeprint', () => {
            document.querySelectorAll('.js-plotly-plot .svg-container').forEach((box) => {
                const sheet = box.querySelector('svg.main-svg');
                const [w, h] = [sheet.getAttribute('width'), sheet.getAttribute('height')].map(parseFloat);
                box.style.aspectRatio = `${w} / ${h}`;
                box.querySelectorAll('svg.main-svg').forEach((svg) => svg.setAttribute('viewBox', `0 0 ${w} ${h}`));
            });
        });
        window.addEventListener('afterprint', () => {
            document.querySelectorAll('.js-plotly-plot .svg-container').forEach((box) => {
                box.style.aspectRatio = '';
                box.querySelectorAll('svg.main-svg').forEach((svg) => svg.removeAttribute('viewBox'));
            });
        });
    };""",
)


def style(lang: str) -> None:
    """Our style sheet, the page's language, and the skip link."""
    inks = " ".join(
        f"--{name}: {theme.colour(f'@{name}', view.palette())};"
        for name in ("accent", "better", "worse", "steady")
    )
    dark = f":root {{ {inks} --hair: rgba(165,178,191,.32); }}"
    # Streamlit's upload box speaks English only: its words are replaced, not its element.
    box = ""
    for part, key in (
        ("'] button[kind=secondary]", "app.upload_button"),
        ("Instructions']", "app.upload_hint"),
    ):
        place = f"[data-testid='stFileUploaderDropzone{part}"
        box += f"{place}, {place} * {{font-size: 0}} {place}::after {{content: '{t(key, lang)}'; font-size: .95rem}} "
    # By URL: the browser fetches the sheet once, and a rerun carries 40 bytes of it instead of 7 kB.
    st.html(
        f"<style>@import url('{store.static_url('ieum.css')}'); {dark if view.dark() else ''} {box}</style>"
    )
    _PAGE(data={"lang": lang}, key="page")


def upload_hint(key: str, text: str) -> None:
    """The words beneath one upload box, where `style` has put those of the data files."""
    st.html(
        f"<style>.st-key-{key} [data-testid='stFileUploaderDropzoneInstructions']::after {{content: '{text}'}}</style>"
    )
