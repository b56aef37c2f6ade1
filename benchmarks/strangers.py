"""How many glitches of families that a network has not learned are flagged as unknown, and how many others falsely.

Run: ./uv_run.sh setup; .venv/bin/python benchmarks/strangers.py --images DIR [--pairs 0 1 2 3 4] [--epochs 15]
For each of five disjoint pairs of families (neighbours in the alphabet): a network is trained by `culpa train` with
DIR/{class} (as `culpa training-set` renders it) less the pair, which the network has met as a bystander only, in the
corner of one image of 25; then `culpa classify --images` says what it takes other
images of all classes for (--per-class, another seed, SNR 8 to 100, simulated here).
"""

import argparse
import csv
import subprocess
import sys
import tempfile
from pathlib import Path

from culpa.identify.rendering import FAMILIES

PAIRS = [FAMILIES[i : i + 2] for i in range(0, len(FAMILIES), 2)]
SETTINGS = """
[training_set]
seed = 99
strangers = 1
variants = 0.0
widen = 1.0
snr = [8.0, 100.0]
neighbours = [200.0, 200.0]
centred = 1.0
"""


def culpa(*arguments):
    command = [sys.executable, "-m", "culpa", *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def flags(folder, model, out):
    """Class in the truth and flag of each image."""
    culpa("classify", "--images", folder, "--model", model, "-o", out, "-q")
    with (out / "predictions.csv").open() as file:
        return [(Path(row["image"]).parent.name, bool(row["flag"])) for row in csv.DictReader(file)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--pairs", type=int, nargs="+", default=list(range(len(PAIRS))))
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--per-class", type=int, default=200)
    parser.add_argument("--framework", default="tensorflow")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "settings.toml").write_text(SETTINGS)
        where = ("-o", folder / "test", "-f", folder / "settings.toml", "-j", 2, "-q")
        culpa("training-set", "--per-class", chosen.per_class, *where)
        for number in chosen.pairs:
            pair, some = PAIRS[number], folder / f"images{number}"
            some.mkdir()
            for path in chosen.images.iterdir():
                if path.is_dir() and path.name not in pair:
                    (some / path.name).symlink_to(path.absolute())
            model = folder / f"model{number}"
            how = ("--framework", chosen.framework, "--epochs", chosen.epochs, "-q")
            culpa("train", "--images", some, *how, "-o", model)
            said = flags(folder / "test", model / "model.onnx", folder / f"said{number}")
            new = [flag for label, flag in said if label in pair]
            old = [flag for label, flag in said if label not in (*pair, "none_of_these")]
            print(
                f"without {' and '.join(pair)}: {100 * sum(new) / len(new):.1f} % of them flagged unknown "
                f"({', '.join(f'{one} {share(said, one):.0f} %' for one in pair)}), "
                f"{100 * sum(old) / len(old):.1f} % of the others falsely",
                flush=True,
            )


def share(said, name):
    of = [flag for label, flag in said if label == name]
    return 100 * sum(of) / len(of)


if __name__ == "__main__":
    main()
