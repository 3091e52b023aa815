"""Why a file, a row or a value is refused: codes, and what is wrong and what to do, in two languages."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Reason codes, stable: they are stored with refused rows."""

    # The whole file is refused.
    NOT_FOUND = "not_found"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    UNDECODABLE = "undecodable"
    CONTROL_CHARACTERS = "control_characters"
    OPEN_QUOTE = "open_quote"
    WRONG_KIND = "wrong_kind"
    PASSWORD = "password"
    DRM = "drm"
    MACRO = "macro"
    UNSAFE = "unsafe"
    BROKEN = "broken"
    UNKNOWN_TEMPLATE = "unknown_template"
    NO_TEMPLATE = "no_template"
    AMBIGUOUS_TEMPLATE = "ambiguous_template"
    MIXED_TABLES = "mixed_tables"
    MISSING_COLUMNS = "missing_columns"
    DUPLICATE_COLUMN = "duplicate_column"
    COLUMN_SHIFT = "column_shift"
    UNKNOWN_UNIT = "unknown_unit"
    UNIT_CONFLICT = "unit_conflict"
    NO_ROWS = "no_rows"
    TOTAL_MISSING = "total_missing"
    TOTAL_DIFFERS = "total_differs"
    RESIDENT_NUMBER = "resident_number"
    # One row is refused.
    COLUMN_COUNT = "column_count"
    MISSING_VALUE = "missing_value"
    SUPPRESSED = "suppressed"
    NOT_A_NUMBER = "not_a_number"
    NOT_WHOLE = "not_whole"
    FILLED_TRIANGLE = "filled_triangle"
    OUT_OF_RANGE = "out_of_range"
    NOT_A_DATE = "not_a_date"
    NO_SUCH_DATE = "no_such_date"
    TWO_DIGIT_YEAR = "two_digit_year"
    NOT_A_TIME = "not_a_time"
    NOT_YES_NO = "not_yes_no"
    UNKNOWN_CODE = "unknown_code"
    UNKNOWN_DISTRICT = "unknown_district"
    AMBIGUOUS_DISTRICT = "ambiguous_district"
    UNKNOWN_PROGRAMME = "unknown_programme"
    TOO_LONG = "too_long"
    FORMULA = "formula"
    PERSONAL = "personal"
    END_BEFORE_START = "end_before_start"
    KEY_CONFLICT = "key_conflict"
    NEGATIVE_AMOUNT = "negative_amount"
    # The books would not balance: nothing of the file is loaded.
    OVERDRAWN = "overdrawn"
    TRANSFER_SIDES = "transfer_sides"
    CARRY_OVER = "carry_over"
    FINAL_ABOVE_PAID = "final_above_paid"
    VERSION_KEPT = "version_kept"
    # Loaded, but nothing on record to hold it against.
    CARRY_IN_UNCHECKED = "carry_in_unchecked"


# reason -> what is wrong (ko), what to do (ko), what is wrong (en), what to do (en); {detail} is filled in.
SENTENCES: dict[Reason, tuple[str, str, str, str]] = {
    Reason.NOT_FOUND: (
        "파일을 열 수 없습니다.",
        "경로와 읽기 권한을 확인하세요.",
        "The file cannot be opened.",
        "Check the path and the permission to read it.",
    ),
    Reason.EMPTY: (
        "빈 파일입니다.",
        "내용이 있는 파일인지 확인하고 다시 저장해 보내세요.",
        "The file is empty.",
        "Check that it has content, save it again and send it.",
    ),
    Reason.TOO_LARGE: (
        "파일이 너무 큽니다({detail}).",
        "월이나 구 단위로 나누어 보내세요.",
        "The file is too large ({detail}).",
        "Split it by month or by district.",
    ),
    Reason.UNDECODABLE: (
        "글자를 읽을 수 없습니다. UTF-8도 CP949(EUC-KR)도 아니거나 두 가지가 섞여 있습니다.",
        "엑셀에서 ‘CSV UTF-8’ 또는 XLSX로 다시 저장하세요.",
        "The text cannot be read: it is neither UTF-8 nor CP949, or it mixes the two.",
        "Save it again as 'CSV UTF-8' or XLSX.",
    ),
    Reason.CONTROL_CHARACTERS: (
        "글이 아닌 제어 문자가 들어 있습니다.",
        "원본에서 XLSX 또는 CSV로 다시 내보내세요.",
        "It holds control characters that are not text.",
        "Export it again as XLSX or CSV.",
    ),
    Reason.OPEN_QUOTE: (
        "큰따옴표가 닫히지 않았습니다.",
        '이 행의 큰따옴표(")를 짝이 맞게 고치세요.',
        "A quotation mark is not closed.",
        'Balance the quotation marks (") of this row.',
    ),
    Reason.WRONG_KIND: (
        "읽지 않는 형식입니다: {detail}.",
        "해당 프로그램에서 표를 열어 XLSX 또는 CSV로 저장해 보내세요.",
        "This kind of file is not read: {detail}.",
        "Open the table in its program and save it as XLSX or CSV.",
    ),
    Reason.PASSWORD: (
        "암호가 걸린 파일입니다.",
        "엑셀의 ‘파일 › 정보 › 통합 문서 보호’에서 암호를 풀고 저장하세요.",
        "The file is protected by a password.",
        "Remove the password in File › Info › Protect Workbook and save.",
    ),
    Reason.DRM: (
        "문서보안(DRM)이 걸린 파일입니다.",
        "보안 프로그램에서 반출(복호화) 승인을 받아 해제한 파일을 보내세요.",
        "The file is wrapped by document security (DRM).",
        "Have it released by the security program and send that.",
    ),
    Reason.MACRO: (
        "매크로가 든 통합 문서입니다.",
        "‘Excel 통합 문서(.xlsx)’로 다시 저장하세요.",
        "The workbook holds macros.",
        "Save it as 'Excel Workbook (.xlsx)'.",
    ),
    Reason.UNSAFE: (
        "정상적인 통합 문서로 보기 어렵습니다({detail}).",
        "원본을 열어 새 XLSX로 저장하거나 CSV로 보내세요.",
        "This does not look like an ordinary workbook ({detail}).",
        "Save the original as a new XLSX or as CSV.",
    ),
    Reason.BROKEN: (
        "통합 문서가 손상되어 열 수 없습니다.",
        "엑셀에서 열어 다시 저장하세요.",
        "The workbook is damaged and cannot be opened.",
        "Open it in Excel and save it again.",
    ),
    Reason.UNKNOWN_TEMPLATE: (
        "그런 서식이 없습니다.",
        "다음 중에서 고르세요: {detail}.",
        "There is no such template.",
        "Choose one of: {detail}.",
    ),
    Reason.NO_TEMPLATE: (
        "어느 표인지 알 수 없습니다. 알려진 서식의 머리글 행을 찾지 못했습니다.",
        "서식을 내려받아 머리글을 맞추세요. 서식: {detail}.",
        "The table is not recognised: no header row of a known template was found.",
        "Take the headers from a template. Templates: {detail}.",
    ),
    Reason.AMBIGUOUS_TEMPLATE: (
        "여러 서식에 똑같이 맞아 어느 표인지 정할 수 없습니다.",
        "서식을 직접 고르세요: {detail}.",
        "The headers fit several templates equally well.",
        "Name the template: {detail}.",
    ),
    Reason.MIXED_TABLES: (
        "한 파일에 여러 표가 들어 있습니다: {detail}.",
        "표마다 파일을 나누거나 서식을 지정하세요.",
        "One file holds several tables: {detail}.",
        "Send one file per table, or name the template.",
    ),
    Reason.MISSING_COLUMNS: (
        "꼭 필요한 열이 없습니다: {detail}.",
        "열을 추가하거나 머리글을 서식과 같게 고치세요.",
        "Required columns are missing: {detail}.",
        "Add them, or give their headers the template's names.",
    ),
    Reason.DUPLICATE_COLUMN: (
        "같은 뜻의 열이 둘 이상입니다: {detail}.",
        "하나만 남기세요.",
        "Several columns mean the same: {detail}.",
        "Keep one of them.",
    ),
    Reason.COLUMN_SHIFT: (
        "모든 행의 칸 수가 머리글보다 많아 값이 밀려 있습니다.",
        "머리글에 빠진 열 이름을 넣으세요.",
        "Every row has more cells than the header, so values are shifted.",
        "Add the missing header name.",
    ),
    Reason.UNKNOWN_UNIT: (
        "단위를 알 수 없습니다: {detail}.",
        "원, 천원, 백만원, 억원처럼 적으세요.",
        "The unit is not known: {detail}.",
        "Write 원, 천원, 백만원 or 억원 (won, thousand won …).",
    ),
    Reason.UNIT_CONFLICT: (
        "단위가 서로 다릅니다: {detail}.",
        "표 위의 단위와 머리글의 단위를 하나로 맞추세요.",
        "The units disagree: {detail}.",
        "Make the caption's unit and the header's unit the same.",
    ),
    Reason.NO_ROWS: (
        "머리글 아래에 자료 행이 없습니다.",
        "자료 행을 넣어 다시 보내세요.",
        "There are no data rows under the header.",
        "Add the rows and send the file again.",
    ),
    Reason.TOTAL_MISSING: (
        "계획 파일에 합계가 없습니다({detail}).",
        "표의 맨 아래에 ‘합계’ 행을 두고 계획액 전체의 합을 적으세요.",
        "The plan file states no total ({detail}).",
        "Add a row 합계 (total) under the table with the sum of all planned amounts.",
    ),
    Reason.TOTAL_DIFFERS: (
        "적힌 합계가 받아들인 행들의 합과 다릅니다({detail}).",
        "빠지거나 거절된 행, 금액의 단위, 합계를 확인하여 같게 하세요.",
        "The printed total differs from the sum of the accepted rows ({detail}).",
        "Check for missing or refused rows, the unit and the total until the two agree.",
    ),
    Reason.RESIDENT_NUMBER: (
        "주민등록번호로 보이는 값이 있어 파일 전체를 받지 않았고, 값은 저장하지 않았습니다.",
        "그 열을 지우고 가명 번호를 쓴 파일을 다시 보내세요.",
        "A value looks like a resident registration number: the whole file is refused, nothing stored.",
        "Delete that column, use a pseudonymous number and send the file again.",
    ),
    Reason.COLUMN_COUNT: (
        "칸 수가 머리글과 다릅니다({detail}).",
        "쉼표가 든 값은 큰따옴표로 묶고, 잘린 행은 채우세요.",
        "The number of cells differs from the header ({detail}).",
        "Quote values that hold a comma, and complete a row that was cut off.",
    ),
    Reason.MISSING_VALUE: (
        "값이 비어 있습니다.",
        "값을 채우세요.",
        "The value is missing.",
        "Fill it in.",
    ),
    Reason.SUPPRESSED: (
        "가려진 값이라 셀 수 없습니다.",
        "원자료의 값을 받아 적으세요. 0으로 바꾸지 마세요.",
        "The value is withheld and cannot be counted.",
        "Obtain the original value; do not replace it by 0.",
    ),
    Reason.NOT_A_NUMBER: (
        "숫자로 읽을 수 없습니다.",
        "숫자만 쓰세요(예: 1,234).",
        "This cannot be read as a number.",
        "Write digits only (for example 1,234).",
    ),
    Reason.NOT_WHOLE: (
        "정수가 아닙니다.",
        "소수점이 없는 수(금액은 원 단위로 떨어지는 수)를 쓰세요.",
        "This is not a whole number.",
        "Write a whole number (money must come out in whole won).",
    ),
    Reason.FILLED_TRIANGLE: (
        "▲는 기관마다 증가와 감소를 다르게 뜻합니다.",
        "감소는 -12 또는 △12로 쓰세요.",
        "▲ means plus in some offices and minus in others.",
        "Write a negative number as -12 or △12.",
    ),
    Reason.OUT_OF_RANGE: (
        "있을 수 있는 범위를 벗어났습니다({detail}).",
        "값과 단위를 확인하세요.",
        "The value is outside the possible range ({detail}).",
        "Check the value and its unit.",
    ),
    Reason.NOT_A_DATE: (
        "날짜로 읽을 수 없습니다.",
        "2025-04-01처럼 연·월·일을 모두 쓰세요.",
        "This cannot be read as a date.",
        "Write year, month and day, as in 2025-04-01.",
    ),
    Reason.NO_SUCH_DATE: (
        "달력에 없는 날짜나 시각입니다.",
        "실제 날짜로 고치세요.",
        "There is no such date or time.",
        "Correct it to a real one.",
    ),
    Reason.TWO_DIGIT_YEAR: (
        "연도가 두 자리라 확실하지 않습니다.",
        "연도를 네 자리로 쓰세요(예: 2025-04-01).",
        "The year has two digits and is not certain.",
        "Write four digits, as in 2025-04-01.",
    ),
    Reason.NOT_A_TIME: (
        "날짜와 시각으로 읽을 수 없습니다.",
        "2025-04-01 09:30:00처럼 쓰세요.",
        "This cannot be read as a date and time.",
        "Write it as 2025-04-01 09:30:00.",
    ),
    Reason.NOT_YES_NO: (
        "예/아니오로 읽을 수 없습니다.",
        "예 또는 아니오(Y/N, O/X, 1/0)로 쓰세요.",
        "This is not a yes or no.",
        "Write 예 or 아니오 (Y/N, O/X, 1/0).",
    ),
    Reason.UNKNOWN_CODE: (
        "정해진 항목이 아닙니다.",
        "다음 중 하나를 쓰세요: {detail}.",
        "This is not one of the listed categories.",
        "Write one of: {detail}.",
    ),
    Reason.UNKNOWN_DISTRICT: (
        "서울의 자치구가 아닙니다.",
        "강남구처럼 구 이름을 쓰거나 통계청·행안부 코드를 쓰세요.",
        "This is not a district of Seoul.",
        "Write the district's name, or its KOSTAT or MOIS code.",
    ),
    Reason.AMBIGUOUS_DISTRICT: (
        "통계청 코드와 행안부 코드에서 서로 다른 구를 뜻합니다({detail}).",
        "코드 대신 구 이름을 쓰세요.",
        "This code means different districts at KOSTAT and MOIS ({detail}).",
        "Write the district's name instead.",
    ),
    Reason.UNKNOWN_PROGRAMME: (
        "등록되지 않은 사업입니다.",
        "사업 목록의 이름이나 번호를 그대로 쓰세요.",
        "This programme is not registered.",
        "Write the name or id as the list of programmes has it.",
    ),
    Reason.TOO_LONG: (
        "글이 너무 깁니다(최대 {detail}자).",
        "줄여 쓰세요.",
        "The text is too long (at most {detail} characters).",
        "Shorten it.",
    ),
    Reason.FORMULA: (
        "수식의 결과가 없거나 오류입니다.",
        "엑셀에서 ‘값으로 붙여넣기’ 한 뒤 저장하세요.",
        "The formula has no result or an error.",
        "Paste as values in Excel and save.",
    ),
    Reason.PERSONAL: (
        "전화번호나 전자우편으로 보이는 개인정보입니다. 값은 저장하지 않았습니다.",
        "지우거나 가명 번호로 바꾸세요.",
        "This looks like a telephone number or e-mail address; it was not stored.",
        "Delete it or use a pseudonymous number.",
    ),
    Reason.END_BEFORE_START: (
        "앞선 시점보다 이릅니다({detail}).",
        "두 시점의 순서를 확인하세요.",
        "This is earlier than what must come before it ({detail}).",
        "Check the order of the two.",
    ),
    Reason.KEY_CONFLICT: (
        "같은 항목({detail})이 파일 안에 서로 다른 값으로 두 번 이상 있습니다.",
        "맞는 행 하나만 남기세요.",
        "The same item ({detail}) stands in the file more than once with different values.",
        "Keep the one row that is right.",
    ),
    Reason.NEGATIVE_AMOUNT: (
        "‘{detail}’ 전표는 음수로 적지 않습니다.",
        "돌려받은 돈(반납·여입)은 구분을 ‘반납’으로 하여 양수로 적고, 잘못 적은 전표는 같은 전표번호로 고쳐 보내세요.",
        "An entry of the kind '{detail}' is not written as a negative amount.",
        "Enter money that came back as a refund (반납) with a positive amount; correct a wrong entry under its own entry id.",
    ),
    Reason.OVERDRAWN: (
        "지출과 이월이 예산현액보다 많아집니다({detail}원).",
        "빠진 예산·추경·전용·이월 전표를 같은 파일에 넣거나 금액을 고치세요. 아무것도 반입하지 않았습니다.",
        "Spending and carry-over of this programme-year would pass its current budget ({detail} won).",
        "Add the missing appropriation, transfer or carry-in to the file, or correct the amount. Nothing was loaded.",
    ),
    Reason.TRANSFER_SIDES: (
        "이 전용 문서의 증과 감이 다릅니다({detail}원).",
        "보내는 사업과 받는 사업의 전표를 같은 문서번호로 한 파일에 넣으세요. 아무것도 반입하지 않았습니다.",
        "The two sides of this transfer differ ({detail} won).",
        "Put the giving and the receiving entry under one document number into one file. Nothing was loaded.",
    ),
    Reason.CARRY_OVER: (
        "이월 수입이 전년 이월액과 다릅니다({detail}원).",
        "전년 이월과 올해 이월 수입을 이월 종류마다 같게 하여 한 파일에 넣으세요. 아무것도 반입하지 않았습니다.",
        "What is carried in differs from last year's carry-over ({detail} won).",
        "Make both equal for each type of carry-over and put them into one file. Nothing was loaded.",
    ),
    Reason.FINAL_ABOVE_PAID: (
        "실집행이 지출·교부한 돈(지난해 교부하고 남은 돈 포함)보다 많아집니다({detail}원).",
        "빠진 지출·교부 전표를 같은 파일에 넣거나 금액을 고치세요. 아무것도 반입하지 않았습니다.",
        "Executing bodies would have spent more than was paid to them, last year's remainder included ({detail} won).",
        "Add the missing expenditure or disbursement to the file, or correct the amount. Nothing was loaded.",
    ),
    Reason.CARRY_IN_UNCHECKED: (
        "전년도 장부가 없어 이월 수입을 견주지 못했습니다({detail}원).",
        "반입은 했습니다. 전년도 원장을 올리면 그 이월액과 원 단위까지 견줍니다.",
        "The year before is not on record, so this carry-in could not be checked ({detail} won).",
        "It was loaded. When last year's ledger is imported, its carry-over must equal it to the won.",
    ),
    Reason.VERSION_KEPT: (
        "이미 기록된 계획의 판입니다({detail}판).",
        "판은 고치지 않습니다. 새 번호의 판으로 올리세요. 아무것도 반입하지 않았습니다.",
        "This version of the plan is already recorded ({detail}).",
        "Versions are not changed: send it under a new number. Nothing was loaded.",
    ),
}
