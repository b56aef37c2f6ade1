"""How right the classes are: on a mock day of another seed and other parameters, on real O3a glitches, and how fast.

Run: ./uv_run.sh setup; .venv/bin/python benchmarks/classes.py [--model FOLDER/model.onnx] [--only day real speed]
`day`: four hours of usual and four of quiet glitches through `culpa run` and `culpa score`. `real`: each snippet of
o3a_glitches_30.npz (--data) as a file of its own through `culpa classify --source --gps`; the model has seen simulated
glitches only. `speed`: images per second of onnxruntime and, for a model with a model.keras, of both frameworks, in one
run.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np
import tomli_w

from culpa.evaluate.class_totals import by_snr
from culpa.identify.inference import Classifier
from culpa.identify.learning import FrameworkClassifier
from culpa.identify.shipped import MODEL

DAYS = {"day": ("2026-04-01", 4242, (6, 100)), "quiet day": ("2026-04-02", 4243, (6, 8))}
"""Date, seed and SNRs of each; koi fish are at least as loud as usual."""
MOCK = {
    "duration": 14400,
    "auxiliary": 4,
    "rates": [2048, 1024, 4096, 512],
    "unwitnessed": 40.0,
    "uncoupled": 2.0,
    "nonstationarity": 0.2,
}
FAMILIES = {
    "blip": {"frequency": (60, 600), "q": (3.5, 7)},
    "helix": {"frequency": (80, 500), "q": (4, 9)},
    "scratchy": {"frequency": (60, 500)},
    "scattered_light": {"frequency": (25, 120)},
    "dot": {"frequency": (150, 1200)},
    "line": {},
    "whistle": {"frequency": (150, 800)},
    "tomte": {"q": (4, 12)},
    "low_frequency_burst": {},
}
RATE, LENGTH, START, APART = 4096, 14, 1240000000, 100


def culpa(folder, *arguments):
    command = [sys.executable, "-m", "culpa", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def day(root, model, _):
    for name, (date, seed, snr) in DAYS.items():
        families = {family: {"rate": 30, "snr": snr, **values} for family, values in FAMILIES.items()}
        mock = {**MOCK, "seed": seed, "families": {**families, "koi_fish": {"rate": 30}}}
        settings = {"mock": mock, "qscan": {"views": [1.0], "most": 1}, "classes": {"model": str(model)}}
        (root / "settings.toml").write_text(tomli_w.dumps(settings))
        culpa(root, "run", date, "-f", "settings.toml", "-j", 2, "-q")
        _tell(name, json.loads((root / "results" / f"{date}_mock" / "score.json").read_text())["classes"])


def _tell(name, score):
    for snr, of in {"all": score["all"], **by_snr(score)}.items():
        if of["known"]:
            low, high = of["macro_f1_interval"]
            right = f"{of['right']} of {of['known']} right, calibration error {of['calibration_error']:.3f}"
            print(f"{name}, {snr}: macro-F1 {of['macro_f1']:.3f} ({low:.3f}-{high:.3f}), {right}")
    flags = score["flags"]["known"]
    print(f"{name}: flagged unknown {flags['flagged']} of {flags['of']} of known families")
    for family, of in score["class"].items():
        if of["examples"]:
            print(f"  {family:20} F1 {of['f1']:.3f}")


def real(root, model, data):
    if not data.exists():
        print(f"real: {data} is not there")
        return
    known = set(Classifier(model).description.classes)
    right, wrong, flagged = {}, [], 0
    with np.load(data) as file:
        for number, name in enumerate(sorted(key[:-2] for key in file.files if key.endswith("_h"))):
            said = _classified(root, model, name, file[f"{name}_h"], START + APART * number)
            label = "_".join(name.split("_")[2:-1]).lower()
            if label not in known:
                flagged += said["flag"] == "unknown"
                continue
            right.setdefault(label, []).append(said["class"] == label)
            if said["class"] != label:
                snr = float(file[f"{name}_snr"])
                wrong.append(f"{name} (SNR {snr:.1f}): {said['class']} {said['probability']} {said['flag']}")
    for label, of in right.items():
        print(f"real: {label:16} {sum(of)} of {len(of)} right")
    print(f"real: {sum(map(sum, right.values()))} of {sum(map(len, right.values()))} right; wrong:")
    print(*(f"  {line}" for line in wrong), sep="\n")
    print(f"real: {flagged} of a class that the model does not know flagged unknown")


def _classified(root, model, name, samples, start):
    """What is said of the middle of some samples, which become a file like GWOSC's."""
    detector = name.split("_")[1]
    path = root / f"{detector[0]}-{detector}_{name}-{start}-{LENGTH}.hdf5"
    with h5py.File(path, "w") as file:
        strain = file.create_dataset("strain/Strain", data=samples.astype(float))
        strain.attrs["Xspacing"], strain.attrs["Xstart"] = 1 / RATE, float(start)
        file["meta/GPSstart"], file["meta/Duration"], file["meta/Detector"] = start, LENGTH, detector
    where = ("--source", path, "--channel", f"{detector}:STRAIN", "--gps", start + LENGTH / 2)
    culpa(root, "classify", *where, "--model", model, "-o", root / name, "-q")
    with (root / name / "predictions.csv").open() as file:
        (row,) = csv.DictReader(file)
    return row


def speed(_, model, __):
    judges = {"onnxruntime, one thread": Classifier(model), "onnxruntime, two threads": Classifier(model, 2)}
    if (keras := model.with_suffix(".keras")).exists():
        judges |= {f"{name}, two threads": FrameworkClassifier(keras, name, 2) for name in ("pytorch", "tensorflow")}
    shape = Classifier(model).description.form.shape
    images = np.random.default_rng(0).integers(0, 256, (4096, *shape), np.uint8)
    for name, judge in judges.items():
        judge(images[:64])
        few, many = (_seconds(judge, images[:count]) for count in (64, len(images)))
        print(f"speed: {name}: {(len(images) - 64) / (many - few):.0f} images/s")  # without starting a framework


def _seconds(judge, images):
    begun = time.perf_counter()
    judge(images)
    return time.perf_counter() - begun


def main():
    parts = {"day": day, "real": real, "speed": speed}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--only", nargs="+", choices=parts, default=list(parts))
    parser.add_argument("--data", type=Path, default=Path("../shared/data/o3_glitches/o3a_glitches_30.npz"))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen.only:
            parts[name](Path(folder), chosen.model.absolute(), chosen.data)


if __name__ == "__main__":
    main()
