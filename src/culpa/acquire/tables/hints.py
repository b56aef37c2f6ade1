"""What names of columns suggest, in English and in Korean."""

from collections.abc import Mapping

from .columnfacts import Facts

LABEL = "label"
WEAK_LABEL = "weak label"
TIME, SENSOR, GROUP, UNIT, IDENTIFIER = "time", "sensor", "group", "unit", "identifier"


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ENGLISH: Mapping[str, frozenset[str]] = {
    LABEL: _set(
        "anomaly anomalies anomalous abnormal label labels fault faulty defect defective failure fail outlier "
        "changepoint attack ng"
    ),
    WEAK_LABEL: _set("class target y result status normal pass good quality judgement judgment verdict"),
    TIME: _set("time timestamp datetime date ts day clock"),
    SENSOR: _set(
        "sensor value temp temperature press pressure flow volume volt voltage current power pwr rf gas concentration "
        "humidity vibration noise thickness speed velocity rpm torque level position angle impedance resistance load "
        "tuner phase valve frequency freq accelerometer acceleration thermocouple strain force weight density ph yield "
        "rate ratio amplitude mean std min max sum count endpt intensity energy cpu memory"
    ),
    GROUP: _set(
        "lot chamber tool equipment eqp equip eq machine recipe step stage product batch group line station slot shift "
        "operator type category mode host site device experiment factory fab vendor supplier model phase"
    ),
    UNIT: _set("wafer run unit cycle part piece substrate panel trace episode trial specimen"),
    IDENTIFIER: _set("id ids index idx serial no nr number num uuid key row rowid unnamed seq sequence"),
}
_KOREAN: Mapping[str, tuple[str, ...]] = {
    LABEL: ("이상", "불량", "고장", "라벨", "레이블", "결함"),
    WEAK_LABEL: ("판정", "정상", "결과", "합격"),
    TIME: ("시간", "날짜", "일시", "시각"),
    SENSOR: (
        "온도",
        "압력",
        "유량",
        "전압",
        "전류",
        "농도",
        "습도",
        "진동",
        "소음",
        "두께",
        "전력",
        "속도",
        "수위",
        "무게",
        "주파수",
    ),
    GROUP: ("배치", "공정", "단계", "장비", "설비", "라인", "제품", "로트", "챔버", "레시피", "그룹", "모델", "호기"),
    UNIT: ("웨이퍼", "사이클", "시편"),
    IDENTIFIER: ("번호", "순번", "일련", "인덱스"),
}


def hinted(facts: Facts, what: str) -> bool:
    """Whether the name of a column suggests a role."""
    return bool(facts.tokens & _ENGLISH[what]) or any(part in facts.name for part in _KOREAN[what])
