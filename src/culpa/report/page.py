"""Pages that are one file: style, scripts and data inside, nothing loaded from anywhere, readable without scripts.

A page is a template that extends `base.html`, a script of its own that runs after `page.js`, and data that the script
asks for by name. A content security policy lets only these very scripts run and nothing be fetched.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..acquire.atomic import atomic
from . import assets, numbers

_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data: blob:{beside}; "
    "base-uri 'none'; form-action 'none'"
)
_BESIDE = " 'self' file:"
"""Browsers do not agree on what a page in a file may call its own."""


@dataclass(frozen=True)
class Page:
    """What makes one page.

    `template` and `scripts` are files in `templates/`, `context` is what the template shows, `data` what the script
    loads by name (anything that JSON can hold), `about` the lines of the footer.
    With `beside` it may show pictures that lie beside it.
    """

    template: str
    scripts: tuple[str, ...]
    context: Mapping[str, Any]
    data: Mapping[str, Any] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)
    beside: bool = False

    def html(self) -> str:
        """The whole page; the same input gives the same text."""
        from markupsafe import Markup

        early, late = (assets.inline_script(assets.own(name)) for name in ("theme.js", "page.js"))
        scripts = [
            early,
            assets.inline_script(assets.plotly_js()),
            late + "".join(assets.inline_script(assets.own(name)) for name in self.scripts),
        ]
        allowed = " ".join(assets.policy_hash(script) for script in scripts)
        return str(
            _environment()
            .get_template(self.template)
            .render(
                self.context,
                policy=Markup(_POLICY.format(scripts=allowed, beside=_BESIDE if self.beside else "")),  # noqa: S704 ours, and hashes
                early_script=Markup(scripts[0]),  # noqa: S704
                scripts=[Markup(script) for script in scripts[1:]],  # noqa: S704
                styles=[Markup(assets.bootstrap_css()), Markup(assets.own("page.css"))],  # noqa: S704
                data={name: pack(value) for name, value in self.data.items()},
                about=self.about,
                beside=self.beside,
            )
        )

    def write(self, path: Path) -> None:
        """Write the page; a character that is no character (half of a surrogate pair) becomes a question mark."""
        with atomic(path) as temporary:
            temporary.write_bytes(self.html().encode("utf-8", "replace"))


def pack(value: Any) -> str:
    """JSON, compressed (zlib), in base 64: a tenth of its size, and no character that a page could misread."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return base64.b64encode(zlib.compress(text.encode("utf-8", "replace"), 6)).decode()


def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(percent=numbers.percent, number=numbers.number, count=numbers.count, span=numbers.span)
    return environment
