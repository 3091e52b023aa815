"""The thread: from being isolated to staying connected, and where most are lost."""

from ui import page

page.show("thread")
