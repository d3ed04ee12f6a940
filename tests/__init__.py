"""Tests: one module for each module of the package, and black-box tests that start the real server."""
