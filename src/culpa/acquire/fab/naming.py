"""The names of columns in each language."""

from ...errors import UsageError, nearest

_KOREAN = {
    "timestamp": "시간", "equipment": "장비ID", "chamber": "챔버", "lot": "배치번호", "wafer": "웨이퍼",
    "recipe": "레시피", "step": "공정단계", "temperature": "온도", "pressure": "압력", "flow": "유량",
    "rf_power": "RF전력", "rf_reflected": "반사전력", "voltage": "전압", "current": "전류", "phase": "위상",
    "valve_position": "밸브개도", "gas_concentration": "가스농도", "vibration": "진동", "endpoint": "종점신호",
    "thickness": "두께", "yield": "수율", "anomaly": "이상여부",
}  # fmt: skip
COLUMNS = tuple(_KOREAN)
"""The columns of the data in the order of the file, as English has them."""
LOCALES = ("en", "ko")


def names(locale: str) -> dict[str, str]:
    """The name of each of `COLUMNS` in a language, one of `LOCALES`. Raises UsageError for another one."""
    if locale not in LOCALES:
        raise UsageError(f"no names of columns in {locale!r}", nearest(locale, LOCALES))
    return dict(_KOREAN) if locale == "ko" else {name: name for name in COLUMNS}


def encoding(locale: str) -> str:
    """How text files are encoded: UTF-8, with a byte order mark where names are Korean.

    Without the mark, Excel takes them for CP949 and shows rubbish; English files are ASCII and need none.
    """
    return "utf-8-sig" if locale == "ko" else "utf-8"
