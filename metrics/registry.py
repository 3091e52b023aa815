"""Every metric, declared once. Definitions follow the field's standard (metrics.md letters in brackets).

The screen, the table, the CSV, the docs and the checks all read this list; nothing else defines a metric.
"""

from __future__ import annotations

from datetime import date

from metrics.spec import Better, Disclosure, Interval, Metric, Target, Term, Text, Unit

PLACE_MONTH = ("area_code", "month_key", "age_band", "sex")
RECORDS = "records"  # of whichever city the store is

_PLAN_OFFICE = Text(ko="돌봄고독정책관", en="Care and Loneliness Policy Office")
_HOTLINE_TEAM = Text(ko="외로움안녕120 운영팀", en="Hotline team")
_MIND_TEAM = Text(ko="정신건강과", en="Mental health division")
_SURVEY_TEAM = Text(ko="고독대응과", en="Loneliness response division")

_NO_TARGET = Text(
    ko="계획이 이 지표의 목표를 정하지 않았습니다.", en="The plan sets no target for this measure."
)
_CONTEXT = Text(ko="성과가 아닌 지역 여건이라 목표가 없습니다.", en="Context, not performance: no target.")
_EXACT_MONEY = Text(
    ko="원 단위 전수 집계라 표본 오차가 없습니다.", en="Exact sums of won: no sampling error."
)
_EXACT_COUNT = Text(ko="표본이 아닌 전수 건수입니다.", en="A full count, not a sample.")
_MEAN_OF_RECORDED = Text(
    ko="전수 기록의 평균이며, 분포는 중앙값과 P90으로 함께 봅니다.",
    en="A mean over all records; read it beside the median and P90.",
)


def _sum(fact: str, *columns: str, where: tuple[tuple[str, tuple[str, ...]], ...] = ()) -> tuple[Term, ...]:
    return tuple(Term(fact=fact, column=column, where=where) for column in columns)


# The plan was decided in October 2024; its five fiscal years are 2025 to 2029 (decision 6).
PLAN_YEARS = (2025, 2026, 2027, 2028, 2029)


def _ledger(*kinds: str, sign: int = 1, years: tuple[int, ...] = ()) -> tuple[Term, ...]:
    where: tuple[tuple[str, tuple[str | int, ...]], ...] = (("kind", kinds),)
    if years:
        where = (*where, ("fiscal_year", years))
    return (Term(fact="ledger_monthly", column="amount_krw", where=where, sign=1 if sign > 0 else -1),)


# 예산현액 (B1): everything that may be spent this year.
_SPENDABLE = _ledger(
    "appropriation_original", "appropriation_supplementary", "reserve", "transfer_in",
    "carry_in_approved", "carry_in_accident", "carry_in_continuing", "current_budget",
) + _ledger("transfer_out", sign=-1)  # fmt: skip
_SPENT = _ledger("expenditure") + _ledger("refund", sign=-1)


def _census_share(metric_id: str, name: Text, short: Text, top: str, bottom: str, counted: Text, breaks: tuple[float, ...],
                  definition: Text, formula: Text, caveat: Text, source_id: str = "census") -> Metric:  # fmt: skip
    return Metric(
        metric_id=metric_id, topic="map", name=name, short=short, definition=definition, formula=formula,
        counted=counted, numerator=_sum("census", top), denominator=_sum("census", bottom), unit="percent",
        better="neither", grains=("area_code", "year"), interval="wilson", minimum_denominator=1, target=None,
        no_target_reason=_CONTEXT, disclosure="public", owner=_PLAN_OFFICE, source_id=source_id, caveat=caveat,
        evidence="census" if source_id == "census" else "published", breaks=breaks,
    )  # fmt: skip


def _survey(
    metric_id: str, name: Text, short: Text, column: str, definition: Text, breaks: tuple[float, ...]
) -> Metric:
    return Metric(
        metric_id=metric_id, topic="map", name=name, short=short, definition=definition,
        formula=Text(ko="Σ(가중값 × 해당) ÷ Σ가중값", en="Σ(weight × yes) ÷ Σ weight"),
        counted=Text(ko="응답자", en="respondents"),
        numerator=_sum("survey_area", column), denominator=_sum("survey_area", "weight"),
        base=Term(fact="survey_area", column="respondents"), squares=Term(fact="survey_area", column="weight_sq"),
        cases=Term(fact="survey_area", column=column.removeprefix("weight_") + "_respondents"),
        unit="percent", better="lower", grains=("area_code", "year", "age_band", "sex", "household_type"),
        interval="wilson_effective", minimum_denominator=30, target=None, no_target_reason=_NO_TARGET,
        disclosure="person", owner=_SURVEY_TEAM, source_id=RECORDS,
        caveat=Text(
            ko="자치구 표본이 작아 순위를 말할 수 없습니다. 2024년까지의 하락은 상담전화 개통 전의 변화입니다.",
            en="District samples are small: no ranking. The fall up to 2024 came before the hotline opened.",
        ), breaks=breaks,
    )  # fmt: skip


def _hotline(
    metric_id: str, name: Text, short: Text, top: tuple[Term, ...], bottom: tuple[Term, ...], definition: Text,
    formula: Text, counted: Text, better: Better, caveat: Text, *, unit: Unit = "percent", interval: Interval = "wilson",
    interval_reason: Text | None = None, grains: tuple[str, ...] = (*PLACE_MONTH, "channel"), minimum_denominator: int = 10,
    disclosure: Disclosure = "person", target: Target | None = None, breaks: tuple[float, ...] = (),
) -> Metric:  # fmt: skip
    """A measure of the line: contacts, protected as counts of persons are; one in ten is the least that is shown."""
    return Metric(
        metric_id=metric_id, topic="hotline", name=name, short=short, definition=definition, formula=formula, counted=counted,
        numerator=top, denominator=bottom, unit=unit, better=better, grains=grains, interval=interval,
        interval_reason=interval_reason, minimum_denominator=minimum_denominator, target=target, no_target_reason=_NO_TARGET,
        disclosure=disclosure, owner=_HOTLINE_TEAM, source_id=RECORDS, caveat=caveat, breaks=breaks,
    )  # fmt: skip


def _counselling(
    metric_id: str, name: Text, short: Text, fact: str, top: str, bottom: tuple[str, ...], definition: Text, formula: Text,
    better: Better, caveat: Text, counted: Text, *, grains: tuple[str, ...] = PLACE_MONTH,
    denominator: tuple[Term, ...] | None = None, breaks: tuple[float, ...] = (),
) -> Metric:  # fmt: skip
    """A share of counselling cases or sessions; `denominator` where it is more than a sum of columns."""
    return Metric(
        metric_id=metric_id, topic="counselling", name=name, short=short, definition=definition, formula=formula,
        counted=counted, numerator=_sum(fact, top), denominator=denominator or _sum(fact, *bottom), unit="percent",
        better=better, grains=grains, interval="wilson", minimum_denominator=10, target=None, no_target_reason=_NO_TARGET,
        disclosure="person", owner=_MIND_TEAM, source_id=RECORDS, caveat=caveat, breaks=breaks,
    )  # fmt: skip


_MONEY_GRAINS = ("fiscal_year", "month_key", "programme_id", "area_code", "funding")


def _budget(
    metric_id: str, name: Text, short: Text, top: tuple[Term, ...], bottom: tuple[Term, ...], definition: Text,
    formula: Text, caveat: Text, *, unit: Unit = "percent", grains: tuple[str, ...] = _MONEY_GRAINS,
) -> Metric:  # fmt: skip
    """A measure of money: exact, public, and neither good nor bad by itself."""
    return Metric(
        metric_id=metric_id, topic="budget", name=name, short=short, definition=definition, formula=formula,
        counted=Text(ko="원", en="won"), numerator=top, denominator=bottom, unit=unit, better="neither", grains=grains,
        interval="none", interval_reason=_EXACT_MONEY, minimum_denominator=1, target=None, no_target_reason=_NO_TARGET,
        disclosure="public", owner=_PLAN_OFFICE, source_id=RECORDS, caveat=caveat,
    )  # fmt: skip


_CONTACTS = Text(ko="접촉(건)", en="contacts")
_CASES = Text(ko="사례(건)", en="cases")
_CONTACT_NOTE = Text(
    ko="건수는 사람 수가 아닙니다. 한 사람이 여러 번 걸 수 있습니다.",
    en="Contacts are not people: one person may call many times.",
)
_NO_CONTROL = Text(
    ko="비교 집단이 없어 상담의 효과라고 말할 수 없습니다(평균으로의 회귀).",
    en="No comparison group: not proof of effect (regression to the mean).",
)

METRICS: tuple[Metric, ...] = (
    _census_share(
        "one_person_share", Text(ko="1인 가구 비율", en="One-person households"), Text(ko="1인 가구", en="Living alone"),
        "one_person_households", "households", Text(ko="가구", en="households"), (30.0, 35.0, 40.0, 45.0),
        Text(ko="일반 가구 가운데 혼자 사는 가구의 비율.", en="Share of general households with one member."),
        Text(ko="1인 가구 ÷ 일반 가구", en="one-person ÷ general households"),
        Text(ko="혼자 사는 것이 곧 고립은 아닙니다. 필요의 배경 지표입니다.",
             en="Living alone is not isolation; it is background to need."),
    ),
    _census_share(
        "basic_livelihood_rate", Text(ko="기초생활수급 비율", en="Basic livelihood recipients"),
        Text(ko="기초수급", en="Basic livelihood"), "basic_livelihood_recipients", "population",
        Text(ko="명", en="people"), (2.0, 3.0, 4.0, 5.0),
        Text(ko="인구 가운데 기초생활보장 수급자의 비율.", en="Share of residents receiving basic livelihood support."),
        Text(ko="수급자 ÷ 인구", en="recipients ÷ population"),
        Text(ko="자치구까지만 자료가 있습니다. 2025년 자료는 아직 없습니다.",
             en="Published to district level only; none yet for 2025."),
        source_id="district_statistics",
    ),
    _survey(
        "isolation_prevalence", Text(ko="사회적 고립률", en="Social isolation"), Text(ko="고립률", en="Isolation"),
        "weight_isolated",
        Text(ko="실태조사에서 사회적으로 고립된 것으로 답한 시민의 가중 비율.",
             en="Weighted share of surveyed citizens who are socially isolated."),
        (5.0, 7.5, 10.0, 15.0),
    ),
    _survey(
        "loneliness_prevalence", Text(ko="외로움 경험률", en="Loneliness"), Text(ko="외로움", en="Loneliness"),
        "weight_lonely",
        Text(ko="실태조사에서 외로움을 느낀다고 답한 시민의 가중 비율.",
             en="Weighted share of surveyed citizens who report loneliness."),
        (40.0, 45.0, 50.0, 55.0),
    ),
    _budget(
        "plan_progress", Text(ko="4,513억 계획 대비 집행", en="Spent against the 451.3bn plan"),
        Text(ko="계획 집행", en="Plan spent"),
        _ledger("expenditure", years=PLAN_YEARS) + _ledger("refund", sign=-1, years=PLAN_YEARS),
        (Term(fact="baseline", column="planned_krw", where=(("version", (1,)), ("fiscal_year", PLAN_YEARS))),),
        Text(ko="5년 계획액 가운데 지금까지 지출한 비율.", en="Share of the five-year plan spent so far."),
        Text(ko="지출 누계 ÷ 계획액", en="spent to date ÷ planned"),
        Text(ko="총액 4,513억 원만 공표되었고 연도·사업별 배분은 예시입니다.",
             en="Only the 451.3bn total is published; the split by year and programme is illustrative."),
        grains=("fiscal_year", "programme_id"),
    ),
    _budget(
        "execution_rate", Text(ko="집행률", en="Execution rate"), Text(ko="집행률", en="Execution"), _SPENT, _SPENDABLE,
        Text(ko="올해 쓸 수 있는 돈 가운데 지출한 비율.", en="Share of this year's spendable money that is spent."),
        Text(ko="지출액 누계 ÷ 예산현액", en="expenditure to date ÷ current budget"),
        Text(ko="교부된 돈이 현장에서 쓰였는지는 실집행률로 봅니다.",
             en="Whether disbursed money reached the ground is the actual execution rate."),
    ),
    _budget(
        "commitment_rate", Text(ko="원인행위율", en="Commitment rate"), Text(ko="원인행위", en="Committed"),
        _ledger("commitment"), _SPENDABLE,
        Text(ko="올해 쓸 수 있는 돈 가운데 지출원인행위를 한 비율.", en="Share of spendable money that is committed."),
        Text(ko="지출원인행위액 ÷ 예산현액", en="commitments ÷ current budget"),
        Text(ko="계약·결정 기준이며 지출과 더하지 않습니다.", en="By contract or decision; never added to spending."),
    ),
    _budget(
        "actual_execution_rate", Text(ko="실집행률(예산현액 기준)", en="Actual execution rate (of current budget)"),
        Text(ko="실집행", en="Actual execution"), _ledger("final_expenditure"), _SPENDABLE,
        Text(ko="최종 집행기관이 실제로 쓴 비율.", en="Share that the final executing bodies actually spent."),
        Text(ko="최종 집행액 ÷ 예산현액", en="final expenditure ÷ current budget"),
        Text(ko="교부액을 분모로 하는 계산법도 있어 기준을 함께 적습니다.",
             en="Some offices divide by disbursements; the base is named."),
    ),
    _hotline(
        "hotline_answered", Text(ko="상담 응답 건수", en="Consultations answered"), Text(ko="응답 건수", en="Answered"),
        _sum("hotline_monthly", "answered"), (),
        Text(ko="상담사가 응답한 접촉의 수.", en="Contacts answered by a counsellor."),
        Text(ko="응답 건수 합", en="sum of answered contacts"), _CONTACTS, "neither", _CONTACT_NOTE,
        unit="count", interval="none", interval_reason=_EXACT_COUNT,
        target=Target(
            value=3000.0, valid_from=date(2025, 4, 1), valid_to=date(2025, 12, 31),
            basis=Text(ko="2025년 연간 목표 3,000건(개통 6주 만에 넘음)",
                       en="Annual target of 3,000 for 2025, passed within six weeks"),
            author="Seoul Metropolitan Government", source_id="published",
        ),
    ),
    _hotline(
        "answer_rate", Text(ko="응답률", en="Answer rate"), Text(ko="응답률", en="Answered"),
        _sum("hotline_monthly", "answered"), _sum("hotline_monthly", "offered"),
        Text(ko="대기에 들어온 접촉 가운데 응답한 비율.", en="Share of contacts offered to the queue that were answered."),
        Text(ko="응답 ÷ 대기 진입", en="answered ÷ offered"), _CONTACTS, "higher",
        Text(ko="참고: 자살예방 109는 49–57%, 미국 988은 약 90%로 공표. 분모가 달라 직접 비교하지 않습니다.",
             en="For context, 109 reports 49–57% and US 988 about 90%; denominators differ."),
        breaks=(75.0, 80.0, 85.0, 90.0),
    ),
    _hotline(
        "service_level", Text(ko="20초 내 응답률", en="Answered within 20 s"), Text(ko="20초 응답", en="Within 20 s"),
        _sum("hotline_monthly", "answered_in_20_s"), _sum("hotline_monthly", "offered"),
        Text(ko="대기에 들어온 접촉 가운데 20초 안에 응답한 비율(가장 엄격한 계산법).",
             en="Share of offered contacts answered within 20 seconds (strictest of four formulas)."),
        Text(ko="20초 내 응답 ÷ 대기 진입", en="answered in 20 s ÷ offered"), _CONTACTS, "higher", _CONTACT_NOTE,
    ),
    _hotline(
        "abandonment", Text(ko="포기율", en="Abandonment"), Text(ko="포기율", en="Abandoned"),
        (*_sum("hotline_monthly", "abandoned"), Term(fact="hotline_monthly", column="short_abandoned", sign=-1)),
        (*_sum("hotline_monthly", "offered"), Term(fact="hotline_monthly", column="short_abandoned", sign=-1)),
        Text(ko="10초 안에 끊은 것을 뺀 접촉 가운데 기다리다 끊은 비율.",
             en="Share that gave up waiting, leaving out those within 10 seconds."),
        Text(ko="(포기 − 10초 내) ÷ (대기 진입 − 10초 내)", en="(abandoned − short) ÷ (offered − short)"),
        _CONTACTS, "lower", _CONTACT_NOTE,
    ),
    _hotline(
        "average_wait", Text(ko="평균 응답 대기", en="Average speed of answer"), Text(ko="평균 대기", en="Average wait"),
        _sum("hotline_monthly", "wait_s"), _sum("hotline_monthly", "answered"),
        Text(ko="응답한 접촉의 평균 대기 시간.", en="Mean wait of answered contacts."),
        Text(ko="대기 합 ÷ 응답", en="sum of waits ÷ answered"), Text(ko="초", en="seconds"), "lower",
        Text(ko="평균은 긴 대기를 가립니다. 중앙값·P90과 함께 봅니다.", en="A mean hides long waits."),
        unit="seconds", interval="none", interval_reason=_MEAN_OF_RECORDED,
    ),
    _hotline(
        "referral_rate", Text(ko="연계율", en="Referral rate"), Text(ko="연계율", en="Referred"),
        _sum("hotline_monthly", "referred"), _sum("hotline_monthly", "answered"),
        Text(ko="응답한 접촉 가운데 서비스로 연계한 비율.", en="Share of answered contacts referred to a service."),
        Text(ko="연계 ÷ 응답", en="referred ÷ answered"), _CONTACTS, "neither",
        Text(ko="높다고 좋은 것이 아닙니다. 대화만으로 끝나는 상담도 목적입니다.",
             en="Higher is not better: a conversation may be all that was needed."),
        breaks=(9.0, 11.0, 13.0, 15.0),
    ),
    _counselling(
        "first_wait_42", Text(ko="6주 내 첫 상담", en="First session within six weeks"),
        Text(ko="6주 내 시작", en="Within 6 weeks"), "case_monthly", "started_in_42_d", ("started",),
        Text(ko="그달 상담을 시작한 사례 가운데 의뢰 후 42일 안에 시작한 비율.",
             en="Of cases starting in the month, the share that started within 42 days of referral."),
        Text(ko="42일 내 시작 ÷ 시작", en="started within 42 days ÷ started"), "higher",
        Text(ko="아직 기다리는 사람은 분모에 없습니다.", en="People still waiting are not below the line."), _CASES,
        breaks=(70.0, 75.0, 80.0, 85.0),
    ),
    _counselling(
        "dna_rate", Text(ko="불참률", en="Did not attend"), Text(ko="불참", en="DNA"), "session_monthly", "dna",
        ("attended", "dna"), Text(ko="열렸어야 할 회기 가운데 연락 없이 오지 않은 비율.",
                                  en="Share of sessions held or missed that were missed without notice."),
        Text(ko="불참 ÷ (참석 + 불참)", en="DNA ÷ (attended + DNA)"), "lower",
        Text(ko="취소는 따로 셉니다.", en="Cancellations are counted apart."),
        Text(ko="회기(건)", en="sessions"), grains=("area_code", "month_key", "mode", "counsellor_type"),
    ),
    _counselling(
        "dropout_rate", Text(ko="중도 탈락률", en="Unplanned endings"), Text(ko="중도 탈락률", en="Dropout"), "case_monthly",
        "dropped_out", ("ended",), Text(ko="종결 사례 가운데 1회 이상 참석 후 계획 없이 끝난 비율.",
                                        en="Share of ended cases that ended unplanned after at least one session."),
        Text(ko="중도 탈락 ÷ (종결 − 사업 중단 종결)", en="unplanned ÷ (ended − ended by suspension)"), "lower",
        Text(ko="2025년 8월 사업 중단에 따른 종결은 분자에도 분모에도 없습니다.",
             en="Endings caused by the August 2025 suspension stand neither above nor below the line."), _CASES,
        denominator=(*_sum("case_monthly", "ended"), Term(fact="case_monthly", column="suspended", sign=-1)),
    ),
    _counselling(
        "recovery_rate", Text(ko="회복률", en="Recovery"), Text(ko="회복", en="Recovered"), "outcome_monthly", "recovered",
        ("at_caseness",), Text(ko="시작 때 기준 점수 이상이던 완료 사례 가운데 끝에 모두 기준 아래인 비율. 끝 점수가 없으면 회복으로 세지 않습니다.",
                               en="Of completed cases at caseness at the start, the share below it at the end; without a score at the end"
                                  " a case does not count as recovered."),
        Text(ko="회복 ÷ 시작 시 기준 이상(PHQ-9 ≥10 또는 GAD-7 ≥8)", en="recovered ÷ at caseness (PHQ-9 ≥10 or GAD-7 ≥8)"),
        "higher", _NO_CONTROL, _CASES, breaks=(35.0, 40.0, 45.0, 50.0),
    ),
    _counselling(
        "reliable_improvement", Text(ko="신뢰할 만한 호전", en="Reliable improvement"), Text(ko="호전", en="Improved"),
        "outcome_monthly", "reliably_improved", ("completed",),
        Text(ko="완료 사례 가운데 측정 오차를 넘어 좋아진 비율(PHQ-9 6점 또는 GAD-7 4점).",
             en="Share of completed cases improving beyond measurement error (PHQ-9 by 6 or GAD-7 by 4)."),
        Text(ko="호전 ÷ 완료(2회 이상)", en="improved ÷ completed (2+ sessions)"), "higher", _NO_CONTROL, _CASES,
    ),
    _counselling(
        "paired_completeness", Text(ko="전후 점수 완결률", en="Paired scores"), Text(ko="완결", en="Paired"),
        "outcome_monthly", "paired", ("completed",),
        Text(ko="완료 사례 가운데 시작과 끝 점수가 모두 있는 비율.", en="Share of completed cases with both scores."),
        Text(ko="전후 점수 있음 ÷ 완료", en="with both ÷ completed"), "higher",
        Text(ko="90% 아래이면 결과 지표를 회색으로 표시합니다.", en="Below 90% outcome tiles are greyed."), _CASES,
    ),
    Metric(
        metric_id="reisolation_rate", topic="reisolation", name=Text(ko="재고립 발생률(100인년당)", en="Re-isolations per 100 person-years"),
        short=Text(ko="재고립", en="Re-isolation"),
        definition=Text(ko="고립을 벗어난 사람이 다시 고립된 빈도(관찰 100인년당).",
                        en="Returns to isolation among people who had left it, per 100 person-years observed."),
        formula=Text(ko="재고립 ÷ 연결 상태 관찰 인년 × 100", en="re-isolations ÷ person-years connected × 100"),
        counted=Text(ko="재고립(건)", en="re-isolations"),
        numerator=_sum("return_monthly", "to_reisolated"),
        denominator=_sum("return_monthly", "person_days"),
        unit="per_100_person_years", better="lower", grains=("area_code", "month_key", "age_band", "sex"),
        interval="byar", minimum_denominator=3653, target=None, no_target_reason=_NO_TARGET, disclosure="person",
        owner=_PLAN_OFFICE, source_id=RECORDS,
        caveat=Text(ko="공표된 재고립 통계는 없습니다. 시범 자료의 값입니다.",
                    en="No re-isolation figures are published anywhere; these are demonstration data."),
        breaks=(12.0, 16.0, 20.0, 24.0),
    ),
    Metric(
        metric_id="mind_store_visits", topic="services", name=Text(ko="서울마음편의점 방문", en="Mind store visits"),
        short=Text(ko="마음편의점", en="Mind stores"),
        definition=Text(ko="서울마음편의점을 찾은 방문 수.", en="Visits to the mind convenience stores."),
        formula=Text(ko="방문 합", en="sum of visits"), counted=Text(ko="방문(건)", en="visits"),
        numerator=_sum("attendance_monthly", "visits", where=(("programme_id", ("mind_store",)),)), denominator=(),
        unit="count", better="neither", grains=PLACE_MONTH, interval="none", interval_reason=_EXACT_COUNT,
        minimum_denominator=1,
        target=Target(value=5000.0, valid_from=date(2025, 3, 27), valid_to=date(2025, 12, 31),
                      basis=Text(ko="2025년 연간 목표 5,000건", en="Annual target of 5,000 for 2025"),
                      author="Seoul Metropolitan Government", source_id="published"),
        disclosure="person", owner=_PLAN_OFFICE, source_id=RECORDS,
        caveat=Text(ko="방문은 사람 수가 아닙니다.", en="Visits are not people."),
    ),
    Metric(
        metric_id="programme_visits", topic="services", name=Text(ko="사업별 이용", en="Visits by programme"),
        short=Text(ko="이용", en="Visits"),
        definition=Text(ko="사업마다 기록한 이용 수.", en="Visits recorded by each programme."),
        formula=Text(ko="이용 합", en="sum of visits"), counted=Text(ko="이용(건)", en="visits"),
        numerator=_sum("attendance_monthly", "visits"), denominator=(), unit="count", better="neither",
        grains=(*PLACE_MONTH, "programme_id"), interval="none", interval_reason=_EXACT_COUNT, minimum_denominator=1,
        target=None, no_target_reason=_NO_TARGET, disclosure="person", owner=_PLAN_OFFICE, source_id=RECORDS,
        caveat=Text(ko="이용은 사람 수가 아닙니다.", en="Visits are not people."),
    ),
    Metric(
        metric_id="people_served", topic="services", name=Text(ko="서비스를 시작한 사람", en="People whose service began"),
        short=Text(ko="시작 실인원", en="People served"),
        definition=Text(ko="그해 연계 수락, 첫 상담, 지원 시작 가운데 하나라도 있는 서로 다른 사람.",
                        en="Different people with an accepted referral, a first session or the start of a support in the year."),
        formula=Text(ko="서로 다른 가명의 수(한 해 한 번)", en="distinct pseudonyms, once a year"),
        counted=Text(ko="사람(명)", en="people"),
        numerator=_sum("served_yearly", "people", where=(("service", ("any",)),)), denominator=(), unit="count",
        better="neither", grains=("area_code", "year"), interval="none", interval_reason=_EXACT_COUNT,
        minimum_denominator=1, target=None, no_target_reason=_NO_TARGET, disclosure="person", owner=_PLAN_OFFICE,
        source_id=RECORDS,
        caveat=Text(ko="상담전화 접촉은 사람이 아니어서 넣지 않습니다. 한 사람은 한 해에 한 번, 처음 서비스를 받은 자치구에서 셉니다.",
                    en="Hotline contacts are not people and are left out. A person counts once a year, in the first service's district."),
    ),
    _budget(
        "expenditure", Text(ko="지출액", en="Expenditure"), Text(ko="지출", en="Spent"), _SPENT, (),
        Text(ko="지출에서 반납을 뺀 금액.", en="Expenditure less refunds."),
        Text(ko="지출 − 반납", en="expenditure − refunds"),
        Text(ko="교부·원인행위와 더하지 않습니다.", en="Never added to disbursements or commitments."), unit="KRW",
    ),
)  # fmt: skip

# Reach divides a count by an estimate, not a sum by a sum: metrics/reach.py makes it, the map draws it like any measure.
REACH = Metric(
    metric_id="reach_rate", topic="services", name=Text(ko="도달률", en="Reach"), short=Text(ko="도달률", en="Reach"),
    definition=Text(ko="고립된 것으로 추정되는 주민 100명당 그해 서비스를 시작한 사람.",
                    en="People whose service began in the year per 100 residents estimated isolated."),
    formula=Text(ko="서비스를 시작한 사람 ÷ (추정 고립률 × 인구)", en="people served ÷ (estimated isolation × population)"),
    counted=Text(ko="사람(명)", en="people"), numerator=_sum("served_yearly", "people", where=(("service", ("any",)),)), denominator=_sum("survey_area", "weight_isolated"),
    unit="percent", better="higher", grains=("area_code", "year"), interval="mover", minimum_denominator=1, target=None,
    no_target_reason=_NO_TARGET, disclosure="person", owner=_PLAN_OFFICE, source_id=RECORDS,
    caveat=Text(ko="분모는 조사로 추정한 고립 주민이고, 서비스를 받은 사람이 모두 고립된 것은 아닙니다. 100%를 넘으면 성공이 아니라 정의를 의심합니다.",
                en="The denominator is estimated from the survey, and not everybody served is isolated. Above 100% the definitions are in question, not a success."),
    breaks=(1.0, 2.0, 3.0, 4.0),
)  # fmt: skip

_REFERRALS = Text(ko="연계(건)", en="referrals")
_HOUSEHOLDS = Text(ko="가구", en="households")
_ON_LINE = ("available_s", "handling_s", "wrap_s")
_SAMPLE = Text(ko="시범 자료의 가구 표본에서 센 것으로, 확인된 비율은 신호가 있는 가구에만 해당합니다.",
               en="Counted in the demonstration's sample of households; holds for households that showed signals only.")  # fmt: skip


def _line_time(metric_id: str, name: Text, short: Text, top: tuple[Term, ...], bottom: tuple[Term, ...], definition: Text,
               formula: Text, caveat: Text) -> Metric:  # fmt: skip
    return _hotline(
        metric_id, name, short, top, bottom, definition, formula, Text(ko="초", en="seconds"), "neither", caveat,
        grains=("month_key",), interval="none", interval_reason=_MEAN_OF_RECORDED, disclosure="public", minimum_denominator=1,
    )  # fmt: skip


def _detection(metric_id: str, name: Text, short: Text, top: str, bottom: str, definition: Text, formula: Text,
               better: str) -> Metric:  # fmt: skip
    once = (("signal", (0,)),)
    return Metric(
        metric_id=metric_id, topic="services", name=name, short=short, definition=definition, formula=formula,
        counted=_HOUSEHOLDS, numerator=(Term(fact="detection_monthly", column=top, where=once),),
        denominator=(Term(fact="detection_monthly", column=bottom, where=once),), unit="percent",
        better="higher" if better == "higher" else "neither", grains=("area_code", "month_key"), interval="wilson",
        minimum_denominator=10, target=None, no_target_reason=_NO_TARGET, disclosure="person", owner=_SURVEY_TEAM,
        source_id=RECORDS, caveat=_SAMPLE,
    )  # fmt: skip


# Measures of the service pages.
METRICS += (
    _hotline(
        "answer_rate_attempts", Text(ko="응답률(시도 기준)", en="Answer rate of attempts"), Text(ko="시도 기준 응답", en="Of attempts"),
        _sum("hotline_monthly", "answered"), _sum("hotline_monthly", "attempts"),
        Text(ko="통화중을 포함한 모든 시도 가운데 응답한 비율.", en="Share of all attempts, busy ones included, that were answered."),
        Text(ko="응답 ÷ 시도", en="answered ÷ attempts"), _CONTACTS, "higher", _CONTACT_NOTE,
    ),
    _line_time(
        "occupancy", Text(ko="상담사 점유율", en="Occupancy"), Text(ko="점유율", en="Occupancy"),
        _sum("agent_daily", "handling_s", "wrap_s"), _sum("agent_daily", *_ON_LINE),
        Text(ko="상담 가능 시간 가운데 상담과 후처리에 쓴 비율.", en="Share of time on the line spent handling and wrapping up."),
        Text(ko="(처리 + 후처리) ÷ (대기 가능 + 처리 + 후처리)", en="(handling + wrap-up) ÷ (available + handling + wrap-up)"),
        Text(ko="너무 높으면 소진, 너무 낮으면 유휴입니다.", en="Too high wears people out; too low leaves them idle."),
    ),
    _line_time(
        "shrinkage", Text(ko="비상담 시간 비율", en="Shrinkage"), Text(ko="비상담", en="Shrinkage"),
        (*_sum("agent_daily", "paid_s"), *(Term(fact="agent_daily", column=c, sign=-1) for c in _ON_LINE)),
        _sum("agent_daily", "paid_s"),
        Text(ko="근무 시간 가운데 휴식·교육·회의로 상담 가능하지 않은 비율.", en="Share of paid time not available for contacts."),
        Text(ko="1 − 상담 가능 시간 ÷ 근무 시간", en="1 − time on the line ÷ paid time"),
        Text(ko="휴식과 교육은 낭비가 아닙니다.", en="Rest and training are not waste."),
    ),
    _hotline(
        "linked_14", Text(ko="14일 내 연계 수락", en="Referral accepted within 14 days"), Text(ko="14일 내 수락", en="Linked in 14 days"),
        _sum("referral_monthly", "accepted_in_14_d", where=(("source", ("hotline",)),)),
        _sum("referral_monthly", "received", where=(("source", ("hotline",)),)),
        Text(ko="상담전화가 보낸 연계 가운데 14일 안에 받아들여진 비율.",
             en="Of referrals made by the hotline, the share accepted within 14 days."),
        Text(ko="14일 내 수락 ÷ 접수", en="accepted in 14 days ÷ received"), _REFERRALS, "higher",
        Text(ko="수락은 서비스의 시작이지 결과가 아닙니다.", en="Acceptance starts a service; it is no outcome."),
        grains=("area_code", "month_key", "programme_id"),
    ),
    _hotline(
        "recontact_30", Text(ko="30일 내 재접촉", en="Another contact within 30 days"), Text(ko="30일 재접촉", en="Again in 30 days"),
        _sum("hotline_caller", "again_30"), _sum("hotline_caller", "answered"),
        Text(ko="아는 사람의 응답 접촉 가운데 30일 안에 다시 접촉한 비율.",
             en="Of answered contacts of known callers, the share followed by another contact within 30 days."),
        Text(ko="30일 내 재접촉 ÷ 아는 사람의 응답", en="again within 30 days ÷ answered, known callers"), _CONTACTS, "neither",
        Text(ko="외로움 전화에서 다시 거는 것은 실패가 아닙니다.", en="On a loneliness line, calling again is no failure."),
        grains=("month_key",),
    ),
    _counselling(
        "first_wait_126", Text(ko="18주 내 첫 상담", en="First session within 18 weeks"), Text(ko="18주 내 시작", en="Within 18 weeks"),
        "case_monthly", "started_in_126_d", ("started",),
        Text(ko="그달 상담을 시작한 사례 가운데 의뢰 후 126일 안에 시작한 비율.",
             en="Of cases starting in the month, the share that started within 126 days of referral."),
        Text(ko="126일 내 시작 ÷ 시작", en="started within 126 days ÷ started"), "higher",
        Text(ko="아직 기다리는 사람은 분모에 없습니다.", en="People still waiting are not below the line."), _CASES,
    ),
    _counselling(
        "late_cancellation", Text(ko="이용자 취소율", en="Cancelled by client"), Text(ko="취소", en="Cancelled"), "session_monthly",
        "cancelled_client", ("scheduled",),
        Text(ko="예정 회기 가운데 이용자가 취소한 비율.", en="Share of scheduled sessions cancelled by the client."),
        Text(ko="이용자 취소 ÷ 예정", en="cancelled by client ÷ scheduled"), "lower",
        Text(ko="당일 취소만 따로 기록되지 않습니다.", en="Same-day cancellations are not recorded apart."),
        Text(ko="회기(건)", en="sessions"), grains=("area_code", "month_key", "mode", "counsellor_type"),
    ),
    _counselling(
        "reliable_recovery", Text(ko="신뢰할 만한 회복", en="Reliable recovery"), Text(ko="확실한 회복", en="Reliably recovered"),
        "outcome_monthly", "reliably_recovered", ("at_caseness",),
        Text(ko="시작 때 기준 이상이던 완료 사례 가운데 회복하고 측정 오차를 넘어 좋아진 비율.",
             en="Of completed cases at caseness, the share both recovered and reliably improved."),
        Text(ko="회복이면서 호전 ÷ 시작 시 기준 이상", en="recovered and improved ÷ at caseness"), "higher", _NO_CONTROL, _CASES,
    ),
    _counselling(
        "reliable_deterioration", Text(ko="신뢰할 만한 악화", en="Reliable deterioration"), Text(ko="악화", en="Deteriorated"),
        "outcome_monthly", "reliably_deteriorated", ("completed",),
        Text(ko="완료 사례 가운데 측정 오차를 넘어 나빠진 비율.", en="Share of completed cases worse beyond measurement error."),
        Text(ko="악화 ÷ 완료(2회 이상)", en="deteriorated ÷ completed (2+ sessions)"), "lower", _NO_CONTROL, _CASES,
    ),
    _detection(
        "detection_contacted", Text(ko="발굴 가구 접촉률", en="Flagged households contacted"), Text(ko="접촉률", en="Contacted"),
        "contacted", "flagged", Text(ko="위기신호로 발굴된 가구 가운데 접촉한 비율.", en="Share of flagged households that were contacted."),
        Text(ko="접촉 ÷ 발굴", en="contacted ÷ flagged"), "higher",
    ),
    _detection(
        "detection_confirmed", Text(ko="접촉 가구 고립 확인율", en="Confirmed of those contacted"), Text(ko="확인율", en="Confirmed"),
        "confirmed", "contacted", Text(ko="접촉한 가구 가운데 고립이 확인된 비율.", en="Share of contacted households confirmed as isolated."),
        Text(ko="확인 ÷ 접촉", en="confirmed ÷ contacted"), "neither",
    ),
    _detection(
        "detection_enrolled", Text(ko="확인 가구 등록률", en="Enrolled of those confirmed"), Text(ko="등록률", en="Enrolled"),
        "enrolled", "confirmed", Text(ko="고립이 확인된 가구 가운데 서비스에 등록한 비율.", en="Share of confirmed households that enrolled in a service."),
        Text(ko="등록 ÷ 확인", en="enrolled ÷ confirmed"), "higher",
    ),
)  # fmt: skip

BY_ID: dict[str, Metric] = {metric.metric_id: metric for metric in METRICS}


def get(metric_id: str) -> Metric:
    """The metric of an id.

    Raises:
        KeyError: naming the id and the known ones.
    """
    if metric_id not in BY_ID:
        raise KeyError(f"no metric {metric_id!r}; known: {', '.join(sorted(BY_ID))}")
    return BY_ID[metric_id]
