"""Closed code lists: every coded column's values, with Korean and English labels and the spellings that files use.

A code is declared once. The tables check it, the importer reads it, the screen labels it.
"""

from __future__ import annotations

UNKNOWN = "unknown"
ALL = "all"  # what a summary says of everybody together; its facts stand under UNKNOWN

# list name -> code -> (Korean label, English label, further spellings met in files)
CODES: dict[str, dict[str, tuple[str, str, tuple[str, ...]]]] = {
    "age_band": {
        "0-18": ("18세 이하", "18 and under", ("청소년", "19세 미만")),
        "19-39": ("19–39세", "19–39", ("청년", "19~39", "20-39", "20~39", "20-39세")),
        "40-64": ("40–64세", "40–64", ("중장년", "40~64", "40-64세")),
        "65+": ("65세 이상", "65 and over", ("어르신", "노인", "65세이상", "65이상")),
        UNKNOWN: ("연령 미상", "Age not known", ("미상", "무응답")),
    },
    "sex": {
        "female": ("여성", "Female", ("여", "F", "여자")),
        "male": ("남성", "Male", ("남", "M", "남자")),
        UNKNOWN: ("성별 미상", "Sex not known", ("미상", "무응답")),
    },
    "channel": {"phone": ("전화", "Phone", ("유선",)), "chat": ("채팅", "Chat", ("카카오톡", "온라인"))},
    "managing_body": {
        "city": ("시 장부", "City's books", ("시", "서울", "서울시", "서울특별시", "본청", "city")),
        "district": ("자치구 장부", "District's books", ("구", "자치구", "구청", "district")),
        "foundation": (
            "재단·위탁기관 장부",
            "Foundation's books",
            ("재단", "위탁", "위탁기관", "foundation"),
        ),
    },
    "topic": {
        "loneliness": ("외로움 대화", "Loneliness", ("외로움",)),
        "information": ("고립·복지 정보", "Information", ("정보", "정보 안내")),
        "other": ("기타", "Other", ()),
    },
    "contact_outcome": {
        "answered": ("응답", "Answered", ("연결", "통화")),
        "abandoned": ("포기", "Abandoned", ("포기호", "끊음")),
        "busy": ("통화중", "Busy", ("불통",)),
    },
    "referral_source": {
        "hotline": ("외로움안녕120", "Hotline", ("120",)),
        "detection": ("위기신호 발굴", "Detection", ("발굴",)),
        "mind_store": ("서울마음편의점", "Mind store", ("마음편의점",)),
        "family_neighbour": ("가족·이웃", "Family or neighbour", ("이웃", "가족")),
        "delivery_app": ("배달앱 점검", "Delivery-app check", ("배달앱",)),
        "outreach": ("찾아가는 방문", "Outreach", ("방문", "아웃리치")),
    },
    "session_status": {
        "attended": ("참석", "Attended", ("완료", "출석")),
        "dna": ("불참", "Did not attend", ("노쇼", "무단 불참")),
        "cancelled_client": ("이용자 취소", "Cancelled by client", ()),
        "cancelled_service": ("기관 취소", "Cancelled by service", ()),
    },
    "session_mode": {
        "face": ("대면", "Face to face", ("방문",)),
        "video": ("화상", "Video", ("비대면",)),
        "phone": ("전화", "Phone", ()),
    },
    "counsellor_type": {
        "professional": ("전문 상담사", "Professional", ("전문",)),
        "peer": ("동료 상담가", "Peer", ("동료",)),
    },
    "case_end": {
        "completed": ("종결", "Completed", ("완료",)),
        "dropout": ("중도 탈락", "Unplanned end", ("탈락", "중단")),
        "declined": ("거절", "Declined", ()),
        "suspended": ("사업 중단", "Programme suspended", ()),
    },
    "instrument": {
        "PHQ-9": ("우울(PHQ-9)", "Depression (PHQ-9)", ("PHQ9",)),
        "GAD-7": ("불안(GAD-7)", "Anxiety (GAD-7)", ("GAD7",)),
        "UCLA-20": ("외로움(UCLA)", "Loneliness (UCLA)", ("UCLA",)),
        "LSNS-6": ("사회망(LSNS-6)", "Social network (LSNS-6)", ("LSNS6",)),
        "SEOUL-ISO": ("서울 고립 척도", "City isolation scale", ()),
    },
    "state": {
        "at_risk": ("위험", "At risk", ()),
        "isolated": ("고립", "Isolated", ()),
        "supported": ("지원 중", "Supported", ()),
        "connected": ("연결", "Connected", ()),
        "reisolated": ("재고립", "Re-isolated", ("재 고립",)),
    },
    "spell_exit": {
        "died": ("사망", "Died", ()),
        "moved": ("전출", "Moved away", ("이사",)),
        "institution": ("시설 입소", "Institution", ()),
        "lost": ("연락 두절", "Lost to follow-up", ()),
    },
    "follow_up_result": {
        "connected": ("연결 유지", "Still connected", ()),
        "reisolated": ("재고립", "Re-isolated", ()),
        "not_reached": ("연락 안 됨", "Not reached", ("부재",)),
    },
    "household_type": {
        "one_person": ("1인 가구", "One person", ("1인",)),
        "other": ("다인 가구", "Two or more", ("2인 이상",)),
    },
    "service": {
        "any": ("모든 서비스", "Any service", ()),
        "referral": ("연계 수락", "Accepted referral", ()),
        "counselling": ("상담 시작", "Counselling begun", ()),
        "support": ("지원 시작", "Support begun", ()),
    },
    "programme_status": {
        "active": ("추진 중", "Active", ()),
        "suspended": ("중단", "Suspended", ()),
        "merged": ("통합", "Merged", ()),
        "dropped": ("폐지", "Dropped", ()),
    },
    "owner_body": {
        "city": ("서울시", "City", ("시", "본청", "서울특별시")),
        "district": ("자치구", "District", ("구", "구청")),
        "foundation": ("출연기관", "Foundation", ("재단", "공공기관")),
        "other": ("기타 기관", "Other body", ("기타", "민간", "위탁기관")),
    },
    "alert_kind": {
        "decision": ("결정 필요", "Needs a decision", ("결정이 필요", "결정")),
        "above": ("기준보다 높음", "Above the threshold", ("초과", "높음", "이상")),
        "below": ("기준보다 낮음", "Below the threshold", ("미만", "낮음", "이하")),
    },
    "on_off": {
        "on": ("켬", "On", ("켜짐", "사용", "O")),
        "off": ("끔", "Off", ("꺼짐", "사용 안 함", "X")),
    },
    "survey_mode": {
        "face": ("면접", "Face to face", ("대면", "방문 면접")),
        "phone": ("전화", "Phone", ()),
        "online": ("온라인", "Online", ("웹", "모바일")),
        "post": ("우편", "Post", ()),
        "mixed": ("혼합", "Mixed", ("복합",)),
    },
    "weight_basis": {
        "population": ("모집단 수", "The population", ("모집단", "인구")),
        "sample": ("표본 수", "The sample", ("표본", "평균 1")),
        "none": ("가중 없음", "No weights", ("없음", "무가중")),
    },
    "funding": {
        "national": ("국비", "National", ()),
        "city": ("시비", "City", ()),
        "district": ("구비", "District", ()),
    },
    "line_type": {
        "operating": ("운영비", "Operating", ("201", "사무관리비")),
        "transfer": ("자치단체·민간 이전", "Transfers", ("307", "308", "민간이전", "자치단체이전")),
        "facility": ("시설비", "Facilities", ("401",)),
        "personnel": ("인건비", "Personnel", ("101",)),
    },
    "ledger_kind": {
        "appropriation_original": ("본예산", "Original appropriation", ("당초예산",)),
        "appropriation_supplementary": ("추경", "Supplementary", ("추가경정", "추경예산")),
        "reserve": ("예비비", "Reserve", ()),
        "transfer_in": ("전용·이용·이체 증", "Transfer in", ("전용증", "이체증")),
        "transfer_out": ("전용·이용·이체 감", "Transfer out", ("전용감", "이체감")),
        "carry_in_approved": ("명시이월 수입", "Carried in, approved", ()),
        "carry_in_accident": ("사고이월 수입", "Carried in, accident", ()),
        "carry_in_continuing": ("계속비이월 수입", "Carried in, continuing", ()),
        "carry_out_approved": ("명시이월", "Carried out, approved", ()),
        "carry_out_accident": ("사고이월", "Carried out, accident", ()),
        "carry_out_continuing": ("계속비이월", "Carried out, continuing", ()),
        "allotment": ("배정", "Allotment", ()),
        "commitment": ("원인행위", "Commitment", ("지출원인행위",)),
        "disbursement": ("교부", "Disbursement", ("교부금",)),
        "expenditure": ("지출", "Expenditure", ("집행",)),
        "final_expenditure": ("실집행", "Final expenditure", ()),
        "refund": ("반납", "Refund", ("반환",)),
        # Told by a summary alone; no entry is of this kind.
        "current_budget": ("예산현액(월별 현황)", "Current budget (summary)", ()),
    },
    "survey_measure": {
        "lonely": ("외로움", "Lonely", ("외로움 경험률", "외로움률")),
        "isolated": ("사회적 고립", "Isolated", ("고립", "고립률", "사회적 고립률")),
    },
    "batch_kind": {
        "reference": ("기준 자료", "Reference", ()),
        "demo": ("시범 자료", "Demonstration", ()),
        "import": ("파일 반입", "Import", ()),
        "undo": ("반입 되돌림", "Undone import", ()),
        "closing": ("마감", "Month closed", ()),
        "erasure": ("삭제", "Erasure", ()),
    },
    "split": {
        "published": ("공표", "Published", ()),
        "illustrative": ("예시 배분", "Illustrative", ("예시",)),
        "recorded": ("업무 기록", "Recorded", ()),
    },
    "reliability_method": {
        "alpha": ("내적 일치도 α", "Cronbach's alpha", ("알파", "크론바흐알파")),
        "retest": ("검사–재검사 상관", "Test–retest correlation", ("재검사", "검사재검사")),
    },
    "event_kind": {
        "launch": ("개시", "Launch", ()),
        "suspension": ("중단", "Suspension", ()),
        "subsidy_cut": ("국비 감액", "Subsidy cut", ()),
        "media": ("언론", "Media", ()),
        "other": ("기타", "Other", ()),
    },
}

# Lists that a summary by month may leave open: the same codes, and everybody together.
for _name, _all in (
    ("channel", ("채널 전체", "All channels", ("전체",))),
    ("age_band", ("전 연령", "All ages", ("전체", "전연령"))),
    ("sex", ("남녀 전체", "Both sexes", ("전체", "남녀"))),
    ("household_type", ("모든 가구", "All households", ("전체", "전체 가구"))),
):
    CODES[f"summary_{_name}"] = {**CODES[_name], ALL: _all}


def label(list_name: str, code: str, lang: str) -> str:
    """The display label of a code; an unlisted code is shown as it is, never hidden."""
    entry = CODES[list_name].get(code)
    if entry is None and code == UNKNOWN:
        return "구분 없음" if lang == "ko" else "Not told"
    if entry is None:
        return code
    return entry[0] if lang == "ko" else entry[1]


def spellings(list_name: str) -> dict[str, str]:
    """Every accepted spelling (code, labels, aliases; spaces removed, lower case) -> code."""
    found: dict[str, str] = {}
    for code, (ko, en, others) in CODES[list_name].items():
        for text in (code, ko, en, *others):
            found["".join(text.split()).lower()] = code
    return found
