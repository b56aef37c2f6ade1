"""Style sheets and scripts that a page carries inside itself, so that it needs no network."""

import base64
import hashlib
import re
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from ..errors import CulpaError


def bootstrap_css() -> str:
    """Bootstrap's style sheet from the installed package, with its licence banner."""
    return _without_map(installed("js_lib_bootstrap5", "static/js-lib-bootstrap5/css/bootstrap.min.css"))


def plotly_js() -> str:
    """Plotly's library from the installed package, which is not imported for it, with its licence banner."""
    return _without_map(installed("plotly", "package_data/plotly.min.js"))


def own(name: str) -> str:
    """One of our own files beside the templates."""
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


def installed(package: str, path: str) -> str:
    """A text file of an installed package. Raises CulpaError where it is not there."""
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (file := Path(folder, path)).exists():
            return file.read_text(encoding="utf-8")
    raise CulpaError(f"the page needs {path} of the package {package}, which is not installed", "run ./uv_run.sh setup")


def inline_script(text: str) -> str:
    """A script as it can stand in a page: nothing in it ends or hides the element; its meaning is unchanged.

    `</script` and `<!--` can only be inside strings, regular expressions and comments, where the backslash is idle.
    """
    return re.sub(r"<(?=/script|!--)", r"\\x3c", text.replace("\r\n", "\n"), flags=re.IGNORECASE)


def policy_hash(script: str) -> str:
    """The source expression by which a content security policy knows an inline script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _without_map(text: str) -> str:
    """Without the comment that makes developer tools look for a source map."""
    return re.sub(r"/\*# sourceMappingURL=.*?\*/|//# sourceMappingURL=.*", "", text)
