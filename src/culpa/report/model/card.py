"""The model card: what a classifier is, what it was made from, how well it does, and where it does not."""

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from ...evaluate.classes import ClassMeasure, Share, per_class
from ...evaluate.judgement import Judgement
from ..numbers import MISSING, count, number, percent, plural, share, span
from .markdown import listing, one_line, table
from .record import ModelRecord, Source

FEW = 30
"""A class with fewer test images than this is named among the limits."""
WEAK = 0.8
"""A class with a lower recall than this is named among the limits."""
CONFUSIONS = 5
"""So many of the most frequent confusions are told."""


def card(of: ModelRecord) -> str:
    """The card as Markdown; it refers to the figures `history.png`, `confusion.png` and `reliability.png` beside it."""
    test = of.judgements[0]
    sections = {
        "": [_opening(of, test)],
        "How well it does": [_sets(of.judgements), _by_class(test), _confused(test), _figures()],
        "Probabilities and doubt": [_probabilities(of, test), one_line(of.unknown), _doubt(of.judgements)],
        "Where it fails": [listing(_limits(of, test))],
        "Data": [_sources(of.sources), one_line(of.split), _counts(of)],
        "How it was made": [_command(of), _facts(of), _settings(of)],
    }
    blocks = [f"# {one_line(of.title)}"]
    for title, texts in sections.items():
        blocks += [f"## {title}"] * bool(title) + [text for text in texts if text]
    return "\n\n".join(blocks) + "\n"


def _opening(of: ModelRecord, test: Judgement) -> str:
    return (
        f"A network ({one_line(of.architecture)}, {count(of.parameters)} parameters, trained with "
        f"{one_line(of.framework)}) that tells {len(of.classes)} classes apart: "
        f"{', '.join(map(one_line, of.classes))}. On {plural(test.accuracy.whole, 'image')} that it has not seen "
        f"({one_line(test.name)}) its macro-F1 is {_macro(test)}; "
        f"{share(test.accuracy.part, test.accuracy.whole)} are right.\n\n"
        f"What it looks at: {one_line(of.image)}"
    )


def _macro(of: Judgement) -> str:
    if of.macro_f1 != of.macro_f1:
        return MISSING
    return f"{of.macro_f1:.3f} ({of.interval[0]:.3f}–{of.interval[1]:.3f})"


def _error(value: float) -> str:
    return MISSING if value != value else f"{value:.3f}"


def _sets(judgements: Sequence[Judgement]) -> str:
    header = ("images", "number", "right", "macro-F1 (95 %)", "calibration error", "log loss", "Brier score")
    rows = (
        (
            one.name,
            count(one.accuracy.whole),
            percent(one.accuracy.fraction),
            _macro(one),
            _error(one.reliability.error),
            _error(one.log_loss),
            _error(one.brier),
        )
        for one in judgements
    )
    explained = (
        "Macro-F1 is the mean F1 of the classes that occur; its interval is from a bootstrap. The calibration error is "
        "the mean difference between probability and fraction right, in 15 bins; of few images it is too large. The "
        "Brier score goes from 0 (best) to 2."
    )
    return f"{table(header, rows)}\n\n{explained}"


def _by_class(of: Judgement) -> str:
    header = ("class", "images", "recall (95 %)", "precision (95 %)", "F1")
    rows = (
        (one.name, count(one.truth), _interval(one.recall), _interval(one.precision), _error(one.f1))
        for one in per_class(of.matrix, of.classes)
    )
    return f"By class ({one_line(of.name)}):\n\n{table(header, rows)}"


def _interval(of: Share) -> str:
    if not of.whole:
        return MISSING
    low, high = of.interval
    return f"{percent(of.fraction)} ({100 * low:.0f}–{100 * high:.0f})"


def _confused(of: Judgement) -> str:
    wrong = of.matrix - np.diag(np.diagonal(of.matrix))
    order = np.argsort(-wrong, axis=None, kind="stable")[:CONFUSIONS]
    pairs = [(int(i // len(wrong)), int(i % len(wrong))) for i in order if wrong.flat[i]]
    told = (
        f"{of.classes[row]} called {of.classes[column]} ({wrong[row, column]} of {of.matrix[row].sum()})"
        for row, column in pairs
    )
    return one_line(f"Most often confused: {'; '.join(told)}.") if pairs else ""


def _figures() -> str:
    return "\n\n".join(
        f"![{text}]({name}.png)"
        for name, text in (
            ("confusion", "Confusion matrix"),
            ("reliability", "Reliability diagram"),
            ("history", "Loss and accuracy by epoch"),
        )
    )


def _probabilities(of: ModelRecord, test: Judgement) -> str:
    return (
        f"Logits are divided by {of.temperature:.4g} (temperature scaling, fitted on images that were held out of "
        f"training). Expected calibration error afterwards, {one_line(test.name)}: {_error(test.reliability.error)}."
    )


def _doubt(judgements: Sequence[Judgement]) -> str:
    header = ("images", "known classes flagged unknown", "other images flagged unknown")
    rows = ((one.name, _part(one.flags.known), _part(one.flags.outside)) for one in judgements)
    return table(header, rows)


def _part(of: Share) -> str:
    return share(of.part, of.whole) if of.whole else MISSING


def _limits(of: ModelRecord, test: Judgement) -> Iterator[str]:
    yield from of.limits
    measures = per_class(test.matrix, test.classes)
    few = [one for one in measures if one.truth < FEW]
    weak = [one for one in measures if one.truth and one.recall.fraction < WEAK]
    if few:
        yield f"Fewer than {FEW} test images, so that their numbers mean little: {_named(few)}."
    if weak:
        yield f"Found in fewer than {percent(WEAK)} of their test images: {_named(weak)}."
    if all(not one.flags.outside.whole for one in of.judgements):
        yield "How often something that it has never seen is flagged as unknown was not measured."
    yield (
        "It knows its classes and nothing else: anything else is given one of their names, and the flag `unknown` does "
        "not catch all of it."
    )
    yield (
        "Probabilities hold for data like those that it was calibrated with. With another detector, other noise, or "
        "other settings of the images, judge it anew before you believe them."
    )


def _named(measures: Sequence[ClassMeasure]) -> str:
    return ", ".join(f"{one.name} ({one.right} of {one.truth})" for one in measures)


def _sources(sources: Sequence[Source]) -> str:
    header = ("source", "what it is", "licence", "SHA-256", "images", "seed")
    rows = (
        (
            one.name,
            one.detail or MISSING,
            one.licence or MISSING,
            f"`{one.sha256[:16]}`" if one.sha256 else MISSING,
            count(one.images),
            MISSING if one.seed is None else one.seed,
        )
        for one in sources
    )
    return table(header, rows, words=4)


def _counts(of: ModelRecord) -> str:
    splits = list(of.counts)
    names = dict.fromkeys(chain(of.classes, *of.counts.values()))
    rows = [(name, *(count(of.counts[split].get(name, 0)) for split in splits)) for name in names]
    total = ("all", *(count(sum(of.counts[split].values())) for split in splits))
    return table(("class", *splits), [*rows, total])


def _command(of: ModelRecord) -> str:
    return f"```\n{of.command.strip()}\n```"


def _facts(of: ModelRecord) -> str:
    facts = {
        "Training": f"{plural(len(of.history), 'epoch')}, that of epoch {of.best} kept; {span(round(of.seconds, 1))}",
        "Fingerprint": f"`{of.fingerprint}`" if of.fingerprint else MISSING,
        "Versions": ", ".join(f"{name} {version}" for name, version in of.versions.items()),
        **of.facts,
    }
    return listing(f"{name}: {text}" for name, text in facts.items())


def _settings(of: ModelRecord) -> str:
    return table(("setting", "value"), ((name, _value(value)) for name, value in of.settings.items()), words=2)


def _value(value: object) -> str:
    return number(value) if isinstance(value, float) else str(value)
