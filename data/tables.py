"""Every table of the record, declared once: types, keys, checks, units, labels.

Three kinds of table stand here.

* reference: places, census, boundaries, published figures, the plan's tree;
* operational: what offices and services record; each row belongs to a batch, and a correction
  supersedes it without deleting it, so a figure can be redrawn as known on a past day;
* facts: small additive roll-ups that screens read (`data/facts.py` fills them).

The column's `info` carries labels, unit, code list and header aliases: the importer's templates and the
generated data dictionary are read from it, nowhere else.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from data.codes import ALL, CODES

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite only numbers rows by itself when the key is INTEGER; PostgreSQL needs BIGINT at scale 100.
RowId = BigInteger().with_variant(Integer, "sqlite")


def col(
    name: str,
    kind: Any,
    ko: str,
    en: str,
    *,
    unit: str | None = None,
    aliases: tuple[str, ...] = (),
    codes: str | None = None,
    nullable: bool = False,
    derived: bool = False,
    absent: str | None = None,
    **more: Any,
) -> Column[Any]:
    """A column with its labels. `derived` columns are computed at import and never asked of a file.

    Args:
        absent: the code of a row that says nothing here; a file may lack such a column.
    """
    args: list[Any] = [ForeignKey(more.pop("fk"))] if "fk" in more else []
    if codes:
        listed = ", ".join(f"'{code}'" for code in CODES[codes])
        args.append(CheckConstraint(f"{name} in ({listed})", name=f"{name}_code"))
    info = {
        "ko": ko,
        "en": en,
        "unit": unit,
        "aliases": aliases,
        "codes": codes,
        "derived": derived,
        "absent": absent,
    }
    return Column(name, kind, *args, nullable=nullable, info=info, **more)


def _district(*, nullable: bool = False, **more: Any) -> Column[Any]:
    names = ("구", "시군구", "구청", "gu", "district", "자치구명", "자치구코드")
    return col(
        "district_code", String(8), "자치구", "District", aliases=names, nullable=nullable,
        fk="district.district_code", **more,
    )  # fmt: skip


def _programme(*, nullable: bool = False, **more: Any) -> Column[Any]:
    return col(
        "programme_id", String(40), "세부사업", "Programme", aliases=("사업", "사업명", "세부사업명", "programme"),
        nullable=nullable, fk="programme.programme_id", **more,
    )  # fmt: skip


def _age(**more: Any) -> Column[Any]:
    return col(
        "age_band", String(8), "연령대", "Age band", codes="age_band", aliases=("연령", "나이대"), **more
    )


def _sex(**more: Any) -> Column[Any]:
    return col("sex", String(8), "성별", "Sex", codes="sex", aliases=("성",), **more)


def _everybody(name: str, ko: str, en: str, *aliases: str) -> Column[Any]:
    """A column that a summary may leave open: then its rows are of everybody together."""
    return col(name, String(16), ko, en, aliases=aliases, codes=f"summary_{name}", absent=ALL)


def _body() -> Column[Any]:
    return col(
        "managing_body", String(12), "장부", "Books of", codes="managing_body", absent="city",
        aliases=("관리주체", "장부 구분", "회계 주체", "managing body"), server_default="city",
    )  # fmt: skip


def _reference(name: str, ko: str, en: str, *columns: Any, note: str = "") -> Table:
    return Table(name, metadata, *columns, info={"kind": "reference", "ko": ko, "en": en, "note": note})


_CURRENT, _FORMER = text("superseded_by IS NULL"), text("superseded_by IS NOT NULL")


def _operational(name: str, ko: str, en: str, *columns: Any, key: tuple[str, ...], **info: Any) -> Table:
    """An operational table: surrogate id, batch, and one current row per natural key."""
    return Table(
        name,
        metadata,
        Column("row_id", RowId, primary_key=True, autoincrement=True, info={"ko": "행 번호", "en": "Row id"}),
        Column(
            "batch_id",
            Integer,
            ForeignKey("batch.batch_id"),
            nullable=False,
            info={"ko": "묶음", "en": "Batch"},
        ),
        Column(
            "superseded_by",
            Integer,
            ForeignKey("batch.batch_id"),
            info={"ko": "대체한 묶음", "en": "Superseded by batch"},
        ),
        *columns,
        Index(f"uq_{name}_current", *key, unique=True, sqlite_where=_CURRENT, postgresql_where=_CURRENT),
        # What a batch brought and what it took the place of: looked up by each import, however many rows stand.
        Index(f"ix_{name}_batch_id", "batch_id"),
        Index(f"ix_{name}_superseded_by", "superseded_by", sqlite_where=_FORMER, postgresql_where=_FORMER),
        info={"kind": "operational", "ko": ko, "en": en, "key": key, **info},
    )


def _fact(
    name: str,
    ko: str,
    en: str,
    *columns: Any,
    keys: tuple[str, ...],
    period: str,
    note: str = "",
    may_lack: tuple[str, ...] = (),
) -> Table:
    """A fact table: primary key = its grain, every other column an additive count or sum.

    Args:
        may_lack: sums that a monthly summary need not have: NULL where it has none, and then no part of any ratio.
    """
    for column in columns:
        column.nullable = column.name in may_lack
    return Table(
        name,
        metadata,
        *columns,
        PrimaryKeyConstraint(*keys),
        info={"kind": "fact", "ko": ko, "en": en, "keys": keys, "period": period, "note": note},
    )


def _n(name: str, ko: str, en: str, unit: str = "count") -> Column[Any]:
    return col(name, BigInteger, ko, en, unit=unit)


# --- Book-keeping ---------------------------------------------------------------------------------------

batch = Table(
    "batch",
    metadata,
    Column("batch_id", Integer, primary_key=True, autoincrement=True),
    col("kind", String(12), "종류", "Kind", codes="batch_kind"),
    col("table_name", String(40), "표", "Table"),
    col("source_name", Text, "파일·출처", "File or source"),
    col("content_sha256", String(64), "내용 해시", "Content hash"),
    col("rows_accepted", Integer, "반입 행", "Rows accepted"),
    col("rows_refused", Integer, "거절 행", "Rows refused"),
    col("recorded_at", DateTime, "기록 시각(UTC)", "Recorded at (UTC)"),
    col("note", Text, "비고", "Note", nullable=True),
    col("undone_by", Integer, "되돌린 묶음", "Undone by batch", nullable=True),
    col("author", String(60), "누가", "By whom", nullable=True),
    col("reason", Text, "이유", "Reason", nullable=True),
    col("rows_digest", String(32), "행 해시", "Digest of its rows", nullable=True),
    info={"kind": "book", "ko": "묶음", "en": "Batch"},
)

refused_row = Table(
    "refused_row",
    metadata,
    Column("refused_id", RowId, primary_key=True, autoincrement=True),
    Column("batch_id", Integer, ForeignKey("batch.batch_id"), nullable=False, index=True),
    col("sheet", Text, "시트", "Sheet"),
    col("row_no", Integer, "행", "Row"),
    col("column_name", Text, "열", "Column"),
    col("reason", String(40), "사유", "Reason"),
    info={"kind": "book", "ko": "거절된 행", "en": "Refused row"},
)

arrival = Table(
    "arrival",
    metadata,
    Column("batch_id", Integer, ForeignKey("batch.batch_id"), primary_key=True, autoincrement=False),
    col("table_name", String(40), "표", "Table"),
    Column("district_code", String(8), primary_key=True, info={"ko": "자치구(없으면 빈칸)", "en": "District (or empty)"}),
    Column("month_key", Integer, primary_key=True, autoincrement=False, info={"ko": "달", "en": "Month"}),
    col("rows", Integer, "행", "Rows", unit="count"),
    col("closes", Boolean, "마감 여부", "Whether the file closes the month"),
    info={"kind": "book", "ko": "들어온 달", "en": "Months that came"},
)  # fmt: skip

closing = Table(
    "closing",
    metadata,
    Column("closing_id", RowId, primary_key=True, autoincrement=True),
    col("table_name", String(40), "표", "Table"),
    col("district_code", String(8), "자치구(없으면 빈칸)", "District (or empty)"),
    col("month_key", Integer, "달", "Month"),
    col("closed", Boolean, "마감(아니면 다시 엶)", "Closed (or opened again)"),
    col("author", Text, "누가", "By whom"),
    col("reason", Text, "이유", "Reason"),
    col("recorded_at", DateTime, "기록 시각(UTC)", "Recorded at (UTC)"),
    info={"kind": "book", "ko": "마감", "en": "Month closings"},
)

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("entry_id", RowId, primary_key=True, autoincrement=False, info={"ko": "기록 번호", "en": "Entry"}),
    col("at", String(32), "시각(UTC)", "At (UTC)"),
    col("kind", String(16), "종류", "Kind"),
    col("who", String(80), "누가", "By whom"),
    col("facts", Text, "내용(JSON)", "What (JSON)"),
    col("previous", String(64), "앞 기록의 해시", "Digest of the entry before"),
    col("digest", String(64), "해시", "Digest"),
    info={
        "kind": "book", "ko": "접속·처리 기록", "en": "Audit trail",
        "note": "append-only: the store refuses to change or delete an entry; `python -m data audit verify` checks the chain",
    },
)  # fmt: skip

person = Table(
    "person",
    metadata,
    Column("person_id", Integer, primary_key=True, autoincrement=True, info={"ko": "번호", "en": "Number"}),
    col("email", String(200), "전자우편", "E-mail"),
    col("name", String(80), "이름", "Name"),
    col("issuer", Text, "인증 기관", "Identity provider", nullable=True),
    col("subject", String(255), "인증 기관의 계정", "Account there", nullable=True),
    col("recorded_at", DateTime, "등록 시각(UTC)", "Entered at (UTC)"),
    Index("uq_person_email", "email", unique=True),
    Index("uq_person_subject", "issuer", "subject", unique=True),
    info={"kind": "book", "ko": "사용자", "en": "People who sign in"},
)

person_role = Table(
    "person_role",
    metadata,
    Column("row_id", RowId, primary_key=True, autoincrement=True),
    col("person_id", Integer, "사용자", "Person", fk="person.person_id"),
    col("role", String(12), "역할", "Role"),
    col("districts", Text, "자치구(없으면 모두)", "Districts (all where empty)"),
    col("given_by", String(80), "누가", "By whom"),
    col("given_at", DateTime, "부여 시각(UTC)", "Given at (UTC)"),
    col("ended_by", String(80), "누가 거두었나", "Ended by", nullable=True),
    col("ended_at", DateTime, "거둔 시각(UTC)", "Ended at (UTC)", nullable=True),
    info={
        "kind": "book", "ko": "역할과 담당 자치구", "en": "Roles with their districts",
        "note": "one role a person is in force; former ones stay, since changes of rights are kept three years",
    },
)  # fmt: skip

sign_in = Table(
    "sign_in",
    metadata,
    Column("session_id", String(64), primary_key=True, info={"ko": "세션(해시)", "en": "Session (hash)"}),
    col("person_id", Integer, "사용자", "Person", fk="person.person_id"),
    col("origin", String(64), "접속 주소", "Address"),
    col("opened_at", DateTime, "로그인 시각(UTC)", "Signed in at (UTC)"),
    col("seen_at", DateTime, "마지막 활동(UTC)", "Last active at (UTC)"),
    col("ended_at", DateTime, "끝난 시각(UTC)", "Ended at (UTC)", nullable=True),
    col("ended_why", String(12), "끝난 까닭", "Why it ended", nullable=True),
    info={
        "kind": "book", "ko": "로그인 세션", "en": "Sessions of those who signed in",
        "note": "holds a hash: what the browser keeps cannot be made from it",
    },
)  # fmt: skip

store_state = Table(
    "store_state",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
    info={"kind": "book", "ko": "저장소 상태", "en": "Store state"},
)

# --- Reference ------------------------------------------------------------------------------------------

district = _reference(
    "district", "자치구", "District",
    Column("district_code", String(8), primary_key=True, info={"ko": "통계청 코드", "en": "KOSTAT code"}),
    col("mois_code", String(5), "행안부 코드", "MOIS code", unique=True),
    col("name_ko", String(20), "이름", "Name (Korean)"),
    col("name_en", String(40), "영문 이름", "Name (English)"),
    col("living_area", String(12), "생활권", "Living area"),
    col("tile_row", Integer, "타일 행", "Tile row"),
    col("tile_col", Integer, "타일 열", "Tile column"),
)  # fmt: skip

dong = _reference(
    "dong", "행정동", "Dong",
    Column("dong_code", String(8), primary_key=True, info={"ko": "통계청 코드", "en": "KOSTAT code"}),
    _district(),
    col("name_ko", String(40), "이름", "Name (Korean)"),
    col("name_en", String(60), "영문 이름", "Name (English)", nullable=True),
    col("valid_from_year", Integer, "시작 연도", "Valid from", nullable=True),
    col("valid_to_year", Integer, "끝 연도", "Valid to", nullable=True),
)  # fmt: skip

dong_crosswalk = _reference(
    "dong_crosswalk", "행정동 연계", "Dong crosswalk",
    Column("census_year", Integer, primary_key=True),
    Column("census_code", String(8), primary_key=True),
    Column("boundary_vintage", Integer, primary_key=True),
    Column("boundary_code", String(8), primary_key=True),
    col("relation", String(12), "관계", "Relation"),
    col("redefined", Boolean, "구역 변경", "Area redefined"),
)  # fmt: skip

census_fact = _reference(
    "census_fact", "총조사 자료", "Census fact",
    Column("area_code", String(8), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("indicator", String(48), primary_key=True),
    col("level", String(8), "단위", "Level"),
    col("value", BigInteger, "값", "Value"),
    col("unit", String(16), "단위", "Unit"),
    col("note_id", String(40), "비고", "Note", nullable=True),
    col("source_id", String(40), "출처", "Source"),
    Index("ix_census_fact_indicator_level", "indicator", "level", "year"),
    note="area_code: 5 digits district, 7 or 8 digits dong as the census year codes it",
)  # fmt: skip

polygon_fact = _reference(
    "polygon_fact", "경계별 총조사 자료", "Census fact on a boundary",
    Column("area_code", String(8), primary_key=True),
    Column("vintage", Integer, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("indicator", String(48), primary_key=True),
    col("value", BigInteger, "값", "Value", nullable=True),
    col("redefined", Boolean, "구역 변경", "Area redefined"),
    col("note_id", String(40), "비고", "Note", nullable=True),
    note="dong census rows carried onto one boundary vintage through the crosswalk; what screens map",
)  # fmt: skip

boundary = _reference(
    "boundary", "경계", "Boundary",
    Column("area_code", String(8), primary_key=True),
    Column("vintage", Integer, primary_key=True),
    col("level", String(8), "단위", "Level"),
    col("name_ko", String(40), "이름", "Name (Korean)"),
    col("geometry", Text, "도형(GeoJSON)", "Geometry (GeoJSON)"),
    col("area_km2", Float, "면적", "Area", unit="km2"),
    col("lon", Float, "경도", "Longitude"),
    col("lat", Float, "위도", "Latitude"),
)  # fmt: skip

boundary_set = _reference(
    "boundary_set", "자체 경계", "Own boundary set",
    Column("vintage", Integer, primary_key=True, autoincrement=False, info={"ko": "경계 판", "en": "Boundary vintage"}),
    col("title", Text, "제목", "Title"),
    col("level", String(8), "단위", "Level"),
    col("year", Integer, "기준 연도", "Reference year"),
    col("source_name", Text, "파일", "File"),
    col("content_sha256", String(64), "내용 해시", "Content hash"),
    col("crs", Text, "좌표계", "Coordinate reference system"),
    col("areas", Integer, "구역 수", "Areas"),
    col("repaired", Integer, "고친 곳", "Repairs"),
    col("recorded_at", DateTime, "기록 시각(UTC)", "Recorded at (UTC)"),
    col("note", Text, "읽은 방법(JSON)", "How it was read (JSON)", nullable=True),
    Index("uq_boundary_set_file", "content_sha256", "level", "year", unique=True),
    note="vintage = year × 100 + running number; the built-in vintages 2010, 2015 and 2020 have no row",
)  # fmt: skip

scenario = _reference(
    "scenario", "저장한 시나리오", "Saved scenario",
    Column("scenario_id", String(12), primary_key=True, info={"ko": "시나리오 번호", "en": "Scenario id"}),
    col("name", Text, "이름", "Name"),
    col("author", Text, "저장한 사람", "Saved by"),
    col("definition", Text, "정의(링크 글자)", "Definition (as in a link)"),
    col("model_version", String(12), "모형 판", "Model version"),
    col("data_version", String(12), "자료 판", "Data version"),
    col("as_of", Date, "기준일", "As of"),
    col("recorded_at", DateTime, "기록 시각(UTC)", "Recorded at (UTC)"),
    col("withdrawn_at", DateTime, "거둔 시각(UTC)", "Withdrawn at (UTC)", nullable=True),
    note="what-if scenarios of the re-isolation page; a row is never changed, only withdrawn",
)  # fmt: skip

assumption_edit = _reference(
    "assumption_edit", "가정 고침", "Edit of an assumption",
    Column("edit_id", RowId, primary_key=True, autoincrement=True, info={"ko": "고침 번호", "en": "Edit id"}),
    col("lever_id", String(20), "수단", "Lever"),
    col("field", String(24), "항목", "Item"),
    col("old_value", Text, "전 값(JSON)", "Old value (JSON)"),
    col("new_value", Text, "새 값(JSON)", "New value (JSON)"),
    col("reason", Text, "이유와 출처", "Reason and source"),
    col("author", Text, "고친 사람", "Edited by"),
    col("recorded_at", DateTime, "기록 시각(UTC)", "Recorded at (UTC)"),
    note="append-only: the newest edit of an item is in force, the declared value before the first",
)  # fmt: skip

resolution = _reference(
    "resolution", "결정 기록", "Resolution",
    Column("resolution_id", RowId, primary_key=True, autoincrement=True, info={"ko": "기록 번호", "en": "Resolution id"}),
    col("domain", String(12), "영역", "Domain"),
    col("subject", String(120), "무엇에 대한 것", "What it is about"),
    col("said", Text, "그때 화면의 말", "What the page said then"),
    col("agreed", Text, "정한 것", "What was agreed"),
    col("owner", Text, "맡은 곳", "Owner"),
    col("due", Date, "기한", "Due", nullable=True),
    col("as_of", Date, "기준일", "As of"),
    col("author", Text, "적은 사람", "Written by"),
    col("recorded_at", DateTime, "기록 시각(UTC)", "Recorded at (UTC)"),
    col("withdrawn_at", DateTime, "거둔 시각(UTC)", "Withdrawn at (UTC)", nullable=True),
    note="what a meeting agreed on something that needed a decision; a row is never changed, only withdrawn",
)  # fmt: skip

registration = _reference(
    "registration", "비교 등록", "Registered comparison",
    Column("registration_id", RowId, primary_key=True, autoincrement=True, info={"ko": "등록 번호", "en": "Registration id"}),
    col("digest", String(64), "내용의 지문(SHA-256)", "Digest of the content (SHA-256)"),
    col("replaces", String(64), "고쳐 등록한 앞 등록의 지문", "Digest of the registration that it changes", server_default=""),
    col("measure", String(40), "지표", "Measure"),
    col("design", String(12), "설계", "Design"),
    col("programme", String(40), "사업", "Programme", server_default=""),
    col("known_to", Integer, "등록할 때 마감된 마지막 달", "Last month closed at registration", unit="YYYYMM", nullable=True),
    col("content", Text, "등록한 내용(JSON)", "What was registered (JSON)"),
    col("reason", Text, "이유", "Reason"),
    col("author", Text, "등록한 사람", "Registered by"),
    col("recorded_at", DateTime, "등록 시각(UTC)", "Registered at (UTC)"),
    note="a comparison fixed before looking; a row is never changed or taken away, a change is a new one that names the old",
)  # fmt: skip

alert = _reference(
    "alert", "울린 알림", "Alert",
    Column("alert_id", RowId, primary_key=True, autoincrement=True, info={"ko": "알림 번호", "en": "Alert id"}),
    col("metric_id", String(60), "지표", "Measure"),
    col("place", String(60), "곳", "Place"),
    col("kind", String(12), "언제", "When"),
    col("threshold", Float, "기준값", "Threshold", nullable=True),
    col("period", Integer, "어느 달 또는 해의 값", "Month or year of the figure"),
    col("value", Float, "공표값", "Figure as published"),
    col("lower", Float, "구간 아래", "Lower limit", nullable=True),
    col("upper", Float, "구간 위", "Upper limit", nullable=True),
    col("batch_id", Integer, "자료 판", "State of the data", unit="batch"),
    col("as_of", Date, "기준일", "As of"),
    col("fired_at", DateTime, "울린 시각(UTC)", "Fired at (UTC)"),
    col("ended_batch", Integer, "그친 자료 판", "State of the data at its end", unit="batch", nullable=True),
    col("ended_at", DateTime, "그친 시각(UTC)", "Ended at (UTC)", nullable=True),
    note="what an alert rule found when a batch landed; written once when it begins, and once more when it ends",
)  # fmt: skip

study = _reference(
    "study", "보관한 분석", "Kept study",
    Column("name", String(120), primary_key=True, info={"ko": "이름", "en": "Name"}),
    col("fingerprint", String(16), "입력과 코드의 지문", "Fingerprint of inputs and code"),
    col("data_version", Integer, "자료 판", "State of the data", unit="batch"),
    col("as_of", Date, "기준일", "As of"),
    col("made_at", String(32), "만든 시각(UTC)", "Made at (UTC)"),
    col("seconds", Float, "걸린 시간", "Time taken", unit="s"),
    col("content", LargeBinary, "결과", "Result"),
    col("reads", Text, "읽은 표", "Tables that it reads", server_default=""),
    note="derived and rebuildable: `python -m answers studies` lists, makes and drops them",
)  # fmt: skip

release = _reference(
    "release", "공표 판", "Release",
    Column("number", Integer, primary_key=True, autoincrement=False, info={"ko": "판 번호", "en": "Number"}),
    col("made_at", DateTime, "공표 시각(UTC)", "Made at (UTC)"),
    col("who", String(80), "공표자", "By whom"),
    col("remark", String(400), "설명", "Note"),
    col("data_version", Integer, "자료 판", "State of the data", unit="batch"),
    col("as_of", Date, "기준일", "As of"),
    col("cells", Integer, "공표 칸", "Published cells", unit="cells"),
    col("cells_sha256", String(64), "공표 칸의 지문", "Digest of the published cells"),
    col("facts_sha256", String(64), "집계의 지문", "Digest of the facts"),
    col("months", Text, "담은 달", "Months that it holds"),
    col("held", Text, "이전 판 수치로 둔 달", "Months that keep their former figures"),
    note="one row a release, in the city's own store; its figures stand in a store of their own (`data/releases.py`)",
)  # fmt: skip

release_request = Table(
    "release_request",
    metadata,
    Column("request_id", Integer, primary_key=True, info={"ko": "요청 번호", "en": "Request"}),
    col("asked_at", DateTime, "요청 시각(UTC)", "Asked at (UTC)"),
    col("who", String(80), "요청자", "By whom"),
    col("remark", String(400), "설명", "Note"),
    col("state", String(12), "상태", "State"),
    col("reason", String(12), "내지 않은 까닭", "Why none was made", nullable=True),
    col("detail", Text, "자세한 내용", "Detail", nullable=True),
    col("number", Integer, "판 번호", "Release", nullable=True),
    col("answered_at", DateTime, "처리 시각(UTC)", "Answered at (UTC)", nullable=True),
    info={
        "kind": "book", "ko": "공표 요청", "en": "Releases asked for",
        "note": "by an account that may not make one; `python -m data release serve` does, with the migrator's (`data/release_requests.py`)",
    },
)  # fmt: skip

release_cell = _reference(
    "release_cell", "공표 칸", "Published cell",
    *(Column(name, String(length), primary_key=True, info={"ko": ko, "en": en}) for name, length, ko, en in (
        ("fact", 40, "집계", "Fact"), ("grid", 80, "구분", "Grid"), ("span", 20, "기간", "Span"),
        ("place", 120, "자리", "Place in the grid"), ("sum", 40, "합계", "Sum"))),
    col("shown", BigInteger, "공표값", "As published", nullable=True),
    note="in a release's store: each count of the closed list (data/grids.toml) as published; empty where it is withheld",
)  # fmt: skip

kept_forecast = _reference(
    "kept_forecast", "보관한 전망", "Kept forecast",
    *(Column(name, kind, primary_key=True, info={"ko": ko, "en": en}) for name, kind, ko, en in (
        ("as_of", Date(), "기준일", "As of"), ("model_version", String(12), "모형 판", "Model version"),
        ("data_version", String(12), "자료 판", "Data version"))),
    Column("month_key", Integer, primary_key=True, autoincrement=False, info={"ko": "달", "en": "Month"}),
    col("expected", Float, "예상 재고립", "Expected re-isolations"),
    *(col(f"{side}{level}", Float, f"{level}% {ko}", f"{level} % {side} limit")
      for level in (50, 80, 95) for side, ko in (("lower", "하한"), ("upper", "상한"))),
    col("made_at", DateTime, "만든 시각(UTC)", "Made at (UTC)"),
    note="re-isolations by month as the page forecast them on the day, to lay over what happened",
)  # fmt: skip

published_fact = _reference(
    "published_fact", "공표 수치", "Published figure",
    Column("fact_id", String(8), primary_key=True),
    col("topic", String(32), "주제", "Topic"),
    col("indicator", Text, "지표", "Indicator"),
    col("name_ko", Text, "이름", "Name (Korean)"),
    col("value", Text, "값", "Value"),
    col("unit", String(40), "단위(영문)", "Unit"),
    col("unit_ko", String(40), "단위", "Unit (Korean)", nullable=True),
    col("period", Text, "시점", "Period", nullable=True),
    col("geography", Text, "지역(영문)", "Geography"),
    col("geography_ko", Text, "지역", "Geography (Korean)", nullable=True),
    col("breakdown", Text, "구분(영문)", "Breakdown", nullable=True),
    col("breakdown_ko", Text, "구분", "Breakdown (Korean)", nullable=True),
    col("quality", String(12), "품질", "Quality"),
    col("source_title", Text, "출처", "Source title"),
    col("source_url", Text, "주소", "Source URL"),
    col("note", Text, "비고(영문)", "Note", nullable=True),
    col("note_ko", Text, "비고", "Note (Korean)", nullable=True),
    col("conflict_with", Text, "상충 수치", "Conflicts with", nullable=True),
)  # fmt: skip

strategy = _reference(
    "strategy", "전략", "Strategy",
    Column("strategy_id", String(12), primary_key=True),
    col("name_ko", String(40), "이름", "Name (Korean)"),
    col("name_en", String(60), "영문 이름", "Name (English)"),
)  # fmt: skip

task = _reference(
    "task", "핵심 과제", "Core task",
    Column("task_id", String(20), primary_key=True),
    col("strategy_id", String(12), "전략", "Strategy", fk="strategy.strategy_id"),
    col("name_ko", String(40), "이름", "Name (Korean)"),
    col("name_en", String(80), "영문 이름 (자체 번역)", "Name (English gloss of ours)"),
)  # fmt: skip

programme = _reference(
    "programme", "세부사업", "Programme",
    Column("programme_id", String(40), primary_key=True),
    col("task_id", String(20), "과제", "Task", fk="task.task_id"),
    col("name_ko", String(60), "이름", "Name (Korean)"),
    col("name_en", String(80), "영문 이름", "Name (English)"),
    col("owner_unit", String(60), "담당", "Owner unit"),
    col("starts_on", Date, "시작일", "Starts on", nullable=True),
    col("ends_on", Date, "종료일", "Ends on", nullable=True),
    col("status", String(12), "상태", "Status", codes="programme_status"),
    col("status_on", Date, "상태 변경일", "Status since", nullable=True),
    col("status_reason", Text, "사유", "Reason", nullable=True),
    col("listed", Boolean, "목록에 있음", "Listed", server_default=text("true")),
    note="never deleted: a suspended or dropped programme keeps its row, date and reason. What `programme_entry` says of a "
         "programme stands here; one whose registration was taken back is not listed",
)  # fmt: skip

# --- Set up by the office -------------------------------------------------------------------------------

owner_unit = _operational(
    "owner_unit", "담당 부서", "Owner unit",
    col("name_ko", String(60), "부서", "Unit", aliases=("부서명", "담당 부서", "기관명")),
    col("name_en", String(80), "영문 부서명", "Unit (English)", nullable=True, aliases=("영문 이름",)),
    col("body", String(12), "기관 구분", "Body", codes="owner_body", aliases=("기관", "소속 구분")),
    col("note", Text, "비고", "Note", nullable=True),
    key=("name_ko",),
)  # fmt: skip

programme_entry = _operational(
    "programme_entry", "세부사업 등록", "Programme registration",
    col("code", String(40), "사업코드", "Programme code", nullable=True, aliases=("사업 코드",)),
    col("name_ko", String(60), "사업 이름", "Programme name (Korean)", aliases=("세부사업", "사업명", "세부사업명", "이름")),
    col("name_en", String(80), "영문 사업 이름", "Programme name (English)", nullable=True, aliases=("영문 이름", "영문명")),
    col("task_id", String(20), "핵심 과제", "Core task", aliases=("과제", "과제명")),
    col("owner_unit", String(60), "담당 부서", "Owner unit", aliases=("담당", "부서", "주관 부서")),
    col("status", String(12), "추진 상태", "Status", codes="programme_status", aliases=("상태",)),
    col("starts_on", Date, "시작일", "Starts on", nullable=True),
    col("ends_on", Date, "종료일", "Ends on", nullable=True),
    col("status_on", Date, "상태 변경일", "Status since", nullable=True),
    col("status_reason", Text, "상태 사유", "Reason of the status", nullable=True, aliases=("사유",)),
    key=("code",),
)  # fmt: skip

survey_design = _operational(
    "survey_design", "조사 설계", "Survey design",
    col("instrument_id", String(40), "조사", "Survey instrument", aliases=("조사명",)),
    col("year", Integer, "연도", "Year", aliases=("조사연도", "년도")),
    col("population", Text, "모집단", "Population"),
    col("sampling", Text, "표집 방법", "Sampling", aliases=("표본추출",)),
    col("mode", String(12), "조사 방식", "Mode", codes="survey_mode", aliases=("조사방법",)),
    col("weight_basis", String(12), "가중값 기준", "Weights sum to", codes="weight_basis", aliases=("가중 기준",)),
    col("planned_n", Integer, "목표 표본", "Planned sample", unit="people", aliases=("표본 수", "표본크기")),
    col("answered_n", Integer, "응답자 수", "Respondents", unit="people", nullable=True, aliases=("응답 수",)),
    col("starts_on", Date, "조사 시작일", "Fieldwork from", nullable=True),
    col("ends_on", Date, "조사 종료일", "Fieldwork to", nullable=True),
    col("source", Text, "출처", "Source", nullable=True),
    key=("instrument_id", "year"),
)  # fmt: skip

staffing = _operational(
    "staffing", "인력", "Staffing",
    _programme(),
    col("role", String(40), "직무", "Role", aliases=("직종", "직책")),
    col("valid_from", Date, "적용 시작", "Valid from"),
    col("valid_to", Date, "적용 끝", "Valid to", nullable=True),
    col("planned_fte", Float, "정원", "Planned posts", unit="fte", aliases=("정원(명)",)),
    col("filled_fte", Float, "현원", "Filled posts", unit="fte", nullable=True, aliases=("현원(명)",)),
    col("source", Text, "출처", "Source", nullable=True),
    key=("programme_id", "role", "valid_from"),
)  # fmt: skip

unit_cost = _operational(
    "unit_cost", "단가", "Unit cost",
    _programme(),
    col("output", String(60), "산출물", "Output", aliases=("산출지표",)),
    col("valid_from", Date, "적용 시작", "Valid from"),
    col("valid_to", Date, "적용 끝", "Valid to", nullable=True),
    col("unit_krw", BigInteger, "단가", "Unit cost", unit="KRW", aliases=("단위 비용", "건당 비용")),
    col("source", Text, "근거", "Basis", aliases=("출처",)),
    key=("programme_id", "output", "valid_from"),
)  # fmt: skip

alert_rule = _operational(
    "alert_rule", "알림 규칙", "Alert rule",
    col("metric_id", String(60), "지표", "Measure", aliases=("지표명", "무엇을")),
    col("place", String(60), "곳", "Place", aliases=("어디", "대상", "집단", "자치구 또는 사업")),
    col("kind", String(12), "언제", "When", codes="alert_kind", aliases=("조건", "규칙")),
    col("threshold", Float, "기준값", "Threshold", nullable=True, aliases=("기준", "값")),
    col("switched", String(4), "켬·끔", "On or off", codes="on_off", aliases=("사용", "켬", "켬/끔")),
    col("author", String(60), "작성자", "Author"),
    col("reason", Text, "사유", "Reason"),
    key=("metric_id", "place", "kind"),
)  # fmt: skip

ward = _operational(
    "ward", "선거구", "Constituency",
    col("name", String(60), "선거구", "Constituency", aliases=("선거구명", "선거구 이름")),
    _district(),
    col("dong", String(40), "행정동", "Dong", aliases=("동", "동명", "행정동명", "읍면동")),
    key=("name", "district_code", "dong"),
)  # fmt: skip

# --- Plan and money -------------------------------------------------------------------------------------

baseline = _operational(
    "baseline", "계획 예산", "Baseline",
    _programme(),
    col("fiscal_year", Integer, "회계연도", "Fiscal year", aliases=("연도", "년도")),
    col("version", Integer, "판", "Version", aliases=("버전", "차수")),
    col("planned_krw", BigInteger, "계획액", "Planned", unit="KRW", aliases=("계획예산", "사업비", "예산")),
    col("split", String(12), "배분 근거", "Split", codes="split"),
    col("author", String(60), "작성자", "Author"),
    col("reason", Text, "사유", "Reason", nullable=True),
    col("decided_on", Date, "결정일", "Decided on"),
    key=("programme_id", "fiscal_year", "version"),
)  # fmt: skip

ledger_entry = _operational(
    "ledger_entry", "예산 원장", "Ledger entry",
    col("entry_id", String(40), "전표번호", "Entry id", aliases=("일련번호", "번호")),
    col("booked_on", Date, "집행일", "Booked on", aliases=("일자", "회계일자", "지출일", "결의일자")),
    col("fiscal_year", Integer, "회계연도", "Fiscal year", derived=True),
    col("month_key", Integer, "연월", "Month", derived=True),
    _programme(),
    _district(nullable=True),
    col("kind", String(32), "구분", "Kind", codes="ledger_kind", aliases=("거래구분", "유형")),
    col("amount_krw", BigInteger, "금액", "Amount", unit="KRW", aliases=("집행액", "금액(원)", "지출액")),
    col("funding", String(12), "재원", "Funding", codes="funding"),
    col("line_type", String(12), "통계목", "Line type", codes="line_type", aliases=("목",)),
    col("counterpart", Text, "상대처", "Counterpart", nullable=True, aliases=("거래처", "지급처")),
    col("document_no", String(60), "문서번호", "Document no.", nullable=True, aliases=("증빙번호",)),
    _body(),
    Index("ix_ledger_entry_programme_id", "programme_id", "fiscal_year", "booked_on"),
    Index("ix_ledger_entry_document_no", "document_no"),
    Index("ix_ledger_entry_month_key", "month_key", sqlite_where=_CURRENT, postgresql_where=_CURRENT),
    key=("entry_id",), date="booked_on",
)  # fmt: skip

output_target = _operational(
    "output_target", "산출 목표", "Output target",
    _programme(),
    col("fiscal_year", Integer, "회계연도", "Fiscal year", aliases=("연도", "년도")),
    col("output", String(60), "산출물", "Output", aliases=("산출지표",)),
    col("planned", BigInteger, "목표", "Planned", aliases=("목표치",)),
    col("delivered", BigInteger, "실적", "Delivered", nullable=True, aliases=("실적치",)),
    col("verified_on", Date, "확인일", "Verified on", nullable=True),
    key=("programme_id", "fiscal_year", "output"),
)  # fmt: skip

target = _operational(
    "target", "목표", "Target",
    col("metric_id", String(60), "지표", "Metric"),
    col("valid_from", Date, "적용 시작", "Valid from"),
    col("valid_to", Date, "적용 끝", "Valid to", nullable=True),
    col("group_key", String(60), "집단", "Group", aliases=("대상",)),
    col("value", Float, "목표값", "Value"),
    col("basis", Text, "근거", "Basis"),
    col("author", String(60), "작성자", "Author"),
    col("reason", Text, "사유", "Reason", nullable=True),
    key=("metric_id", "group_key", "valid_from"),
)  # fmt: skip

signal_name = _operational(
    "signal_name", "위기신호 이름", "Names of crisis signals",
    col("signal", Integer, "위기신호", "Signal", aliases=("신호번호", "번호", "no")),
    col("name_ko", String(80), "이름", "Name (Korean)", aliases=("위기정보", "신호명")),
    col("name_en", String(80), "영문 이름", "Name (English)", nullable=True),
    col("source", Text, "출처", "Source", nullable=True),
    key=("signal",),
)  # fmt: skip

scale_reliability = _operational(
    "scale_reliability", "척도 신뢰도", "Reliability of a scale",
    col("instrument", String(12), "척도", "Instrument", codes="instrument"),
    col("method", String(8), "방법", "Method", codes="reliability_method", aliases=("산출방법",)),
    col("value", Float, "신뢰도", "Reliability", aliases=("계수",)),
    col("people", Integer, "측정 인원", "People measured", aliases=("표본", "응답자")),
    col("items", Integer, "문항 수", "Items", nullable=True),
    col("measured_on", Date, "측정일", "Measured on", aliases=("조사일",)),
    col("author", String(60), "작성자", "Author", aliases=("입력자",)),
    col("source", Text, "출처", "Source", nullable=True),
    key=("instrument", "method", "measured_on"), date="measured_on",
)  # fmt: skip

event = _operational(
    "event", "사건", "Event",
    col("event_id", String(40), "사건번호", "Event id"),
    col("happened_on", Date, "일자", "Happened on"),
    col("kind", String(16), "종류", "Kind", codes="event_kind"),
    col("title_ko", Text, "제목", "Title (Korean)"),
    col("title_en", Text, "영문 제목", "Title (English)"),
    _programme(nullable=True),
    col("source_url", Text, "출처", "Source URL", nullable=True),
    key=("event_id",),
)  # fmt: skip

# --- Services -------------------------------------------------------------------------------------------


def _person(*, nullable: bool = False) -> Column[Any]:
    names = ("가명", "대상자")
    return col("person_id", String(32), "대상자 가명", "Person pseudonym", aliases=names, nullable=nullable)


# Records of a person are looked up by each import that names them.
_SOMEBODY = text("person_id IS NOT NULL")

hotline_contact = _operational(
    "hotline_contact", "외로움안녕120 접촉", "Hotline contact",
    col("contact_id", String(32), "접촉번호", "Contact id", aliases=("상담번호", "콜번호")),
    col("channel", String(8), "채널", "Channel", codes="channel", aliases=("경로",)),
    col("attempted_at", DateTime, "시도 시각", "Attempted at", unit="UTC", aliases=("접수일시", "인입시각")),
    col("offered_at", DateTime, "대기 진입 시각", "Offered at", unit="UTC", nullable=True),
    col("answered_at", DateTime, "응답 시각", "Answered at", unit="UTC", nullable=True, aliases=("연결시각",)),
    col("ended_at", DateTime, "종료 시각", "Ended at", unit="UTC", nullable=True),
    col("outcome", String(12), "결과", "Outcome", codes="contact_outcome", aliases=("처리결과",)),
    _person(nullable=True),
    _district(nullable=True),
    _age(),
    _sex(),
    col("topic", String(12), "주제", "Topic", codes="topic", nullable=True, aliases=("상담유형",)),
    col("risk", Boolean, "위험 표시", "Risk flag"),
    col("referred", Boolean, "연계 여부", "Referral made", aliases=("연계",)),
    col("wrap_s", Integer, "후처리", "Wrap-up", unit="s", nullable=True),
    col("local_date", Date, "일자(서울)", "Local date (Seoul)", derived=True),
    col("month_key", Integer, "연월(서울)", "Local month", derived=True),
    col("hour", Integer, "시(서울)", "Local hour", derived=True),
    col("wait_s", Integer, "대기", "Wait", unit="s", nullable=True, derived=True),
    col("handle_s", Integer, "처리", "Handling", unit="s", nullable=True, derived=True),
    Index("ix_hotline_contact_local_date", "local_date"),
    Index("ix_hotline_contact_person_id", "person_id", sqlite_where=_SOMEBODY, postgresql_where=_SOMEBODY),
    key=("contact_id",), date="local_date",
)  # fmt: skip

agent_interval = _operational(
    "agent_interval", "상담사 15분 구간", "Agent interval",
    col("starts_at", DateTime, "시작 시각", "Starts at", unit="UTC"),
    col("local_date", Date, "일자(서울)", "Local date (Seoul)", derived=True),
    col("month_key", Integer, "연월(서울)", "Local month", derived=True),
    col("hour", Integer, "시(서울)", "Local hour", derived=True),
    col("paid_agents", Integer, "근무 상담사", "Counsellors paid"),
    col("available_s", Integer, "대기 가능", "Available", unit="s"),
    col("handling_s", Integer, "처리", "Handling", unit="s"),
    col("wrap_s", Integer, "후처리", "Wrap-up", unit="s"),
    Index("ix_agent_interval_local_date", "local_date"),
    key=("starts_at",), date="local_date",
)  # fmt: skip

referral = _operational(
    "referral", "연계", "Referral",
    col("referral_id", String(32), "연계번호", "Referral id"),
    col("source", String(20), "경로", "Source", codes="referral_source"),
    _person(),
    _district(),
    _programme(),
    col("received_on", Date, "접수일", "Received on"),
    col("accepted_on", Date, "수락일", "Accepted on", nullable=True),
    col("closed_on", Date, "종결일", "Closed on", nullable=True),
    Index("ix_referral_person_id", "person_id"),
    key=("referral_id",), date="received_on",
)  # fmt: skip

counselling_case = _operational(
    "counselling_case", "상담 사례", "Counselling case",
    col("case_id", String(32), "사례번호", "Case id"),
    _person(),
    _programme(),
    _district(),
    _age(),
    _sex(),
    col("provider_id", String(20), "제공기관", "Provider", nullable=True),
    col("referred_on", Date, "의뢰일", "Referred on"),
    col("first_session_on", Date, "첫 상담일", "First session on", nullable=True),
    col("ended_on", Date, "종결일", "Ended on", nullable=True),
    col("end_reason", String(12), "종결 사유", "End reason", codes="case_end", nullable=True),
    col("planned_sessions", Integer, "계획 회기", "Planned sessions"),
    Index("ix_counselling_case_person_id", "person_id"),
    key=("case_id",), date="referred_on",
)  # fmt: skip

counselling_session = _operational(
    "counselling_session", "상담 회기", "Counselling session",
    col("session_id", String(40), "회기번호", "Session id"),
    col("case_id", String(32), "사례번호", "Case id"),
    col("scheduled_on", Date, "예정일", "Scheduled on"),
    col("status", String(20), "상태", "Status", codes="session_status"),
    col("mode", String(8), "방식", "Mode", codes="session_mode"),
    col("counsellor_type", String(16), "상담가", "Counsellor", codes="counsellor_type"),
    Index("ix_counselling_session_case_id", "case_id"),
    Index("ix_counselling_session_scheduled_on", "scheduled_on"),
    key=("session_id",), date="scheduled_on",
)  # fmt: skip

outcome_measure = _operational(
    "outcome_measure", "척도 점수", "Outcome measure",
    _person(),
    col("case_id", String(32), "사례번호", "Case id", nullable=True),
    col("instrument", String(12), "척도", "Instrument", codes="instrument"),
    col("instrument_version", String(20), "척도 판", "Instrument version"),
    col("measured_on", Date, "측정일", "Measured on"),
    col("score", Integer, "점수", "Score", unit="points"),
    Index("ix_outcome_measure_case_id", "case_id"),
    key=("person_id", "instrument", "measured_on"), date="measured_on",
)  # fmt: skip

attendance = _operational(
    "attendance", "이용 실적", "Attendance",
    _programme(),
    _district(),
    col("attended_on", Date, "이용일", "Date", aliases=("일자", "날짜", "방문일", "기준일")),
    _age(),
    _sex(),
    col("visits", Integer, "이용 건수", "Visits", aliases=("방문수", "방문 건수", "이용자수", "건수", "방문자 수")),
    col("people", Integer, "실인원", "Distinct people", nullable=True, aliases=("실이용자", "실인원수")),
    Index("ix_attendance_attended_on", "attended_on"),
    key=("programme_id", "district_code", "attended_on", "age_band", "sex"), date="attended_on",
)  # fmt: skip

spell = _operational(
    "spell", "상태 기간", "Spell",
    col("spell_id", String(32), "기간번호", "Spell id"),
    _person(),
    col("state", String(12), "상태", "State", codes="state"),
    col("started_on", Date, "시작일", "Started on"),
    col("entered_on", Date, "관찰 시작일", "Observed from"),
    col("ended_on", Date, "종료일", "Ended on", nullable=True),
    col("next_state", String(12), "다음 상태", "Next state", codes="state", nullable=True),
    col("exit", String(12), "이탈", "Exit", codes="spell_exit", nullable=True),
    _district(),
    _age(),
    _sex(),
    col("lives_alone", Boolean, "독거", "Lives alone"),
    col("prior_reisolations", Integer, "이전 재고립 횟수", "Prior re-isolations"),
    col("months_isolated_before", Integer, "이전 고립 개월", "Months isolated before", unit="months"),
    Index("ix_spell_person_id", "person_id"),
    key=("spell_id",), date="started_on",
)  # fmt: skip

support_period = _operational(
    "support_period", "지원 기간", "Support period",
    _person(),
    _programme(),
    col("starts_on", Date, "시작일", "Starts on"),
    col("ends_on", Date, "종료일", "Ends on", nullable=True),
    Index("ix_support_period_person_id", "person_id"),
    key=("person_id", "programme_id", "starts_on"), date="starts_on",
)  # fmt: skip

follow_up = _operational(
    "follow_up", "사후 확인", "Follow-up",
    _person(),
    _district(),
    col("scheduled_on", Date, "예정일", "Scheduled on"),
    col("achieved_on", Date, "확인일", "Achieved on", nullable=True),
    col("result", String(12), "결과", "Result", codes="follow_up_result"),
    Index("ix_follow_up_person_id", "person_id"),
    key=("person_id", "scheduled_on"), date="scheduled_on",
)  # fmt: skip

survey_response = _operational(
    "survey_response", "실태조사 응답", "Survey response",
    col("respondent_id", String(32), "응답자번호", "Respondent id"),
    col("instrument_id", String(40), "조사", "Survey instrument"),
    col("year", Integer, "연도", "Year"),
    _district(),
    col("stratum", String(20), "층", "Stratum"),
    col("weight", Float, "가중값", "Design weight"),
    _age(),
    _sex(),
    col("household_type", String(12), "가구 유형", "Household type", codes="household_type"),
    col("lonely", Boolean, "외로움", "Lonely", nullable=True),
    col("isolated", Boolean, "고립", "Isolated"),
    key=("respondent_id", "instrument_id"), date=None,
)  # fmt: skip

# --- Monthly summaries ----------------------------------------------------------------------------------


def _summary(name: str, ko: str, en: str, *columns: Any, key: tuple[str, ...]) -> Table:
    """Counts of a month, or of a span of days, as an office or the city publishes them; `month_key` is NULL for a span.

    They fill the facts that case rows fill; a count that a file does not have stays NULL there, never 0.
    """
    period = col(
        "period", String(21), "기간", "Period", aliases=("월", "연월", "년월", "기준월", "집계월", "이용월", "실적월", "month"),
    )  # fmt: skip
    span = (
        col("from_on", Date, "첫날", "From", derived=True),
        col("to_on", Date, "끝날", "To", derived=True),
        col("month_key", Integer, "연월", "Month", nullable=True, derived=True),
    )
    return _operational(
        name, ko, en, period, *span, *columns, key=("period", *key), date="from_on", summary=True
    )


def _anywhere() -> Column[Any]:
    # No foreign key: a row of the whole city stands under 'all'.
    names = ("구", "시군구", "구청", "gu", "district", "자치구명", "자치구코드")
    return col("district_code", String(8), "자치구", "District", aliases=names, absent=ALL)


def _some(
    name: str, ko: str, en: str, *aliases: str, unit: str = "count", wide: tuple[str, ...] = ()
) -> Column[Any]:
    """A count that a summary may lack; `wide`: words of a caption that say that a table by month holds it."""
    made = col(name, BigInteger, ko, en, unit=unit, nullable=True, aliases=aliases)
    made.info["wide"] = wide
    return made


def _must(name: str, ko: str, en: str, *aliases: str, wide: tuple[str, ...] = ()) -> Column[Any]:
    made = _some(name, ko, en, *aliases, wide=wide)
    made.nullable = False
    return made


def _source() -> Column[Any]:
    return col("source", Text, "출처", "Source", nullable=True, aliases=("출처 주소", "url"))


hotline_summary = _summary(
    "hotline_summary", "외로움안녕120 월별 실적", "Hotline by month",
    _anywhere(), _everybody("channel", "채널", "Channel", "경로"),
    _some("attempts", "시도", "Attempts", "총 시도", "시도 건수"),
    _some("offered", "인입", "Offered", "인입호", "인입 건수", "대기 진입"),
    _must("answered", "응답", "Answered", "응답호", "응답 건수", "상담 건수", "상담", wide=("상담", "응답")),
    _some("answered_in_20_s", "20초 내 응답", "Answered within 20 s", "20초 이내 응답"),
    _some("abandoned", "포기", "Abandoned", "포기호", "포기 건수"),
    _some("short_abandoned", "10초 내 포기", "Abandoned within 10 s", "10초 이내 포기"),
    col("mean_wait_s", Float, "평균대기", "Mean wait of answered", unit="s", nullable=True,
        aliases=("평균 대기 시간", "평균 응답 대기")),
    col("mean_handle_s", Float, "평균처리", "Mean handling", unit="s", nullable=True,
        aliases=("평균 처리 시간", "평균 상담 시간")),
    _some("referred", "연계", "Referred", "연계 건수"),
    _some("at_risk", "위험 표시", "Risk flagged"),
    _source(),
    key=("district_code", "channel"),
)  # fmt: skip

counselling_summary = _summary(
    "counselling_summary", "상담 월별 실적", "Counselling by month",
    _anywhere(), _programme(), _everybody("age_band", "연령대", "Age band", "연령"), _everybody("sex", "성별", "Sex"),
    _some("referred", "의뢰", "Referred", "의뢰 건수", "접수"),
    _some("started", "시작", "Started", "상담 시작", "신규"),
    _some("started_in_42_d", "42일 내 시작", "Started within 42 days", "6주 내 시작"),
    _some("started_in_126_d", "126일 내 시작", "Started within 126 days", "18주 내 시작"),
    _some("ended", "종결", "Ended", "종결 건수"),
    _some("completed", "2회 이상 종결", "Completed (2+ sessions)", "완료"),
    _some("reached_8", "8회 완료", "Reached 8 sessions"),
    _some("dropped_out", "중도 탈락", "Unplanned end", "탈락"),
    _some("suspended", "사업 중단 종결", "Ended by suspension"),
    _some("scheduled", "예정 회기", "Sessions scheduled", "예정"),
    _some("attended", "참석 회기", "Sessions attended", "참석", "상담 회기"),
    _some("dna", "불참 회기", "Sessions missed", "불참"),
    _some("cancelled_client", "이용자 취소", "Cancelled by client"),
    _some("cancelled_service", "기관 취소", "Cancelled by service"),
    _some("paired", "전후 점수 있음", "With both scores", "전후 측정"),
    _some("at_caseness", "시작 시 기준 이상", "At caseness at start"),
    _some("recovered", "회복", "Recovered"),
    _some("reliably_improved", "신뢰할 만한 호전", "Reliably improved", "호전"),
    _some("reliably_recovered", "신뢰할 만한 회복", "Reliably recovered"),
    _some("reliably_deteriorated", "신뢰할 만한 악화", "Reliably deteriorated", "악화"),
    _source(),
    key=("district_code", "programme_id", "age_band", "sex"),
)  # fmt: skip

attendance_summary = _summary(
    "attendance_summary", "월별 이용 실적", "Visits by month",
    _programme(), _anywhere(), _everybody("age_band", "연령대", "Age band", "연령"), _everybody("sex", "성별", "Sex"),
    _must("visits", "이용 건수", "Visits", "방문수", "방문 건수", "이용자수", "건수", "방문자 수", "방문", "이용",
          wide=("이용", "방문")),
    _some("people", "실인원", "Distinct people", "실이용자", "실인원수"),
    _source(),
    key=("programme_id", "district_code", "age_band", "sex"),
)  # fmt: skip

detection_summary = _summary(
    "detection_summary", "월별 발굴 실적", "Detection by month",
    _anywhere(),
    _must("flagged", "발굴", "Flagged", "발굴 가구", "발굴 대상", wide=("발굴",)),
    _some("contacted", "접촉", "Contacted", "접촉 가구", "조사"),
    _some("confirmed", "확인", "Confirmed", "확인 가구", "고립 확인"),
    _some("enrolled", "등록", "Enrolled", "등록 가구", "서비스 등록"),
    _source(),
    key=("district_code",),
)  # fmt: skip

budget_summary = _summary(
    "budget_summary", "사업별 월별 집행 현황", "Budget by programme and month",
    _programme(), _body(),
    _must("budget_krw", "예산현액", "Current budget", "현액"),
    _some("committed_krw", "원인행위액", "Committed to date", "원인행위", "지출원인행위액", "원인행위 누계"),
    _some("disbursed_krw", "교부액", "Disbursed to date", "교부", "교부 누계"),
    _some("spent_krw", "지출액", "Spent to date", "지출", "집행액", "지출 누계"),
    _some("final_krw", "실집행액", "Spent by executing bodies to date", "실집행"),
    col("fiscal_year", Integer, "회계연도", "Fiscal year", derived=True),
    key=("programme_id", "managing_body"),
)  # fmt: skip
for _column in budget_summary.c:
    if _column.name.endswith("_krw"):
        _column.info["unit"] = "KRW"

survey_estimate = _operational(
    "survey_estimate", "실태조사 추정값", "Survey estimates",
    col("instrument_id", String(40), "조사", "Survey instrument"),
    col("year", Integer, "연도", "Year"),
    _anywhere(), _everybody("age_band", "연령대", "Age band", "연령"), _everybody("sex", "성별", "Sex"),
    _everybody("household_type", "가구 유형", "Household type", "가구"),
    col("measure", String(12), "측정", "Measure", codes="survey_measure", aliases=("지표", "항목")),
    col("share_percent", Float, "비율(%)", "Share (%)", unit="%", aliases=("비율", "추정값", "추정치", "share")),
    col("standard_error", Float, "표준오차(%p)", "Standard error (points)", unit="%p", nullable=True,
        aliases=("표준오차", "SE")),
    col("lower_percent", Float, "95% 하한", "95 % lower", unit="%", nullable=True, aliases=("하한", "신뢰하한")),
    col("upper_percent", Float, "95% 상한", "95 % upper", unit="%", nullable=True, aliases=("상한", "신뢰상한")),
    _must("respondents", "응답자 수", "Respondents", "표본", "표본 수", "사례수", "n"),
    _source(),
    col("effective", Float, "유효 표본", "Effective sample", derived=True),
    key=("instrument_id", "year", "district_code", "age_band", "sex", "household_type", "measure"), date=None,
    summary=True,
)  # fmt: skip

return_summary = _summary(
    "return_summary", "코호트별 재고립", "Returns by cohort",
    _anywhere(),
    col("cohort", String(7), "연결 시작 월", "Month of connection", aliases=("코호트", "연결 월", "cohort")),
    _must("connected", "월초 연결 인원", "Connected at the start", "관찰 인원", "대상 인원"),
    _must("returned", "재고립", "Returned to isolation", "재고립 인원"),
    _some("died", "사망", "Died"), _some("moved", "전출", "Moved away"),
    _some("institution", "시설 입소", "Institution"), _some("lost", "연락 두절", "Lost"),
    _some("person_days", "관찰 인일", "Person-days", unit="person-days"),
    _source(),
    col("exposure_days", BigInteger, "관찰 인일(셈)", "Person-days, as counted", unit="person-days", derived=True),
    col("duration_band", String(8), "경과 개월", "Months connected", derived=True),
    key=("district_code", "cohort"),
)  # fmt: skip

# --- Facts ----------------------------------------------------------------------------------------------


def _day() -> Column[Any]:
    return col("day", Date, "일자", "Day")


def _month() -> Column[Any]:
    return col("month_key", Integer, "연월", "Month")


def _place() -> Column[Any]:
    # No foreign key: a contact without a district is counted under 'unknown', never dropped.
    return col("district_code", String(8), "자치구", "District")


_HOTLINE = (
    ("attempts", "시도", "Attempts", "contacts"),
    ("offered", "대기 진입", "Offered", "contacts"),
    ("answered", "응답", "Answered", "contacts"),
    ("answered_in_20_s", "20초 내 응답", "Answered within 20 s", "contacts"),
    ("abandoned", "포기", "Abandoned", "contacts"),
    ("short_abandoned", "10초 내 포기", "Abandoned within 10 s", "contacts"),
    ("referred", "연계", "Referred", "contacts"),
    ("at_risk", "위험 표시", "Risk flagged", "contacts"),
    ("wait_s", "대기 합", "Wait, summed", "s"),
    ("handle_s", "처리 합", "Handling, summed", "s"),
)

hotline_daily = _fact(
    "hotline_daily", "일별 상담전화", "Hotline by day and hour",
    _day(), _month(), col("hour", Integer, "시", "Hour"), _place(), _age(), _sex(),
    col("channel", String(8), "채널", "Channel"), col("topic", String(12), "주제", "Topic"),
    *(_n(*column) for column in _HOTLINE),
    keys=("day", "hour", "district_code", "age_band", "sex", "channel", "topic"), period="day",
    note="month_key follows from day; kept beside it so that a month is an integer comparison",
)  # fmt: skip

hotline_monthly = _fact(
    "hotline_monthly", "월별 상담전화", "Hotline by month",
    _month(), _place(), _age(), _sex(), col("channel", String(8), "채널", "Channel"),
    *(_n(*column) for column in _HOTLINE),
    keys=("month_key", "district_code", "age_band", "sex", "channel"), period="month_key",
    may_lack=tuple(column[0] for column in _HOTLINE if column[0] != "answered"),
)  # fmt: skip

hotline_wait = _fact(
    "hotline_wait", "월별 대기 분포", "Hotline waits by month, whole seconds",
    _month(), _place(), col("channel", String(8), "채널", "Channel"),
    col("outcome", String(12), "결과", "Outcome"), col("wait_s", Integer, "대기", "Wait", unit="s"),
    _n("contacts", "접촉", "Contacts", "contacts"),
    keys=("month_key", "district_code", "channel", "outcome", "wait_s"), period="month_key",
)  # fmt: skip

hotline_handle = _fact(
    "hotline_handle", "월별 처리 분포", "Hotline handling by month, 30-second bins",
    _month(), _place(), col("channel", String(8), "채널", "Channel"),
    col("handle_bin_s", Integer, "처리 구간 시작", "Bin start", unit="s"),
    _n("contacts", "접촉", "Contacts", "contacts"),
    keys=("month_key", "district_code", "channel", "handle_bin_s"), period="month_key",
)  # fmt: skip

agent_daily = _fact(
    "agent_daily", "일별 상담사", "Counsellors by day and hour",
    _day(), _month(), col("hour", Integer, "시", "Hour"),
    _n("paid_s", "근무", "Paid", "s"), _n("available_s", "대기 가능", "Available", "s"),
    _n("handling_s", "처리", "Handling", "s"), _n("wrap_s", "후처리", "Wrap-up", "s"),
    keys=("day", "hour"), period="day",
)  # fmt: skip

case_monthly = _fact(
    "case_monthly", "월별 상담 사례", "Counselling cases by month",
    _month(), _place(), _programme(), _age(), _sex(),
    _n("referred", "의뢰", "Referred", "cases"),
    _n("started", "시작", "Started", "cases"),
    _n("started_in_42_d", "42일 내 시작", "Started within 42 days", "cases"),
    _n("started_in_126_d", "126일 내 시작", "Started within 126 days", "cases"),
    _n("ended", "종결", "Ended", "cases"),
    _n("completed", "2회 이상 종결", "Completed (2+ sessions)", "cases"),
    _n("reached_8", "8회 완료", "Reached 8 sessions", "cases"),
    _n("dropped_out", "중도 탈락", "Unplanned end", "cases"),
    _n("suspended", "사업 중단 종결", "Ended by suspension", "cases"),
    keys=("month_key", "district_code", "programme_id", "age_band", "sex"), period="month_key",
    may_lack=("referred", "started", "started_in_42_d", "started_in_126_d", "ended", "completed", "reached_8",
              "dropped_out", "suspended"),
    note="each event is counted in its own month: referral, first session, end",
)  # fmt: skip

session_monthly = _fact(
    "session_monthly", "월별 상담 회기", "Counselling sessions by month",
    _month(), _place(), _programme(),
    col("mode", String(8), "방식", "Mode"), col("counsellor_type", String(16), "상담가", "Counsellor"),
    _n("scheduled", "예정", "Scheduled", "sessions"), _n("attended", "참석", "Attended", "sessions"),
    _n("dna", "불참", "Did not attend", "sessions"),
    _n("cancelled_client", "이용자 취소", "Cancelled by client", "sessions"),
    _n("cancelled_service", "기관 취소", "Cancelled by service", "sessions"),
    keys=("month_key", "district_code", "programme_id", "mode", "counsellor_type"), period="month_key",
    may_lack=("scheduled", "attended", "dna", "cancelled_client", "cancelled_service"),
)  # fmt: skip

outcome_monthly = _fact(
    "outcome_monthly", "월별 상담 결과", "Counselling outcomes by month of ending",
    _month(), _place(), _programme(), _age(), _sex(),
    _n("completed", "2회 이상 종결", "Completed (2+ sessions)", "cases"),
    _n("paired", "전후 점수 있음", "With both scores", "cases"),
    _n("at_caseness", "시작 시 기준 이상", "At caseness at start", "cases"),
    _n("recovered", "회복", "Recovered", "cases"),
    _n("reliably_improved", "신뢰할 만한 호전", "Reliably improved", "cases"),
    _n("reliably_recovered", "신뢰할 만한 회복", "Reliably recovered", "cases"),
    _n("reliably_deteriorated", "신뢰할 만한 악화", "Reliably deteriorated", "cases"),
    keys=("month_key", "district_code", "programme_id", "age_band", "sex"), period="month_key",
    note="PHQ-9 and GAD-7, definitions D4 to D9; completed cases only",
    may_lack=("completed", "paired", "at_caseness", "recovered", "reliably_improved", "reliably_recovered",
              "reliably_deteriorated"),
)  # fmt: skip

attendance_daily = _fact(
    "attendance_daily", "일별 이용", "Attendance by day",
    _day(), _month(), _place(), _programme(), _age(), _sex(),
    _n("visits", "이용", "Visits", "visits"),
    keys=("day", "district_code", "programme_id", "age_band", "sex"), period="day",
    note="distinct people do not add over days and are not summed",
)  # fmt: skip

attendance_monthly = _fact(
    "attendance_monthly", "월별 이용", "Attendance by month",
    _month(), _place(), _programme(), _age(), _sex(),
    _n("visits", "이용", "Visits", "visits"),
    keys=("month_key", "district_code", "programme_id", "age_band", "sex"), period="month_key",
)  # fmt: skip

referral_monthly = _fact(
    "referral_monthly", "월별 연계", "Referrals by month received",
    _month(), _place(), _programme(), col("source", String(20), "경로", "Source"),
    _n("received", "접수", "Received", "referrals"), _n("accepted", "수락", "Accepted", "referrals"),
    _n("accepted_in_14_d", "14일 내 수락", "Accepted within 14 days", "referrals"),
    keys=("month_key", "district_code", "programme_id", "source"), period="month_key",
)  # fmt: skip

ledger_monthly = _fact(
    "ledger_monthly", "월별 원장", "Ledger by month",
    _month(), col("fiscal_year", Integer, "회계연도", "Fiscal year"), _programme(), _place(),
    col("kind", String(32), "구분", "Kind"), col("funding", String(12), "재원", "Funding"),
    col("line_type", String(12), "통계목", "Line type"),
    _n("amount_krw", "금액", "Amount", "KRW"), _n("entries", "건수", "Entries", "entries"),
    keys=("month_key", "programme_id", "district_code", "kind", "funding", "line_type"), period="month_key",
    note="the city's own books", may_lack=("entries",),
)  # fmt: skip

ledger_other = _fact(
    "ledger_other", "다른 기관 장부", "Books of districts and foundations",
    _month(), col("fiscal_year", Integer, "회계연도", "Fiscal year"), _programme(), _place(),
    col("managing_body", String(12), "장부", "Books of"), col("kind", String(32), "구분", "Kind"),
    _n("amount_krw", "금액", "Amount", "KRW"),
    keys=("month_key", "programme_id", "district_code", "managing_body", "kind"), period="month_key",
    note="never added to the city's books: what the city pays to a district is the district's budget",
)  # fmt: skip

spell_monthly = _fact(
    "spell_monthly", "월별 상태 기간", "Person-time at risk by month",
    _month(), _place(), col("state", String(12), "상태", "State"),
    col("duration_band", String(8), "경과 개월", "Months in state"), _age(), _sex(),
    col("lives_alone", Boolean, "독거", "Lives alone"),
    col("prior_reisolations", Integer, "이전 재고립", "Prior re-isolations (0, 1, 2+)"),
    _n("person_days", "관찰 인일", "Person-days at risk", "person-days"),
    _n("to_reisolated", "재고립", "Re-isolated", "exits"), _n("to_connected", "연결", "Connected", "exits"),
    _n("died", "사망", "Died", "exits"), _n("moved", "전출", "Moved away", "exits"),
    _n("institution", "시설", "Institution", "exits"), _n("lost", "두절", "Lost", "exits"),
    keys=("month_key", "district_code", "state", "duration_band", "age_band", "sex", "lives_alone",
          "prior_reisolations"), period="month_key",
)  # fmt: skip

detection_monthly = _fact(
    "detection_monthly", "월별 발굴", "Detection by month flagged",
    _month(), _place(), col("signal", Integer, "위기신호(1–46, 0 = 전체)", "Signal (1–46, 0 = any)"),
    col("counted", String(8), "근거", "Counted from (lake, summary)"),
    _n("flagged", "발굴", "Flagged", "households"), _n("contacted", "접촉", "Contacted", "households"),
    _n("confirmed", "확인", "Confirmed", "households"), _n("enrolled", "등록", "Enrolled", "households"),
    keys=("month_key", "district_code", "signal", "counted"), period="month_key",
    note="rolled up from the detection lake or told by a monthly summary, never both of a month and district; households "
         "under signal 0 are counted once",
    may_lack=("contacted", "confirmed", "enrolled"),
)  # fmt: skip

served_yearly = _fact(
    "served_yearly", "연간 서비스 시작 실인원", "People whose service began, by year",
    col("year", Integer, "연도", "Year"), _place(), col("service", String(12), "서비스", "Service"),
    _n("people", "실인원", "Distinct people", "people"),
    keys=("year", "district_code", "service"), period="year",
    note="a person counts once a year and service, in the district of the first one; 'any' counts each person once over all services",
)  # fmt: skip

survey_area = _fact(
    "survey_area", "조사 집계", "Survey sums by district",
    col("year", Integer, "연도", "Year"), col("instrument_id", String(40), "조사", "Survey instrument"),
    _place(), _age(), _sex(), col("household_type", String(12), "가구 유형", "Household type"),
    _n("respondents", "응답자", "Respondents", "people"),
    _n("lonely_respondents", "외로움 응답자", "Lonely respondents", "people"),
    _n("isolated_respondents", "고립 응답자", "Isolated respondents", "people"),
    col("weight", Float, "가중합", "Sum of weights"), col("weight_sq", Float, "가중제곱합", "Sum of squared weights"),
    col("weight_lonely", Float, "외로움 가중합", "Weights, lonely"),
    col("weight_isolated", Float, "고립 가중합", "Weights, isolated"),
    keys=("year", "instrument_id", "district_code", "age_band", "sex", "household_type"), period="year",
    may_lack=("lonely_respondents", "isolated_respondents", "weight_lonely", "weight_isolated"),
)  # fmt: skip

return_monthly = _fact(
    "return_monthly", "월별 재고립", "Returns to isolation by month",
    _month(), _place(), col("duration_band", String(8), "경과 개월", "Months connected"), _age(), _sex(),
    _n("person_days", "관찰 인일", "Person-days at risk", "person-days"),
    _n("to_reisolated", "재고립", "Re-isolated", "exits"),
    keys=("month_key", "district_code", "duration_band", "age_band", "sex"), period="month_key",
    note="people who left isolation: from the spells of state connected, or from a summary by cohort",
)  # fmt: skip

thread_yearly = _fact(
    "thread_yearly", "연도별 이음선", "The thread by the year in which people became known",
    col("year", Integer, "처음 알려진 해", "Year first known"), _place(),
    col("door", String(20), "들어온 문", "Door"), col("programme_id", String(40), "세부사업", "Programme"), _age(), _sex(),
    *(_n(name, ko, en, "people") for name, ko, en in (
        ("known", "알려짐", "Known"), ("contacted", "닿음", "Contacted"), ("assessed", "확인함", "Assessed"),
        ("enrolled", "시작함", "Enrolled"), ("completed", "마침", "Completed"))),
    *(_n(f"{what}_{step}", f"{ko} 뒤 {ko_what}", f"{en_what} after: {step}", "people")
      for step, ko in (("known", "알려진"), ("contacted", "닿은"), ("assessed", "확인한"), ("enrolled", "시작한"))
      for what, ko_what, en_what in (("ended", "끝남(기록)", "Ended on record"), ("silent", "소식 없음", "Silent"))),
    _n("scored", "전후 점수 있음", "With both scores", "people"), _n("better", "신뢰할 만한 호전", "Reliably better", "people"),
    *(_n(f"{what}_{months}", f"마치고 {months}개월 {ko}", f"{months} months after completing: {en}", "people")
      for months in (6, 12, 24)
      for what, ko, en in (("due", "지남", "due"), ("connected", "연결 기록", "connected on record"),
                           ("apart", "연결 아님 기록", "not connected on record"))),
    _n("now_connected", "지금 연결", "Connected now", "people"), _n("now_apart", "지금 연결 아님", "Not connected now", "people"),
    _n("ever_connected", "연결로 기록됨", "On record as connected", "people"), _n("returned", "재고립", "Returned to isolation", "people"),
    _n("came_back", "다시 연결", "Connected again", "people"),
    keys=("year", "district_code", "door", "programme_id", "age_band", "sex"), period="year",
    note="each person counts once, under the year in which any table first knew of them; linked by the rules of data/thread.toml",
)  # fmt: skip

thread_time = _fact(
    "thread_time", "이음선 걸린 날", "Days between the steps of the thread",
    col("year", Integer, "처음 알려진 해", "Year first known"),
    col("trait", String(16), "나눈 기준", "Trait by which people are told apart (all: nobody is)"),
    col("group_code", String(40), "갈래", "Its code"), col("step", String(12), "다음 단계", "Next step"),
    col("kind", String(8), "구분", "Kind (reached, ended, open)"), col("days", Integer, "일수", "Days", unit="days"),
    _n("people", "사람", "People", "people"),
    keys=("trait", "year", "group_code", "step", "kind", "days"), period="year",
    note="each person stands once under every trait and once under all; from the step before; whoever is still under way counts with the days up to the day that the store speaks for",
)  # fmt: skip

thread_link = _fact(
    "thread_link", "이음선 연결", "People of the thread by table",
    col("year", Integer, "처음 알려진 해", "Year first known"), col("table_name", String(40), "표", "Table"),
    _n("people", "사람", "People", "people"), _n("met", "다른 표에도 있는 사람", "Whom another table has as well", "people"),
    keys=("year", "table_name"), period="year",
)  # fmt: skip

thread_reached = _fact(
    "thread_reached", "월별 이음선 도달", "Steps of the thread by the month in which people reached them",
    col("year", Integer, "연도", "Year"), col("month", Integer, "월", "Month"), _place(),
    col("door", String(20), "들어온 문", "Door"), col("programme_id", String(40), "세부사업", "Programme"),
    *(_n(name, ko, en, "people") for name, ko, en in (
        ("known", "알려짐", "Known"), ("contacted", "닿음", "Contacted"), ("assessed", "확인함", "Assessed"),
        ("enrolled", "시작함", "Enrolled"), ("completed", "마침", "Completed"), ("due", "마치고 1년", "A year after completing"),
        ("connected", "1년 뒤 연결 기록", "A year after: connected on record"),
        ("apart", "1년 뒤 연결 아님 기록", "A year after: not connected on record"))),
    keys=("year", "month", "district_code", "door", "programme_id"), period="year",
    note="whenever they became known: what money of a year is set against; the last three in the month in which the year is over",
)  # fmt: skip

# --- Facts of the service pages -------------------------------------------------------------------------

hotline_hourly = _fact(
    "hotline_hourly", "시간별 상담전화", "Hotline by day, hour and channel",
    _day(), _month(), col("hour", Integer, "시", "Hour"), col("channel", String(8), "채널", "Channel"),
    *(_n(*column) for column in _HOTLINE if column[0] not in ("referred", "at_risk")),
    keys=("day", "hour", "channel"), period="day",
)  # fmt: skip

hotline_topic = _fact(
    "hotline_topic", "월별 상담 주제", "Hotline topics by month",
    _month(), col("channel", String(8), "채널", "Channel"), col("topic", String(12), "주제", "Topic"), _age(),
    _n("answered", "응답", "Answered", "contacts"), _n("referred", "연계", "Referred", "contacts"),
    keys=("month_key", "channel", "topic", "age_band"), period="month_key",
)  # fmt: skip

hotline_caller = _fact(
    "hotline_caller", "월별 재접촉", "Known callers and renewed contact by month",
    _month(),
    _n("attempts", "아는 사람의 시도", "Attempts of known callers", "contacts"),
    _n("callers", "아는 사람", "Known callers", "people"),
    _n("callers_answered", "한 번 이상 응답받은 사람", "Known callers answered at least once", "people"),
    _n("answered", "아는 사람의 응답", "Answered contacts of known callers", "contacts"),
    _n("again_7", "7일 내 재접촉", "With another contact within 7 days", "contacts"),
    _n("again_30", "30일 내 재접촉", "With another contact within 30 days", "contacts"),
    keys=("month_key",), period="month_key",
    note="callers are counted once within a month and must not be added over months",
)  # fmt: skip

hotline_frequency = _fact(
    "hotline_frequency", "연간 접촉 빈도", "Callers by contacts in a year",
    col("year", Integer, "연도", "Year"), col("contacts", Integer, "접촉", "Contacts in the year", unit="contacts"),
    _n("callers", "사람", "Known callers", "people"),
    keys=("year", "contacts"), period="year",
    note="callers are counted once within a year and must not be added over years",
)  # fmt: skip

hotline_first = _fact(
    "hotline_first", "월별 처음 접촉한 사람", "Known callers by the month of their first contact",
    _month(), _n("callers", "처음 접촉한 사람", "First-time callers", "people"),
    keys=("month_key",), period="month_key",
    note="the first contact on record; each known caller is counted in one month only",
)  # fmt: skip

case_course = _fact(
    "case_course", "의뢰 월별 상담 경과", "Counselling courses by month referred",
    _month(), _place(), col("provider_id", String(20), "제공기관", "Provider"), _programme(),
    *(_n(name, ko, en, "cases") for name, ko, en in (
        ("referred", "의뢰", "Referred"), ("started", "시작", "Started"), ("second", "2회 참석", "Second session"),
        ("ended", "종결", "Ended"), ("completed", "2회 이상 종결", "Completed (2+ sessions)"),
        ("reached_8", "8회 완료", "Reached 8 sessions"), ("followed_up", "종결 후 확인", "Followed up after the end"),
        ("dropped_out", "중도 탈락", "Unplanned end"), ("suspended", "사업 중단 종결", "Ended by suspension"),
        ("paired", "전후 점수 있음", "With both scores"), ("at_caseness", "시작 시 기준 이상", "At caseness at start"),
        ("recovered", "회복", "Recovered"), ("reliably_improved", "신뢰할 만한 호전", "Reliably improved"),
        ("reliably_recovered", "신뢰할 만한 회복", "Reliably recovered"),
        ("reliably_deteriorated", "신뢰할 만한 악화", "Reliably deteriorated"))),
    keys=("month_key", "district_code", "provider_id", "programme_id"), period="month_key",
    note="one cohort a month: every later step is counted under the month of referral",
)  # fmt: skip

counselling_wait = _fact(
    "counselling_wait", "의뢰 월별 대기", "Counselling waits by month referred",
    _month(), _programme(), col("kind", String(10), "구분", "Kind"), col("days", Integer, "일수", "Days", unit="days"),
    _n("cases", "사례", "Cases", "cases"),
    keys=("month_key", "programme_id", "kind", "days"), period="month_key",
    note="kind: first = referral to first session; withdrew = referral to an end without a session; second = first to "
         "second session; waiting = neither yet, days then holds the day of the month of referral",
)  # fmt: skip

session_held = _fact(
    "session_held", "참석 회기 분포", "Courses by sessions attended",
    _month(), _programme(), col("held", Integer, "참석 회기", "Sessions attended", unit="sessions"),
    col("ending", String(12), "종결 사유", "Ending (open while it goes on)"), _n("cases", "사례", "Cases", "cases"),
    keys=("month_key", "programme_id", "held", "ending"), period="month_key",
    note="by the month of the first session",
)  # fmt: skip

score_pair = _fact(
    "score_pair", "전후 점수 분포", "First and last scores of completed courses",
    _month(), col("instrument", String(12), "척도", "Instrument"),
    col("first", Integer, "시작 점수", "First score", unit="points"), col("last", Integer, "끝 점수", "Last score", unit="points"),
    _n("cases", "사례", "Cases", "cases"),
    keys=("month_key", "instrument", "first", "last"), period="month_key",
    note="by the month of ending",
)  # fmt: skip

course_end = _fact(
    "course_end", "완료 사례의 첫 대기와 이월 점수 결과", "First waits and carried-forward outcomes of completed courses",
    _month(), _programme(),
    *(_n(name, ko, en, "cases") for name, ko, en in (
        ("completed", "2회 이상 종결", "Completed (2+ sessions)"),
        ("waited_42_d", "의뢰 42일 내 시작", "Began within 42 days of referral"),
        ("waited_126_d", "의뢰 126일 내 시작", "Began within 126 days of referral"),
        ("scored", "시작 점수 있음", "With both first scores"), ("at_caseness", "시작 시 기준 이상", "At caseness at start"),
        ("recovered", "회복", "Recovered"), ("reliably_improved", "신뢰할 만한 호전", "Reliably improved"),
        ("reliably_recovered", "신뢰할 만한 회복", "Reliably recovered"),
        ("reliably_deteriorated", "신뢰할 만한 악화", "Reliably deteriorated"))),
    keys=("month_key", "programme_id"), period="month_key",
    note="by the month of ending; a scale without a later score keeps its first one (last observation carried forward)",
)  # fmt: skip


def _acted() -> tuple[Column[Any], ...]:
    steps = (("flagged", "발굴", "Flagged"), ("contacted", "접촉", "Contacted"), ("confirmed", "확인", "Confirmed"),
             ("enrolled", "등록", "Enrolled"))  # fmt: skip
    return tuple(_n(*step, "households") for step in steps)


detection_pair = _fact(
    "detection_pair", "신호 조합별 발굴", "Detection by pair of signals",
    _month(), col("signal", Integer, "위기신호", "Signal"), col("other", Integer, "함께 나타난 신호", "Second signal"),
    *_acted(),
    keys=("month_key", "signal", "other"), period="month_key", note="signal < other; rolled up from the detection lake",
)  # fmt: skip

detection_count = _fact(
    "detection_count", "신호 수별 가구", "Households by number of signals",
    _month(), col("signals", Integer, "신호 수", "Signals shown in the month"),
    _n("households", "가구", "Households showing so many", "households"), *_acted(),
    keys=("month_key", "signals"), period="month_key", note="rolled up from the detection lake",
)  # fmt: skip

OPERATIONAL = {
    name: table for name, table in metadata.tables.items() if table.info.get("kind") == "operational"
}
FACTS = {name: table for name, table in metadata.tables.items() if table.info.get("kind") == "fact"}
