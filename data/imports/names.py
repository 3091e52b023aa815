"""Words by which a Korean name is told from other words: surnames, given names, and words that only look like names."""

from __future__ import annotations

import re

# Family names that cover more than 99 of 100 people; the second set is read as one only under a header that says so.
SURNAMES = frozenset(
    "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민류나진지엄채원천방공현함변염추"
)
RARE_SURNAMES = frozenset(
    "여도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용예경봉사부가복태목형피두감호동견당화창"
)
DOUBLE_SURNAMES = ("남궁", "황보", "제갈", "선우", "독고", "사공", "서문", "동방")

# Frequent given names of every generation (registrations 1940 to 2020, court statistics and common knowledge).
_GIVEN = """
영수 영호 영식 영철 영길 영환 영진 영민 영훈 영준 영기 영석 영재 영만 영일 영배 영규 영태 영남 영섭 영선 영희 영숙 영자 영순
영애 영미 영란 영주 영옥 영화 영은 영아 정수 정호 정식 정훈 정민 정우 정환 정현 정희 정숙 정자 정순 정미 정란 정임 정옥 정아 정은
정화 정인 정연 정윤 정남 정길 성호 성수 성진 성민 성훈 성준 성현 성환 성철 성우 성욱 성식 성일 성희 성숙 성자 성은 성아 성연
동수 동현 동욱 동훈 동진 동호 동석 동희 동철 동민 동건 동혁 동원 동준 동환 동규 길동 길수 길자 길순 광수 광호 광식 광현 광석 광진
경수 경호 경환 경식 경석 경민 경훈 경진 경희 경숙 경자 경순 경미 경란 경옥 경아 경은 경화 경애 기수 기호 기철 기훈 기현 기영 기정
명수 명호 명식 명희 명숙 명자 명순 명옥 명진 문수 문호 문식 문희 문자 문정 미경 미숙 미자 미란 미영 미선 미정 미희 미연 미나 미라
민수 민호 민철 민식 민석 민준 민재 민우 민성 민혁 민규 민기 민영 민정 민지 민서 민아 민주 민경 민희 민선 병수 병호 병철 병식 병훈
병현 병욱 병희 병진 봉수 봉식 봉자 봉순 복순 복자 복희 보람 보영 보미 보경 상수 상호 상철 상식 상훈 상현 상진 상민 상우 상욱 상희
상준 상규 서연 서윤 서준 서현 서영 서진 서우 서희 선희 선영 선미 선숙 선자 선옥 선아 선호 선우 선주 선경 세영 세진 세훈 세현 세희
소영 소연 소희 소정 소현 소라 수진 수연 수경 수정 수미 수민 수빈 수현 수희 수영 수아 수자 수철 수호 수길 수복 숙자 숙희 숙영 순자
순희 순옥 순덕 순이 순영 순애 순남 승호 승현 승훈 승민 승우 승준 승희 승연 승철 시우 시현 시윤 신영 신자 아영 아름 아현 애자 애경
연희 연숙 연자 연주 연수 연정 연아 예진 예린 예은 예지 예원 옥자 옥희 옥순 옥분 용수 용호 용식 용철 용훈 용진 용현 용준 용희 용자
우진 우현 우석 원식 원호 원석 원희 유진 유미 유정 유리 유나 윤희 윤정 윤서 윤아 윤호 윤석 은희 은숙 은자 은영 은주 은정 은경 은미
은혜 은지 은아 은서 은선 은옥 은수 인수 인호 인철 인식 인숙 인자 인희 인순 인영 일수 일호 재호 재현 재훈 재민 재석 재욱 재영 재희
재숙 재준 재우 재윤 재철 재식 정국 종수 종호 종철 종식 종훈 종현 종민 종희 종숙 종순 주희 주영 주연 주현 주형 주은 준호 준혁 준영
준서 준우 준수 준식 준희 지영 지현 지은 지민 지수 지훈 지호 지원 지연 지혜 지우 지윤 지아 지숙 지희 지선 진수 진호 진우 진영 진희
진숙 진아 진주 진경 진철 창수 창호 창식 창훈 창현 창민 창희 채원 채은 채영 철수 철호 철민 철희 춘자 춘희 춘식 태수 태호 태현 태영
태훈 태희 태식 태준 태민 하나 하늘 하영 하윤 하은 하준 하진 학수 한나 한별 한솔 해진 해숙 해자 향숙 향미 현수 현우 현준 현석 현민
현진 현정 현주 현숙 현희 현아 현자 현경 현미 형수 형준 형석 형진 형식 혜경 혜숙 혜영 혜정 혜진 혜원 혜민 혜선 혜란 혜자 혜인 호준
호진 화자 화숙 화순 효진 효정 효주 효숙 희수 희정 희진 희숙 희자 희경 희영 희순 말자 말순 말숙 금자 금순 금숙 금희 덕수 덕자 덕순
도현 도윤 도영 도훈 나영 나연 나은 다은 다영 다인 다현 다혜 가영 가은 가연 건우 건호 규리 규현 규민 규진 달수 대현 대호 대영 대성
대식 두식 두현 두리 득수 이순 이슬 이음 분순 점순 점자 끝순 필순 삼순 삼식 사랑 슬기 초롱 빛나 기쁨 모아 루다 솔비 가람 나래
아라 가온 새롬 보라 하람 다솜 단비 다움
"""
GIVEN = frozenset(_GIVEN.split())

# Syllables of which two make a given name, in the first and in the second place.
FIRST = frozenset("".join(name[0] for name in GIVEN))
SECOND = frozenset("".join(name[1] for name in GIVEN))

# Ordinary words that read like a surname and a given name.
_WORDS = """
안정화 정상화 이용수 이동수 이용자 이용률 이주민 이재민 이수자 여성수 남성수 방문수 방문자 원주민 유동수 유지수 장기수 정기수 고시원
문화원 배우자 도우미 소수자 인원수 연인원 민원인 장애인 지원자 지도자 주민수 주소지 고령자 고용자 신청자 수급자 조정자 조사원
강사진 정신과 정원수 정수기 차상위 한부모 노인 전문의 현장 전수 하수도 지원수 진행자 연구원 전화 공동체 문의자 상담자 성인수
이웃 우리 하나 고유 정보 나눔 이음 이야기 유관 유형 고립 고정 정기 정책 지역 지원 주민 주거 전체 전용 조사 한강 강남 강북 강동 강서
노원 성북 성동 송파 양천 구로 마포 도봉 동작 관악 은평 서초 용산 종로 중랑 광진 금천 서대문 동대문 영등포 원서동 이태원 한남동
방화동 문정동 오금동 장지동 우이동 신정동 신길동 신월동 천호동 옥수동 홍은동 홍제동 송정동 공릉동 하계동 염창동 방이동 석촌동
현재원 전담인 서비스 신규수 지구대 남양주 고양시 안양시 성남시 이천시 여주시 진주시 전주시 구미시 원주시 양주시 나주시 경주시
정해진 추경은 조정은 안정은 고정은 한정은 배정은 지정은 정성은 주민은 조정이 전용은 이전은 이용은 정원은 공정은 우정은 정정은 정기은
고정자 정산자 유자녀 무자녀 이혼자 장년층 주이용 신정수 이정표 한정수 배정수 한자리 우수자 유공자 정인수 공원수 차주수 오전 오후
"""
WORDS = frozenset(_WORDS.split())

OFFICES = re.compile(r"(?:과|팀|실|국|청|센터|재단|관|부|처|단|소|회|구|시|동|원|사|점|님들)$")
HANGUL = re.compile("[가-힣]+")


def split(word: str) -> tuple[str, str] | None:
    """Surname and given name of a word that could be a name by its surname, or None."""
    if word[:2] in DOUBLE_SURNAMES and len(word) == 4:
        return word[:2], word[2:]
    return (word[0], word[1:]) if word[:1] in SURNAMES else None


def is_name(word: str) -> bool:
    """Whether a word surely reads as a name: a surname and a frequent given name."""
    parts = split(word)
    return parts is not None and parts[1] in GIVEN and word not in WORDS


def like_name(word: str) -> bool:
    """Whether a word of three syllables (four with a double surname) is built like a name."""
    parts = split(word)
    if parts is None or len(parts[1]) != 2 or word in WORDS:
        return False
    return parts[1] in GIVEN or (parts[1][0] in FIRST and parts[1][1] in SECOND)
