"""The channels of a mock detector: a strain and KAGRA-like witnesses, hundreds if need be."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count, islice, product, zip_longest

from .settings import MockSettings


@dataclass(frozen=True)
class Channel:
    """One channel: `kind` says which design its noise follows, `sample_rate` is in Hz."""

    name: str
    sample_rate: int
    kind: str


def channels(settings: MockSettings) -> tuple[Channel, ...]:
    """All channels of a detector, the main one first."""
    others = (pair for pair in _witnesses(settings.main.partition(":")[0]) if pair[0] != settings.main)
    witnesses = islice(others, settings.auxiliary)
    rates = (settings.rates[i % len(settings.rates)] for i in count())
    rest = (Channel(name, rate, kind) for (name, kind), rate in zip(witnesses, rates, strict=False))
    return (Channel(settings.main, settings.main_rate, "strain"), *rest)


# The first ones stand in the order of the families whose home they are: blip, helix, scratchy, scattered light...
_FIRST = (
    ("PEM-VOLT_REFL_TABLE_GND_OUT_DQ", "VOLT"),
    ("IMC-CAV_REFL_IR_I_OUT_DQ", "IMC"),
    ("PEM-ACC_OMC_TABLE_AS_Z_OUT_DQ", "ACC"),
    ("VIS-ETMX_TM_OPLEV_LEN_DIAG_DQ", "VIS"),
    ("LSC-ALS_CARM_OUT_DQ", "LSC"),
    ("PSL-ISS_PDB_OUT_DQ", "PSL"),
    ("CAL-CS_PROC_IMC_FREQUENCY_DQ", "CAL"),
    ("AOS-TMSX_IR_PDA1_OUT_DQ", "AOS"),
    ("PEM-SEIS_IXV_GND_X_IN1_DQ", "SEIS"),
    ("PEM-MIC_BS_BOOTH_BS_Z_OUT_DQ", "MIC"),
    ("PEM-MAG_BS_BOOTH_BS_X_OUT_DQ", "MAG"),
    ("VIS-ITMY_MN_PSDAMP_R_IN1_DQ", "VIS"),
    ("PEM-ACC_MCF_TABLE_REFL_Z_OUT_DQ", "ACC"),
    ("LSC-MICH_IN1_DQ", "LSC"),
    ("LSC-PRCL_IN1_DQ", "LSC"),
    ("PSL-PMC_TRANS_DC_OUT_DQ", "PSL"),
    ("IMC-MCL_SERVO_OUT_DQ", "IMC"),
    ("VIS-BS_TM_OPLEV_TILT_PIT_OUT_DQ", "VIS"),
    ("CAL-CS_PROC_MICH_DISPLACEMENT_DQ", "CAL"),
    ("AOS-TMSY_IR_PDA1_OUT_DQ", "AOS"),
)
_OPTICS = (
    "ETMX",
    "ETMY",
    "ITMX",
    "ITMY",
    "BS",
    "PR2",
    "PR3",
    "PRM",
    "SR2",
    "SR3",
    "SRM",
    "MCE",
    "IMMT1",
    "OMMT1",
    "OSTM",
)
_PLACES = ("IXV", "IYV", "EXV", "EYV", "BS", "MCF", "MCE", "PR2", "SR3", "PSL", "OMC", "TMSX", "TMSY", "CR", "DR")
_MORE = {
    "VIS": ("VIS-{}_{}_DAMP_{}_IN1_DQ", _OPTICS, ("TM", "IM", "MN", "BF", "IP"), ("L", "P", "Y", "R", "T", "V")),
    "ACC": ("PEM-ACC_{}_{}_{}_OUT_DQ", _PLACES, ("TABLE", "CHAMBER", "FLOOR"), ("X", "Y", "Z")),
    "MIC": ("PEM-MIC_{}_{}_{}_OUT_DQ", _PLACES, ("BOOTH", "RACK"), ("A", "B")),
    "MAG": ("PEM-MAG_{}_{}_{}_OUT_DQ", _PLACES, ("BOOTH", "RACK"), ("X", "Y", "Z")),
    "SEIS": ("PEM-SEIS_{}_{}_{}_IN1_DQ", _PLACES, ("GND",), ("X", "Y", "Z")),
    "VOLT": ("PEM-VOLT_{}_{}_{}_OUT_DQ", _PLACES, ("RACK", "UPS"), ("1", "2")),
    "LSC": ("LSC-{}_{}_{}_DQ", ("DARM", "CARM", "MICH", "PRCL", "SRCL", "REFL"), ("RF17", "RF45", "DC"), ("I", "Q")),
    "IMC": ("IMC-{}_{}_{}_OUT_DQ", ("MCL", "CAV", "SERVO"), ("REFL", "TRANS", "IR"), ("I", "Q", "SUM")),
    "PSL": ("PSL-{}_{}_{}_OUT_DQ", ("ISS", "PMC", "FSS"), ("PDA", "PDB", "MIXER", "HV"), ("1", "2", "MON")),
    "AOS": ("AOS-{}_{}_{}_OUT_DQ", ("TMSX", "TMSY", "POP"), ("IR", "GR"), ("PDA1", "PDA2", "QPD1", "QPD2")),
}  # fmt: skip


def _witnesses(prefix: str) -> Iterator[tuple[str, str]]:
    """Names and kinds without end, none twice: the first ones, then the subsystems in turn, then numbered copies."""
    more = [[(text.format(*parts), kind) for parts in product(*words)] for kind, (text, *words) in _MORE.items()]
    turns = [pair for turn in zip_longest(*more) for pair in turn if pair is not None and pair not in _FIRST]
    copies = ((f"{name}_{copy}", kind) for copy in count(2) for name, kind in turns)
    for name, kind in chain(_FIRST, turns, copies):
        yield f"{prefix}:{name}", kind
