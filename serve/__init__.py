"""How Ieum reaches the browser: the socket, what goes before Streamlit's own answers, and files packed in advance.

It knows Streamlit's server and no page: app.py names the script, and ui draws.
"""

from __future__ import annotations
