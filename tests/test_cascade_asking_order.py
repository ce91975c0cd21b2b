"""Whom it pays to ask first, by cards and a profile alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from card_experts import *  # noqa
