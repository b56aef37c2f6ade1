"""The patches of hveto: what each cures, and of which code."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from . import drawing, reading, searching
from .package import load
from .patching import Change, Patch, applied, choose

PATCHES = (
    Patch(
        "counting",
        "a primary event does not see auxiliary events behind the next primary one: counts are too low",
        (Change("hveto.core:find_all_coincidences", searching.count_all, "0cd959860ec79679"),),
    ),
    Patch(
        "livetime",
        "with more than one process the significance is calculated with the live time of the start, in whole seconds",
        (Change("hveto.__main__:_find_max_significance", searching.use_round_s_livetime, "16894928f284b888"),),
    ),
    Patch(
        "ties",
        "which of equally significant channels wins depends on the number of processes and on the seed of hashes",
        (
            Change("hveto.core:find_max_significance", searching.first_of_equals, "fda7d0b5b7ee1032"),
            Change("hveto.utils:channel_groups", searching.last_group_first, "d613055c0cc89a67"),
        ),
    ),
    Patch(
        "empty-veto-list",
        "a veto without segments ends in an IndexError",
        (Change("hveto.core:veto", searching.veto_nothing, "ed09501fa66afa44"),),
    ),
    Patch(
        "empty-channels",
        "auxiliary channels without any event end in an IndexError",
        (Change("hveto.__main__:_get_aux_triggers", reading.keep_empty_channels, "48938fd098c7fd16"),),
    ),
    Patch(
        "histogram",
        "a histogram ends in a ValueError where all events were vetoed, or where one has SNR 0",
        (Change("hveto.plot:before_after_histogram", drawing.draw_few, "47bca72b413415b8"),),
    ),
    Patch(
        "significance-table",
        "the table of a round ends in a ValueError where no channel had a significance of 1",
        (Change("hveto.__main__:make_drop_table", drawing.list_some, "b1e1cda2d27420b7"),),
    ),
    Patch(
        "axis-limits",
        "an infinite SNR or frequency range ends in a ValueError, 0 Hz on a logarithmic axis in a warning",
        (Change("hveto.plot:_finalize_plot", drawing.drop_impossible_limits, "eedbf9462230d50f"),),
    ),
    Patch(
        "ligolw",
        "LIGO_LW files given in a cache are not recognised: IORegistryError",
        (Change("hveto.triggers:get_read_format", reading.recognise_ligolw, "bc32a8a85463d516"),),
    ),
    Patch(
        "root-trees",
        "ROOT files with more than one tree end in a ValueError; the first three branches are taken for time, "
        "frequency and SNR, whatever they are",
        (
            Change("hveto.triggers:get_read_format", reading.recognise_root, "bc32a8a85463d516"),
            Change(
                "hveto.triggers:DEFAULT_READ_OPTIONS",
                reading.read_root_columns,
                "e2a6b347ffeb09ff",
                "hveto.triggers:_format_params",
            ),
        ),
    ),
    Patch(
        "channel-names",
        "a channel also gets the events of every channel whose name begins with its own",
        (
            Change(
                "hveto.__main__:get_triggers",
                reading.own_files_only,
                "48938fd098c7fd16",
                "hveto.__main__:_get_aux_triggers",
            ),
        ),
    ),
    Patch(
        "unsafe-file",
        "a file of unsafe channels is opened as bytes and searched for text: TypeError",
        (Change("hveto.__main__:open", reading.read_text, "437d1587ee38ad55", "hveto.__main__:main"),),
    ),
    Patch(
        "detector-memory",
        "a second analysis in the same process takes the detector prefix of the first one",
        (Change("hveto.config:HvetoConfigParser", reading.forget_detector, "45f9bdf6868c60cc"),),
    ),
    Patch(
        "start-method",
        "with more than one process it needs forked ones, which are no longer what Python makes: NameError",
        (Change("hveto.__main__:multiprocessing", searching.fork, "437d1587ee38ad55", "hveto.__main__:main"),),
    ),
    Patch(
        "package-list",
        "the about page calls pip, and fails in an environment that has none",
        (Change("gwdetchar.io.html:package_list", drawing.list_packages, "0181b44014faea9d"),),
        package="gwdetchar",
        versions=("2.4.0", "2.4.0"),
    ),
)
ALL = frozenset(patch.name for patch in PATCHES)
"""The names of all patches."""


@contextmanager
def patched(names: Collection[str] = ALL) -> Iterator[None]:
    """A block in which the installed hveto has these patches.

    Raises UsageError for an unknown name, CulpaError where a patch does not fit, MissingExtraError without hveto.
    """
    chosen = choose(PATCHES, names)
    load()
    with applied(chosen):
        yield
