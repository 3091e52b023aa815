"""Rules of alerts that the demonstration city has set: one of each kind, and one that is off."""

from __future__ import annotations

import pandas as pd

AUTHOR = "시범 도시 / Demonstration city"
RULES = (
    ("service_level", "city", "below", 80.0, "on", "20초 안에 열에 여덟은 받는다는 약속 / The promise to answer eight in ten within 20 seconds"),
    ("answer_rate", "city", "decision", None, "on", "응답률이 나빠지면 바로 알기 위해 / To know at once when fewer calls are answered"),
    ("reisolation_rate", "city", "above", 30.0, "on", "다시 고립되는 사람이 늘면 알기 위해 / To know when more people fall back"),
    ("first_wait_42", "11210", "decision", None, "on", "관악구의 대기를 지켜보기로 함 / Waits in Gwanak are watched"),
    ("execution_rate", "hotline", "decision", None, "on", "상담전화 예산의 집행을 지켜보기로 함 / Spending on the hotline is watched"),
    ("dropout_rate", "city", "above", 25.0, "off", "새 집계가 나올 때까지 꺼 둠 / Off until the new count is there"),
)  # fmt: skip


def rules() -> pd.DataFrame:
    """Columns of `alert_rule`."""
    rows = [(*row[:5], AUTHOR, row[5]) for row in RULES]
    frame = pd.DataFrame(
        rows, columns=["metric_id", "place", "kind", "threshold", "switched", "author", "reason"]
    )
    return frame.astype({"threshold": object}).where(frame.notna(), None)
