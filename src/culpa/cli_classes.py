"""The commands about pictures and classes of glitches."""

import typer

commands = typer.Typer()
