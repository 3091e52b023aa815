"""What the office's alerts say now: rules that fire, noted with the state of the data, as the server does when a batch lands."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

HELP = "which alert rules fire now; what began or ended is noted"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What is asked of the command line."""
    parser.add_argument("--lang", choices=("ko", "en"), default="ko")


def run(asked: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Look, note, and say it."""
    from answers import alerts
    from answers.reader import Reader
    from answers.store import Store
    from locales import t

    store = Store.of_city(asked.city)
    begun, ended = alerts.keep(store, at=datetime.now(UTC).replace(tzinfo=None), patient=True)
    read = Reader(store)
    for one in alerts.seen(read):
        figure = "" if one.row is None else f" · {alerts.figure_words(one, asked.lang)}"
        print(
            f"{t(f'alerts.state_{one.state}', asked.lang)}  {alerts.rule_words(read, one.rule, asked.lang)}{figure}"
        )
    print(t("alerts.noted", asked.lang, begun=begun, ended=ended))
    return 0
