"""Tables whose rows can be opened: plain HTML with buttons, so that keyboard, screen reader and print keep working."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const open = (parentElement.ieumOpen ??= new Set());
  let box = parentElement.querySelector('.ieum-clicks');
  if (!box) { box = document.createElement('div'); box.className = 'ieum-clicks'; parentElement.appendChild(box); }
  if (box.ieumHtml !== data.html) { box.innerHTML = data.html; box.ieumHtml = data.html; }
  for (const key of data.open) open.add(key);
  const draw = () => {
    for (const row of box.querySelectorAll('tr[data-under]')) row.hidden = !open.has(row.dataset.under);
    for (const button of box.querySelectorAll('[data-toggle]'))
      button.setAttribute('aria-expanded', open.has(button.dataset.toggle));
  };
  box.onclick = (event) => {
    const button = event.target.closest('[data-toggle], [data-pick]');
    if (!button) return;
    const key = button.dataset.toggle;
    if (key) { open.has(key) ? open.delete(key) : open.add(key); draw(); }
    else setTriggerValue('pick', button.dataset.pick);
  };
  draw();
  // What a click has opened is brought into view from its beginning, once; the heading above keeps its room (scroll margin).
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  if (data.focus && parentElement.ieumFocus !== data.focus) requestAnimationFrame(() => {
    // The keyboard goes along, so that the next Tab is the first row and not the top of the page.
    box.querySelector('[tabindex]')?.focus({ preventScroll: true });
    box.scrollIntoView({ block: 'start', behavior: calm ? 'instant' : 'smooth' });
  });
  parentElement.ieumFocus = data.focus;
}
"""
_TABLE = st.components.v2.component("ieum_clicks", js=_JS, isolate_styles=False)


def table(
    html: str, *, key: str, on_pick: Callable[[str], None], opened: tuple[str, ...] = (), focus: str = ""
) -> None:
    """Show our own HTML; a button with `data-pick` hands its value to `on_pick`, one with `data-toggle` folds rows.

    Args:
        html: made by our code, every text in it escaped.
        opened: rows under these keys are shown to begin with.
        focus: scrolls the table into view whenever it changes to another text.
    """

    def picked() -> None:
        value = getattr(st.session_state.get(key), "pick", None)
        if value:
            on_pick(str(value))

    _TABLE(data={"html": html, "open": list(opened), "focus": focus}, key=key, on_pick_change=picked)


def pick(value: str, text: str, *, label: str = "") -> str:
    """A button that opens something; `value` and `text` already escaped."""
    said = f' aria-label="{label}"' if label else ""
    return f'<button type="button" class="ieum-link" data-pick="{value}"{said}>{text}</button>'


def toggle(key: str, text: str) -> str:
    """A button that folds the rows under `key`."""
    return f'<button type="button" class="ieum-link ieum-fold" data-toggle="{key}" aria-expanded="false">{text}</button>'
