"""Measures that a target may be set for and outputs that a plan may count, with the words that files use for them.

Names and units are those of the registry of measures (`metrics.registry`), which this package may not import; a test holds the
two together.
"""

from __future__ import annotations

# measure -> Korean name, English name, unit, further words
MEASURES: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "one_person_share": ("1인 가구 비율", "One-person households", "percent", ("1인가구 비율", "1인 가구")),
    "basic_livelihood_rate": ("기초생활수급 비율", "Basic livelihood recipients", "percent", ("기초수급률", "기초수급")),
    "isolation_prevalence": ("사회적 고립률", "Social isolation", "percent", ("고립률", "사회적고립도")),
    "loneliness_prevalence": ("외로움 경험률", "Loneliness", "percent", ("외로움", "외로움률")),
    "plan_progress": ("4,513억 계획 대비 집행", "Spent against the 451.3bn plan", "percent", ("계획 집행", "계획 대비 집행")),
    "execution_rate": ("집행률", "Execution rate", "percent", ("예산 집행률", "집행율")),
    "commitment_rate": ("원인행위율", "Commitment rate", "percent", ("원인행위", "원인행위률")),
    "actual_execution_rate": ("실집행률(예산현액 기준)", "Actual execution rate (of current budget)", "percent", ("실집행률", "실집행")),
    "hotline_answered": ("상담 응답 건수", "Consultations answered", "count", ("응답 건수", "상담 건수", "상담전화 건수")),
    "answer_rate": ("응답률", "Answer rate", "percent", ("응답율", "상담전화 응답률", "전화 응답률", "외로움안녕120 응답률")),
    "service_level": ("20초 내 응답률", "Answered within 20 s", "percent", ("20초 응답", "20초 응답률", "서비스 수준")),
    "abandonment": ("포기율", "Abandonment", "percent", ("포기률", "통화 포기율")),
    "average_wait": ("평균 응답 대기", "Average speed of answer", "seconds", ("평균 대기", "평균 대기시간", "평균 응답 대기시간")),
    "referral_rate": ("연계율", "Referral rate", "percent", ("연계률",)),
    "first_wait_42": ("6주 내 첫 상담", "First session within six weeks", "percent", ("6주 내 시작", "6주 내 상담")),
    "dna_rate": ("불참률", "Did not attend", "percent", ("불참", "불참율", "노쇼율")),
    "dropout_rate": ("중도 탈락률", "Unplanned endings", "percent", ("탈락률", "중도탈락율")),
    "recovery_rate": ("회복률", "Recovery", "percent", ("회복", "회복율")),
    "reliable_improvement": ("신뢰할 만한 호전", "Reliable improvement", "percent", ("호전", "호전율")),
    "paired_completeness": ("전후 점수 완결률", "Paired scores", "percent", ("완결", "완결률")),
    "reisolation_rate": ("재고립 발생률(100인년당)", "Re-isolations per 100 person-years", "per_100_person_years", ("재고립률", "재고립", "재고립 발생률")),
    "mind_store_visits": ("서울마음편의점 방문", "Mind store visits", "count", ("마음편의점", "마음편의점 방문", "마음편의점 이용")),
    "mind_store_sites": ("서울마음편의점 개소", "Mind store sites", "count", ("마음편의점 개소", "마음편의점 수", "서울마음편의점 곳수")),
    "programme_visits": ("사업별 이용", "Visits by programme", "count", ("이용", "이용 건수", "방문", "방문 건수")),
    "people_served": ("서비스를 시작한 사람", "People whose service began", "count", ("시작 실인원", "실인원")),
    "expenditure": ("지출액", "Expenditure", "KRW", ("지출", "집행액")),
    "answer_rate_attempts": ("응답률(시도 기준)", "Answer rate of attempts", "percent", ("시도 기준 응답", "시도 기준 응답률")),
    "occupancy": ("상담사 점유율", "Occupancy", "percent", ("점유율",)),
    "shrinkage": ("비상담 시간 비율", "Shrinkage", "percent", ("비상담",)),
    "linked_14": ("14일 내 연계 수락", "Referral accepted within 14 days", "percent", ("14일 내 수락",)),
    "recontact_30": ("30일 내 재접촉", "Another contact within 30 days", "percent", ("30일 재접촉", "재접촉률")),
    "first_wait_126": ("18주 내 첫 상담", "First session within 18 weeks", "percent", ("18주 내 시작",)),
    "late_cancellation": ("이용자 취소율", "Cancelled by client", "percent", ("취소", "취소율")),
    "reliable_recovery": ("신뢰할 만한 회복", "Reliable recovery", "percent", ("확실한 회복",)),
    "reliable_deterioration": ("신뢰할 만한 악화", "Reliable deterioration", "percent", ("악화", "악화율")),
    "detection_contacted": ("발굴 가구 접촉률", "Flagged households contacted", "percent", ("접촉률",)),
    "detection_confirmed": ("접촉 가구 고립 확인율", "Confirmed of those contacted", "percent", ("확인율", "고립 확인율")),
    "detection_enrolled": ("확인 가구 등록률", "Enrolled of those confirmed", "percent", ("등록률",)),
}  # fmt: skip

# group -> Korean, English, further words; a programme is a group of its own beside these
GROUPS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "city": ("서울시", "City", ("서울", "서울특별시", "시 전체", "전체", "서울시 전체", "Seoul", "all")),
    "reference": ("비교 기준", "Yardstick", ("참고", "비교기준", "참고 기준")),
}

# output -> Korean, English, further words
OUTPUTS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "consultations": ("상담", "Consultations", ("상담 건수", "상담 응답 건수", "통화")),
    "visits": ("방문", "Visits", ("방문 건수", "방문자 수", "내방")),
    "participations": ("참여", "Participations", ("참여 건수", "참가", "참여자 수", "참여 인원")),
    "services": ("이용", "Services", ("이용 건수", "서비스", "지원", "지원 건수", "서비스 건수")),
    "cases": ("상담 시작", "Cases begun", ("상담 사례", "사례", "사례 수", "사례관리")),
    "sessions": ("상담 회기", "Sessions", ("회기", "회기 수", "상담 횟수")),
    "referrals": ("연계", "Referrals accepted", ("연계 건수", "연계 수락")),
    "households": ("발굴 가구", "Households found", ("발굴", "가구", "발굴 건수")),
    "supported": ("지원 시작", "Supports begun", ("지원 인원", "지원 대상자")),
    "people": ("인원", "People", ("명", "실인원", "수혜자", "수혜 인원")),
    "sites": ("개소", "Sites", ("곳", "개소 수", "설치")),
    "devices": ("보급", "Devices", ("보급 대수", "대수", "설치 대수")),
    "events": ("행사", "Events", ("행사 횟수", "프로그램 운영", "운영 횟수")),
    "trained": ("교육 이수", "People trained", ("교육", "교육 인원", "양성 인원")),
}

# What an alert may watch: measure -> kind of place -> whether "needs a decision" can be asked of it there. At the city the measures that are
# watched by month and those of the map, in a district those of the map, of a programme its money.
PLACES: dict[str, tuple[str, str]] = {
    "city": ("서울시", "the city"),
    "district": ("자치구", "a district"),
    "programme": ("세부사업", "a programme"),
}
ALERTS: dict[str, dict[str, bool]] = {
    **{
        name: {"city": True}
        for name in (
            *("answer_rate", "service_level", "abandonment", "average_wait", "recontact_30", "occupancy", "shrinkage", "linked_14"),
            *("hotline_answered", "first_wait_42", "first_wait_126", "dna_rate", "late_cancellation", "dropout_rate", "recovery_rate"),
            *("reliable_improvement", "reliable_recovery", "reliable_deterioration", "paired_completeness", "detection_contacted"),
            *("detection_confirmed", "detection_enrolled", "mind_store_visits"),
        )
    },
    **{name: {"city": True, "district": True} for name in ("answer_rate", "first_wait_42", "recovery_rate")},
    **{name: {"city": False, "district": True} for name in ("isolation_prevalence", "loneliness_prevalence", "reisolation_rate")},
    **{name: {"city": False, "district": False} for name in ("one_person_share", "basic_livelihood_rate", "referral_rate")},
    "execution_rate": {"city": False, "programme": True},
}  # fmt: skip


def place_kind(place: str) -> str:
    """The kind of an alert's place by its code: city, district (five digits) or programme."""
    return "city" if place == "city" else "district" if place.isdigit() else "programme"
