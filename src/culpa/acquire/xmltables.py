"""The tables of LIGO_LW XML files, as words."""

import csv
import re
from xml.etree.ElementTree import Element, fromstring

from .unzipped import unzipped


def parse(data: bytes) -> Element:
    """The document in a file, gzipped or not. Raises ValueError, EOFError, OSError or ParseError for anything else."""
    return fromstring(unzipped(data))  # noqa: S314  expat limits the growth of entities


def table(document: Element, wanted: str) -> dict[str, list[str]]:
    """The words of a table by column, "" where one is missing; no column where there is no such table.

    Names are without what older files put before a colon. Source: LIGO-T980091 (format).
    """
    for element in document.iter("Table"):
        if element.get("Name", "").removesuffix(":table").rpartition(":")[2] == wanted:
            names = [column.get("Name", "").rpartition(":")[2] for column in element.iter("Column")]
            stream = element.find("Stream")
            words = _words((stream.text or "") if stream is not None else "")
            rows = len(words) // len(names)
            return {name: words[place : rows * len(names) : len(names)] for place, name in enumerate(names)}
    return {}


def _words(stream: str) -> list[str]:
    """The values in a stream, without their quotes."""
    line = re.sub(r"\s*\n\s*", "", stream.strip())
    usual = csv.field_size_limit(len(line) + 1)  # a list of many segments is one long word
    try:
        return next(csv.reader([line], doublequote=False, escapechar="\\"), [])
    finally:
        csv.field_size_limit(usual)
