"""Midspan: a self-hosted home for every call an LLM application makes."""

from importlib.metadata import version

__version__ = version("midspan")
