"""Counselling: who gets from referral to follow-up, how long they wait, who stays, what scores say, where it differs."""

from ui import page

page.show("counselling")
